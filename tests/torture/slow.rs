//! R8: two thousand clients that send their requests one byte at a time, and a Persona that takes seconds for each
//! answer. Other clients are served meanwhile, and the desk disconnects clients that are too slow.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use persona_sandbox as sandbox;
use reqwest::StatusCode;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::count;
use crate::desk::{On, Torture};

/// Sends one byte every half second, whatever happens. Returns the time until the desk disconnects it.
async fn dawdle(port: u16, n: usize, open: Arc<AtomicUsize>) -> Duration {
    let mut socket = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let began = Instant::now();
    open.fetch_add(1, Ordering::SeqCst);
    // Half of them are slow with their headers, the others with their body.
    let request = if n.is_multiple_of(2) {
        format!("GET /sign-in HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: {}\r\n\r\n", "x".repeat(400))
    } else {
        let head = "POST /webhooks/persona HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 400\r\n\r\n";
        socket.write_all(head.as_bytes()).await.unwrap();
        "x".repeat(400)
    };
    let (mut reading, mut writing) = socket.into_split();
    let sending = async {
        for byte in request.as_bytes() {
            if writing.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    let mut answer = Vec::new();
    tokio::select! {
        () = sending => {}
        _ = reading.read_to_end(&mut answer) => {}
    }
    open.fetch_sub(1, Ordering::SeqCst);
    began.elapsed()
}

/// Median and 99th percentile, in milliseconds, of opening the queue.
async fn served(desk: &Torture, pages: usize) -> (f64, f64) {
    let mut times = Vec::new();
    for n in 0..pages {
        let began = Instant::now();
        let page = desk.reviewer(n % 4).open(&desk.url(0), "/queue").await;
        assert_eq!(page.unwrap(), StatusCode::OK);
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_and_a_slow_persona_hold_up_nobody_else() {
    let clients = usize::try_from(count("SLOW_CLIENTS", 300)).unwrap();
    let pages = usize::try_from(count("SLOW_PAGES", 60)).unwrap();
    let mut desk = Torture::new(On::Sqlite, 1, 120, sandbox::Options::default()).await;
    desk.start(0).await;
    desk.sign_in().await;
    served(&desk, 10).await;
    let alone = served(&desk, pages).await;
    let open = Arc::new(AtomicUsize::new(0));
    let mut slow = tokio::task::JoinSet::new();
    for n in 0..clients {
        slow.spawn(dawdle(desk.ports[0], n, open.clone()));
    }
    while open.load(Ordering::SeqCst) < clients {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    desk.at_sandbox("POST", "/sandbox/faults", json!({"kind": "latency", "ms": 3000, "times": 20})).await;
    let mut waiting = desk.waiting().await;
    for n in 0..4 {
        let answer = desk.reviewer(n).decide(&desk.url(0), &waiting.pop().unwrap(), "approve").await;
        assert_eq!(answer.status, Some(StatusCode::OK), "deciding does not wait for Persona: {}", answer.body);
    }
    let among = served(&desk, pages).await;
    let mut slowest = Duration::ZERO;
    while let Some(cut) = slow.join_next().await {
        slowest = slowest.max(cut.unwrap());
        // Without a limit they would take 200 seconds.
        assert!(slowest < Duration::from_secs(90), "somebody slow is not cut off");
    }
    desk.drained().await;
    println!(
        "{clients} slow clients, answers of Persona after 3 s: the queue took {:.1} ms (median) and {:.1} ms (p99) alone, {:.1} ms and {:.1} ms among them; the slowest was cut off after {:.1} s",
        alone.0,
        alone.1,
        among.0,
        among.1,
        slowest.as_secs_f64()
    );
}
