//! The command line.
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use countersign::domain::reviewer::Role;
use countersign::server::clock::ServerClock;
use countersign::server::config::{Config, Settings, program};
#[cfg(feature = "demo")]
use countersign::server::demo;
use countersign::server::http::preview;
use countersign::server::jobs;
use countersign::server::run::{self, StartError, say};
use countersign::server::usecase::invitation;
use countersign::server::usecase::reviewer;
use countersign::server::usecase::reviewer::account::AccountManager;

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
    #[cfg(feature = "demo")]
    Demo(demo::Demo),
    /// Run the Persona sandbox alone
    #[cfg(feature = "demo")]
    Sandbox(persona_sandbox::command::Options),
    /// Says how to get what this program was built without
    #[cfg(not(feature = "demo"))]
    #[command(name = "demo", alias = "sandbox", hide = true, disable_help_flag = true)]
    WithoutDemo {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Manage the accounts of reviewers
    Reviewer(ReviewerArgs),
    /// Read everything from Persona into the desk’s database now
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
        #[cfg(feature = "demo")]
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
        #[cfg(feature = "demo")]
        Command::Demo(demo) => demo::run(demo).await,
        #[cfg(feature = "demo")]
        Command::Sandbox(options) => persona_sandbox::command::run(options).await.map_err(StartError::from),
        #[cfg(not(feature = "demo"))]
        Command::WithoutDemo { .. } => Err(StartError::Other(
            "this program was built without the demo and the sandbox: run `make demo`, or build it with `make build FEATURES=demo`"
                .to_owned(),
        )),
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

/// Settings of a command that needs only the database: nothing from Persona, and no signing.
fn nowhere(database: &DatabaseArgs) -> Result<Config, StartError> {
    let nowhere = std::net::SocketAddr::from(([127, 0, 0, 1], 9));
    Ok(Config { signing: Vec::new(), ..run::sandbox_config(&database.database_url, nowhere, "not-used")? })
}

fn say_link(fresh: &invitation::Fresh) {
    say(&format!(
        "{} can set a new password once, until {} UTC: open the desk's address followed by\n/invitation/{}",
        fresh.reviewer.name,
        fresh.expires_at.to_minute_text(),
        fresh.token
    ));
}

async fn reviewers(args: ReviewerArgs) -> Result<(), StartError> {
    let app = run::open_existing(nowhere(&args.database)?, ServerClock::System).await?;
    let keeper = AccountManager::shell();
    let by_email = async |email: &str| -> Result<_, StartError> {
        let all = reviewer::account::all(&app, &keeper).await?;
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
            for reviewer in reviewer::account::all(&app, &keeper).await? {
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
    let app = run::open_existing(settings.check()?, ServerClock::System).await?;
    let walks = jobs::sync::all(&app, |walk| say(&format!("{}: {}", walk.name, walk.seen))).await?;
    if let Some(failure) = walks.iter().find_map(|walk| walk.failure.clone()) {
        return Err(StartError::Other(format!("Persona: {failure}; what was read so far is stored")));
    }
    let evidence = jobs::evidence::run(&app).await?;
    say(&format!("evidence: {evidence}"));
    app.db.close().await;
    Ok(())
}
