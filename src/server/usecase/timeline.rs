//! What happened to an object, Persona's events and ours in one line, newest first and a page at a time.
use std::collections::HashMap;
use std::time::Duration;

use crate::domain::audit::Entry;
use crate::domain::desk::{Moment, Timeline};
use crate::domain::discrepancy::resolution;
use crate::domain::evidence::Evidence;
use crate::domain::id::InquiryId;
use crate::domain::reviewer::{Permit, permission};
use crate::domain::text::words;
use crate::domain::time::Timestamp;
use crate::server::db;
use crate::server::{App, Error};

const PAGE: usize = 60;
/// Nobody reads on for longer; the log has all of it.
const MOST: usize = 100_000;

/// What came before the `shown` newest ones, for those who want to read on.
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
    super::blind::closed(&mut conn, by, id, app.now()).await?;
    let evidence = match kind {
        "inquiry" => {
            let id: InquiryId = id.to_owned().try_into().map_err(|_| Error::NotFound("inquiry"))?;
            drop(conn);
            super::blind::told(app, by, &id).await?;
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
        // Many entries can be one line.
        if moments.len() > end || entries.len() < limit || limit > MOST {
            break (upto.or_else(|| entries.first().map(|entry| entry.seq)).unwrap_or(-1), moments);
        }
        limit *= 4;
    };
    let persona = evidence.map(Evidence::moments).unwrap_or_default();
    moments.extend(persona.into_iter().map(|(at, what)| Moment { at, who: "Persona".to_owned(), what }));
    // Stable: what happened in one moment keeps its order, on each page.
    moments.sort_by_key(|moment| std::cmp::Reverse(moment.at));
    let more = moments.len() > end;
    let moments = moments.into_iter().skip(end - PAGE).take(PAGE).collect();
    Ok(Timeline { moments, more, upto })
}

/// Pictures that one person looks at with no longer a pause between them are one visit.
const VISIT: Duration = Duration::from_secs(10 * 60);

/// Entries as lines, newest first: pictures of one visit are one line, the entries stay apart in the log.
fn grouped(entries: &[Entry]) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::new();
    // Of each person who looks: the line, the oldest picture in it, and how many were opened and seen small.
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
        (0, small) => format!("saw {}", of(small)),
        (opened, 0) => format!("opened {}", of(opened)),
        (opened, small) => format!("opened {}, and saw {} small", of(opened), of(small)),
    }
}

/// An entry of the log as a line of a timeline.
fn moment(entry: &Entry) -> Moment {
    let verdict = entry.fact("verdict").map(|verdict| words(&verdict).to_lowercase());
    let what = match (entry.action.as_str(), verdict) {
        ("inquiry.viewed" | "case.viewed" | "account.viewed", _) => "looked at it".to_owned(),
        ("discrepancy.resolved", _) => format!(
            "resolved a difference: {}, {}",
            entry.fact("field").unwrap_or_default().to_lowercase(),
            entry.fact("resolution").and_then(|code| resolution(&code)).unwrap_or_default().to_lowercase()
        ),
        ("blind.viewed", _) => "looked at it for a blind review".to_owned(),
        ("blind.given", Some(verdict)) => format!("judged it once more: {verdict}"),
        ("note.added", _) => "wrote a note".to_owned(),
        ("note.struck", _) => "struck a note out".to_owned(),
        ("case_file.exported", _) => "took out the case file".to_owned(),
        ("field.revealed", _) => {
            format!("looked at hidden values: {}", entry.fact("topics").unwrap_or_default().replace(' ', ", "))
        }
        ("decision.made", Some(verdict)) => format!("decided: {verdict}"),
        ("decision.confirmed", Some(verdict)) => format!("delivered to Persona: {verdict}"),
        ("decision.rejected", Some(verdict)) => format!("was refused by Persona: {verdict}"),
        ("decision.unknown", Some(verdict)) => format!("got no answer from Persona: {verdict}"),
        ("decision.settled", Some(verdict)) => match entry.fact("outcome").as_deref() {
            Some("confirmed") => format!("saw in Persona that it stands: {verdict}"),
            _ => format!("saw in Persona that it does not stand: {verdict}"),
        },
        ("decision.withdrawn", Some(verdict)) => format!("took the decision back: {verdict}"),
        ("decision.superseded", Some(verdict)) => {
            format!("found it done in Persona by another hand: {verdict}")
        }
        ("countersign.given", Some(verdict)) => format!("countersigned: {verdict}"),
        ("countersign.refused", Some(verdict)) => format!("refused to countersign: {verdict}"),
        ("countersign.withdrawn", Some(verdict)) => format!("took the countersign back: {verdict}"),
        ("return.released", Some(verdict)) => format!("released what came back: {verdict}"),
        ("return.dismissed", Some(verdict)) => format!("dismissed what came back: {verdict}"),
        ("claim.taken", _) => "claimed it".to_owned(),
        ("claim.released", _) => "released the claim".to_owned(),
        ("claim.taken_over", _) => match entry.fact("from") {
            Some(from) => format!("took the claim over from {from}"),
            None => "took the claim over".to_owned(),
        },
        ("decision.found", _) => "found in Persona a decision that is not in this log".to_owned(),
        ("decision.refused", _) => "tried to decide, and was refused".to_owned(),
        ("assignment.requested", _) => match entry.fact("to") {
            Some(to) if to == entry.actor_name => "took it on".to_owned(),
            to => format!("gave it to {}", to.unwrap_or_default()),
        },
        ("assignment.confirmed", _) => "told Persona whose it is".to_owned(),
        ("assignment.failed", _) => "could not tell Persona whose it is".to_owned(),
        ("link.requested", _) => "asked for a one-time link".to_owned(),
        ("link.ready", _) => "received a one-time link".to_owned(),
        ("link.failed", _) => "got no one-time link".to_owned(),
        (other, _) => words(other).to_lowercase().replace('.', ": "),
    };
    Moment { at: entry.at, who: entry.actor_name.clone(), what }
}
