//! `countersign audit verify`: reads the file, and reports the result in words and as an exit code.
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use countersign::domain::verify::{CheckReport, Fault, FaultKind, Level, Trust, unfit, verify};
use countersign::server::run::say;
use tlog::signed_note::{Note, VerifierKey};
use tlog::zip::Bytes;

/// Exit code if nothing proves what was checked.
const UNPROVED: u8 = 2;
/// Exit code if nothing was checked.
pub const UNCHECKED: u8 = 3;

pub async fn run(file: &Path, key: Option<&str>, checkpoints: &[PathBuf], witnesses: &[String]) -> ExitCode {
    let found = match trust(key, checkpoints, witnesses) {
        Ok(trust) => check(file, &trust).await,
        Err(fault) => Err(fault),
    };
    verdict(file, found)
}

/// Reads the keys and checkpoints that were given with the file, or returns what is wrong with them.
fn trust(key: Option<&str>, checkpoints: &[PathBuf], witnesses: &[String]) -> Result<Trust, Fault> {
    let read = |option: &str, text: &str| {
        let hint = "Copy the whole key as it was printed when it was created: name+digits+key";
        text.parse::<VerifierKey>().map_err(|error| unfit(option, format!("{error}. {hint}")))
    };
    Ok(Trust {
        key: key.map(|text| read("--key", text)).transpose()?,
        witnesses: witnesses.iter().map(|text| read("--witness", text)).collect::<Result<_, _>>()?,
        earlier: checkpoints.iter().map(read_note).collect::<Result<_, _>>()?,
    })
}

fn read_note(path: &PathBuf) -> Result<Note, Fault> {
    let failed = |why: String| unfit(path.display().to_string(), why);
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    // A mail has text above the note.
    let mut lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let found = lines.find_map(|at| {
        let note: Note = text.get(at..)?.parse().ok()?;
        tlog::signed_note::Checkpoint::parse(&note.text).ok().map(|_| note)
    });
    found.ok_or_else(|| failed("it contains no checkpoint".to_owned()))
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

async fn check(path: &Path, trust: &Trust) -> Result<CheckReport, Fault> {
    let failed = |cause: std::io::Error| unfit("file", format!("it cannot be read: {cause}"));
    let file = std::fs::File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if !about.is_file() {
        let what = if about.is_dir() { "a folder" } else { "not a regular file" };
        return Err(unfit("file", format!("it is {what}: name the zip that was exported")));
    }
    let tells = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let progress = |done: u64| {
        if tells {
            let _ = write!(std::io::stderr(), "\r{done} entries");
        }
    };
    let found = verify(OnDisk { file: file.into(), len: about.len() }, trust, progress).await;
    if tells {
        let _ = write!(std::io::stderr(), "\r");
    }
    found
}

/// Prints the result, and returns the exit code for it.
#[expect(clippy::print_stderr, reason = "the result of a check that is not good")]
fn verdict(path: &Path, found: Result<CheckReport, Fault>) -> ExitCode {
    match found {
        Ok(report) => {
            tell(&report);
            if report.is_proved() { ExitCode::SUCCESS } else { ExitCode::from(UNPROVED) }
        }
        Err(fault) if fault.kind == FaultKind::NotChecked => {
            eprintln!("countersign: {} was NOT CHECKED. {fault}", path.display());
            ExitCode::from(UNCHECKED)
        }
        Err(fault) => {
            eprintln!("countersign: NOT INTACT. {fault}");
            ExitCode::FAILURE
        }
    }
}

fn tell(report: &CheckReport) {
    match report.level {
        Level::PinnedKey | Level::KeyInFile => say(&format!("Intact ({})", report.level.label())),
        Level::SequenceOnly => say(&format!("NOT PROVED: {}", report.level.label())),
        Level::Discontinued => say("DISCONTINUED: neither intact nor shown to be forged"),
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
    if report.level != Level::SequenceOnly {
        say(&format!(
            "  personal    {} values match their entries, {} are not in the file (erased, or withheld as restricted)",
            report.opened, report.erased
        ));
    }
    if !report.origin.is_empty() {
        say(&format!("  decisions   {} rows, each matches its entry", report.rows));
    }
    for size in &report.earlier {
        say(&format!("  extends     the checkpoint of {size} entries"));
    }
    for size in &report.lost {
        say(&format!("  lost        entries of the checkpoint of {size} entries are no longer in this log"));
    }
    for (name, time) in &report.witnesses {
        say(&format!("  witness     {name} signed at {time} (seconds since 1970)"));
    }
    say("This does not prove");
    for not in report.not_proved() {
        say(&format!("  - {not}"));
    }
}
