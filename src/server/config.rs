//! Settings: each is a flag, an environment variable and a help text. One file, because one check reports all their
//! faults at once. Nothing else reads the environment.
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use ipnet::IpNet;
use leptos::config::LeptosOptions;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::private_file;
use crate::domain::relation::is_key;
use tlog::signed_note::{SignerKey, VerifierKey};

/// Base URL of Persona's API. Sandbox and production share one host: the API key decides.
pub const PERSONA_API_URL: &str = "https://api.withpersona.com/api/v1";

/// The version of Persona's API that this program was written for (CONTRACT.md section 1).
pub const PERSONA_VERSION: &str = "2025-12-08";

#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Database of the desk: sqlite:FILE or postgres://USER@HOST/DATABASE
    #[arg(long, env = "DATABASE_URL", default_value = "sqlite:countersign.db", hide_env_values = true)]
    pub database_url: String,

    /// Address and port to listen on
    #[arg(long, env = "LEPTOS_SITE_ADDR", default_value = "127.0.0.1:3000")]
    pub listen: String,

    /// URL of Persona's API, including the path
    #[arg(long, env = "PERSONA_API_URL", default_value = PERSONA_API_URL)]
    pub persona_api_url: String,

    /// Persona's API key; begins with persona_sandbox_ or persona_production_
    #[arg(long, env = "PERSONA_API_KEY", hide_env_values = true)]
    pub persona_api_key: Option<String>,

    /// Secret of the webhook; during a rotation both, separated by a comma
    #[arg(long, env = "PERSONA_WEBHOOK_SECRET", hide_env_values = true)]
    pub persona_webhook_secret: Option<String>,

    /// Maximum age of a webhook signature, in seconds; 0 accepts any age. Persona documents no maximum
    #[arg(long, env = "PERSONA_WEBHOOK_TOLERANCE", default_value_t = 300)]
    pub persona_webhook_tolerance: u32,

    /// Version of Persona's API
    #[arg(long, env = "PERSONA_VERSION", default_value = PERSONA_VERSION)]
    pub persona_version: String,

    /// Relation keys of your account types, separated by commas: beneficial_owners,directors; `none` if you have no
    /// relations. Persona has no call that lists them
    #[arg(long, env = "PERSONA_RELATION_KEYS", default_value = "")]
    pub persona_relation_keys: String,

    /// Address at which reviewers reach the desk when it is behind a proxy: https://desk.example.com
    #[arg(long, env = "COUNTERSIGN_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// Proxies in front of the desk whose X-Forwarded-For header is trusted: addresses or networks, separated by
    /// commas: 10.0.0.0/8,192.0.2.7
    #[arg(long, env = "COUNTERSIGN_TRUSTED_PROXIES", default_value = "")]
    pub trusted_proxies: String,

    /// Time to withdraw a decision before it is sent to Persona, in seconds; 0 sends at once
    #[arg(long, env = "COUNTERSIGN_UNDO_SECONDS", default_value_t = UNDO_SECONDS, value_parser = clap::value_parser!(u32).range(..=600))]
    pub undo_seconds: u32,

    /// Two accounts that the same person created or set passwords for, when no one else could confirm either: `note`
    /// lets one countersign for the other and records it on the decision, `refuse` never allows it
    #[arg(long, env = "COUNTERSIGN_ONE_HAND", default_value = "note", value_parser = ["note", "refuse"])]
    pub one_hand: String,

    /// Seconds without activity after which a session ends
    #[arg(long, env = "COUNTERSIGN_IDLE_SECONDS", default_value_t = IDLE_SECONDS, value_parser = clap::value_parser!(u32).range(15..=900))]
    pub idle_seconds: u32,
    /// Days between the confirmation of an erasure and the erasure, in which it can be cancelled; 1 to 365
    #[arg(long, env = "COUNTERSIGN_ERASURE_GRACE_DAYS", default_value_t = ERASURE_GRACE_DAYS, value_parser = clap::value_parser!(u32).range(1..=365))]
    pub erasure_grace_days: u32,

    /// Pictures of documents: `confirm` hides them until the reviewer gives a purpose, `show` shows them at once and
    /// records it
    #[arg(long, env = "COUNTERSIGN_DOCUMENT_PICTURES", default_value = "confirm", value_parser = ["confirm", "show"])]
    pub document_pictures: String,

    /// Number of inquiries, cases and accounts whose hidden values, pictures or files one reviewer may be shown in an
    /// hour; 1 to 100000
    #[arg(long, env = "COUNTERSIGN_DISCLOSURES_PER_HOUR", default_value_t = DISCLOSURES_PER_HOUR, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub disclosures_per_hour: u32,

    /// File with the key that signs the audit log (`countersign audit key` creates one); during a change of keys two
    /// files, separated by a comma, the new key first
    #[arg(long, env = "COUNTERSIGN_SIGNING_KEY")]
    pub signing_key: Option<String>,

    /// File that stores the last signed checkpoint. Never restore it together with the database [default: next to the
    /// signing key]
    #[arg(long, env = "COUNTERSIGN_LAST_CHECKPOINT")]
    pub last_checkpoint: Option<PathBuf>,

    #[command(flatten)]
    pub checkpoint_targets: CheckpointTargetSettings,

    /// Folders with fonts for names in PDF files, separated by colons; Latin, Greek, Cyrillic, Arabic and Hebrew need none
    #[arg(long, env = "COUNTERSIGN_FONTS", default_value = FONTS)]
    pub fonts: String,

    /// Folder with the files that the browser loads; found next to the program when not given
    #[arg(long, env = "LEPTOS_SITE_ROOT")]
    pub site_root: Option<PathBuf>,
}

