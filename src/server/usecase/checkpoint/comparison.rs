//! Compares the log with the checkpoints that others hold. One file, because one transaction stores the answers of all
//! targets and records a suspension. A checkpoint with the log's own signature that the log here does not extend shows
//! that this database is an older or a different one. Then nothing is signed, decided or sent until the log is resumed.
use std::path::Path;
use std::time::Duration;

use super::super::audit::append;
use super::super::log::root_at;
use crate::domain::audit::{Actor, Draft, EntryOutcome};
use crate::domain::discontinuity::{Covered, Discontinuity, checkpoint_by};
use crate::domain::log::TargetAnswer;
use crate::server::change_feed::ChangeTopic;
use crate::server::checkpoint_target::{self, Offer, PublishError};
use crate::server::config::CheckpointTarget;
use crate::server::db::checkpoint::comparison::TargetReport;
use crate::server::db::{self, Conn};
use crate::server::{App, Error, private_file};
use tlog::merkle;
use tlog::signed_note::{Checkpoint, Note, VerifierKey};

const SELF: Actor = Actor::System { part: "log" };
/// If a target takes longer than this, its answer counts as unknown.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which targets to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those that can be read on this machine at once: the last checkpoint stored next to the key, and folders.
    Near,
    /// Witnesses too.
    All,
}

/// What one target says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum TargetSays {
    Agrees(u64),
    Empty,
    Contradicts {
        size: u64,
        note: Option<String>,
        why: String,
    },
    /// It could not be read now.
    Unknown(String),
    /// It can never be asked.
    Mute(&'static str),
}

/// The log's own names and keys, current and former.
pub(in crate::server::usecase) struct OwnLog {
    pub keys: Vec<VerifierKey>,
    pub gaps: Vec<Discontinuity>,
    pub newest: Option<db::checkpoint::CheckpointRow>,
    /// The name that checkpoints are signed under now.
    pub origin: Option<String>,
}

pub(in crate::server::usecase) async fn known(app: &App, conn: &mut Conn) -> Result<OwnLog, Error> {
    let current = super::super::log::key(conn).await?;
    let mut keys = keys(app, conn).await?;
    keys.extend(current.clone());
    let origin = current.map(|key| key.name).or_else(|| app.config.signing.first().map(|key| key.name.clone()));
    Ok(OwnLog { keys, gaps: gaps(conn).await?, newest: db::checkpoint::newest(conn).await?, origin })
}

/// Returns the discontinuities of the log, oldest first.
pub(in crate::server::usecase) async fn gaps(conn: &mut Conn) -> Result<Vec<Discontinuity>, Error> {
    let notes = db::checkpoint::comparison::discontinuities(conn).await?;
    Ok(notes.iter().filter_map(|note| Discontinuity::signed(&note.parse::<Note>().ok()?).map(|(gap, _)| gap)).collect())
}

/// Asks the targets, stores what they say, and returns whether anything may be signed: no target contradicts the log,
/// and if one could not be read, at least one other could.
pub async fn compare(app: &App, reach: Reach) -> Result<bool, Error> {
    let known = {
        let mut conn = app.read().await?;
        known(app, &mut conn).await?
    };
    let before = {
        let mut conn = app.read().await?;
        db::checkpoint::comparison::all(&mut conn).await?
    };
    let mut said = Vec::new();
    for path in &app.config.last_checkpoint {
        said.push((path.display().to_string(), "file", kept(app, &known, path).await?));
    }
    for target in &app.config.checkpoint_targets {
        let says = match target {
            CheckpointTarget::Folder(path) => folder(app, &known, path, before_of(app, &target.name()).await?).await?,
            CheckpointTarget::Witness { .. } if reach == Reach::Near => continue,
            CheckpointTarget::Witness { .. } => witness(app, &known, target).await?,
            CheckpointTarget::Command(_) => {
                TargetSays::Mute("a command receives checkpoints and cannot be asked for them")
            }
            CheckpointTarget::Mail { .. } => {
                TargetSays::Mute("a mailbox receives checkpoints and cannot be asked for them")
            }
        };
        said.push((target.name(), target.kind(), says));
    }
    let answered = said.iter().any(|(_, kind, says)| match says {
        TargetSays::Agrees(_) => true,
        // A missing file next to the key says nothing.
        TargetSays::Empty => *kind != "file",
        _ => false,
    });
    let silent = said.iter().any(|(_, _, says)| matches!(says, TargetSays::Unknown(_)));
    remember(app, &before, said, reach).await?;
    let contradicted = db::checkpoint::comparison::contradicted(&mut app.read().await?).await?;
    if silent && !answered && !contradicted {
        tracing::warn!(
            "no checkpoint is signed now: no checkpoint target that could contradict it answers. Make one of the targets reachable"
        );
    }
    Ok(!contradicted && (answered || !silent))
}

