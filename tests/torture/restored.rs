//! A database restored from an older backup. The desk signs nothing that contradicts what was published, and decides
//! and sends nothing. The log is resumed so that an auditor with an older checkpoint learns what happened.
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use countersign::domain::reviewer::Role;
use countersign::server::usecase::reviewer::account::AccountManager;
use countersign::server::usecase::reviewer::add;
use persona_sandbox::Options;
use reqwest::StatusCode;
use tlog::signed_note::{Checkpoint, Note, SignerKey};

use crate::desk::{On, Torture};

fn program(torture: &Torture, words: &[&str], typed: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .args(words)
        .env_clear()
        .env("DATABASE_URL", &torture.database_url)
        .envs(torture.env.iter().map(|(name, value)| (*name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// All published checkpoints, with their files.
fn published(folder: &Path) -> Vec<(PathBuf, Checkpoint)> {
    let mut found = Vec::new();
    for day in std::fs::read_dir(folder).into_iter().flatten() {
        for file in std::fs::read_dir(day.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.file_name().unwrap().to_string_lossy().starts_with('.') {
                continue;
            }
            let note: Note = std::fs::read_to_string(&path).unwrap().parse().unwrap();
            if let Ok(checkpoint) = Checkpoint::parse(&note.text) {
                found.push((path, checkpoint));
            }
        }
    }
    found.sort_by_key(|(_, checkpoint)| checkpoint.size);
    found
}

/// Starts the desk, and waits until its log was signed and published.
async fn publish(torture: &mut Torture, folder: &Path) {
    let before = published(folder).last().map_or(0, |(_, checkpoint)| checkpoint.size);
    torture.start(0).await;
    for _ in 0..200 {
        if published(folder).last().is_some_and(|(_, checkpoint)| checkpoint.size > before) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no checkpoint was published");
}

async fn text(torture: &Torture, path: &str) -> (StatusCode, String) {
    let answer = torture.http.get(format!("{}{path}", torture.url(0))).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

fn copy(from: &Path, to: &Path) {
    for end in ["", "-wal", "-shm"] {
        let of = |path: &Path| PathBuf::from(format!("{}{end}", path.display()));
        let _ = std::fs::remove_file(of(to));
        if of(from).exists() {
            std::fs::copy(of(from), of(to)).unwrap();
        }
    }
}

/// Either with the folder of checkpoints, or only with the file next to the key.
async fn restored(with_folder: bool) {
    let mut torture = Torture::new(On::Sqlite, 1, 40, Options::default()).await;
    let outside = torture.folder().join("outside");
    let last = torture.folder().join("signing.key.last-checkpoint");
    torture.env.push(("COUNTERSIGN_CHECKPOINT_FOLDER", outside.display().to_string()));
    let (database, backup) = (torture.folder().join("desk.db"), torture.folder().join("backup.db"));
    let app = torture.app().await;
    let (_, password) =
        add(&app, AccountManager::demo(), "admin@desk.example", "Jonas Silva", Role::Admin).await.unwrap();
    app.db.close().await;
    publish(&mut torture, &outside).await;
    torture.sign_in().await;
    let waiting = torture.waiting().await;
    let url = torture.url(0);
    let first = torture.reviewer(0).decide(&url, &waiting[0], "decline").await;
    assert_eq!(first.status, Some(StatusCode::OK), "{}", first.body);
    torture.drained().await;
    torture.stop(0).await;
    copy(&database, &backup);

    // Work continues, and checkpoints are published.
    publish(&mut torture, &outside).await;
    let lost = torture.reviewer(1).decide(&url, &waiting[1], "decline").await;
    assert_eq!(lost.status, Some(StatusCode::OK), "{}", lost.body);
    let lost = lost.body["id"].as_str().unwrap().to_owned();
    torture.drained().await;
    torture.stop(0).await;
    publish(&mut torture, &outside).await;
    torture.stop(0).await;
    let before = published(&outside);
    let (old_file, old) = before.last().unwrap().clone();
    let old_file = old_file.display().to_string();
    if with_folder {
        std::fs::remove_file(&last).unwrap();
    } else {
        torture.env.clear();
    }

    copy(&backup, &database);
    torture.start(0).await;
    assert_eq!(text(&torture, "/health/log").await.0, StatusCode::SERVICE_UNAVAILABLE);
    let (status, ready) = text(&torture, "/health/ready").await;
    assert_eq!((status, ready.contains("suspended")), (StatusCode::OK, true), "{ready}");
    let refused = torture.reviewer(0).decide(&url, &waiting[2], "decline").await;
    assert_eq!(refused.status, Some(StatusCode::CONFLICT), "{}", refused.body);
    assert!(refused.body.to_string().contains("LogSuspended"), "{}", refused.body);
    // The desk finds the decisions that Persona has received meanwhile in the list of events.
    for _ in 0..200 {
        if torture
            .number("SELECT COUNT(*) FROM inquiries WHERE CAST(body AS TEXT) LIKE '%Countersign decision %'")
            .await
            == 2
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    torture.stop(0).await;
    torture.start(0).await;
    torture.stop(0).await;
    let size = u64::try_from(torture.number("SELECT MAX(size) FROM audit_checkpoints").await).unwrap();
    assert!(size < old.size, "nothing was signed: {size} of {}", old.size);
    assert_eq!(published(&outside), before, "nothing was published");
    assert_eq!(torture.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'log.suspended'").await, 1);

    // A dry run, an attempt with a wrong password, and then the real command.
    let key = torture.folder().join("signing.key").display().to_string();
    let new = torture.folder().join("new.key").display().to_string();
    let words = [
        "audit",
        "resume",
        "--signing-key",
        &key,
        "--new-key",
        &new,
        "--by",
        "admin@desk.example",
        "--reason",
        "The disk died.",
    ];
    let same = program(&torture, &["audit", "key", "--name", "torture.example/log", "--output", &new], "");
    assert!(same.status.success(), "{}", said(&same));
    let named = program(&torture, &words, &password);
    assert!(!named.status.success() && said(&named).contains("a name that it never had"), "{}", said(&named));
    std::fs::remove_file(&new).unwrap();
    program(&torture, &["audit", "key", "--name", "torture.example/log-2", "--output", &new], "");
    let looked = program(&torture, &[&words[..], &["--dry-run"]].concat(), "");
    assert!(looked.status.success() && said(&looked).contains(&lost), "{}", said(&looked));
    let guessed = program(&torture, &words, "not the password\n");
    assert!(!guessed.status.success(), "{}", said(&guessed));
    let done = program(&torture, &words, &format!("{password}\n"));
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(torture.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'log.resume_refused'").await, 1);
    assert_eq!(torture.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'log.resumed'").await, 1);
    assert_eq!(torture.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'decision.found'").await, 1);

    // A desk with the old key signs nothing more, and does not even start.
    torture.spawn(0, &[]);
    let stopped = torture.replicas[0].as_mut().unwrap().wait().unwrap();
    assert!(!stopped.success());
    torture.replicas[0] = None;
    torture.env.push(("COUNTERSIGN_SIGNING_KEY", new.clone()));
    if !with_folder {
        torture.env.push(("COUNTERSIGN_CHECKPOINT_FOLDER", outside.display().to_string()));
    }
    torture.start(0).await;
    assert_eq!(text(&torture, "/health/log").await.0, StatusCode::OK);
    let decided = torture.reviewer(0).decide(&url, &waiting[2], "decline").await;
    assert_eq!(decided.status, Some(StatusCode::OK), "{}", decided.body);
    torture.drained().await;
    assert_eq!(
        torture.effects().await.get(&waiting[1]).map(Vec::len),
        Some(1),
        "what was sent before was not sent again"
    );
    torture.stop(0).await;
    let after = published(&outside);
    assert!(before.iter().all(|known| after.contains(known)), "what was published stays");
    assert!(after.len() > before.len(), "and goes on");

    // An auditor with the old key, with the old checkpoint, with the new key.
    let export = torture.folder().join("log.zip").display().to_string();
    let made = program(&torture, &["audit", "export", "--output", &export], "");
    assert!(made.status.success(), "{}", said(&made));
    let old_key = SignerKey::of_log("torture.example/log", &[5; 32]).verifier().to_string();
    let new_key = std::fs::read_to_string(&new).unwrap().parse::<SignerKey>().unwrap().verifier().to_string();
    let verify = |more: &[&str]| program(&torture, &[&["audit", "verify", &export][..], more].concat(), "");
    for (more, code) in [
        (vec!["--key", &new_key], 0),
        (vec!["--key", &old_key], 2),
        (vec!["--key", &old_key, "--checkpoint", &old_file], 2),
        (vec!["--key", &new_key, "--checkpoint", &old_file], 2),
    ] {
        let checked = verify(&more);
        assert_eq!(checked.status.code(), Some(code), "{more:?}: {}", said(&checked));
        assert!(said(&checked).contains(&format!("{} entries had been published", old.size)), "{}", said(&checked));
    }
    // A checkpoint that the log still extends shows no loss.
    let kept = before.iter().find(|(_, checkpoint)| checkpoint.size == size).unwrap().0.display().to_string();
    let checked = verify(&["--key", &new_key, "--checkpoint", &kept]);
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_backup_is_found_out_by_a_published_checkpoint() {
    restored(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_backup_is_found_out_by_the_file_beside_the_key() {
    restored(false).await;
}
