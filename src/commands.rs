//! `countersign audit` and `countersign witness`.
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use countersign::domain::export::Filter;
use countersign::domain::log::AuditFilter;
use countersign::domain::signed_note::{Note, SignerKey, VerifierKey};
use countersign::domain::verify::{Level, Report, Trust, verify};
use countersign::domain::zip::Bytes;
use countersign::server::app::Clock;
use countersign::server::config::{Config, OutsideSettings, last_checkpoint, signing_keys};
use countersign::server::private;
use countersign::server::run::{self, StartError, asked_to_stop, listen, new_key, say};
use countersign::server::usecase::export::{Exporter, Format, plan, write};
use countersign::server::usecase::log::begin;
use countersign::witness;

use super::{DatabaseArgs, nowhere, resume};

#[derive(Debug, Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Write the log, or a part of it, to a file that can be checked without us
    Export {
        #[command(flatten)]
        database: DatabaseArgs,
        /// File with the key that signs the log
        #[arg(long, env = "COUNTERSIGN_SIGNING_KEY")]
        signing_key: String,
        /// File to write; it must not exist yet
        #[arg(long)]
        output: PathBuf,
        /// zip (all that is needed to check it), csv, xlsx or jsonl
        #[arg(long, default_value = "zip", value_parser = format_of)]
        format: Format,
        /// Only these actions: `decision`, or `decision.made`
        #[arg(long)]
        action: Option<String>,
        /// Only what this person did
        #[arg(long)]
        actor: Option<String>,
        /// Only what is about this ID
        #[arg(long)]
        object: Option<String>,
        /// From this day on, as 2026-10-01
        #[arg(long)]
        from: Option<String>,
        /// Through this day
        #[arg(long)]
        to: Option<String>,
        /// As of the checkpoint of so many entries; the same one makes the same bytes [default: now]
        #[arg(long)]
        through: Option<i64>,
        /// With the proof that the log goes on from an earlier checkpoint of so many entries
        #[arg(long)]
        since: Option<i64>,
    },
    /// Check an export: exits 0 when it is intact, 1 with the first thing that is wrong, 2 when the log does not go on from what you know
    Verify {
        file: PathBuf,
        /// The log's key, as printed when it was made; without it, only the file's own word is checked
        #[arg(long)]
        key: Option<VerifierKey>,
        /// A checkpoint received earlier, from a mail, a folder or a witness; may be given several times
        #[arg(long)]
        checkpoint: Vec<PathBuf>,
        /// Key of a witness that has to have signed one of those checkpoints
        #[arg(long)]
        witness: Vec<VerifierKey>,
    },
    /// Take the log up again under a new key: after an older backup was brought back, or when the key that signs was lost
    Resume {
        #[command(flatten)]
        database: DatabaseArgs,
        /// File with the key that has signed the log so far; left out when it is lost
        #[arg(long, env = "COUNTERSIGN_SIGNING_KEY")]
        signing_key: Option<String>,
        /// The key that has signed the log so far is lost
        #[arg(long)]
        lost_key: bool,
        /// File with the new key, made with `countersign audit key`
        #[arg(long)]
        new_key: PathBuf,
        /// Why: it stands in the log
        #[arg(long)]
        reason: String,
        /// E-mail of the admin who confirms it with their password
        #[arg(long)]
        by: String,
        /// Only say what would be written
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        outside: OutsideSettings,
    },
    /// Make the key that signs the log; its public half goes to the auditor
    Key {
        /// Name of the log, for ever: a host name and a word
        #[arg(long)]
        name: String,
        /// File to write; it must not exist yet
        #[arg(long)]
        output: PathBuf,
    },
}

fn format_of(text: &str) -> Result<Format, String> {
    [Format::Zip, Format::Csv, Format::Xlsx, Format::Jsonl]
        .into_iter()
        .find(|format| format.extension() == text)
        .ok_or_else(|| "zip, csv, xlsx or jsonl expected".to_owned())
}

#[derive(Debug, Args)]
pub struct WitnessArgs {
    /// Address and port to listen on
    #[arg(long, default_value = "127.0.0.1:4020")]
    listen: String,
    /// File with the witness's key; made at the first start
    #[arg(long, default_value = "witness.key")]
    key: PathBuf,
    /// Name of the witness, when its key is made: a host name
    #[arg(long)]
    name: Option<String>,
    /// Key of a log to watch; may be given several times
    #[arg(long, required = true)]
    log: Vec<VerifierKey>,
    /// Folder with the last checkpoint of each log
    #[arg(long, default_value = "witness-state")]
    state: PathBuf,
}

