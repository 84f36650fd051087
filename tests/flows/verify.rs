use std::process::Command;

use tlog::signed_note::SignerKey;

use crate::desk::{Desk, On};

/// Output and exit status of the command line for files and keys that are not as they should be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_of_a_file_says_what_it_could_not_check() {
    let mut desk = Desk::open(On::Sqlite).await.filled().await;
    let (maya, auditor) = (desk.analyst().await, desk.auditor().await);
    desk.decide(&maya, &desk.queue(&maya, "needs_review").await[0], "decline", "document-expired", "Expired").await;
    desk.settle().await;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let export = auditor.get("/audit/export").await.body;
    let key = SignerKey::of_log("test.example/log", &[7; 32]).verifier().to_string();
    let another = SignerKey::of_log("other.example/log", &[8; 32]).verifier().to_string();
    let same_name = SignerKey::of_log("test.example/log", &[8; 32]).verifier().to_string();
    let witness = SignerKey::of_witness("w.example", &[8; 32]).verifier().to_string();
    let lines = auditor.get("/audit/export?format=jsonl").await.text().replace("\"decline\"", "\"approve\"");
    let mut changed = export.clone();
    let place = changed.windows(9).position(|bytes| bytes == b"\"decline\"").unwrap();
    changed[place + 1] = b'x';
    let files: [(&str, Vec<u8>); 12] = [
        ("export.zip", export.clone()),
        ("changed.zip", changed),
        ("cut.zip", export[..export.len() / 2].to_vec()),
        ("lines.jsonl", lines.into_bytes()),
        ("summary.pdf", auditor.get("/audit/export?format=pdf").await.body),
        ("table.csv", auditor.get("/audit/export?format=csv").await.body),
        ("rows.csv", auditor.get("/audit/export?format=decisions-csv").await.body),
        ("table.xlsx", auditor.get("/audit/export?format=xlsx").await.body),
        ("evidence.zip", auditor.get("/audit/export?format=evidence").await.body),
        ("picture.png", b"\x89PNG\r\n\x1a\n0000".to_vec()),
        ("empty", Vec::new()),
        ("words.txt", b"The log is fine, believe me.".to_vec()),
    ];
    for (name, bytes) in &files {
        std::fs::write(at(name), bytes).unwrap();
    }
    let run = |arguments: &[&str]| {
        let done =
            Command::new(env!("CARGO_BIN_EXE_countersign")).args(["audit", "verify"]).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        (done.status.code().unwrap(), said)
    };
    let cut_key = &key[..key.len() - 4];
    let letter = key.replacen("test", "tesl", 1);
    let sign = format!("{key}!");
    let cases: [(&[&str], i32, &str); 24] = [
        (&[&at("export.zip"), "--key", &key], 0, "Intact (pinned key)"),
        (&[&at("export.zip")], 0, "Intact (key inside the file)"),
        (&[&at("changed.zip"), "--key", &key], 1, "NOT INTACT"),
        (&[&at("export.zip"), "--key", &same_name], 1, "no change of keys leads there"),
        (&[&at("lines.jsonl")], 2, "sequence only; nothing proves these lines were not rewritten"),
        (&[&at("lines.jsonl"), "--key", &key], 2, "the key, witness or checkpoint that you gave"),
        (&[&at("cut.zip")], 3, "end is missing: download it again"),
        (&[&at("summary.pdf")], 3, "a PDF file"),
        (&[&at("table.csv")], 3, "a table (CSV)"),
        (&[&at("rows.csv")], 3, "a table (CSV)"),
        (&[&at("table.xlsx")], 3, "a zip file of another kind"),
        (&[&at("evidence.zip")], 3, "the evidence that comes with an export"),
        (&[&at("picture.png")], 3, "a picture (PNG)"),
        (&[&at("empty")], 3, "it is empty"),
        (&[&at("words.txt")], 3, "it is text"),
        (&[&folder.path().display().to_string()], 3, "it is a folder"),
        (&[&at("nothing.zip")], 3, "cannot be read"),
        (
            &[&at("export.zip"), "--key", &another],
            3,
            "is of the log other.example/log, but the file is of test.example/log",
        ),
        (&[&at("export.zip"), "--key", &witness], 3, "is a witness's"),
        (&[&at("export.zip"), "--key", cut_key], 3, "wrong length"),
        (&[&at("export.zip"), "--key", &letter], 3, "do not belong together"),
        (&[&at("export.zip"), "--key", &sign], 3, "a character that no key has"),
        (&[&at("export.zip"), "--key", &key[key.find('+').unwrap()..]], 3, "its name is missing"),
        (&[&at("export.zip"), "--keys", &key], 3, "unexpected argument"),
    ];
    for (arguments, code, words) in cases {
        let (ended, said) = run(arguments);
        assert_eq!(ended, code, "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert_eq!(said.contains("Intact ("), code == 0, "{said}");
        assert_eq!(said.contains("NOT INTACT"), code == 1, "{said}");
    }
    let (_, help) = run(&["--help"]);
    for code in ["0 the export is intact", "1 it is not", "2 nothing is proved", "3 nothing was checked"] {
        assert!(help.split_whitespace().collect::<Vec<_>>().join(" ").contains(code), "{code}: {help}");
    }
}

/// What the program of 2026-11-29 (commit e066cf6) wrote: a database with decisions, and an export of its log. The
/// program opens the one, changes its tables, exports and verifies it, and verifies the other.
#[test]
fn a_database_and_an_export_of_an_earlier_version_are_taken_on() {
    use std::io::Read;
    let from = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/e066cf6/");
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let mut database = Vec::new();
    let packed = std::fs::File::open(format!("{from}countersign.db.gz")).unwrap();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut database).unwrap();
    for (name, bytes) in [
        ("countersign.db", database),
        ("signing.key", std::fs::read(format!("{from}signing.key")).unwrap()),
        ("earlier.zip", std::fs::read(format!("{from}export.zip")).unwrap()),
    ] {
        std::fs::write(at(name), bytes).unwrap();
        std::fs::set_permissions(at(name), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    let url = format!("sqlite:{}", at("countersign.db"));
    let run = |arguments: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_countersign")).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        (done.status.code().unwrap(), said)
    };
    let secret = std::fs::read_to_string(at("signing.key")).unwrap();
    let key = secret.trim().parse::<SignerKey>().unwrap().verifier().to_string();
    let (status, said) = run(&["audit", "verify", &at("earlier.zip"), "--key", &key]);
    assert!(status == 0 && said.contains("Intact (pinned key)"), "{status} {said}");
    let (status, said) = run(&["migrate", "--database-url", &url]);
    assert_eq!(status, 0, "{said}");
    let later = at("later.zip");
    let keys = ["--database-url", url.as_str(), "--signing-key", &at("signing.key")];
    let (status, said) = run(&[&["audit", "export"], keys.as_slice(), &["--output", &later, "--since", "28"]].concat());
    assert_eq!(status, 0, "{said}");
    let (status, said) = run(&["audit", "verify", &later, "--key", &key]);
    assert!(status == 0 && said.contains("Intact (pinned key)"), "{status} {said}");
    // Four decisions were made and confirmed; each has its row.
    let rows = at("rows.csv");
    let (status, said) =
        run(&[&["audit", "export"], keys.as_slice(), &["--output", &rows, "--format", "decisions-csv"]].concat());
    assert_eq!(status, 0, "{said}");
    let rows = std::fs::read_to_string(rows).unwrap();
    assert_eq!(rows.matches(",confirmed,Maya Okafor,").count(), 4, "{rows}");
}
