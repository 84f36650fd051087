//! The Merkle tree over the log: completing it, signing it, checking it against itself, and reporting on it.

pub mod integrity;

use super::audit::append;
use crate::domain::audit::{Actor, Draft};
use crate::domain::decision::Refusal;
use crate::domain::export::rotation_text;
use crate::domain::log::LogFault;
use crate::domain::reviewer::{Permit, permission};
use crate::domain::time::Timestamp;
use crate::server::db::log::LogCheck;
use crate::server::db::{self, Conn};
use crate::server::{App, Error};
use tlog::merkle::{Hash, TILE_WIDTH, TileId, tiles_of_inclusion, tiles_of_root};
use tlog::signed_note::{Note, SignerKey, VerifierKey};

const SELF: Actor = Actor::System { part: "log" };
/// Name under which the signing key is remembered, so that another key is noticed at start.
const KEY: &str = "signing-key";
/// Tiles completed in one transaction: 16 thousand entries, a few milliseconds.
const TILES: usize = 64;
/// Entries counted in one transaction.
const COUNTED: i64 = 20_000;
/// Entries indexed in one transaction: some milliseconds.
const INDEXED: i64 = 2000;

/// Called at the start of the program: the signing key has to be the one that signed before, or one that the old key
/// hands over to.
pub async fn begin(app: &App) -> Result<(), Error> {
    let Some(key) = app.config.signing.first() else { return Ok(()) };
    let now = app.now();
    let new = key.verifier().to_string();
    let before = {
        let mut conn = app.read().await?;
        db::sync::get(&mut conn, KEY).await?.map(|(_, value)| value)
    };
    let (draft, note) = match before {
        Some(old) if old == new => return Ok(()),
        None => (Draft::new("key.set", SELF, "log", &key.name).fact("key", new.clone()), None),
        Some(old) => {
            let hands_over = app.config.signing.iter().find(|other| other.verifier().to_string() == old);
            let Some(old_key) = hands_over else {
                return Err(Error::Invalid(format!(
                    "the log has been signed by a different key until now ({}). To change keys, start once with both: \
                     COUNTERSIGN_SIGNING_KEY=new.key,old.key. If the old key is lost, run: countersign audit resume --lost-key",
                    old.parse::<VerifierKey>().map_or_else(|_| old.clone(), |key| key.short())
                )));
            };
            if old_key.name != key.name {
                return Err(Error::Invalid("a new key must have the same name as the log".to_owned()));
            }
            let note = Note::signed(rotation_text(&key.name, &old, &new), &[old_key.clone(), key.clone()]);
            let draft =
                Draft::new("key.changed", SELF, "log", &key.name).fact("before", old).fact("after", new.clone());
            (draft.fact("signed", note.to_string()), Some(note.to_string()))
        }
    };
    app.write(move |tx| {
        Box::pin(async move {
            if let Some(note) = note {
                db::log::keep_rotation(tx, now, &note).await?;
            }
            db::sync::set(tx, KEY, now, &new).await?;
            append(tx, now, draft).await.map(|_| ())
        })
    })
    .await
}

/// Returns the key that the log is signed with, as stored in the database.
pub(super) async fn key(conn: &mut Conn) -> Result<Option<VerifierKey>, Error> {
    Ok(db::sync::get(conn, KEY).await?.and_then(|(_, value)| value.parse().ok()))
}

/// Makes another key the signing key, from this transaction on.
pub(super) async fn set_key(tx: &mut db::Tx, now: Timestamp, key: &VerifierKey) -> Result<(), Error> {
    Ok(db::sync::set(tx, KEY, now, &key.to_string()).await?)
}

/// Whether this program's key is the one that the log is signed with: another replica, or the command line, may have
/// changed it.
pub(super) async fn signs(app: &App) -> Result<bool, Error> {
    let mine = app.config.signing.first().map(SignerKey::verifier);
    let current = key(&mut app.read().await?).await?;
    Ok(current.is_none_or(|current| Some(current) == mine))
}

/// Stores the tiles that have become complete, from the lowest level up. Returns how many.
pub async fn integrate(app: &App) -> Result<usize, Error> {
    let mut kept = 0;
    loop {
        let step = app
            .write(|tx| {
                Box::pin(async move {
                    let size = u64::try_from(db::audit::size(tx).await?).unwrap_or(0);
                    let mut step = 0;
                    for level in 0..8 {
                        while step < TILES {
                            let Some((id, hashes)) = db::log::next_tile(tx, level, size).await? else { break };
                            db::log::keep_tile(tx, id, &hashes).await?;
                            step += 1;
                        }
                    }
                    Ok(step)
                })
            })
            .await?;
        kept += step;
        if step < TILES {
            return Ok(kept);
        }
    }
}

