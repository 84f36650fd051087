//! Verifies the log against itself: every entry against its hash, its columns and its index, every hash against its
//! tile, every tile against the one above, every checkpoint against the root that it signed, every personal value
//! against its commitment. Then verifies decisions and their evidence against the log. One file, because one scan
//! checks entries, their tiles and the checkpoints over them.
use std::collections::BTreeMap;
use std::time::Duration;

use tokio::runtime::Handle;

use super::audit::{actor, append};
use super::log::tile_of;
use super::replay::ReplayResult;
use crate::domain::audit::{Actor, Draft, EntryOutcome};
use crate::domain::export::{Body, Filter};
use crate::domain::index::Indexed;
use crate::domain::log::Checking;
use crate::domain::reviewer::{Permit, permission};
use crate::server::change_feed::ChangeTopic;
use crate::server::db::audit_scan::{AuditScan, ScannedEntry, ScannedRow};
use crate::server::db::log::LogCheck;
use crate::server::db::{self, Db};
use crate::server::{App, Error};
use tlog::merkle::{self, Frontier, Hash, TILE_WIDTH, TileId, tiles_of_inclusion};
use tlog::signed_note::{Checkpoint, Note, VerifierKey};

/// Entries checked in one step; a multiple of a tile's width.
const PART: i64 = 64 * 256;
/// Entries checked when the program starts.
const RECENT: i64 = 10_000;

/// How much of the log a check covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The last ten thousand entries, and the newest checkpoint.
    Recent,
    All,
    /// All, with pauses, so that other work is not slowed down.
    Gently,
}

/// The first fault that was found, or why the check could not continue.
enum CheckError {
    Wrong { at: String, why: String },
    Error(db::Error),
    Asked,
}

impl From<db::Error> for CheckError {
    fn from(error: db::Error) -> Self {
        Self::Error(error)
    }
}

fn wrong<T>(at: impl Into<String>, why: impl Into<String>) -> Result<T, CheckError> {
    Err(CheckError::Wrong { at: at.into(), why: why.into() })
}

/// Requests a check now, for a reviewer.
pub async fn request(app: &App, by: &Permit<permission::ReadAudit>) -> Result<(), Error> {
    let now = app.now();
    let draft = Draft::new("log.check_asked", actor(by), "audit", "log");
    app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await?;
    app.wake.check.notify_one();
    Ok(())
}

/// Checks the log and stores the result. Only one check runs at a time: a second caller gets `None`.
pub async fn run(app: &App, scope: Scope) -> Result<Option<LogCheck>, Error> {
    {
        let mut checking =
            app.checking.lock().map_err(|_| Error::Internal("a check of the log was aborted".to_owned()))?;
        if checking.is_some() {
            return Ok(None);
        }
        *checking = Some(Checking { done: 0, of: 0 });
    }
    app.publish(ChangeTopic::Log, "check");
    let done = check(app, scope).await;
    if let Ok(mut checking) = app.checking.lock() {
        *checking = None;
    }
    app.publish(ChangeTopic::Log, "check");
    done.map(Some)
}

