//! Cases: the list, one with what it holds, and taking over what Persona says of one.
use std::time::Duration;

use crate::domain::case::{Case, CaseFilter, statuses};
use crate::domain::decision::Subject;
use crate::domain::desk::{CasePage, CaseRow, CasesPage, Draft as SavedDraft, ReportFound, ReportRef};
use crate::domain::id::CaseId;
use crate::domain::mirror::{self, Source};
use crate::domain::page::Cursor;
use crate::domain::queue::{MOST_HOURS, understood};
use crate::domain::reviewer::{Need, Permit, Reviewer, can};
use crate::domain::text::clean;
use crate::domain::time::Timestamp;
use crate::domain::warning::Forecast;
use crate::server::db::case::{Filter, Mirrored};
use crate::server::db::{self, Tx};
use crate::server::{App, Error};

const PAGE: usize = 50;

/// What the address asks for, as the database is asked.
fn narrowed(typed: &CaseFilter, me: &Reviewer, now: Timestamp) -> Filter {
    let given = |text: &Option<String>| text.as_ref().map(|text| clean(text.trim())).filter(|text| !text.is_empty());
    let hours = |text: &str| text.parse::<u32>().ok().filter(|hours| *hours <= MOST_HOURS);
    let due_before = match given(&typed.due).as_deref() {
        Some("overdue") => Some(now),
        Some(text) => hours(text).map(|hours| now.plus(Duration::from_secs(u64::from(hours) * 3600))),
        None => None,
    };
    let status = given(&typed.status);
    Filter {
        // What is resolved is due no more.
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
        named: given(&typed.search),
        terms: given(&typed.search).and_then(|words| understood(&words).pop()).unwrap_or_default(),
        by_due: typed.by_due(),
    }
}

pub async fn list(app: &App, by: &Permit<can::ReadQueue>, typed: CaseFilter) -> Result<CasesPage, Error> {
    let now = app.now();
    let me = by.reviewer();
    let after = typed.after.as_deref().and_then(Cursor::from_text);
    let filter = narrowed(&typed, me, now);
    let mut conn = app.read().await?;
    let page = db::case::page(&mut conn, &filter, after.as_ref(), PAGE).await?;
    let found = match &filter.named {
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
        assignees: assignees.into_iter().map(|(email, name)| (email.clone(), name.unwrap_or(email))).collect(),
        templates: db::case::templates(&mut conn).await?,
        tags: db::case::tags(&mut conn).await?,
        analysts: super::reviewer::analysts(&mut conn).await?,
        now,
    };
    // Given back first: who holds one connection must not wait for another.
    drop(conn);
    if let Some(words) = &filter.named {
        super::audit::searched(app, by, "cases", &words.to_lowercase(), found).await?;
    }
    Ok(cases)
}

pub async fn open(app: &App, by: &Permit<can::ReadEvidence>, id: CaseId) -> Result<CasePage, Error> {
    let now = app.now();
    let mut conn = app.read().await?;
    let row = db::case::by_id(&mut conn, &id).await?.ok_or(Error::NotFound("case"))?;
    let template = row.case.template_id.as_ref().map(ToString::to_string);
    let concealed = super::blind::concealed(&mut conn, by, now).await?;
    let mut inquiries = Vec::new();
    let mut reports: Vec<ReportRef> =
        row.case.reports.iter().map(|id| ReportRef { id: id.clone(), inquiry: None, found: None }).collect();
    for id in row.case.inquiries.iter().filter(|id| !concealed.inquiry(id)).take(50) {
        if let Some(inquiry) = db::inquiry::by_id(&mut conn, id).await? {
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
            inquiries.push(crate::domain::desk::InquiryRef {
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
        let name =
            db::account::by_id(&mut conn, id).await?.map_or_else(|| id.to_string(), |(account, _)| account.name());
        accounts.push((id.clone(), name));
    }
    let subject = Subject::Case(id.clone());
    let mut mask = super::reveal::mask(app, &mut conn, by, "case", id.as_str()).await?;
    let mut case = row.case.clone();
    mask.fields(&mut case.fields);
    let filter = narrowed(&CaseFilter::default(), by.reviewer(), now);
    let next = db::case::following(&mut conn, &filter, &row).await?;
    let known = match &case.assignee {
        Some(email) => db::reviewer::by_email(&mut conn, email).await?.map(|(reviewer, _)| reviewer.name),
        None => None,
    };
    let saved = db::decision::draft(&mut conn, by.reviewer().id, &subject).await?;
    let forecast = match by.reviewer().role.may(Need::Decide) && row.case.redacted_at.is_none() {
        true => super::warning::of_case(&mut conn).await?,
        false => Forecast::default(),
    };
    let returned = db::decision::returned(&mut conn, by.reviewer().id, Some(&subject)).await?;
    let page = CasePage {
        forecast,
        returned: returned.first().map(|decision| decision.id),
        statuses: statuses(&db::case::statuses_seen(&mut conn, template.as_deref()).await?),
        inquiries,
        accounts,
        reports,
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
    // Given back first: who holds one connection must not wait for another.
    drop(conn);
    super::inquiry::opened(app, by, Subject::Case(id), page.version).await?;
    Ok(page)
}

/// Takes a snapshot over if it is newer. True when it was.
pub(super) async fn absorb(tx: &mut Tx, case: Case, source: &Source) -> Result<bool, Error> {
    let known = if db::case::lock(tx, &case.id).await? { db::case::by_id(tx, &case.id).await? } else { None };
    let read_at = case.updated_at.unwrap_or(case.created_at);
    let (as_of, as_of_event) = match source {
        Source::Event { created_at, id } => (*created_at, id.clone()),
        Source::Read => (read_at, String::new()),
    };
    let row = match known {
        None => {
            // Erased with everybody in it: Persona still lists it, and that is nothing to us.
            let mut gone = !case.accounts.is_empty();
            for account in &case.accounts {
                gone = gone && db::retention::is_erased(tx, account.as_str()).await?;
            }
            if gone {
                return Ok(false);
            }
            Mirrored { case, as_of, as_of_event, version: 1 }
        }
        Some(old) => {
            let known = mirror::Known {
                as_of: old.as_of,
                as_of_event: &old.as_of_event,
                updated_at: old.case.updated_at.unwrap_or(old.case.created_at),
            };
            if !mirror::newer(source, case.updated_at, &known) {
                return Ok(false);
            }
            // Comments come only when asked for, by include: a snapshot without them does not take them away.
            let sparse =
                matches!(source, Source::Event { .. }) && case.inquiries.is_empty() && case.accounts.is_empty();
            // The same for what it holds, in a webhook that is set to leave relations out (section 21).
            let case = if sparse {
                Case {
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
            let version = old.version + i64::from(case.seen() != old.case.seen());
            let later = matches!(source, Source::Event { .. }) || as_of > old.as_of;
            let (as_of, as_of_event) = if later { (as_of, as_of_event) } else { (old.as_of, old.as_of_event) };
            Mirrored { case, as_of, as_of_event, version }
        }
    };
    db::case::put(tx, &row).await?;
    Ok(true)
}
