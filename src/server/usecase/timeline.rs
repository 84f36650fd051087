//! The timeline of an object: Persona's events and ours in one list, newest first and a page at a time.
use std::collections::HashMap;
use std::time::Duration;

use crate::domain::audit::Entry;
use crate::domain::discrepancy::resolution;
use crate::domain::evidence::Evidence;
use crate::domain::id::InquiryId;
use crate::domain::page_data::timeline::{Moment, Timeline};
use crate::domain::reviewer::{Permit, permission};
use crate::domain::text::words;
use crate::domain::time::Timestamp;
use crate::server::db;
use crate::server::{App, Error};

const PAGE: usize = 60;
/// Moments that can be paged through, at most; the log has all of them.
const MOST: usize = 100_000;

/// Returns the moments before the `shown` newest ones, for reviewers who want to read on.
pub async fn earlier(
    app: &App,
    by: &Permit<permission::ReadEvidence>,
    kind: &str,
    id: &str,
    upto: i64,
    shown: usize,
) -> Result<Timeline, Error> {
    let mut conn = app.read().await?;
    let (kind, _) = super::note::known(&mut conn, kind, id).await?;
    super::blind::concealment::closed(&mut conn, by, id, app.now()).await?;
    let evidence = match kind {
        "inquiry" => {
            let id: InquiryId = id.to_owned().try_into().map_err(|_| Error::NotFound("inquiry"))?;
            drop(conn);
            super::blind::concealment::told(app, by, &id).await?;
            conn = app.read().await?;
            db::inquiry::by_id(&mut conn, &id).await?.and_then(|row| row.evidence)
        }
        _ => None,
    };
    page(&mut conn, kind, id, evidence.as_ref(), Some(upto), shown).await
}

pub(super) async fn page(
    conn: &mut db::Conn,
    kind: &str,
    id: &str,
    evidence: Option<&Evidence>,
    upto: Option<i64>,
    shown: usize,
) -> Result<Timeline, Error> {
    let end = shown.min(MOST) + PAGE;
    let mut limit = end + 1;
    let (upto, mut moments) = loop {
        let asked = i64::try_from(limit).unwrap_or(i64::MAX);
        let entries = db::audit::about(conn, kind, id, upto, asked).await?;
        let moments = grouped(&entries);
        // Many entries can be one moment.
        if moments.len() > end || entries.len() < limit || limit > MOST {
            break (upto.or_else(|| entries.first().map(|entry| entry.seq)).unwrap_or(-1), moments);
        }
        limit *= 4;
    };
    let persona = evidence.map(Evidence::moments).unwrap_or_default();
    moments.extend(persona.into_iter().map(|(at, what)| Moment { at, who: "Persona".to_owned(), what }));
    // The sort is stable: what happened at the same time keeps its order, on each page.
    moments.sort_by_key(|moment| std::cmp::Reverse(moment.at));
    let more = moments.len() > end;
    let moments = moments.into_iter().skip(end - PAGE).take(PAGE).collect();
    Ok(Timeline { moments, more, upto })
}

/// Pictures that one person views with pauses no longer than this between them are one visit.
const VISIT: Duration = Duration::from_secs(10 * 60);

/// Returns entries as moments, newest first. The pictures of one visit are one moment; in the log they stay separate
/// entries.
fn grouped(entries: &[Entry]) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::new();
    // For each person: the moment, the oldest picture in it, and how many pictures were opened and how many were seen
    // small.
    let mut visits: HashMap<&str, (usize, Timestamp, [usize; 2])> = HashMap::new();
    for entry in entries {
        let who = entry.actor_name.as_str();
        if entry.action != "picture.viewed" {
            moments.push(moment(entry));
            continue;
        }
        let small = usize::from(entry.fact("size").as_deref() == Some("small"));
        let (line, oldest, counts) = match visits.get(who) {
            Some((line, oldest, counts)) if oldest.since(entry.at) <= VISIT => (*line, entry.at, *counts),
            _ => {
                moments.push(moment(entry));
                (moments.len() - 1, entry.at, [0; 2])
            }
        };
        let mut counts = counts;
        counts[small] += 1;
        visits.insert(who, (line, oldest, counts));
        if let Some(moment) = moments.get_mut(line) {
            moment.what = pictures(counts);
        }
    }
    moments
}

