//! R14: a replica is paused in the middle of its work, another one takes over, and the first resumes after its lease.
use std::time::Duration;

use persona_sandbox as sandbox;
use serde_json::json;

use crate::desk::{On, Torture};
use crate::{Draw, count};

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_slept_past_its_lease_doubles_nothing() {
    let pauses = count("PAUSES", 1);
    let asleep = Duration::from_secs(count("PAUSE_SECONDS", 6));
    let mut draw = Draw::new(count("TORTURE_SEED", 1));
    let mut desk =
        Torture::new(On::Postgres, 2, u32::try_from(pauses * 60 + 200).unwrap(), sandbox::Options::default()).await;
    let mut waiting = desk.waiting().await;
    desk.start(0).await;
    desk.start(1).await;
    desk.sign_in().await;
    let mut said = Vec::new();
    for _ in 0..pauses {
        // Slow enough that a call is in progress when the process is paused.
        desk.at_sandbox("POST", "/sandbox/faults", json!({"kind": "latency", "ms": 300, "times": 8})).await;
        for n in 0..6 {
            let Some(inquiry) = waiting.pop() else { break };
            said.push(desk.reviewer(n).decide(&desk.url(1), &inquiry, "approve").await);
        }
        tokio::time::sleep(Duration::from_millis(draw.below(350))).await;
        desk.signal(0, "-STOP");
        tokio::time::sleep(asleep).await;
        desk.signal(0, "-CONT");
    }
    desk.drained().await;
    let made = desk.agree(&said).await;
    println!("{pauses} pauses of {} s, {made} decisions, each once", asleep.as_secs());
    assert_eq!(made, said.len());
}
