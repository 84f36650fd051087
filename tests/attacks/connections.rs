//! Connections that send nothing, or too little, over a socket: the server closes them in time, and other clients do
//! not wait for them.
use std::time::{Duration, Instant};

use countersign::server::http::listen::serve;
use countersign::server::http::places::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::desk::{Desk, On};

async fn listening(desk: &Desk, connections: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let limits = Limits { connections, of_one_address: connections, proxies: Vec::new() };
    tokio::spawn(serve(listener, desk.router.clone(), limits, desk.app.stopping.subscribe()));
    port
}

/// Time until the server closes a connection that sends this and nothing more.
async fn closed_after(port: u16, sends: &[u8]) -> Duration {
    let began = Instant::now();
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    socket.write_all(sends).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(30), socket.read_to_end(&mut answer))
        .await
        .map(|_| began.elapsed())
        .unwrap_or(Duration::MAX)
}

async fn alive(port: u16) -> Duration {
    let began = Instant::now();
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    socket.write_all(b"GET /health/live HTTP/1.1\r\nhost: desk\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    began.elapsed()
}

/// HTTP/2's first bytes and empty settings.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sends_no_whole_request_is_closed_within_ten_seconds() {
    let desk = Desk::open(On::Sqlite).await;
    let port = listening(&desk, 100).await;
    let silent: [&[u8]; 6] = [b"", b"P", &PREFACE[..12], PREFACE, b"GET", b"GET / HTTP/1.1\r\nhost: x\r\n"];
    let all = silent.map(|sends| tokio::spawn(closed_after(port, sends)));
    for (sends, after) in silent.iter().zip(all) {
        let after = after.await.unwrap();
        assert!(after > Duration::from_secs(9), "{} after {after:?}", sends.escape_ascii());
        assert!(after < Duration::from_secs(12), "{} after {after:?}", sends.escape_ascii());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_silent_connections_than_there_are_places_keep_nobody_out() {
    let desk = Desk::open(On::Sqlite).await;
    let port = listening(&desk, 200).await;
    let mut silent = Vec::new();
    for _ in 0..300 {
        silent.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
    }
    for _ in 0..10 {
        let after = alive(port).await;
        assert!(after < Duration::from_secs(2), "{after:?}");
    }
    // A running stream is not an idle connection, whatever the client sends.
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    socket.write_all(b"GET /health/live HTTP/1.1\r\nhost: desk\r\n\r\n").await.unwrap();
    let mut first = [0; 12];
    socket.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
}
