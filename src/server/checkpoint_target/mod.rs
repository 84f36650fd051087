//! Checkpoint targets, outside this machine: a folder, a command, a mailbox, a witness. What is published is signed and
//! contains no personal data, only a name, a number and a hash.
mod mail;
mod witness;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;
use std::time::Duration;

use tokio::io::AsyncWriteExt;

use super::config::CheckpointTarget;
use crate::domain::time::Timestamp;
use tlog::merkle::Hash;

/// A checkpoint that is about to be published.
#[derive(Debug, Clone)]
pub struct Offer<'a> {
    pub note: &'a str,
    pub size: u64,
    pub at: Timestamp,
    /// The size of the last checkpoint at this target. `proof` shows that the log extends it.
    pub old: u64,
    pub proof: Vec<Hash>,
    /// Distinguishes the files of this log from those of the log before, if it was resumed under another name.
    pub tag: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    #[error("{0}")]
    Failed(String),
    /// The witness has another checkpoint than the desk expected.
    #[error("the witness has a checkpoint of {0} entries")]
    Has(u64),
    /// The witness has a checkpoint of the same size with another root.
    #[error("it has the same size with another root: the log was made anew, or shown to it differently")]
    Differs,
    /// The witness refuses the checkpoint, and does not say which one it has.
    #[error("it answered {0}: {1}")]
    Answered(u16, String),
}

fn failed(error: impl std::fmt::Display) -> PublishError {
    PublishError::Failed(error.to_string())
}

const LONGEST: Duration = Duration::from_secs(60);

/// Publishes a checkpoint. A witness answers with the note that it has signed too.
pub async fn publish(target: &CheckpointTarget, offer: &Offer<'_>) -> Result<Option<String>, PublishError> {
    let giving = async {
        match target {
            CheckpointTarget::Folder(path) => into_folder(path, offer).await.map(|()| None),
            CheckpointTarget::Command(command) => to_command(command, offer).await.map(|()| None),
            CheckpointTarget::Mail { server, from, to, .. } => mail::send(server, from, to, offer).await.map(|()| None),
            CheckpointTarget::Witness { url, key } => witness::ask(url, key, offer).await.map(Some),
        }
    };
    tokio::time::timeout(LONGEST, giving).await.map_err(|_| failed("no answer within a minute"))?
}

/// Publishes a discontinuity of the log to a target. A witness reads checkpoints and nothing else, so its operator has
/// to be informed in another way.
pub async fn publish_note(
    target: &CheckpointTarget,
    note: &str,
    number: usize,
    at: Timestamp,
) -> Result<(), PublishError> {
    let offer = Offer { note, size: 0, at, old: 0, proof: Vec::new(), tag: None };
    let telling = async {
        match target {
            CheckpointTarget::Folder(path) => write_once(path, at, &format!("discontinuity-{number}"), note).await,
            CheckpointTarget::Command(command) => to_command(command, &offer).await,
            CheckpointTarget::Mail { server, from, to, .. } => mail::tell(server, from, to, note).await,
            CheckpointTarget::Witness { .. } => Ok(()),
        }
    };
    tokio::time::timeout(LONGEST, telling).await.map_err(|_| failed("no answer within a minute"))?
}

/// Days of a folder that are read, newest first: earlier days contain no larger checkpoint of the same log.
const DAYS: usize = 3;

/// Returns the newest checkpoints in a folder: the largest of each log that was written there. Fails if the folder
/// cannot be read; returns nothing if it is empty.
pub async fn largest(folder: &Path) -> Result<Vec<String>, String> {
    let unreadable = |path: &Path, error: std::io::Error| format!("{} cannot be read: {error}", path.display());
    let mut days = names(folder).await.map_err(|error| unreadable(folder, error))?;
    days.sort_unstable();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for day in days.into_iter().rev().take(DAYS) {
        let day = folder.join(day);
        let mut largest: BTreeMap<String, String> = BTreeMap::new();
        for name in names(&day).await.map_err(|error| unreadable(&day, error))? {
            let tag = name.split_once('+').map_or("", |(_, tag)| tag).to_owned();
            let held = largest.entry(tag).or_default();
            if *held < name {
                *held = name;
            }
        }
        for (tag, name) in largest {
            if let Entry::Vacant(place) = found.entry(tag) {
                let path = day.join(name);
                place.insert(tokio::fs::read_to_string(&path).await.map_err(|error| unreadable(&path, error))?);
            }
        }
    }
    Ok(found.into_values().collect())
}

