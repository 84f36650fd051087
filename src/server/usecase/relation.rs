//! The neighbourhood of an account as a graph, and asking Persona for relations not read yet.
pub mod backlog;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use backlog::want_each;

use super::audit::{actor, append};
use super::blind::concealment::Concealed;
use super::inquiry::visit::Look;
use crate::domain::account::attribute::{ADDRESS, AttributeKind};
use crate::domain::account::{AccountKind, REDACTED_ACCOUNT, is_refused};
use crate::domain::audit::Draft;
use crate::domain::id::AccountId;
use crate::domain::page_data::inquiry::RelationRef;
use crate::domain::page_data::relation::RelationPage;
use crate::domain::relation::{
    DECLINED_WITHIN, DeclinedNear, Edge, Graph, MOST_HOPS, MOST_NODES, Node, NodeKind, NodeState, RelationsRead, lines,
};
use crate::domain::reviewer::{Permit, permission};
use crate::domain::text::words;
use crate::server::change_feed::ChangeTopic;
use crate::server::db::{self, Conn};
use crate::server::{App, Error};

const PATIENCE: Duration = Duration::from_millis(2500);
/// Accounts whose names and states are read in one query.
const AT_ONCE: usize = 1000;
/// How far the accounts that share one value are counted, where the graph says how many there are.
const MOST_SHARERS_COUNTED: i64 = 1000;

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
                if ping.topic == ChangeTopic::Account && ping.id == id.as_str() {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(PATIENCE, arrived).await;
    }
    let mut conn = app.read().await?;
    let (account, _) = db::account::by_id(&mut conn, &id).await?.ok_or(Error::NotFound("account"))?;
    let crawl = db::relation::crawl(&mut conn, &id).await?;
    let concealed = super::blind::concealment::concealed(&mut conn, by, now).await?;
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
    brief.decided.as_deref() == Some("declined") || is_refused(&brief.status) || brief.refused_in_case
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
            let in_case = brief.is_some_and(|brief| brief.refused_in_case).then(|| "declined in a case".to_owned());
            let decided = in_case.or_else(|| brief.and_then(|brief| brief.decided.clone()));
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
    let rest = if i64::try_from(drawn).is_ok_and(|drawn| drawn >= sharers) { "" } else { ", not all shown here" };
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
