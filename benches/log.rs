//! What the log costs, as ratios measured in one run, both sides in turns, median of five:
//!
//! * checking an export, against hashing the same entries into a tree
//! * the proof of one entry
//! * exporting the table of decisions, against `sqlite3 -csv` with the same columns (if it is installed), and on
//!   PostgreSQL (if there is one) against `psql \copy`
//! * memory and first byte of an export, and the page of the queue while one is written
//!
//!     ENTRIES=5000000 scripts/with-postgres cargo bench --features demo --bench log
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "benches may panic, and they print what they measured to standard output"
)]
#![expect(clippy::disallowed_methods, reason = "benches act as the outside world: its clock, its files")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;

use countersign::domain::audit::{Actor, Draft};
use countersign::domain::reviewer::Role;
use countersign::domain::time::Timestamp;
use countersign::domain::verify::{Trust, verify};
use countersign::server::clock::ServerClock;
use countersign::server::usecase::checkpoint;
use countersign::server::usecase::export::{Exporter, Format, plan, write};
use countersign::server::usecase::log::{begin, count};
use countersign::server::usecase::reviewer::account::AccountManager;
use countersign::server::usecase::reviewer::add;
use countersign::server::{App, db, http, jobs, run};
use persona_sandbox as sandbox;
use tlog::merkle::{Frontier, leaf};
use tlog::signed_note::SignerKey;
use tlog::zip::Bytes;
use tower::ServiceExt;

const ROUNDS: usize = 5;

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

struct OnDisk(RefCell<File>, u64);

impl Bytes for OnDisk {
    fn len(&self) -> u64 {
        self.1
    }
    async fn read(&self, at: u64, len: usize) -> Result<Vec<u8>, String> {
        let mut file = self.0.borrow_mut();
        let mut bytes = vec![0; len];
        file.seek(SeekFrom::Start(at)).unwrap();
        file.read_exact(&mut bytes).unwrap();
        Ok(bytes)
    }
}

fn draft(n: usize) -> Draft {
    let actor = Actor::Reviewer {
        id: "00000000-0000-4000-8000-000000000001".into(),
        name: "Maya Okafor".into(),
        role: "analyst".into(),
        session: Some("a1b2c3d4e5f60718".into()),
        request: Some("0190f3a1-7c1e-7000-8000-000000000001".into()),
    };
    let action = ["inquiry.viewed", "decision.made", "decision.confirmed", "picture.viewed"][n % 4];
    let draft = Draft::new(action, actor, "inquiry", format!("inq_{n:020}"));
    if action == "decision.made" {
        draft
            .fact("decision", format!("00000000-0000-7000-8000-{n:012}"))
            .fact("verdict", "approve")
            .fact("reason", "discrepancy-explained")
            .fact("version", 3_i64)
            .fact("evidence", "9e3779b97f4a7c159e3779b97f4a7c159e3779b97f4a7c159e3779b97f4a7c15")
    } else {
        draft.fact("version", 3_i64)
    }
}

async fn grow(app: &App, from: usize, to: usize) {
    app.write(move |tx| {
        Box::pin(async move {
            for n in from..to {
                let at = Timestamp::from_micros(1_790_000_000_000_000 + i64::try_from(n).unwrap() * 1000);
                db::audit::append(tx, |seq| draft(n).seal(seq, at, "0.1.0", &BTreeMap::new()), &BTreeMap::new())
                    .await?;
            }
            Ok(())
        })
    })
    .await
    .unwrap();
}

/// A file, and the time of its first byte.
struct Timed(File, Instant, Arc<OnceLock<Duration>>);

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.2.get_or_init(|| self.1.elapsed());
        self.0.write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// Time until the export is complete, and until its first byte, both from the request.
async fn exported(app: &App, path: &Path, format: Format, through: Option<i64>) -> (Duration, Duration) {
    let (began, first) = (Instant::now(), Arc::new(OnceLock::new()));
    let planned = plan(app, &Exporter::Shell, format, Default::default(), through, None).await.unwrap();
    write(app, planned, Timed(File::create(path).unwrap(), began, Arc::clone(&first))).await.unwrap();
    (began.elapsed(), first.get().copied().unwrap())
}

/// Memory in MB: `VmRSS` is the current value, `VmHWM` the peak since it was reset.
fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