/// Returns the names that begin with a digit: days, and checkpoints by their size.
async fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut entries = tokio::fs::read_dir(folder).await?;
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        if let Ok(name) = entry.file_name().into_string()
            && name.starts_with(|c: char| c.is_ascii_digit())
        {
            names.push(name);
        }
    }
    Ok(names)
}

/// `2026-10-31/000000048213`.
async fn into_folder(folder: &Path, offer: &Offer<'_>) -> Result<(), PublishError> {
    let tag = offer.tag.as_ref().map(|tag| format!("+{tag}")).unwrap_or_default();
    write_once(folder, offer.at, &format!("{:012}{tag}", offer.size), offer.note).await
}

/// Writes a file, and never overwrites one: the folder may be one from which nothing can be deleted. A file gets its
/// name only once all of it is on the disk, so that half a checkpoint is never read, whenever the program or the
/// machine stops.
async fn write_once(folder: &Path, at: Timestamp, name: &str, note: &str) -> Result<(), PublishError> {
    let day = folder.join(at.date());
    tokio::fs::create_dir_all(&day).await.map_err(failed)?;
    let path = day.join(name);
    if !tokio::fs::try_exists(&path).await.map_err(failed)? {
        let beside = day.join(format!(".{name}.{}", crate::server::id::reference()));
        let named = written_as(&beside, &path, note).await;
        // Where nothing can be removed, it stays next to the file that it became.
        let _ = tokio::fs::remove_file(&beside).await;
        match named {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(failed(error)),
            Err(_) => {}
            Ok(()) => return Ok(()),
        }
    }
    let there = tokio::fs::read_to_string(&path).await.map_err(failed)?;
    // It may have been signed again by other keys, but it must be the same checkpoint.
    let same = there.split("\n\n").next() == note.split("\n\n").next();
    if same { Ok(()) } else { Err(failed(format!("{} exists and has other content", path.display()))) }
}

/// Writes `beside`, then gives it the name `path`, unless another file has that name. On a file system without hard
/// links it is renamed: only this desk writes there.
async fn written_as(beside: &Path, path: &Path, note: &str) -> std::io::Result<()> {
    let mut file = tokio::fs::OpenOptions::new().write(true).create_new(true).open(beside).await?;
    file.write_all(note.as_bytes()).await?;
    file.sync_all().await?;
    match tokio::fs::hard_link(beside, path).await {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            if tokio::fs::try_exists(path).await? {
                return Err(std::io::ErrorKind::AlreadyExists.into());
            }
            tokio::fs::rename(beside, path).await?;
        }
        linked => linked?,
    }
    // So that the name is on the disk too. Some network file systems cannot do this to a folder.
    if let Some(day) = path.parent() {
        let _ = tokio::fs::File::open(day).await?.sync_all().await;
    }
    Ok(())
}

/// Runs a command with the note on its standard input. Every exit code but success is a failure, and the end of the
/// command's error output is recorded.
async fn to_command(command: &str, offer: &Offer<'_>) -> Result<(), PublishError> {
    let mut child = tokio::process::Command::new("sh")
        .args(["-c", command])
        .env("CHECKPOINT_SIZE", offer.size.to_string())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        // A command may succeed without reading its input.
        let _ = input.write_all(offer.note.as_bytes()).await;
    }
    let output = child.wait_with_output().await.map_err(failed)?;
    if output.status.success() {
        return Ok(());
    }
    let said: String = String::from_utf8_lossy(&output.stderr).trim().chars().rev().take(200).collect();
    Err(failed(format!("{}: {}", output.status, said.chars().rev().collect::<String>())))
}