pub async fn audit(args: AuditArgs) -> Result<(), StartError> {
    match args.command {
        AuditCommand::Key { name, output } => {
            let key = new_key(&name, &output, SignerKey::of_log)?;
            say(&format!("The key is in {}: keep a copy apart from the database.", output.display()));
            say(&format!("Give this to your auditor; it tells your log from any other:\n{key}"));
            Ok(())
        }
        AuditCommand::Verify { file, key, checkpoint, witness } => {
            let earlier = checkpoint.iter().map(read_note).collect::<Result<_, _>>()?;
            check(&file, &Trust { key, witnesses: witness, earlier }).await
        }
        AuditCommand::Resume { database, signing_key, lost_key, new_key, reason, by, dry_run, outside } => {
            let signing_key = signing_key.filter(|_| !lost_key);
            resume::resume(&database, resume::Asked { signing_key, lost_key, new_key, reason, by, dry_run, outside })
                .await
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
            export(&database, &signing_key, output, format, filter, through, since).await
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
    let app = run::open_existing(config, Clock::System).await?;
    begin(&app).await?;
    let failed = |cause| StartError::Other(format!("{} cannot be written: {cause}", output.display()));
    let file = private::create(&output).map_err(failed)?;
    let planned = plan(&app, &Exporter::Shell, format, filter, through, since).await?;
    let size = planned.plan.size;
    let kept = file.try_clone().map_err(failed)?;
    let written = write(&app, planned, file).await?;
    kept.sync_all().map_err(failed)?;
    app.db.close().await;
    say(&format!(
        "{}: {} entries of the log's {size}, {} bytes\nSHA-256 {}",
        output.display(),
        written.entries,
        written.bytes,
        written.sha256
    ));
    Ok(())
}

fn read_note(path: &PathBuf) -> Result<Note, StartError> {
    let failed = |why: String| StartError::Other(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    // A mail has words above the note.
    let mut lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let found = lines.find_map(|at| {
        let note: Note = text.get(at..)?.parse().ok()?;
        countersign::domain::signed_note::Checkpoint::parse(&note.text).ok().map(|_| note)
    });
    found.ok_or_else(|| failed("there is no checkpoint in it".to_owned()))
}

/// A file on a disk.
struct OnDisk {
    file: std::cell::RefCell<std::fs::File>,
    len: u64,
}

impl Bytes for OnDisk {
    fn len(&self) -> u64 {
        self.len
    }

    async fn read(&self, at: u64, len: usize) -> Result<Vec<u8>, String> {
        let mut file = self.file.borrow_mut();
        let mut bytes = Vec::with_capacity(len);
        file.seek(SeekFrom::Start(at)).map_err(|error| error.to_string())?;
        (&mut *file).take(len as u64).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        Ok(bytes)
    }
}

async fn check(path: &PathBuf, trust: &Trust) -> Result<(), StartError> {
    let failed = |cause: std::io::Error| StartError::Other(format!("{} cannot be read: {cause}", path.display()));
    let file = std::fs::File::open(path).map_err(failed)?;
    let len = file.metadata().map_err(failed)?.len();
    let tells = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let progress = |done: u64| {
        if tells {
            let _ = write!(std::io::stderr(), "\r{done} entries");
        }
    };
    let found = verify(OnDisk { file: file.into(), len }, trust, progress).await;
    if tells {
        let _ = write!(std::io::stderr(), "\r");
    }
    match found {
        Ok(report) => {
            tell(&report);
            match report.level {
                Level::Discontinued => Err(StartError::Unproved(
                    "DISCONTINUED: what is in the file fits together, and the log does not simply go on from what you know".to_owned(),
                )),
                _ => Ok(()),
            }
        }
        Err(fault) => Err(StartError::Other(format!("NOT INTACT. {fault}"))),
    }
}

fn tell(report: &Report) {
    match report.level {
        Level::Discontinued => say("Not continuous: neither intact nor shown to be forged"),
        level => say(&format!("Intact ({})", level.label())),
    }
    for gap in &report.gaps {
        say(&format!("  gap         {gap}"));
    }
    if !report.origin.is_empty() {
        say(&format!("  log         {}, {} entries, root {}", report.origin, report.size, report.root));
        say(&format!("  signed by   {}", report.key));
        say(&format!("  filter      {}", report.filter));
    }
    let span = match (report.first, report.last) {
        (Some(first), Some(last)) if report.without_gap => format!(", {first} to {last} without a gap"),
        (Some(first), Some(last)) => format!(", between {first} and {last}"),
        _ => String::new(),
    };
    say(&format!("  entries     {}{span}", report.entries));
    say(&format!("  personal    {} values fit their entries, {} have been erased", report.opened, report.erased));
    if !report.origin.is_empty() {
        say(&format!("  decisions   {} rows, each as its entry says", report.rows));
    }
    for size in &report.earlier {
        say(&format!("  goes on     from the checkpoint of {size} entries"));
    }
    for size in &report.lost {
        say(&format!("  lost        entries of the checkpoint of {size} entries are not in this log any more"));
    }
    for (name, time) in &report.witnesses {
        say(&format!("  witness     {name} signed at {time} (seconds since 1970)"));
    }
    say("This does not prove");
    for not in report.not_proved() {
        say(&format!("  - {not}"));
    }
}

pub async fn witness(args: WitnessArgs) -> Result<(), StartError> {
    if !args.key.exists() {
        let name = args.name.as_deref().ok_or_else(|| {
            StartError::Other("--name is missing: the witness's key is made now, and carries a name".to_owned())
        })?;
        new_key(name, &args.key, SignerKey::of_witness)?;
    }
    let failed = |why: String| StartError::Other(format!("{}: {why}", args.key.display()));
    if private::is_loose(&args.key).unwrap_or(false) {
        return Err(failed(format!(
            "it can be read by other users of this machine: run chmod 600 {}",
            args.key.display()
        )));
    }
    let text = std::fs::read_to_string(&args.key).map_err(|error| failed(error.to_string()))?;
    let key: SignerKey =
        text.parse().map_err(|error: countersign::domain::signed_note::NoteError| failed(error.to_string()))?;
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