async fn check(app: &App, scope: Scope) -> Result<LogCheck, Error> {
    let (size, known, newest, keys, decisions) = {
        let mut conn = app.read().await?;
        let keys = super::checkpoint::comparison::keys(app, &mut conn).await?;
        (
            db::audit::size(&mut conn).await?,
            db::log::check(&mut conn).await?,
            db::checkpoint::newest(&mut conn).await?,
            keys,
            if scope == Scope::Recent { 0 } else { db::replay::count(&mut conn).await? },
        )
    };
    let from = if scope == Scope::Recent { (size - RECENT).max(0) / 256 * 256 } else { 0 };
    let (looking, runtime) = (app.clone(), Handle::current());
    let found = tokio::task::spawn_blocking(move || {
        let look = LogChecker {
            app: &looking,
            db: &looking.db,
            runtime: &runtime,
            keys: &keys,
            gently: scope == Scope::Gently,
            decisions,
        };
        look.through(from, size, newest.map_or(0, |newest| newest.size))
    })
    .await
    .map_err(|stopped| Error::Internal(format!("a check of the log was aborted: {stopped}")))?;
    let found = match found {
        Ok(()) if scope != Scope::Recent => {
            let progress = |done| report_progress(app, size + done, size + decisions.max(done));
            match super::replay::all(app, scope == Scope::Gently, progress).await? {
                ReplayResult::Same => Ok(()),
                ReplayResult::Differs { at, why } => wrong(at, why),
                ReplayResult::Stopped => Err(CheckError::Asked),
            }
        }
        other => other,
    };
    let now = app.now();
    match found {
        Ok(()) => {
            // The part that was not checked this time keeps its earlier result.
            let through = if known.through >= from { size } else { known.through };
            // An intact part does not cancel the damage elsewhere.
            let heals = scope != Scope::Recent || known.fault_at.is_none();
            let check = if heals { LogCheck { through, at: Some(now), ..LogCheck::default() } } else { known.clone() };
            let kept = check.clone();
            app.write(move |tx| {
                Box::pin(async move {
                    db::log::set_check(tx, &kept).await?;
                    if heals && let Some(at) = known.fault_at {
                        let draft = Draft::new("log.whole_again", Actor::System { part: "log" }, "log", at);
                        append(tx, now, draft).await?;
                    } else if scope != Scope::Recent {
                        let draft = Draft::new("log.checked", Actor::System { part: "log" }, "audit", "log");
                        append(tx, now, draft.fact("entries", through).outcome(EntryOutcome::Ok)).await?;
                    }
                    Ok(())
                })
            })
            .await?;
            Ok(check)
        }
        Err(CheckError::Asked) => Ok(known),
        Err(CheckError::Error(error)) => Err(error.into()),
        Err(CheckError::Wrong { at, why }) => {
            let error = super::log::broken(app, &at, &why).await?;
            tracing::error!(%error, "no decision is accepted until the log is intact again");
            let mut conn = app.read().await?;
            Ok(db::log::check(&mut conn).await?)
        }
    }
}

/// Publishes how far a check has come.
fn report_progress(app: &App, done: i64, of: i64) {
    if let Ok(mut checking) = app.checking.lock() {
        *checking = Some(Checking { done, of });
    }
    app.publish(ChangeTopic::Log, "check");
}

struct LogChecker<'a> {
    app: &'a App,
    db: &'a Db,
    runtime: &'a Handle,
    keys: &'a [VerifierKey],
    gently: bool,
    /// Number of decisions that are checked afterwards.
    decisions: i64,
}