/// Prints the median ratio of measurements taken in turns.
fn ratio(what: &str, goal: &str, rounds: impl IntoIterator<Item = (Duration, Duration)>) {
    let mut ratios = Vec::new();
    for (ours, theirs) in rounds {
        println!("{what}: {ours:.2?} against {theirs:.2?}");
        ratios.push(ours.as_secs_f64() / theirs.as_secs_f64());
    }
    if ratios.is_empty() {
        println!("{what}: not measured");
    } else {
        println!("{what}: {:.2} times as long (goal: {goal}), median of {}", median(ratios.clone()), ratios.len());
    }
}

/// Runs another program that writes the same table to a file.
fn theirs(program: &mut Command, to: &Path) -> Option<Duration> {
    let began = Instant::now();
    let done = program.stdout(Stdio::from(File::create(to).unwrap())).status();
    done.is_ok_and(|status| status.success()).then(|| began.elapsed())
}

/// A desk with reviewers, with inquiries from the sandbox, and with this number of entries.
async fn desk(url: &str, sandbox: std::net::SocketAddr, entries: usize) -> App {
    let config = run::sandbox_config(url, sandbox, "wbhsec_x").unwrap();
    let app = run::open(config, ServerClock::System).await.unwrap();
    begin(&app).await.unwrap();
    jobs::sync::run(&app).await.unwrap();
    let before = db::audit::size(&mut app.read().await.unwrap()).await.unwrap();
    let began = Instant::now();
    for from in (0..entries).step_by(20_000) {
        grow(&app, from, (from + 20_000).min(entries)).await;
    }
    println!("{entries} entries appended after {before} in {:.1?}", began.elapsed());
    let began = Instant::now();
    checkpoint::sign(&app).await.unwrap();
    count(&app).await.unwrap();
    println!("tiles, checkpoint and counts of all of them: {:.1?}", began.elapsed());
    app
}

/// The proof of one entry, as the page requests it.
async fn proofs(app: &App, entries: usize) {
    let auditor = countersign::domain::reviewer::Reviewer {
        id: countersign::domain::id::ReviewerId(uuid::Uuid::nil()),
        email: "a@desk.example".into(),
        name: "Anna".into(),
        role: Role::Auditor,
        created_at: Timestamp::from_micros(0),
        disabled_at: None,
        must_change: false,
    };
    let by = auditor.permit(Default::default()).unwrap();
    let mut times = Vec::new();
    for n in 0..1000 {
        let seq = i64::try_from(n * entries / 1000).unwrap();
        let began = Instant::now();
        countersign::server::usecase::log::proof_of(app, &by, seq).await.unwrap().unwrap();
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    println!(
        "proof of one entry: {:.2} ms median, {:.2} ms at the 99th percentile, {:.2} ms worst of 1000 (goal: 5)",
        times[500], times[990], times[999]
    );
}

/// Checking an export against hashing its entries.
async fn checking(app: &App, folder: &Path) {
    let zip = folder.join("log.zip");
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = memory("VmRSS");
    let through = checkpoint::sign(app).await.unwrap().map(|checkpoint| checkpoint.size);
    let (took, first) = exported(app, &zip, Format::Zip, through).await;
    println!(
        "zip of {} MB written in {took:.1?}, first byte after {first:.1?} (goal: 50 ms), {} MB of memory (goal: 64)",
        std::fs::metadata(&zip).unwrap().len() >> 20,
        memory("VmHWM") - before
    );
    let lines = folder.join("log.jsonl");
    exported(app, &lines, Format::Jsonl, through).await;
    let trust = Trust { key: Some(SignerKey::of_log("test.example/log", &[7; 32]).verifier()), ..Trust::default() };
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let mut tree = Frontier::default();
        let mut reader = BufReader::with_capacity(1 << 18, File::open(&lines).unwrap());
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).unwrap() > 0 {
            tree.push(leaf(&line[..line.len() - 1]));
            line.clear();
        }
        let hashing = began.elapsed();
        let began = Instant::now();
        let len = std::fs::metadata(&zip).unwrap().len();
        let report = verify(OnDisk(File::open(&zip).unwrap().into(), len), &trust, |_| {}).await.unwrap();
        let took = began.elapsed();
        assert_eq!(hex::encode(tree.root()), report.root);
        rounds.push((took, hashing));
    }
    ratio("checking an export, against hashing its entries", "2", rounds);
}

