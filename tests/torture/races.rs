//! R9: two to eight reviewers decide on the same inquiry at once, in opposite ways: one winner each, one effect.
use std::sync::Arc;

use persona_sandbox as sandbox;
use reqwest::StatusCode;
use tokio::sync::Barrier;

use crate::desk::{On, REVIEWERS, Torture};
use crate::{Draw, count};

async fn races(on: On, replicas: usize, races: u64) {
    let mut draw = Draw::new(count("TORTURE_SEED", 1));
    let mut desk =
        Torture::new(on, replicas, u32::try_from(races * 4 + 100).unwrap(), sandbox::Options::default()).await;
    for replica in 0..replicas {
        desk.start(replica).await;
    }
    desk.sign_in().await;
    let waiting = desk.waiting().await;
    assert!(waiting.len() as u64 >= races, "{} wait for review, {races} races wanted", waiting.len());
    let mut all = Vec::new();
    for inquiry in waiting.into_iter().take(usize::try_from(races).unwrap()) {
        let n = usize::try_from(2 + draw.below(REVIEWERS as u64 - 1)).unwrap();
        let barrier = Arc::new(Barrier::new(n));
        let mut work = tokio::task::JoinSet::new();
        for each in 0..n {
            let (reviewer, barrier, inquiry) = (desk.reviewer(each), barrier.clone(), inquiry.clone());
            let url = desk.url(each % replicas);
            let verdict = if draw.below(2) == 0 { "approve" } else { "decline" };
            work.spawn(async move {
                reviewer.look(&url, &inquiry).await;
                barrier.wait().await;
                reviewer.send(&url, &inquiry, verdict).await
            });
        }
        let mut winners = 0;
        while let Some(said) = work.join_next().await {
            let said = said.unwrap();
            match said.status {
                Some(StatusCode::OK) => winners += 1,
                // The answer gives the reason: who was faster, or that the inquiry is already decided.
                Some(StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY) => {
                    assert!(said.body["Refused"].is_object(), "{}", said.body);
                }
                other => panic!("{other:?}: {}", said.body),
            }
            all.push(said);
        }
        assert_eq!(winners, 1, "{inquiry}: {n} reviewers, {winners} winners");
    }
    desk.drained().await;
    let made = desk.agree(&all).await;
    println!("{on:?}: {races} races of two to {REVIEWERS}, {} requests, {made} decisions, one winner each", all.len());
    assert_eq!(made as u64, races);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_race_has_one_winner_sqlite() {
    races(On::Sqlite, 1, count("RACES_SQLITE", 60)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_race_has_one_winner_postgres() {
    races(On::Postgres, 2, count("RACES_POSTGRES", 60)).await;
}
