//! R2: the power fails. strace records what the desk does to its files. From the recording, the test builds images of
//! what a disk may contain at any moment: everything that was synced and, of the rest, any sectors in any order. In
//! each image the database is intact and contains every decision and webhook that had been acknowledged by then.
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use persona_sandbox as sandbox;
use rusqlite::Connection;

use crate::desk::{On, Torture};
use crate::recording::{self, Kept, SECTOR, Step};
use crate::{Draw, count};

const FILES: [&str; 2] = ["desk.db", "desk.db-wal"];

/// Contents that are on the disk for certain, and changes that may be.
#[derive(Clone, Default)]
struct Disk {
    synced: [Vec<u8>; 2],
    /// Changes since the last sync, with the step of each.
    pending: [Vec<(usize, Change)>; 2],
}

#[derive(Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

impl Disk {
    fn take(&mut self, n: usize, step: &Step, syncs: bool) {
        match step {
            Step::Write { file, at, bytes } => self.pending[*file].push((n, Change::Write(*at, bytes.clone()))),
            Step::Truncate { file, length } => self.pending[*file].push((n, Change::Truncate(*length))),
            Step::Sync { file, covers } if syncs => {
                let (done, open) = std::mem::take(&mut self.pending[*file]).into_iter().partition(|(n, _)| n < covers);
                self.pending[*file] = open;
                let done: Vec<(usize, Change)> = done;
                for (_, change) in done {
                    apply(&mut self.synced[*file], &change, |_| true);
                }
            }
            Step::Sync { .. } | Step::Acknowledged(_) => {}
        }
    }

    /// One of the possible contents after a power failure now.
    fn image(&self, draw: &mut Draw) -> [Vec<u8>; 2] {
        let mut files = self.synced.clone();
        // None, all or some of the unsynced sectors: `share` of eight.
        let share = draw.below(9);
        for (file, pending) in files.iter_mut().zip(&self.pending) {
            for (_, change) in pending {
                apply(file, change, |_| draw.below(8) < share);
            }
        }
        files
    }
}

fn apply(file: &mut Vec<u8>, change: &Change, mut keep: impl FnMut(usize) -> bool) {
    match change {
        Change::Truncate(length) if keep(0) => file.truncate(*length),
        Change::Truncate(_) => {}
        Change::Write(at, bytes) => {
            let mut from = 0;
            while from < bytes.len() {
                let to = bytes.len().min(((at + from) / SECTOR + 1) * SECTOR - at);
                if keep(at + from) {
                    if file.len() < at + to {
                        file.resize(at + to, 0);
                    }
                    file[at + from..at + to].copy_from_slice(&bytes[from..to]);
                }
                from = to;
            }
        }
    }
}

