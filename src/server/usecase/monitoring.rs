//! Hits that Persona's monitoring finds after an approval. No queue of open work lists these inquiries, so they are
//! tagged: the view "Hits after approval" shows them, and the log records each hit.
use std::collections::BTreeSet;

use super::audit::append;
use crate::domain::audit::{Actor, Draft};
use crate::domain::evidence::{Evidence, Tone};
use crate::domain::id::{AccountId, InquiryId};
use crate::domain::inquiry::{Inquiry, InquiryStatus};
use crate::domain::queue::LATER_HIT;
use crate::domain::report::Report;
use crate::domain::report::assess::Meaning;
use crate::domain::time::Timestamp;
use crate::server::Error;
use crate::server::db::inquiry::MirroredInquiry;
use crate::server::db::{self, Tx};

const SELF: Actor = Actor::System { part: "monitoring" };
/// Inquiries of one account that are tagged, at most; the newest first.
const MOST: usize = 20;

/// A report with a hit: its ID, and what it found.
type Hit = (String, String);

fn hits(reports: &[Report]) -> BTreeSet<Hit> {
    let bad = |report: &Report| report.assess().signals.into_iter().find(|signal| signal.tone == Tone::Bad);
    let matched = |report: &Report| {
        // A report of an unknown kind that has a match counts as a hit, and so does one that lists matches without
        // saying whether they are matches.
        let unknown = report.meaning() == Meaning::Unknown && report.has_match;
        let listed = report.match_unknown && !report.matches.is_empty();
        (unknown || listed).then(|| report.hit_label())
    };
    let label = |report: &Report| bad(report).map(|signal| signal.label).or_else(|| matched(report));
    reports.iter().filter_map(|report| Some((report.id.to_string(), label(report)?))).collect()
}

/// Returns how many matches of a report are not dismissed: a report that found one may find another.
fn open(reports: &[Report], id: &str) -> usize {
    let report = reports.iter().find(|report| report.id.as_str() == id);
    report.map_or(0, |report| report.matches.iter().filter(|found| found.dismissed.is_none()).count())
}

/// Returns the hits that came after the approval: they were not there at the last read, or their report finished later.
pub(super) fn later(inquiry: &Inquiry, before: Option<&Evidence>, now: &Evidence) -> BTreeSet<Hit> {
    if inquiry.status != InquiryStatus::Approved || inquiry.redacted_at.is_some() {
        return BTreeSet::new();
    }
    let found = hits(&now.reports);
    match before {
        Some(before) => {
            let known = hits(&before.reports);
            let more = |id: &str| open(&now.reports, id) > open(&before.reports, id);
            found.into_iter().filter(|hit| !known.contains(hit) || more(&hit.0)).collect()
        }
        None => {
            let after = |id: &str| {
                let report = now.reports.iter().find(|report| report.id.as_str() == id);
                let finished = report.and_then(|report| report.completed_at.or(report.created_at));
                finished.zip(inquiry.decisioned_at).is_some_and(|(finished, decided)| finished > decided)
            };
            found.into_iter().filter(|(id, _)| after(id)).collect()
        }
    }
}

/// Tags an inquiry and records each hit. The caller writes the row.
pub(super) async fn mark(
    tx: &mut Tx,
    row: &mut MirroredInquiry,
    found: &BTreeSet<Hit>,
    now: Timestamp,
) -> Result<(), Error> {
    if found.is_empty() {
        return Ok(());
    }
    if !row.tags.iter().any(|tag| tag == LATER_HIT) {
        row.tags.push(LATER_HIT.to_owned());
        db::queue::set_tags(tx, &row.inquiry.id, &row.tags).await?;
    }
    for (report, label) in found {
        let draft = Draft::new("monitoring.hit", SELF, "inquiry", row.inquiry.id.to_string());
        append(tx, now, draft.fact("report", report.clone()).fact("signal", label.clone())).await?;
    }
    Ok(())
}

/// Handles a report on an account itself, which belongs to no inquiry: tags the approved inquiries of the account.
/// Returns which.
pub(super) async fn on_account(
    tx: &mut Tx,
    account: &AccountId,
    report: &Report,
    now: Timestamp,
) -> Result<Vec<InquiryId>, Error> {
    let found = hits(std::slice::from_ref(report));
    let Some((id, label)) = found.first() else { return Ok(Vec::new()) };
    let draft = Draft::new("monitoring.hit", SELF, "account", account.to_string());
    append(tx, now, draft.fact("report", id.clone()).fact("signal", label.clone())).await?;
    let mut marked = Vec::new();
    for line in db::queue::of_account(tx, account).await? {
        if line.status != InquiryStatus::Approved.as_str() || marked.len() >= MOST {
            continue;
        }
        let Ok(id) = InquiryId::try_from(line.id) else { continue };
        if !db::inquiry::lock(tx, &id).await? {
            continue;
        }
        let Some(mut row) = db::inquiry::by_id(tx, &id).await? else { continue };
        mark(tx, &mut row, &found, now).await?;
        super::queue::priority::find_by(tx, &row).await?;
        // Read it again with the reports on the account: the evidence that it was approved on is no longer all of it.
        db::inquiry::backlog::want_evidence(tx, &id, now).await?;
        marked.push(id);
    }
    Ok(marked)
}
