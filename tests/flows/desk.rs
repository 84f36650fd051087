//! A desk for tests: router, database, sandbox, clock. Plain requests take the place of a browser.
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use countersign::domain::draw::Draw;
use countersign::domain::reviewer::Role;
use countersign::domain::time::Timestamp;
use countersign::server::clock::ServerClock;
use countersign::server::config::{Config, leptos_options};
use countersign::server::usecase::reviewer::account::AccountManager;
use countersign::server::usecase::reviewer::add;
use countersign::server::{App, http, jobs, run};
use http_body_util::BodyExt;
use persona_sandbox::{self as sandbox, Running};
use serde_json::Value;
use tower::ServiceExt;

pub const SECRET: &str = "wbhsec_11111111-2222-3333-4444-555555555555";

/// Which database a flow runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

/// Runs one flow on each database, with a `Desk` that has read nothing or a `Filled` one. Without a PostgreSQL cluster
/// the second test fails; it is not skipped.
#[macro_export]
macro_rules! flow {
    ($(async fn $name:ident($desk:ident: $kind:ident) $body:block)+) => {$(
        mod $name {
            use super::*;
            async fn flow($desk: $crate::desk::Desk) $body
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                flow($kind::open($crate::desk::On::Sqlite).await).await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                flow($kind::open($crate::desk::On::Postgres).await).await;
            }
        }
    )+};
}

pub struct Desk {
    pub app: App,
    pub router: Router,
    pub sandbox: Running,
    pub clock: ServerClock,
    pub database_url: String,
    passwords: HashMap<&'static str, String>,
    _database: Temporary,
    _folder: tempfile::TempDir,
}

/// Databases of flows that have ended. The next flow that needs one removes them, so that a run needs the space of a few
/// and not of four hundred.
static ENDED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The database of one flow: a URL of PostgreSQL, whose database ends with the flow. A file of SQLite ends with its
/// folder.
struct Temporary(String);

impl Drop for Temporary {
    fn drop(&mut self) {
        if self.0.starts_with("postgres") {
            ENDED.lock().unwrap().push(name_of(&self.0).to_owned());
        }
    }
}

/// The name of the database in a URL of PostgreSQL.
pub fn name_of(url: &str) -> &str {
    let server = url.split_once('?').map_or(url, |(server, _)| server);
    server.rsplit('/').next().unwrap()
}

/// A response.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }

    /// `name=value` of the session cookie in the response.
    pub fn cookie(&self) -> String {
        self.set("__Host-id=")
    }

    /// `name=value` of the cookie that identifies a browser.
    pub fn device(&self) -> String {
        self.set("__Host-device=")
    }

    fn set(&self, name: &str) -> String {
        let set = self.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        set.filter_map(|line| line.split(';').next()).find(|pair| pair.starts_with(name)).unwrap_or_default().to_owned()
    }
}

/// A user with a session.
#[derive(Clone)]
pub struct Visitor {
    pub router: Router,
    pub cookie: String,
}

impl Visitor {
    pub async fn get(&self, path: &str) -> Reply {
        let request = Request::get(path).header(header::COOKIE, &self.cookie).header("accept", "text/html");
        send(&self.router, request.body(Body::empty()).unwrap()).await
    }

