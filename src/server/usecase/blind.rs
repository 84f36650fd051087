//! Blind second reviews: drawn with a decision, dealt to another reviewer, and compared. Nothing of them is sent to
//! Persona.
pub mod concealment;

use std::time::Duration;

use concealment::CONCEALED;

use super::audit::{actor, append};
use crate::domain::audit::Draft;
use crate::domain::decision::state::State;
use crate::domain::decision::{Decision, Refusal, Verdict, fits, said_so};
use crate::domain::evidence::Evidence;
use crate::domain::id::{DecisionId, InquiryId};
use crate::domain::page_data::blind::{BlindPage, BlindResult};
use crate::domain::reviewer::{Permit, permission};
use crate::domain::text::clean;
use crate::domain::time::Timestamp;
use crate::server::db::blind::Given;
use crate::server::db::controllers::ControlledAct;
use crate::server::db::{self, Tx};
use crate::server::{App, Error};

/// How long a review stays reserved for the reviewer who took it.
const TAKEN: Duration = Duration::from_secs(30 * 60);

/// Deals a blind review to a reviewer who did not make the decision. `None` when there is none for them.
pub async fn next(app: &App, by: &Permit<permission::Decide>) -> Result<Option<DecisionId>, Error> {
    let (now, who) = (app.now(), by.reviewer().id);
    app.write(move |tx| {
        Box::pin(async move {
            // Try again when a colleague was faster, which hardly happens several times in a row.
            for _ in 0..5 {
                let Some(found) = db::blind::next(tx, who, now, now.minus(CONCEALED)).await? else { return Ok(None) };
                if db::blind::take(tx, found, who, now, now.plus(TAKEN)).await? {
                    return Ok(Some(found));
                }
            }
            Ok(None)
        })
    })
    .await
}

/// Returns the evidence that the decision was made on, without the decision. Once the review is given, with it.
pub async fn open(app: &App, by: &Permit<permission::Decide>, id: DecisionId) -> Result<BlindPage, Error> {
    let (now, who) = (app.now(), by.reviewer().id);
    let missing = || Error::NotFound("blind review");
    let (row, decision, body) = {
        let mut conn = app.read().await?;
        let row = db::blind::of(&mut conn, id).await?.ok_or_else(missing)?;
        let mine = row.reviewer_id.map_or(row.taken_by == Some(who.0), |given_by| given_by == who.0);
        if !mine {
            return Err(missing());
        }
        let decision = db::decision::by_id(&mut conn, id).await?.ok_or_else(missing)?;
        let body = db::snapshot::body(&mut conn, &decision.subject, decision.seen_version).await?;
        (row, decision, body)
    };
    // Erased meanwhile: nothing is left to judge.
    let mut evidence: Evidence = body.and_then(|body| serde_json::from_str(&body).ok()).ok_or_else(missing)?;
    let inquiry: InquiryId = row.inquiry_id.clone().try_into().map_err(|_| missing())?;
    let looked = Draft::new("blind.viewed", actor(by), "inquiry", row.inquiry_id.clone())
        .fact("decision", id.to_string())
        .fact("version", decision.seen_version);
    app.write(move |tx| Box::pin(async move { append(tx, now, looked).await.map(|_| ()) })).await?;
    let mut conn = app.read().await?;
    let mut mask = super::reveal::mask(app, &mut conn, by, "inquiry", inquiry.as_str()).await?;
    let mut comparisons = evidence.comparisons();
    let (document_label, not_passed) = (evidence.document_label(), evidence.outcome().why());
    let sheets = super::sheet::of(&mut conn, Some(&evidence)).await?;
    mask.comparisons(&mut comparisons);
    mask.evidence(&mut evidence);
    let result = row.verdict.clone().map(|verdict| BlindResult {
        verdict,
        reason: row.reason.clone().unwrap_or_default(),
        comment: row.comment.clone(),
        counts: row.knew == Some(0),
        first: decision.clone(),
    });
    Ok(BlindPage {
        id,
        name: evidence.inquiry.subject(),
        inquiry,
        version: decision.seen_version,
        decided_at: result.is_some().then_some(decision.made_at),
        hidden: mask.hidden.into_iter().collect(),
        comparisons,
        document_label,
        sheets,
        not_passed,
        evidence,
        result,
        now,
    })
}

/// Whether the two verdicts are only one opinion: two accounts that may not countersign each other are not two opinions
/// either.
async fn one_opinion(
    tx: &mut Tx,
    first: &Decision,
    second: crate::domain::id::ReviewerId,
    now: Timestamp,
) -> Result<bool, Error> {
    match super::independence::controller_of_both(tx, ControlledAct::Decision(first.id), first.reviewer_id, second, now)
        .await
    {
        Ok(_) => Ok(false),
        Err(Error::Refused(Refusal::OneHand { .. })) => Ok(true),
        Err(other) => Err(other),
    }
}

/// Stores the second verdict.
pub async fn submit(
    app: &App,
    by: &Permit<permission::Decide>,
    id: DecisionId,
    verdict: Verdict,
    reason: String,
    comment: String,
) -> Result<(), Error> {
    let (now, permit) = (app.now(), by.clone());
    let (reason, comment) = (clean(&reason), clean(comment.trim()));
    if matches!(verdict, Verdict::SetStatus { .. }) {
        return Err(Error::NotFound("page"));
    }
    app.write(move |tx| {
        Box::pin(async move {
            let me = permit.reviewer();
            fits(&verdict, &reason, &comment, &db::reason::current(tx).await?)?;
            let first = db::decision::by_id(tx, id).await?.ok_or(Error::NotFound("blind review"))?;
            let row = db::blind::of(tx, id).await?.ok_or(Error::NotFound("blind review"))?;
            if first.reviewer_id == me.id {
                return Err(Error::Refused(Refusal::Own));
            }
            if first.state != State::Confirmed {
                return Err(Error::Refused(Refusal::Settled { state: first.state }));
            }
            let seen: Option<Evidence> = db::snapshot::body(tx, &first.subject, first.seen_version)
                .await?
                .and_then(|body| serde_json::from_str(&body).ok());
            let gone = || vec!["The evidence is no longer stored".to_owned()];
            said_so(&reason, &seen.map_or_else(gone, |seen| seen.outcome().why()))?;
            let knew = db::audit::viewed_after(tx, me.id, &row.inquiry_id, first.made_at).await?
                || one_opinion(tx, &first, me.id, now).await?;
            let given = Given {
                by: me.id,
                name: &me.name,
                verdict: verdict.as_str(),
                reason: &reason,
                comment: &comment,
                knew,
                at: now,
            };
            if !db::blind::give(tx, id, &given).await? {
                return Err(Error::Invalid(
                    "A colleague has taken this review. Your text stays on this page. Take another review.".to_owned(),
                ));
            }
            let draft = Draft::new("blind.given", actor(&permit), "inquiry", row.inquiry_id)
                .fact("decision", id.to_string())
                .fact("verdict", verdict.as_str())
                .fact("reason", reason)
                .fact("version", first.seen_version)
                .fact("agrees", verdict == first.verdict)
                .fact("knew", knew);
            let draft = if comment.is_empty() { draft } else { draft.personal("comment", comment) };
            append(tx, now, draft).await.map(|_| ())
        })
    })
    .await
}