/// Checkpoint targets: where the log's checkpoints are published outside this machine.
#[derive(Debug, Clone, Default, Args)]
pub struct CheckpointTargetSettings {
    /// Folder into which each checkpoint is written: on another machine, or one whose files cannot be changed
    /// afterwards
    #[arg(long, env = "COUNTERSIGN_CHECKPOINT_FOLDER")]
    pub checkpoint_folder: Option<PathBuf>,

    /// Command that receives each checkpoint on its standard input, as in `aws s3 cp - s3://bucket/$CHECKPOINT_SIZE`
    #[arg(long, env = "COUNTERSIGN_CHECKPOINT_COMMAND", hide_env_values = true)]
    pub checkpoint_command: Option<String>,

    /// Mail server and addresses for one checkpoint a day:
    /// smtps://USER:PASSWORD@HOST?from=desk@example.com&to=auditor@example.com
    #[arg(long, env = "COUNTERSIGN_CHECKPOINT_MAIL", hide_env_values = true)]
    pub checkpoint_mail: Option<String>,

    /// Witnesses that countersign checkpoints, separated by commas: https://witness.example.com KEY
    #[arg(long, env = "COUNTERSIGN_WITNESSES")]
    pub witnesses: Option<String>,
}

/// Folders in which Debian and other distributions install fonts.
pub const FONTS: &str = "/usr/share/fonts:/usr/local/share/fonts";

/// Long enough to notice a wrong click, short enough that the wait does not matter.
pub const UNDO_SECONDS: u32 = 10;

/// A quarter of an hour. A setting can shorten it.
pub const IDLE_SECONDS: u32 = 900;
/// More than a reviewer decides in an hour, with room for files.
pub const DISCLOSURES_PER_HOUR: u32 = 100;
/// Long enough for an auditor who checks once a week.
pub const ERASURE_GRACE_DAYS: u32 = 14;

