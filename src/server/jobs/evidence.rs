//! Fetches the evidence of inquiries that changed, or that a reviewer opened before it was known.
use futures::StreamExt;

use super::{account_reports, unplaced};
use crate::domain::document::{Document, Unread};
use crate::domain::doubt::of_inquiry;
use crate::domain::evidence::Evidence;
use crate::domain::id::ObjectId;
use crate::domain::inquiry::{Inquiry, InquirySession};
use crate::domain::picture::{FileKind, Part, Picture, Unshown};
use crate::domain::text::clean;
use crate::domain::verification::Verification;
use crate::server::http::preview;
use crate::server::persona::json_api::{Resource, Single};
use crate::server::persona::picture::{picture_url, pictures};
use crate::server::persona::related_object::{self, Parts, parts};
use crate::server::persona::report::{compare_asked, report};
use crate::server::persona::signal::behavior;
use crate::server::persona::{Failure, Lane, evidence as read, json_api};
use crate::server::usecase::evidence::backlog::{Wanted, failed, unstored, wanted};
use crate::server::usecase::evidence::{Fetched, store};
use crate::server::usecase::sheet::{counted, uncounted};
use crate::server::{App, Error};

const BATCH: i64 = 24;
/// Inquiries that are read in parallel. Persona answers in a fraction of a second, and the rate limit is per minute.
const AT_ONCE: usize = 4;

pub async fn run(app: &App) -> Result<usize, Error> {
    // This marks the inquiries and cases to which such parts belong as wanted.
    let mut done = unplaced::run(app).await?;
    loop {
        let batch = wanted(app, BATCH).await?;
        let found = batch.len();
        let mut results =
            futures::stream::iter(batch.into_iter().map(|wanted| one(app, wanted))).buffer_unordered(AT_ONCE);
        let mut error = None;
        while let Some(result) = results.next().await {
            error = error.or(result.err());
        }
        // Not even the failure could be written: the caller waits before the next try.
        if let Some(error) = error {
            return Err(error);
        }
        done += found;
        if found == 0 || *app.stopping.borrow() {
            return Ok(done);
        }
    }
}

async fn one(app: &App, wanted: Wanted) -> Result<(), Error> {
    let lane = if wanted.first { Lane::Page } else { Lane::Background };
    match fetch(app, &wanted, lane).await {
        Ok(fetched) => {
            let pdfs = uncounted(app, &fetched.evidence).await?;
            // Evidence that cannot be stored is put off, and the others continue.
            if let Err(error) = store(app, wanted.clone(), fetched).await {
                return unstored(app, wanted, &error).await;
            }
            for (object, part) in pdfs {
                // The evidence is stored; its pages are counted with the next reading.
                if let Err(error) = count(app, object, part).await {
                    tracing::warn!(%error, "the pages of a PDF could not be counted");
                }
            }
            Ok(())
        }
        Err(failure) => failed(app, wanted, failure).await,
    }
}

/// Counts the pages of a PDF. After a temporary failure, they are counted with the next reading.
async fn count(app: &App, object: ObjectId, part: Part) -> Result<(), Error> {
    let link = match app.persona.with_pictures(object.as_str()).await {
        Ok(whole) => picture_url(&whole, part),
        Err(_) => None,
    };
    let Some(link) = link else { return Ok(()) };
    let pages = match app.persona.pdf(&link).await {
        Ok(pdf) => match preview::counted(app, pdf).await {
            Ok(pages) => Ok(pages),
            Err(Error::Unshown(Unshown::Slow)) => return Ok(()),
            Err(Error::Unshown(why)) => Err(why.to_string()),
            Err(error) => return Err(error),
        },
        Err(Failure::NotShown(kind)) => Err(kind.why().to_owned()),
        Err(_) => return Ok(()),
    };
    counted(app, object, part, pages).await
}