/// Returns the size of the checkpoint that a target accepted last, as far as this database knows.
async fn before_of(app: &App, name: &str) -> Result<i64, Error> {
    let mut conn = app.read().await?;
    let states = db::checkpoint::targets(&mut conn).await?;
    Ok(states.into_iter().find(|target| target.name == name).map_or(0, |target| target.size))
}

/// Stores what changed, and appends to the log when a contradiction begins or ends.
async fn remember(
    app: &App,
    before: &[TargetReport],
    said: Vec<(String, &'static str, TargetSays)>,
    reach: Reach,
) -> Result<(), Error> {
    let now = app.now();
    let rows: Vec<TargetReport> = said.into_iter().map(|(name, kind, says)| row(name, kind, says, now)).collect();
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    // A target that contradicted and was removed from the settings still counts as contradicting: only resuming the
    // log, or its agreement, ends that.
    let gone: Vec<String> = before
        .iter()
        .filter(|row| reach == Reach::All && row.state != "contradicts" && !names.contains(&row.name.as_str()))
        .map(|row| row.name.clone())
        .collect();
    let same = |row: &TargetReport| {
        before.iter().any(|old| {
            (&old.state, old.size, &old.why, &old.kind) == (&row.state, row.size, &row.why, &row.kind)
                && old.name == row.name
        })
    };
    let changed: Vec<TargetReport> = rows.into_iter().filter(|row| !same(row)).collect();
    if changed.is_empty() && gone.is_empty() {
        return Ok(());
    }
    app.write(move |tx| {
        Box::pin(async move {
            let was = db::checkpoint::comparison::contradicted(tx).await?;
            for row in &changed {
                db::checkpoint::comparison::keep(tx, row).await?;
            }
            for name in gone {
                db::checkpoint::comparison::forget(tx, &name).await?;
            }
            match (was, db::checkpoint::comparison::contradicted(tx).await?) {
                (false, true) => {
                    let row = changed.iter().find(|row| row.state == "contradicts");
                    let draft =
                        Draft::new("log.suspended", SELF, "log", row.map(|row| row.name.clone()).unwrap_or_default())
                            .outcome(EntryOutcome::Failed)
                            .fact("published", row.map(|row| row.size))
                            .fact("size", db::audit::size(tx).await?)
                            .fact("what", row.and_then(|row| row.why.clone()));
                    append(tx, now, draft).await?;
                }
                (true, false) => {
                    append(tx, now, Draft::new("log.agreed", SELF, "log", "outside")).await?;
                }
                _ => {}
            }
            Ok(())
        })
    })
    .await?;
    app.publish(ChangeTopic::Log, "outside");
    Ok(())
}

fn row(name: String, kind: &'static str, says: TargetSays, at: crate::domain::time::Timestamp) -> TargetReport {
    let size = |size: u64| i64::try_from(size).unwrap_or(i64::MAX);
    let (state, size, note, why) = match says {
        TargetSays::Agrees(n) => ("agrees", size(n), None, None),
        TargetSays::Empty => ("empty", 0, None, None),
        TargetSays::Contradicts { size: n, note, why } => ("contradicts", size(n), note, Some(why)),
        TargetSays::Unknown(why) => ("unknown", 0, None, Some(why)),
        TargetSays::Mute(why) => ("mute", 0, None, Some(why.to_owned())),
    };
    TargetReport { name, kind: kind.to_owned(), state: state.to_owned(), size, note, why, at }
}

/// Compares a checkpoint that has one of the log's own signatures with the log here. `None` when they agree.
async fn against(app: &App, known: &OwnLog, held: &Checkpoint) -> Result<Option<String>, Error> {
    let size = held.size;
    if known.origin.as_ref() != Some(&held.origin) {
        let covered: Vec<Covered> = known.gaps.iter().map(|gap| gap.covers(held)).collect();
        if covered.contains(&Covered::Lost) {
            // The log itself has said so since it was resumed.
            return Ok(None);
        }
        if !covered.contains(&Covered::Kept) {
            return Ok(Some(format!(
                "it holds a checkpoint of {size} entries of {}, signed by this log's own key, and this database has no record of that log",
                held.origin
            )));
        }
    }
    let here = root_at(app, size).await?;
    Ok((here != Some(held.root)).then(|| {
        format!(
            "it holds a checkpoint of {size} entries with this log's own signature, and the log in this database does not match it"
        )
    }))
}

/// Judges the checkpoints in a file or a folder by the largest that contradicts the log, or else by the largest that
/// agrees.
async fn read(app: &App, known: &OwnLog, notes: &[String]) -> Result<TargetSays, Error> {
    let mut agrees: Option<u64> = None;
    let mut contradicts: Option<(u64, String, String)> = None;
    let mut strange = None;
    for note in notes {
        match checkpoint_by(note, &known.keys) {
            Ok(Some((held, _))) => match against(app, known, &held).await? {
                None => agrees = agrees.max(Some(held.size)),
                Some(why) if contradicts.as_ref().is_none_or(|(size, ..)| *size < held.size) => {
                    contradicts = Some((held.size, note.clone(), why));
                }
                Some(_) => {}
            },
            Ok(None) => strange = Some("its last checkpoint is not signed by any key of this log".to_owned()),
            Err(error) => strange = Some(format!("its last checkpoint cannot be understood: {error}")),
        }
    }
    Ok(match (contradicts, strange, agrees) {
        (Some((size, note, why)), ..) => TargetSays::Contradicts { size, note: Some(note), why },
        (None, Some(why), _) => TargetSays::Unknown(why),
        (None, None, Some(size)) => TargetSays::Agrees(size),
        (None, None, None) => TargetSays::Empty,
    })
}

async fn folder(app: &App, known: &OwnLog, path: &Path, had: i64) -> Result<TargetSays, Error> {
    let found = tokio::time::timeout(PATIENCE, checkpoint_target::largest(path)).await;
    Ok(match found {
        Ok(Ok(notes)) if notes.is_empty() && had > 0 => {
            TargetSays::Unknown(format!("it is empty, but it had a checkpoint of {had} entries: is it mounted?"))
        }
        Ok(Ok(notes)) => read(app, known, &notes).await?,
        // The folder is created when the first checkpoint is written.
        Ok(Err(_)) if had == 0 && !path.exists() => TargetSays::Empty,
        Ok(Err(why)) => TargetSays::Unknown(why),
        Err(_) => TargetSays::Unknown("it did not answer within five seconds".to_owned()),
    })
}

/// Compares the checkpoint that was signed last, which is stored next to the key: restoring a database does not bring
/// that file back.
async fn kept(app: &App, known: &OwnLog, path: &Path) -> Result<TargetSays, Error> {
    match tokio::fs::read_to_string(path).await {
        Ok(note) => read(app, known, &[note]).await,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(TargetSays::Empty),
        Err(error) => Ok(TargetSays::Unknown(format!("it cannot be read: {error}"))),
    }
}

/// Offers a witness the checkpoint that this database signed last, which contradicts nothing: the answer says what the
/// witness has.
async fn witness(app: &App, known: &OwnLog, target: &CheckpointTarget) -> Result<TargetSays, Error> {
    let note = match (&known.newest, app.config.signing.first()) {
        (Some(newest), _) => newest.note.clone(),
        // The empty log is the beginning of every log.
        (None, Some(key)) => {
            let empty = Checkpoint { origin: key.name.clone(), size: 0, root: merkle::empty() };
            Note::signed(empty.text(), std::slice::from_ref(key)).to_string()
        }
        (None, None) => {
            return Ok(TargetSays::Mute("a witness can only be asked with a checkpoint, and none has been signed yet"));
        }
    };
    let ours = known.newest.as_ref().map_or(0, |newest| newest.size);
    let size = u64::try_from(ours).unwrap_or(0);
    let offer = Offer { note: &note, size, at: app.now(), old: size, proof: Vec::new(), tag: None };
    let answer = tokio::time::timeout(PATIENCE, checkpoint_target::publish(target, &offer)).await;
    Ok(match answer {
        Ok(Ok(_)) if size == 0 => TargetSays::Empty,
        Ok(Ok(_)) => TargetSays::Agrees(size),
        Ok(Err(PublishError::Has(has))) => witness_has(app, known, has).await?,
        Ok(Err(PublishError::Differs)) => TargetSays::Contradicts {
            size,
            note: None,
            why: format!("it has signed another checkpoint of {size} entries of this log"),
        },
        Ok(Err(PublishError::Answered(..))) if size == 0 => {
            TargetSays::Mute("it does not accept a checkpoint of an empty log, and no other has been signed yet")
        }
        Ok(Err(refused)) => TargetSays::Unknown(refused.to_string()),
        Err(_) => TargetSays::Unknown("it did not answer within five seconds".to_owned()),
    })
}

/// A witness reports a size but no root. Every checkpoint is stored here before it is published.
async fn witness_has(app: &App, known: &OwnLog, has: u64) -> Result<TargetSays, Error> {
    if known.newest.as_ref().is_some_and(|newest| u64::try_from(newest.size).is_ok_and(|size| has < size)) {
        // Older than the checkpoint that was signed last: the witness gets the proof from there.
        return Ok(TargetSays::Agrees(has));
    }
    let signed = {
        let mut conn = app.read().await?;
        db::checkpoint::at(&mut conn, i64::try_from(has).unwrap_or(i64::MAX)).await?
    };
    Ok(match signed {
        // Another replica was faster.
        Some(_) => TargetSays::Agrees(has),
        None => TargetSays::Contradicts {
            size: has,
            note: None,
            why: format!(
                "it has signed a checkpoint of {has} entries of this log, and this database has no record of that checkpoint"
            ),
        },
    })
}

/// Records that a target refused a checkpoint because it has a different one.
pub(in crate::server::usecase) async fn refused(
    app: &App,
    target: &CheckpointTarget,
    size: u64,
    why: String,
) -> Result<(), Error> {
    let before = db::checkpoint::comparison::all(&mut app.read().await?).await?;
    let says = TargetSays::Contradicts { size, note: None, why };
    remember(app, &before, vec![(target.name(), target.kind(), says)], Reach::Near).await
}

/// Stores a checkpoint next to the key before it is published. Where that cannot be written, other targets can still
/// contradict.
pub(in crate::server::usecase) async fn keep(app: &App, note: &str) {
    let Some(path) = app.config.last_checkpoint.first() else { return };
    let (path, note, name) = (path.clone(), note.to_owned(), path.display().to_string());
    let kept = tokio::task::spawn_blocking(move || private_file::replace(&path, note.as_bytes())).await;
    if let Ok(Err(error)) = kept {
        tracing::warn!(
            path = name,
            %error,
            "the last checkpoint cannot be stored: name a place for it with COUNTERSIGN_LAST_CHECKPOINT"
        );
    }
}

/// Returns what the targets said last, for a page.
pub(in crate::server::usecase) async fn asked(conn: &mut Conn) -> Result<Vec<TargetAnswer>, Error> {
    let all = db::checkpoint::comparison::all(conn).await?;
    Ok(all
        .into_iter()
        .map(|said| TargetAnswer {
            name: said.name,
            kind: said.kind,
            state: said.state,
            size: said.size,
            why: said.why,
            at: said.at,
        })
        .collect())
}

/// Returns all keys that may have signed a checkpoint: the current one and those before it.
pub(in crate::server::usecase) async fn keys(app: &App, conn: &mut Conn) -> Result<Vec<VerifierKey>, Error> {
    let mut keys: Vec<VerifierKey> = app.config.signing.iter().map(|key| key.verifier()).collect();
    for note in db::log::rotations(conn).await? {
        let lines: Vec<String> = note.lines().map(str::to_owned).collect();
        keys.extend(lines.iter().skip(2).take(2).filter_map(|line| line.parse().ok()));
    }
    for gap in gaps(conn).await? {
        keys.extend([gap.old, gap.new]);
    }
    Ok(keys)
}
