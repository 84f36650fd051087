//! Cases: the list, one case with its contents, and applying Persona's snapshots of a case.
use std::time::Duration;

use super::evidence::{RETRIED, UNSTORED};
use super::inquiry::Look;
use crate::domain::account::Account;
use crate::domain::case::{Case, CaseFilter, statuses};
use crate::domain::decision::Subject;
use crate::domain::decision::warning::Forecast;
use crate::domain::delivery::pause;
use crate::domain::evidence::Evidence;
use crate::domain::id::{AccountId, CaseId};
use crate::domain::inquiry::Field;
use crate::domain::page::Cursor;
use crate::domain::page_data::case::{CasePage, CaseRow, CasesPage, ReportFound, ReportRef};
use crate::domain::page_data::inquiry::Draft as SavedDraft;
use crate::domain::queue::MOST_HOURS;
use crate::domain::reviewer::{Permission, Permit, Reviewer, permission};
use crate::domain::search::{pasted, understood};
use crate::domain::snapshot_order::{self, Source};
use crate::domain::text::clean;
use crate::domain::time::Timestamp;
use crate::server::change_feed::Topic;
use crate::server::db::case::{CaseQuery, Mirrored, Wish};
use crate::server::db::{self, Tx};
use crate::server::persona::Failure;
use crate::server::{App, Error};

const PAGE: usize = 50;
/// Inquiries of one case on its page, at most.
const MOST_SHOWN: usize = 50;

/// Turns the filter in the URL into the database's filter.
fn narrowed(typed: &CaseFilter, me: &Reviewer, now: Timestamp) -> CaseQuery {
    let given = |text: &Option<String>| text.as_ref().map(|text| clean(text.trim())).filter(|text| !text.is_empty());
    let hours = |text: &str| text.parse::<u32>().ok().filter(|hours| *hours <= MOST_HOURS);
    let due_before = match given(&typed.due).as_deref() {
        Some("overdue") => Some(now),
        Some(text) => hours(text).map(|hours| now.plus(Duration::from_secs(u64::from(hours) * 3600))),
        None => None,
    };
    let status = given(&typed.status);
    let search = given(&typed.search);
    // A reviewer who may not read evidence cannot search by it: neither by a name nor by the words of an inquiry.
    let (exactly, search) = if me.role.may(Permission::ReadEvidence) { (None, search) } else { (search, None) };
    CaseQuery {
        // A resolved case has no due time any more.
        open: status.is_none() || due_before.is_some(),
        status: status.filter(|status| status != "all"),
        assignee: match given(&typed.assignee).as_deref() {
            Some("me") => Some(me.email.clone()),
            Some("nobody") => Some(String::new()),
            other => other.map(str::to_owned),
        },
        template: given(&typed.template),
        tag: given(&typed.tag),
        due_before,
        ways: search.as_ref().map(|words| understood(words)).unwrap_or_default(),
        named: search.map(|words| pasted(&words).map(str::to_owned).unwrap_or(words)),
        exactly: exactly.map(|words| pasted(&words).map(str::to_owned).unwrap_or(words)),
        by_due: typed.by_due(),
    }
}