async fn fetch(app: &App, wanted: &Wanted, lane: Lane) -> Result<Fetched, Failure> {
    let whole = app.persona.inquiry(lane, wanted.id.as_str()).await?;
    let inquiry = json_api::inquiry(&whole.data)?;
    let mut verifications = Vec::new();
    let mut reports = Vec::new();
    let mut documents = Vec::new();
    let mut sessions: Vec<InquirySession> = Vec::new();
    let mut account = None;
    let mut template = None;
    // A part that is not what it should be does not hide the others, and is named.
    let Parts { evidence: came, beside, mut unread } = parts(&whole);
    let mut found = Vec::new();
    unread.extend(read::cut(&whole.data, "inquiry"));
    for part in beside {
        match part.kind.as_str() {
            "account" => {
                account = json_api::account(part).ok();
                // An account to which the inquiry does not belong says nothing about it.
                if inquiry.account_id.as_ref().is_some_and(|own| own.as_str() == part.id) {
                    match read::account(part) {
                        Ok(account) => found.extend(account.against(&inquiry)),
                        Err(failure) => unread.push(missing("account", &part.id, &failure)),
                    }
                }
            }
            "inquiry-template" => template = part.text("name").map(|name| (part.id.clone(), name)),
            _ => {}
        }
    }
    let mut selfies = Vec::new();
    for (what, part) in &came {
        let part = part.as_ref();
        let read = match *what {
            "verification" => read::verification(part).map(|verification| verifications.push(verification)),
            "report" => report(part).map(|report| reports.push(report)),
            "document" => {
                documents.push(part.clone());
                Ok(())
            }
            "selfie" => read::selfie(part).map(|selfie| selfies.push(selfie)),
            // An inquiry does not include device and network (CONTRACT.md section 7): each session is a read of its
            // own, unless it had ended when it was last read.
            _ => match wanted.finished.iter().find(|session| session.id.as_str() == part.id) {
                Some(session) => {
                    sessions.push(session.clone());
                    Ok(())
                }
                None => session(app, lane, part).await.map(|session| sessions.push(session)),
            },
        };
        match read {
            Ok(()) => unread.extend(read::cut(part, what)),
            Err(failure) if failure.passing() => return Err(failure),
            Err(failure) => unread.push(missing(what, &part.id, &failure)),
        }
    }
    let verified: Vec<&Resource> =
        came.iter().filter(|(what, _)| *what == "verification").map(|(_, part)| part.as_ref()).collect();
    let mut documents = documents_of(app, lane, &whole, documents, &verified, &inquiry, &mut unread).await?;
    // A selfie is left out if it has no files, or if a selfie verification shows each of its files, unless it
    // contradicts the inquiry.
    let own = Evidence::of(inquiry.clone());
    selfies.retain(|selfie| {
        let mut shown = verifications.iter().filter(|one| one.kind.starts_with("selfie"));
        own.doubted_by(selfie)
            || !selfie.pictures.is_empty() && !shown.any(|one| shows(&one.pictures, &selfie.pictures))
    });
    documents.extend(selfies);
    verifications.sort_by_key(|verification| verification.created_at);
    let kinds: Vec<String> = verifications.iter().map(|one| one.kind.clone()).collect();
    for one in &mut verifications {
        if kinds.iter().filter(|kind| **kind == one.kind).count() < 2 {
            one.template = None;
        }
    }
    read::number_attempts(&mut verifications, &related_object::ids(&whole.data, "verifications"));
    // Not read for an inquiry that cannot be decided yet, or any more: each is a call.
    let mut beside = Vec::new();
    let on_account = match inquiry.account_id.as_ref().filter(|_| wanted.marked || inquiry.status.decidable()) {
        Some(account) => {
            let mut read = account_reports::read(app, lane, account, std::slice::from_ref(&inquiry.id)).await?;
            read.reports.retain(|one| reports.iter().all(|own| own.id != one.id));
            reports.append(&mut read.reports);
            unread.append(&mut read.unread);
            beside = read.rows;
            true
        }
        None => false,
    };
    reports.sort_by_key(|report| report.created_at);
    sessions.sort_by_key(|session| session.started_at);
    let behavior = behavior(&whole.data.attributes);
    let mut evidence =
        Evidence { behavior, inquiry, verifications, reports, sessions, documents, unread, found: Vec::new() };
    found.extend(of_inquiry(&read::of_inquiry(&whole.data)));
    found.extend(evidence.ahead(app.now()));
    evidence.note(found);
    compare_asked(&mut evidence, whole.included.iter().chain(&beside));
    Ok(Fetched { evidence, account, template, on_account })
}