/// The columns of the table, as SQL.
fn table_in_sql(json: impl Fn(&str) -> String, hash: &str) -> String {
    let facts = ["decision", "verdict", "status", "reason", "version", "evidence", "persona_request"];
    let [decision, verdict, status, reason, version, evidence, request] =
        facts.map(|name| json(&format!("facts.{name}")));
    format!(
        "SELECT seq, at, action, outcome, actor_name, {}, {decision}, object_kind, object_id, {verdict}, {status}, {reason}, \
         NULL, {version}, {evidence}, {request}, {hash} FROM audit_entries \
         WHERE action LIKE 'decision.%' OR action LIKE 'countersign.%' ORDER BY seq",
        json("actor.role")
    )
}

async fn against_sqlite3(app: &App, file: &Path, folder: &Path) {
    let query = table_in_sql(|path| format!("json_extract(body, '$.{path}')"), "lower(hex(hash))");
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let (ours, _) = exported(app, &folder.join("ours.csv"), Format::Csv, None).await;
        let mut program = Command::new("sqlite3");
        program.args(["-readonly", "-csv", "-header"]).arg(file).arg(&query);
        rounds.extend(theirs(&mut program, &folder.join("theirs.csv")).map(|theirs| (ours, theirs)));
    }
    ratio("the table, against sqlite3 -csv", "1", rounds);
}

async fn against_copy(app: &App, url: &str, folder: &Path) {
    let json = |path: &str| {
        let (object, name) = path.split_once('.').unwrap();
        format!("body::json -> '{object}' ->> '{name}'")
    };
    let query = table_in_sql(json, "encode(hash, 'hex')");
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let (ours, _) = exported(app, &folder.join("ours.csv"), Format::Csv, None).await;
        let mut program = Command::new("psql");
        program.args(["-q", "-d", url, "-c"]).arg(format!("\\copy ({query}) TO STDOUT WITH (FORMAT csv, HEADER)"));
        rounds.extend(theirs(&mut program, &folder.join("theirs.csv")).map(|theirs| (ours, theirs)));
    }
    ratio("the table on PostgreSQL, against psql \\copy", "1.11", rounds);
}

/// The page of the queue, alone and while the log is exported.
async fn queue_meanwhile(app: &App, folder: &Path) {
    let options = countersign::server::config::leptos_options(folder).unwrap();
    let router = http::router::router(app, &options).unwrap();
    let (_, password) = add(app, AccountManager::demo(), "a@desk.example", "Analyst", Role::Analyst).await.unwrap();
    let fields = [("email", "a@desk.example"), ("password", password.as_str()), ("next", "/queue")];
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let sign_in = Request::post("/api/sign-in")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .unwrap();
    let answer = router.clone().oneshot(sign_in).await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = async || {
        let began = Instant::now();
        let request = Request::get("/queue").header("cookie", &cookie).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        axum::body::to_bytes(answer.into_body(), 1 << 26).await.unwrap();
        began.elapsed()
    };
    for _ in 0..20 {
        page().await;
    }
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let mut alone = Vec::new();
        for _ in 0..30 {
            alone.push(page().await);
        }
        let (exporting, to) = (app.clone(), folder.join("meanwhile.csv"));
        let export = tokio::spawn(async move { exported(&exporting, &to, Format::Csv, None).await });
        let mut meanwhile = Vec::new();
        while !export.is_finished() && meanwhile.len() < 200 {
            meanwhile.push(page().await);
        }
        export.await.unwrap();
        for times in [&mut alone, &mut meanwhile] {
            times.sort_unstable();
        }
        rounds.push((meanwhile[meanwhile.len() / 2], alone[alone.len() / 2]));
    }
    ratio("the page of the queue while the log is exported, against alone", "2", rounds);
}

#[tokio::main]
async fn main() {
    let entries: usize = std::env::var("ENTRIES").ok().and_then(|n| n.parse().ok()).unwrap_or(300_000);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = sandbox::Options { requests_per_minute: 1_000_000, ..sandbox::Options::default() };
    let sandbox = sandbox::start(listener, options).await.unwrap();
    let folder = tempfile::tempdir_in(".").unwrap();
    let (folder, file) = (folder.path(), folder.path().join("log.db"));
    let app = desk(&format!("sqlite:{}", file.display()), sandbox.addr, entries).await;
    against_sqlite3(&app, &file, folder).await;
    proofs(&app, entries).await;
    checking(&app, folder).await;
    queue_meanwhile(&app, folder).await;
    drop(app);
    if let Ok(url) = std::env::var("TEST_POSTGRES_URL") {
        println!("PostgreSQL:");
        let app = desk(&url, sandbox.addr, entries).await;
        proofs(&app, entries).await;
        against_copy(&app, &url, folder).await;
    }
    std::io::stdout().flush().unwrap();
}
