//! Answers to access requests: reads what the desk stores about a person, leaves out what is about others, and records
//! the answer before it is sent.
use sha2::{Digest, Sha256};

use super::audit::{actor, append};
use super::case_file::render;
use crate::domain::access_request::{KnownAccount, KnownInquiry, is_told};
use crate::domain::audit::{Draft, Entry};
use crate::domain::decision::Subject;
use crate::domain::id::{AccountId, DecisionId, InquiryId};
use crate::domain::retention::profile;
use crate::domain::reviewer::{Permit, permission};
use crate::domain::text::words;
use crate::domain::time::Timestamp;
use crate::server::db;
use crate::server::{App, Error};

/// Log entries listed in an answer for each object, at most; more do not fit a letter.
const MOST: i64 = 300;

/// Returns the answer as a PDF with the machine-readable data inside. `comments`: include them, because a person has
/// read them and they name no other person.
pub async fn answer(
    app: &App,
    by: &Permit<permission::ExportEvidence>,
    id: AccountId,
    comments: bool,
) -> Result<Vec<u8>, Error> {
    super::disclosure::allow(app, by, "account", id.to_string()).await?;
    let known = read(app, by, &id, comments).await?;
    if known.differs {
        app.wake.check.notify_one();
    }
    for inquiry in &known.inquiries {
        super::blind::concealment::told(app, by, &inquiry.inquiry.id).await?;
    }
    let inquiries = known.inquiries.len();
    let bytes = render(app, known.document()).await?;
    let now = app.now();
    let draft = Draft::new("access.answered", actor(by), "account", id.to_string())
        .fact("comments", comments)
        .fact("inquiries", i64::try_from(inquiries).unwrap_or(i64::MAX))
        .fact("sha256", hex::encode(Sha256::digest(&bytes)))
        .fact("bytes", i64::try_from(bytes.len()).unwrap_or(i64::MAX));
    app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await?;
    Ok(bytes)
}

async fn read(
    app: &App,
    by: &Permit<permission::ExportEvidence>,
    id: &AccountId,
    comments: bool,
) -> Result<KnownAccount, Error> {
    let mut conn = app.read().await?;
    let conn = &mut conn;
    let (account, _) = db::account::by_id(conn, id).await?.ok_or(Error::NotFound("account"))?;
    let templates = db::inquiry::templates(conn).await?;
    let mut inquiries = Vec::new();
    let mut acts = Vec::new();
    let mut differs = false;
    for line in db::queue::of_account(conn, id).await? {
        let Ok(inquiry) = InquiryId::try_from(line.id) else { continue };
        super::blind::concealment::closed(conn, by, inquiry.as_str(), app.now()).await?;
        let Some(row) = db::inquiry::by_id(conn, &inquiry).await? else { continue };
        let decisions = db::decision::about(conn, &Subject::Inquiry(inquiry.clone())).await?;
        let ids: Vec<DecisionId> = decisions.iter().map(|decision| decision.id).collect();
        let held = super::replay::held(conn, &ids).await?;
        if held.values().any(|held| !held.differences.is_empty()) {
            differs = true;
        }
        for entry in db::audit::about(conn, "inquiry", inquiry.as_str(), None, MOST).await? {
            told(&mut acts, &entry);
        }
        let template = row.inquiry.template_id.as_ref().map(ToString::to_string);
        let template = templates.iter().find(|(id, _)| Some(id) == template.as_ref()).map(|(_, name)| name.clone());
        inquiries.push(KnownInquiry { template, evidence: row.evidence, inquiry: row.inquiry, decisions });
    }
    for entry in db::audit::about(conn, "account", id.as_str(), None, MOST).await? {
        told(&mut acts, &entry);
    }
    acts.sort();
    let kept_until = db::retention::of(conn, id.as_str()).await?.and_then(|row| row.clock).map(|clock| {
        let name = profile(&clock.profile).map_or_else(|| clock.profile.clone(), |profile| profile.name.to_owned());
        (clock.due_on, name)
    });
    Ok(KnownAccount {
        account,
        inquiries,
        acts,
        kept_until,
        comments,
        differs,
        reasons: db::reason::current(conn).await?,
        made_at: app.now(),
    })
}

fn told(acts: &mut Vec<(Timestamp, String)>, entry: &Entry) {
    if is_told(&entry.action) {
        acts.push((entry.at, words(&entry.action.replace('.', " "))));
    }
}
