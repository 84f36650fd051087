//! The neighbourhood of an account as a graph, and asking Persona for relations not read yet.
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use super::audit::{actor, append};
use super::blind::Concealed;
use super::inquiry::Look;
use crate::domain::account::{ADDRESS, Account, AccountKind, AttributeKind, REDACTED_ACCOUNT, is_refused};
use crate::domain::audit::Draft;
use crate::domain::condition::Answer;
use crate::domain::id::{AccountId, InquiryId};
use crate::domain::inquiry::Inquiry;
use crate::domain::page_data::inquiry::RelationRef;
use crate::domain::page_data::relation::RelationPage;
use crate::domain::relation::{
    DECLINED_WITHIN, DeclinedNear, Edge, Graph, MOST_HOPS, MOST_NODES, Node, NodeKind, NodeState, Relation,
    RelationsRead, lines,
};
use crate::domain::reviewer::{Permit, permission};
use crate::domain::snapshot_order::Source;
use crate::domain::text::words;
use crate::domain::time::Timestamp;
use crate::server::change_feed::Topic;
use crate::server::db::relation::{Merged, WantedRead};
use crate::server::db::{self, Conn, Tx};
use crate::server::persona::Failure;
use crate::server::{App, Error};

/// Relations read within this time are shown without asking Persona again; webhooks report changes.
const FRESH: Duration = Duration::from_secs(24 * 3600);
const PATIENCE: Duration = Duration::from_millis(2500);
const MOST_ATTEMPTS: i64 = 6;
/// A crawl that a reviewer waits for is requested as of this long ago, so that it goes before the others.
pub const WAITED_FOR: Duration = Duration::from_secs(3600);
/// Neighbours of one account that are requested at once, at two or more calls each. For an account with more of them,
/// more becomes known with each decision that asks.
const MOST_NEIGHBOURS: i64 = 200;
/// Up to this many declined inquiries are read within seconds.
const SOON_READ: i64 = 20;
/// Accounts whose names and states are read in one query.
const AT_ONCE: usize = 1000;
/// How far the accounts that share one value are counted, where the graph says how many there are.
const MOST_SHARERS_COUNTED: i64 = 1000;
/// How long a decision waits for relations; afterwards it needs a second reviewer.
const DECISION_WAITS: Duration = Duration::from_secs(5);

