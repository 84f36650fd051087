//! Start and stop: settings, database, application, jobs, router.
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use tokio::net::TcpListener;
use url::Url;

use super::app::App;
use super::clock::ServerClock;
use super::config::{Config, Environment, PersonaConfig, Settings, leptos_options};
use super::db::Db;
use super::error::Error;
use super::id::random;
use super::persona::{CallLimiter, Persona};
use super::usecase::reviewer::account::AccountManager;
use super::{http, jobs, private_file, usecase};
use tlog::signed_note::{SignerKey, VerifierKey, is_name};

/// Why the program does not start, in one sentence.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Settings(#[from] super::config::Faults),
    #[error(transparent)]
    Database(#[from] super::db::OpenError),
    #[error("cannot listen on {address}: {cause}. Is another program using it? Choose another address with {setting}.")]
    Listen { address: String, cause: std::io::Error, setting: &'static str },
    #[error("the folder {folder} cannot be used: {cause}")]
    Folder { folder: String, cause: std::io::Error },
    #[error(
        "the files that the browser loads are not in {0}: run `make build`, or set LEPTOS_SITE_ROOT to their folder"
    )]
    NoSite(String),
    #[error(
        "another desk, started {began} on {host}, works on the same SQLite file: stop it first. Several at once need PostgreSQL."
    )]
    Beside { began: String, host: String },
    #[cfg(feature = "demo")]
    #[error(transparent)]
    Sandbox(#[from] persona_sandbox::Error),
    #[error("no randomness: {0}")]
    Random(#[from] getrandom::Error),
    #[error("{0}")]
    Other(String),
}

impl From<Error> for StartError {
    fn from(error: Error) -> Self {
        Self::Other(error.to_string())
    }
}

/// Opens the database and builds the application, without listening or starting jobs.
pub async fn open(config: Config, clock: ServerClock) -> Result<App, StartError> {
    let db = Db::open(&config.database_url).await?;
    together(config, clock, db)
}

fn together(config: Config, clock: ServerClock, db: Db) -> Result<App, StartError> {
    let gate = CallLimiter::new(usecase::budget::shared(&db, &clock));
    let persona = Persona::new(config.persona.clone(), clock.clone(), gate).map_err(StartError::Other)?;
    Ok(App::new(config, db, persona, clock))
}

/// Like [`open`], but the database must exist: a command that is run in the wrong folder creates none.
pub async fn open_existing(config: Config, clock: ServerClock) -> Result<App, StartError> {
    let db = Db::open_existing(&config.database_url).await?;
    together(config, clock, db)
}

pub async fn listen(address: &str, setting: &'static str) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|cause| StartError::Listen { address: address.to_owned(), cause, setting })
}

pub async fn serve(settings: Settings) -> Result<(), StartError> {
    let config = settings.check()?;
    has_site(&config)?;
    let listener = listen(&config.listen.clone(), "LEPTOS_SITE_ADDR").await?;
    let app = open(config, ServerClock::System).await?;
    begin(&app).await?;
    let reviewers = usecase::reviewer::account::all(&app, &AccountManager::shell()).await?;
    let address = listener.local_addr().map_err(|error| StartError::Other(error.to_string()))?;
    say(&format!("Countersign is at http://{address} ({} key)", app.config.persona.environment.label().to_lowercase()));
    if reviewers.is_empty() {
        say(
            "There are no accounts yet. Create one: countersign reviewer add --email you@example.com --name \"Your Name\" --role admin",
        );
    }
    until_stopped(app, listener).await
}

/// Checks that the files that the browser loads exist, before anything is created or printed.
pub(super) fn has_site(config: &Config) -> Result<(), StartError> {
    let site = &config.site_root;
    if site.join("pkg").is_dir() { Ok(()) } else { Err(StartError::NoSite(site.display().to_string())) }
}

pub(super) async fn begin(app: &App) -> Result<(), StartError> {
    match usecase::runs::begin(app).await? {
        None => Ok(()),
        Some(other) => Err(StartError::Beside { began: other.started_at.to_text(), host: other.host }),
    }
}

/// Serves until the program is asked to stop, then finishes open requests and jobs.
pub(super) async fn until_stopped(app: App, listener: TcpListener) -> Result<(), StartError> {
    let options = leptos_options(&app.config.site_root).map_err(StartError::Other)?;
    let router = http::router::router(&app, &options).map_err(StartError::Other)?;
    usecase::delivery::recover(&app).await?;
    usecase::log::begin(&app).await?;
    // Before any reviewer can decide.
    usecase::checkpoint::comparison::compare(&app, usecase::checkpoint::comparison::Reach::Near).await?;
    usecase::setting::begin(&app).await?;
    usecase::rule::row::begin(&app).await?;
    let mut work = jobs::start(&app);
    let stop = app.clone();
    tokio::spawn(async move {
        asked_to_stop().await;
        say("stopping: open requests have ten seconds to finish");
        stop.stopping.send_replace(true);
    });
    let limits = http::places::Limits::of_system(app.config.trusted_proxies.clone());
    http::listen::serve(listener, router, limits, app.stopping.subscribe()).await;
    app.stopping.send_replace(true);
    let _ = tokio::time::timeout(Duration::from_secs(15), async { while work.join_next().await.is_some() {} }).await;
    usecase::counters::flush(&app).await?;
    usecase::runs::end(&app).await?;
    app.db.close().await;
    Ok(())
}

pub async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}

