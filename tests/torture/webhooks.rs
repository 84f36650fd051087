//! R3: webhooks doubled, shuffled, forged, stale and too large. The mirror ends in the same state as when all arrive
//! once and in order.
use std::collections::BTreeMap;
use std::time::Duration;

use countersign::domain::time::Timestamp;
use countersign::server::{jobs, run};
use hmac::{Hmac, KeyInit, Mac};
use persona_sandbox as sandbox;
use serde_json::{Value, json};

use crate::desk::{On, SECRET, Torture};
use crate::{Draw, count};

const STATUSES: [&str; 6] = ["created", "pending", "completed", "needs_review", "approved", "declined"];

fn signed(secret: &str, at: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at}.").as_bytes());
    mac.update(body);
    format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// The events of many inquiries, each with its own history, in the order in which they happened.
fn history(events: u64, draw: &mut Draw, start: Timestamp) -> Vec<(String, Value)> {
    let inquiries = (events / 6).max(1);
    let mut step: BTreeMap<u64, usize> = BTreeMap::new();
    let mut last = 0;
    (0..events)
        .map(|n| {
            // Often several events of one inquiry in a row, and therefore in one millisecond.
            let inquiry = if draw.below(2) == 0 { last } else { draw.below(inquiries) };
            last = inquiry;
            let at = step.entry(inquiry).or_insert(0);
            let status = STATUSES[*at];
            *at = (*at + 1 + usize::try_from(draw.below(2)).unwrap()).min(STATUSES.len() - 1);
            // Several in one millisecond: Persona's times do not distinguish them, their ids do.
            let when = start.plus(Duration::from_millis(n / 3));
            let id = format!("inq_{inquiry:08}");
            let event = format!("evt_{n:010}");
            let body = json!({"data": {"type": "event", "id": event, "attributes": {
                "name": format!("inquiry.{status}"), "created-at": when.to_text(),
                "payload": {"data": {"type": "inquiry", "id": id, "attributes": {
                    "status": status, "created-at": start.to_text(), "updated-at": when.to_text(),
                    "note": format!("step {n}"), "tags": [], "fields": {"name-first": {"type": "string", "value": format!("Name {n}")}},
                }, "relationships": {}}},
            }}});
            (event, body)
        })
        .collect()
}

/// Every inquiry of the mirror in its current state, as text.
async fn mirror(url: &str) -> Vec<String> {
    let pool = sqlx::SqlitePool::connect(url).await.unwrap();
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("SELECT id, status, body FROM inquiries WHERE id LIKE 'inq_0%' ORDER BY id")
            .fetch_all(&pool)
            .await
            .unwrap();
    pool.close().await;
    rows.into_iter().map(|(id, status, body)| format!("{id} {status} {body}")).collect()
}

async fn run_through(seed: u64, events: u64, shuffled: bool) -> (Vec<String>, u64) {
    let mut draw = Draw::new(seed);
    let desk = Torture::new(On::Sqlite, 0, 1, sandbox::Options::default()).await;
    let config = run::sandbox_config(&desk.database_url, desk.sandbox.addr, SECRET).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let app = run::open(config, countersign::server::clock::ServerClock::System).await.unwrap();
    let options = countersign::server::config::leptos_options(folder.path()).unwrap();
    let router = countersign::server::http::router::router(&app, &options).unwrap();
    let start = Timestamp::from_micros(1_795_000_000_000_000);
    let mut all = history(events, &mut draw, start);
    let mut refused = 0;
    if shuffled {
        for _ in 0..(events / 5) {
            let copy = all[usize::try_from(draw.below(events)).unwrap()].clone();
            all.push(copy);
        }
        for at in (1..all.len()).rev() {
            let other = usize::try_from(draw.below(at as u64 + 1)).unwrap();
            all.swap(at, other);
        }
    }
    let post = |signature: String, body: Vec<u8>| {
        let router = router.clone();
        async move {
            let request = axum::http::Request::post("/webhooks/persona")
                .header("content-type", "application/json")
                .header("Persona-Signature", signature);
            use tower::ServiceExt;
            router.oneshot(request.body(axum::body::Body::from(body)).unwrap()).await.unwrap().status()
        }
    };
    for chunk in all.chunks(64) {
        let mut going = tokio::task::JoinSet::new();
        for (_, body) in chunk {
            let body = body.to_string().into_bytes();
            let now = app.now().seconds();
            if shuffled && draw.below(50) == 0 {
                // Forged, stale or too large: refused, and nothing of it is stored.
                let bad = match draw.below(20) {
                    0 => (signed(SECRET, now, b"x"), vec![b'x'; (1 << 20) + 1]),
                    1..=9 => (signed(SECRET, now - 4000, &body), body.clone()),
                    _ => (signed("wbhsec_another", now, &body), body.clone()),
                };
                refused += 1;
                let status = post(bad.0, bad.1).await;
                assert!(status.is_client_error(), "{status}");
            }
            going.spawn(post(signed(SECRET, now, &body), body));
        }
        while let Some(status) = going.join_next().await {
            assert!(status.unwrap().is_success());
        }
        // In between; otherwise all events would be sorted before any is applied.
        jobs::apply_webhooks::run(&app).await.unwrap();
    }
    jobs::apply_webhooks::run(&app).await.unwrap();
    app.db.close().await;
    (mirror(&desk.database_url).await, refused)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mirror_does_not_depend_on_order_and_doubles() {
    let (events, seeds) = (count("WEBHOOKS", 1200), count("WEBHOOK_SEEDS", 3));
    for seed in 0..seeds {
        let (expected, _) = run_through(seed, events, false).await;
        let (found, refused) = run_through(seed, events, true).await;
        assert!(!expected.is_empty());
        assert_eq!(expected.len(), found.len());
        let different = expected.iter().zip(&found).find(|(a, b)| a != b);
        assert_eq!(different, None, "seed {seed}");
        println!(
            "seed {seed}: {events} events, a fifth of them twice, shuffled: {} inquiries as in order; {refused} bad ones refused",
            found.len()
        );
    }
}
