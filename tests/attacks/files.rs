//! The program's files in the operating system: who may read them, and where none is created.
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use countersign::server::clock::ServerClock;
use countersign::server::run;

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// The program, in a folder, with a umask.
fn countersign(folder: &Path, umask: &str, words: &[&str]) -> (bool, String) {
    let script = format!("umask {umask}; exec \"$0\" \"$@\"");
    let ended = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_countersign")])
        .args(words)
        .env_clear()
        .env("COUNTERSIGN_SIGNING_KEY", "log.key")
        .current_dir(folder)
        .output()
        .unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    (ended.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn databases_keys_and_exports_are_private_whatever_the_umask_says() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for umask in ["000", "022", "077"] {
        let (good, said) = countersign(folder.path(), umask, &["migrate"]);
        assert!(good, "{said}");
        assert_eq!(mode(&at("countersign.db")), 0o600, "umask {umask}");
        let (good, said) =
            countersign(folder.path(), umask, &["audit", "key", "--name", "x.example/log", "--output", "log.key"]);
        assert!(good, "{said}");
        assert_eq!(mode(&at("log.key")), 0o600, "umask {umask}");
        let (good, said) = countersign(folder.path(), umask, &["audit", "export", "--output", "log.zip"]);
        assert!(good, "{said}");
        assert_eq!(mode(&at("log.zip")), 0o600, "umask {umask}");
        assert_eq!(mode(&at("log.key.last-checkpoint")), 0o600, "umask {umask}");
        for name in ["countersign.db", "log.key", "log.key.last-checkpoint", "log.zip"] {
            std::fs::remove_file(at(name)).unwrap();
        }
    }
}

#[test]
fn a_command_in_the_wrong_folder_makes_no_database_and_says_where_it_looked() {
    let folder = tempfile::tempdir().unwrap();
    for words in [&["reviewer", "list"][..], &["audit", "export", "--output", "log.zip"]] {
        let (_, said) =
            countersign(folder.path(), "022", &["audit", "key", "--name", "x.example/log", "--output", "log.key"]);
        let (good, said) = (countersign(folder.path(), "022", words), said).0;
        assert!(!good, "{said}");
        assert!(said.contains("no database at countersign.db") && said.contains("DATABASE_URL"), "{said}");
        assert!(!folder.path().join("countersign.db").exists());
    }
}

#[tokio::test]
async fn a_database_that_others_could_read_is_made_private_with_its_companions() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("desk.db");
    let nowhere = std::net::SocketAddr::from(([127, 0, 0, 1], 9));
    let config = || run::sandbox_config(&format!("sqlite:{}", file.display()), nowhere, "not-used").unwrap();
    let app = run::open(config(), ServerClock::System).await.unwrap();
    let all = ["", "-wal", "-shm"].map(|end| folder.path().join(format!("desk.db{end}")));
    assert!(all.iter().all(|path| mode(path) == 0o600), "{:?}", all.each_ref().map(|path| mode(path)));
    // As an earlier version left them.
    for path in &all {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    let again = run::open_existing(config(), ServerClock::System).await.unwrap();
    assert!(all.iter().all(|path| mode(path) == 0o600), "{:?}", all.each_ref().map(|path| mode(path)));
    app.db.close().await;
    again.db.close().await;
}
