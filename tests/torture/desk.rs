//! A sandbox in this process, and desks as separate processes on one database.
use std::collections::HashMap;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use countersign::domain::reviewer::Role;
use countersign::server::clock::ServerClock;
use countersign::server::usecase::reviewer::account::AccountManager;
use countersign::server::usecase::reviewer::add;
use countersign::server::{App, jobs, run};
use persona_sandbox::{self as sandbox, Running};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tlog::signed_note::SignerKey;

pub const SECRET: &str = "wbhsec_11111111-2222-3333-4444-555555555555";
pub const REVIEWERS: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

pub struct Torture {
    pub sandbox: Running,
    pub database_url: String,
    pub ports: Vec<u16>,
    pub replicas: Vec<Option<Child>>,
    /// Session cookies of the reviewers.
    pub cookies: Vec<String>,
    pub http: Client,
    passwords: Vec<(String, String)>,
    folder: tempfile::TempDir,
    /// Settings in addition to those that all desks have.
    pub env: Vec<(&'static str, String)>,
}

/// The answer that a reviewer received to a decision.
#[derive(Debug, Clone)]
pub struct Said {
    pub inquiry: String,
    /// `None`: no answer.
    pub status: Option<StatusCode>,
    /// Whether a connection was established.
    pub reached: bool,
    pub body: Value,
}

impl Said {
    /// Whether the answer was a success.
    pub fn ok(&self) -> bool {
        self.status.is_some_and(|status| status.is_success())
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Torture {
    /// `replicas` is the number of desks; none is running yet. The mirror is filled. The evidence of each inquiry
    /// contains only the inquiry, so that it remains at its first version.
    pub async fn new(on: On, replicas: usize, inquiries: u32, options: sandbox::Options) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("site/pkg")).unwrap();
        let database_url = match on {
            On::Sqlite => format!("sqlite:{}", folder.path().join("desk.db").display()),
            On::Postgres => {
                let cluster = std::env::var("TEST_POSTGRES_URL")
                    .expect("TEST_POSTGRES_URL names no cluster: run by `make torture` or under scripts/with-postgres");
                let name = format!("torture_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
                let pool = sqlx::PgPool::connect(&cluster).await.unwrap();
                sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.unwrap();
                pool.close().await;
                cluster.replacen("/postgres?", &format!("/{name}?"), 1)
            }
        };
        let ports: Vec<u16> = (0..replicas).map(|_| free_port()).collect();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hooks = ports.first().map(|port| sandbox::WebhookTarget {
            url: format!("http://127.0.0.1:{port}/webhooks/persona"),
            secrets: vec![SECRET.to_owned()],
        });
        let sandbox = sandbox::start(
            listener,
            sandbox::Options {
                inquiries,
                requests_per_minute: 1_000_000,
                quota_per_minute: 1_000_000,
                retry_scale: 0.01,
                webhooks: hooks.into_iter().collect(),
                ..options
            },
        )
        .await
        .unwrap();
        let mut this = Self {
            sandbox,
            database_url,
            ports,
            replicas: (0..replicas).map(|_| None).collect(),
            cookies: Vec::new(),
            http: Client::builder().timeout(Duration::from_secs(20)).build().unwrap(),
            passwords: Vec::new(),
            folder,
            env: Vec::new(),
        };
        let app = this.app().await;
        jobs::sync::run(&app).await.unwrap();
        jobs::reconcile::run(&app).await.unwrap();
        // Decisions need no countersignature, because these tests are about their delivery to Persona.
        countersign::server::usecase::rule::clear(&app, &AccountManager::demo()).await.unwrap();
        for n in 0..REVIEWERS {
            let email = format!("analyst{n}@desk.example");
            let (_, password) =
                add(&app, AccountManager::demo(), &email, &format!("Analyst {n}"), Role::Analyst).await.unwrap();
            this.passwords.push((email, password));
        }
        app.db.close().await;
        this.sql(match on {
            On::Sqlite => {
                "UPDATE inquiries SET evidence_wanted_at = NULL, evidence_at = as_of, evidence = json_object('inquiry', json(body),
                 'verifications', json('[]'), 'reports', json('[]'), 'sessions', json('[]'))"
            }
            On::Postgres => {
                "UPDATE inquiries SET evidence_wanted_at = NULL, evidence_at = as_of, evidence = jsonb_build_object('inquiry', body,
                 'verifications', '[]'::jsonb, 'reports', '[]'::jsonb, 'sessions', '[]'::jsonb)"
            }
        })
        .await;
        this
    }

