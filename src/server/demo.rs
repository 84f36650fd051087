//! The demo: the desk with its own Persona sandbox, invented data and one sign-in per role.
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use super::app::App;
use super::clock::ServerClock;
use super::config::Settings;
use super::id::random;
use super::run::{SANDBOX_RELATION_KEYS, StartError, begin, has_site, listen, new_key, open, say, until_stopped};
use super::usecase::reviewer::account::AccountManager;
use super::{private_file, usecase};
use crate::domain::reviewer::Role;
use tlog::signed_note::SignerKey;

/// Options of the demo.
#[derive(Debug, Clone, clap::Args)]
pub struct Demo {
    /// Folder for the demo's two databases; delete it to start over
    #[arg(long, env = "COUNTERSIGN_DEMO_DIR", default_value = "countersign-data")]
    pub folder: PathBuf,
    /// Address and port of the desk
    #[arg(long, env = "LEPTOS_SITE_ADDR", default_value = "127.0.0.1:3000")]
    pub listen: String,
    /// Address and port of the Persona sandbox
    #[arg(long, default_value = "127.0.0.1:4010")]
    pub sandbox_listen: String,
    /// Address at which the desk calls the sandbox's API, when a program in between checks or records the calls
    #[arg(long)]
    pub through: Option<Url>,
    /// Inquiries that the sandbox creates at the first start
    #[arg(long, default_value_t = 120)]
    pub inquiries: u32,
    /// Seed of the sandbox's data
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Seconds between new inquiries; 0 for none
    #[arg(long, default_value_t = 6)]
    pub arrivals: u64,
    /// Database of the desk, if it is not to be a file in the folder
    #[arg(long, hide_env_values = true)]
    pub database_url: Option<String>,
    /// Time to withdraw a decision before it is sent, in seconds
    #[arg(long, env = "COUNTERSIGN_UNDO_SECONDS", default_value_t = super::config::UNDO_SECONDS)]
    pub undo_seconds: u32,
    /// Seconds without activity after which a session ends
    #[arg(long, env = "COUNTERSIGN_IDLE_SECONDS", default_value_t = super::config::IDLE_SECONDS, value_parser = clap::value_parser!(u32).range(15..=900))]
    pub idle_seconds: u32,
    /// Rules of a new demo: those of any new installation, or none
    #[arg(long, value_enum, default_value_t = Rules::Default)]
    pub rules: Rules,
    #[command(flatten)]
    pub checkpoint_targets: super::config::CheckpointTargetSettings,
    /// Folder with the files that the browser loads; found next to the program when not given
    #[arg(long, env = "LEPTOS_SITE_ROOT")]
    pub site_root: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Rules {
    Default,
    None,
}

/// Returns the path of the demo's own signing key, which is created at the first start.
fn demo_key(folder: &Path) -> Result<String, StartError> {
    let path = folder.join("signing.key");
    if !path.exists() {
        new_key("countersign.demo/log", &path, SignerKey::of_log)?;
    }
    Ok(path.display().to_string())
}

/// One account for each role and a second analyst, because a countersigned decision needs two.
const DEMO_REVIEWERS: [(&str, &str, Role); 4] = [
    ("analyst@demo.example", "Maya Okafor", Role::Analyst),
    ("analyst2@demo.example", "Jo Lindqvist", Role::Analyst),
    ("admin@demo.example", "Jonas Silva", Role::Admin),
    ("auditor@demo.example", "Anna Larsen", Role::Auditor),
];

/// Runs the demo until the process is asked to stop.
pub async fn run(demo: Demo) -> Result<(), StartError> {
    let folder = demo.folder.display().to_string();
    std::fs::create_dir_all(&demo.folder).map_err(|cause| StartError::Folder { folder: folder.clone(), cause })?;
    let sandbox_file = demo.folder.join("sandbox.db");
    private_file::keep(&sandbox_file).map_err(|cause| StartError::Folder { folder: folder.clone(), cause })?;
    let listener = listen(&demo.listen, "LEPTOS_SITE_ADDR").await?;
    let sandbox_listener = listen(&demo.sandbox_listen, "--sandbox-listen").await?;
    let address = listener.local_addr().map_err(|error| StartError::Other(error.to_string()))?;
    let sandbox_address = sandbox_listener.local_addr().map_err(|error| StartError::Other(error.to_string()))?;
    // Both ends are in this process, so the secret need not be stored.
    let secret = format!("wbhsec_{}", hex::encode(random::<16>()?));
    let running = persona_sandbox::start(
        sandbox_listener,
        persona_sandbox::Options {
            inquiries: demo.inquiries,
            seed: demo.seed,
            file: Some(sandbox_file),
            webhooks: vec![persona_sandbox::WebhookTarget {
                url: format!("http://{address}/webhooks/persona"),
                secrets: vec![secret.clone()],
            }],
            arrivals: (demo.arrivals > 0).then(|| Duration::from_secs(demo.arrivals)),
            // Ten times Persona's limit, so that a new user soon sees a full queue.
            requests_per_minute: 3000,
            quota_per_minute: 3000,
            retry_scale: 0.1,
            ..persona_sandbox::Options::default()
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
        // Names the sandbox, for a program between it and the desk.
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
    let app = open(config, ServerClock::System).await?;
    begin(&app).await?;
    let first = usecase::reviewer::account::all(&app, &AccountManager::shell()).await?.is_empty();
    if first && demo.rules == Rules::None {
        usecase::rule::clear(&app, &AccountManager::demo()).await?;
    }
    welcome(&app, &format!("http://{address}"), &format!("http://{sandbox_address}"), &folder).await?;
    until_stopped(app, listener).await?;
    running.stop().await;
    Ok(())
}

/// Creates the demo's accounts at the first start and prints their passwords, which are not stored anywhere.
async fn welcome(app: &App, address: &str, sandbox: &str, folder: &str) -> Result<(), StartError> {
    let known = usecase::reviewer::account::all(app, &AccountManager::shell()).await?;
    say(&format!("Countersign demo at {address}"));
    say(&format!("Persona sandbox at  {sandbox}"));
    if known.is_empty() {
        say("Sign in as (shown once; these passwords are for the demo and need not be changed):");
        for (email, name, role) in DEMO_REVIEWERS {
            let (_, password) = usecase::reviewer::add(app, AccountManager::demo(), email, name, role).await?;
            say(&format!("  {:<8} {email:<22} {password}", role.as_str()));
        }
    } else {
        say(&format!(
            "The passwords were shown at the first start. Create a new one with\n  countersign reviewer --database-url sqlite:{folder}/countersign.db reset-password analyst@demo.example"
        ));
    }
    Ok(())
}
