//! Relations that have to be read from Persona, and what was read. One file, because the accounts that are requested,
//! waited for and shown as being read are the same neighbours, up to the same limit.
use std::collections::HashSet;
use std::time::Duration;

use crate::domain::account::Account;
use crate::domain::condition::ConditionAnswer;
use crate::domain::id::{AccountId, InquiryId};
use crate::domain::inquiry::Inquiry;
use crate::domain::relation::Relation;
use crate::domain::snapshot_order::Source;
use crate::domain::time::Timestamp;
use crate::server::change_feed::ChangeTopic;
use crate::server::db::relation::{Merged, WantedRead};
use crate::server::db::{self, Conn, Tx};
use crate::server::persona::Failure;
use crate::server::{App, Error};

const MOST_ATTEMPTS: i64 = 6;
/// A crawl that a reviewer waits for is requested as of this long ago, so that it goes before the others.
pub const WAITED_FOR: Duration = Duration::from_secs(3600);
/// Neighbours of one account that are requested at once, at two or more calls each. For an account with more of them,
/// more becomes known with each decision that asks.
const MOST_NEIGHBOURS: i64 = 200;
/// Up to this many declined inquiries are read within seconds.
const SOON_READ: i64 = 20;
/// How long a decision waits for relations; afterwards it needs a second reviewer.
const DECISION_WAITS: Duration = Duration::from_secs(5);
/// Relations read within this time are shown without asking Persona again; webhooks report changes.
const FRESH: Duration = Duration::from_secs(24 * 3600);

/// Whether an account within two hops of this one was declined, or a decline of it is on its way, as the countersign
/// rules mean it. A decline of the inquiry `but` that is on its way is left out. The answer is known only when
/// * the relations of the account and of all its direct neighbours were read to their end, and are no more than are
///   followed,
/// * the inquiries of accounts that took in others have been listed since,
/// * the list of inquiries was read to its end, and the evidence of every declined one was read since it was declined.
pub(in crate::server::usecase) async fn declined_near(
    conn: &mut Conn,
    root: &AccountId,
    but: Option<&InquiryId>,
) -> Result<ConditionAnswer, Error> {
    let near = db::relation::near(conn, root, but).await?;
    Ok(match near {
        near if near.wide > 0 => ConditionAnswer::NotKnown,
        near if near.declined > 0 || near.declining > 0 => ConditionAnswer::Yes,
        near if near.is_whole() => ConditionAnswer::No,
        _ => ConditionAnswer::NotKnown,
    })
}