/// Creates a key and writes it to a new file that only its owner can read.
pub fn new_key(name: &str, path: &Path, kind: fn(&str, &[u8; 32]) -> SignerKey) -> Result<VerifierKey, StartError> {
    use std::io::Write;
    if !is_name(name) {
        return Err(StartError::Other(
            "the name of a key must not be empty or contain spaces or plus signs".to_owned(),
        ));
    }
    let key = kind(name, &random()?);
    let failed = |cause| StartError::Other(format!("{} cannot be written: {cause}", path.display()));
    // Never overwrites another key: a log that it signed could not be continued.
    let mut file = private_file::create(path).map_err(failed)?;
    file.write_all(key.secret_text().as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    Ok(key.verifier())
}

/// The relation keys of the sandbox's account types.
pub(super) const SANDBOX_RELATION_KEYS: &str =
    "beneficial_owners,beneficial_owner_of,directors,director_of,parent_company,subsidiaries,spouse";

/// A configuration that points at a sandbox on this machine, for tests and the sandbox command.
pub fn sandbox_config(database_url: &str, sandbox: std::net::SocketAddr, secret: &str) -> Result<Config, StartError> {
    let api_url =
        Url::parse(&format!("http://{sandbox}/api/v1")).map_err(|error| StartError::Other(error.to_string()))?;
    Ok(Config {
        database_url: database_url.to_owned(),
        listen: "127.0.0.1:0".to_owned(),
        public_url: None,
        persona: PersonaConfig {
            api_url,
            api_key: SecretString::from("persona_sandbox_test"),
            webhook_secrets: vec![SecretString::from(secret)],
            webhook_tolerance: Duration::from_secs(300),
            version: super::config::PERSONA_VERSION.to_owned(),
            relation_keys: SANDBOX_RELATION_KEYS.split(',').map(str::to_owned).collect(),
            no_relations: false,
            environment: Environment::Sandbox,
        },
        // Only tests of the undo window have something to wait for.
        undo: Duration::ZERO,
        refuse_one_hand: false,
        idle: Duration::from_secs(u64::from(super::config::IDLE_SECONDS)),
        erasure_grace: super::config::days(super::config::ERASURE_GRACE_DAYS),
        confirm_pictures: true,
        disclosures_per_hour: super::config::DISCLOSURES_PER_HOUR,
        signing: vec![SignerKey::of_log("test.example/log", &[7; 32])],
        last_checkpoint: Vec::new(),
        checkpoint_targets: Vec::new(),
        trusted_proxies: Vec::new(),
        fonts: Vec::new(),
        site_root: PathBuf::from("site"),
        program: super::config::program(),
    })
}

#[expect(clippy::print_stdout, reason = "output for the person who starts the program")]
pub fn say(line: &str) {
    println!("{line}");
}
