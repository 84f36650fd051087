//! A decision: verdict, reason, and the one rule that allows or refuses it.
use state::State;

use serde::{Deserialize, Serialize};

use super::id::{CaseId, DecisionId, InquiryId, ReviewerId};
use super::inquiry::InquiryStatus;
use super::reason::{CHECKS_PASSED, FALSE_POSITIVE, Reasons};
use super::time::Timestamp;

pub mod countersign;
pub mod resolve;
pub mod row;
pub mod state;
pub mod undo;
pub mod warning;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    Approve,
    Decline,
    MarkForReview,
    SetStatus { status: String },
}

impl Verdict {
    /// The spelling in forms, the log and the database.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Decline => "decline",
            Self::MarkForReview => "mark-for-review",
            Self::SetStatus { .. } => "set-status",
        }
    }

    pub fn label(&self) -> String {
        match self {
            Self::Approve => "Approve".into(),
            Self::Decline => "Decline".into(),
            Self::MarkForReview => "Mark for review".into(),
            Self::SetStatus { status } => format!("Set status: {status}"),
        }
    }

    /// `status` is only read for set-status.
    pub fn parse(text: &str, status: Option<&str>) -> Option<Self> {
        match text {
            "approve" => Some(Self::Approve),
            "decline" => Some(Self::Decline),
            "mark-for-review" => Some(Self::MarkForReview),
            "set-status" => Some(Self::SetStatus { status: status?.to_owned() }),
            _ => None,
        }
    }

    /// The status of an inquiry in Persona after this verdict is carried out.
    pub const fn leads_to(&self) -> Option<InquiryStatus> {
        match self {
            Self::Approve => Some(InquiryStatus::Approved),
            Self::Decline => Some(InquiryStatus::Declined),
            Self::MarkForReview => Some(InquiryStatus::NeedsReview),
            Self::SetStatus { .. } => None,
        }
    }
}

/// Longest comment, in characters.
pub const LONGEST_COMMENT: usize = 2000;

/// What a decision is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind", content = "id")]
pub enum Subject {
    Inquiry(InquiryId),
    Case(CaseId),
}

impl Subject {
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Inquiry(_) => "inquiry",
            Self::Case(_) => "case",
        }
    }

    pub fn id(&self) -> &str {
        match self {
            Self::Inquiry(id) => id.as_str(),
            Self::Case(id) => id.as_str(),
        }
    }
}

/// Why a decision was not sent: a rule now asks for something that it did not ask for when the decision was made.
pub const ASKED_SINCE: &str = "since you decided, something that a rule asks about has changed";

/// A decision as pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub id: DecisionId,
    pub subject: Subject,
    /// Name of the person, business or case, for display.
    pub subject_name: String,
    pub verdict: Verdict,
    pub reason: String,
    pub comment: String,
    pub reviewer_id: ReviewerId,
    pub reviewer_name: String,
    /// Version of the evidence that the reviewer saw.
    pub seen_version: i64,
    pub fingerprint: String,
    pub state: State,
    pub made_at: Timestamp,
    pub settled_at: Option<Timestamp>,
    /// End of the undo window; nothing is sent before.
    pub hold_until: Option<Timestamp>,
    /// Version of the countersign rules that were applied.
    pub rules_version: i64,
    /// Names of the rules that require a second reviewer; empty when none does.
    pub wanted_by: Vec<String>,
    /// The second reviewer, who countersigned or refused.
    pub checker_name: Option<String>,
    pub checked_at: Option<Timestamp>,
    /// Why the second reviewer refused.
    pub refusal: Option<String>,
    /// A statement that one person created the accounts of both, and that no other person has confirmed them.
    pub accounts: Option<String>,
    /// The maker or checker whose account was disabled before the decision was sent: the decision is held.
    pub held_for: Option<String>,
    /// The state of its delivery: attempts, the next one, Persona's answer.
    pub attempts: i32,
    pub next_attempt_at: Option<Timestamp>,
    pub answer: Option<String>,
}

/// What the reviewer asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub verdict: Verdict,
    pub reason: String,
    pub comment: String,
    pub seen_version: i64,
}

/// The state of the object when the proposal arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectState {
    pub version: i64,
    /// `None` for a case.
    pub inquiry_status: Option<InquiryStatus>,
    pub redacted: bool,
    /// Maker and verdict of a decision that is still on its way.
    pub on_its_way: Option<(String, String)>,
    /// A colleague whose claim on it has not expired.
    pub claimed_by: Option<String>,
    /// The current reasons.
    pub reasons: Reasons,
    /// Why this verdict with this reason is refused: the first of `warning::refusals`.
    pub refused: Option<Refusal>,
    /// Whether the reviewer has opened this version.
    pub opened: bool,
}

