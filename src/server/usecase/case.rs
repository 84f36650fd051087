//! Cases: the list, one case with its contents, and applying Persona's snapshots of a case.
pub mod snapshot;

use std::time::Duration;

use super::inquiry::visit::Look;
use crate::domain::case::{CaseFilter, statuses};
use crate::domain::decision::Subject;
use crate::domain::decision::warning::Forecast;
use crate::domain::id::CaseId;
use crate::domain::page::Cursor;
use crate::domain::page_data::case::{CasePage, CaseRow, CasesPage, ReportFound, ReportRef};
use crate::domain::page_data::inquiry::DecisionDraft as SavedDraft;
use crate::domain::queue::policy::MOST_HOURS;
use crate::domain::reviewer::{Permission, Permit, Reviewer, permission};
use crate::domain::search::{pasted, understood};
use crate::domain::text::clean;
use crate::domain::time::Timestamp;
use crate::server::db;
use crate::server::db::case::list::CaseQuery;
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
    let mut page = db::case::list::page(&mut conn, &filter, after.as_ref(), PAGE).await?;
    if page.rows.is_empty() && after.is_some() {
        let last = db::case::list::last_page(&mut conn, &filter, PAGE).await?;
        page = if last.rows.is_empty() { page } else { last };
    }
    let words = filter.named.clone().or_else(|| filter.exactly.clone());
    let found = match &words {
        Some(_) => db::case::list::found(&mut conn, &filter).await?,
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
    let assignees = db::case::list::assignees(&mut conn).await?;
    let cases = CasesPage {
        page,
        statuses: db::case::list::status_counts(&mut conn).await?,
        open: db::case::list::open(&mut conn).await?,
        forbidden: super::sync::forbidden(&mut conn, "cases").await?,
        assignees: assignees.into_iter().map(|(email, name)| (email.clone(), name.unwrap_or(email))).collect(),
        templates: db::case::list::templates(&mut conn).await?,
        tags: db::case::list::tags(&mut conn).await?,
        analysts: super::reviewer::account::analysts(&mut conn).await?,
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
    let concealed = super::blind::concealment::concealed(&mut conn, by, now).await?;
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
    let next = db::case::list::following(&mut conn, &filter, &row).await?;
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
        statuses: statuses(&db::case::list::statuses_seen(&mut conn, template.as_deref()).await?),
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
                    db::inquiry::backlog::want_evidence_first(tx, inquiry, now).await?;
                }
                Ok(())
            })
        })
        .await?;
        app.wake.evidence.notify_one();
    }
    let opened = super::inquiry::visit::opened(app, by, Subject::Case(id), page.version, look).await?;
    Ok(CasePage { opened, ..page })
}
