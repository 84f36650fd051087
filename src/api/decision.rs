//! Deciding, and the list of decisions.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::decision::Decision;
use crate::domain::decision::state::State;
use crate::domain::page_data::decision::DecisionsPage;
use crate::domain::time::Timestamp;

pub mod returned;

/// Approves, declines or marks for review. `version` is the version of the evidence on the page.
#[server(prefix = "/api", endpoint = "decide")]
pub async fn decide(
    inquiry: String,
    version: i64,
    verdict: String,
    reason: String,
    comment: String,
) -> Result<Decision, ApiError> {
    use crate::domain::decision::{Proposal, Subject, Verdict};
    let (app, by) = crate::server::http::guard::authorize().await?;
    let subject = Subject::Inquiry(crate::server::http::respond::parse_id(inquiry, "inquiry")?);
    let verdict = crate::server::http::respond::require(
        Verdict::parse(&verdict, None),
        "Choose approve, decline or mark for review.",
    )?;
    let proposal = Proposal { verdict, reason, comment, seen_version: version };
    crate::server::http::respond::respond(crate::server::usecase::decision::decide(&app, &by, subject, proposal).await)
}

/// Sets the status of a case. `other` is a typed status that is not in the list.
#[server(prefix = "/api", endpoint = "set-status")]
pub async fn set_status(
    case: String,
    version: i64,
    status: String,
    other: Option<String>,
    reason: String,
    comment: String,
) -> Result<Decision, ApiError> {
    use crate::domain::decision::{Proposal, Subject, Verdict};
    let (app, by) = crate::server::http::guard::authorize().await?;
    let subject = Subject::Case(crate::server::http::respond::parse_id(case, "case")?);
    let typed = other.filter(|other| !other.trim().is_empty()).unwrap_or(status);
    let verdict = Verdict::SetStatus { status: crate::server::usecase::decision::case_status(&typed) };
    let proposal = Proposal { verdict, reason, comment, seen_version: version };
    crate::server::http::respond::respond(crate::server::usecase::decision::decide(&app, &by, subject, proposal).await)
}

/// Saves a draft, and returns when it was saved. `kind` is inquiry or case, `version` is the version of the evidence on
/// the page.
#[server(prefix = "/api", endpoint = "draft-save", input = Json)]
pub async fn save_draft(
    kind: String,
    id: String,
    version: i64,
    reason: String,
    comment: String,
) -> Result<Timestamp, ApiError> {
    use crate::domain::decision::Subject;
    let (app, by) = crate::server::http::guard::authorize().await?;
    let subject = match kind.as_str() {
        "case" => Subject::Case(crate::server::http::respond::parse_id(id, "case")?),
        _ => Subject::Inquiry(crate::server::http::respond::parse_id(id, "inquiry")?),
    };
    let kept = crate::server::usecase::decision::save_draft(&app, &by, subject, version, &reason, &comment).await;
    crate::server::http::respond::respond(kept)
}

/// Resolves a decision whose outcome is unknown: `outcome` is there or not-there, `look` is what the reviewer saw in
/// Persona.
#[server(prefix = "/api", endpoint = "settle")]
pub async fn settle(decision: String, outcome: String, look: String) -> Result<Decision, ApiError> {
    use crate::domain::decision::resolve::Settlement;
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(decision, "decision")?;
    let outcome = crate::server::http::respond::require(
        Settlement::parse(&outcome),
        "State whether the decision is in Persona or not.",
    )?;
    crate::server::http::respond::respond(
        crate::server::usecase::decision::resolve::resolve_unknown(&app, &by, id, outcome, look).await,
    )
}

/// Withdraws a decision before anything is sent.
#[server(prefix = "/api", endpoint = "withdraw")]
pub async fn withdraw(decision: String) -> Result<Decision, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(decision, "decision")?;
    crate::server::http::respond::respond(crate::server::usecase::decision::undo::withdraw(&app, &by, id).await)
}

/// The second reviewer's answer: `said` is countersign or refuse, and `why` is required to refuse.
#[server(prefix = "/api", endpoint = "countersign")]
pub async fn countersign(decision: String, version: i64, said: String, why: String) -> Result<Decision, ApiError> {
    use crate::domain::decision::countersign::Consent;
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(decision, "decision")?;
    let said = crate::server::http::respond::require(
        Consent::parse(&said, why),
        "Choose whether to countersign or to refuse.",
    )?;
    crate::server::http::respond::respond(
        crate::server::usecase::decision::countersign::respond(&app, &by, id, said, version).await,
    )
}

#[server(prefix = "/api", endpoint = "decisions", input = Json)]
pub async fn decisions(state: Option<State>) -> Result<DecisionsPage, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond_page(crate::server::usecase::decision::list(&app, &by, state).await)
}

/// Sends a held decision, by order of an admin.
#[server(prefix = "/api", endpoint = "held-release")]
pub async fn release_held(decision: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(decision, "decision")?;
    crate::server::http::respond::respond(crate::server::usecase::decision::held::release(&app, &by, id).await)
}

/// Withdraws a held decision, by order of an admin.
#[server(prefix = "/api", endpoint = "held-withdraw")]
pub async fn withdraw_held(decision: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(decision, "decision")?;
    crate::server::http::respond::respond(crate::server::usecase::decision::held::withdraw(&app, &by, id).await)
}
