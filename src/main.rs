//! The command line.
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use countersign::domain::reviewer::Role;
use countersign::sandbox;
use countersign::server::clock::Clock;
use countersign::server::config::{Config, Settings, program};
use countersign::server::http::preview;
use countersign::server::jobs;
use countersign::server::run::{self, StartError, say};
use countersign::server::usecase::invitation;
use countersign::server::usecase::reviewer::{self, AccountManager};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A desk for compliance reviewers who use Persona.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the desk
    Serve(Settings),
    /// Run the desk with a Persona sandbox, invented data and one sign-in per role
    Demo(run::Demo),
    /// Run the Persona sandbox alone
    Sandbox(SandboxArgs),
    /// Manage the accounts of reviewers
    Reviewer(ReviewerArgs),
    /// Fill the mirror from Persona now
    Sync(Settings),
    /// Bring the database's tables up to date
    Migrate(DatabaseArgs),
    /// The audit log: create its key, export it, verify an export, resume it
    Audit(commands::AuditArgs),
    /// Countersign checkpoints of audit logs; run by an auditor, on a machine of their own
    Witness(commands::WitnessArgs),
    /// Scales one picture down; started by the desk itself
    #[command(name = preview::WORKER, hide = true)]
    MakePictureSmall { job: Option<String> },
}

#[derive(Debug, Args)]
struct SandboxArgs {
    /// Address and port to listen on
    #[arg(long, default_value = "127.0.0.1:4010")]
    listen: String,
    /// Inquiries to create at the first start
    #[arg(long, default_value_t = 120)]
    inquiries: u32,
    /// Seed; the same seed gives the same data
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// SQLite file for all data; without it, the data is lost at the end
    #[arg(long)]
    file: Option<std::path::PathBuf>,
    /// URL to which webhooks are sent
    #[arg(long, requires = "webhook_secret")]
    webhook_url: Option<String>,
    /// Factor for the waits between the attempts of a webhook: 0.001 turns hours into seconds
    #[arg(long, default_value_t = 1.0)]
    retry_scale: f64,
    /// Secret with which webhooks are signed; two, separated by a comma, while rotating
    #[arg(long, env = "PERSONA_WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: Option<String>,
    /// Seconds between new inquiries; 0 for none
    #[arg(long, default_value_t = 0)]
    arrivals: u64,
    /// Rate limit, in requests a minute
    #[arg(long, default_value_t = 300)]
    requests_per_minute: u32,
    /// How many inquiries, verifications, reports and cases may each be created in a minute
    #[arg(long, default_value_t = 150)]
    quota_per_minute: u32,
    /// Time at which the generated history ends, such as 2026-11-01; with it, the same seed gives the same bytes
    /// [default: now]
    #[arg(long)]
    until: Option<String>,
    /// Seconds that the sandbox's clock is ahead
    #[arg(long, default_value_t = 0, allow_hyphen_values = true)]
    clock_offset: i64,
    /// A fault to cause from the start, as JSON: {"kind": "latency", "ms": 300, "times": 0}
    #[arg(long)]
    fault: Vec<String>,
    /// A choice from the start, such as forbidden-transition=422
    #[arg(long)]
    choice: Vec<String>,
    /// Base of the links to pictures, if clients reach the sandbox at another address
    #[arg(long)]
    public_url: Option<url::Url>,
}

#[derive(Debug, Args)]
struct DatabaseArgs {
    /// Where the desk stores its data: sqlite:FILE or postgres://USER@HOST/DATABASE
    #[arg(long, env = "DATABASE_URL", default_value = "sqlite:countersign.db", hide_env_values = true)]
    database_url: String,
}

#[derive(Debug, Args)]
struct ReviewerArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(subcommand)]
    command: ReviewerCommand,
}

#[derive(Debug, Subcommand)]
enum ReviewerCommand {
    /// Add a reviewer; prints a first password, which has to be changed at the first sign-in
    Add {
        #[arg(long)]
        email: String,
        /// Name as it will be shown with every decision
        #[arg(long)]
        name: String,
        /// analyst, admin or auditor
        #[arg(long)]
        role: Role,
    },
    /// List all reviewers
    List,
    /// Disable an account; its sessions end at once
    Disable { email: String },
    /// Enable an account again
    Enable { email: String },
    /// Print a new first password, which has to be changed at the first sign-in; the account's sessions end
    ResetPassword { email: String },
    /// Print a link for setting a new password; the account's sessions end
    Link { email: String },
    /// Change a reviewer's role to analyst, admin or auditor; their sessions end
    Role { email: String, role: Role },
    /// Confirm, as a second admin, that an account which another admin created is used by a different person; reads the
    /// password of the confirming admin from standard input
    Confirm {
        email: String,
        /// E-mail of the admin who confirms
        #[arg(long)]
        by: String,
    },
}