pub async fn list(app: &App, by: &Permit<permission::ReadQueue>, typed: CaseFilter) -> Result<CasesPage, Error> {
    let now = app.now();
    let me = by.reviewer();
    let after = typed.after.as_deref().and_then(Cursor::from_text);
    let mut conn = app.read().await?;
    let words = super::search_link::words(&mut conn, typed.search.clone()).await?;
    let typed = CaseFilter { search: words.or(typed.search), ..typed };
    let mut filter = narrowed(&typed, me, now);
    for way in &mut filter.ways {
        *way = db::digest::terms(&mut conn, std::mem::take(way)).await?;
    }
    let mut page = db::case::page(&mut conn, &filter, after.as_ref(), PAGE).await?;
    if page.rows.is_empty() && after.is_some() {
        let last = db::case::last_page(&mut conn, &filter, PAGE).await?;
        page = if last.rows.is_empty() { page } else { last };
    }
    let words = filter.named.clone().or_else(|| filter.exactly.clone());
    let found = match &words {
        Some(_) => db::case::found(&mut conn, &filter).await?,
        None => 0,
    };
    let page = page.map_some(|line| {
        Some(CaseRow {
            id: line.id.try_into().ok()?,
            name: line.name,
            status: line.status,
            subject: line.subject,
            mine: line.assignee.as_ref() == Some(&me.email),
            assignee: line.assignee_name.or(line.assignee),
            tags: line.body.0.tags,
            inquiries: line.inquiries,
            resolved: line.resolved_at.is_some(),
            created_at: line.created_at,
            due_at: line.due_at,
            being_assigned: line.being_assigned,
        })
    });
    let assignees = db::case::assignees(&mut conn).await?;
    let cases = CasesPage {
        page,
        statuses: db::case::status_counts(&mut conn).await?,
        open: db::case::open(&mut conn).await?,
        forbidden: super::sync::forbidden(&mut conn, "cases").await?,
        assignees: assignees.into_iter().map(|(email, name)| (email.clone(), name.unwrap_or(email))).collect(),
        templates: db::case::templates(&mut conn).await?,
        tags: db::case::tags(&mut conn).await?,
        analysts: super::reviewer::analysts(&mut conn).await?,
        searched: words.clone(),
        now,
    };
    // Release the connection first: a task that holds one must not wait for another.
    drop(conn);
    if let Some(words) = &words {
        super::audit::searched(app, by, "cases", &words.to_lowercase(), found).await?;
    }
    Ok(cases)
}

