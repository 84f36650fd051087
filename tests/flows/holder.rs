use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use countersign::server::checkpoint_target as give;
use countersign::server::config::CheckpointTarget;
use countersign::server::usecase::checkpoint;
use countersign::server::usecase::checkpoint::target;
use countersign::server::{App, db, jobs};
use persona_sandbox as sandbox;
use tlog::signed_note::{Checkpoint, Note, SignerKey};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::desk::{Desk, On};

async fn desk(outside: Vec<CheckpointTarget>) -> Desk {
    let options = sandbox::Options { inquiries: 0, ..sandbox::Options::default() };
    Desk::configured(On::Sqlite, options, |config| config.checkpoint_targets = outside).await
}

async fn holders(app: &App) -> Vec<db::checkpoint::TargetState> {
    let mut conn = app.read().await.unwrap();
    db::checkpoint::targets(&mut conn).await.unwrap()
}

fn log_key() -> SignerKey {
    SignerKey::of_log("test.example/log", &[7; 32])
}

/// A witness at an address that watches the tests' log.
async fn witness(state: &std::path::Path) -> (CheckpointTarget, SignerKey) {
    let key = SignerKey::of_witness("witness.example", &[3; 32]);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let options = witness::Options { key: key.clone(), logs: vec![log_key().verifier()], state: state.to_owned() };
    tokio::spawn(witness::serve(listener, options));
    (CheckpointTarget::Witness { url, key: Box::new(key.verifier()) }, key)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_signs_what_goes_on_and_nothing_else() {
    let state = tempfile::tempdir().unwrap();
    let (outside, key) = witness(state.path()).await;
    let mut desk = desk(vec![outside.clone()]).await;
    desk.auditor().await;
    jobs::checkpoint::run(&desk.app).await.unwrap();
    desk.analyst().await;
    jobs::checkpoint::run(&desk.app).await.unwrap();
    let held = holders(&desk.app).await.remove(0);
    assert_eq!((held.name.as_str(), held.kind.as_str(), &held.failure), ("witness.example", "witness", &None));
    let note: Note = held.note.unwrap().parse().unwrap();
    assert!(note.witnessed_by(&key.verifier()).is_some() && note.is_signed_by(&log_key().verifier()));
    assert_eq!(i64::try_from(Checkpoint::parse(&note.text).unwrap().size).unwrap(), held.size);

    // Another desk with the same key. Its log is not the one that was witnessed.
    let other = self::desk(vec![outside]).await;
    for _ in 0..40 {
        countersign::server::usecase::audit::program(&other.app, "program.started").await.unwrap();
    }
    jobs::checkpoint::run(&other.app).await.unwrap();
    assert!(holders(&other.app).await.is_empty(), "nothing was signed, so nothing was handed over");
    let mut conn = other.app.read().await.unwrap();
    assert_eq!(db::checkpoint::newest(&mut conn).await.unwrap(), None);
    let said = db::checkpoint::comparison::all(&mut conn).await.unwrap().remove(0);
    assert_eq!((said.state.as_str(), said.size), ("contradicts", held.size), "{said:?}");
    drop(conn);
    let kept = std::fs::read_to_string(state.path().join("test.example_2flog.checkpoint")).unwrap();
    assert_eq!(kept.parse::<Note>().unwrap().text, note.text, "what it saw first stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_answers_as_its_protocol_says() {
    let state = tempfile::tempdir().unwrap();
    let (CheckpointTarget::Witness { url, .. }, _) = witness(state.path()).await else { panic!("a witness") };
    let client = reqwest::Client::new();
    let post = async |body: String| {
        let answer = client.post(format!("{url}add-checkpoint")).body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned()))
    };
    let text = |size, root| Checkpoint { origin: "test.example/log".into(), size, root }.text();
    let signed = |size, root: [u8; 32]| Note::signed(text(size, root), &[log_key()]).to_string();
    let stranger = Note::signed(text(3, [1; 32]), &[SignerKey::of_log("test.example/log", &[9; 32])]);
    let elsewhere = Checkpoint { origin: "other.example/log".into(), size: 3, root: [1; 32] };
    assert_eq!(post("nonsense".into()).await.0, 400);
    assert_eq!(post(format!("old 0\n\n{stranger}")).await.0, 403);
    assert_eq!(post(format!("old 0\n\n{}", Note::signed(elsewhere.text(), &[log_key()]))).await.0, 404);
    assert_eq!(post(format!("old 5\n\n{}", signed(9, [1; 32]))).await, (409, Some("text/x.tlog.size".into())));
    assert_eq!(post(format!("old 0\n\n{}", signed(3, [1; 32]))).await.0, 200);
    assert_eq!(post(format!("old 3\n\n{}", signed(9, [2; 32]))).await.0, 422);
    // The protocol text of 2026: a checkpoint of the same size with another root does not extend the old one.
    assert_eq!(post(format!("old 3\n\n{}", signed(3, [2; 32]))).await.0, 422);
    for odd in ["old +3", "old 03", "old ", "old -0"] {
        assert_eq!(post(format!("{odd}\n\n{}", signed(9, [2; 32]))).await.0, 400, "{odd}");
    }
    assert_eq!(post(format!("old 0\n\n{}", signed(9, [2; 32]))).await.0, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_keeps_logs_apart_and_an_empty_log_empty() {
    let state = tempfile::tempdir().unwrap();
    let key = |name: &str| SignerKey::of_log(name, &[7; 32]);
    let names = ["a.example/a-b", "a.example/a_b", "a.example/a/b", "A.example/a-b", "a.example_a_b"];
    let serve = async |logs: &[&str]| {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/add-checkpoint", listener.local_addr().unwrap());
        let logs = logs.iter().map(|name| key(name).verifier()).collect();
        let options = witness::Options {
            key: SignerKey::of_witness("witness.example", &[3; 32]),
            logs,
            state: state.path().to_owned(),
        };
        tokio::spawn(witness::serve(listener, options));
        url
    };
    let url = serve(&names).await;
    let client = reqwest::Client::new();
    let post = async |url: &str, old: u64, name: &str, size: u64, root: [u8; 32]| {
        let text = Checkpoint { origin: name.to_owned(), size, root }.text();
        let body = format!("old {old}\n\n{}", Note::signed(text, &[key(name)]));
        client.post(url).body(body).send().await.unwrap().status().as_u16()
    };
    for name in names {
        assert_eq!(post(&url, 0, name, 0, [9; 32]).await, 422, "an empty log has one root: {name}");
        assert_eq!(post(&url, 0, name, 3, [1; 32]).await, 200, "{name}");
    }
    // A checkpoint that an earlier version stored under a file name that two logs share counts for the log that it is
    // about.
    let (old, new) = ("old.example/log", "old.example_log");
    let text = Checkpoint { origin: old.to_owned(), size: 3, root: [1; 32] }.text();
    std::fs::write(state.path().join("old.example_log.checkpoint"), Note::signed(text, &[key(old)]).to_string())
        .unwrap();
    let url = serve(&[old, new]).await;
    assert_eq!(post(&url, 0, old, 9, [2; 32]).await, 409, "it is not forgotten");
    assert_eq!(post(&url, 0, new, 3, [4; 32]).await, 200);
    assert_eq!(post(&url, 3, old, 3, [1; 32]).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_and_a_command_are_given_each_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    let command = format!("cat > '{}' && test \"$CHECKPOINT_SIZE\" -gt 0", copy.display());
    let outside = vec![
        CheckpointTarget::Folder(folder.path().join("worm")),
        CheckpointTarget::Command(command),
        CheckpointTarget::Command("echo no >&2; false".into()),
    ];
    let desk = desk(outside).await;
    countersign::server::usecase::audit::program(&desk.app, "program.started").await.unwrap();
    jobs::checkpoint::run(&desk.app).await.unwrap();
    let made = checkpoint::sign(&desk.app).await.unwrap().unwrap();
    let path = folder.path().join("worm").join(desk.app.now().date()).join(format!("{:012}", made.size));
    assert_eq!(std::fs::read_to_string(path).unwrap(), made.note);
    assert_eq!(std::fs::read_to_string(copy).unwrap(), made.note);
    let failed = holders(&desk.app).await.into_iter().find(|holder| holder.name == "echo").unwrap();
    assert!(failed.failure.unwrap().contains("no"), "what the command said");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_never_shows_half_of_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let outside = CheckpointTarget::Folder(folder.path().to_owned());
    let at = "2026-11-29T10:00:00.000Z".parse().unwrap();
    let day = folder.path().join("2026-11-29");
    std::fs::create_dir(&day).unwrap();
    let ended = Arc::new(AtomicBool::new(false));
    let (until, seen) = (Arc::clone(&ended), day.clone());
    // Reads at any moment, as an auditor's copy does.
    let reader = std::thread::spawn(move || {
        let mut short = 0;
        while !until.load(Ordering::Relaxed) {
            for file in std::fs::read_dir(&seen).unwrap().map(|file| file.unwrap()) {
                let named = file.file_name().to_string_lossy().starts_with(|c: char| c.is_ascii_digit());
                short += usize::from(named && file.metadata().is_ok_and(|data| data.len() != 4_000_000));
            }
        }
        short
    });
    let note = "n".repeat(4_000_000);
    for size in 1..=20 {
        let offer = give::Offer { note: &note, size, at, old: 0, proof: Vec::new(), tag: None };
        give::publish(&outside, &offer).await.unwrap();
        give::publish(&outside, &offer).await.unwrap();
    }
    ended.store(true, Ordering::Relaxed);
    assert_eq!(reader.join().unwrap(), 0, "a file has its name once all of it is there");
    assert_eq!(std::fs::read_dir(&day).unwrap().count(), 20, "and nothing is left beside");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_from_an_old_backup_is_found_out_by_what_is_held_outside() {
    let folder = tempfile::tempdir().unwrap();
    let outside = vec![CheckpointTarget::Folder(folder.path().to_owned())];
    let first = desk(outside.clone()).await;
    for _ in 0..9 {
        countersign::server::usecase::audit::program(&first.app, "program.started").await.unwrap();
    }
    jobs::checkpoint::run(&first.app).await.unwrap();
    // The same key and fewer entries, as after a restored backup.
    let mut second = desk(outside).await;
    countersign::server::usecase::audit::program(&second.app, "program.started").await.unwrap();
    jobs::checkpoint::run(&second.app).await.unwrap();
    let auditor = second.auditor().await;
    let html = auditor.get("/audit").await.text();
    assert!(html.contains("The audit log is suspended") && html.contains("holds a checkpoint of"), "said on the page");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_comes_late_with_an_older_checkpoint_raises_no_alarm() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk(vec![CheckpointTarget::Folder(folder.path().to_owned())]).await;
    desk.auditor().await;
    let older = checkpoint::sign(&desk.app).await.unwrap().unwrap();
    desk.analyst().await;
    jobs::checkpoint::run(&desk.app).await.unwrap();
    // This process had checked before the other one published the newer checkpoint.
    desk.app
        .write(|tx| Box::pin(async move { Ok(db::checkpoint::remove_targets_except(tx, &[]).await?) }))
        .await
        .unwrap();
    target::publish(&desk.app, &older).await.unwrap();
    let mut conn = desk.app.read().await.unwrap();
    assert_eq!(db::log::check(&mut conn).await.unwrap().fault, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_days_checkpoint_is_mailed_once() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mails = Arc::new(Mutex::new(Vec::<String>::new()));
    let kept = Arc::clone(&mails);
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let mut lines = BufReader::new(socket);
            lines.write_all(b"220 mail.example\r\n").await.unwrap();
            let (mut data, mut mail) = (false, String::new());
            loop {
                let mut line = String::new();
                if lines.read_line(&mut line).await.unwrap_or(0) == 0 {
                    break;
                }
                let answer: &[u8] = match line.trim_end() {
                    "." if data => {
                        data = false;
                        kept.lock().unwrap().push(std::mem::take(&mut mail));
                        b"250 kept\r\n"
                    }
                    _ if data => {
                        mail.push_str(&line);
                        continue;
                    }
                    "DATA" => {
                        data = true;
                        b"354 go on\r\n"
                    }
                    "QUIT" => b"221 bye\r\n",
                    _ => b"250 ok\r\n",
                };
                lines.write_all(answer).await.unwrap();
            }
        }
    });
    let mail = CheckpointTarget::Mail {
        server: format!("smtp://{address}").into(),
        from: "desk@desk.example".into(),
        to: "auditor@desk.example".into(),
    };
    let mut desk = desk(vec![mail]).await;
    desk.auditor().await;
    jobs::checkpoint::run(&desk.app).await.unwrap();
    desk.analyst().await;
    jobs::checkpoint::run(&desk.app).await.unwrap();
    assert_eq!(mails.lock().unwrap().len(), 1, "once a day");
    desk.clock.advance(std::time::Duration::from_secs(86_400));
    desk.admin().await;
    jobs::checkpoint::run(&desk.app).await.unwrap();
    let mails = mails.lock().unwrap().clone();
    assert_eq!(mails.len(), 2);
    assert!(mails[1].contains("To: auditor@desk.example") && mails[1].contains("test.example/log"));
    assert_eq!(holders(&desk.app).await[0].failure, None);
}