    /// A GET request with headers that a browser would send.
    pub async fn get_as(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        let mut request = Request::get(path).header(header::COOKIE, &self.cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        send(&self.router, request.body(Body::empty()).unwrap()).await
    }

    /// Text of a stream, until it contains `until`.
    pub async fn first_of(&self, path: &str, until: &str) -> String {
        let request = Request::get(path).header(header::COOKIE, &self.cookie).header("accept", "text/event-stream");
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (mut body, mut text) = (response.into_body(), String::new());
        while !text.contains(until) {
            let frame = tokio::time::timeout(Duration::from_secs(10), body.frame()).await;
            let frame = frame.unwrap_or_else(|_| panic!("the stream says no {until}: {text}")).unwrap().unwrap();
            text.push_str(&String::from_utf8_lossy(&frame.into_data().unwrap()));
        }
        text
    }

    /// Calls a server function with JSON arguments, as the browser does.
    pub async fn call(&self, name: &str, arguments: Value) -> Reply {
        let request = Request::post(format!("/api/{name}"))
            .header(header::COOKIE, &self.cookie)
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .header("sec-fetch-site", "same-origin");
        send(&self.router, request.body(Body::from(arguments.to_string())).unwrap()).await
    }

    /// Submits a form as the WASM code does.
    pub async fn submit(&self, name: &str, fields: &[(&str, &str)]) -> Reply {
        let request = Request::post(format!("/api/{name}"))
            .header(header::COOKIE, &self.cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .header("sec-fetch-site", "same-origin");
        send(&self.router, request.body(Body::from(encoded(fields))).unwrap()).await
    }

    /// Submits a form as a browser without JavaScript does from a page.
    pub async fn post_plain(&self, name: &str, from: &str, fields: &[(&str, &str)]) -> Reply {
        let request = Request::post(format!("/api/{name}"))
            .header(header::COOKIE, &self.cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "text/html,application/xhtml+xml")
            .header(header::REFERER, format!("http://127.0.0.1:3000{from}"))
            .header("sec-fetch-site", "same-origin");
        send(&self.router, request.body(Body::from(encoded(fields))).unwrap()).await
    }
}

pub fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

pub async fn send(router: &Router, request: Request<Body>) -> Reply {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default();
    Reply { status: parts.status, headers: parts.headers, body }
}

/// Address of the sandbox's API. While `make contract` runs, its judge is in between.
fn api(sandbox: std::net::SocketAddr) -> String {
    std::env::var("JUDGE_URL").unwrap_or_else(|_| format!("http://{sandbox}/api/v1"))
}

/// The judge derives the sandbox's port from the key.
fn judged(mut config: Config, sandbox: std::net::SocketAddr) -> Config {
    // The test binary cannot be started as the program that scales pictures down.
    config.program = env!("CARGO_BIN_EXE_countersign").into();
    if std::env::var_os("JUDGE_URL").is_some() {
        config.persona.api_url = api(sandbox).parse().unwrap();
        config.persona.api_key = format!("persona_sandbox_via_{}", sandbox.port()).into();
    }
    config
}

impl Desk {
    pub async fn open(on: On) -> Self {
        Self::with(on, Self::sandbox()).await
    }

    /// Start options for the sandbox of most flows.
    pub fn sandbox() -> sandbox::Options {
        sandbox::Options { inquiries: 40, requests_per_minute: 100_000, ..sandbox::Options::default() }
    }

    pub async fn with(on: On, options: sandbox::Options) -> Self {
        Self::configured(on, options, |_| {}).await
    }

    /// A desk with changed settings.
    pub async fn configured(on: On, options: sandbox::Options, set: impl FnOnce(&mut Config)) -> Self {
        let desk = Self::installed(on, options, set).await;
        // Flows that are not about rules decide without them; the others add their own.
        countersign::server::usecase::rule::clear(&desk.app, &AccountManager::demo()).await.unwrap();
        desk
    }

    /// A desk as installed, with the default rules.
    pub async fn new(on: On) -> Self {
        Self::installed(on, Self::sandbox(), |_| {}).await
    }

    async fn installed(on: On, options: sandbox::Options, set: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = database(on, folder.path(), None).await;
        Self::assembled(folder, database_url, options, set).await
    }

    /// A desk and its sandbox, with the contents of the folder and the database.
    pub async fn assembled(
        folder: tempfile::TempDir,
        database_url: String,
        options: sandbox::Options,
        set: impl FnOnce(&mut Config),
    ) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox = sandbox::start(listener, options).await.unwrap();
        let now = Timestamp::from_offset(time::OffsetDateTime::now_utc());
        let clock = ServerClock::manual(now);
        let mut config = judged(run::sandbox_config(&database_url, sandbox.addr, SECRET).unwrap(), sandbox.addr);
        set(&mut config);
        let app = run::open(config, clock.clone()).await.unwrap();
        let options = leptos_options(folder.path()).unwrap();
        let router = http::router::router(&app, &options).unwrap();
        let database = Temporary(database_url.clone());
        let passwords = HashMap::new();
        Self { app, router, sandbox, clock, database_url, passwords, _database: database, _folder: folder }
    }

    /// Ends the desk and keeps its database, from which others are copied.
    pub async fn kept(self) {
        self.app.db.close().await;
        self.sandbox.stop().await;
        std::mem::forget(self._database);
    }

    /// The database that this desk runs on.
    pub fn on(&self) -> On {
        if self.database_url.starts_with("sqlite") { On::Sqlite } else { On::Postgres }
    }

    /// A desk on another database, with this desk's sandbox. The database is used as it is, and no account is created.
    pub async fn on_database(&self, database_url: &str) -> App {
        let config = judged(run::sandbox_config(database_url, self.sandbox.addr, SECRET).unwrap(), self.sandbox.addr);
        run::open(config, self.clock.clone()).await.unwrap()
    }

    /// A second desk on the same database and sandbox: another replica, or the same one after a restart.
    pub async fn another(&self) -> App {
        self.on_database(&self.database_url).await
    }

    /// Reads Persona's lists and all evidence.
    pub async fn filled(self) -> Self {
        jobs::sync::run(&self.app).await.unwrap();
        self.settle().await;
        self
    }

    /// Runs the jobs until none has anything to do at the current time.
    pub async fn settle(&self) {
        for _ in 0..20 {
            let mut done = jobs::apply_webhooks::run(&self.app).await.unwrap();
            // Includes reads of history, which are due a moment later.
            self.clock.advance(Duration::from_millis(2));
            done += jobs::evidence::run(&self.app).await.unwrap();
            done += jobs::case::run(&self.app).await.unwrap();
            done += jobs::relations::run(&self.app).await.unwrap();
            done += jobs::deliver::run(&self.app).await.unwrap();
            if done == 0 {
                return;
            }
        }
        panic!("the jobs do not come to rest");
    }

    pub async fn reviewer(&mut self, email: &'static str, name: &str, role: Role) -> Visitor {
        let (_, password) = add(&self.app, AccountManager::demo(), email, name, role).await.unwrap();
        self.passwords.insert(email, password);
        self.sign_in(email).await
    }

    pub fn password(&self, email: &str) -> &str {
        &self.passwords[email]
    }

    pub async fn sign_in(&self, email: &str) -> Visitor {
        let reply = self.try_sign_in(email, self.password(email)).await;
        let cookie = reply.cookie();
        assert!(!cookie.is_empty(), "no session for {email}: {} {}", reply.status, reply.text());
        Visitor { router: self.router.clone(), cookie }
    }

    pub async fn try_sign_in(&self, email: &str, password: &str) -> Reply {
        self.nobody()
            .post_plain("sign-in", "/login", &[("email", email), ("password", password), ("next", "/queue")])
            .await
    }

    /// Signs in from a browser with these cookies.
    pub async fn try_sign_in_at(&self, cookie: &str, email: &str, password: &str) -> Reply {
        let browser = Visitor { router: self.router.clone(), cookie: cookie.to_owned() };
        browser.post_plain("sign-in", "/login", &[("email", email), ("password", password), ("next", "/queue")]).await
    }

    /// The id of a reviewer.
    pub async fn id_of(&self, email: &str) -> String {
        let mut conn = self.app.read().await.unwrap();
        countersign::server::db::reviewer::by_email(&mut conn, email).await.unwrap().unwrap().0.id.to_string()
    }

    pub fn nobody(&self) -> Visitor {
        Visitor { router: self.router.clone(), cookie: String::new() }
    }

    pub async fn analyst(&mut self) -> Visitor {
        self.reviewer("analyst@desk.example", "Maya Okafor", Role::Analyst).await
    }

    pub async fn second_analyst(&mut self) -> Visitor {
        self.reviewer("jo@desk.example", "Jo Lindqvist", Role::Analyst).await
    }

    pub async fn auditor(&mut self) -> Visitor {
        self.reviewer("auditor@desk.example", "Anna Larsen", Role::Auditor).await
    }

    pub async fn admin(&mut self) -> Visitor {
        self.reviewer("admin@desk.example", "Jonas Silva", Role::Admin).await
    }

    /// Ids of the inquiries in the queue with a status, oldest first.
    pub async fn queue(&self, by: &Visitor, status: &str) -> Vec<String> {
        let reply = by.call("queue", serde_json::json!({"filter": {"status": status}})).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let page = reply.json();
        page["page"]["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }

    pub async fn inquiry(&self, by: &Visitor, id: &str) -> Value {
        let reply = by.call("inquiry", serde_json::json!({"id": id})).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        reply.json()
    }

    /// Decides on the version that is shown now.
    pub async fn decide(&self, by: &Visitor, id: &str, verdict: &str, reason: &str, comment: &str) -> Reply {
        let version = self.inquiry(by, id).await["version"].to_string();
        by.submit(
            "decide",
            &[("inquiry", id), ("version", &version), ("verdict", verdict), ("reason", reason), ("comment", comment)],
        )
        .await
    }

    /// Adds a rule: decisions with this verdict need a countersignature.
    pub async fn rule(&self, admin: &Visitor, name: &str, verdict: &str) {
        let version = admin.call("rules", serde_json::json!({})).await.json()["current"]["version"].to_string();
        let fields = [
            ("version", version.as_str()),
            ("name", name),
            ("verdict", verdict),
            ("template", ""),
            ("signal", ""),
            ("share", ""),
        ];
        let reply = admin.submit("rule-add", &fields).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    }

    /// Sets the key of all draws to one with which a sample of half of these inquiries has some in it and some not.
    /// With a random key, all of eight are on one side in one run of 128.
    pub async fn draw_some_of(&self, ids: &[String], sample: &str) {
        let within = |key: &[u8; 32], id: &str| Draw { key, kind: "inquiry", id }.within(sample, 50);
        let key = (0..=u8::MAX).map(|byte| [byte; 32]).find(|key| {
            let drawn = ids.iter().filter(|id| within(key, id)).count();
            drawn > 0 && drawn < ids.len()
        });
        let hex = hex::encode(key.expect("a key draws some of them"));
        self.by_hand(
            &format!("INSERT INTO draw_key (one, key) VALUES (1, x'{hex}')"),
            &format!("INSERT INTO draw_key (one, key) VALUES (1, '\\x{hex}')"),
        )
        .await;
    }

    /// Has a second person confirm the proposals that loosen the rules or the policy.
    pub async fn confirm_changes(&mut self) {
        let second = match self.passwords.contains_key("second@desk.example") {
            true => self.sign_in("second@desk.example").await,
            false => self.reviewer("second@desk.example", "Sam Second", Role::Auditor).await,
        };
        let page = second.call("rules", serde_json::json!({})).await.json();
        let waiting = page["proposals"].as_array().unwrap();
        assert!(!waiting.is_empty(), "nothing is proposed");
        for proposal in waiting {
            let reply = second.submit("rule-confirm", &[("proposal", proposal["id"].as_str().unwrap())]).await;
            assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        }
    }

    /// Changes that the sandbox made to an object.
    pub async fn effects(&self, id: &str) -> Vec<Value> {
        let found = self.at_sandbox(Request::get(format!("/sandbox/effects?object-id={id}")), Value::Null).await;
        found.as_array().cloned().unwrap_or_default()
    }

    pub async fn fault(&self, fault: Value) {
        self.at_sandbox(Request::post("/sandbox/faults").header("content-type", "application/json"), fault).await;
    }

    /// Sets the sandbox's choice for behaviour that Persona's documentation leaves open.
    pub async fn choose(&self, choice: Value) {
        self.at_sandbox(Request::post("/sandbox/choices").header("content-type", "application/json"), choice).await;
    }

    /// Restricts a key at the sandbox.
    pub async fn restrict(&self, key: Value) {
        self.at_sandbox(Request::post("/sandbox/keys").header("content-type", "application/json"), key).await;
    }

    /// The end of the desk's key. The judge of `make contract` finds the sandbox by it.
    pub fn key_ends(&self) -> String {
        match std::env::var_os("JUDGE_URL") {
            Some(_) => format!("via_{}", self.sandbox.addr.port()),
            None => "test".to_owned(),
        }
    }

    pub async fn no_faults(&self) {
        self.at_sandbox(Request::delete("/sandbox/faults"), Value::Null).await;
    }

    /// Sends one request to the sandbox's own address, over a socket as any client would.
    async fn at_sandbox(&self, request: axum::http::request::Builder, body: Value) -> Value {
        let request = request.body(()).unwrap();
        let url = format!("http://{}{}", self.sandbox.addr, request.uri());
        let mut call = plain_client().request(request.method().clone(), url);
        if !body.is_null() {
            call = call.json(&body);
        }
        let response = call.send().await.unwrap();
        assert!(response.status().is_success(), "the sandbox said {}", response.status());
        let bytes = response.bytes().await.unwrap();
        serde_json::from_slice(&bytes).unwrap_or(Value::Null)
    }

    /// Calls Persona's API directly.
    pub async fn persona(&self, method: &str, path: &str, body: Value) -> Value {
        let mut call = plain_client()
            .request(method.parse().unwrap(), format!("{}{path}", api(self.sandbox.addr)))
            .bearer_auth(format!("persona_sandbox_via_{}", self.sandbox.addr.port()));
        if !body.is_null() {
            call = call.json(&body);
        }
        let response = call.send().await.unwrap();
        assert!(response.status().is_success(), "Persona said {} to {path}", response.status());
        response.json().await.unwrap()
    }

    /// Audit entries with this action about an object.
    pub async fn entries(&self, action: &str, object: &str) -> Vec<countersign::domain::audit::Entry> {
        let mut conn = self.app.read().await.unwrap();
        let filter = countersign::domain::export::Filter {
            action: Some(action.to_owned()),
            object: Some(object.to_owned()),
            ..Default::default()
        };
        countersign::server::db::audit::page(&mut conn, &filter, None, 1000).await.unwrap()
    }

    /// Runs SQL statements directly, in the dialect of each database.
    pub async fn by_hand(&self, sqlite: &str, postgres: &str) {
        match &self.app.db {
            countersign::server::db::Db::Sqlite { write, .. } => {
                sqlx::raw_sql(sqlx::AssertSqlSafe(sqlite.to_owned())).execute(write).await.map(|_| ()).unwrap();
            }
            countersign::server::db::Db::Postgres(pool) => {
                sqlx::raw_sql(sqlx::AssertSqlSafe(postgres.to_owned())).execute(pool).await.map(|_| ()).unwrap();
            }
        }
    }

    /// Makes the database refuse a row from now on: `when` is `DELETE`, `UPDATE OF column` or `INSERT`, `row` a
    /// condition on `NEW` or `OLD`.
    pub async fn refuses(&self, table: &str, when: &str, row: &str) {
        let sqlite = format!(
            "CREATE TRIGGER refused BEFORE {when} ON {table} WHEN {row} BEGIN SELECT RAISE(ABORT, 'refused by hand'); END;"
        );
        let postgres = format!(
            "CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused by hand'; END $$;
             CREATE TRIGGER refused BEFORE {when} ON {table} FOR EACH ROW WHEN ({row}) EXECUTE FUNCTION refused();"
        );
        self.by_hand(&sqlite, &postgres).await;
    }

    pub async fn accepts(&self, table: &str) {
        self.by_hand("DROP TRIGGER refused;", &format!("DROP TRIGGER refused ON {table}; DROP FUNCTION refused();"))
            .await;
    }

    pub async fn webhook(&self, signature: Option<&str>, body: &[u8]) -> Reply {
        let mut request = Request::post("/webhooks/persona").header("content-type", "application/json");
        if let Some(signature) = signature {
            request = request.header("Persona-Signature", signature);
        }
        send(&self.router, request.body(Body::from(body.to_vec())).unwrap()).await
    }

    /// Sends a webhook that is signed now with the desk's secret.
    pub async fn signed_webhook(&self, body: &[u8]) -> Reply {
        let signature = sign(SECRET, self.app.now().seconds(), body);
        self.webhook(Some(&signature), body).await
    }
}

/// Creates a database, for SQLite in the folder: an empty one, or on PostgreSQL a copy of the named one.
pub async fn database(on: On, folder: &std::path::Path, copy: Option<&str>) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    match on {
        On::Sqlite => format!("sqlite:{}", folder.join("desk.db").display()),
        On::Postgres => {
            let cluster = std::env::var("TEST_POSTGRES_URL")
                .expect("TEST_POSTGRES_URL names no cluster: run by `make flows` or under scripts/with-postgres");
            let name = format!("desk_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
            let pool = sqlx::PgPool::connect(&cluster).await.unwrap();
            let ended = std::mem::take(&mut *ENDED.lock().unwrap());
            for ended in ended {
                let drop = format!("DROP DATABASE IF EXISTS {ended} WITH (FORCE)");
                sqlx::query(sqlx::AssertSqlSafe(drop)).execute(&pool).await.unwrap();
            }
            let copy = copy.map(|copy| format!(" TEMPLATE {copy}")).unwrap_or_default();
            sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}{copy}"))).execute(&pool).await.unwrap();
            pool.close().await;
            cluster.replacen("/postgres?", &format!("/{name}?"), 1)
        }
    }
}

fn plain_client() -> reqwest::Client {
    reqwest::Client::builder().build().unwrap()
}

pub fn sign(secret: &str, at: i64, body: &[u8]) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at}.").as_bytes());
    mac.update(body);
    format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// Collects the bytes that are written to it.
#[derive(Clone, Default)]
pub struct Shared(pub std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
