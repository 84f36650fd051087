//! Exports of random logs, and the same exports broken in every way, judged by the desk's own verifier and by
//! independent ones: Go's `sumdb` (which guards every download of a Go module), pymerkle, and the Python program in
//! VERIFY.md as an auditor runs it.
//!
//! `OUTSIDE=python,go,pymerkle` names the independent verifiers to run; without it only the desk's own verifier judges.
//! `EXPORTS` and `MUTATIONS` are the counts.
#![expect(clippy::unwrap_used, reason = "tests may panic")]
#![expect(clippy::disallowed_methods, reason = "tests act as the outside world: its settings, its files")]

mod bad;
mod flips;
mod made;

use std::path::{Path, PathBuf};
use std::process::Command;

use countersign::domain::reviewer::Role;
use countersign::domain::verify::{Level, Trust, verify};
use countersign::server::config::{CheckpointTarget, Config};
use countersign::server::run;
use countersign::server::usecase::checkpoint;
use countersign::server::usecase::resume;
use countersign::server::usecase::reviewer::account::AccountManager;
use countersign::server::usecase::reviewer::add;
use tlog::signed_note::{Checkpoint, Note, SignerKey};
use tlog::zip::Bytes;

use made::{Draw, Export};

/// A file in memory.
pub struct Held(pub Vec<u8>);

impl Bytes for Held {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
    async fn read(&self, at: u64, len: usize) -> Result<Vec<u8>, String> {
        let from = usize::try_from(at).unwrap().min(self.0.len());
        Ok(self.0[from..(from + len).min(self.0.len())].to_vec())
    }
}

fn count(name: &str, short: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(short)
}