mod commands;
mod password;
mod resume;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    // Before anything else takes memory or starts threads.
    if let Command::MakePictureSmall { job } = &cli.command {
        return preview::worker(&program(), job.as_deref());
    }
    // The demo prints its passwords to the same terminal.
    let lines = match cli.command {
        Command::Demo(_) => "warn",
        _ => "warn,countersign=info",
    };
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("COUNTERSIGN_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(lines)),
        )
        .with_writer(std::io::stderr)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    match runtime.block_on(run(cli.command)) {
        Ok(code) => code,
        Err(error) => failed(&error),
    }
}

/// Prints how a command is used. For `audit verify` exit code 2 means something else, so a mistyped option of it must
/// not end with 2.
fn misused(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    let verify = error.to_string().contains("countersign audit verify");
    match (error.use_stderr(), verify) {
        (false, _) => ExitCode::SUCCESS,
        (true, true) => ExitCode::from(commands::UNCHECKED),
        (true, false) => ExitCode::from(2),
    }
}

#[expect(clippy::print_stderr, reason = "the one line that says why the program ends")]
fn failed(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("countersign: {error}");
    ExitCode::FAILURE
}

async fn run(command: Command) -> Result<ExitCode, StartError> {
    let done = match command {
        Command::Audit(args) => return commands::audit(args).await,
        Command::Serve(settings) => run::serve(settings).await,
        Command::Demo(demo) => run::demo(demo).await,
        Command::Sandbox(args) => alone(args).await,
        Command::Reviewer(args) => reviewers(args).await,
        Command::Sync(settings) => sync(settings).await,
        Command::Migrate(args) => {
            countersign::server::db::Db::open(&args.database_url).await?.close().await;
            say("the database is up to date");
            Ok(())
        }
        Command::Witness(args) => commands::witness(args).await,
        // `main` has handled it already.
        Command::MakePictureSmall { .. } => Ok(()),
    };
    done.map(|()| ExitCode::SUCCESS)
}

async fn alone(args: SandboxArgs) -> Result<(), StartError> {
    let until = match &args.until {
        None => None,
        Some(text) => Some(
            sandbox::moment(text)
                .ok_or_else(|| StartError::Other(format!("--until {text}: not a date (use 2026-11-01)")))?,
        ),
    };
    let faults = args
        .fault
        .iter()
        .map(|text| serde_json::from_str(text).map_err(|error| StartError::Other(format!("--fault {text}: {error}"))))
        .collect::<Result<_, _>>()?;
    let choices = args
        .choice
        .iter()
        .map(|text| match text.split_once('=') {
            Some((name, option)) => Ok((name.to_owned(), option.to_owned())),
            None => Err(StartError::Other(format!("--choice {text}: write it like forbidden-transition=422"))),
        })
        .collect::<Result<_, _>>()?;
    let listener = run::listen(&args.listen, "--listen").await?;
    let secrets =
        args.webhook_secret.iter().flat_map(|text| text.split(',')).map(|secret| secret.trim().to_owned()).collect();
    let running = sandbox::start(
        listener,
        sandbox::Options {
            inquiries: args.inquiries,
            seed: args.seed,
            file: args.file,
            webhooks: args
                .webhook_url
                .into_iter()
                .map(|url| sandbox::WebhookTarget { url, secrets: Vec::clone(&secrets) })
                .collect(),
            arrivals: (args.arrivals > 0).then(|| Duration::from_secs(args.arrivals)),
            requests_per_minute: args.requests_per_minute,
            quota_per_minute: args.quota_per_minute,
            retry_scale: args.retry_scale,
            public_url: args.public_url,
            until,
            clock_offset: args.clock_offset,
            faults,
            choices,
        },
    )
    .await?;
    say(&format!(
        "Persona sandbox at http://{0}, API at http://{0}/api/v1, any key that begins with persona_sandbox_",
        running.addr
    ));
    run::asked_to_stop().await;
    running.stop().await;
    Ok(())
}

