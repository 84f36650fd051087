//! The filter of the audit page.
use serde::{Deserialize, Serialize};

use super::decision;
use crate::domain::decision::state::State;
use crate::domain::export::Filter;
use crate::domain::reason::VERDICTS;
use crate::domain::time::Timestamp;

/// The filter in the address of the page, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    pub action: Option<String>,
    pub actor: Option<String>,
    /// An ID, or the number of an entry.
    pub object: Option<String>,
    pub outcome: Option<String>,
    /// Dates such as `2026-10-01`, both inclusive.
    pub from: Option<String>,
    pub to: Option<String>,
    pub before: Option<String>,
    /// The ID of a decision, as in Persona's comment.
    pub decision: Option<String>,
    /// The ID of an account, or its reference.
    pub customer: Option<String>,
    /// Persona's request ID of a call.
    pub request: Option<String>,
    pub verdict: Option<String>,
    pub reason: Option<String>,
    pub state: Option<String>,
}

/// A typed filter that cannot be searched for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistyped {
    #[error("{0} is not a date. Write it like 2026-10-31.")]
    Date(String),
    #[error(
        "{0} is not the ID of a decision. Copy it from Persona's comment, after “Countersign decision”: 36 letters, digits and hyphens."
    )]
    Decision(String),
    #[error("{0} is not a verdict. Use approve, decline, mark-for-review or set-status.")]
    Verdict(String),
    #[error("{0} is not a state of a decision. Use {states}.", states = State::ALL.map(State::as_str).join(", "))]
    State(String),
}

impl AuditFilter {
    /// The filter on the log. The caller looks up the accounts that `customer` names.
    pub fn filter(&self) -> Result<Filter, Mistyped> {
        let word = |text: &Option<String>| {
            let text: String = text.as_deref().unwrap_or_default().trim().chars().filter(|c| !c.is_control()).collect();
            (!text.is_empty()).then(|| text.chars().take(200).collect::<String>())
        };
        let date = |text: &Option<String>| match word(text) {
            None => Ok(None),
            Some(text) => format!("{text}T00:00:00Z").parse::<Timestamp>().map(Some).map_err(|_| Mistyped::Date(text)),
        };
        const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);
        let object = word(&self.object);
        let number = object.as_deref().and_then(|text| text.parse::<i64>().ok()).filter(|number| *number >= 0);
        let of_decision = match word(&self.decision) {
            None => None,
            Some(text) => Some(decision(&text).ok_or(Mistyped::Decision(text))?),
        };
        let verdict = word(&self.verdict);
        if let Some(text) = verdict.as_ref().filter(|text| !VERDICTS.contains(&text.as_str())) {
            return Err(Mistyped::Verdict(text.clone()));
        }
        let state = match word(&self.state) {
            None => None,
            Some(text) => Some(State::parse(&text).ok_or(Mistyped::State(text))?),
        };
        Ok(Filter {
            action: word(&self.action),
            actor: word(&self.actor),
            object: object.filter(|_| number.is_none()),
            decision: of_decision,
            request: word(&self.request),
            verdict,
            reason: word(&self.reason),
            state,
            customer: None,
            outcome: word(&self.outcome),
            from: date(&self.from)?,
            to: date(&self.to)?.map(|day| day.plus(DAY)),
            first: number,
            last: number,
        })
    }

    pub fn is_narrowed(&self) -> bool {
        *self != Self { before: self.before.clone(), ..Self::default() }
    }

    /// The filter as query parameters.
    pub fn pairs(&self) -> [(&'static str, Option<&str>); 12] {
        [
            ("action", self.action.as_deref()),
            ("actor", self.actor.as_deref()),
            ("object", self.object.as_deref()),
            ("outcome", self.outcome.as_deref()),
            ("from", self.from.as_deref()),
            ("to", self.to.as_deref()),
            ("decision", self.decision.as_deref()),
            ("customer", self.customer.as_deref()),
            ("request", self.request.as_deref()),
            ("verdict", self.verdict.as_deref()),
            ("reason", self.reason.as_deref()),
            ("state", self.state.as_deref()),
        ]
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_looked_for_is_said() {
        let id = "01a2b3c4-0000-7000-8000-000000000001";
        for typed in [id.to_owned(), format!(" Countersign decision {id} by Maya Okafor."), id.to_uppercase()] {
            let filter = AuditFilter { decision: Some(typed), ..Default::default() }.filter().unwrap();
            assert_eq!(filter.decision.map(|id| id.to_string()).as_deref(), Some(id));
            assert_eq!(filter.text(), format!("decision=\"{id}\""));
        }
        let wrong = |set: fn(&mut AuditFilter)| {
            let mut filter = AuditFilter::default();
            set(&mut filter);
            filter.filter().unwrap_err().to_string()
        };
        assert!(wrong(|filter| filter.decision = Some("01a2b3c4".into())).contains("Persona's comment"));
        assert!(wrong(|filter| filter.verdict = Some("aprove".into())).contains("approve, decline"));
        assert!(wrong(|filter| filter.state = Some("done".into())).contains("awaiting_countersign"));
    }

    #[test]
    fn dates_are_days_and_both_are_included() {
        let typed =
            AuditFilter { from: Some("2026-10-01".into()), to: Some("2026-10-31".into()), ..Default::default() };
        let filter = typed.filter().unwrap();
        assert_eq!(filter.from.map(Timestamp::to_text).as_deref(), Some("2026-10-01T00:00:00.000000Z"));
        assert_eq!(filter.to.map(Timestamp::to_text).as_deref(), Some("2026-11-01T00:00:00.000000Z"));
        assert!(AuditFilter { from: Some("yesterday".into()), ..Default::default() }.filter().is_err());
        let number = AuditFilter { object: Some("48213".into()), ..Default::default() }.filter().unwrap();
        assert_eq!((number.first, number.last, number.object), (Some(48_213), Some(48_213), None));
        assert!(AuditFilter { object: Some("  ".into()), ..Default::default() }.filter().unwrap().is_all());
    }
}
