//! The next start records a run that ended without recording its end, and mistakes no other run for it.
use countersign::domain::export::Filter;
use countersign::server::db;
use persona_sandbox::Options;

use crate::desk::{On, Torture};

async fn entries(torture: &Torture, action: &str) -> Vec<countersign::domain::audit::Entry> {
    let app = torture.app().await;
    let filter = Filter { action: Some(action.to_owned()), ..Filter::default() };
    let found = db::audit::page(&mut app.read().await.unwrap(), &filter, None, 100).await.unwrap();
    app.db.close().await;
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_is_told_at_the_next_start_and_a_stop_is_not() {
    let mut torture = Torture::new(On::Sqlite, 1, 3, Options::default()).await;
    torture.start(0).await;
    torture.stop(0).await;
    torture.start(0).await;
    assert_eq!(entries(&torture, "program.interrupted").await.len(), 0, "it had stopped");
    torture.kill(0);
    torture.start(0).await;
    let told = entries(&torture, "program.interrupted").await;
    assert_eq!(told.len(), 1, "at once, and not after minutes");
    let started = entries(&torture, "program.started").await;
    assert_eq!(started.len(), 3);
    // The newest entry comes first.
    assert_eq!(told[0].fact("run"), started[1].fact("run"));
    assert!(told[0].fact("last_seen_at").is_some() && told[0].fact("host").is_some());
    torture.stop(0).await;
    assert_eq!(entries(&torture, "program.interrupted").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_replica_is_not_confused_with_one_that_runs_or_stops() {
    let mut torture = Torture::new(On::Postgres, 2, 3, Options::default()).await;
    torture.start(0).await;
    torture.start(1).await;
    assert_eq!(entries(&torture, "program.interrupted").await.len(), 0, "the other one runs");
    let first = entries(&torture, "program.started").await[1].fact("run");
    torture.kill(0);
    torture.stop(1).await;
    assert_eq!(entries(&torture, "program.stopped").await.len(), 1);
    torture.start(0).await;
    let told = entries(&torture, "program.interrupted").await;
    assert_eq!((told.len(), told[0].fact("run")), (1, first));
}