impl LogChecker<'_> {
    /// Checks the entries `from..size`, their tiles, and the checkpoints over them.
    fn through(&self, from: i64, size: i64, newest: i64) -> Result<(), CheckError> {
        let mut scan = AuditScan::open(self.db, self.runtime)?;
        let mut course = CheckProgress {
            expected: from,
            leaves: Vec::new(),
            frontier: (from == 0).then(Frontier::default),
            next: None,
        };
        if from == 0 {
            course.next = self.checkpoint_over(1)?;
        }
        let mut at = from;
        while at < size {
            let to = (at + PART).min(size);
            let part = Filter { first: Some(at), last: Some(to - 1), ..Filter::default() };
            let mut personal: BTreeMap<i64, Vec<(String, Option<String>)>> = BTreeMap::new();
            scan.personal::<CheckError>(&part, to, |opening, _| {
                personal.entry(opening.seq).or_default().push((opening.name.clone(), opening.commitment()));
                Ok(())
            })?;
            let (through, indexed) = self.indexed(at, to)?;
            let mut should = Vec::new();
            scan.rows::<CheckError>(at, to, |line, columns| {
                let (leaf, found) = self.entry(&line, &columns, course.expected, personal.remove(&line.seq))?;
                should.extend(found.filter(|found| found.seq < through));
                self.step(&mut course, leaf)
            })?;
            if course.expected < to {
                return wrong(format!("entry {}", course.expected), "it is missing");
            }
            if let Some(seq) = personal.keys().next() {
                return wrong(format!("entry {seq}"), "a personal value is kept for it that it does not commit to");
            }
            if let Some(seq) = first_difference(&should, &indexed) {
                return wrong(format!("entry {seq}"), "the index by which it is found does not match it");
            }
            at = to;
            report_progress(self.app, at - from, size - from + self.decisions);
            if *self.app.stopping.borrow() {
                return Err(CheckError::Asked);
            }
            if self.gently {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        self.tiles(from, size)?;
        if from > 0 && newest > 0 {
            self.newest(newest, from)?;
        }
        Ok(())
    }

    /// Checks one entry against its hash, its columns and its stored personal values.
    fn entry(
        &self,
        line: &ScannedEntry<'_>,
        columns: &ScannedRow<'_>,
        expected: i64,
        personal: Option<Vec<(String, Option<String>)>>,
    ) -> Result<(Hash, Option<Indexed>), CheckError> {
        let at = || format!("entry {}", line.seq);
        if line.seq != expected {
            return wrong(format!("entry {expected}"), "it is missing");
        }
        let leaf = merkle::leaf(line.body.as_bytes());
        if leaf != *line.hash {
            return wrong(at(), "its bytes are not those that were hashed");
        }
        let Ok(body) = serde_json::from_str::<Body<'_>>(line.body) else {
            return wrong(at(), "it is not an entry");
        };
        let shown = body.actor.shown();
        let actor_id = body.actor.id.as_deref().and_then(|id| id.parse::<uuid::Uuid>().ok());
        let said = [
            ("number", body.seq == line.seq),
            ("time", body.at == columns.at),
            ("action", body.action == columns.action),
            ("outcome", body.outcome == columns.outcome),
            (
                "actor",
                shown == columns.actor_name
                    && actor_id.map(uuid::Uuid::into_bytes).as_ref().map(|id| id.as_slice()) == columns.actor_id,
            ),
            ("object", body.object.kind == columns.object_kind && body.object.id == columns.object_id),
        ];
        if let Some((column, _)) = said.iter().find(|(_, same)| !same) {
            return wrong(at(), format!("the {column} by which it is found is not the one that stands in it"));
        }
        for (name, commitment) in personal.unwrap_or_default() {
            if commitment.is_none() || body.commit.get(&name) != commitment.as_deref() {
                return wrong(at(), format!("its {name} is not the one that it was made with"));
            }
        }
        Ok((leaf, Indexed::of(&body)))
    }

    /// Returns the end of the index, and what it has of these entries.
    fn indexed(&self, from: i64, below: i64) -> Result<(i64, Vec<Indexed>), CheckError> {
        Ok(self.runtime.block_on(async {
            let mut conn = self.db.read().await?;
            let through = db::index::through(&mut conn).await?;
            Ok::<_, db::Error>((through, db::index::range(&mut conn, from, below.min(through)).await?))
        })?)
    }

    /// Adds the next leaf. Checks its tile when that is complete, and the root when a checkpoint was signed at this
    /// size.
    fn step(&self, course: &mut CheckProgress, leaf: Hash) -> Result<(), CheckError> {
        course.leaves.push(leaf);
        course.expected += 1;
        if course.leaves.len() as u64 == TILE_WIDTH {
            let id = tile_of(u64::try_from(course.expected - 1).unwrap_or(0));
            self.tile(id, &course.leaves)?;
            course.leaves.clear();
        }
        let Some(frontier) = &mut course.frontier else { return Ok(()) };
        frontier.push(leaf);
        while let Some(next) = course.next.take_if(|next| next.size == course.expected) {
            self.signed(&next, &frontier.root())?;
            course.next = self.checkpoint_over(next.size + 1)?;
        }
        Ok(())
    }

    /// Checks a complete tile against the hashes that it has to hold.
    fn tile(&self, id: TileId, hashes: &[Hash]) -> Result<(), CheckError> {
        let size = u64::MAX;
        let (kept, root) = self.runtime.block_on(async {
            let mut conn = self.db.read().await?;
            db::log::kept(&mut conn, id).await.map(|kept| kept.unzip())
        })?;
        // The tile is not stored yet: the next checkpoint stores it.
        let (Some(kept), Some(root)) = (kept, root) else { return Ok(()) };
        if merkle::root(&kept) != root {
            return wrong(id.path(size), "its hashes and its root do not belong together");
        }
        match kept.iter().zip(hashes).position(|(kept, hash)| kept != hash) {
            None => Ok(()),
            Some(place) if id.level == 0 => {
                let seq = id.number * TILE_WIDTH + place as u64;
                wrong(format!("entry {seq}"), "it is not the one that was put into the tree")
            }
            Some(_) => wrong(id.path(size), "it does not hold the roots of the tiles below it"),
        }
    }

    /// Checks the tiles above the lowest level. The tiles below them have already been checked.
    fn tiles(&self, from: i64, size: i64) -> Result<(), CheckError> {
        let (from, size) = (u64::try_from(from).unwrap_or(0), u64::try_from(size).unwrap_or(0));
        for level in 1..8 {
            let width = 1_u64.checked_shl(8 * (level + 1)).unwrap_or(u64::MAX);
            for number in from / width..size / width {
                let id = TileId { level, number };
                let below = self.runtime.block_on(async {
                    let mut conn = self.db.read().await?;
                    db::log::below(&mut conn, id).await
                })?;
                self.tile(id, &below)?;
            }
        }
        Ok(())
    }

    fn checkpoint_over(&self, size: i64) -> Result<Option<db::checkpoint::CheckpointRow>, CheckError> {
        Ok(self.runtime.block_on(async {
            let mut conn = self.db.read().await?;
            db::checkpoint::over(&mut conn, size).await
        })?)
    }

    /// Checks a checkpoint against the root that it should have signed.
    fn signed(&self, kept: &db::checkpoint::CheckpointRow, root: &Hash) -> Result<(), CheckError> {
        let at = || format!("checkpoint of {} entries", kept.size);
        let Ok(note) = kept.note.parse::<Note>() else { return wrong(at(), "it is not a signed note") };
        if !self.keys.is_empty() && !self.keys.iter().any(|key| note.is_signed_by(key)) {
            return wrong(at(), "none of the log's keys signed it");
        }
        match Checkpoint::parse(&note.text) {
            Ok(checkpoint) if checkpoint.root == *root && i64::try_from(checkpoint.size) == Ok(kept.size) => Ok(()),
            Ok(_) => wrong(at(), "the entries it covers do not lead to the root that was signed"),
            Err(_) => wrong(at(), "it is not a checkpoint"),
        }
    }

    /// Checks the newest checkpoint when not all entries were checked, through the tiles over those that were.
    fn newest(&self, size: i64, from: i64) -> Result<(), CheckError> {
        let length = u64::try_from(size).unwrap_or(0);
        let index = u64::try_from(from).unwrap_or(0).min(length - 1);
        let (kept, tiles) = self.runtime.block_on(async {
            let mut conn = self.db.read().await?;
            let tiles = db::log::tiles(&mut conn, tiles_of_inclusion(index, length), length).await?;
            Ok::<_, db::Error>((db::checkpoint::at(&mut conn, size).await?, tiles))
        })?;
        let Some(kept) = kept else { return Ok(()) };
        let Ok(root) = tiles.root(length) else { return wrong("tiles", "some are missing") };
        self.signed(&kept, &root)?;
        match tiles.check(&root) {
            Ok(()) => Ok(()),
            Err(missing) => wrong(missing.0.path(length), "it does not lead to the root that was signed"),
        }
    }
}

/// Returns the first entry on which two lists differ.
fn first_difference(one: &[Indexed], other: &[Indexed]) -> Option<i64> {
    let place = one.iter().zip(other).position(|(one, other)| one != other).unwrap_or(one.len().min(other.len()));
    [one.get(place), other.get(place)].into_iter().flatten().map(|found| found.seq).min()
}

struct CheckProgress {
    expected: i64,
    leaves: Vec<Hash>,
    frontier: Option<Frontier>,
    next: Option<db::checkpoint::CheckpointRow>,
}
