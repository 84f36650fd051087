//! R1: kill -9 while four reviewers decide. Everything acknowledged took effect once; everything else once or never.
//! Page, log and Persona agree. On PostgreSQL with two replicas, and with the database cutting connections in between
//! (R12).
use std::sync::{Arc, Mutex};
use std::time::Duration;

use persona_sandbox as sandbox;

use crate::desk::{On, Said, Torture};
use crate::{Draw, count};

async fn kills(on: On, replicas: usize, kills: u64) {
    let seed = count("TORTURE_SEED", 1);
    let mut draw = Draw::new(seed);
    // A third of the sandbox's inquiries need review. About four decisions finish between two kills.
    let inquiries = u32::try_from(kills * 24 + 200).unwrap();
    let mut desk = Torture::new(on, replicas, inquiries, sandbox::Options::default()).await;
    let left = Arc::new(Mutex::new(desk.waiting().await));
    let enough = left.lock().unwrap().len();
    for replica in 0..replicas {
        desk.start(replica).await;
    }
    desk.sign_in().await;
    let said: Arc<Mutex<Vec<Said>>> = Arc::default();
    let stop = tokio::sync::watch::channel(false).0;
    let mut work = tokio::task::JoinSet::new();
    for n in 0..4 {
        let (reviewer, left, said, stopped) = (desk.reviewer(n), left.clone(), said.clone(), stop.subscribe());
        let urls: Vec<String> = (0..replicas).map(|replica| desk.url(replica)).collect();
        let mut draw = Draw::new(seed * 100 + n as u64);
        work.spawn(async move {
            let mut again: Option<String> = None;
            while !*stopped.borrow() {
                // Without an answer, a reviewer tries again: the same decision must not be made twice.
                let next = again.take().or_else(|| left.lock().unwrap().pop());
                let Some(inquiry) = next else { return };
                let url = &urls[usize::try_from(draw.below(urls.len() as u64)).unwrap()];
                let verdict = if draw.below(2) == 0 { "approve" } else { "decline" };
                let answer = reviewer.decide(url, &inquiry, verdict).await;
                if answer.status.is_none() {
                    again = Some(inquiry);
                }
                said.lock().unwrap().push(answer);
                tokio::time::sleep(Duration::from_millis(4 + draw.below(25))).await;
            }
        });
    }
    let mut recovered = Vec::new();
    for kill in 0..kills {
        // Ensures that even on a busy machine a decision is acknowledged in every other interval between kills.
        if kill % 2 == 0 {
            let before = acknowledged(&said);
            for _ in 0..200 {
                if acknowledged(&said) > before {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        }
        tokio::time::sleep(Duration::from_micros(2_000 + draw.below(220_000))).await;
        let victim = usize::try_from(draw.below(replicas as u64)).unwrap();
        if on == On::Postgres && draw.below(4) == 0 {
            desk.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'countersign'")
                .await;
            continue;
        }
        desk.kill(victim);
        recovered.push(desk.start(victim).await);
    }
    stop.send_replace(true);
    while let Some(done) = work.join_next().await {
        done.unwrap();
    }
    desk.drained().await;
    let said = said.lock().unwrap().clone();
    let made = desk.agree(&said).await;
    let used = enough - left.lock().unwrap().len();
    recovered.sort_unstable();
    let at = |part: usize| recovered[(recovered.len() * part / 100).min(recovered.len() - 1)].as_millis();
    let ok = said.iter().filter(|said| said.ok()).count();
    let silent = said.iter().filter(|said| said.status.is_none()).count();
    println!(
        "{on:?}: {kills} kills, {used} inquiries, {ok} acknowledged, {silent} without an answer, {made} decisions, each once; ready again after {} ms (median), {} ms (p99)",
        at(50),
        at(99)
    );
    assert!(made >= ok && ok as u64 >= kills / 2, "too little happened: {ok} acknowledged, {made} made");
}

fn acknowledged(said: &Mutex<Vec<Said>>) -> usize {
    said.lock().unwrap().iter().filter(|said| said.ok()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_decision_is_lost_or_doubled_by_kills_sqlite() {
    kills(On::Sqlite, 1, count("KILLS_SQLITE", 12)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_decision_is_lost_or_doubled_by_kills_postgres() {
    kills(On::Postgres, 2, count("KILLS_POSTGRES", 12)).await;
}