    /// The desk's own code on the same database, for inspection.
    pub async fn app(&self) -> App {
        let config = run::sandbox_config(&self.database_url, self.sandbox.addr, SECRET).unwrap();
        run::open(config, ServerClock::System).await.unwrap()
    }

    pub async fn sql(&self, text: &'static str) {
        if self.database_url.starts_with("sqlite") {
            let pool = sqlx::SqlitePool::connect(&self.database_url).await.unwrap();
            sqlx::query(text).execute(&pool).await.unwrap();
            pool.close().await;
        } else {
            let pool = sqlx::PgPool::connect(&self.database_url).await.unwrap();
            sqlx::query(text).execute(&pool).await.unwrap();
            pool.close().await;
        }
    }

    pub async fn number(&self, text: &'static str) -> i64 {
        if self.database_url.starts_with("sqlite") {
            let pool = sqlx::SqlitePool::connect(&self.database_url).await.unwrap();
            let found = sqlx::query_scalar(text).fetch_one(&pool).await.unwrap();
            pool.close().await;
            found
        } else {
            let pool = sqlx::PgPool::connect(&self.database_url).await.unwrap();
            let found = sqlx::query_scalar(text).fetch_one(&pool).await.unwrap();
            pool.close().await;
            found
        }
    }

    pub fn url(&self, replica: usize) -> String {
        format!("http://127.0.0.1:{}", self.ports[replica])
    }