async fn session(app: &App, lane: Lane, part: &Resource) -> Result<InquirySession, Failure> {
    let single = app.persona.session(lane, part.object_id()?.as_str()).await?;
    read::session(&single.data, &single.included)
}

/// Names a part that exists and that no later try can read.
fn missing(what: &str, id: &str, failure: &Failure) -> Unread {
    let why = match failure {
        Failure::NotPermitted { .. } => Some(failure.to_string()),
        Failure::Unreadable(_) => Some("not understood".to_owned()),
        _ => None,
    };
    Unread { what: what.to_owned(), id: clean(id), why }
}

/// Whether each of `these` files is also in `those`, under the same part, and with a link if it has one here.
fn shows(those: &[Picture], these: &[Picture]) -> bool {
    let linked = |picture: &Picture| picture.kind != FileKind::Missing;
    these.iter().all(|one| those.iter().any(|other| other.part == one.part && (linked(other) || !linked(one))))
}

/// Returns the documents that no verification shows completely. A document that was not included is read by itself.
async fn documents_of(
    app: &App,
    lane: Lane,
    whole: &Single,
    included: Vec<Resource>,
    verified: &[&Resource],
    inquiry: &Inquiry,
    unread: &mut Vec<Unread>,
) -> Result<Vec<Document>, Failure> {
    let mut documents = Vec::new();
    let mut ids = related_object::ids(&whole.data, "documents");
    ids.extend(included.iter().map(|document| document.id.clone()));
    ids.sort();
    ids.dedup();
    for id in ids {
        let shows: Vec<&&Resource> =
            verified.iter().filter(|part| part.one("document").as_ref() == Some(&id)).collect();
        let files = |of: &Resource| of.object_id().map(|id| pictures(of, &id)).unwrap_or_default();
        let whole = match included.iter().find(|document| document.id == id) {
            Some(document) => Ok(document.clone()),
            None if !shows.is_empty() || unread.iter().any(|known| known.id == id) => continue,
            None => match id.parse::<ObjectId>() {
                Ok(id) => app.persona.document(lane, id.as_str()).await.map(|single| single.data),
                Err(_) => Err(Failure::NotFound),
            },
        };
        let document = match whole {
            // A document that a verification shows is seen there, unless the verification passed and the document
            // contradicts it.
            Ok(document) if shows.iter().any(|of| self::shows(&files(of), &files(&document))) => {
                let read = shows.iter().filter_map(|of| read::verification(of).ok());
                let passed: Vec<Verification> = read.filter(Verification::passed).collect();
                // What the verification already says about the document is not compared a second time.
                let mut said = passed.iter().map(|of| Evidence::of(inquiry.with(&of.facts)));
                match read::document(&document) {
                    Ok(document) if document.processed() && said.any(|said| said.doubted_by(&document)) => Ok(document),
                    _ => continue,
                }
            }
            Ok(document) => read::document(&document),
            Err(failure) => Err(failure),
        };
        match document {
            Ok(document) => documents.push(document),
            Err(failure) if failure.passing() => return Err(failure),
            // Deleted, not understood, or not permitted for this API key: no later try brings it, and everything else
            // is complete.
            Err(failure) => unread.push(missing("document", &id, &failure)),
        }
    }
    documents.sort_by_key(|document| document.created_at);
    Ok(documents)
}
