//! Resuming the log after a discontinuity: when a database was restored from an older backup, or the signing key was
//! lost. An admin confirms it. What was published before is recorded in the log and sent to every checkpoint target.
use super::audit::{append, of};
use super::log::root_at;
use crate::domain::audit::{Actor, Draft};
use crate::domain::discontinuity::{Cause, Discontinuity, LogHead};
use crate::domain::id::DecisionId;
use crate::domain::inquiry::Inquiry;
use crate::domain::log::{MissingDecision, Resumed, Suspension};
use crate::domain::reviewer::{Origin, Permit, Reviewer, permission};
use crate::domain::text::clean;
use crate::server::db::{self, Conn};
use crate::server::{App, Error};
use tlog::merkle::{self, Hash, tiles_of_root};
use tlog::signed_note::{Checkpoint, Note, SignerKey, VerifierKey};

/// Inquiries that are searched for decisions that are missing here, at most.
const MOST: i64 = 2000;
/// The text before the ID of a decision in Persona's comment.
const MARK: &str = "Countersign decision ";
/// Longest reason, in characters.
const LONGEST_REASON: usize = 1000;

/// What resuming would write.
#[derive(Debug, Clone)]
pub struct ResumePlan {
    pub cause: Cause,
    pub old: VerifierKey,
    pub new: SignerKey,
    /// Signs too, if it is still there.
    old_key: Option<SignerKey>,
    pub published: (u64, Option<Hash>),
    /// The target that holds what was published.
    pub holder: Option<String>,
    pub kept: LogHead,
    pub size: i64,
    pub missing: Vec<MissingDecision>,
    pub more: bool,
}

/// Asks all checkpoint targets and prepares the plan. Refuses when there is nothing to resume.
pub async fn plan(app: &App, new: SignerKey, lost: bool) -> Result<ResumePlan, Error> {
    super::checkpoint::comparison::compare(app, super::checkpoint::comparison::Reach::All).await?;
    let mut conn = app.read().await?;
    let known = super::checkpoint::comparison::known(app, &mut conn).await?;
    let old = super::log::key(&mut conn).await?.or_else(|| app.config.signing.first().map(SignerKey::verifier));
    let old =
        old.ok_or_else(|| Error::Invalid("no key has signed this log yet: there is nothing to resume".to_owned()))?;
    let old_key = app.config.signing.iter().find(|key| key.verifier() == old).cloned();
    if old_key.is_none() && !lost {
        return Err(Error::Invalid(format!(
            "the log was signed by {}: give that key with --signing-key, or add --lost-key if it is lost",
            old.short()
        )));
    }
    let said = db::checkpoint::comparison::all(&mut conn).await?;
    let contradicts: Vec<_> = said.iter().filter(|said| said.state == "contradicts").collect();
    let cause = if contradicts.is_empty() { Cause::KeyLost } else { Cause::Restored };
    if cause == Cause::KeyLost && old_key.is_some() {
        return Err(Error::Invalid(
            "no checkpoint target that could be asked contradicts this log, and its key is here: there is nothing to resume. \
             To change a key that is not lost, start the desk once with COUNTERSIGN_SIGNING_KEY=new.key,old.key"
                .to_owned(),
        ));
    }
    named(&new, &old, &known, cause)?;
    let newest = match &known.newest {
        None => LogHead { size: 0, root: merkle::empty() },
        Some(newest) => {
            let signed = newest.note.parse::<Note>().and_then(|note| Checkpoint::parse(&note.text));
            let signed = signed.map_err(|error| Error::Internal(format!("a checkpoint is unreadable: {error}")))?;
            LogHead::from(&signed)
        }
    };
    let published = contradicts.iter().max_by_key(|said| (said.size, said.note.is_some()));
    let held: Option<(u64, Option<Hash>)> = published.map(|said| {
        let root = said
            .note
            .as_ref()
            .and_then(|note| note.parse::<Note>().ok())
            .and_then(|note| Checkpoint::parse(&note.text).ok());
        (u64::try_from(said.size).unwrap_or(0), root.map(|checkpoint| checkpoint.root))
    });
    let holder = published.map(|said| format!("{} {}", said.kind, said.name));
    let (missing, more) = missing(&mut conn).await?;
    let size = db::audit::size(&mut conn).await?;
    drop(conn);
    if newest.size > 0 && root_at(app, newest.size).await? != Some(newest.root) {
        return Err(Error::Invalid(
            "the entries in this database do not lead to its own newest checkpoint: it is damaged. Restore another backup"
                .to_owned(),
        ));
    }
    let published = held.unwrap_or((newest.size, Some(newest.root)));
    Ok(ResumePlan { cause, old, new, old_key, published, holder, kept: newest, size, missing, more })
}

/// Checks the name of the new key. A log that lost entries takes a name that it never had; one that lost its key keeps
/// its name.
fn named(
    new: &SignerKey,
    old: &VerifierKey,
    known: &super::checkpoint::comparison::OwnLog,
    cause: Cause,
) -> Result<(), Error> {
    let taken = known.keys.iter().any(|key| key.name == new.name);
    match cause {
        Cause::Restored if taken => Err(Error::Invalid(format!(
            "entries that were published are gone, so the log has to continue under a name that it never had, but it had {} before. \
             Create the key with: countersign audit key --name {}-2 --output new.key",
            new.name, old.name
        ))),
        Cause::KeyLost if new.name != old.name => Err(Error::Invalid(format!(
            "only the key is lost, so the log keeps its name. Create the key with: countersign audit key --name {} --output new.key",
            old.name
        ))),
        Cause::KeyLost if new.verifier() == *old => {
            Err(Error::Invalid("that key is not lost: it is the current signing key".to_owned()))
        }
        _ => Ok(()),
    }
}

