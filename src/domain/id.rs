//! Typed IDs, parsed once at the edge.
//!
//! Persona's ids are opaque (CONTRACT.md section 8: length and prefix may change), so only what could do harm is
//! refused: an empty or very long id, and characters that have a meaning in a path.
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Maximum length of a Persona id, in characters. Today they have 32.
const LONGEST: usize = 128;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id: 1 to {LONGEST} letters, digits, '_' or '-' expected")]
pub struct NotAnId;

fn check(text: &str) -> Result<(), NotAnId> {
    let fine = !text.is_empty()
        && text.len() <= LONGEST
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if fine { Ok(()) } else { Err(NotAnId) }
}

macro_rules! persona_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                check(text).map(|()| Self(text.to_owned()))
            }
        }
        impl TryFrom<String> for $name {
            type Error = NotAnId;
            fn try_from(text: String) -> Result<Self, NotAnId> {
                check(&text).map(|()| Self(text))
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    )+};
}

persona_id! {
    /// `inq_…`
    InquiryId,
    /// `act_…`
    AccountId,
    /// `case_…`
    CaseId,
    /// Any object of Persona: `ver_…`, `doc_…`, `rep_…`, …
    ObjectId,
}

macro_rules! own_id {
    ($($name:ident),+ $(,)?) => {$(
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }
    )+};
}

own_id!(ReviewerId, DecisionId, DeliveryId, LinkId, AssignmentId, NoteId, RetentionProposalId, RuleProposalId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_would_change_a_path_is_refused() {
        for bad in ["", "../x", "a b", "inq_1?x=2", "inq_ü", &"x".repeat(129)] {
            assert!(bad.parse::<InquiryId>().is_err(), "{bad:?}");
        }
        assert!("inq_Kq7RzV3mXw2bNfT9aLcP5sYeHdUj".parse::<InquiryId>().is_ok());
    }
}
