//! Random logs, and random exports of them.
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign::domain::audit::{Actor, Draft, EntryOutcome};
use countersign::domain::export::Filter;
use countersign::domain::time::Timestamp;
use countersign::server::clock::ServerClock;
use countersign::server::config::Config;
use countersign::server::usecase::checkpoint;
use countersign::server::usecase::export::{Exporter, Format, plan, write};
use countersign::server::usecase::log::begin;
use countersign::server::{App, db, run};
use tlog::signed_note::SignerKey;

pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n.max(1) as u64).unwrap()
    }

    pub fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

/// An export, and what its reader already knows.
#[derive(Debug, Clone)]
pub struct Export {
    pub kind: String,
    pub bytes: Vec<u8>,
    pub key: String,
    pub earlier: Option<String>,
    /// An older checkpoint of the same log.
    pub older: Option<String>,
    /// Index of its log.
    pub log: usize,
    pub size: i64,
}

/// A log with its desk.
pub struct Log {
    pub app: App,
    pub clock: ServerClock,
    _folder: tempfile::TempDir,
}

pub fn key(number: u8) -> SignerKey {
    SignerKey::of_log("desk.example/log", &[number; 32])
}

fn in_folder(folder: &tempfile::TempDir) -> String {
    format!("sqlite:{}", folder.path().join("log.db").display())
}

impl Log {
    pub async fn new(signing: Vec<SignerKey>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::on(&in_folder(&folder), signing, folder).await
    }

    /// Restarts the desk with other keys.
    pub async fn signed_by(self, signing: Vec<SignerKey>) -> Self {
        let Self { app, _folder, .. } = self;
        app.db.close().await;
        Self::on(&in_folder(&_folder), signing, _folder).await
    }

    pub async fn on(url: &str, signing: Vec<SignerKey>, folder: tempfile::TempDir) -> Self {
        let clock = ServerClock::manual(Timestamp::from_micros(1_790_000_000_000_000));
        let config = run::sandbox_config(url, ([127, 0, 0, 1], 9).into(), "wbhsec_x").unwrap();
        let app = run::open(Config { signing, ..config }, clock.clone()).await.unwrap();
        begin(&app).await.unwrap();
        Self { app, clock, _folder: folder }
    }

    /// Appends entries like those of a desk's working day.
    pub async fn grow(&self, entries: usize, draw: &mut Draw) {
        let mut drafts = Vec::new();
        for _ in 0..entries {
            self.clock.advance(Duration::from_millis(1 + draw.below(90_000) as u64));
            drafts.push((self.app.now(), act(draw), [draw.below(256) as u8; 32]));
        }
        self.app
            .write(move |tx| {
                Box::pin(async move {
                    for (at, draft, salt) in drafts {
                        let salts: BTreeMap<_, _> = draft.personal.keys().map(|name| (name.clone(), salt)).collect();
                        db::audit::append(tx, |seq| draft.clone().seal(seq, at, "0.1.0", &salts), &salts).await?;
                    }
                    Ok(())
                })
            })
            .await
            .unwrap();
    }

    pub async fn export(&self, filter: Filter, since: Option<i64>) -> (Vec<u8>, i64) {
        self.export_through(filter, None, since).await
    }

    pub async fn export_through(&self, filter: Filter, through: Option<i64>, since: Option<i64>) -> (Vec<u8>, i64) {
        let planned = plan(&self.app, &Exporter::Shell, Format::Zip, filter, through, since).await.unwrap();
        let (size, out) = (planned.plan.size, Shared::default());
        write(&self.app, planned, out.clone()).await.unwrap();
        let bytes = std::mem::take(&mut *out.0.lock().unwrap());
        (bytes, size)
    }
}

