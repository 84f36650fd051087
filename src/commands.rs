//! The commands `countersign audit` and `countersign witness`.
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use countersign::domain::export::Filter;
use countersign::domain::log::filter::AuditFilter;
use countersign::server::clock::ServerClock;
use countersign::server::config::{CheckpointTargetSettings, Config, last_checkpoint, signing_keys};
use countersign::server::private_file;
use countersign::server::run::{self, StartError, asked_to_stop, listen, new_key, say};
use countersign::server::usecase::export::{Exporter, Format, plan, write};
use countersign::server::usecase::log::begin;
use tlog::signed_note::{SignerKey, VerifierKey};

use super::{DatabaseArgs, nowhere, resume};

pub use verify::UNCHECKED;

#[derive(Debug, Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Write the log, or a part of it, to a file that can be verified without the desk
    Export {
        #[command(flatten)]
        database: DatabaseArgs,
        /// File with the key that signs the log
        #[arg(long, env = "COUNTERSIGN_SIGNING_KEY")]
        signing_key: String,
        /// File to write; it must not exist yet
        #[arg(long)]
        output: PathBuf,
        /// zip (with everything needed to verify it), csv, xlsx or jsonl; decisions-csv or decisions-xlsx (one row for
        /// each decision); evidence (the exact bytes that decisions were made on, in a zip)
        #[arg(long, default_value = "zip", value_parser = format_of)]
        format: Format,
        /// Only these actions: `decision`, or `decision.made`
        #[arg(long)]
        action: Option<String>,
        /// Only entries of this person
        #[arg(long)]
        actor: Option<String>,
        /// Only entries about this ID
        #[arg(long)]
        object: Option<String>,
        /// From this day on, such as 2026-10-01
        #[arg(long)]
        from: Option<String>,
        /// Up to and including this day
        #[arg(long)]
        to: Option<String>,
        /// As of the checkpoint of this many entries; the same checkpoint gives the same bytes [default: now]
        #[arg(long)]
        through: Option<i64>,
        /// Include the proof that the log extends an earlier checkpoint, of this many entries
        #[arg(long)]
        since: Option<i64>,
    },
    /// Verify an export
    ///
    /// Exit codes: 0 the export is intact. 1 it is not; the first error is printed. 2 nothing is proved: the file has
    /// lines without a checkpoint (sequence only; nothing proves these lines were not rewritten), or the log does not
    /// continue from the key or the checkpoint that you gave (discontinued). 3 nothing was checked: the file is of
    /// another kind, cut off or cannot be read, or a key, checkpoint or option is mistyped or belongs to another log.
    #[command(verbatim_doc_comment)]
    Verify {
        file: PathBuf,
        /// The log's key, as printed when it was created; without it, the file is verified only with the key inside it
        #[arg(long)]
        key: Option<String>,
        /// A checkpoint received earlier, from a mail, a folder or a witness; may be given several times
        #[arg(long)]
        checkpoint: Vec<PathBuf>,
        /// Key of a witness that must have signed one of those checkpoints
        #[arg(long)]
        witness: Vec<String>,
    },
    /// Resume the log under a new key: after an older backup was restored, or when the key that signs was lost
    Resume {
        #[command(flatten)]
        database: DatabaseArgs,
        /// File with the key that has signed the log so far; leave it out if that key is lost
        #[arg(long, env = "COUNTERSIGN_SIGNING_KEY")]
        signing_key: Option<String>,
        /// The key that has signed the log so far is lost
        #[arg(long)]
        lost_key: bool,
        /// File with the new key, created with `countersign audit key`
        #[arg(long)]
        new_key: PathBuf,
        /// Why; recorded in the log
        #[arg(long)]
        reason: String,
        /// E-mail of the admin who confirms it with their password
        #[arg(long)]
        by: String,
        /// Only print what would be written
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        checkpoint_targets: CheckpointTargetSettings,
    },
    /// Create the key that signs the log, and print its public half for the auditor
    Key {
        /// Name of the log, which cannot be changed later: a host name and a word, such as desk.example.com/log
        #[arg(long)]
        name: String,
        /// File to write; it must not exist yet
        #[arg(long)]
        output: PathBuf,
    },
}

fn format_of(text: &str) -> Result<Format, String> {
    use Format::{Csv, DecisionsCsv, DecisionsXlsx, Evidence, Jsonl, Xlsx, Zip};
    [Zip, Csv, Xlsx, Jsonl, DecisionsCsv, DecisionsXlsx, Evidence]
        .into_iter()
        .find(|format| format.as_str() == text)
        .ok_or_else(|| "zip, csv, xlsx, jsonl, decisions-csv, decisions-xlsx or evidence expected".to_owned())
}