/// The settings after they were checked.
#[derive(Debug, Clone)]
pub struct Config {
    pub database_url: String,
    pub listen: String,
    pub public_url: Option<Url>,
    pub persona: PersonaConfig,
    /// How long a decision can be withdrawn before it is sent.
    pub undo: Duration,
    /// Never accepts two accounts that the same person may control as two people.
    pub refuse_one_hand: bool,
    /// How long a session lasts without activity.
    pub idle: Duration,
    /// How long a confirmed erasure can be cancelled before it runs.
    pub erasure_grace: Duration,
    /// Hides pictures of documents until the reviewer gives a purpose.
    pub confirm_pictures: bool,
    /// Number of subjects whose hidden values or files one reviewer may be shown in an hour.
    pub disclosures_per_hour: u32,
    /// Keys that sign the log, the newest first. Empty for commands that sign nothing.
    pub signing: Vec<SignerKey>,
    /// Files that store the last signed checkpoint. All are read; the first one is written.
    pub last_checkpoint: Vec<PathBuf>,
    pub checkpoint_targets: Vec<CheckpointTarget>,
    /// Proxies whose X-Forwarded-For header is trusted.
    pub trusted_proxies: Vec<IpNet>,
    pub fonts: Vec<PathBuf>,
    pub site_root: PathBuf,
    /// Path of this program, which starts itself again for work whose resources the kernel limits.
    pub program: PathBuf,
}

/// A checkpoint target.
#[derive(Debug, Clone)]
pub enum CheckpointTarget {
    Folder(PathBuf),
    Command(String),
    Mail { server: SecretString, from: String, to: String },
    Witness { url: Url, key: Box<VerifierKey> },
}

impl CheckpointTarget {
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Folder(_) => "folder",
            Self::Command(_) => "command",
            Self::Mail { .. } => "mail",
            Self::Witness { .. } => "witness",
        }
    }

    /// The name as it is shown. It contains no secret.
    pub fn name(&self) -> String {
        match self {
            Self::Folder(path) => path.display().to_string(),
            Self::Command(command) => command.split_whitespace().next().unwrap_or("command").to_owned(),
            Self::Mail { to, .. } => to.clone(),
            Self::Witness { key, .. } => key.name.clone(),
        }
    }
}

/// Value of `PERSONA_RELATION_KEYS` for an organisation without relations.
pub const NO_RELATIONS: &str = "none";

#[derive(Debug, Clone)]
pub struct PersonaConfig {
    pub api_url: Url,
    pub api_key: SecretString,
    pub webhook_secrets: Vec<SecretString>,
    pub webhook_tolerance: Duration,
    pub version: String,
    pub relation_keys: Vec<String>,
    /// The organisation states that it has no relations, so that an empty list of keys is complete.
    pub no_relations: bool,
    pub environment: Environment,
}

/// Environment at Persona; the API key decides which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    Sandbox,
    Production,
}

impl Environment {
    pub fn of_key(key: &str) -> Option<Self> {
        let long_enough = |rest: &str| !rest.is_empty();
        if key.strip_prefix("persona_production_").is_some_and(long_enough) {
            Some(Self::Production)
        } else if key.strip_prefix("persona_sandbox_").is_some_and(long_enough) {
            Some(Self::Sandbox)
        } else {
            None
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Sandbox => "Sandbox",
            Self::Production => "Production",
        }
    }
}

/// All missing or wrong settings, in one message.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("these settings need attention:\n{}", .0.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n"))]
pub struct Faults(pub Vec<String>);