#[derive(Clone, Default)]
pub struct Shared(pub Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const NAMES: [&str; 4] = ["Maya Okafor", "Jo Lindqvist", "عائشة بنت خالد", "李小龍"];
const WORDS: [&str; 6] =
    ["Same face as in May", "=1+1", "two\nlines, \"quoted\"", "", "Ж\u{7}\u{1f}\u{2028}", "📄 hologram \\ printed"];

fn act(draw: &mut Draw) -> Draft {
    let name = draw.one(&NAMES);
    let actor = match draw.below(5) {
        0 => Actor::System { part: "delivery" },
        1 => Actor::Anonymous { request: None },
        _ => Actor::Reviewer {
            id: format!("00000000-0000-4000-8000-00000000000{}", name.len() % 10),
            name: name.to_owned(),
            role: "analyst".into(),
            session: Some("a1b2".into()),
            request: None,
        },
    };
    let action =
        draw.one(&["decision.made", "decision.confirmed", "countersign.given", "inquiry.viewed", "session.opened"]);
    let draft = Draft::new(action, actor, "inquiry", format!("inq_{}", draw.below(20)))
        .fact("verdict", draw.one(&["approve", "decline"]))
        .fact("version", draw.below(9) as i64)
        .fact("reason", draw.one(&["checks-passed", "other"]))
        .outcome(draw.one(&[EntryOutcome::Ok, EntryOutcome::Ok, EntryOutcome::Denied]));
    match draw.below(3) {
        0 => draft.personal("comment", draw.one(&WORDS)),
        1 => draft.personal("comment", draw.one(&WORDS)).personal("address", "203.0.113.7"),
        _ => draft,
    }
}

fn filter(draw: &mut Draw, size: usize, now: Timestamp) -> Filter {
    let all = Filter::default();
    match draw.below(8) {
        0..=2 => all,
        3 => Filter { action: Some(draw.one(&["decision", "decision.made", "nothing.such"]).into()), ..all },
        4 => Filter { actor: Some(draw.one(&NAMES).into()), ..all },
        5 => Filter { object: Some(format!("inq_{}", draw.below(20))), ..all },
        6 => {
            let first = draw.below(size) as i64;
            Filter { first: Some(first), last: Some(first + draw.below(300) as i64), ..all }
        }
        _ => Filter {
            to: Some(now.minus(Duration::from_secs(draw.below(40_000) as u64))),
            outcome: Some("ok".into()),
            ..all
        },
    }
}

/// Exports of logs of many sizes: some change keys, some have erased values, some come with an earlier checkpoint.
pub async fn exports(wanted: usize, draw: &mut Draw) -> Vec<Export> {
    let mut made = Vec::new();
    let mut number = 0;
    while made.len() < wanted {
        number += 1;
        let pinned = key(1);
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::on(&in_folder(&folder), vec![pinned.clone()], folder).await;
        let mut olders: Vec<(i64, String)> = Vec::new();
        for step in 0..20 {
            if made.len() >= wanted {
                break;
            }
            let most = draw.one(&[3, 40, 120, 300]);
            log.grow(1 + draw.below(most), draw).await;
            if step == 9 && draw.below(2) == 0 {
                // The log changes to a new key.
                log = log.signed_by(vec![key(2), pinned.clone()]).await;
            }
            if draw.below(4) == 0 {
                let at = draw.below(50) as i64;
                log.app.write(move |tx| Box::pin(async move { Ok(db::audit::erase(tx, at).await?) })).await.unwrap();
            }
            let earlier = (!olders.is_empty() && draw.below(2) == 0).then(|| draw.one(&olders));
            let now = checkpoint::sign(&log.app).await.unwrap().unwrap();
            let filter = filter(draw, usize::try_from(now.size).unwrap(), log.app.now());
            let since = earlier.as_ref().map(|(size, _)| *size);
            let (bytes, size) = log.export(filter, since).await;
            made.push(Export {
                kind: "good".into(),
                bytes,
                key: pinned.verifier().to_string(),
                older: olders.last().map(|(_, note)| note.clone()),
                earlier: earlier.map(|(_, note)| note),
                log: number,
                size,
            });
            olders.push((now.size, now.note));
        }
    }
    made
}