    /// Starts a desk without waiting for it; `under` is a program that runs it, such as strace.
    pub fn spawn(&mut self, replica: usize, under: &[&str]) {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("desk.log")).unwrap();
        // The same key for each replica and each start.
        let key = self.folder.path().join("signing.key");
        std::fs::write(&key, SignerKey::of_log("torture.example/log", &[5; 32]).secret_text()).unwrap();
        let ours = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&key, ours).unwrap();
        let mut words = under.iter().copied().chain([env!("CARGO_BIN_EXE_countersign"), "serve"]);
        let child = Command::new(words.next().unwrap())
            .args(words)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("DATABASE_URL", &self.database_url)
            .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{}", self.ports[replica]))
            .env("LEPTOS_SITE_ROOT", self.folder.path().join("site"))
            .env("PERSONA_API_URL", format!("http://{}/api/v1", self.sandbox.addr))
            .env("PERSONA_API_KEY", "persona_sandbox_test")
            .env("PERSONA_WEBHOOK_SECRET", SECRET)
            .env("COUNTERSIGN_SIGNING_KEY", key)
            .env("COUNTERSIGN_UNDO_SECONDS", "0")
            .env("RUST_LOG", "warn")
            .envs(self.env.iter().map(|(name, value)| (*name, value)))
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        self.replicas[replica] = Some(child);
    }

    /// Starts a desk. Returns the time until it was ready.
    pub async fn start(&mut self, replica: usize) -> Duration {
        self.start_under(replica, &[]).await
    }

    pub async fn start_under(&mut self, replica: usize, under: &[&str]) -> Duration {
        let began = Instant::now();
        self.spawn(replica, under);
        self.ready(replica).await;
        began.elapsed()
    }

    pub async fn ready(&mut self, replica: usize) {
        let url = format!("{}/health/ready", self.url(replica));
        let end = Instant::now() + Duration::from_secs(30);
        while Instant::now() < end {
            if self.http.get(&url).send().await.is_ok_and(|answer| answer.status() == StatusCode::OK) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
        let log = std::fs::read_to_string(self.folder.path().join("desk.log")).unwrap_or_default();
        panic!("the desk does not get ready:\n{}", log.lines().rev().take(20).collect::<Vec<_>>().join("\n"));
    }

    pub fn kill(&mut self, replica: usize) {
        if let Some(mut child) = self.replicas[replica].take() {
            match Self::traced(&child) {
                // A program that traces the desk ends with it, and completes its recording.
                Some(desk) => assert!(Command::new("kill").args(["-KILL", &desk]).status().unwrap().success()),
                None => child.kill().unwrap(),
            }
            child.wait().unwrap();
        }
    }

    /// Process id of the desk that a tracing program runs, if there is one.
    fn traced(child: &Child) -> Option<String> {
        let id = child.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).ok()?;
        children.split_whitespace().next().map(str::to_owned)
    }

    /// Process id of a replica.
    pub fn id(&self, replica: usize) -> u32 {
        self.replicas[replica].as_ref().unwrap().id()
    }

    pub fn signal(&self, replica: usize, signal: &str) {
        let id = self.id(replica).to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Asks a desk to stop. Returns the time until it has stopped.
    pub async fn stop(&mut self, replica: usize) -> Duration {
        let began = Instant::now();
        self.signal(replica, "-TERM");
        let mut child = self.replicas[replica].take().unwrap();
        while child.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < Duration::from_secs(30), "the desk does not stop");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        began.elapsed()
    }

    /// SQLite's integrity check of a file that no process has open.
    pub fn integrity(&self) -> String {
        let db = rusqlite::Connection::open(self.folder().join("desk.db")).unwrap();
        db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
    }

    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub async fn sign_in(&mut self) {
        let url = format!("{}/api/sign-in", self.url(0));
        for (email, password) in &self.passwords {
            let form = [("email", email.as_str()), ("password", password), ("next", "/queue")];
            let answer = self
                .http
                .post(&url)
                .header("sec-fetch-site", "same-origin")
                .header("accept", "application/json")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(encoded(&form))
                .send()
                .await
                .unwrap();
            let set = answer.headers().get("set-cookie").expect("a session").to_str().unwrap().to_owned();
            self.cookies.push(set.split(';').next().unwrap().to_owned());
        }
    }

    pub fn reviewer(&self, n: usize) -> Reviewer {
        Reviewer { http: self.http.clone(), cookie: self.cookies[n].clone() }
    }

    /// Number of inquiries that need review in the mirror of a database.
    pub async fn waiting_in(&self, url: &str) -> u64 {
        let pool = sqlx::SqlitePool::connect(url).await.unwrap();
        let n: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM inquiries WHERE status = 'needs_review'")
            .fetch_one(&pool)
            .await
            .unwrap();
        pool.close().await;
        u64::try_from(n).unwrap()
    }

    /// Inquiries that need review in the mirror.
    pub async fn waiting(&self) -> Vec<String> {
        self.texts("SELECT id FROM inquiries WHERE status = 'needs_review' ORDER BY id").await
    }

    async fn texts(&self, text: &'static str) -> Vec<String> {
        if self.database_url.starts_with("sqlite") {
            let pool = sqlx::SqlitePool::connect(&self.database_url).await.unwrap();
            let found = sqlx::query_scalar(text).fetch_all(&pool).await.unwrap();
            pool.close().await;
            found
        } else {
            let pool = sqlx::PgPool::connect(&self.database_url).await.unwrap();
            let found = sqlx::query_scalar(text).fetch_all(&pool).await.unwrap();
            pool.close().await;
            found
        }
    }

    /// Waits until no delivery is in progress.
    pub async fn drained(&self) {
        let text = "SELECT COUNT(*) FROM deliveries WHERE state IN ('waiting', 'sending')";
        for _ in 0..3000 {
            if self.number(text).await == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let open = self
            .texts(
                "SELECT subject_id || ' ' || state || ', tried ' || attempts || ' times: ' || COALESCE(CAST(answer AS TEXT), '-')
                 FROM deliveries WHERE state IN ('waiting', 'sending') ORDER BY created_at LIMIT 20",
            )
            .await;
        panic!("deliveries do not come to their end:\n{}", open.join("\n"));
    }

    /// Changes that the sandbox made, by object.
    pub async fn effects(&self) -> HashMap<String, Vec<Value>> {
        let url = format!("http://{}/sandbox/effects", self.sandbox.addr);
        let all: Vec<Value> = self.http.get(url).send().await.unwrap().json().await.unwrap();
        let mut by: HashMap<String, Vec<Value>> = HashMap::new();
        for effect in all {
            by.entry(effect["object-id"].as_str().unwrap().to_owned()).or_default().push(effect);
        }
        by
    }

    pub async fn at_sandbox(&self, method: &str, path: &str, body: Value) -> Value {
        let url = format!("http://{}{path}", self.sandbox.addr);
        let mut call = self.http.request(method.parse().unwrap(), url).bearer_auth("persona_sandbox_dashboard");
        if !body.is_null() {
            call = call.json(&body);
        }
        let answer = call.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null)
    }

    /// Compares the answers to reviewers with database, log and Persona. Returns the number of decisions.
    pub async fn agree(&self, said: &[Said]) -> usize {
        let effects = self.effects().await;
        let app = self.app().await;
        let mut conn = app.read().await.unwrap();
        let acknowledged: Vec<&Said> = said.iter().filter(|said| said.status == Some(StatusCode::OK)).collect();
        for said in &acknowledged {
            let id = said.body["id"].as_str().unwrap();
            let decision = countersign::server::db::decision::by_id(&mut conn, id.parse().unwrap()).await.unwrap();
            assert!(decision.is_some(), "lost: decision {id} on {} was acknowledged", said.inquiry);
        }
        let made = countersign::server::db::decision::list(&mut conn, None, 1_000_000).await.unwrap();
        for decision in &made {
            let id = decision.id.to_string();
            let theirs = effects.get(decision.subject.id()).map(Vec::as_slice).unwrap_or_default();
            let ours: Vec<&Value> = theirs
                .iter()
                .filter(|effect| effect["comment"].as_str().is_some_and(|text| text.contains(&id)))
                .collect();
            let state = decision.state.as_str();
            assert_eq!(state, "confirmed", "decision {id}: {:?}", decision.answer);
            assert_eq!((ours.len(), theirs.len()), (1, 1), "decision {id} on {}: {theirs:?}", decision.subject.id());
            for action in ["decision.made", "decision.confirmed"] {
                let filter = countersign::domain::export::Filter {
                    action: Some(action.to_owned()),
                    object: Some(decision.subject.id().to_owned()),
                    ..Default::default()
                };
                let entries = countersign::server::db::audit::page(&mut conn, &filter, None, 10).await.unwrap();
                assert_eq!(entries.len(), 1, "{action} of {id} in the log");
                assert_eq!(entries[0].fact("decision").as_deref(), Some(id.as_str()));
            }
        }
        let known: std::collections::HashSet<&str> = made.iter().map(|decision| decision.subject.id()).collect();
        for object in effects.keys() {
            assert!(known.contains(object.as_str()), "an effect on {object} that no decision asked for");
        }
        drop(conn);
        app.db.close().await;
        made.len()
    }
}

