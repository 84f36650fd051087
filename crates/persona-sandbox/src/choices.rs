//! Choices for behaviour that Persona does not document. A client has to work under every option of each.

use super::lock::hold;
use serde_json::{Map, Value};
use std::sync::Mutex;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    ForbiddenTransition,
    RepeatedDecision,
    UnknownCaseStatus,
    UnknownRelationKey,
    LinkOnExpired,
    IdempotencyMismatch,
    ApiReviewer,
    RelationEvents,
    Link,
    SandboxLimits,
    SignatureTime,
    SignatureOrder,
    SearchLag,
}

pub struct Row {
    pub choice: Choice,
    pub name: &'static str,
    /// The first option is the default.
    pub options: &'static [&'static str],
    pub about: &'static str,
}

const fn row(choice: Choice, name: &'static str, options: &'static [&'static str], about: &'static str) -> Row {
    Row { choice, name, options, about }
}

pub const ALL: &[Row] = &[
    row(
        Choice::ForbiddenTransition,
        "forbidden-transition",
        &["409", "422"],
        "Status of a decision, expiry or resumption that the state of the inquiry does not allow",
    ),
    row(
        Choice::RepeatedDecision,
        "repeated-decision",
        &["409", "200"],
        "Approving an approved inquiry: refused, or answered as if approved now",
    ),
    row(
        Choice::UnknownCaseStatus,
        "unknown-case-status",
        &["422", "taken"],
        "Setting a case status that the template does not have: refused, or set as given",
    ),
    row(
        Choice::UnknownRelationKey,
        "unknown-relation-key",
        &["404", "422", "empty"],
        "Listing relations by a key that no account type has",
    ),
    row(Choice::LinkOnExpired, "link-on-expired", &["409", "422"], "A one-time link for an expired inquiry"),
    row(
        Choice::IdempotencyMismatch,
        "idempotency-mismatch",
        &["409", "422", "400"],
        "Status when an idempotency key is used again with other parameters",
    ),
    row(
        Choice::ApiReviewer,
        "api-reviewer",
        &["null", "user"],
        "Reviewer shown on an inquiry that was decided with an API key",
    ),
    row(
        Choice::RelationEvents,
        "relation-events",
        &["one-side", "both-sides"],
        "Whether the target account of a new relation gets an event too",
    ),
    row(Choice::Link, "link", &["same", "new"], "Whether a call returns an unused one-time link or a new one"),
    row(
        Choice::SandboxLimits,
        "sandbox-limits",
        &["open", "as-persona"],
        "Persona's sandbox keys may not read user audit logs and inquiry templates; the sandbox allows it by default",
    ),
    row(
        Choice::SignatureTime,
        "signature-time",
        &["each-attempt", "first-attempt"],
        "Whether the time in a webhook's signature is that of this attempt or of the first one",
    ),
    row(
        Choice::SignatureOrder,
        "signature-order",
        &["new-first", "old-first"],
        "Order of the two signature sets while a secret is rotating",
    ),
    row(
        Choice::SearchLag,
        "search-lag",
        &["none", "a-minute"],
        "Whether a search sees what was created in the last minute",
    ),
];

/// The chosen options, in the order of `ALL`.
pub struct Choices(Mutex<Vec<&'static str>>);

impl Default for Choices {
    fn default() -> Self {
        Self(Mutex::new(ALL.iter().map(|row| row.options.first().copied().unwrap_or_default()).collect()))
    }
}

impl Choices {
    pub fn get(&self, choice: Choice) -> &'static str {
        let at = ALL.iter().position(|row| row.choice == choice);
        at.and_then(|at| hold(&self.0).get(at).copied()).unwrap_or_default()
    }

    pub fn is(&self, choice: Choice, option: &str) -> bool {
        self.get(choice) == option
    }

    /// Sets a choice by name, such as `forbidden-transition` to `422`. An unknown name or option is an error that lists
    /// the known ones.
    pub fn set(&self, name: &str, option: &str) -> Result<(), String> {
        let names = || ALL.iter().map(|row| row.name).collect::<Vec<_>>().join(", ");
        let at = ALL
            .iter()
            .position(|row| row.name == name)
            .ok_or_else(|| format!("unknown choice {name}; the choices are: {}", names()))?;
        let options = ALL.get(at).map_or(&[][..], |row| row.options);
        let known = options
            .iter()
            .find(|known| **known == option)
            .ok_or_else(|| format!("{name} must be one of: {}", options.join(", ")))?;
        if let Some(slot) = hold(&self.0).get_mut(at) {
            *slot = known;
        }
        Ok(())
    }

    pub fn all(&self) -> Value {
        ALL.iter().map(|row| (row.name.to_owned(), self.get(row.choice).into())).collect::<Map<_, _>>().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_takes_its_options_and_nothing_else() {
        let choices = Choices::default();
        assert_eq!(choices.get(Choice::ForbiddenTransition), "409");
        assert_eq!(choices.set("forbidden-transition", "422"), Ok(()));
        assert!(choices.is(Choice::ForbiddenTransition, "422"));
        assert_eq!(choices.set("link", "maybe"), Err("link must be one of: same, new".to_owned()));
        assert!(choices.set("weather", "sunny").is_err());
    }
}
