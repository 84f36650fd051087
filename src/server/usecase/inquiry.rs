//! The page of one inquiry, and applying Persona's snapshots of an inquiry if they are newer.
pub mod row;
pub mod snapshot;
pub mod visit;

use std::time::Duration;

use visit::{Look, opened};

use crate::domain::decision::warning::Forecast;
use crate::domain::decision::{Subject, Verdict};
use crate::domain::discrepancy::comparison::resolve;
use crate::domain::evidence::Evidence;
use crate::domain::evidence_diff::{self, Changes};
use crate::domain::id::InquiryId;
use crate::domain::inquiry::InquiryStatus;
use crate::domain::news::{NewDecision, News};
use crate::domain::page_data::inquiry::{CaseRef, DecisionDraft as SavedDraft, InquiryPage, InquiryRef, LinkRow};
use crate::domain::relation::RelationsRead;
use crate::domain::reviewer::{Permission, Permit, permission};
use crate::server::db;
use crate::server::db::inquiry::MirroredInquiry;
use crate::server::db::snapshot::Snapshot;
use crate::server::{App, Error};

/// How long a page waits for evidence that is being fetched before it says so instead.
const PATIENCE: Duration = Duration::from_millis(2500);

/// Returns one inquiry with all that is known of it. Opening it is recorded. Missing evidence is requested, and the
/// page waits a moment for the job that fetches it.
/// `seen` is a version that the reviewer saw before: the page says what changed since.
pub async fn open(
    app: &App,
    by: &Permit<permission::ReadEvidence>,
    id: InquiryId,
    seen: Option<i64>,
    look: Look,
) -> Result<InquiryPage, Error> {
    let mut pings = app.changes.subscribe();
    let now = app.now();
    let (row, mut soon) = {
        let mut conn = app.read().await?;
        super::blind::concealment::closed(&mut conn, by, id.as_str(), now).await?;
        let row = db::inquiry::by_id(&mut conn, &id).await?.ok_or(Error::NotFound("inquiry"))?;
        // What the other inquiries of the account say decides whether a second reviewer is needed.
        let soon = match row.inquiry.account_id.as_ref().filter(|_| row.inquiry.status.decidable()) {
            Some(account) => db::inquiry::siblings_being_read(&mut conn, account, &id).await?,
            None => Vec::new(),
        };
        (row, soon)
    };
    let missing = row.evidence.is_none();
    if (missing || row.evidence_wanted_at.is_some()) && row.inquiry.redacted_at.is_none() {
        soon.push(id.clone());
    }
    if !soon.is_empty() {
        app.write(move |tx| {
            let soon = soon.clone();
            Box::pin(async move {
                for id in &soon {
                    db::inquiry::backlog::want_evidence_first(tx, id, now).await?;
                }
                Ok(())
            })
        })
        .await?;
        app.wake.evidence.notify_one();
    }
    // Known evidence is shown meanwhile. If there is none, the page waits a moment.
    if missing && row.inquiry.redacted_at.is_none() {
        let arrived = async {
            while let Ok(ping) = pings.recv().await {
                if ping.id == id.as_str() {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(PATIENCE, arrived).await;
    }
    super::blind::concealment::told(app, by, &id).await?;
    let mut page = page(app, by, id.clone(), seen).await?;
    // Record the version that is shown, which may have arrived while the page waited: a decision looks for it in the
    // log.
    page.opened = opened(app, by, Subject::Inquiry(id), page.version, look).await?;
    Ok(page)
}

/// Stores what is about to be shown, so that later changes can be compared with it.
async fn keep_seen(app: &App, row: &MirroredInquiry) -> Result<(), Error> {
    let now = app.now();
    let subject = Subject::Inquiry(row.inquiry.id.clone());
    let (version, fingerprint) = (row.version, row.fingerprint.clone().unwrap_or_default());
    let body = row.seen().canonical();
    app.write(move |tx| {
        Box::pin(async move {
            let snapshot = Snapshot { version, fingerprint: &fingerprint, body: &body, seen_at: now, decided: false };
            Ok(db::snapshot::keep(tx, &subject, &snapshot).await?)
        })
    })
    .await
}

/// Returns what changed between a version that was seen and the current one.
async fn changes(conn: &mut db::Conn, row: &MirroredInquiry, seen: Option<i64>) -> Result<Option<Changes>, Error> {
    let Some(seen) = seen.filter(|seen| *seen > 0 && *seen != row.version) else { return Ok(None) };
    let subject = Subject::Inquiry(row.inquiry.id.clone());
    let body = db::snapshot::body(conn, &subject, seen).await?;
    let before: Option<Evidence> = body.and_then(|body| serde_json::from_str(&body).ok());
    // Compare the canonical form of both, or what it leaves out would count as a change.
    let after: Option<Evidence> = serde_json::from_str(&row.seen().canonical()).ok();
    let lines = before.zip(after).map(|(before, after)| evidence_diff::changes(&before, &after));
    Ok(Some(Changes { seen, now: row.version, lines }))
}

async fn page(
    app: &App,
    by: &Permit<permission::ReadEvidence>,
    id: InquiryId,
    seen: Option<i64>,
) -> Result<InquiryPage, Error> {
    let now = app.now();
    let mut conn = app.read().await?;
    let row = db::inquiry::by_id(&mut conn, &id).await?.ok_or(Error::NotFound("inquiry"))?;
    let subject = Subject::Inquiry(id.clone());
    if row.inquiry.redacted_at.is_none() && !db::snapshot::known(&mut conn, &subject, row.version).await? {
        drop(conn);
        keep_seen(app, &row).await?;
        conn = app.read().await?;
    }
    let template_id = row.inquiry.template_id.as_ref().map(ToString::to_string);
    let template =
        db::inquiry::templates(&mut conn).await?.into_iter().find(|(id, _)| Some(id) == template_id.as_ref());
    let shared = match &row.inquiry.account_id {
        Some(account) => db::account::shared(&mut conn, account).await?,
        None => Vec::new(),
    };
    let concealed = super::blind::concealment::concealed(&mut conn, by, now).await?;
    let relations = match &row.inquiry.account_id {
        Some(account) => super::relation::brief(&mut conn, account, &concealed).await?,
        None => Vec::new(),
    };
    let relations_read = match &row.inquiry.account_id {
        Some(account) => super::relation::how_far(&mut conn, account).await?,
        None => RelationsRead::Read,
    };
    let links = db::link::of_inquiry(&mut conn, &id).await?;
    let sends = by.reviewer().role.may(Permission::Decide);
    let timeline = super::timeline::page(&mut conn, "inquiry", id.as_str(), row.evidence.as_ref(), None, 0).await?;
    let place = db::queue::position(&mut conn, &id).await?.ok_or(Error::NotFound("inquiry"))?;
    let next = db::queue::following(&mut conn, &id, by.reviewer().id, now).await?;
    let draft = db::decision::draft(&mut conn, by.reviewer().id, &subject).await?;
    let seen = seen.or_else(|| draft.as_ref().map(|draft| draft.seen_version));
    let changes = changes(&mut conn, &row, seen).await?;
    let mut mask = super::reveal::mask(app, &mut conn, by, "inquiry", id.as_str()).await?;
    let claim = db::claim::of(&mut conn, &id).await?.filter(|claim| claim.holds(now));
    // Compare first and mask afterwards: a difference is marked whether its values are shown or not.
    let mut comparisons = row.evidence.as_ref().map(Evidence::comparisons).unwrap_or_default();
    resolve(&mut comparisons, &db::discrepancy::of(&mut conn, &id).await?);
    mask.comparisons(&mut comparisons);
    let mut changes = changes;
    if let Some(changes) = &mut changes {
        mask.changes(changes);
    }
    let in_force = db::configuration::read(&mut conn).await?;
    let (_, checklist) = super::checklist::of(&mut conn, &in_force.checklists, &row).await?;
    let sheets = super::sheet::of(&mut conn, row.evidence.as_ref()).await?;
    let decides = by.reviewer().role.may(Permission::Decide) && row.inquiry.redacted_at.is_none();
    let offered = verdicts(&row.inquiry.status).into_iter().filter(|_| decides).collect::<Vec<_>>();
    let forecast = match offered.is_empty() {
        true => Forecast::default(),
        false => super::decision::warning::of_inquiry(&mut conn, &row, &offered, &in_force.rules, &concealed).await?,
    };
    let returned = db::decision::returned(&mut conn, by.reviewer().id, Some(&subject)).await?;
    let returned = returned.first().map(|decision| decision.id);
    let document_label = row.evidence.as_ref().and_then(Evidence::document_label);
    let not_passed = row.evidence.as_ref().map(|evidence| evidence.outcome().why()).unwrap_or_default();
    let (mut inquiry, mut evidence) = (row.inquiry, row.evidence);
    mask.inquiry(&mut inquiry);
    if let Some(evidence) = &mut evidence {
        mask.evidence(evidence);
    }
    Ok(InquiryPage {
        opened: false,
        not_passed,
        changes,
        checklist,
        tags: row.tags.clone(),
        due_at: place.due_at,
        assignee: place.assignee_name,
        snoozed: place.snoozed_until.filter(|until| *until > now).map(|until| (until, place.snoozed_for_change == 1)),
        hidden: mask.hidden.into_iter().collect(),
        notes: super::note::about(&mut conn, by, "inquiry", id.as_str()).await?,
        claim,
        forecast,
        returned,
        template: template.map(|(_, name)| name),
        as_of: row.evidence_at.unwrap_or(row.as_of),
        evidence_pending: row.evidence_wanted_at.is_some(),
        evidence_error: row.evidence_error.clone(),
        document_label,
        sheets,
        comparisons,
        signals: row.signals.clone(),
        version: row.version,
        fingerprint: row.fingerprint.clone().unwrap_or_default(),
        decisions: db::decision::about(&mut conn, &subject).await?,
        links: links
            .into_iter()
            .map(|link| LinkRow {
                requested_by: link.reviewer_name,
                requested_at: link.requested_at,
                life_seconds: link.expires_in_seconds,
                state: link.state,
                // Anyone who has the link acts in the applicant's place: only reviewers who may send links see one.
                url: link.url.filter(|_| sends && link.expires_at.is_some_and(|at| at > now)),
                expires_at: link.expires_at,
                error: link.error,
            })
            .collect(),
        cases: cases(&mut conn, "inquiry", id.as_str()).await?,
        relations,
        relations_read,
        shared,
        timeline,
        draft: draft.map(|draft| SavedDraft {
            verdict: draft.verdict,
            reason: draft.reason,
            comment: draft.comment,
            saved_at: draft.saved_at,
            seen_version: draft.seen_version,
        }),
        next,
        persona_down: app.persona.health().down(),
        evidence,
        inquiry,
        now,
    })
}

/// Returns the verdicts that the page offers for an inquiry in this status.
fn verdicts(status: &InquiryStatus) -> Vec<Verdict> {
    let mut offered = if status.decidable() { vec![Verdict::Approve, Verdict::Decline] } else { Vec::new() };
    if status.reviewable() {
        offered.push(Verdict::MarkForReview);
    }
    offered
}

/// Returns the current state of an inquiry for an open page, without its evidence, so that it does not count as having
/// seen that.
pub async fn news(app: &App, by: &Permit<permission::ReadEvidence>, id: InquiryId) -> Result<News, Error> {
    let now = app.now();
    super::blind::concealment::closed(&mut app.read().await?, by, id.as_str(), now).await?;
    super::blind::concealment::told(app, by, &id).await?;
    let mut conn = app.read().await?;
    let row = db::inquiry::by_id(&mut conn, &id).await?.ok_or(Error::NotFound("inquiry"))?;
    let claim = db::claim::of(&mut conn, &id).await?.filter(|claim| claim.holds(now));
    let decisions = db::decision::about(&mut conn, &Subject::Inquiry(id)).await?;
    Ok(News {
        version: row.version,
        status: row.inquiry.status,
        claim,
        decision: decisions.first().map(NewDecision::from),
    })
}

pub(super) async fn cases(conn: &mut db::Conn, kind: &str, id: &str) -> Result<Vec<CaseRef>, Error> {
    let rows = db::case::holding(conn, kind, id).await?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, name, status)| Some(CaseRef { id: id.try_into().ok()?, name, status }))
        .collect())
}

pub(super) fn reference(line: db::queue::ListedInquiry) -> Option<InquiryRef> {
    Some(InquiryRef {
        id: line.id.try_into().ok()?,
        subject: line.subject,
        status: InquiryStatus::from(line.status),
        template: line.template_name.or(line.template_id),
        waiting_since: line.waiting_since,
        signals: line.signals.0,
    })
}