/// Whether the desk has read the evidence that there is to decide on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    Read,
    /// Never read, or not readable.
    Unread,
    /// Persona reported a change that has not been read yet.
    Changing,
}

/// Why a decision cannot be made now. The text is shown to the reviewer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Refusal {
    #[error("The evidence changed while you were reading. Look at it again, then decide.")]
    Stale { seen: i64, now: i64 },
    #[error("{by} has already decided: {verdict}.")]
    OnItsWay { by: String, verdict: String },
    #[error("An inquiry that is {status} cannot get this verdict. Choose another verdict, or reload the page.")]
    NotFrom { status: String },
    #[error("This was redacted in Persona: there is nothing left to decide on.")]
    Redacted,
    #[error(
        "The evidence has not been read from Persona, so nothing can be decided yet. Wait until it is on this page."
    )]
    Unread,
    #[error("Persona reported a change that the desk is reading now. Wait a few seconds, look at it, then decide.")]
    Changing,
    #[error("You have not opened this version of the evidence. Open it, then decide.")]
    NotOpened,
    #[error("You are reviewing this inquiry blind. Give your verdict first. Then you can open the inquiry.")]
    Blind,
    #[error("Choose a reason that fits the verdict.")]
    Reason,
    #[error("“All checks passed” does not fit, because not all checks passed: {}. Choose another reason.", .why.join("; "))]
    NotPassed { why: Vec<String> },
    #[error("A discrepancy is open: {}. Explain it, or decline.", .fields.join(", "))]
    OpenDifferences { fields: Vec<String> },
    #[error("A hit is not assessed: {}. Choose the reason “Hit is another person”, or decline.", .hits.join("; "))]
    HitsNotAssessed { hits: Vec<String> },
    #[error("A required check failed: {}. Decline, or mark it for review.", .checks.join("; "))]
    ChecksFailed { checks: Vec<String> },
    #[error("Relations of the account have not been read from Persona. Wait until they are on this page.")]
    RelationsNotRead,
    #[error("Write a comment: what did you find, and why does it lead to this decision?")]
    CommentMissing,
    #[error("The comment has more than 2000 characters. Shorten it.")]
    CommentTooLong,
    #[error("Choose a status of 1 to 100 characters.")]
    Status,
    #[error("{by} has claimed this. Ask them, or take it over with a reason.")]
    Claimed { by: String },
    #[error("Complete these checklist items first: {}.", .items.join("; "))]
    Unchecked { items: Vec<String> },
    #[error("This decision is {state}. It can no longer be withdrawn.")]
    TooLate { state: State },
    #[error("Only {by} can withdraw this decision.")]
    NotYours { by: String },
    #[error(
        "This decision is {state} and no longer held: it was sent or withdrawn, or the account was enabled again. Reload the page."
    )]
    NotHeld { state: State },
    #[error("This decision is {state}. It is not waiting for a second reviewer.")]
    NotAwaiting { state: State },
    #[error("You made this decision. Another reviewer has to countersign it.")]
    Own,
    #[error(
        "{by} may control both your account and the account that did this. Another person has to do it, or another admin or auditor first has to confirm one of the two accounts under Reviewers."
    )]
    OneHand { by: String },
    #[error("The evidence has changed since {by} decided. Refuse the decision, so that it can be made again.")]
    MadeOnOther { by: String },
    #[error("Write down why you refuse: the reviewer who decided reads it.")]
    WhyMissing,
    #[error("This decision is {state}. There is nothing to resolve.")]
    Settled { state: State },
    #[error("Write down what you looked at in Persona and what you saw there.")]
    LookMissing,
    #[error(
        "The audit log is damaged at {at}. No decision can be made until it is repaired. Inform your admin and your \
         auditor."
    )]
    LogDamaged { at: String },
    #[error(
        "The audit log is suspended: a checkpoint outside this desk does not match this database. No \
         decision can be made until an admin resumes the log. What you typed is not lost."
    )]
    LogSuspended,
}

impl Refusal {
    /// Whether only the form is incomplete or filled in wrongly.
    pub const fn is_of_form(&self) -> bool {
        matches!(self, Self::Reason | Self::CommentMissing | Self::CommentTooLong | Self::Status)
    }
}