/// A file to judge, and the expected result.
struct Case {
    kind: String,
    path: PathBuf,
    key: String,
    earlier: Option<PathBuf>,
    good: bool,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn good_exports_are_accepted_and_broken_ones_are_not_by_anybody() {
    let (good, bad) = (count("EXPORTS", 40), count("MUTATIONS", 200));
    let seed = count("OUTSIDE_SEED", 1) as u64;
    let folder = tempfile::tempdir().unwrap();
    let mut draw = Draw::new(seed);
    let exports = made::exports(good, &mut draw).await;
    assert_eq!(exports.len(), good);
    let mut cases = Vec::new();
    for (number, export) in exports.iter().enumerate() {
        cases.push(kept(folder.path(), &format!("good-{number}"), export, true));
    }
    for number in 0..bad {
        let export = bad::broken(&exports, number, &mut draw).await;
        cases.push(kept(folder.path(), &format!("bad-{number}"), &export, false));
    }
    let mut kinds = std::collections::BTreeMap::<&str, usize>::new();
    for case in &cases {
        *kinds.entry(case.kind.as_str()).or_default() += 1;
    }
    println!("seed {seed}: {kinds:?}");

    let mut ours = Vec::new();
    for case in &cases {
        let trust = Trust {
            key: Some(case.key.parse().unwrap()),
            earlier: case
                .earlier
                .iter()
                .map(|path| std::fs::read_to_string(path).unwrap().parse::<Note>().unwrap())
                .collect(),
            ..Trust::default()
        };
        let found = verify(Held(std::fs::read(&case.path).unwrap()), &trust, |_| {}).await;
        ours.push(found.map(|_| ()).map_err(|fault| fault.to_string()));
    }
    judge("ours", &cases, &ours);

    let index: String = cases
        .iter()
        .map(|case| {
            let earlier = case.earlier.as_ref().map_or("-".to_owned(), |path| path.display().to_string());
            format!("{}\t{}\t{earlier}\n", case.path.display(), case.key)
        })
        .collect();
    let list = folder.path().join("index");
    std::fs::write(&list, index).unwrap();
    for who in outside() {
        judge(&who, &cases, &ask(&who, &list));
    }
}

/// In the signed parts that protect all others, every bit counts, whichever keys sign the log.
#[tokio::test]
async fn no_bit_of_what_is_signed_is_without_meaning() {
    let mut draw = Draw::new(7);
    let export = bad::after_a_change_of_keys(&mut draw).await;
    let trust = Trust { key: Some(export.key.parse().unwrap()), ..Trust::default() };
    verify(Held(export.bytes.clone()), &trust, |_| {}).await.unwrap();
    let note = bad::place_of(&export.bytes, "MANIFEST.note");
    for (n, at) in note.enumerate() {
        let mut bytes = export.bytes.clone();
        bytes[at] ^= 1 << (n % 8);
        assert!(verify(Held(bytes), &trust, |_| {}).await.is_err(), "byte {n} of MANIFEST.note");
    }
}

/// The previous key is removed from the settings after the rotation; an export still contains what it signed.
#[tokio::test]
async fn what_two_keys_signed_is_exported_by_one() {
    let mut draw = Draw::new(9);
    let log = made::Log::new(vec![made::key(1)]).await;
    log.grow(40, &mut draw).await;
    let log = log.signed_by(vec![made::key(2), made::key(1)]).await;
    let signed = checkpoint::sign(&log.app).await.unwrap().unwrap();
    let log = log.signed_by(vec![made::key(2)]).await;
    log.grow(5, &mut draw).await;
    let (bytes, size) = log.export_through(Default::default(), Some(signed.size), None).await;
    assert_eq!(size, signed.size);
    let trust = Trust { key: Some(made::key(1).verifier()), ..Trust::default() };
    verify(Held(bytes.clone()), &trust, |_| {}).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.zip");
    std::fs::write(&path, bytes).unwrap();
    let list = folder.path().join("index");
    std::fs::write(&list, format!("{}\t{}\t-\n", path.display(), made::key(1).verifier())).unwrap();
    for who in outside() {
        assert_eq!(ask(&who, &list), [Ok(())], "{who}");
    }
}

/// After an older backup was restored: verifiers accept the log with its new key, and not with the previous one.
#[tokio::test]
async fn a_resumed_log_is_judged_by_its_new_key() {
    let mut draw = Draw::new(11);
    let log = made::Log::new(vec![made::key(1)]).await;
    log.grow(40, &mut draw).await;
    let kept = checkpoint::sign(&log.app).await.unwrap().unwrap();
    log.grow(7, &mut draw).await;
    let folder = tempfile::tempdir().unwrap();
    let published = Checkpoint { origin: made::key(1).name, size: 5000, root: [9; 32] };
    let published = Note::signed(published.text(), &[made::key(1)]);
    std::fs::create_dir(folder.path().join("2026-10-01")).unwrap();
    std::fs::write(folder.path().join("2026-10-01/000000005000"), published.to_string()).unwrap();
    let config = Config {
        checkpoint_targets: vec![CheckpointTarget::Folder(folder.path().to_owned())],
        ..log.app.config.clone()
    };
    let app = run::open(config, log.clock.clone()).await.unwrap();
    let (admin, _) = add(&app, AccountManager::demo(), "admin@desk.example", "Jonas Silva", Role::Admin).await.unwrap();
    let new = SignerKey::of_log("desk.example/log-2", &[2; 32]);
    let plan = resume::plan(&app, new.clone(), false).await.unwrap();
    resume::resume(&app, &plan, &admin, "The disk died.").await.unwrap();
    app.db.close().await;
    let log = log.signed_by(vec![new.clone()]).await;
    log.grow(300, &mut draw).await;
    let (bytes, _) = log.export_through(Default::default(), None, None).await;

    let path = folder.path().join("export.zip");
    std::fs::write(&path, &bytes).unwrap();
    let level = async |key: &SignerKey, earlier: Vec<Note>| {
        let trust = Trust { key: Some(key.verifier()), earlier, ..Trust::default() };
        verify(Held(bytes.clone()), &trust, |_| {}).await.map(|report| (report.level, report.earlier, report.lost))
    };
    let kept_note: Note = kept.note.parse().unwrap();
    let kept_size = u64::try_from(kept.size).unwrap();
    assert_eq!(level(&new, vec![]).await, Ok((Level::PinnedKey, vec![], vec![])));
    assert_eq!(level(&new, vec![kept_note.clone()]).await, Ok((Level::PinnedKey, vec![kept_size], vec![])));
    assert_eq!(level(&made::key(1), vec![]).await, Ok((Level::Discontinued, vec![], vec![])));
    assert_eq!(level(&new, vec![published.clone()]).await, Ok((Level::Discontinued, vec![], vec![5000])));
    // The note explains only the checkpoints that it names.
    let of = |size, root| Note::signed(Checkpoint { origin: made::key(1).name, size, root }.text(), &[made::key(1)]);
    for unexplained in [of(5000, [8; 32]), of(5001, [9; 32]), of(kept_size, [8; 32])] {
        assert!(level(&new, vec![unexplained.clone()]).await.is_err(), "{unexplained}");
    }
    let stranger = SignerKey::of_log("desk.example/log", &[77; 32]);
    assert!(level(&stranger, vec![]).await.is_err(), "a key that it never had");
    for (key, good) in [(&new, true), (&made::key(1), false), (&stranger, false)] {
        let list = folder.path().join("index");
        std::fs::write(&list, format!("{}\t{}\t-\n", path.display(), key.verifier())).unwrap();
        for who in outside() {
            let said = ask(&who, &list);
            assert_eq!(said.iter().map(Result::is_ok).collect::<Vec<_>>(), [good], "{who}: {said:?}");
        }
    }
}

/// The independent verifiers to run.
fn outside() -> Vec<String> {
    let names = std::env::var("OUTSIDE").unwrap_or_default();
    names.split(',').filter(|who| !who.is_empty()).map(str::to_owned).collect()
}

fn kept(folder: &Path, name: &str, export: &Export, good: bool) -> Case {
    let path = folder.join(format!("{name}.zip"));
    std::fs::write(&path, &export.bytes).unwrap();
    let earlier = export.earlier.as_ref().map(|note| {
        let path = folder.join(format!("{name}.note"));
        std::fs::write(&path, note).unwrap();
        path
    });
    Case { kind: export.kind.clone(), path, key: export.key.clone(), earlier, good }
}

/// Runs an independent verifier over the list. It prints a line for each file: `ok`, or `bad` with the reason.
fn ask(who: &str, list: &Path) -> Vec<Result<(), String>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tool = |name: &str| here.join("target/outside").join(name);
    let mut command = match who {
        "python" => {
            let mut command = Command::new("python3");
            command.arg(here.join("tests/outside/python.py")).arg(here.join("src/server/export/VERIFY.md"));
            command
        }
        "go" => Command::new(tool("verify-go")),
        "pymerkle" => {
            let mut command = Command::new(tool("venv/bin/python"));
            command.arg(here.join("tests/outside/merkle.py")).arg(here.join("src/server/export/VERIFY.md"));
            command
        }
        other => panic!("OUTSIDE names {other}, and there is no such verifier"),
    };
    let output = command.arg(list).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{who}: {}", String::from_utf8_lossy(&output.stderr));
    said.lines()
        .map(|line| match line.split_once(' ') {
            None if line == "ok" => Ok(()),
            Some(("ok", _)) => Ok(()),
            _ => Err(line.to_owned()),
        })
        .collect()
}

fn judge(who: &str, cases: &[Case], found: &[Result<(), String>]) {
    assert_eq!(cases.len(), found.len(), "{who} judged another number of files");
    let wrong: Vec<String> = cases
        .iter()
        .zip(found)
        .filter(|(case, found)| case.good != found.is_ok())
        .map(|(case, found)| format!("{} ({}): {found:?}", case.path.display(), case.kind))
        .collect();
    let accepted = found.iter().filter(|found| found.is_ok()).count();
    println!("{who}: {accepted} accepted, {} refused, {} judged wrongly", found.len() - accepted, wrong.len());
    assert!(wrong.is_empty(), "{who}:\n{}", wrong.iter().take(20).cloned().collect::<Vec<_>>().join("\n"));
}