#[derive(Debug, Args)]
pub struct WitnessArgs {
    /// Address and port to listen on
    #[arg(long, default_value = "127.0.0.1:4020")]
    listen: String,
    /// File with the witness's key; created at the first start
    #[arg(long, default_value = "witness.key")]
    key: PathBuf,
    /// Name of the witness, needed when its key is created: a host name
    #[arg(long)]
    name: Option<String>,
    /// Key of a log to watch; may be given several times
    #[arg(long, required = true)]
    log: Vec<VerifierKey>,
    /// Folder with the last checkpoint of each log
    #[arg(long, default_value = "witness-state")]
    state: PathBuf,
}

pub async fn audit(args: AuditArgs) -> Result<ExitCode, StartError> {
    match args.command {
        AuditCommand::Key { name, output } => {
            let key = new_key(&name, &output, SignerKey::of_log)?;
            say(&format!("The key is in {}: keep a copy apart from the database.", output.display()));
            say(&format!("Give this to your auditor; it identifies your log:\n{key}"));
            Ok(ExitCode::SUCCESS)
        }
        AuditCommand::Verify { file, key, checkpoint, witness } => {
            Ok(verify::run(&file, key.as_deref(), &checkpoint, &witness).await)
        }
        AuditCommand::Resume { database, signing_key, lost_key, new_key, reason, by, dry_run, checkpoint_targets } => {
            let signing_key = signing_key.filter(|_| !lost_key);
            resume::resume(
                &database,
                resume::ResumeOptions { signing_key, lost_key, new_key, reason, by, dry_run, checkpoint_targets },
            )
            .await?;
            Ok(ExitCode::SUCCESS)
        }
        AuditCommand::Export {
            database,
            signing_key,
            output,
            format,
            action,
            actor,
            object,
            from,
            to,
            through,
            since,
        } => {
            let typed = AuditFilter { action, actor, object, from, to, ..AuditFilter::default() };
            let filter = typed.filter().map_err(|error| StartError::Other(error.to_string()))?;
            export(&database, &signing_key, output, format, filter, through, since).await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn export(
    database: &DatabaseArgs,
    signing_key: &str,
    output: PathBuf,
    format: Format,
    filter: Filter,
    through: Option<i64>,
    since: Option<i64>,
) -> Result<(), StartError> {
    let mut faults = Vec::new();
    let signing = signing_keys(signing_key, &mut faults);
    if let Some(fault) = faults.into_iter().next() {
        return Err(StartError::Other(fault));
    }
    let config = Config { signing, last_checkpoint: last_checkpoint(None, Some(signing_key)), ..nowhere(database)? };
    let app = run::open_existing(config, ServerClock::System).await?;
    begin(&app).await?;
    let failed = |cause| StartError::Other(format!("{} cannot be written: {cause}", output.display()));
    let file = private_file::create(&output).map_err(failed)?;
    let planned = plan(&app, &Exporter::Shell, format, filter, through, since).await?;
    let size = planned.plan.size;
    let kept = file.try_clone().map_err(failed)?;
    let written = write(&app, planned, file).await?;
    kept.sync_all().map_err(failed)?;
    app.db.close().await;
    say(&format!(
        "{}: {} of the log's {size} entries, {} bytes\nSHA-256 {}",
        output.display(),
        written.entries,
        written.bytes,
        written.sha256
    ));
    Ok(())
}

pub async fn witness(args: WitnessArgs) -> Result<(), StartError> {
    if !args.key.exists() {
        let name = args.name.as_deref().ok_or_else(|| {
            StartError::Other("--name is missing: the witness's key is created now and needs a name".to_owned())
        })?;
        new_key(name, &args.key, SignerKey::of_witness)?;
    }
    let failed = |why: String| StartError::Other(format!("{}: {why}", args.key.display()));
    if private_file::is_loose(&args.key).unwrap_or(false) {
        return Err(failed(format!(
            "it can be read by other users of this machine: run chmod 600 {}",
            args.key.display()
        )));
    }
    let text = std::fs::read_to_string(&args.key).map_err(|error| failed(error.to_string()))?;
    let key: SignerKey = text.parse().map_err(|error: tlog::signed_note::NoteError| failed(error.to_string()))?;
    if !key.verifier().is_witness() {
        return Err(failed("this is a log's key, not a witness's".to_owned()));
    }
    let listener = listen(&args.listen, "--listen").await?;
    let address = listener.local_addr().map_err(|error| StartError::Other(error.to_string()))?;
    say(&format!(
        "Witness at http://{address}. The desk's setting:\nCOUNTERSIGN_WITNESSES=\"http://{address} {}\"",
        key.verifier()
    ));
    let options = witness::Options { key, logs: args.log, state: args.state };
    tokio::select! {
        served = witness::serve(listener, options) => served.map_err(|error| StartError::Other(error.to_string())),
        () = asked_to_stop() => Ok(()),
    }
}
