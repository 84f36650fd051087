//! Start and stop: settings, database, application, jobs, router; and the demo, which adds a Persona of its own.
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use tokio::net::TcpListener;
use url::Url;

use super::app::{App, Clock, random};
use super::config::{Config, Environment, PersonaConfig, Settings, leptos_options};
use super::db::Db;
use super::error::Error;
use super::persona::{Gate, Persona};
use super::usecase::reviewer::Keeper;
use super::{http, jobs, private, usecase};
use crate::domain::reviewer::Role;
use crate::domain::signed_note::{SignerKey, VerifierKey, is_name};
use crate::sandbox;

/// Why the program does not start, in one sentence.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Settings(#[from] super::config::Faults),
    #[error(transparent)]
    Database(#[from] super::db::OpenError),
    #[error(
        "{address} cannot be listened on: {cause}. Is another program using it? Choose another one with {setting}."
    )]
    Listen { address: String, cause: std::io::Error, setting: &'static str },
    #[error("the folder {folder} cannot be used: {cause}")]
    Folder { folder: String, cause: std::io::Error },
    #[error(
        "the files that the browser loads are not in {0}: run `make build`, or say where they are with LEPTOS_SITE_ROOT"
    )]
    NoSite(String),
    #[error(
        "another run of the desk, begun {began} on {host}, works on the same SQLite file: stop it first. Several at once need PostgreSQL."
    )]
    Beside { began: String, host: String },
    #[error(transparent)]
    Sandbox(#[from] sandbox::Error),
    #[error("{0}")]
    Other(String),
}

impl From<Error> for StartError {
    fn from(error: Error) -> Self {
        Self::Other(error.to_string())
    }
}

/// Opens the database and puts the handles together, without listening or working.
pub async fn open(config: Config, clock: Clock) -> Result<App, StartError> {
    let db = Db::open(&config.database_url).await?;
    together(config, clock, db)
}

fn together(config: Config, clock: Clock, db: Db) -> Result<App, StartError> {
    let gate = Gate::new(usecase::budget::shared(&db, &clock));
    let persona = Persona::new(config.persona.clone(), clock.clone(), gate).map_err(StartError::Other)?;
    Ok(App::new(config, db, persona, clock))
}

/// The same for a database that has to be there: a command run in the wrong folder makes none.
pub async fn open_existing(config: Config, clock: Clock) -> Result<App, StartError> {
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
    let app = open(config, Clock::System).await?;
    begin(&app).await?;
    let reviewers = usecase::reviewer::all(&app, &Keeper::shell()).await?;
    let address = listener.local_addr().map_err(|error| StartError::Other(error.to_string()))?;
    say(&format!("Countersign is at http://{address} ({} key)", app.config.persona.environment.label().to_lowercase()));
    if reviewers.is_empty() {
        say(
            "Nobody has an account yet: countersign reviewer add --email you@example.com --name \"Your Name\" --role admin",
        );
    }
    until_stopped(app, listener).await
}

/// Whether the files that the browser loads are there: asked before anything is made or said.
fn has_site(config: &Config) -> Result<(), StartError> {
    let site = &config.site_root;
    if site.join("pkg").is_dir() { Ok(()) } else { Err(StartError::NoSite(site.display().to_string())) }
}

async fn begin(app: &App) -> Result<(), StartError> {
    match usecase::runs::begin(app).await? {
        None => Ok(()),
        Some(other) => Err(StartError::Beside { began: other.started_at.to_text(), host: other.host }),
    }
}