/// Whether the proposal may become a decision. Checks first what the reviewer cannot change, then what they can
/// correct, then whether they saw the evidence that they decide on.
pub fn judge(proposal: &Proposal, standing: &SubjectState) -> Result<(), Refusal> {
    if standing.redacted {
        return Err(Refusal::Redacted);
    }
    if let Some((by, verdict)) = &standing.on_its_way {
        return Err(Refusal::OnItsWay { by: by.clone(), verdict: verdict.clone() });
    }
    if let Some(by) = &standing.claimed_by {
        return Err(Refusal::Claimed { by: by.clone() });
    }
    if let Some(status) = &standing.inquiry_status {
        let allowed = match proposal.verdict {
            Verdict::Approve | Verdict::Decline => status.decidable(),
            Verdict::MarkForReview => status.reviewable(),
            Verdict::SetStatus { .. } => false,
        };
        if !allowed {
            return Err(Refusal::NotFrom { status: status.label().to_lowercase() });
        }
    }
    if let Verdict::SetStatus { status } = &proposal.verdict {
        let fine = !status.trim().is_empty() && status.chars().count() <= super::case::LONGEST_STATUS;
        if !fine || standing.inquiry_status.is_some() {
            return Err(Refusal::Status);
        }
    }
    fits(&proposal.verdict, &proposal.reason, &proposal.comment, &standing.reasons)?;
    if proposal.seen_version != standing.version {
        return Err(Refusal::Stale { seen: proposal.seen_version, now: standing.version });
    }
    // Marking for review decides nothing, and reviewers do it to many inquiries at once from the queue.
    if proposal.verdict == Verdict::MarkForReview {
        return Ok(());
    }
    if let Some(refusal) = &standing.refused {
        return Err(refusal.clone());
    }
    if standing.opened { Ok(()) } else { Err(Refusal::NotOpened) }
}

/// Whether reason and comment meet the requirements of a verdict.
pub fn fits(verdict: &Verdict, reason: &str, comment: &str, reasons: &Reasons) -> Result<(), Refusal> {
    if !reasons.offered(verdict.as_str()).iter().any(|known| known.code == reason) {
        return Err(Refusal::Reason);
    }
    let comment = comment.trim();
    // “Match is another person” is an assessment: the comment has to say what it is based on.
    let wanted = matches!(verdict, Verdict::Decline) || reason == "other" || reason == FALSE_POSITIVE;
    if wanted && comment.is_empty() {
        return Err(Refusal::CommentMissing);
    }
    if comment.chars().count() > LONGEST_COMMENT {
        return Err(Refusal::CommentTooLong);
    }
    Ok(())
}

/// Whether a reason that claims something about the evidence is true.
pub fn said_so(reason: &str, not_passed: &[String]) -> Result<(), Refusal> {
    if reason == CHECKS_PASSED && !not_passed.is_empty() {
        return Err(Refusal::NotPassed { why: not_passed.to_vec() });
    }
    Ok(())
}

/// Beginning of the line that the desk writes under each comment.
const WITNESS: &str = "Countersign decision";

/// Whether a comment reads as if the desk had written a part of it.
pub fn imitates(comment: &str) -> bool {
    let plain: String = comment.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    plain.contains(&WITNESS.to_lowercase())
}

