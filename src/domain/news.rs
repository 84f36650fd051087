//! What happened to an inquiry while a reviewer has it open, in words. A colleague's claim is a claim, and not a change
//! at Persona.
use serde::{Deserialize, Serialize};

use super::claim::Claim;
use super::decision::Decision;
use super::id::{DecisionId, ReviewerId};
use super::inquiry::InquiryStatus;
use super::page_data::inquiry::InquiryPage;

/// The state of an inquiry, as far as an open page reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// Version of the evidence.
    pub version: i64,
    pub status: InquiryStatus,
    pub claim: Option<Claim>,
    /// The newest one.
    pub decision: Option<NewDecision>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDecision {
    pub id: DecisionId,
    pub by: ReviewerId,
    pub by_name: String,
    /// In words.
    pub verdict: String,
    pub state: String,
}

impl From<&Decision> for NewDecision {
    fn from(decision: &Decision) -> Self {
        Self {
            id: decision.id,
            by: decision.reviewer_id,
            by_name: decision.reviewer_name.clone(),
            verdict: decision.verdict.label().to_lowercase(),
            state: decision.state.to_string(),
        }
    }
}

/// The state that the page shows.
impl From<&InquiryPage> for News {
    fn from(page: &InquiryPage) -> Self {
        Self {
            version: page.version,
            status: page.inquiry.status.clone(),
            claim: page.claim.clone(),
            decision: page.decisions.first().map(NewDecision::from),
        }
    }
}

impl News {
    /// What changed since `before`, for this reader. Empty if the change is not reported here.
    pub fn since(&self, before: &Self, reader: Option<ReviewerId>) -> Vec<String> {
        let mut told = Vec::new();
        let whose = |claim: &Option<Claim>| claim.as_ref().map(|claim| claim.by);
        if whose(&self.claim) != whose(&before.claim) {
            told.extend(match (&self.claim, &before.claim) {
                (Some(claim), _) if Some(claim.by) != reader => Some(format!("{} claimed this.", claim.by_name)),
                (None, Some(claim)) if Some(claim.by) != reader => {
                    Some(format!("{}'s claim has ended.", claim.by_name))
                }
                _ => None,
            });
        }
        if let Some(decision) = self.decision.as_ref().filter(|decision| before.decision.as_ref() != Some(*decision)) {
            let known = before.decision.as_ref().is_some_and(|known| known.id == decision.id);
            told.push(match known {
                true => {
                    format!("{}'s decision ({}) is now {}.", decision.by_name, decision.verdict, decision.state)
                }
                false => format!("{} decided: {}.", decision.by_name, decision.verdict),
            });
        }
        if self.status != before.status {
            told.push(format!("Its status at Persona is now {}.", self.status.label().to_lowercase()));
        }
        if self.version != before.version {
            told.push("The evidence changed at Persona.".to_owned());
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    fn id(n: u128) -> ReviewerId {
        ReviewerId(uuid::Uuid::from_u128(n))
    }

    fn claim(n: u128, name: &str) -> Option<Claim> {
        let at = Timestamp::from_micros(0);
        Some(Claim { by: id(n), by_name: name.into(), since: at, until: at })
    }

    #[test]
    fn each_kind_of_news_is_told_as_what_it_is() {
        let before = News { version: 1, status: InquiryStatus::NeedsReview, claim: None, decision: None };
        let since = |now: &News| now.since(&before, Some(id(1)));
        assert!(since(&before).is_empty());
        assert_eq!(since(&News { claim: claim(2, "Jo"), ..before.clone() }), ["Jo claimed this."]);
        assert!(since(&News { claim: claim(1, "Me"), ..before.clone() }).is_empty(), "own claims are not reported");
        let held = News { claim: claim(2, "Jo"), ..before.clone() };
        assert_eq!(before.since(&held, Some(id(1))), ["Jo's claim has ended."]);
        let decided = |state: &str| NewDecision {
            id: DecisionId(uuid::Uuid::from_u128(9)),
            by: id(2),
            by_name: "Jo".into(),
            verdict: "decline".into(),
            state: state.into(),
        };
        let made = News { decision: Some(decided("proposed")), ..before.clone() };
        assert_eq!(since(&made), ["Jo decided: decline."]);
        let sent = News { decision: Some(decided("confirmed")), status: InquiryStatus::Declined, ..before.clone() };
        assert_eq!(
            sent.since(&made, Some(id(1))),
            ["Jo's decision (decline) is now confirmed.", "Its status at Persona is now declined."]
        );
        assert_eq!(since(&News { version: 2, ..before.clone() }), ["The evidence changed at Persona."]);
    }
}
