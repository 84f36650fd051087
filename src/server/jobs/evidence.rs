//! Fetches the evidence of inquiries that changed, or that somebody opened before it was known.
use futures::StreamExt;

use crate::domain::evidence::Evidence;
use crate::domain::inquiry::InquirySession;
use crate::server::persona::evidence as read;
use crate::server::persona::{Failure, Lane, wire};
use crate::server::usecase::evidence::{Fetched, Wanted, failed, store, wanted};
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
        while let Some(result) = results.next().await {
            result?;
        }
        done += found;
        if found == 0 || *app.stopping.borrow() {
            return Ok(done);
        }
    }
}

async fn one(app: &App, wanted: Wanted) -> Result<(), Error> {
    // Wished for in the past: somebody waits for it.
    let urgent = wanted.wanted_at.is_some_and(|at| app.now().since(at).as_secs() >= 3600);
    let lane = if urgent { Lane::Page } else { Lane::Background };
    match fetch(app, &wanted, lane).await {
        Ok(fetched) => store(app, wanted, fetched).await,
        Err(failure) => failed(app, wanted, failure).await,
    }
}

async fn fetch(app: &App, wanted: &Wanted, lane: Lane) -> Result<Fetched, Failure> {
    let whole = app.persona.inquiry(lane, wanted.id.as_str()).await?;
    let inquiry = wire::inquiry(&whole.data)?;
    let mut verifications = Vec::new();
    let mut reports = Vec::new();
    let mut sessions: Vec<InquirySession> = Vec::new();
    let mut account = None;
    let mut template = None;
    for part in &whole.included {
        match part.kind.split('/').next().unwrap_or_default() {
            "verification" => verifications.push(read::verification(part)?),
            "report" => reports.push(read::report(part)?),
            "account" => account = wire::account(part).ok(),
            "inquiry-template" => template = part.text("name").map(|name| (part.id.clone(), name)),
            // Device and network are not among what an inquiry includes (CONTRACT.md section 7): one read per session,
            // unless it had ended when it was last read.
            "inquiry-session" => {
                let known = wanted.finished.iter().find(|session| session.id.as_str() == part.id);
                sessions.push(match known {
                    Some(session) => session.clone(),
                    None => {
                        let single = app.persona.session(lane, &part.object_id()?.to_string()).await?;
                        read::session(&single.data, &single.included)?
                    }
                });
            }
            _ => {}
        }
    }
    verifications.sort_by_key(|verification| verification.created_at);
    reports.sort_by_key(|report| report.created_at);
    sessions.sort_by_key(|session| session.started_at);
    Ok(Fetched { evidence: Evidence { inquiry, verifications, reports, sessions }, account, template })
}
