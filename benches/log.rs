//! What the log costs, as ratios taken in one run, both sides in turns, median of five:
//!
//! * checking an export, against hashing the same entries into a tree
//! * the proof of one entry
//! * exporting the table of decisions, against `sqlite3 -csv` with the same columns (when it is installed)
//!
//!     ENTRIES=5000000 cargo bench --features ssr --bench log
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot go on should say where, and says what it found"
)]
#![expect(clippy::disallowed_methods, reason = "it plays the outside world: its clock, its files")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use countersign::domain::audit::{Actor, Draft};
use countersign::domain::merkle::{Frontier, leaf};
use countersign::domain::signed_note::SignerKey;
use countersign::domain::time::Timestamp;
use countersign::domain::verify::{Trust, verify};
use countersign::domain::zip::Bytes;
use countersign::server::app::Clock;
use countersign::server::usecase::export::{Exporter, Format, plan, write};
use countersign::server::usecase::log::{begin, checkpoint};
use countersign::server::{App, db, run};

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
            .fact("reason", "checks-passed")
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

/// What is written comes to an end, in flat memory.
async fn exported(app: &App, path: &std::path::Path, format: Format) -> Duration {
    let planned = plan(app, &Exporter::Shell, format, Default::default(), None, None).await.unwrap();
    let began = Instant::now();
    write(app, planned, File::create(path).unwrap()).await.unwrap();
    began.elapsed()
}

fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[tokio::main]
async fn main() {
    let entries: usize = std::env::var("ENTRIES").ok().and_then(|n| n.parse().ok()).unwrap_or(300_000);
    let folder = tempfile::tempdir_in(".").unwrap();
    let file = folder.path().join("log.db");
    let config =
        run::sandbox_config(&format!("sqlite:{}", file.display()), ([127, 0, 0, 1], 9).into(), "wbhsec_x").unwrap();
    let app = run::open(config, Clock::System).await.unwrap();
    begin(&app).await.unwrap();
    let began = Instant::now();
    for from in (0..entries).step_by(20_000) {
        grow(&app, from, (from + 20_000).min(entries)).await;
    }
    println!("{entries} entries appended in {:.1?}", began.elapsed());
    let began = Instant::now();
    checkpoint(&app).await.unwrap();
    println!("tiles and checkpoint over all of them: {:.1?}", began.elapsed());

    // The proof of one entry, as the page asks for it.
    let auditor = countersign::domain::reviewer::Reviewer {
        id: countersign::domain::id::ReviewerId(uuid::Uuid::nil()),
        email: "a@desk.example".into(),
        name: "Anna".into(),
        role: countersign::domain::reviewer::Role::Auditor,
        created_at: Timestamp::from_micros(0),
        disabled_at: None,
    };
    let by = auditor.permit(Default::default()).unwrap();
    let mut times = Vec::new();
    for n in 0..200 {
        let seq = i64::try_from(n * entries / 200).unwrap();
        let began = Instant::now();
        countersign::server::usecase::log::proof_of(&app, &by, seq).await.unwrap().unwrap();
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    println!(
        "proof of one entry: {:.2} ms median, {:.2} ms worst of 200",
        median(times.clone()),
        times.iter().copied().fold(0.0, f64::max)
    );

    // Checking against hashing.
    let zip = folder.path().join("log.zip");
    let took = exported(&app, &zip, Format::Zip).await;
    println!(
        "zip of {} MB written in {took:.1?}, {} MB of memory",
        std::fs::metadata(&zip).unwrap().len() >> 20,
        memory()
    );
    let lines = folder.path().join("log.jsonl");
    exported(&app, &lines, Format::Jsonl).await;
    let trust = Trust { key: Some(SignerKey::of_log("test.example/log", &[7; 32]).verifier()), ..Trust::default() };
    let mut ratios = Vec::new();
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
        let checking = began.elapsed();
        std::hint::black_box((tree.root(), report));
        println!("hashing {hashing:.2?}, checking {checking:.2?}");
        ratios.push(checking.as_secs_f64() / hashing.as_secs_f64());
    }
    println!("checking takes {:.2} times as long as hashing (goal: 2), median of {ROUNDS}", median(ratios));

    // The table, against sqlite3's own.
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let ours = exported(&app, &folder.path().join("ours.csv"), Format::Csv).await;
        let query = "SELECT seq, at, action, outcome, actor_name, json_extract(body, '$.actor.role'), \
                     json_extract(body, '$.facts.decision'), object_kind, object_id, json_extract(body, '$.facts.verdict'), \
                     json_extract(body, '$.facts.status'), json_extract(body, '$.facts.reason'), NULL, \
                     json_extract(body, '$.facts.version'), json_extract(body, '$.facts.evidence'), \
                     json_extract(body, '$.facts.persona_request'), lower(hex(hash)) FROM audit_entries \
                     WHERE action LIKE 'decision.%' OR action LIKE 'countersign.%' ORDER BY seq";
        let out = File::create(folder.path().join("theirs.csv")).unwrap();
        let began = Instant::now();
        let done = Command::new("sqlite3")
            .args(["-readonly", "-csv", "-header"])
            .arg(&file)
            .arg(query)
            .stdout(Stdio::from(out))
            .status();
        match done {
            Ok(status) if status.success() => {
                let theirs = began.elapsed();
                println!("table: ours {ours:.2?}, sqlite3 -csv {theirs:.2?}");
                ratios.push(ours.as_secs_f64() / theirs.as_secs_f64());
            }
            _ => println!("table: ours {ours:.2?}; sqlite3 is not installed"),
        }
    }
    if !ratios.is_empty() {
        println!("the table takes {:.2} times as long as sqlite3 -csv (goal: 1), median of {ROUNDS}", median(ratios));
    }

    std::io::stdout().flush().unwrap();
}
