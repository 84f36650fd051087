//! R15: replicas are replaced one after the other while reviewers work. The proxy in front does only one thing: it
//! tries another replica if one accepts no connection. No request may fail, and no job may be lost.
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use persona_sandbox as sandbox;
use reqwest::{Client, StatusCode};

use crate::desk::{On, Reviewer, Said, Torture};
use crate::{Draw, count};

#[tokio::test(flavor = "multi_thread")]
async fn no_request_fails_while_replicas_are_replaced() {
    let stops = count("STOPS", 6);
    let mut draw = Draw::new(count("TORTURE_SEED", 1));
    let inquiries = u32::try_from(stops * 90 + 400).unwrap();
    let mut desk = Torture::new(On::Postgres, 2, inquiries, sandbox::Options::default()).await;
    desk.start(0).await;
    desk.start(1).await;
    desk.sign_in().await;
    let left = Arc::new(Mutex::new(desk.waiting().await));
    let said: Arc<Mutex<Vec<Said>>> = Arc::default();
    let (stop, pages) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut work = tokio::task::JoinSet::new();
    for n in 0..4 {
        // Uses a new connection for each request, as a proxy does that may not repeat a request.
        let http = Client::builder().timeout(Duration::from_secs(20)).pool_max_idle_per_host(0).build().unwrap();
        let reviewer = Reviewer { http, ..desk.reviewer(n) };
        let urls = [desk.url(0), desk.url(1)];
        let (left, said, stop, pages) = (left.clone(), said.clone(), stop.clone(), pages.clone());
        work.spawn(async move {
            let mut turn = n;
            while !stop.load(Ordering::Relaxed) {
                let Some(inquiry) = left.lock().unwrap().pop() else { return };
                let answer = loop {
                    turn += 1;
                    let answer = reviewer.decide(&urls[turn % 2], &inquiry, "approve").await;
                    if answer.reached {
                        break answer;
                    }
                };
                assert_eq!(answer.status, Some(StatusCode::OK), "a decision failed: {}", answer.body);
                said.lock().unwrap().push(answer);
                let page = loop {
                    turn += 1;
                    match reviewer.open(&urls[turn % 2], "/queue").await {
                        Err(error) if error.is_connect() => {}
                        page => break page,
                    }
                };
                assert_eq!(page.expect("a page failed"), StatusCode::OK);
                pages.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let mut slowest = Duration::ZERO;
    for n in 0..stops {
        tokio::time::sleep(Duration::from_millis(200 + draw.below(300))).await;
        let replica = usize::try_from(n % 2).unwrap();
        slowest = slowest.max(desk.stop(replica).await);
        desk.start(replica).await;
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(done) = work.join_next().await {
        done.unwrap();
    }
    desk.drained().await;
    let said = said.lock().unwrap().clone();
    let made = desk.agree(&said).await;
    println!(
        "{stops} replicas replaced: {} decisions and {} pages, none failed; {made} decisions, each once; the slowest stop took {} ms",
        said.len(),
        pages.load(Ordering::Relaxed),
        slowest.as_millis()
    );
    assert_eq!(made, said.len());
    assert!(made as u64 > stops, "too little happened: {made} decisions");
}