pub async fn open(
    app: &App,
    by: &Permit<permission::ReadEvidence>,
    id: AccountId,
    hops: u32,
    look: Look,
) -> Result<RelationPage, Error> {
    let hops = hops.clamp(1, MOST_HOPS);
    let now = app.now();
    let mut pings = app.changes.subscribe();
    let draft = Draft::new("relations.viewed", actor(by), "account", id.to_string()).fact("hops", i64::from(hops));
    let root = id.clone();
    // The walk first, so that the single writer does not wait for it.
    let around = {
        let mut conn = app.read().await?;
        db::relation::reach(&mut conn, &id, hops.saturating_sub(1)).await?
    };
    let asked = app
        .write(move |tx| {
            Box::pin(async move {
                if db::account::by_id(tx, &root).await?.is_none() {
                    return Err(Error::NotFound("account"));
                }
                if look == Look::Opened {
                    append(tx, now, draft).await?;
                }
                let of = around.into_iter().filter_map(|reached| AccountId::try_from(reached.id).ok()).collect();
                want_each(tx, of, now).await
            })
        })
        .await?;
    if asked {
        app.wake.crawl.notify_one();
        let arrived = async {
            while let Ok(ping) = pings.recv().await {
                if ping.topic == Topic::Account && ping.id == id.as_str() {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(PATIENCE, arrived).await;
    }
    let mut conn = app.read().await?;
    let (account, _) = db::account::by_id(&mut conn, &id).await?.ok_or(Error::NotFound("account"))?;
    let crawl = db::relation::crawl(&mut conn, &id).await?;
    let concealed = super::blind::concealed(&mut conn, by, now).await?;
    let graph = graph(&mut conn, &id, hops, &concealed).await?.laid_out();
    Ok(RelationPage {
        name: account.name(),
        declined: badge(&mut conn, &id, &graph, &concealed).await?,
        graph,
        hops,
        as_of: crawl.as_ref().and_then(|crawl| crawl.crawled_at),
        pending: crawl.as_ref().is_some_and(|crawl| crawl.wanted_at.is_some()),
        error: crawl.and_then(|crawl| crawl.error),
        account: id,
        now,
    })
}

fn declined(brief: &db::account::Brief) -> bool {
    brief.decided.as_deref() == Some("declined") || is_refused(&brief.status)
}

/// Returns how many accounts near this one were declined, for its graph: of those that are known, not of those that are
/// drawn.
async fn badge(conn: &mut Conn, root: &AccountId, graph: &Graph, concealed: &Concealed) -> Result<DeclinedNear, Error> {
    let near = db::relation::near(conn, root, None).await?;
    // With more links than are followed nothing was counted, and the count must not reveal accounts that may be judged
    // blind.
    if near.wide > 0 || concealed.any_account() {
        let drawn = u64::try_from(graph.declined_within(DECLINED_WITHIN)).unwrap_or(u64::MAX);
        return Ok(DeclinedNear::new(drawn, false));
    }
    let itself = db::account::briefs(conn, &[root.to_string()]).await?.iter().any(declined);
    let others = u64::try_from(near.declined - i64::from(itself)).unwrap_or(0);
    Ok(DeclinedNear::new(others, near.is_whole()))
}

/// Whether an account within two hops of this one was declined, or a decline of it is on its way, as the countersign
/// rules mean it. A decline of the inquiry `but` that is on its way is left out. The answer is known only when
/// * the relations of the account and of all its direct neighbours were read to their end, and are no more than are
///   followed,
/// * the inquiries of accounts that took in others have been listed since,
/// * the list of inquiries was read to its end, and the evidence of every declined one was read since it was declined.
pub(super) async fn declined_near(conn: &mut Conn, root: &AccountId, but: Option<&InquiryId>) -> Result<Answer, Error> {
    let near = db::relation::near(conn, root, but).await?;
    Ok(match near {
        near if near.wide > 0 => Answer::NotKnown,
        near if near.declined > 0 || near.declining > 0 => Answer::Yes,
        near if near.is_whole() => Answer::No,
        _ => Answer::NotKnown,
    })
}

/// Whether the unknown part of an account's neighbourhood is being read.
pub(super) async fn being_read(conn: &mut Conn, account: &AccountId) -> Result<bool, Error> {
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
pub(super) async fn want(tx: &mut Tx, account: &AccountId, now: Timestamp) -> Result<bool, Error> {
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
async fn want_each(tx: &mut Tx, mut of: Vec<AccountId>, now: Timestamp) -> Result<bool, Error> {
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
pub(super) async fn await_near(app: &App, account: &AccountId) -> Result<(), Error> {
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
            while pings.recv().await.is_ok_and(|ping| !matches!(ping.topic, Topic::Account | Topic::Inquiry)) {}
        }
    };
    tokio::time::timeout(DECISION_WAITS, waiting).await.unwrap_or(Ok(()))
}

async fn graph(conn: &mut Conn, root: &AccountId, hops: u32, concealed: &Concealed) -> Result<Graph, Error> {
    let mut reached = db::relation::reach(conn, root, hops).await?;
    let found = reached.len();
    let furthest = reached.last().map_or(0, |last| last.hops);
    let further = found > MOST_NODES && furthest < i64::from(hops)
        || i64::try_from(found).is_ok_and(|n| n > db::relation::MOST_REACHED);
    let mut briefs: HashMap<String, db::account::Brief> = HashMap::new();
    for some in reached.chunks(AT_ONCE) {
        let ids: Vec<String> = some.iter().map(|reached| reached.id.clone()).collect();
        briefs.extend(db::account::briefs(conn, &ids).await?.into_iter().map(|brief| (brief.id.clone(), brief)));
    }
    // What is not drawn is not seen, so among accounts at the same distance declined ones come first. Not so for a
    // reviewer who may judge them blind, because the order would reveal the outcome.
    let last = |id: &str| !briefs.get(id).is_some_and(declined) || concealed.account(id);
    reached.sort_by_cached_key(|reached| (reached.hops, last(&reached.id), reached.id.clone()));
    reached.truncate(MOST_NODES);
    let ids: Vec<String> = reached.iter().map(|reached| reached.id.clone()).collect();
    let mut cut = false;
    let mut nodes: Vec<Node> = reached
        .into_iter()
        .map(|reached| {
            let brief = briefs.get(&reached.id);
            // Shown as neither declined nor anything else to a reviewer who may judge it blind.
            let hidden = concealed.account(&reached.id);
            let decided = brief.and_then(|brief| brief.decided.clone());
            let status = brief.map(|brief| brief.status.clone()).filter(|status| !status.is_empty());
            let declined = brief.is_some_and(declined);
            let state = match brief {
                None => NodeState::Unknown,
                Some(brief) if brief.redacted_at.is_some() => NodeState::Redacted,
                Some(_) => NodeState::Known,
            };
            Node {
                label: match (state, brief) {
                    (NodeState::Known, Some(brief)) => brief.name.clone(),
                    (NodeState::Redacted, _) => REDACTED_ACCOUNT.to_owned(),
                    _ => reached.id.clone(),
                },
                state,
                kind: NodeKind::Account(brief.map_or(AccountKind::Person, |brief| AccountKind::parse(&brief.kind))),
                status: if hidden { Some("hidden".to_owned()) } else { decided.or(status) },
                declined: declined && !hidden,
                hops: u32::try_from(reached.hops).unwrap_or(hops),
                id: reached.id,
                x: 0.0,
                y: 0.0,
            }
        })
        .collect();
    let place: HashMap<String, usize> = nodes.iter().enumerate().map(|(at, node)| (node.id.clone(), at)).collect();

    let declared = db::relation::among(conn, &ids).await?.into_iter().filter_map(|relation| {
        let ends = (*place.get(relation.from.as_str())?, *place.get(relation.to.as_str())?);
        Some((ends.0, ends.1, words(&relation.key).to_lowercase()))
    });
    let mut edges = lines(declared);

    let mut sharing: BTreeMap<(String, String), (String, bool, Vec<usize>)> = BTreeMap::new();
    for had in db::relation::attributes_among(conn, &ids).await? {
        if let Some(&at) = place.get(&had.account_id) {
            let many = had.sharers > db::relation::MOST_SHARING;
            sharing.entry((had.kind, had.digest)).or_insert_with(|| (had.label, many, Vec::new())).2.push(at);
        }
    }
    let mut addresses = 0;
    for ((kind, digest), (label, many, accounts)) in sharing {
        // A value that many share is drawn even where it leads to no other account: left out, it would look unshared.
        if accounts.len() < 2 && !many {
            continue;
        }
        if nodes.len() >= MOST_NODES {
            cut = true;
            break;
        }
        let status = match many {
            true => Some(shared_by_many(
                db::account::sharers(conn, &kind, &digest, MOST_SHARERS_COUNTED).await?,
                accounts.len(),
            )),
            false => None,
        };
        let Some(kind) = AttributeKind::parse(&kind) else { continue };
        let hops = accounts.iter().map(|&at| nodes[at].hops).min().unwrap_or(0);
        // Several addresses are distinguished by a number, because the addresses themselves must not be shown.
        let label = if kind == AttributeKind::Address {
            addresses += 1;
            if addresses > 1 { format!("{ADDRESS} ({addresses})") } else { ADDRESS.to_owned() }
        } else {
            label
        };
        let at = nodes.len();
        nodes.push(Node {
            id: format!("{}:{}", kind.as_str(), digest.get(..12).unwrap_or_default()),
            label,
            kind: NodeKind::Attribute(kind),
            status,
            declined: false,
            state: NodeState::Known,
            hops,
            x: 0.0,
            y: 0.0,
        });
        edges.extend(accounts.into_iter().map(|account| Edge {
            from: account,
            to: at,
            label: kind.label().to_lowercase(),
            declared: false,
        }));
    }
    Ok(Graph { root: root.clone(), nodes, edges, found, further, cut })
}

/// Returns the label of a value that is shared by more accounts than are drawn.
fn shared_by_many(sharers: i64, drawn: usize) -> String {
    let number = if sharers >= MOST_SHARERS_COUNTED { "or more " } else { "" };
    let rest = if i64::try_from(drawn).is_ok_and(|drawn| drawn >= sharers) { "" } else { ", not drawn" };
    format!("shared by {sharers} {number}accounts{rest}")
}

pub(super) async fn how_far(conn: &mut Conn, id: &AccountId) -> Result<RelationsRead, Error> {
    let crawl = db::relation::crawl(conn, id).await?;
    Ok(match crawl {
        Some(db::relation::Crawl { error: Some(why), .. }) => RelationsRead::Failed(why),
        Some(db::relation::Crawl { crawled_at: Some(_), .. }) => RelationsRead::Read,
        _ => RelationsRead::NotYet,
    })
}

/// Returns the accounts that an account is linked to directly, for a line on its page.
pub(super) async fn brief(conn: &mut Conn, id: &AccountId, concealed: &Concealed) -> Result<Vec<RelationRef>, Error> {
    let graph = graph(conn, id, 1, concealed).await?;
    let mut refs: Vec<RelationRef> = graph
        .edges
        .iter()
        .filter(|edge| edge.declared && (edge.from == 0 || edge.to == 0))
        .filter_map(|edge| {
            let node = &graph.nodes[if edge.from == 0 { edge.to } else { edge.from }];
            Some(RelationRef {
                account: node.id.clone().try_into().ok()?,
                name: node.label.clone(),
                label: edge.seen_from(0),
                declined: node.declined,
                status: node.status.clone(),
                state: node.state,
            })
        })
        .collect();
    // Accounts that share an attribute.
    for (at, attribute) in
        graph.nodes.iter().enumerate().filter(|(_, node)| matches!(node.kind, NodeKind::Attribute(_)))
    {
        if !graph.neighbours(at).any(|other| other == 0) {
            continue;
        }
        let NodeKind::Attribute(kind) = attribute.kind else { continue };
        for other in graph.neighbours(at).filter(|&other| other != 0) {
            let node = &graph.nodes[other];
            if let Ok(account) = AccountId::try_from(node.id.clone()) {
                let label = kind.label().to_lowercase();
                refs.push(RelationRef {
                    account,
                    name: node.label.clone(),
                    label,
                    declined: node.declined,
                    status: node.status.clone(),
                    state: node.state,
                });
            }
        }
    }
    // Declined ones first: the end of a long list is folded.
    refs.sort_by_key(|one| !one.declined);
    Ok(refs)
}

/// Handles an event about this account's relations that does not say what they are now. They, and what lies behind
/// them, count as unknown until they have been read again. Returns whether they will be read.
pub(super) async fn doubt(tx: &mut Tx, account: &AccountId, now: Timestamp) -> Result<bool, Error> {
    if db::retention::is_erased(tx, account.as_str()).await? {
        return Ok(false);
    }
    db::relation::doubt(tx, account, now).await?;
    Ok(true)
}

/// Handles a merge of accounts: what was related to one of them is related to another now, which Persona's events do
/// not name. The account that took in others lists their inquiries as its own; a declined inquiry that the mirror still
/// has under a merged account may belong to any account.
pub(super) async fn consolidated(
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
        super::inquiry::apply_snapshot(tx, inquiry, &Source::Read, now).await?;
        let Some(row) = db::inquiry::by_id(tx, &id).await? else { continue };
        if row.inquiry.account_id.as_ref() != Some(account) {
            elsewhere.push(format!("the desk has inquiry {id} under another account"));
        }
        db::inquiry::want_evidence(tx, &id, now).await?;
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
        db::inquiry::want_evidence(tx, inquiry, now).await?;
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
                        super::account::apply_snapshot(tx, target, target.updated_at.unwrap_or(target.created_at), now)
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
    app.publish(Topic::Account, id);
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
    app.publish(Topic::Account, id);
    Ok(())
}
