//! What durability costs, as ratios measured in one run, both sides in turns, median of five:
//!
//! * a decision from request to durable answer, against one fsync of the same disk at the same moments
//! * what the log adds to the commit of a decision: a commit with an entry minus one without, against the commit of a
//!   decision
//! * webhook events stored many in one commit, against one commit for each
//!
//!     cargo bench --features demo --bench durable
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "benches may panic, and they print what they measured to standard output"
)]
#![expect(clippy::disallowed_methods, reason = "benches act as the outside world: its clock, its requests")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use countersign::domain::audit::{Actor, Draft};
use countersign::domain::decision::{Proposal, Subject, Verdict};
use countersign::domain::queue::Sort;
use countersign::domain::reviewer::{Origin, Permit, Role, permission};
use countersign::domain::time::Timestamp;
use countersign::server::clock::ServerClock;
use countersign::server::db::{self, webhook::EventRow};
use countersign::server::usecase::reviewer::account::{self, AccountManager};
use countersign::server::usecase::reviewer::add;
use countersign::server::usecase::{decision, inquiry};
use countersign::server::{App, Error, http, jobs, run};
use persona_sandbox as sandbox;
use tower::ServiceExt;

const ROUNDS: usize = 5;
const DECISIONS: usize = 60;
const EVENTS: usize = 2000;
const AT_ONCE: usize = 32;

fn part(times: &mut [Duration], of_hundred: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * of_hundred / 100).min(times.len() - 1)]
}

fn event(n: usize) -> EventRow {
    EventRow {
        id: format!("evt_{n:012}"),
        name: "inquiry.approved".into(),
        created_at: Timestamp::from_micros(1_795_000_000_000_000),
        received_at: Timestamp::from_micros(1_795_000_000_000_000),
        body: "x".repeat(3000),
        attempts: 0,
        came_by: "webhook".into(),
    }
}

/// Events stored in a second by concurrent writers, each with the given function.
async fn rate<F, W>(from: usize, keep: W) -> f64
where
    F: Future<Output = ()> + Send + 'static,
    W: Fn(EventRow) -> F + Clone + Send + 'static,
{
    let began = Instant::now();
    let mut work = tokio::task::JoinSet::new();
    for worker in 0..AT_ONCE {
        let keep = keep.clone();
        work.spawn(async move {
            for n in (worker..EVENTS).step_by(AT_ONCE) {
                keep(event(from + n)).await;
            }
        });
    }
    while let Some(done) = work.join_next().await {
        done.unwrap();
    }
    EVENTS as f64 / began.elapsed().as_secs_f64()
}

/// The smallest possible commit, with or without an entry that has a comment.
async fn entry_or_not(tx: &mut db::Tx, logged: bool) -> Result<(), Error> {
    let now = Timestamp::from_micros(1_795_000_000_000_000);
    db::sync::set(tx, "act", now, "done").await?;
    if logged {
        let salts = BTreeMap::from([("comment".to_owned(), [7; 32])]);
        let draft = Draft::new("decision.made", Actor::System { part: "bench" }, "inquiry", "inq_of_the_bench")
            .fact("decision", "00000000-0000-7000-8000-000000000000")
            .fact("verdict", "approve")
            .fact("reason", "checks-passed")
            .fact("version", 3_i64)
            .fact("evidence", "9e3779b97f4a7c159e3779b97f4a7c159e3779b97f4a7c159e3779b97f4a7c15")
            .personal("comment", "Same face as in May");
        db::audit::append(tx, |seq| draft.clone().seal(seq, now, "0.1.0", &salts), &salts).await?;
    }
    Ok(())
}

/// The simple way: one commit for each event.
async fn one_commit_each(app: App, event: EventRow) {
    let keep = "INSERT INTO webhook_events (id, name, created_at, received_at, body, state, attempts, came_by)
        VALUES ($1, $2, $3, $4, $5, 'received', 0, $6) ON CONFLICT (id) DO NOTHING";
    app.write(move |tx| {
        Box::pin(async move {
            let db::Conn::Sqlite(held) = &mut **tx else { panic!("this measures SQLite") };
            let query = sqlx::query(keep).bind(event.id).bind(event.name).bind(event.created_at);
            let query = query.bind(event.received_at).bind(event.body).bind(event.came_by);
            Ok(query.execute(&mut **held).await?.rows_affected() == 1)
        })
    })
    .await
    .unwrap();
}

