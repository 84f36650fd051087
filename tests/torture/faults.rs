//! R5, R6, R7: Persona fails before and after the effect, stores its 500s, cuts connections, refuses calls for a while.
//! Runs the desk's own jobs with a manual clock, so that hours of waiting pass in moments.
use std::time::Duration;

use countersign::domain::decision::{Proposal, Subject, Verdict};
use countersign::domain::reviewer::{Origin, Role};
use countersign::domain::time::Timestamp;
use countersign::server::clock::ServerClock;
use countersign::server::usecase::reviewer::account::AccountManager;
use countersign::server::usecase::reviewer::add;
use countersign::server::{jobs, run, usecase};
use persona_sandbox as sandbox;
use serde_json::{Value, json};

use crate::desk::{On, SECRET, Torture};
use crate::{Draw, count};

/// Possible failures of one call, as faults of the sandbox.
const FAULTS: [&str; 10] = [
    r#"{"kind": "cut-before"}"#,
    r#"{"kind": "cut-after"}"#,
    r#"{"kind": "status", "status": 500}"#,
    r#"{"kind": "stored-500"}"#,
    r#"{"kind": "stored-500", "applied": true}"#,
    r#"{"kind": "status", "status": 502}"#,
    r#"{"kind": "status", "status": 503}"#,
    r#"{"kind": "status", "status": 429}"#,
    r#"{"kind": "status", "status": 401}"#,
    r#"{"kind": "latency", "ms": 5}"#,
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_persona_answers_each_decision_takes_effect_once() {
    let decisions = count("FAULTS", 60);
    let mut draw = Draw::new(count("TORTURE_SEED", 1));
    let desk =
        Torture::new(On::Sqlite, 0, u32::try_from(decisions * 5 + 100).unwrap(), sandbox::Options::default()).await;
    let clock = ServerClock::manual(Timestamp::from_offset(time::OffsetDateTime::now_utc()));
    let config = run::sandbox_config(&desk.database_url, desk.sandbox.addr, SECRET).unwrap();
    let app = run::open(config, clock.clone()).await.unwrap();
    let (reviewer, _) =
        add(&app, AccountManager::demo(), "one@desk.example", "Analyst One", Role::Analyst).await.unwrap();
    let reads = reviewer.clone().permit(Origin::default()).unwrap();
    let permit = reviewer.permit(Origin::default()).unwrap();
    let mut faults = 0;
    for id in desk.waiting().await.into_iter().take(usize::try_from(decisions).unwrap()) {
        for _ in 0..draw.below(4) {
            let mut fault: Value = serde_json::from_str(FAULTS[usize::try_from(draw.below(10)).unwrap()]).unwrap();
            // The fault hits only the call itself, or the reads of the inquiry as well.
            fault["match"] = if draw.below(3) == 0 { json!(format!("/inquiries/{id}")) } else { json!("/approve") };
            desk.at_sandbox("POST", "/sandbox/faults", fault).await;
            faults += 1;
        }
        let proposal =
            Proposal { verdict: Verdict::Approve, reason: "other".into(), comment: "Seen.".into(), seen_version: 1 };
        usecase::inquiry::open(&app, &reads, id.parse().unwrap(), None, usecase::inquiry::visit::Look::Opened)
            .await
            .unwrap();
        usecase::decision::decide(&app, &permit, Subject::Inquiry(id.parse().unwrap()), proposal).await.unwrap();
        let began = clock.now();
        loop {
            jobs::deliver::run(&app).await.unwrap();
            if usecase::delivery::next_due(&app).await.unwrap().is_none() {
                break;
            }
            clock.advance(Duration::from_secs(draw.below(400)));
            // There are at most three faults. A decision that is still in delivery after that time would stay so for
            // ever.
            let tried = clock.now().since(began);
            assert!(tried < Duration::from_secs(7200), "the decision on {id} is stuck");
        }
        desk.at_sandbox("DELETE", "/sandbox/faults", Value::Null).await;
    }
    clock.advance(Duration::from_secs(3600));
    jobs::deliver::run(&app).await.unwrap();
    app.db.close().await;
    desk.drained().await;
    let made = desk.agree(&[]).await;
    println!("{made} decisions under {faults} faults, each once, none left to a person");
    assert_eq!(made as u64, decisions);
}