/// Resumes the log in one transaction: writes the note, the key, and the entries about it.
pub async fn resume(app: &App, plan: &ResumePlan, by: &Reviewer, reason: &str) -> Result<Discontinuity, Error> {
    let reason = clean(reason.trim());
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        return Err(Error::Invalid(format!("Give the reason with --reason, in 1 to {LONGEST_REASON} characters.")));
    }
    super::log::integrate(app).await?;
    let (now, plan, by) = (app.now(), plan.clone(), by.clone());
    app.write(move |tx| {
        Box::pin(async move {
            if super::log::key(tx).await?.is_some_and(|key| key != plan.old) {
                return Err(Error::Invalid("the log was already resumed a moment ago".to_owned()));
            }
            let size = u64::try_from(db::audit::size(tx).await?).unwrap_or(0);
            let root = db::log::tiles(tx, tiles_of_root(size), size).await?.root(size);
            let root = root.map_err(|_| Error::Busy("entries"))?;
            let this = Discontinuity {
                cause: plan.cause,
                old: plan.old.clone(),
                new: plan.new.verifier(),
                published: plan.published,
                kept: plan.kept,
                resumed: LogHead { size, root },
                at: now,
            };
            let keys: Vec<SignerKey> = std::iter::once(plan.new.clone()).chain(plan.old_key.clone()).collect();
            let note = Note::signed(this.text(), &keys).to_string();
            db::checkpoint::comparison::keep_discontinuity(tx, now, &note).await?;
            db::checkpoint::comparison::begin_anew(tx).await?;
            super::log::set_key(tx, now, &this.new).await?;
            let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
            let draft = Draft::new("log.resumed", of(&by, &Origin::default()), "log", &plan.new.name)
                .fact("cause", this.cause.as_str())
                .fact("before", this.old.to_string())
                .fact("after", this.new.to_string())
                .fact("published", number(this.published.0))
                .fact("published_root", this.published.1.map(hex::encode))
                .fact("kept", number(this.kept.size))
                .fact("kept_root", hex::encode(this.kept.root))
                .fact("size", number(size))
                .fact("root", hex::encode(root))
                .fact("missing", i64::try_from(plan.missing.len()).unwrap_or(i64::MAX))
                .fact("signed", note)
                .personal("reason", reason);
            append(tx, now, draft).await?;
            for lost in &plan.missing {
                let draft = Draft::new("decision.found", Actor::System { part: "log" }, "inquiry", &lost.inquiry)
                    .fact("decision", lost.decision.clone())
                    .fact("status", lost.status.clone());
                append(tx, now, draft).await?;
            }
            Ok(this)
        })
    })
    .await
}

/// Returns the decisions that Persona's comments name and this database does not know, and whether there are more.
/// Persona stores no comment with "mark for review" and with the status of a case: those cannot be recognised.
async fn missing(conn: &mut Conn) -> Result<(Vec<MissingDecision>, bool), Error> {
    let marked = db::checkpoint::comparison::marked(conn, MOST + 1).await?;
    let more = i64::try_from(marked.len()).unwrap_or(i64::MAX) > MOST;
    let mut found = Vec::new();
    for (inquiry, body) in marked.into_iter().take(usize::try_from(MOST).unwrap_or(usize::MAX)) {
        let Ok(read) = serde_json::from_str::<Inquiry>(&body) else { continue };
        let comment = read.reviewer_comment.unwrap_or_default();
        let mut named: Vec<DecisionId> = Vec::new();
        for id in comment.split(MARK).skip(1).filter_map(|rest| rest.get(..36)?.parse().ok()) {
            if !named.contains(&id) {
                named.push(id);
            }
        }
        for id in named {
            if db::decision::by_id(conn, id).await?.is_none() {
                let status = read.status.label().to_lowercase();
                found.push(MissingDecision { decision: id.to_string(), inquiry: inquiry.clone(), status });
            }
        }
    }
    Ok((found, more))
}

/// Returns why nothing is signed, decided or sent, for the pages that say it.
pub(super) async fn suspension(conn: &mut Conn) -> Result<Option<Suspension>, Error> {
    if !db::checkpoint::comparison::contradicted(conn).await? {
        return Ok(None);
    }
    let (missing, more) = missing(conn).await?;
    let asked = super::checkpoint::comparison::asked(conn).await?;
    Ok(Some(Suspension { size: db::audit::size(conn).await?, asked, missing, more }))
}

/// The same, for an admin.
pub async fn suspended(app: &App, _by: &Permit<permission::ReadConnection>) -> Result<Option<Suspension>, Error> {
    suspension(&mut app.read().await?).await
}

/// Returns the discontinuities of the log, for a page.
pub(super) async fn resumed(conn: &mut Conn) -> Result<Vec<Resumed>, Error> {
    let gaps = super::checkpoint::comparison::gaps(conn).await?;
    Ok(gaps
        .into_iter()
        .map(|gap| Resumed {
            lost_key: gap.cause == Cause::KeyLost,
            at: gap.at,
            published: gap.published.0,
            kept: gap.kept.size,
            size: gap.resumed.size,
            old: gap.old.short(),
            new: gap.new.short(),
        })
        .collect())
}
