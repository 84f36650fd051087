//! The log entry of a decision.
use crate::domain::audit::Draft;
use crate::domain::decision::{Decision, Verdict};

/// Returns the log entry for anything that happens to a decision.
pub(in crate::server::usecase) fn entry(
    action: &'static str,
    actor: crate::domain::audit::Actor,
    decision: &Decision,
) -> Draft {
    let status = match &decision.verdict {
        Verdict::SetStatus { status } => Some(status.clone()),
        Verdict::Approve | Verdict::Decline | Verdict::MarkForReview => None,
    };
    let draft = Draft::new(action, actor, decision.subject.kind(), decision.subject.id())
        .fact("decision", decision.id.to_string())
        .fact("verdict", decision.verdict.as_str())
        .fact("reason", decision.reason.clone())
        .fact("version", decision.seen_version)
        .fact("evidence", decision.fingerprint.clone());
    let draft = match status {
        Some(status) => draft.fact("status", status),
        None => draft,
    };
    if decision.comment.is_empty() { draft } else { draft.personal("comment", decision.comment.clone()) }
}