/// Serves until the program is asked to stop, then finishes what is open.
async fn until_stopped(app: App, listener: TcpListener) -> Result<(), StartError> {
    let options = leptos_options(&app.config.site_root).map_err(StartError::Other)?;
    let router = http::router::router(&app, &options).map_err(StartError::Other)?;
    usecase::delivery::recover(&app).await?;
    usecase::log::begin(&app).await?;
    // Before anybody can decide.
    usecase::checkpoint_comparison::compare(&app, usecase::checkpoint_comparison::Reach::Near).await?;
    usecase::setting::begin(&app).await?;
    usecase::rule::begin(&app).await?;
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

/// What the demo is started with.
#[derive(Debug, Clone, clap::Args)]
pub struct Demo {
    /// Folder for the demo's two databases; delete it to start anew
    #[arg(long, env = "COUNTERSIGN_DEMO_DIR", default_value = "countersign-data")]
    pub folder: PathBuf,
    /// Address and port of the desk
    #[arg(long, env = "LEPTOS_SITE_ADDR", default_value = "127.0.0.1:3000")]
    pub listen: String,
    /// Address and port of the Persona sandbox
    #[arg(long, default_value = "127.0.0.1:4010")]
    pub sandbox_listen: String,
    /// Address by which the desk calls the sandbox's API, when something judges or records the calls in between
    #[arg(long)]
    pub through: Option<Url>,
    /// Inquiries that the sandbox makes at the first start
    #[arg(long, default_value_t = 120)]
    pub inquiries: u32,
    /// Seed of the sandbox's data
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Seconds between new inquiries; 0 for none
    #[arg(long, default_value_t = 6)]
    pub arrivals: u64,
    /// Database of the desk, when it is not to be a file in the folder
    #[arg(long, hide_env_values = true)]
    pub database_url: Option<String>,
    /// How long a decision can be taken back before it is sent, in seconds
    #[arg(long, env = "COUNTERSIGN_UNDO_SECONDS", default_value_t = super::config::UNDO_SECONDS)]
    pub undo_seconds: u32,
    /// A session without activity ends after so many seconds
    #[arg(long, env = "COUNTERSIGN_IDLE_SECONDS", default_value_t = super::config::IDLE_SECONDS, value_parser = clap::value_parser!(u32).range(15..=900))]
    pub idle_seconds: u32,
    /// What a new demo begins with: the rules of any new installation, or none
    #[arg(long, value_enum, default_value_t = Rules::Default)]
    pub rules: Rules,
    #[command(flatten)]
    pub checkpoint_targets: super::config::CheckpointTargetSettings,
    /// Folder with what the browser loads; found beside the program when not given
    #[arg(long, env = "LEPTOS_SITE_ROOT")]
    pub site_root: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Rules {
    Default,
    None,
}

/// The demo signs its log with a key of its own, made at the first start.
fn demo_key(folder: &Path) -> Result<String, StartError> {
    let path = folder.join("signing.key");
    if !path.exists() {
        new_key("countersign.demo/log", &path, SignerKey::of_log)?;
    }
    Ok(path.display().to_string())
}

/// Makes a key and writes it to a new file that only its owner can read.
pub fn new_key(name: &str, path: &Path, kind: fn(&str, &[u8; 32]) -> SignerKey) -> Result<VerifierKey, StartError> {
    use std::io::Write;
    if !is_name(name) {
        return Err(StartError::Other("a key's name may not be empty, nor hold spaces or plus signs".to_owned()));
    }
    let key = kind(name, &random()?);
    let failed = |cause| StartError::Other(format!("{} cannot be written: {cause}", path.display()));
    // Never over another key: what that one signed could not be added to any more.
    let mut file = private::create(path).map_err(failed)?;
    file.write_all(key.secret_text().as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    Ok(key.verifier())
}

/// The relation keys of the sandbox's account types.
const SANDBOX_RELATION_KEYS: &str =
    "beneficial_owners,beneficial_owner_of,directors,director_of,parent_company,subsidiaries,spouse";

/// One sign-in for each role, and a second analyst: what needs a countersign needs two.
const DEMO_REVIEWERS: [(&str, &str, Role); 4] = [
    ("analyst@demo.example", "Maya Okafor", Role::Analyst),
    ("analyst2@demo.example", "Jo Lindqvist", Role::Analyst),
    ("admin@demo.example", "Jonas Silva", Role::Admin),
    ("auditor@demo.example", "Anna Larsen", Role::Auditor),
];

pub async fn demo(demo: Demo) -> Result<(), StartError> {
    let folder = demo.folder.display().to_string();
    std::fs::create_dir_all(&demo.folder).map_err(|cause| StartError::Folder { folder: folder.clone(), cause })?;
    let sandbox_file = demo.folder.join("sandbox.db");
    private::keep(&sandbox_file).map_err(|cause| StartError::Folder { folder: folder.clone(), cause })?;
    let listener = listen(&demo.listen, "LEPTOS_SITE_ADDR").await?;
    let sandbox_listener = listen(&demo.sandbox_listen, "--sandbox-listen").await?;
    let address = listener.local_addr().map_err(|error| StartError::Other(error.to_string()))?;
    let sandbox_address = sandbox_listener.local_addr().map_err(|error| StartError::Other(error.to_string()))?;
    // Both ends live in this process, so the secret need not outlive it.
    let secret = format!("wbhsec_{}", hex::encode(random::<16>()?));
    let running = sandbox::start(
        sandbox_listener,
        sandbox::Options {
            inquiries: demo.inquiries,
            seed: demo.seed,
            file: Some(sandbox_file),
            webhooks: vec![sandbox::WebhookTarget {
                url: format!("http://{address}/webhooks/persona"),
                secrets: vec![secret.clone()],
            }],
            arrivals: (demo.arrivals > 0).then(|| Duration::from_secs(demo.arrivals)),
            // Ten times what Persona gives: a first look should show a full queue, not a patient one.
            requests_per_minute: 3000,
            quota_per_minute: 3000,
            retry_scale: 0.1,
            ..sandbox::Options::default()
        },
    )
    .await?;
    let settings = Settings {
        database_url: demo
            .database_url
            .unwrap_or_else(|| format!("sqlite:{}", demo.folder.join("countersign.db").display())),
        listen: demo.listen,
        persona_api_url: match demo.through {
            Some(url) => url.to_string(),
            None => format!("http://{sandbox_address}/api/v1"),
        },
        // Names the sandbox, for what stands between it and the desk.
        persona_api_key: Some(format!("persona_sandbox_via_{}", sandbox_address.port())),
        persona_webhook_secret: Some(secret),
        persona_webhook_tolerance: 300,
        persona_version: super::config::PERSONA_VERSION.to_owned(),
        persona_relation_keys: SANDBOX_RELATION_KEYS.to_owned(),
        public_url: None,
        undo_seconds: demo.undo_seconds,
        one_hand: "note".to_owned(),
        idle_seconds: demo.idle_seconds,
        erasure_grace_days: super::config::ERASURE_GRACE_DAYS,
        document_pictures: "confirm".to_owned(),
        disclosures_per_hour: super::config::DISCLOSURES_PER_HOUR,
        signing_key: Some(demo_key(&demo.folder)?),
        last_checkpoint: None,
        checkpoint_targets: demo.checkpoint_targets,
        trusted_proxies: String::new(),
        fonts: super::config::FONTS.to_owned(),
        site_root: demo.site_root,
    };
    let config = settings.check()?;
    has_site(&config)?;
    let app = open(config, Clock::System).await?;
    begin(&app).await?;
    let first = usecase::reviewer::all(&app, &Keeper::shell()).await?.is_empty();
    if first && demo.rules == Rules::None {
        usecase::rule::clear(&app, &Keeper::demo()).await?;
    }
    welcome(&app, &format!("http://{address}"), &format!("http://{sandbox_address}"), &folder).await?;
    until_stopped(app, listener).await?;
    running.stop().await;
    Ok(())
}

/// Makes the three accounts at the first start and shows their passwords; they are kept nowhere.
async fn welcome(app: &App, address: &str, sandbox: &str, folder: &str) -> Result<(), StartError> {
    let known = usecase::reviewer::all(app, &Keeper::shell()).await?;
    say(&format!("Countersign demo at {address}"));
    say(&format!("Persona sandbox at  {sandbox}"));
    if known.is_empty() {
        say("Sign in as (shown once; these passwords are for the demo and need not be changed):");
        for (email, name, role) in DEMO_REVIEWERS {
            let (_, password) = usecase::reviewer::add(app, Keeper::demo(), email, name, role).await?;
            say(&format!("  {:<8} {email:<22} {password}", role.as_str()));
        }
    } else {
        say(&format!(
            "Sign-ins were shown at the first start; make a new one with\n  countersign reviewer --database-url sqlite:{folder}/countersign.db reset-password analyst@demo.example"
        ));
    }
    Ok(())
}

/// For tests and the sandbox command: a configuration that points at a sandbox on this machine.
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
        // Tests that are not about undoing have nothing to wait for.
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

#[expect(clippy::print_stdout, reason = "what the person who starts the program is meant to read")]
pub fn say(line: &str) {
    println!("{line}");
}