/// The error in an image, if there is one.
fn look(folder: &Path, files: &[Vec<u8>; 2], acknowledged: &[Kept]) -> Result<(), String> {
    for (name, bytes) in FILES.iter().zip(files) {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    let _ = std::fs::remove_file(folder.join("desk.db-shm"));
    let look = || -> rusqlite::Result<Result<(), String>> {
        let db = Connection::open(folder.join(FILES[0]))?;
        db.execute_batch("PRAGMA synchronous = OFF")?;
        let whole: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        if whole != "ok" {
            return Ok(Err(whole));
        }
        let (size, entries, last): (i64, i64, i64) = db.query_row(
            "SELECT (SELECT size FROM audit_head), COUNT(*), COALESCE(MAX(seq), -1) FROM audit_entries",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        if size != entries || last + 1 != entries {
            return Ok(Err(format!("the log says {size} entries, has {entries}, the last is {last}")));
        }
        let mut decided = db.prepare("SELECT subject_id FROM decisions")?;
        let decided: Vec<String> = decided.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        let mut events = db.prepare("SELECT id FROM webhook_events")?;
        let events: Vec<String> = events.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        for kept in acknowledged {
            let there = match kept {
                Kept::Decision(inquiry) => decided.contains(inquiry),
                Kept::Event(id) => events.contains(id),
            };
            if !there {
                return Ok(Err(format!("lost: {kept:?}")));
            }
        }
        Ok(Ok(()))
    };
    look().unwrap_or_else(|error| Err(error.to_string()))
}

/// Number of images with an error, and the first error.
fn judge(steps: &[Step], before: &[Vec<u8>; 2], images: u64, syncs: bool) -> (u64, Option<String>) {
    let mut draw = Draw::new(count("TORTURE_SEED", 1));
    let mut cuts: Vec<usize> =
        (0..images).map(|_| usize::try_from(draw.below(steps.len() as u64 + 1)).unwrap()).collect();
    cuts.sort_unstable();
    let folder = tempfile::tempdir().unwrap();
    let mut disk = Disk { synced: before.clone(), pending: Default::default() };
    let (mut done, mut acknowledged, mut wrong, mut first) = (0, Vec::new(), 0, None);
    for cut in cuts {
        for (n, step) in steps.iter().enumerate().take(cut).skip(done) {
            disk.take(n, step, syncs);
            if let Step::Acknowledged(kept) = step {
                acknowledged.push(kept.clone());
            }
        }
        done = done.max(cut);
        if let Err(what) = look(folder.path(), &disk.image(&mut draw), &acknowledged) {
            wrong += 1;
            first.get_or_insert(format!("at step {cut} of {}: {what}", steps.len()));
        }
    }
    (wrong, first)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_outlives_a_power_failure() {
    let images = count("IMAGES", 150);
    let decisions = usize::try_from(count("IMAGES_DECISIONS", 12)).unwrap();
    let inquiries = u32::try_from(decisions * 6 + 120).unwrap();
    let mut desk = Torture::new(On::Sqlite, 1, inquiries, sandbox::Options::default()).await;
    let before = FILES.map(|name| std::fs::read(desk.folder().join(name)).unwrap_or_default());
    let recording = desk.folder().join("recording");
    let to = recording.display().to_string();
    let watched = format!("trace={}", recording::WATCHED);
    desk.start_under(0, &["strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "9000000", "-e", &watched, "-o", &to])
        .await;
    desk.sign_in().await;
    let mut waiting = desk.waiting().await;
    let mut decided = 0;
    for n in 0..decisions {
        let Some(inquiry) = waiting.pop() else { break };
        let verdict = if n % 2 == 0 { "approve" } else { "decline" };
        let said = desk.reviewer(n % 4).decide(&desk.url(0), &inquiry, verdict).await;
        decided += usize::from(said.ok());
    }
    desk.drained().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    desk.kill(0);
    let steps = recording::read(&recording, &FILES);
    let mut told: HashMap<&str, usize> = HashMap::new();
    for step in &steps {
        let kind = match step {
            Step::Write { .. } | Step::Truncate { .. } => "writes",
            Step::Sync { .. } => "syncs",
            Step::Acknowledged(Kept::Decision(_)) => "decisions",
            Step::Acknowledged(Kept::Event(_)) => "webhooks",
        };
        *told.entry(kind).or_default() += 1;
    }
    assert_eq!(told.get("decisions"), Some(&decided), "the recording holds each acknowledgement");
    assert!(told.get("webhooks").is_some_and(|webhooks| *webhooks > 0), "no webhook in the recording: {told:?}");
    let (wrong, first) = judge(&steps, &before, images, true);
    // The same recording on a disk that ignores every sync. If the test finds no error there, it cannot find any.
    let (seen, _) = judge(&steps, &before, images.min(500), false);
    println!(
        "{images} images after a power failure, of {told:?}: {wrong} wrong; {seen} of {} wrong without syncs",
        images.min(500)
    );
    assert_eq!(wrong, 0, "{}", first.unwrap_or_default());
    assert!(seen > 0, "a disk that syncs nothing would lose something");
}