/// Continues the counts for the filters of the audit page. Returns how many entries were counted.
pub async fn count(app: &App) -> Result<usize, Error> {
    let mut counted = 0;
    loop {
        let step = app.write(|tx| Box::pin(async move { Ok(db::log::count_on(tx, COUNTED).await?) })).await?;
        counted += usize::try_from(step).unwrap_or(0);
        if step < COUNTED {
            return Ok(counted);
        }
    }
}

/// Indexes what the log records about decisions, up to its end. Returns how many entries were read.
pub async fn index(app: &App) -> Result<usize, Error> {
    let mut done = 0;
    loop {
        let step = app.write(|tx| Box::pin(async move { Ok(db::index::move_on(tx, INDEXED).await?) })).await?;
        done += usize::try_from(step).unwrap_or(0);
        if step < INDEXED {
            return Ok(done);
        }
    }
}

/// Returns the root over the first `size` entries as they are now; `None` when there are fewer.
pub(super) async fn root_at(app: &App, size: u64) -> Result<Option<Hash>, Error> {
    integrate(app).await?;
    let mut conn = app.read().await?;
    if u64::try_from(db::audit::size(&mut conn).await?).unwrap_or(0) < size {
        return Ok(None);
    }
    Ok(db::log::tiles(&mut conn, tiles_of_root(size), size).await?.root(size).ok())
}

/// Stores that the log is damaged: decisions stop until a check finds it intact again.
pub(super) async fn broken(app: &App, at: &str, why: &str) -> Result<Error, Error> {
    let now = app.now();
    let (at, why) = (at.to_owned(), why.to_owned());
    let error = Error::Internal(format!("the audit log is damaged at {at}: {why}"));
    app.write(move |tx| {
        Box::pin(async move {
            let known = db::log::check(tx).await?;
            if known.fault_at.as_deref() == Some(at.as_str()) {
                return Ok(());
            }
            let fault = LogCheck { fault_at: Some(at.clone()), fault: Some(why.clone()), found_at: Some(now), ..known };
            db::log::set_check(tx, &fault).await?;
            append(tx, now, Draft::new("log.damaged", SELF, "log", at).fact("what", why)).await.map(|_| ())
        })
    })
    .await?;
    Ok(error)
}

/// Returns the first known fault of the log.
pub(super) async fn fault(conn: &mut Conn) -> Result<Option<LogFault>, Error> {
    let check = db::log::check(conn).await?;
    Ok(check.fault_at.zip(check.fault).zip(check.found_at).map(|((at, why), found_at)| LogFault { at, why, found_at }))
}

/// Refuses decisions unless the log that records them is intact.
pub(super) async fn whole(tx: &mut db::Tx) -> Result<(), Error> {
    match db::log::state(tx).await? {
        db::log::LogState { contradicted: true, .. } => Err(Error::Refused(Refusal::LogSuspended)),
        db::log::LogState { fault_at: Some(at), .. } => Err(Error::Refused(Refusal::LogDamaged { at })),
        db::log::LogState { fault_at: None, .. } => Ok(()),
    }
}

/// Returns the proof of one entry, alone.
pub async fn proof_of(app: &App, _by: &Permit<permission::ReadAudit>, seq: i64) -> Result<Option<String>, Error> {
    let mut conn = app.read().await?;
    Ok(proof(&mut conn, seq).await?.map(|(text, _)| text))
}

/// Returns the proof that an entry is in the first checkpoint that covers it (c2sp.org/tlog-proof).
pub(super) async fn proof(conn: &mut Conn, seq: i64) -> Result<Option<(String, usize)>, Error> {
    let Some(checkpoint) = db::checkpoint::over(conn, seq + 1).await? else { return Ok(None) };
    let (index, size) = (u64::try_from(seq).unwrap_or(0), u64::try_from(checkpoint.size).unwrap_or(0));
    let tiles = db::log::tiles(conn, tiles_of_inclusion(index, size), size).await?;
    let Ok(hashes) = tiles.inclusion(index, size) else { return Ok(None) };
    Ok(Some((crate::domain::export::proof_text(index, &hashes, &checkpoint.note), hashes.len())))
}

/// Returns the tile that contains an entry's leaf.
pub(super) const fn tile_of(seq: u64) -> TileId {
    TileId { level: 0, number: seq / TILE_WIDTH }
}