pub async fn open(app: &App, by: &Permit<permission::ReadEvidence>, id: CaseId, look: Look) -> Result<CasePage, Error> {
    let now = app.now();
    let mut conn = app.read().await?;
    let row = db::case::by_id(&mut conn, &id).await?.ok_or(Error::NotFound("case"))?;
    let template = row.case.template_id.as_ref().map(ToString::to_string);
    let concealed = super::blind::concealed(&mut conn, by, now).await?;
    let mut inquiries = Vec::new();
    let mut reports: Vec<ReportRef> =
        row.case.reports.iter().map(|id| ReportRef { id: id.clone(), inquiry: None, found: None }).collect();
    // Inquiries that were never read are read now: until then the case cannot be decided.
    let mut unread = Vec::new();
    for id in &row.case.inquiries {
        if let Some(inquiry) = db::inquiry::by_id(&mut conn, id).await? {
            if inquiry.evidence.is_none() && inquiry.inquiry.redacted_at.is_none() {
                unread.push(id.clone());
            }
            if concealed.inquiry(id) || inquiries.len() >= MOST_SHOWN {
                continue;
            }
            for report in inquiry.evidence.iter().flat_map(|evidence| &evidence.reports) {
                for held in reports.iter_mut().filter(|held| held.id == report.id) {
                    held.inquiry = Some(id.clone());
                    let assessed = report.assess();
                    held.found = Some(ReportFound {
                        label: report.label(),
                        tone: assessed.tone,
                        result: assessed.text,
                        completed_at: report.completed_at,
                    });
                }
            }
            inquiries.push(crate::domain::page_data::inquiry::InquiryRef {
                id: id.clone(),
                subject: inquiry.inquiry.subject(),
                template: None,
                waiting_since: inquiry.inquiry.waiting_since(),
                signals: inquiry.signals,
                status: inquiry.inquiry.status,
            });
        }
    }
    let mut accounts = Vec::new();
    for id in row.case.accounts.iter().take(50) {
        let name = db::account::by_id(&mut conn, id).await?.map(|(account, _)| account.name());
        accounts.push((id.clone(), name));
    }
    let subject = Subject::Case(id.clone());
    let mut mask = super::reveal::mask(app, &mut conn, by, "case", id.as_str()).await?;
    let mut case = row.case.clone();
    mask.case(&mut case);
    let filter = narrowed(&CaseFilter::default(), by.reviewer(), now);
    let next = db::case::following(&mut conn, &filter, &row).await?;
    let known = match &case.assignee {
        Some(email) => db::reviewer::by_email(&mut conn, email).await?.map(|(reviewer, _)| reviewer.name),
        None => None,
    };
    let (wanted_at, failure) = db::case::reading(&mut conn, &id).await?;
    let missing = row.case.holds_more() && row.case.evidence.is_none() && row.case.redacted_at.is_none();
    let reading = failure.or_else(|| (missing || wanted_at.is_some()).then(|| "being read from Persona".to_owned()));
    let wish = (missing && wanted_at.is_none()).then(|| id.clone());
    let saved = db::decision::draft(&mut conn, by.reviewer().id, &subject).await?;
    let forecast = match by.reviewer().role.may(Permission::Decide) && row.case.redacted_at.is_none() {
        true => super::decision::warning::of_case(&mut conn, &row.case, &concealed).await?,
        false => Forecast::default(),
    };
    let returned = db::decision::returned(&mut conn, by.reviewer().id, Some(&subject)).await?;
    let page = CasePage {
        opened: false,
        forecast,
        returned: returned.first().map(|decision| decision.id),
        statuses: statuses(&db::case::statuses_seen(&mut conn, template.as_deref()).await?),
        inquiries,
        accounts,
        reports,
        reading,
        mine: case.assignee.as_ref() == Some(&by.reviewer().email),
        assignee: known.or_else(|| case.assignee.clone()),
        assignment: db::assignment::of_case(&mut conn, &id).await?,
        next: next.and_then(|id| id.try_into().ok()),
        decisions: db::decision::about(&mut conn, &subject).await?,
        draft: saved.map(|draft| SavedDraft {
            verdict: draft.verdict,
            reason: draft.reason,
            comment: draft.comment,
            saved_at: draft.saved_at,
            seen_version: draft.seen_version,
        }),
        hidden: mask.hidden.into_iter().collect(),
        notes: super::note::about(&mut conn, by, "case", id.as_str()).await?,
        timeline: super::timeline::page(&mut conn, "case", id.as_str(), None, None, 0).await?,
        persona_down: app.persona.health().down(),
        version: row.version,
        as_of: row.as_of,
        case,
        now,
    };
    // Release the connection first: a task that holds one must not wait for another.
    drop(conn);
    if let Some(id) = wish {
        app.write(move |tx| Box::pin(async move { Ok(db::case::want(tx, &id, now).await?) })).await?;
        app.wake.case.notify_one();
    }
    if !unread.is_empty() {
        app.write(move |tx| {
            Box::pin(async move {
                for inquiry in &unread {
                    db::inquiry::want_evidence_first(tx, inquiry, now).await?;
                }
                Ok(())
            })
        })
        .await?;
        app.wake.evidence.notify_one();
    }
    let opened = super::inquiry::opened(app, by, Subject::Case(id), page.version, look).await?;
    Ok(CasePage { opened, ..page })
}

/// Returns the cases whose contents are to be read.
pub async fn wanted(app: &App, limit: i64) -> Result<Vec<Wish>, Error> {
    Ok(db::case::wanted(&mut app.read().await?, app.now(), limit).await?)
}

/// Returns the accounts that a case is about, with their known fields: its own accounts and those of its inquiries,
/// except erased ones.
pub async fn accounts_in(app: &App, case: &Case) -> Result<Vec<(AccountId, Vec<Field>)>, Error> {
    let mut conn = app.read().await?;
    let mut all = case.accounts.clone();
    for id in &case.inquiries {
        all.extend(db::inquiry::by_id(&mut conn, id).await?.and_then(|row| row.inquiry.account_id));
    }
    all.sort();
    all.dedup();
    let mut kept = Vec::new();
    for account in all {
        if !db::retention::is_erased(&mut conn, account.as_str()).await? {
            let known = db::account::by_id(&mut conn, &account).await?;
            kept.push((account, known.map(|(known, _)| known.fields).unwrap_or_default()));
        }
    }
    Ok(kept)
}

