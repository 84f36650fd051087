//! Compares decisions, and the evidence that they were made on, with the log.
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::id::DecisionId;
use crate::domain::replay::Said;
use crate::domain::replay::compare::{Difference, Row};
use crate::server::db::{self, Conn};
use crate::server::{App, Error};

/// Decisions compared in one step.
const PART: i64 = 100;
/// Differing decisions that are listed one by one; more are only counted.
const MOST: usize = 10;

/// One decision: what the log says, what the tables say, and where they differ.
#[derive(Debug, Clone, Default)]
pub(super) struct ReplayedDecision {
    /// `None` when the log does not record that it was made.
    pub said: Option<Said>,
    /// The stored bytes of its evidence.
    pub body: Option<String>,
    pub differences: Vec<Difference>,
}

/// Compares decisions with the log. Those that neither the log nor the table has are left out.
pub(super) async fn held(conn: &mut Conn, ids: &[DecisionId]) -> Result<BTreeMap<DecisionId, ReplayedDecision>, Error> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let certified = db::log::erasures(conn).await? > 0;
    let mut told = db::replay::told(conn, ids, None).await?;
    let (mut rows, unreadable) = rows(conn, ids).await?;
    let mut kept = db::replay::kept(conn, ids).await?;
    let mut all = BTreeMap::new();
    for id in ids {
        let said = told.remove(id).and_then(|entries| Said::follow(&entries));
        let (kept, known) = kept.remove(id).unwrap_or_default();
        let row = |log: &str, table: &str| Difference { field: "row", log: log.to_owned(), table: table.to_owned() };
        let differences = match (&said, rows.remove(id)) {
            (Some(_), None) if unreadable.contains(id) => vec![row("a decision", "what cannot be read")],
            (Some(_), None) => vec![row("a decision", "nothing")],
            (None, None) => continue,
            (None, Some(_)) => vec![row("nothing", "a decision")],
            (Some(said), Some(row)) => {
                let mut found = said.differences(&row, certified);
                let evidence = kept.as_ref().map(|kept| (kept.fingerprint.as_str(), kept.body.as_str(), kept.decided));
                found.extend(said.evidence(evidence, certified && !known));
                found
            }
        };
        all.insert(*id, ReplayedDecision { said, body: kept.map(|kept| kept.body), differences });
    }
    Ok(all)
}

type Rows = BTreeMap<DecisionId, Row>;

/// Returns the rows of decisions, and the IDs of those whose row cannot be read.
async fn rows(conn: &mut Conn, ids: &[DecisionId]) -> Result<(Rows, BTreeSet<DecisionId>), Error> {
    match db::replay::rows(conn, ids).await {
        Ok(rows) => return Ok((rows, BTreeSet::new())),
        Err(error) if db::is_unreadable(&error) => {}
        Err(error) => return Err(error.into()),
    }
    let (mut rows, mut unreadable) = (BTreeMap::new(), BTreeSet::new());
    for id in ids {
        match db::replay::rows(conn, std::slice::from_ref(id)).await {
            Ok(found) => rows.extend(found),
            Err(error) if db::is_unreadable(&error) => {
                unreadable.insert(*id);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok((rows, unreadable))
}

/// Returns the differences of one decision as one text.
pub(super) fn why(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Result of comparing all decisions with the log.
pub(super) enum ReplayResult {
    Same,
    Differs {
        at: String,
        why: String,
    },
    /// The program was asked to stop.
    Stopped,
}

/// Compares every decision with the log. `progress` is called with the number compared so far.
pub(super) async fn all(app: &App, gently: bool, mut progress: impl FnMut(i64)) -> Result<ReplayResult, Error> {
    super::log::index(app).await?;
    let (mut after, mut done) = (DecisionId(uuid::Uuid::nil()), 0);
    let mut found: Vec<(DecisionId, String)> = Vec::new();
    let mut more = 0;
    loop {
        let suspects: Vec<DecisionId> = {
            let mut conn = app.read().await?;
            let ids = db::index::decisions(&mut conn, after, PART).await?;
            let Some(last) = ids.last() else { break };
            after = *last;
            done += i64::try_from(ids.len()).unwrap_or(0);
            let held = held(&mut conn, &ids).await?;
            held.into_iter().filter(|(_, held)| !held.differences.is_empty()).map(|(id, _)| id).collect()
        };
        // A decision may have been made between two of the reads: a difference is real if it is there while no decision
        // can be made.
        for id in suspects {
            let again = app
                .write(move |tx| {
                    Box::pin(async move {
                        db::replay::still(tx).await?;
                        Ok(held(tx, &[id]).await?.remove(&id).map(|held| held.differences).unwrap_or_default())
                    })
                })
                .await?;
            match again.is_empty() {
                true => {}
                false if found.len() < MOST => found.push((id, why(&again))),
                false => more += 1,
            }
        }
        progress(done);
        if *app.stopping.borrow() {
            return Ok(ReplayResult::Stopped);
        }
        if gently {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let mut found = found.into_iter();
    let Some((id, why)) = found.next() else { return Ok(ReplayResult::Same) };
    let others: String = found.map(|(id, why)| format!(". Decision {id}: {why}")).collect();
    let more = if more > 0 { format!(". {more} more decisions differ") } else { String::new() };
    Ok(ReplayResult::Differs { at: format!("decision {id}"), why: format!("{why}{others}{more}") })
}