/// Whether the unknown part of an account's neighbourhood is being read.
pub(in crate::server::usecase) async fn being_read(conn: &mut Conn, account: &AccountId) -> Result<bool, Error> {
    let near = db::relation::near(conn, account, None).await?;
    if near.merged > 0 || near.moving > 0 || near.unseen > 0 && unseen_soon_read(conn).await? {
        return Ok(true);
    }
    for (neighbour, _) in db::relation::unread_near(conn, account, MOST_NEIGHBOURS).await? {
        if db::relation::crawl(conn, &neighbour).await?.is_some_and(|crawl| crawl.wanted_at.is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the declined inquiries whose evidence was not read since their decline are few, and being read.
async fn unseen_soon_read(conn: &mut Conn) -> Result<bool, Error> {
    Ok((1..=SOON_READ).contains(&db::relation::unseen_being_read(conn, SOON_READ + 1).await?))
}

/// Requests the relations of an account that a reviewer may soon decide on, and of its direct neighbours that were
/// never read.
pub(in crate::server::usecase) async fn want(tx: &mut Tx, account: &AccountId, now: Timestamp) -> Result<bool, Error> {
    let mut of = vec![account.clone()];
    for (neighbour, _) in db::relation::unread_near(tx, account, MOST_NEIGHBOURS).await? {
        // Only those that were never requested: one that cannot be read is requested again by a decision.
        if db::relation::crawl(tx, &neighbour).await?.is_none() {
            of.push(neighbour);
        }
    }
    want_each(tx, of, now).await
}

/// Requests the relations of these accounts unless they were read recently. Returns whether any are wanted now. Always
/// in the order of their IDs: two transactions that wrote the same rows in different orders would wait for each other.
pub(super) async fn want_each(tx: &mut Tx, mut of: Vec<AccountId>, now: Timestamp) -> Result<bool, Error> {
    of.sort_unstable();
    of.dedup();
    let mut wanted = false;
    for account in &of {
        wanted |= db::relation::want_crawl(tx, account, now, now.minus(FRESH)).await?;
    }
    Ok(wanted)
}

/// Waits a few seconds for the relations that a decision about this account depends on. The decision itself checks
/// whether they came.
pub(in crate::server::usecase) async fn await_near(app: &App, account: &AccountId) -> Result<(), Error> {
    let waiting = async {
        let mut pings = app.changes.subscribe();
        let mut asked = HashSet::new();
        loop {
            let (unread, soon) = {
                let mut conn = app.read().await?;
                let unread = db::relation::unread_near(&mut conn, account, MOST_NEIGHBOURS).await?;
                (unread, unseen_soon_read(&mut conn).await?)
            };
            let mut fresh: Vec<AccountId> =
                unread.iter().filter(|(id, _)| asked.insert(id.clone())).map(|(id, _)| id.clone()).collect();
            // Each is requested once: what failed meanwhile stays unread.
            if fresh.is_empty() && !soon && unread.iter().all(|(_, failed)| *failed) {
                return Ok::<(), Error>(());
            }
            if !fresh.is_empty() {
                fresh.sort_unstable();
                let at = app.now().minus(WAITED_FOR);
                app.write(move |tx| {
                    Box::pin(async move {
                        for neighbour in &fresh {
                            db::relation::want_crawl_soon(tx, neighbour, at).await?;
                        }
                        Ok(())
                    })
                })
                .await?;
                app.wake.crawl.notify_one();
            }
            while pings
                .recv()
                .await
                .is_ok_and(|ping| !matches!(ping.topic, ChangeTopic::Account | ChangeTopic::Inquiry))
            {}
        }
    };
    tokio::time::timeout(DECISION_WAITS, waiting).await.unwrap_or(Ok(()))
}

/// Handles an event about this account's relations that does not say what they are now. They, and what lies behind
/// them, count as unknown until they have been read again. Returns whether they will be read.
pub(in crate::server::usecase) async fn doubt(tx: &mut Tx, account: &AccountId, now: Timestamp) -> Result<bool, Error> {
    if db::retention::is_erased(tx, account.as_str()).await? {
        return Ok(false);
    }
    db::relation::doubt(tx, account, now).await?;
    Ok(true)
}

/// Handles a merge of accounts: what was related to one of them is related to another now, which Persona's events do
/// not name. The account that took in others lists their inquiries as its own; a declined inquiry that the mirror still
/// has under a merged account may belong to any account.
pub(in crate::server::usecase) async fn consolidated(
    tx: &mut Tx,
    account: &AccountId,
    took_in: bool,
    now: Timestamp,
) -> Result<bool, Error> {
    let mut asked = doubt(tx, account, now).await?;
    if asked {
        db::relation::merged(tx, account, if took_in { Merged::TookIn } else { Merged::TakenIn }).await?;
    }
    for neighbour in db::relation::next_to(tx, account, MOST_NEIGHBOURS).await? {
        asked |= doubt(tx, &neighbour, now).await?;
    }
    Ok(asked)
}

pub async fn wanted_reads(app: &App, limit: i64) -> Result<Vec<WantedRead>, Error> {
    let mut conn = app.read().await?;
    Ok(db::relation::wanted_crawls(&mut conn, app.now(), limit).await?)
}

/// What Persona listed for an account under one key: the related accounts themselves (CONTRACT.md section 14).
#[derive(Debug, Clone)]
pub struct RelationList {
    pub key: String,
    pub targets: Vec<Account>,
    /// Whether the list was read to its end. A list that was not says nothing about what is not on it.
    pub whole: bool,
    /// What was on the list and could not be understood.
    pub odd: Vec<String>,
}

/// What was read around an account.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    pub relations: Vec<RelationList>,
    /// All of its inquiries, if they were requested.
    pub inquiries: Vec<Inquiry>,
}

/// Applies the inquiries of an account that took in others. Returns those that the mirror still has under another
/// account.
async fn listed(
    tx: &mut Tx,
    account: &AccountId,
    inquiries: Vec<Inquiry>,
    now: Timestamp,
) -> Result<Vec<String>, Error> {
    let mut elsewhere = Vec::new();
    for inquiry in inquiries {
        let id = inquiry.id.clone();
        super::super::inquiry::snapshot::apply_snapshot(tx, inquiry, &Source::Read, now).await?;
        let Some(row) = db::inquiry::by_id(tx, &id).await? else { continue };
        if row.inquiry.account_id.as_ref() != Some(account) {
            elsewhere.push(format!("the desk has inquiry {id} under another account"));
        }
        db::inquiry::backlog::want_evidence(tx, &id, now).await?;
    }
    Ok(elsewhere)
}

/// Persona may move the inquiries of an account that was taken in some time after it reported the merge: those that the
/// mirror still has under it are read again, with growing pauses, until none is left.
async fn moving(tx: &mut Tx, read: &WantedRead, now: Timestamp) -> Result<(), Error> {
    let left = db::inquiry::of_account(tx, &read.account).await?;
    if !left.is_empty() && read.attempts > 8 {
        tracing::warn!(account = %read.account, "this account was merged into another one, and Persona still has inquiries under it");
    }
    for inquiry in &left {
        db::inquiry::backlog::want_evidence(tx, inquiry, now).await?;
    }
    if !left.is_empty() {
        db::relation::merged(tx, &read.account, Merged::TakenIn).await?;
        let pause = Duration::from_secs(5 << read.attempts.clamp(0, 12));
        db::relation::crawl_again(tx, &read.account, now.plus(pause), read.attempts + 1).await?;
    }
    Ok(())
}

/// Stores what was read, unless Persona reported a change since the read began.
pub async fn store_read(app: &App, read: WantedRead, found: Surroundings) -> Result<(), Error> {
    let now = app.now();
    let account = read.account.clone();
    let id = account.clone();
    let merged = read.merged != Merged::Not;
    let more = app
        .write(move |tx| {
            Box::pin(async move {
                if db::retention::is_erased(tx, account.as_str()).await? {
                    db::relation::crawled(tx, &account, now, None).await?;
                    return Ok(false);
                }
                if !db::relation::still_holds(tx, &read).await? {
                    return Ok(false);
                }
                let mut cut = listed(tx, &account, found.inquiries, now).await?;
                for RelationList { key, mut targets, whole, odd } in found.relations {
                    let mut erased = HashSet::new();
                    for target in &targets {
                        if db::retention::is_erased(tx, target.id.as_str()).await? {
                            erased.insert(target.id.clone());
                        }
                    }
                    targets.retain(|target| !erased.contains(&target.id));
                    targets.sort_unstable_by(|a, b| a.id.cmp(&b.id));
                    for target in &targets {
                        super::super::account::snapshot::apply_snapshot(
                            tx,
                            target,
                            target.updated_at.unwrap_or(target.created_at),
                            now,
                        )
                        .await?;
                    }
                    let to: Vec<AccountId> = targets.into_iter().map(|target| target.id).collect();
                    if whole && odd.is_empty() {
                        db::relation::replace(tx, &account, &key, &to).await?;
                        continue;
                    }
                    let more = if whole { Vec::new() } else { vec!["more exist".to_owned()] };
                    let odd: Vec<String> = odd.iter().take(3).map(|one| format!("not understood: {one}")).collect();
                    cut.push(format!("{key}: {} read, {}", to.len(), [more, odd].concat().join(", ")));
                    for to in to {
                        db::relation::add(tx, &Relation { from: account.clone(), key: key.clone(), to }).await?;
                    }
                }
                let left_out = (!cut.is_empty()).then(|| cut.join("; "));
                db::relation::crawled(tx, &account, now, left_out.as_deref()).await?;
                if read.merged == Merged::TakenIn {
                    moving(tx, &read, now).await?;
                }
                if db::relation::is_decidable(tx, &account).await? { want(tx, &account, now).await } else { Ok(false) }
            })
        })
        .await?;
    app.publish(ChangeTopic::Account, id);
    if merged {
        app.wake.evidence.notify_one();
    }
    if more {
        app.wake.crawl.notify_one();
    }
    Ok(())
}

pub async fn read_failed(app: &App, read: WantedRead, failure: Failure) -> Result<(), Error> {
    put_off(app, read, failure.passing(), failure.to_string()).await
}

/// Handles relations that were read but could not be stored: tried again later, like a temporary failure. The cause is
/// in the server's log only.
pub async fn not_stored(app: &App, read: WantedRead, error: &Error) -> Result<(), Error> {
    tracing::warn!(account = %read.account, %error, "relations could not be stored");
    let why = "the desk could not store what it read; the server's log says why";
    put_off(app, read, true, why.to_owned()).await
}

async fn put_off(app: &App, read: WantedRead, passing: bool, why: String) -> Result<(), Error> {
    let now: Timestamp = app.now();
    let id = read.account.clone();
    app.write(move |tx| {
        Box::pin(async move {
            let attempts = db::relation::crawl(tx, &read.account).await?.map_or(0, |crawl| crawl.attempts);
            let hopeless = !passing || attempts + 1 >= MOST_ATTEMPTS;
            let pause = Duration::from_secs(5 << attempts.clamp(0, 6));
            let again = (!hopeless).then(|| now.plus(pause));
            db::relation::crawl_failed(tx, &read, again, &why).await?;
            match read.merged {
                Merged::TakenIn => moving(tx, &read, now).await,
                Merged::Not | Merged::TookIn => Ok(()),
            }
        })
    })
    .await?;
    app.publish(ChangeTopic::Account, id);
    Ok(())
}