impl Drop for Torture {
    fn drop(&mut self) {
        for replica in 0..self.replicas.len() {
            self.kill(replica);
        }
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.folder.path().join("desk.log")).unwrap_or_default();
            eprintln!("{}", log.lines().rev().take(12).collect::<Vec<_>>().join("\n"));
        }
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

#[derive(Clone)]
pub struct Reviewer {
    pub http: Client,
    pub cookie: String,
}

impl Reviewer {
    /// Opens an inquiry, as a reviewer has to before deciding. Returns whether a connection was established.
    pub async fn look(&self, url: &str, inquiry: &str) -> bool {
        let call = self.http.post(format!("{url}/api/inquiry")).header("cookie", &self.cookie);
        let call = call.header("sec-fetch-site", "same-origin").header("accept", "application/json");
        let answer = call.json(&json!({"id": inquiry})).send().await;
        !answer.is_err_and(|error| error.is_connect())
    }

    pub async fn decide(&self, url: &str, inquiry: &str, verdict: &str) -> Said {
        if !self.look(url, inquiry).await {
            return Said { inquiry: inquiry.to_owned(), status: None, reached: false, body: Value::Null };
        }
        self.send(url, inquiry, verdict).await
    }

    /// Decides on an inquiry that was opened before.
    pub async fn send(&self, url: &str, inquiry: &str, verdict: &str) -> Said {
        let reason = if verdict == "approve" { "other" } else { "document-expired" };
        let form = [
            ("inquiry", inquiry),
            ("version", "1"),
            ("verdict", verdict),
            ("reason", reason),
            ("comment", "Seen, and decided."),
        ];
        let answer = self
            .http
            .post(format!("{url}/api/decide"))
            .header("cookie", &self.cookie)
            .header("sec-fetch-site", "same-origin")
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(encoded(&form))
            .send()
            .await;
        let reached = !answer.as_ref().is_err_and(reqwest::Error::is_connect);
        let (status, body) = match answer {
            Ok(answer) => {
                let status = answer.status();
                match answer.bytes().await {
                    Ok(body) => (Some(status), serde_json::from_slice(&body).unwrap_or(json!(null))),
                    Err(_) => (None, Value::Null),
                }
            }
            Err(_) => (None, Value::Null),
        };
        Said { inquiry: inquiry.to_owned(), status, reached, body }
    }

    /// Reads a page to its end.
    pub async fn open(&self, url: &str, path: &str) -> Result<StatusCode, reqwest::Error> {
        let page = self.http.get(format!("{url}{path}")).header("cookie", &self.cookie).header("accept", "text/html");
        let answer = page.send().await?;
        let status = answer.status();
        answer.bytes().await?;
        Ok(status)
    }
}
