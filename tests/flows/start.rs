//! Start of the program: what it refuses, and what it prints before it is ready.
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use axum::http::StatusCode;

use crate::desk::Desk;
use crate::flow;

/// The program in a folder, with everything that it needs to serve.
fn program(folder: &Path, words: &[&str]) -> Command {
    std::fs::create_dir_all(folder.join("site/pkg")).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_countersign"));
    program
        .args(words)
        .env_clear()
        .env("DATABASE_URL", "sqlite:desk.db")
        .env("LEPTOS_SITE_ADDR", "127.0.0.1:0")
        .env("LEPTOS_SITE_ROOT", "site")
        .env("PERSONA_API_URL", "http://127.0.0.1:9/api/v1")
        .env("PERSONA_API_KEY", "persona_sandbox_test")
        .env("PERSONA_WEBHOOK_SECRET", crate::desk::SECRET)
        .env("COUNTERSIGN_SIGNING_KEY", "log.key")
        .current_dir(folder)
        .stdin(Stdio::null());
    program
}

fn ended(mut program: Command) -> (bool, String) {
    let ended = program.output().unwrap();
    (ended.status.success(), String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned())
}

fn serving(folder: &Path) -> Child {
    let mut child = program(folder, &["serve"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("Countersign is at"), "{line}");
    child
}

#[test]
fn a_second_desk_on_one_sqlite_file_does_not_begin() {
    let folder = tempfile::tempdir().unwrap();
    assert!(ended(program(folder.path(), &["audit", "key", "--name", "x.example/log", "--output", "log.key"])).0);
    let mut first = serving(folder.path());
    let (good, said) = ended(program(folder.path(), &["serve"]));
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(!good && said.contains("works on the same SQLite file: stop it first"), "{said}");
    assert!(!said.contains("Countersign is at"), "{said}");
    // It was killed and recorded no end; a new start works nevertheless.
    let mut third = serving(folder.path());
    third.kill().unwrap();
    third.wait().unwrap();
}

#[test]
fn nothing_is_said_to_run_before_the_site_is_found() {
    let folder = tempfile::tempdir().unwrap();
    assert!(ended(program(folder.path(), &["audit", "key", "--name", "x.example/log", "--output", "log.key"])).0);
    let mut serve = program(folder.path(), &["serve"]);
    serve.env("LEPTOS_SITE_ROOT", "nowhere");
    let (good, said) = ended(serve);
    assert!(!good && said.contains("LEPTOS_SITE_ROOT") && !said.contains("is at http"), "{said}");
    assert!(!folder.path().join("desk.db").exists());
}

#[tokio::test]
async fn the_file_of_another_program_is_left_as_it_is() {
    use sqlx::Connection;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("desk.db");
    for tables in [
        "CREATE TABLE invoices (n INTEGER)",
        "CREATE TABLE _sqlx_migrations (version BIGINT, description TEXT); INSERT INTO _sqlx_migrations VALUES (1, 'invoices')",
    ] {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).create_if_missing(true);
        let mut conn = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(tables.to_owned())).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        let before = std::fs::read(&file).unwrap();
        let (good, said) = ended(program(folder.path(), &["migrate"]));
        assert!(
            !good && said.contains("desk.db holds the tables of another program") && said.contains("DATABASE_URL"),
            "{said}"
        );
        assert!(std::fs::read(&file).unwrap() == before, "not a byte of it is changed");
        std::fs::remove_file(&file).unwrap();
    }
    assert!(ended(program(folder.path(), &["migrate"])).0);
    assert!(ended(program(folder.path(), &["migrate"])).0, "its own it knows");
}

#[test]
fn a_database_that_is_away_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut migrate = program(folder.path(), &["migrate"]);
    migrate.env("DATABASE_URL", "postgres://desk:hunter2@127.0.0.1:9/desk");
    let (good, said) = ended(migrate);
    assert!(!good && said.contains("desk at 127.0.0.1:9") && said.contains("refused"), "{said}");
    assert!(said.contains("Is PostgreSQL running there") && !said.contains("hunter2"), "{said}");
}

flow! {
    async fn another_desk_that_cannot_be_looked_at_is_told_of_on_one_file_only(desk: Desk) {
        let mut desk = desk;
        let admin = desk.admin().await;
        let now = desk.app.now();
        let other = countersign::server::db::runs::Run {
            id: uuid::Uuid::nil(), host: "another-container".to_owned(), process: "elsewhere".to_owned(), started_at: now, seen_at: now };
        desk.app.write(move |tx| Box::pin(async move { Ok(countersign::server::db::runs::begin(tx, &other).await?) })).await.unwrap();
        let page = admin.get("/admin/persona").await;
        assert_eq!(page.status, StatusCode::OK);
        // On PostgreSQL several replicas are expected.
        let told = page.text().contains("Another desk uses the same SQLite file") && page.text().contains("another-container");
        assert_eq!(told, desk.on() == crate::desk::On::Sqlite, "{}", page.text());
        desk.clock.advance(std::time::Duration::from_secs(240));
        assert!(!admin.get("/admin/persona").await.text().contains("Another desk uses"), "it was not seen for long");
    }
}
