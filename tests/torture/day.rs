//! Number of calls that the desk makes in a day, compared with a desk that polls. The minutes are simulated; the calls
//! are real, and are counted between desk and sandbox.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use countersign::domain::decision::{Proposal, Subject, Verdict};
use countersign::domain::queue::Sort;
use countersign::domain::reviewer::{Origin, Role};
use countersign::domain::time::Timestamp;
use countersign::server::clock::ServerClock;
use countersign::server::db::{queue, queue::filter};
use countersign::server::usecase::reviewer::account::AccountManager;
use countersign::server::usecase::reviewer::add;
use countersign::server::{http, jobs, run, usecase};
use persona_sandbox as sandbox;
use serde_json::Value;

use crate::count;
use crate::desk::{On, SECRET, Torture};

type Counts = Arc<Mutex<BTreeMap<String, u64>>>;

/// Forwards a call, and counts it by kind.
async fn pass(State((client, target, counts)): State<(reqwest::Client, String, Counts)>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().trim_start_matches("/api/v1/").to_owned();
    let mut segments = path.split('/');
    let (noun, id, action) = (segments.next().unwrap_or_default(), segments.next(), segments.next());
    let kind = match (id, action) {
        (None, _) => format!("list {noun}"),
        (Some(_), None) => format!("read {noun}"),
        (Some(_), Some(action)) => format!("{action} {noun}"),
    };
    *counts.lock().unwrap().entry(kind).or_default() += 1;
    let url = format!("{target}{}", parts.uri.path_and_query().unwrap());
    let mut call = client.request(parts.method, url).body(to_bytes(body, 1 << 24).await.unwrap());
    for (name, value) in parts.headers.iter().filter(|(name, _)| *name != "host" && *name != "content-length") {
        call = call.header(name, value);
    }
    let answer = call.send().await.unwrap();
    let mut response = Response::builder().status(answer.status());
    for (name, value) in
        answer.headers().iter().filter(|(name, _)| *name != "transfer-encoding" && *name != "content-length")
    {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.bytes().await.unwrap())).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_takes_few_calls() {
    let (inquiries, minutes) = (count("DAY_INQUIRIES", 90), count("DAY_MINUTES", 30));
    // Minutes that an inquiry waits for a reviewer; a polling desk refreshes it all that time.
    let patience = Duration::from_secs(60 * count("DAY_WAIT", 10));
    let front = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hook = sandbox::WebhookTarget {
        url: format!("http://{}/webhooks/persona", front.local_addr().unwrap()),
        secrets: vec![SECRET.to_owned()],
    };
    let options = sandbox::Options { webhooks: vec![hook], ..sandbox::Options::default() };
    let mut desk = Torture::new(On::Sqlite, 0, 20, sandbox::Options::default()).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    desk.sandbox = sandbox::start(
        listener,
        sandbox::Options { inquiries: 20, requests_per_minute: 1_000_000, quota_per_minute: 1_000_000, ..options },
    )
    .await
    .unwrap();

    let counts: Counts = Arc::default();
    let between = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = format!("http://{}/api/v1", between.local_addr().unwrap());
    let state = (desk.http.clone(), format!("http://{}", desk.sandbox.addr), counts.clone());
    tokio::spawn(async move { axum::serve(between, axum::Router::new().fallback(pass).with_state(state)).await });

    let folder = tempfile::tempdir().unwrap();
    let clock = ServerClock::manual(Timestamp::from_offset(time::OffsetDateTime::now_utc()));
    let url = format!("sqlite:{}", folder.path().join("day.db").display());
    let mut config = run::sandbox_config(&url, desk.sandbox.addr, SECRET).unwrap();
    config.persona.api_url = api.parse().unwrap();
    // The sandbox's clock is set once a minute, while the desk's clock runs.
    config.persona.webhook_tolerance = Duration::ZERO;
    let app = run::open(config, clock.clone()).await.unwrap();
    // One reviewer decides alone, so the default rules are off.
    usecase::rule::clear(&app, &AccountManager::demo()).await.unwrap();
    let options = countersign::server::config::leptos_options(folder.path()).unwrap();
    let router = http::router::router(&app, &options).unwrap();
    tokio::spawn(async move { axum::serve(front, router).await });
    let (reviewer, _) =
        add(&app, AccountManager::demo(), "one@desk.example", "Analyst One", Role::Analyst).await.unwrap();
    let reads = reviewer.clone().permit(Origin::default()).unwrap();
    let permit = reviewer.permit(Origin::default()).unwrap();
    jobs::sync::run(&app).await.unwrap();
    jobs::reconcile::run(&app).await.unwrap();
    jobs::evidence::run(&app).await.unwrap();
    counts.lock().unwrap().clear();

    let (mut arrived, mut decided, mut lists, mut whole) = (0, 0, 0, 0);
    let began = clock.now();
    for minute in 0..minutes {
        let offset = i64::try_from(clock.now().since(began).as_secs()).unwrap();
        desk.at_sandbox("POST", "/sandbox/clock", serde_json::json!({"offset-seconds": offset})).await;
        while arrived < inquiries * (minute + 1) / minutes {
            desk.at_sandbox("POST", "/sandbox/arrive", Value::Null).await;
            arrived += 1;
        }
        // Webhooks arrive within moments.
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            jobs::apply_webhooks::run(&app).await.unwrap();
        }
        let mut waiting = Vec::new();
        for _ in 0..12 {
            clock.advance(Duration::from_secs(5));
            jobs::apply_webhooks::run(&app).await.unwrap();
            jobs::evidence::run(&app).await.unwrap();
        }
        {
            let mut conn = app.read().await.unwrap();
            let filter = filter::InquiryFilter::of(Some("needs_review"), clock.now());
            let (page, _) = queue::page(&mut conn, &filter, Sort::Oldest, None, 200, 0).await.unwrap();
            waiting.extend(
                page.rows
                    .into_iter()
                    .filter(|row| {
                        row.evidence_at.is_some()
                            && row.decision_state.is_none()
                            && clock.now().since(row.waiting_since) >= patience
                    })
                    .map(|row| row.id),
            );
        }
        for id in waiting {
            let subject = Subject::Inquiry(id.parse().unwrap());
            usecase::inquiry::open(&app, &reads, id.parse().unwrap(), None, usecase::inquiry::visit::Look::Opened)
                .await
                .unwrap();
            let version = {
                let mut conn = app.read().await.unwrap();
                countersign::server::db::inquiry::by_id(&mut conn, &id.parse().unwrap()).await.unwrap().unwrap().version
            };
            let proposal = Proposal {
                verdict: Verdict::Approve,
                reason: "other".into(),
                comment: "Seen.".into(),
                seen_version: version,
            };
            decided += u64::from(usecase::decision::decide(&app, &permit, subject, proposal).await.is_ok());
        }
        jobs::deliver::run(&app).await.unwrap();
        if minute % 5 == 4 {
            jobs::reconcile::run(&app).await.unwrap();
        }
        jobs::sync::due(&app).await.unwrap();
        // A polling desk reads all lists each minute; if it shows evidence, it also reads each waiting inquiry.
        let open = desk.waiting_in(&url).await;
        lists += (20 + arrived).div_ceil(100);
        whole += (20 + arrived).div_ceil(100) + 2 * open;
    }
    for _ in 0..20 {
        clock.advance(Duration::from_secs(30));
        jobs::deliver::run(&app).await.unwrap();
    }
    let counts = counts.lock().unwrap().clone();
    let ours: u64 = counts.values().sum();
    // Calls with which a polling desk reads each changed inquiry, and sends its decisions.
    let polled_lists = lists + 2 * arrived + decided;
    let polled_whole = whole + decided;
    let less = |theirs: u64| 100.0 - 100.0 * ours as f64 / theirs as f64;
    println!("{arrived} inquiries in {minutes} minutes, {decided} decided: {ours} calls: {counts:?}");
    println!(
        "polling the lists each minute, and each changed inquiry once: {polled_lists} calls, {:.1} % fewer",
        less(polled_lists)
    );
    println!(
        "refreshing the lists and what waits each minute: {polled_whole} calls, {:.1} % fewer",
        less(polled_whole)
    );
    assert!(decided * 2 >= arrived, "reviewers keep up: {decided} of {arrived}");
    assert!(ours <= 6 * arrived + minutes, "{ours} calls for {arrived} inquiries");
}