fn pictures([opened, small]: [usize; 2]) -> String {
    let of = |n: usize| if n == 1 { "a picture".to_owned() } else { format!("{n} pictures") };
    match (opened, small) {
        (0, small) => format!("viewed {}", of(small)),
        (opened, 0) => format!("opened {}", of(opened)),
        (opened, small) => format!("opened {}, and viewed {} at thumbnail size", of(opened), of(small)),
    }
}

/// Returns an entry of the log as a moment of the timeline.
fn moment(entry: &Entry) -> Moment {
    let verdict = entry.fact("verdict").map(|verdict| words(&verdict).to_lowercase());
    let what = match (entry.action.as_str(), verdict) {
        ("inquiry.viewed" | "case.viewed" | "account.viewed", _) => "viewed it".to_owned(),
        ("discrepancy.resolved", _) => format!(
            "resolved a discrepancy: {}, {}",
            entry.fact("field").unwrap_or_default().to_lowercase(),
            entry.fact("resolution").and_then(|code| resolution(&code)).unwrap_or_default().to_lowercase()
        ),
        ("blind.viewed", _) => "viewed it for a blind review".to_owned(),
        ("blind.given", Some(verdict)) => format!("gave a blind review: {verdict}"),
        ("note.added", _) => "wrote a note".to_owned(),
        ("note.struck", _) => "struck out a note".to_owned(),
        ("case_file.exported", _) => "exported the case file".to_owned(),
        ("field.revealed", _) => {
            format!("revealed hidden values: {}", entry.fact("topics").unwrap_or_default().replace(' ', ", "))
        }
        ("decision.made", Some(verdict)) => format!("decided: {verdict}"),
        ("decision.confirmed", Some(verdict)) => format!("delivered to Persona: {verdict}"),
        ("decision.rejected", Some(verdict)) => format!("received a rejection from Persona: {verdict}"),
        ("decision.unknown", Some(verdict)) => format!("got no answer from Persona: {verdict}"),
        ("decision.settled", Some(verdict)) => match entry.fact("outcome").as_deref() {
            Some("confirmed") => format!("saw in Persona that it took effect: {verdict}"),
            _ => format!("saw in Persona that it did not take effect: {verdict}"),
        },
        ("decision.withdrawn", Some(verdict)) => format!("withdrew the decision: {verdict}"),
        ("decision.superseded", Some(verdict)) => {
            format!("found it already done in Persona by someone else: {verdict}")
        }
        ("countersign.given", Some(verdict)) => format!("countersigned: {verdict}"),
        ("countersign.refused", Some(verdict)) => format!("refused to countersign: {verdict}"),
        ("countersign.withdrawn", Some(verdict)) => format!("withdrew the countersignature: {verdict}"),
        ("return.released", Some(verdict)) => format!("released the returned decision: {verdict}"),
        ("return.dismissed", Some(verdict)) => format!("dismissed the returned decision: {verdict}"),
        ("claim.taken", _) => "claimed it".to_owned(),
        ("claim.released", _) => "released the claim".to_owned(),
        ("claim.taken_over", _) => match entry.fact("from") {
            Some(from) => format!("took over the claim from {from}"),
            None => "took over the claim".to_owned(),
        },
        ("decision.found", _) => "found a decision in Persona that is not in this log".to_owned(),
        ("decision.refused", _) => "tried to decide; the desk refused it".to_owned(),
        ("assignment.requested", _) => match entry.fact("to") {
            Some(to) if to == entry.actor_name => "assigned it to themselves".to_owned(),
            to => format!("assigned it to {}", to.unwrap_or_default()),
        },
        ("assignment.confirmed", _) => "sent the assignment to Persona".to_owned(),
        ("assignment.failed", _) => "could not send the assignment to Persona".to_owned(),
        ("link.requested", _) => "requested a one-time link".to_owned(),
        ("link.ready", _) => "received a one-time link".to_owned(),
        ("link.failed", _) => "received no one-time link".to_owned(),
        (other, _) => words(other).to_lowercase().replace('.', ": "),
    };
    Moment { at: entry.at, who: entry.actor_name.clone(), what }
}
