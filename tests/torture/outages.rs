//! R4: the desk is down while Persona continues, until Persona gives up on its webhooks. After the start nothing is
//! missing.
use std::time::{Duration, Instant};

use persona_sandbox as sandbox;
use serde_json::{Value, json};

use crate::desk::{On, Torture};
use crate::{Draw, count};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_missing_after_an_outage() {
    let outages = count("OUTAGES", 3);
    let mut draw = Draw::new(count("TORTURE_SEED", 1));
    let mut desk =
        Torture::new(On::Sqlite, 1, u32::try_from(outages * 40 + 200).unwrap(), sandbox::Options::default()).await;
    let mut waiting = desk.waiting().await;
    let mut expected: Vec<(String, &str)> = Vec::new();
    let mut slowest = Duration::ZERO;
    desk.start(0).await;
    for _ in 0..outages {
        desk.kill(0);
        // As after an hour, when Persona has given up on all of them: no webhook for the following changes ever
        // arrives.
        desk.at_sandbox("POST", "/sandbox/webhooks/pause", Value::Null).await;
        for _ in 0..(1 + draw.below(8)) {
            let Some(id) = waiting.pop() else { break };
            let (path, status) = match draw.below(3) {
                0 => ("approve", "approved"),
                1 => ("decline", "declined"),
                _ => ("redact", "redacted"),
            };
            if path == "redact" {
                desk.at_sandbox("DELETE", &format!("/api/v1/inquiries/{id}"), Value::Null).await;
            } else {
                desk.at_sandbox("POST", &format!("/api/v1/inquiries/{id}/{path}"), json!({})).await;
            }
            expected.push((id, status));
        }
        desk.start(0).await;
        let began = Instant::now();
        loop {
            let app = desk.app().await;
            let mut conn = app.read().await.unwrap();
            let mut missing = Vec::new();
            for (id, status) in &expected {
                let row =
                    countersign::server::db::inquiry::by_id(&mut conn, &id.parse().unwrap()).await.unwrap().unwrap();
                let is = if row.inquiry.redacted_at.is_some() { "redacted" } else { row.inquiry.status.as_str() };
                if is != *status {
                    missing.push((id.clone(), is.to_owned(), *status));
                }
            }
            drop(conn);
            app.db.close().await;
            if missing.is_empty() {
                break;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "still missing: {missing:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        slowest = slowest.max(began.elapsed());
    }
    println!(
        "{outages} outages, {} changes meanwhile, none missing; the slowest was made good in {} ms",
        expected.len(),
        slowest.as_millis()
    );
}