impl Settings {
    /// Checks all settings before it reports, so that one run shows every fault.
    pub fn check(self) -> Result<Config, Faults> {
        let mut faults = Vec::new();
        let known = ["sqlite:", "postgres://", "postgresql://"];
        if !known.iter().any(|scheme| self.database_url.starts_with(scheme)) {
            faults.push("DATABASE_URL must begin with sqlite: or postgres://".to_owned());
        }
        if !self.listen.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok()) {
            faults.push("LEPTOS_SITE_ADDR must be an address and a port, as in 127.0.0.1:3000".to_owned());
        }
        let mut address = |name: &str, text: &str| match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(url),
            _ => {
                faults.push(format!("{name} must be an http or https address, as in https://desk.example.com"));
                None
            }
        };
        let api_url = address("PERSONA_API_URL", &self.persona_api_url);
        let public_url = self.public_url.as_deref().and_then(|text| address("COUNTERSIGN_PUBLIC_URL", text));
        if let Some(url) = &api_url {
            let local = url.host_str().is_some_and(|host| matches!(host, "127.0.0.1" | "localhost" | "[::1]"));
            if url.scheme() == "http" && !local {
                faults.push(
                    "PERSONA_API_URL must use https unless it is on this machine: each call carries the API key"
                        .to_owned(),
                );
            }
        }
        let api_key = self.persona_api_key.unwrap_or_default().trim().to_owned();
        let environment = Environment::of_key(&api_key);
        if api_key.is_empty() {
            faults
                .push("PERSONA_API_KEY is missing: create one in Persona's dashboard under API > API keys".to_owned());
        } else if environment.is_none() {
            faults.push("PERSONA_API_KEY must begin with persona_sandbox_ or persona_production_".to_owned());
        }
        let webhook_secrets: Vec<SecretString> = self
            .persona_webhook_secret
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|secret| !secret.is_empty())
            .map(SecretString::from)
            .collect();
        match webhook_secrets.len() {
            0 => {
                faults.push("PERSONA_WEBHOOK_SECRET is missing: Persona's dashboard shows it under Webhooks".to_owned())
            }
            1 | 2 => {}
            _ => faults.push("PERSONA_WEBHOOK_SECRET takes one secret, or two during a rotation".to_owned()),
        }
        if webhook_secrets.iter().any(|secret| secret.expose_secret().len() < 8) {
            faults.push("PERSONA_WEBHOOK_SECRET is too short: it needs at least 8 characters".to_owned());
        }
        let no_relations = self.persona_relation_keys.trim().eq_ignore_ascii_case(NO_RELATIONS);
        let told = if no_relations { "" } else { &self.persona_relation_keys };
        let relation_keys: Vec<String> =
            told.split(',').map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect();
        if !relation_keys.iter().all(|key| is_key(key)) {
            faults.push(
                "PERSONA_RELATION_KEYS takes keys of letters, digits, '_' and '-', separated by commas, or the word none".to_owned(),
            );
        }
        let date = self.persona_version.split('-').map(str::len).collect::<Vec<_>>() == [4, 2, 2];
        if !date || self.persona_version.contains(|c: char| !c.is_ascii_digit() && c != '-') {
            faults.push("PERSONA_VERSION must be a date, as in 2025-12-08".to_owned());
        }
        let signing = match &self.signing_key {
            None => {
                faults.push(
                    "COUNTERSIGN_SIGNING_KEY is missing: `countersign audit key --name desk.example.com/log --output \
                     countersign.key` creates one"
                        .to_owned(),
                );
                Vec::new()
            }
            Some(paths) => signing_keys(paths, &mut faults),
        };
        let last_checkpoint = last_checkpoint(self.last_checkpoint, self.signing_key.as_deref());
        let targets = self.checkpoint_targets.check(&mut faults);
        let mut trusted_proxies = Vec::new();
        for text in self.trusted_proxies.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            match text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)) {
                Ok(net) => trusted_proxies.push(net),
                Err(_) => faults.push(format!(
                    "COUNTERSIGN_TRUSTED_PROXIES takes addresses and networks, as in 10.0.0.0/8,192.0.2.7; {text} is neither"
                )),
            }
        }
        match (faults.is_empty(), api_url, environment) {
            (true, Some(api_url), Some(environment)) => Ok(Config {
                database_url: self.database_url,
                listen: self.listen,
                public_url,
                persona: PersonaConfig {
                    api_url,
                    api_key: SecretString::from(api_key),
                    webhook_secrets,
                    webhook_tolerance: Duration::from_secs(u64::from(self.persona_webhook_tolerance)),
                    version: self.persona_version,
                    relation_keys,
                    no_relations,
                    environment,
                },
                undo: Duration::from_secs(u64::from(self.undo_seconds)),
                refuse_one_hand: self.one_hand == "refuse",
                idle: Duration::from_secs(u64::from(self.idle_seconds)),
                erasure_grace: days(self.erasure_grace_days),
                disclosures_per_hour: self.disclosures_per_hour,
                confirm_pictures: self.document_pictures != "show",
                signing,
                last_checkpoint,
                checkpoint_targets: targets,
                trusted_proxies,
                fonts: std::env::split_paths(&self.fonts).filter(|path| !path.as_os_str().is_empty()).collect(),
                site_root: site_root(self.site_root),
                program: program(),
            }),
            _ => Err(Faults(faults)),
        }
    }
}