/// The text that goes to Persona as `meta.comment`: the reviewer's comment, and a line that names the decision, its
/// maker and its checker, so that Persona's record is a witness of the decision.
pub fn witnessed_comment(comment: &str, decision: DecisionId, maker: &str, checker: Option<&str>) -> String {
    let second = checker.map(|name| format!(", countersigned by {name}")).unwrap_or_default();
    let line = format!("{WITNESS} {decision} by {maker}{second}");
    let comment = comment.trim();
    if comment.is_empty() { line } else { format!("{comment}\n\n{line}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposal(verdict: Verdict, reason: &str, comment: &str) -> Proposal {
        Proposal { verdict, reason: reason.into(), comment: comment.into(), seen_version: 3 }
    }

    fn standing(status: InquiryStatus) -> SubjectState {
        SubjectState {
            version: 3,
            inquiry_status: Some(status),
            redacted: false,
            on_its_way: None,
            claimed_by: None,
            reasons: Reasons::default(),
            refused: None,
            opened: true,
        }
    }

    #[test]
    fn nothing_is_decided_unread_or_unopened() {
        let review = || standing(InquiryStatus::NeedsReview);
        let unread = SubjectState { refused: Some(Refusal::Unread), ..review() };
        let changing = SubjectState { refused: Some(Refusal::Changing), ..review() };
        let unopened = SubjectState { opened: false, ..review() };
        for (verdict, reason) in [(Verdict::Approve, "checks-passed"), (Verdict::Decline, "document-expired")] {
            let made = proposal(verdict, reason, "seen");
            assert_eq!(judge(&made, &review()), Ok(()));
            assert_eq!(judge(&made, &unread), Err(Refusal::Unread));
            assert_eq!(judge(&made, &changing), Err(Refusal::Changing));
            assert_eq!(judge(&made, &unopened), Err(Refusal::NotOpened));
        }
    }

    #[test]
    fn who_saw_old_evidence_is_asked_again() {
        let old = Proposal { seen_version: 2, ..proposal(Verdict::Approve, "checks-passed", "") };
        assert_eq!(judge(&old, &standing(InquiryStatus::NeedsReview)), Err(Refusal::Stale { seen: 2, now: 3 }));
    }

    #[test]
    fn the_second_decision_waits_for_the_first() {
        let busy =
            SubjectState { on_its_way: Some(("Jo".into(), "approve".into())), ..standing(InquiryStatus::NeedsReview) };
        let decline = proposal(Verdict::Decline, "document-expired", "Expired in May");
        assert!(matches!(judge(&decline, &busy), Err(Refusal::OnItsWay { .. })));
    }

    #[test]
    fn only_finished_inquiries_are_decided() {
        let approve = proposal(Verdict::Approve, "checks-passed", "");
        for status in InquiryStatus::KNOWN {
            let fine = matches!(status, InquiryStatus::NeedsReview | InquiryStatus::Completed | InquiryStatus::Failed);
            assert_eq!(judge(&approve, &standing(status.clone())).is_ok(), fine, "{status}");
        }
    }

    #[test]
    fn what_persona_refuses_to_mark_for_review_is_not_marked() {
        let mark = proposal(Verdict::MarkForReview, "second-look", "");
        for status in InquiryStatus::KNOWN {
            let fine = matches!(
                status,
                InquiryStatus::Created | InquiryStatus::Pending | InquiryStatus::Completed | InquiryStatus::Failed
            );
            assert_eq!(judge(&mark, &standing(status.clone())).is_ok(), fine, "{status}");
        }
    }

    #[test]
    fn a_decline_says_why() {
        let bare = proposal(Verdict::Decline, "document-expired", "  ");
        assert_eq!(judge(&bare, &standing(InquiryStatus::Failed)), Err(Refusal::CommentMissing));
        let another = proposal(Verdict::Approve, "false-positive", "");
        assert_eq!(judge(&another, &standing(InquiryStatus::Completed)), Err(Refusal::CommentMissing), "by what?");
        let wrong = proposal(Verdict::Decline, "checks-passed", "x");
        assert_eq!(judge(&wrong, &standing(InquiryStatus::Failed)), Err(Refusal::Reason));
        let long = proposal(Verdict::Decline, "document-expired", &"x".repeat(2001));
        assert_eq!(judge(&long, &standing(InquiryStatus::Failed)), Err(Refusal::CommentTooLong));
    }

    #[test]
    fn a_case_takes_a_status_and_an_inquiry_does_not() {
        let set = proposal(Verdict::SetStatus { status: "Approved".into() }, "work-done", "");
        let case = SubjectState { inquiry_status: None, ..standing(InquiryStatus::Created) };
        assert_eq!(judge(&set, &case), Ok(()));
        assert!(judge(&set, &standing(InquiryStatus::NeedsReview)).is_err());
        let blank = proposal(Verdict::SetStatus { status: " ".into() }, "work-done", "");
        assert_eq!(judge(&blank, &case), Err(Refusal::Status));
    }

    #[test]
    fn persona_is_told_the_decision_its_maker_and_its_checker() {
        let id = DecisionId(uuid::Uuid::nil());
        let alone = witnessed_comment("", id, "Maya Okafor", None);
        assert_eq!(alone, format!("Countersign decision {id} by Maya Okafor"));
        let both = witnessed_comment(" Same face. ", id, "Maya Okafor", Some("Jo Lindqvist"));
        assert_eq!(
            both,
            format!("Same face.\n\nCountersign decision {id} by Maya Okafor, countersigned by Jo Lindqvist")
        );
    }

    #[test]
    fn settled_decisions_stay_settled() {
        for state in State::ALL {
            assert!(!State::Confirmed.may_become(state) && !State::Rejected.may_become(state));
        }
    }
}