/// Returns the evidence of the inquiries of a case, each as far as it was read.
pub async fn inquiries_in(app: &App, case: &Case) -> Result<Vec<Evidence>, Error> {
    let mut conn = app.read().await?;
    let mut all = Vec::new();
    for id in &case.inquiries {
        let row = db::inquiry::by_id(&mut conn, id).await?;
        all.extend(row.map(|row| row.evidence.unwrap_or_else(|| Evidence::of(row.inquiry))));
    }
    Ok(all)
}

/// Applies what was read of a case and of these accounts. It does not overwrite what a webhook reported meanwhile.
pub async fn read(app: &App, wish: Wish, mut read: Case, along: Vec<Account>, of: Vec<AccountId>) -> Result<(), Error> {
    let now = app.now();
    let id = wish.id.clone();
    app.write(move |tx| {
        Box::pin(async move {
            for account in &of {
                // An account was erased while the case was read: store nothing. The erasure has already requested a new
                // read of the case.
                if db::retention::is_erased(tx, account.as_str()).await? {
                    return Ok(());
                }
            }
            for account in &along {
                super::account::apply_snapshot(tx, account, account.updated_at.unwrap_or(account.created_at), now)
                    .await?;
            }
            if let Some(evidence) = &mut read.evidence {
                // What was read before a redaction, or what Persona still returns after it, does not undo the
                // redaction.
                let gone = db::redacted::among(tx, &evidence.parts()).await?;
                evidence.redact(&gone);
            }
            let from = Source::ReadFrom { as_of: wish.as_of, as_of_event: wish.as_of_event.clone() };
            upsert(tx, read.clone(), &from, now).await?;
            if db::case::lock(tx, &wish.id).await?
                && let Some(mut row) = db::case::by_id(tx, &wish.id).await?
                && row.case.redacted_at.is_none()
            {
                let before = row.case.seen();
                if let (Some(now), Some(before)) = (&mut read.evidence, &row.case.evidence) {
                    now.reports.iter_mut().for_each(|report| report.open_what_grew(&before.reports));
                }
                row.case.evidence = read.evidence;
                if !read.comments.is_empty() {
                    row.case.comments = read.comments;
                }
                if row.case.seen() != before {
                    row.version += 1;
                    db::case::put(tx, &row).await?;
                }
            }
            Ok(db::case::unwant(tx, &wish, None, None).await?)
        })
    })
    .await?;
    app.publish(Topic::Case, id);
    Ok(())
}

/// Handles a failed read: it is tried again later where that can help, and the page says why meanwhile.
pub async fn unreadable(app: &App, wish: Wish, failure: Failure) -> Result<(), Error> {
    again(app, wish, failure.passing(), failure.to_string()).await
}

/// Handles contents that were read but could not be stored: tried again later, like a temporary failure.
pub async fn unstored(app: &App, wish: Wish, error: &Error) -> Result<(), Error> {
    tracing::warn!(case = %wish.id, %error, "the contents of a case could not be stored");
    again(app, wish, true, UNSTORED.to_owned()).await
}

async fn again(app: &App, wish: Wish, passing: bool, why: String) -> Result<(), Error> {
    let now = app.now();
    let id = wish.id.clone();
    app.write(move |tx| {
        Box::pin(async move {
            let tries = u32::try_from(wish.wanted_tries).unwrap_or(u32::MAX).saturating_add(1);
            let known = db::case::by_id(tx, &wish.id).await?.is_some_and(|row| row.case.evidence.is_some());
            let again = match passing {
                true => Some(now.plus(pause(tries, 0))),
                // The stored contents are older than what Persona reported: ask again from time to time.
                false => known.then(|| now.plus(RETRIED)),
            };
            Ok(db::case::unwant(tx, &wish, again, Some(&why)).await?)
        })
    })
    .await?;
    app.publish(Topic::Case, id);
    Ok(())
}