/// Path of the running program. On Linux it is a path that still leads to the running program after its file was
/// replaced.
pub fn program() -> PathBuf {
    let running = PathBuf::from("/proc/self/exe");
    if running.exists() { running } else { std::env::current_exe().unwrap_or_default() }
}

/// Converts days to a duration of at least one day: without a day in between, no one could cancel an erasure.
pub fn days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days.max(1)) * 24 * 3600)
}

/// Reads the key files and adds what is wrong to `faults`.
pub fn signing_keys(paths: &str, faults: &mut Vec<String>) -> Vec<SignerKey> {
    let mut keys: Vec<SignerKey> = Vec::new();
    for path in paths.split(',').map(str::trim).filter(|path| !path.is_empty()) {
        if private_file::is_loose(Path::new(path)).unwrap_or(false) {
            faults.push(format!(
                "COUNTERSIGN_SIGNING_KEY: {path} can be read by other users of this machine: run chmod 600 {path}"
            ));
            continue;
        }
        let read = std::fs::read_to_string(path).map_err(|error| error.to_string());
        match read.and_then(|text| text.parse::<SignerKey>().map_err(|error| error.to_string())) {
            Ok(key) if keys.iter().any(|other| other.name != key.name) => faults
                .push(format!("COUNTERSIGN_SIGNING_KEY: {path} belongs to another log; a new key must have the name of this log")),
            Ok(key) => keys.push(key),
            Err(why) => faults.push(format!(
                "COUNTERSIGN_SIGNING_KEY: {path} cannot be used: {why}. Restore your copy of the key. If there is none, \
                 resume the log under a new key with countersign audit resume --lost-key"
            )),
        }
    }
    if keys.len() > 2 {
        faults.push("COUNTERSIGN_SIGNING_KEY takes one file, or two during a change of keys".to_owned());
    }
    keys
}

/// Files of the last signed checkpoint: the named file, or one next to each key.
pub fn last_checkpoint(named: Option<PathBuf>, signing_key: Option<&str>) -> Vec<PathBuf> {
    if let Some(path) = named {
        return vec![path];
    }
    let keys = signing_key.unwrap_or_default().split(',').map(str::trim).filter(|path| !path.is_empty());
    keys.map(|key| PathBuf::from(format!("{key}.last-checkpoint"))).collect()
}

impl CheckpointTargetSettings {
    /// Checks the checkpoint targets and adds what is wrong to `faults`.
    pub fn check(self, faults: &mut Vec<String>) -> Vec<CheckpointTarget> {
        let mut targets: Vec<CheckpointTarget> = Vec::new();
        targets.extend(self.checkpoint_folder.map(CheckpointTarget::Folder));
        targets.extend(
            self.checkpoint_command.filter(|command| !command.trim().is_empty()).map(CheckpointTarget::Command),
        );
        if let Some(text) = self.checkpoint_mail {
            let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "smtp" | "smtps") && url.has_host());
            let query = |name: &str| {
                url.as_ref()?.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
            };
            match (&url, query("from"), query("to")) {
                (Some(url), Some(from), Some(to)) => {
                    let mut server = url.clone();
                    server.set_query(None);
                    targets.push(CheckpointTarget::Mail { server: SecretString::from(server.to_string()), from, to });
                }
                _ => faults.push(
                    "COUNTERSIGN_CHECKPOINT_MAIL must look like smtps://USER:PASSWORD@HOST?from=ADDRESS&to=ADDRESS"
                        .to_owned(),
                ),
            }
        }
        for witness in self.witnesses.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|w| !w.is_empty()) {
            let parts = witness.split_once(' ').map(|(url, key)| (Url::parse(url), key.parse::<VerifierKey>()));
            match parts {
                Some((Ok(url), Ok(key))) if key.is_witness() && matches!(url.scheme(), "http" | "https") => {
                    targets.push(CheckpointTarget::Witness { url, key: Box::new(key) })
                }
                _ => faults.push(
                    "COUNTERSIGN_WITNESSES takes an address and the witness's key, as `countersign witness` prints them"
                        .to_owned(),
                ),
            }
        }
        targets
    }
}

