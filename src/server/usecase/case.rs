//! Cases: the list, one with what it holds, and taking over what Persona says of one.
use super::audit::{actor, append};
use crate::domain::audit::Draft;
use crate::domain::case::{Case, statuses};
use crate::domain::decision::Subject;
use crate::domain::desk::{CasePage, CaseRow, CasesPage, Draft as SavedDraft};
use crate::domain::id::CaseId;
use crate::domain::mirror::{self, Source};
use crate::domain::page::Cursor;
use crate::domain::reviewer::{Permit, can};
use crate::domain::text::clean;
use crate::server::db::case::Mirrored;
use crate::server::db::{self, Tx};
use crate::server::line::Topic;
use crate::server::{App, Error};

const PAGE: usize = 50;

pub async fn list(
    app: &App,
    _by: &Permit<can::ReadQueue>,
    status: Option<String>,
    after: Option<String>,
) -> Result<CasesPage, Error> {
    let status = status.map(|status| clean(&status)).filter(|status| !status.trim().is_empty());
    let after = after.as_deref().and_then(Cursor::from_text);
    let mut conn = app.read().await?;
    let page = db::case::page(&mut conn, status.as_deref(), after.as_ref(), PAGE).await?;
    let next = page.next.clone();
    let rows = page
        .rows
        .into_iter()
        .filter_map(|line| {
            Some(CaseRow {
                id: line.id.try_into().ok()?,
                name: line.name,
                status: line.status,
                subject: line.subject,
                assignee: line.assignee,
                inquiries: line.inquiries,
                created_at: line.created_at,
                due_at: line.due_at,
            })
        })
        .collect();
    Ok(CasesPage {
        page: crate::domain::page::Page { rows, next },
        statuses: db::case::status_counts(&mut conn).await?,
        now: app.now(),
    })
}

pub async fn open(app: &App, by: &Permit<can::ReadEvidence>, id: CaseId) -> Result<CasePage, Error> {
    let now = app.now();
    let draft = Draft::new("case.viewed", actor(by), "case", id.to_string());
    let (wanted, viewer) = (id.clone(), by.reviewer().id);
    let read = app
        .write(move |tx| {
            Box::pin(async move {
                db::case::by_id(tx, &wanted).await?.ok_or(Error::NotFound("case"))?;
                append(tx, now, draft).await?;
                super::note::read_about(tx, viewer, "case", wanted.as_str(), now).await
            })
        })
        .await?;
    if read {
        app.tell(Topic::Note, viewer.to_string());
    }
    let mut conn = app.read().await?;
    let row = db::case::by_id(&mut conn, &id).await?.ok_or(Error::NotFound("case"))?;
    let template = row.case.template_id.as_ref().map(ToString::to_string);
    let mut inquiries = Vec::new();
    for id in row.case.inquiries.iter().take(50) {
        if let Some(inquiry) = db::inquiry::by_id(&mut conn, id).await? {
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
    let mut case = row.case;
    mask.fields(&mut case.fields);
    let saved = db::decision::draft(&mut conn, by.reviewer().id, &subject).await?;
    Ok(CasePage {
        statuses: statuses(&db::case::statuses_seen(&mut conn, template.as_deref()).await?),
        inquiries,
        accounts,
        decisions: db::decision::about(&mut conn, &subject).await?,
        draft: saved.map(|draft| SavedDraft {
            verdict: draft.verdict,
            reason: draft.reason,
            comment: draft.comment,
            saved_at: draft.saved_at,
            seen_version: draft.seen_version,
        }),
        hidden: mask.hidden.into_iter().collect(),
        notes: db::note::about(&mut conn, "case", id.as_str(), 200).await?,
        timeline: super::timeline::page(&mut conn, "case", id.as_str(), None, None, 0).await?,
        persona_down: app.persona.health().down(),
        version: row.version,
        as_of: row.as_of,
        case,
        now,
    })
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
