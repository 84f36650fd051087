//! The queue's page, as rendered for the browser, with few and with many inquiries: first page, page 10,000, filtered
//! and searched. Both sides in turns in one run, median of several. Then its rate over HTTP, as a share of the rate of a
//! handler that returns the same bytes from memory; this needs `wrk`.
//!
//!     cargo bench --features demo --bench queue
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "benches may panic, and they print what they measured to standard output"
)]
#![expect(clippy::disallowed_methods, reason = "benches act as the outside world: its clock, its requests")]

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use countersign::domain::reviewer::Role;
use countersign::server::clock::ServerClock;
use countersign::server::usecase::reviewer::account::AccountManager;
use countersign::server::usecase::reviewer::add;
use countersign::server::{App, db, http, jobs, run};
use tower::ServiceExt;

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FEW: i64 = 10_000;
const MANY: i64 = 1_000_000;
const TIMES: usize = 41;

struct Side {
    app: App,
    router: Router,
    cookie: String,
    _folder: tempfile::TempDir,
}

/// Inquiries as the mirror stores them: one in three shares its name with another, one in fifty has a watchlist hit.
async fn fill(app: &App, n: i64) {
    const STEPS: [&str; 4] = [
        "INSERT INTO templates (id, name) VALUES ('itmpl_1', 'KYC standard'), ('itmpl_2', 'KYB onboarding')",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
         INSERT INTO inquiries (id, status, template_id, subject, country, waiting_since, created_at, as_of, as_of_event, version,
             body, fingerprint, signals, evidence_at, evidence_attempts, rank, due_at, ranked_by)
         SELECT printf('inq_%09d', i), CASE WHEN i % 20 = 0 THEN 'approved' ELSE 'needs_review' END, 'itmpl_' || (1 + i % 2),
             'Maya Nwosu ' || i, substr('USDENGGB', 1 + 2 * (i % 4), 2),
             strftime('%Y-%m-%dT%H:%M:%S.000000Z', 1780000000 + i * 7, 'unixepoch'), '2026-11-20T09:00:00.000000Z',
             '2026-11-20T09:00:00.000000Z', '', 1, '{}', 'x',
             CASE WHEN i % 50 = 0 THEN '[{\"tone\":\"bad\",\"label\":\"Watchlist hit\"}]' ELSE '[{\"tone\":\"good\",\"label\":\"All checks passed\"}]' END,
             '2026-11-20T09:00:00.000000Z', 0, CASE WHEN i % 50 = 0 THEN -100 ELSE 0 END,
             strftime('%Y-%m-%dT%H:%M:%S.000000Z', 1780086400 + i * 7, 'unixepoch'), 0
         FROM n",
        "INSERT INTO inquiry_terms (term, inquiry_id)
         SELECT 'word:maya', id FROM inquiries UNION ALL SELECT 'word:' || id, id FROM inquiries
         UNION ALL SELECT 'word:' || substr(subject, 12), id FROM inquiries
         UNION ALL SELECT 'country:' || country, id FROM inquiries UNION ALL SELECT 'template:' || template_id, id FROM inquiries",
        "INSERT INTO inquiry_terms (term, inquiry_id) SELECT 'signal:watchlist hit', id FROM inquiries WHERE rank < 0",
    ];
    for step in STEPS {
        app.write(move |tx| {
            Box::pin(async move {
                let db::Conn::Sqlite(held) = &mut **tx else { panic!("this measures SQLite") };
                let query = sqlx::query(step);
                let query = if step.contains("$1") { query.bind(n) } else { query };
                query.execute(&mut **held).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
    }
    jobs::queue::run(app).await.unwrap();
}

async fn side(n: i64) -> Side {
    let folder = tempfile::tempdir_in(".").unwrap();
    let url = format!("sqlite:{}", folder.path().join("bench.db").display());
    let config = run::sandbox_config(&url, "127.0.0.1:9".parse().unwrap(), "wbhsec_x").unwrap();
    let app = run::open(config, ServerClock::System).await.unwrap();
    fill(&app, n).await;
    let options = countersign::server::config::leptos_options(folder.path()).unwrap();
    let router = http::router::router(&app, &options).unwrap();
    let (_, password) = add(&app, AccountManager::demo(), "a@desk.example", "Analyst", Role::Analyst).await.unwrap();
    let fields = [("email", "a@desk.example"), ("password", password.as_str()), ("next", "/queue")];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post("/api/sign-in")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    Side { app, router, cookie, _folder: folder }
}

impl Side {
    /// Time until the last byte of the page.
    async fn page(&self, path: &str, rows: usize) -> Duration {
        let began = Instant::now();
        let request = Request::get(path).header("cookie", &self.cookie).body(Body::empty()).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        let text = String::from_utf8(to_bytes(answer.into_body(), 16 << 20).await.unwrap().to_vec()).unwrap();
        let took = began.elapsed();
        let found = text.matches("id=\"row-").count();
        assert_eq!(found, rows, "{path}");
        took
    }
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

/// Requests per second that `wrk` reports for a page.
async fn rate(address: std::net::SocketAddr, cookie: &str) -> Option<f64> {
    let mut wrk = tokio::process::Command::new("wrk");
    wrk.args(["-t1", "-c8", "-d4s", "-H", &format!("cookie: {cookie}"), &format!("http://{address}/queue")]);
    let said = String::from_utf8(wrk.output().await.ok()?.stdout).unwrap();
    let rate = said.lines().find_map(|line| line.strip_prefix("Requests/sec:")).map(str::trim);
    Some(rate.unwrap_or_else(|| panic!("wrk says no rate: {said}")).parse().unwrap())
}

async fn served(router: Router) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// Compares the rates of the page and of the same bytes from memory, in turns.
async fn floor(side: &Side) {
    let request = Request::get("/queue").header("cookie", &side.cookie).body(Body::empty()).unwrap();
    let answer = side.router.clone().oneshot(request).await.unwrap();
    let bytes = to_bytes(answer.into_body(), 16 << 20).await.unwrap();
    let length = bytes.len();
    let memory = Router::new().route("/queue", axum::routing::get(move || std::future::ready(bytes.clone())));
    let (page, memory) = (served(side.router.clone()).await, served(memory).await);
    let mut shares = Vec::new();
    for _ in 0..5 {
        let (Some(page), Some(memory)) = (rate(page, &side.cookie).await, rate(memory, &side.cookie).await) else {
            println!("wrk is not installed: the share of the floor was not measured");
            return;
        };
        shares.push((100.0 * page / memory, page, memory));
    }
    shares.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (share, page, memory) = shares[shares.len() / 2];
    println!("{page:.0} pages/s of {length} bytes, {memory:.0}/s from memory: {share:.2} %");
}

#[tokio::main]
async fn main() {
    let (few, many) = (side(FEW).await, side(MANY).await);
    // Row 500,000, which is on page 10,000 with 50 rows a page; the middle row if there are few.
    let after = |n: i64| {
        let at = countersign::domain::time::Timestamp::from_micros((1_780_000_000 + n * 7) * 1_000_000);
        format!("/queue?after={at}~inq_{n:09}")
    };
    let pages = [
        ("first page", "/queue".to_owned(), "/queue".to_owned(), 50),
        ("page 10,000", after(FEW / 2), after(MANY / 2), 50),
        ("highest risk first", "/queue?sort=risk".to_owned(), "/queue?sort=risk".to_owned(), 50),
        (
            "a signal of one in fifty",
            "/queue?signal=Watchlist+hit".to_owned(),
            "/queue?signal=Watchlist+hit".to_owned(),
            50,
        ),
        (
            "a country and a signal",
            "/queue?signal=Watchlist+hit&country=NG".to_owned(),
            "/queue?signal=Watchlist+hit&country=NG".to_owned(),
            50,
        ),
        (
            "a name that all have",
            "/queue?status=all&search=maya".to_owned(),
            "/queue?status=all&search=maya".to_owned(),
            50,
        ),
        (
            "one of them by ID",
            "/queue?status=all&search=inq_000000777".to_owned(),
            "/queue?status=all&search=inq_000000777".to_owned(),
            1,
        ),
        ("nothing", "/queue?status=all&search=zzzz".to_owned(), "/queue?status=all&search=zzzz".to_owned(), 0),
    ];
    for (what, among_few, among_many, rows) in pages {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for _ in 0..TIMES {
            a.push(few.page(&among_few, rows).await);
            b.push(many.page(&among_many, rows).await);
        }
        let (a, b) = (median(&mut a), median(&mut b));
        println!("{what}: {a:.1} ms among {FEW}, {b:.1} ms among {MANY}: {:.2} times", b / a);
    }
    floor(&few).await;
    few.app.db.close().await;
    many.app.db.close().await;
}
