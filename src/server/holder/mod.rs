//! Those outside this machine who are given checkpoints: a folder, a command, a mailbox, a witness. What is handed over is signed
//! and holds nothing of anybody: a name, a number and a hash.
mod mail;
mod witness;

use std::path::Path;
use std::time::Duration;

use tokio::io::AsyncWriteExt;

use super::config::Outside;
use crate::domain::merkle::Hash;
use crate::domain::signed_note::{Checkpoint, Note, VerifierKey};
use crate::domain::time::Timestamp;

/// A checkpoint on its way out.
#[derive(Debug, Clone)]
pub struct Offer<'a> {
    pub note: &'a str,
    pub size: u64,
    pub at: Timestamp,
    /// What this holder had last, and the proof that the log goes on from there.
    pub old: u64,
    pub proof: Vec<Hash>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{0}")]
    Failed(String),
    /// A witness that has another checkpoint than we thought.
    #[error("the witness has a checkpoint of {0} entries")]
    Has(u64),
}

fn failed(error: impl std::fmt::Display) -> Refused {
    Refused::Failed(error.to_string())
}

const LONGEST: Duration = Duration::from_secs(60);

/// Hands it over. A witness answers with the note that it has signed too.
pub async fn give(outside: &Outside, offer: &Offer<'_>) -> Result<Option<String>, Refused> {
    let giving = async {
        match outside {
            Outside::Folder(path) => into_folder(path, offer).await.map(|()| None),
            Outside::Command(command) => to_command(command, offer).await.map(|()| None),
            Outside::Mail { server, from, to, .. } => mail::send(server, from, to, offer).await.map(|()| None),
            Outside::Witness { url, key } => witness::ask(url, key, offer).await.map(Some),
        }
    };
    tokio::time::timeout(LONGEST, giving).await.map_err(|_| failed("no answer within a minute"))?
}

/// The largest checkpoint with the log's own signature that a holder can show.
pub async fn held(outside: &Outside, keys: &[VerifierKey]) -> Option<Checkpoint> {
    let Outside::Folder(folder) = outside else { return None };
    let day = largest(folder).await?;
    let file = largest(&folder.join(&day)).await?;
    let note: Note = tokio::fs::read_to_string(folder.join(day).join(file)).await.ok()?.parse().ok()?;
    keys.iter().any(|key| note.is_signed_by(key)).then(|| Checkpoint::parse(&note.text).ok()).flatten()
}

/// `2026-10-31/000000048213`, never over another file: the folder may be one that forgets nothing.
async fn into_folder(folder: &Path, offer: &Offer<'_>) -> Result<(), Refused> {
    let day = folder.join(offer.at.date());
    tokio::fs::create_dir_all(&day).await.map_err(failed)?;
    let path = day.join(format!("{:012}", offer.size));
    let file = tokio::fs::OpenOptions::new().write(true).create_new(true).open(&path).await;
    match file {
        Ok(mut file) => {
            file.write_all(offer.note.as_bytes()).await.map_err(failed)?;
            file.sync_all().await.map_err(failed)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// The name that is last in order: the youngest day, or the largest checkpoint of one.
async fn largest(folder: &Path) -> Option<String> {
    let mut entries = tokio::fs::read_dir(folder).await.ok()?;
    let mut largest: Option<String> = None;
    while let Ok(Some(entry)) = entries.next_entry().await {
        if let Ok(name) = entry.file_name().into_string()
            && name.starts_with(|c: char| c.is_ascii_digit())
            && largest.as_ref().is_none_or(|held| *held < name)
        {
            largest = Some(name);
        }
    }
    largest
}

/// The note on its standard input; anything but success is a failure, and its last words are kept.
async fn to_command(command: &str, offer: &Offer<'_>) -> Result<(), Refused> {
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
        // A command that does not read its input and succeeds has its reasons.
        let _ = input.write_all(offer.note.as_bytes()).await;
    }
    let output = child.wait_with_output().await.map_err(failed)?;
    if output.status.success() {
        return Ok(());
    }
    let said: String = String::from_utf8_lossy(&output.stderr).trim().chars().rev().take(200).collect();
    Err(failed(format!("{}: {}", output.status, said.chars().rev().collect::<String>())))
}