/// The folder next to the program, as in a build or a release; otherwise `site` in the current folder.
fn site_root(given: Option<PathBuf>) -> PathBuf {
    given
        .or_else(|| {
            let program = std::env::current_exe().ok()?;
            let beside = program.parent()?.join("site");
            beside.is_dir().then_some(beside)
        })
        .unwrap_or_else(|| PathBuf::from("site"))
}

/// Name of the folder that holds the files of a release.
pub fn content_hash(site_root: &Path) -> Option<String> {
    let name = std::fs::read_to_string(site_root.join("hash.txt")).ok()?;
    let name = name.trim();
    (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| name.to_owned())
}

/// Run-time options of Leptos, from Leptos.toml, which is compiled into the program, and from `LEPTOS_…` variables.
pub fn leptos_options(site_root: &Path) -> Result<LeptosOptions, String> {
    let file =
        leptos::config::get_config_from_str(include_str!("../../Leptos.toml")).map_err(|error| error.to_string())?;
    let mut options = file;
    options.site_root = site_root.to_string_lossy().into_owned().into();
    // A release has its files in a folder named after their content; a debug build has no such folder.
    if let Some(hash) = content_hash(site_root) {
        options.site_pkg_dir = format!("{}/{hash}", options.site_pkg_dir).into();
    }
    Ok(options)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use super::*;

    /// Settings whose values the help of the program may show.
    const SHOWN: &str = "LEPTOS_SITE_ADDR PERSONA_API_URL PERSONA_WEBHOOK_TOLERANCE PERSONA_VERSION PERSONA_RELATION_KEYS \
        COUNTERSIGN_PUBLIC_URL COUNTERSIGN_TRUSTED_PROXIES COUNTERSIGN_UNDO_SECONDS COUNTERSIGN_ONE_HAND COUNTERSIGN_IDLE_SECONDS \
        COUNTERSIGN_ERASURE_GRACE_DAYS COUNTERSIGN_DOCUMENT_PICTURES COUNTERSIGN_DISCLOSURES_PER_HOUR COUNTERSIGN_SIGNING_KEY \
        COUNTERSIGN_LAST_CHECKPOINT COUNTERSIGN_CHECKPOINT_FOLDER COUNTERSIGN_WITNESSES COUNTERSIGN_FONTS LEPTOS_SITE_ROOT";

    #[test]
    fn the_help_shows_no_secret() {
        let command = Settings::augment_args(clap::Command::new("serve"));
        for arg in command.get_arguments() {
            let Some(name) = arg.get_env().and_then(|name| name.to_str()) else { continue };
            let shown = SHOWN.split_whitespace().any(|one| one == name);
            assert_eq!(arg.is_hide_env_values_set(), !shown, "{name}: hide its value, or say that it may be shown");
        }
    }

    fn settings() -> Settings {
        Settings {
            database_url: "sqlite:x.db".into(),
            listen: "127.0.0.1:3000".into(),
            persona_api_url: PERSONA_API_URL.into(),
            persona_api_key: Some("persona_sandbox_1".into()),
            persona_webhook_secret: Some("wbhsec_1, wbhsec_2".into()),
            persona_webhook_tolerance: 300,
            persona_version: PERSONA_VERSION.into(),
            persona_relation_keys: "beneficial_owners, directors".into(),
            public_url: None,
            undo_seconds: UNDO_SECONDS,
            one_hand: "note".to_owned(),
            idle_seconds: IDLE_SECONDS,
            erasure_grace_days: ERASURE_GRACE_DAYS,
            document_pictures: "confirm".into(),
            disclosures_per_hour: DISCLOSURES_PER_HOUR,
            signing_key: Some(key_file()),
            last_checkpoint: None,
            checkpoint_targets: CheckpointTargetSettings::default(),
            trusted_proxies: "10.0.0.0/8, 192.0.2.7, 2001:db8::/32".into(),
            fonts: FONTS.into(),
            site_root: None,
        }
    }

    fn key_file() -> String {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let n = COUNT.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let path = std::env::temp_dir().join(format!("countersign-key-{}-{n}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let text = SignerKey::of_log("desk.example/log", &[1; 32]).secret_text();
        std::io::Write::write_all(&mut private_file::create(&path).unwrap(), text.as_bytes()).unwrap();
        path.display().to_string()
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_and_says_what_to_do() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.key");
        std::fs::write(&path, SignerKey::of_log("desk.example/log", &[1; 32]).secret_text()).unwrap();
        for (mode, good) in [(0o644, false), (0o640, false), (0o666, false), (0o600, true), (0o400, true)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let mut faults = Vec::new();
            let keys = signing_keys(&path.display().to_string(), &mut faults);
            assert_eq!((keys.len() == 1, faults.is_empty()), (good, good), "{mode:o}: {faults:?}");
            assert!(good || faults[0].contains(&format!("chmod 600 {}", path.display())), "{faults:?}");
        }
    }

    #[test]
    fn a_damaged_key_is_refused_and_says_what_to_do() {
        let path = key_file();
        let text = std::fs::read_to_string(&path).unwrap();
        for damaged in ["", &text[..text.len() / 2], &text.replacen("desk", "dusk", 1)] {
            std::fs::write(&path, damaged).unwrap();
            let mut faults = Vec::new();
            assert!(signing_keys(&path, &mut faults).is_empty());
            assert!(faults[0].contains(&path) && faults[0].contains("audit resume --lost-key"), "{faults:?}");
        }
    }

    #[test]
    fn good_settings_are_accepted() {
        let config = settings().check();
        assert_eq!(config.as_ref().map(|c| c.persona.environment), Ok(Environment::Sandbox));
        assert_eq!(config.as_ref().map(|c| c.persona.webhook_secrets.len()), Ok(2));
        assert_eq!(config.map(|c| c.persona.relation_keys), Ok(vec!["beneficial_owners".into(), "directors".into()]));
        let none = Settings { persona_relation_keys: "none".into(), ..settings() }.check().map(|c| c.persona);
        assert_eq!(none.map(|persona| (persona.relation_keys, persona.no_relations)), Ok((vec![], true)));
    }

    #[test]
    fn all_faults_are_named_at_once_and_no_secret_among_them() {
        let bad = Settings {
            database_url: "mysql://root:hunter2@x".into(),
            listen: "here".into(),
            persona_api_url: "http://elsewhere.example/api".into(),
            persona_api_key: Some("sk_live_hunter2".into()),
            persona_webhook_secret: None,
            persona_relation_keys: "a b".into(),
            persona_version: "latest".into(),
            public_url: Some("desk".into()),
            trusted_proxies: "10.0.0.0/99".into(),
            signing_key: Some("/nowhere/key".into()),
            checkpoint_targets: CheckpointTargetSettings {
                checkpoint_mail: Some("smtp://hunter2@host".into()),
                witnesses: Some("https://w.example hunter2".into()),
                ..CheckpointTargetSettings::default()
            },
            ..settings()
        };
        let message = bad.check().err().map(|faults| faults.to_string()).unwrap_or_default();
        for name in [
            "DATABASE_URL",
            "LEPTOS_SITE_ADDR",
            "PERSONA_API_URL",
            "PERSONA_API_KEY",
            "PERSONA_WEBHOOK_SECRET",
            "PERSONA_RELATION_KEYS",
            "PERSONA_VERSION",
            "COUNTERSIGN_PUBLIC_URL",
            "COUNTERSIGN_SIGNING_KEY",
            "COUNTERSIGN_CHECKPOINT_MAIL",
            "COUNTERSIGN_WITNESSES",
            "COUNTERSIGN_TRUSTED_PROXIES",
        ] {
            assert!(message.contains(name), "{name} in {message}");
        }
        assert!(!message.contains("hunter2"));
    }

    #[test]
    fn the_key_decides_the_environment() {
        assert_eq!(Environment::of_key("persona_production_x"), Some(Environment::Production));
        assert_eq!(Environment::of_key("persona_sandbox_x"), Some(Environment::Sandbox));
        assert_eq!(Environment::of_key("persona_sandbox_"), None);
    }
}