/// Applies a snapshot if it is newer, and returns whether it was. The contents of an open case are read in the
/// background when there is something new to read; those of a resolved case are read when a reviewer opens it.
pub(super) async fn apply_snapshot(tx: &mut Tx, case: Case, source: &Source, now: Timestamp) -> Result<bool, Error> {
    let (id, at) = (case.id.clone(), case.updated_at);
    let before = db::case::by_id(tx, &id).await?;
    if !upsert(tx, case, source, now).await? {
        // A stored time in the future hides later changes: only a read shows them.
        if before.is_some_and(|before| before.case.updated_at.is_some_and(|at| at > now)) {
            db::case::want(tx, &id, now).await?;
        }
        return Ok(false);
    }
    if let Some(row) = db::case::by_id(tx, &id).await?
        && row.case.resolved_at.is_none()
        && row.case.redacted_at.is_none()
    {
        let moved = before.is_none_or(|before| before.case.updated_at != at);
        if moved || (row.case.holds_more() && row.case.evidence.is_none()) {
            db::case::want(tx, &id, now).await?;
        }
    }
    Ok(true)
}

async fn upsert(tx: &mut Tx, mut case: Case, source: &Source, now: Timestamp) -> Result<bool, Error> {
    let known = if db::case::lock(tx, &case.id).await? { db::case::by_id(tx, &case.id).await? } else { None };
    let made = known.as_ref().map(|known| known.case.created_at);
    snapshot_order::without_ahead(&mut case.updated_at, &mut case.created_at, made, now);
    let read_at = case.updated_at.unwrap_or(case.created_at);
    let (as_of, as_of_event) = match source {
        Source::Event { created_at, id } => (*created_at, id.clone()),
        Source::Read | Source::ReadFrom { .. } => (read_at, String::new()),
    };
    let row = match known {
        None => {
            // All accounts of the case were erased: ignore the case, although Persona still lists it.
            let mut gone = !case.accounts.is_empty();
            for account in &case.accounts {
                gone = gone && db::retention::is_erased(tx, account.as_str()).await?;
            }
            if gone {
                return Ok(false);
            }
            let mut case = case;
            if let Some(at) = case.redacted_at {
                case.redact(at);
            }
            Mirrored { case, as_of, as_of_event, version: 1 }
        }
        Some(old) => {
            let known = snapshot_order::Known {
                as_of: old.as_of,
                as_of_event: &old.as_of_event,
                updated_at: old.case.updated_at.unwrap_or(old.case.created_at),
            };
            if !snapshot_order::newer(source, case.updated_at, &known) {
                return Ok(false);
            }
            // Persona sends comments only on request (`include`): a snapshot without comments does not remove them.
            let sparse =
                matches!(source, Source::Event { .. }) && case.inquiries.is_empty() && case.accounts.is_empty();
            // The same holds for the contents, in a webhook that is configured to leave out relations (section 21).
            let case = if sparse {
                Case {
                    verifications: old.case.verifications.clone(),
                    transactions: old.case.transactions.clone(),
                    inquiries: old.case.inquiries.clone(),
                    accounts: old.case.accounts.clone(),
                    reports: old.case.reports.clone(),
                    template_id: case.template_id.clone().or_else(|| old.case.template_id.clone()),
                    ..case
                }
            } else {
                case
            };
            let case =
                if case.comments.is_empty() { Case { comments: old.case.comments.clone(), ..case } } else { case };
            // The contents that were read stay until they are read again.
            let evidence = case.evidence.clone().or_else(|| old.case.evidence.clone());
            let mut case = Case { evidence, ..case };
            // Persona never restores what was redacted.
            if let Some(at) = case.redacted_at.or(old.case.redacted_at) {
                case.redact(at);
            }
            let version = old.version + i64::from(case.seen() != old.case.seen());
            // A time in the future is not stored: everything that comes next would be older than it.
            let ahead = read_at < known.updated_at;
            let later = matches!(source, Source::Event { .. }) || ahead || as_of > old.as_of;
            let (as_of, as_of_event) = if later { (as_of, as_of_event) } else { (old.as_of, old.as_of_event) };
            Mirrored { case, as_of, as_of_event, version }
        }
    };
    db::case::put(tx, &row).await?;
    Ok(true)
}
