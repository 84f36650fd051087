//! Fetches the evidence of inquiries that changed, or that somebody opened before it was known.
use futures::StreamExt;

use crate::domain::document::{Document, Unread};
use crate::domain::evidence::Evidence;
use crate::domain::id::ObjectId;
use crate::domain::inquiry::InquirySession;
use crate::domain::picture::{Part, Unshown};
use crate::domain::text::clean;
use crate::server::http::preview;
use crate::server::persona::picture::{picture_url, pictures};
use crate::server::persona::report::{compare_searches, named_values, report};
use crate::server::persona::wire::{Odd, Resource, Single};
use crate::server::persona::{Failure, Lane, evidence as read, wire};
use crate::server::usecase::evidence::{Fetched, Wanted, failed, store, unstored, wanted};
use crate::server::usecase::sheet::{counted, uncounted};
use crate::server::{App, Error};

const BATCH: i64 = 24;
/// At once. Persona answers in a fraction of a second, and the rate limit is per minute.
const AT_ONCE: usize = 4;

pub async fn run(app: &App) -> Result<usize, Error> {
    let mut done = 0;
    loop {
        let batch = wanted(app, BATCH).await?;
        let found = batch.len();
        let mut results =
            futures::stream::iter(batch.into_iter().map(|wanted| one(app, wanted))).buffer_unordered(AT_ONCE);
        let mut error = None;
        while let Some(result) = results.next().await {
            error = error.or(result.err());
        }
        // Not even that it failed could be written: whoever runs this waits before it is tried again.
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
            // One that cannot be kept is put off, and the others go on.
            if let Err(error) = store(app, wanted.clone(), fetched).await {
                return unstored(app, wanted, &error).await;
            }
            for (object, part) in pdfs {
                // The evidence stands; its pages are counted with the next reading.
                if let Err(error) = count(app, object, part).await {
                    tracing::warn!(%error, "the pages of a PDF could not be counted");
                }
            }
            Ok(())
        }
        Err(failure) => failed(app, wanted, failure).await,
    }
}

/// How many pages a PDF has. What may pass is asked again with the next reading.
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
    let inquiry = wire::inquiry(&whole.data)?;
    let mut verifications = Vec::new();
    let mut reports = Vec::new();
    let mut documents = Vec::new();
    let mut sessions: Vec<InquirySession> = Vec::new();
    let mut account = None;
    let mut template = None;
    // What came and is not what it should be hides nothing else, and is named.
    let mut unread: Vec<Unread> = whole.odd.iter().map(Odd::unread).collect();
    for part in &whole.included {
        match part.kind.split('/').next().unwrap_or_default() {
            "verification" => match read::verification(part) {
                Ok(verification) => verifications.push(verification),
                Err(failure) => unread.push(missing("verification", &part.id, &failure)),
            },
            "report" => match report(part) {
                Ok(report) => reports.push(report),
                Err(failure) => unread.push(missing("report", &part.id, &failure)),
            },
            "document" => documents.push(part.clone()),
            "account" => account = wire::account(part).ok(),
            "inquiry-template" => template = part.text("name").map(|name| (part.id.clone(), name)),
            // Device and network are not among what an inquiry includes (CONTRACT.md section 7): one read per session,
            // unless it had ended when it was last read.
            "inquiry-session" => {
                let known = wanted.finished.iter().find(|session| session.id.as_str() == part.id);
                match known {
                    Some(session) => sessions.push(session.clone()),
                    None => match session(app, lane, part).await {
                        Ok(session) => sessions.push(session),
                        Err(failure) if failure.passing() => return Err(failure),
                        Err(failure) => unread.push(missing("session", &part.id, &failure)),
                    },
                }
            }
            _ => {}
        }
    }
    unnamed(&whole, &mut unread);
    let documents = documents_of(app, lane, &whole, documents, &mut unread).await?;
    verifications.sort_by_key(|verification| verification.created_at);
    let kinds: Vec<String> = verifications.iter().map(|one| one.kind.clone()).collect();
    for one in &mut verifications {
        if kinds.iter().filter(|kind| **kind == one.kind).count() < 2 {
            one.template = None;
        }
    }
    reports.sort_by_key(|report| report.created_at);
    sessions.sort_by_key(|session| session.started_at);
    let attributes = &whole.data.attributes;
    let behavior = ["signals", "behaviors"].iter().flat_map(|key| named_values(attributes, key)).collect();
    let mut evidence = Evidence { behavior, inquiry, verifications, reports, sessions, documents, unread };
    compare_searches(&mut evidence, &whole.included);
    Ok(Fetched { evidence, account, template })
}

async fn session(app: &App, lane: Lane, part: &Resource) -> Result<InquirySession, Failure> {
    let single = app.persona.session(lane, part.object_id()?.as_str()).await?;
    read::session(&single.data, &single.included)
}

/// A part that is there, and that no later try brings.
fn missing(what: &str, id: &str, failure: &Failure) -> Unread {
    let why = match failure {
        Failure::NotPermitted { .. } => Some(failure.to_string()),
        Failure::Unreadable(_) => Some("not understood".to_owned()),
        _ => None,
    };
    Unread { what: what.to_owned(), id: clean(id), why }
}

/// What the inquiry names and the answer did not bring. Documents are read one by one, and are not among these.
fn unnamed(whole: &Single, unread: &mut Vec<Unread>) {
    for (relation, what) in [("verifications", "verification"), ("reports", "report"), ("sessions", "session")] {
        for id in whole.data.many(relation) {
            let came = whole.included.iter().any(|part| part.id == id);
            if !came && !unread.iter().any(|known| known.id == id) {
                unread.push(Unread { what: what.to_owned(), id: clean(&id), why: None });
            }
        }
    }
}

/// Documents that no verification shows whole. What was not included is read by itself.
async fn documents_of(
    app: &App,
    lane: Lane,
    whole: &Single,
    included: Vec<Resource>,
    unread: &mut Vec<Unread>,
) -> Result<Vec<Document>, Failure> {
    let mut documents = Vec::new();
    let mut ids = whole.data.many("documents");
    ids.extend(included.iter().map(|document| document.id.clone()));
    ids.sort();
    ids.dedup();
    for id in ids {
        let shows = whole.included.iter().filter(|part| part.kind.starts_with("verification/"));
        let shows: Vec<&Resource> = shows.filter(|part| part.one("document").as_ref() == Some(&id)).collect();
        let files = |of: &Resource| of.object_id().map(|id| pictures(of, &id).len()).unwrap_or_default();
        let whole = match included.iter().find(|document| document.id == id) {
            Some(document) => Ok(document.clone()),
            None if !shows.is_empty() || unread.iter().any(|known| known.id == id) => continue,
            None => match id.parse::<ObjectId>() {
                Ok(id) => app.persona.document(lane, id.as_str()).await.map(|single| single.data),
                Err(_) => Err(Failure::NotFound),
            },
        };
        let document = match whole {
            Ok(document) if shows.iter().any(|shows| files(shows) >= files(&document)) => continue,
            Ok(document) => read::document(&document),
            Err(failure) => Err(failure),
        };
        match document {
            Ok(document) => documents.push(document),
            Err(failure) if failure.passing() => return Err(failure),
            // Gone, not understood, or not for this key: no later try brings it, and all else is there.
            Err(failure) => unread.push(missing("document", &id, &failure)),
        }
    }
    documents.sort_by_key(|document| document.created_at);
    Ok(documents)
}