async fn many_to_a_commit(app: App, event: EventRow) {
    countersign::server::usecase::webhook_batch::store(&app, event).await.unwrap();
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir_in(".").unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = sandbox::Options { inquiries: 2400, requests_per_minute: 1_000_000, ..sandbox::Options::default() };
    let sandbox = sandbox::start(listener, options).await.unwrap();
    let url = format!("sqlite:{}", folder.path().join("bench.db").display());
    let config = run::sandbox_config(&url, sandbox.addr, "wbhsec_x").unwrap();
    let app = run::open(config, ServerClock::System).await.unwrap();
    let options = countersign::server::config::leptos_options(folder.path()).unwrap();
    let router = http::router::router(&app, &options).unwrap();
    jobs::sync::run(&app).await.unwrap();
    // Evidence that contains only the inquiry, so that each inquiry stays at its first version.
    let read = "UPDATE inquiries SET evidence_wanted_at = NULL, evidence_at = as_of, evidence = json_object('inquiry', json(body),
        'verifications', json('[]'), 'reports', json('[]'), 'sessions', json('[]'))";
    app.write(move |tx| {
        Box::pin(async move {
            let db::Conn::Sqlite(held) = &mut **tx else { panic!("this measures SQLite") };
            Ok(sqlx::query(read).execute(&mut **held).await.map(|_| ())?)
        })
    })
    .await
    .unwrap();
    // Decisions need no countersignature, because this measures one decision's path.
    countersign::server::usecase::rule::clear(&app, &AccountManager::demo()).await.unwrap();
    let (_, password) = add(&app, AccountManager::demo(), "a@desk.example", "Analyst", Role::Analyst).await.unwrap();
    let form = |path: &str, cookie: &str, fields: &[(&str, &str)]| {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Request::post(path)
            .header("cookie", cookie)
            .header("sec-fetch-site", "same-origin")
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap()
    };
    let fields = [("email", "a@desk.example"), ("password", password.as_str()), ("next", "/queue")];
    let answer = router.clone().oneshot(form("/api/sign-in", "", &fields)).await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let filter = db::queue::filter::InquiryFilter::of(Some("needs_review"), app.now());
    let mut waiting: Vec<String> = {
        let mut conn = app.read().await.unwrap();
        db::queue::page(&mut conn, &filter, Sort::Oldest, None, 2000, 0)
            .await
            .unwrap()
            .0
            .rows
            .into_iter()
            .map(|row| row.id)
            .collect()
    };

    let mut disk = File::create(folder.path().join("probe")).unwrap();
    let (mut over, mut shares, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let reviewer = account::all(&app, &AccountManager::shell()).await.unwrap().remove(0);
    let reads: Permit<permission::ReadEvidence> = reviewer.clone().permit(Origin::default()).unwrap();
    let by: Permit<permission::Decide> = reviewer.permit(Origin::default()).unwrap();
    // A reviewer has to open the inquiry before deciding; this is not measured.
    let open = async |id: String| {
        inquiry::open(&app, &reads, id.try_into().unwrap(), None, inquiry::visit::Look::Opened).await.unwrap();
    };
    for round in 1..=ROUNDS {
        let (mut fsyncs, mut decisions) = (Vec::new(), Vec::new());
        let (mut whole, mut with, mut without) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..DECISIONS {
            let began = Instant::now();
            disk.write_all(&[7; 4096]).unwrap();
            disk.sync_data().unwrap();
            fsyncs.push(began.elapsed());
            let id = waiting.pop().unwrap();
            open(id.clone()).await;
            let fields = [
                ("inquiry", id.as_str()),
                ("version", "1"),
                ("verdict", "approve"),
                ("reason", "other"),
                ("comment", "Seen"),
            ];
            let began = Instant::now();
            let answer = router.clone().oneshot(form("/api/decide", &cookie, &fields)).await.unwrap();
            decisions.push(began.elapsed());
            assert!(answer.status().is_success(), "{}", answer.status());

            let id = waiting.pop().unwrap();
            open(id.clone()).await;
            let subject = Subject::Inquiry(id.try_into().unwrap());
            let (reason, comment) = ("other".to_owned(), "Same face as in May".to_owned());
            let proposal = Proposal { verdict: Verdict::Approve, reason, comment, seen_version: 1 };
            let began = Instant::now();
            decision::decide(&app, &by, subject, proposal).await.unwrap();
            whole.push(began.elapsed());
            for (logged, times) in [(true, &mut with), (false, &mut without)] {
                let began = Instant::now();
                app.write(move |tx| Box::pin(entry_or_not(tx, logged))).await.unwrap();
                times.push(began.elapsed());
            }
        }
        let (whole, with, without) = (part(&mut whole, 50), part(&mut with, 50), part(&mut without, 50));
        println!(
            "round {round}: commit of a decision {whole:?}, of one row and an entry {with:?}, of the row {without:?} (medians)"
        );
        shares.push(with.saturating_sub(without).as_secs_f64() / (whole - with.saturating_sub(without)).as_secs_f64());
        let (fsync, decision) = (part(&mut fsyncs, 99), part(&mut decisions, 99));
        let allowed = fsync * 3 + Duration::from_millis(5);
        println!(
            "round {round}: fsync {:?} median {:?} p99; decision {:?} median {:?} p99, allowed {allowed:?}",
            part(&mut fsyncs, 50),
            fsync,
            part(&mut decisions, 50),
            decision
        );
        over.push(decision.as_secs_f64() / allowed.as_secs_f64());

        let start = round * 4 * EVENTS;
        let each = rate(start, {
            let app = app.clone();
            move |event| one_commit_each(app.clone(), event)
        })
        .await;
        let many = rate(start + EVENTS, {
            let app = app.clone();
            move |event| many_to_a_commit(app.clone(), event)
        })
        .await;
        println!(
            "round {round}: {each:.0} events a second with a commit each, {many:.0} many to a commit: {:.1} times",
            many / each
        );
        ratios.push(many / each);
    }
    shares.sort_by(f64::total_cmp);
    println!(
        "the log adds {:.0} % to the commit of a decision (goal: 15), median of {ROUNDS}",
        shares[ROUNDS / 2] * 100.0
    );
    over.sort_by(f64::total_cmp);
    ratios.sort_by(f64::total_cmp);
    println!(
        "decision, p99, as part of what is allowed (three fsyncs and 5 ms): {:.2}, median of {ROUNDS}",
        over[ROUNDS / 2]
    );
    println!("events many to a commit, times one commit each: {:.1}, median of {ROUNDS}", ratios[ROUNDS / 2]);
}