/// Settings of a command that needs only the database: nothing from Persona, and no signing.
fn nowhere(database: &DatabaseArgs) -> Result<Config, StartError> {
    let nowhere = std::net::SocketAddr::from(([127, 0, 0, 1], 9));
    Ok(Config { signing: Vec::new(), ..run::sandbox_config(&database.database_url, nowhere, "not-used")? })
}

fn say_link(fresh: &invitation::Fresh) {
    say(&format!(
        "{} can set a new password, once and until {} UTC, at the desk's address followed by\n/invitation/{}",
        fresh.reviewer.name,
        fresh.expires_at.to_minute_text(),
        fresh.token
    ));
}

async fn reviewers(args: ReviewerArgs) -> Result<(), StartError> {
    let app = run::open_existing(nowhere(&args.database)?, Clock::System).await?;
    let keeper = AccountManager::shell();
    let by_email = async |email: &str| -> Result<_, StartError> {
        let all = reviewer::all(&app, &keeper).await?;
        let found = all.into_iter().find(|reviewer| reviewer.email == email.trim().to_lowercase());
        found.ok_or_else(|| StartError::Other(format!("no reviewer has the e-mail {email}")))
    };
    match args.command {
        ReviewerCommand::Add { email, name, role } => {
            let (added, password) = reviewer::add(&app, keeper, &email, &name, role).await?;
            say(&format!(
                "{} ({}) may sign in as {}\nfirst password, shown once: {password}\nIt has to be changed at the first sign-in.",
                added.name, added.role, added.email
            ));
        }
        ReviewerCommand::List => {
            for reviewer in reviewer::all(&app, &keeper).await? {
                let state = if reviewer.disabled_at.is_some() { "disabled" } else { "active" };
                say(&format!("{:<8} {state:<8} {:<32} {}", reviewer.role.as_str(), reviewer.email, reviewer.name));
            }
        }
        ReviewerCommand::Disable { email } => {
            let found = by_email(&email).await?;
            reviewer::disable(&app, keeper.clone(), found.id).await?;
            say(&format!("{} is disabled, and signed out everywhere", found.email));
        }
        ReviewerCommand::Enable { email } => {
            let found = by_email(&email).await?;
            let fresh = invitation::enable(&app, keeper.clone(), found.id).await?;
            say(&format!("{} may sign in again", found.email));
            say_link(&fresh);
        }
        ReviewerCommand::ResetPassword { email } => {
            let (password, must_change) = reviewer::reset_password(&app, keeper, &email).await?;
            say(&format!("new first password, shown once: {password}"));
            say(if must_change {
                "It has to be changed at the first sign-in."
            } else {
                "This is an account of the demo: the password need not be changed."
            });
        }
        ReviewerCommand::Link { email } => {
            let found = by_email(&email).await?;
            say_link(&invitation::reset(&app, keeper.clone(), found.id).await?);
        }
        ReviewerCommand::Role { email, role } => {
            let found = by_email(&email).await?;
            reviewer::set_role(&app, keeper.clone(), found.id, role).await?;
            say(&format!("{} is {role} now, and signed out everywhere", found.email));
        }
        ReviewerCommand::Confirm { email, by } => {
            let found = by_email(&email).await?;
            let password = password::ask(&by)?;
            let fresh = reviewer::confirm_from_shell(&app, found.id, &by, &password).await?;
            say(&format!(
                "The account of {} ({}) is confirmed once its owner opens this link and enters their password.",
                found.name, found.email
            ));
            say_link(&fresh);
        }
    }
    app.db.close().await;
    Ok(())
}

async fn sync(settings: Settings) -> Result<(), StartError> {
    let app = run::open_existing(settings.check()?, Clock::System).await?;
    let walks = jobs::sync::all(&app, |walk| say(&format!("{}: {}", walk.name, walk.seen))).await?;
    if let Some(failure) = walks.iter().find_map(|walk| walk.failure.clone()) {
        return Err(StartError::Other(format!("Persona: {failure}; what was read so far is stored")));
    }
    let evidence = jobs::evidence::run(&app).await?;
    say(&format!("evidence: {evidence}"));
    app.db.close().await;
    Ok(())
}
