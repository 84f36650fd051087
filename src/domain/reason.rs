//! Reasons of decisions, from a list: they can be counted, and mean the same a year later. The desk brings some
//! reasons, an admin adds others and retires those that are not to be given any more. A code is never reused for
//! another meaning.
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use unicode_security::skeleton;

/// A reason that the desk brings.
struct Brought {
    code: &'static str,
    label: &'static str,
    for_verdicts: &'static [&'static str],
}

/// Can be given only if all checks passed: see `Evidence::outcome`.
pub const CHECKS_PASSED: &str = "checks-passed";

/// States that a screening hit is another person.
pub const FALSE_POSITIVE: &str = "false-positive";

const BROUGHT: &[Brought] = &[
    Brought { code: CHECKS_PASSED, label: "All checks passed", for_verdicts: &["approve"] },
    Brought {
        code: "discrepancy-explained",
        label: "Discrepancy explained by the evidence",
        for_verdicts: &["approve"],
    },
    Brought { code: FALSE_POSITIVE, label: "Hit is another person", for_verdicts: &["approve"] },
    Brought {
        code: "birthdate-mismatch",
        label: "Birthdate does not match the document",
        for_verdicts: &["decline", "mark-for-review"],
    },
    Brought {
        code: "name-mismatch",
        label: "Name does not match the document",
        for_verdicts: &["decline", "mark-for-review"],
    },
    Brought {
        code: "address-mismatch",
        label: "Address cannot be confirmed",
        for_verdicts: &["decline", "mark-for-review"],
    },
    Brought { code: "document-expired", label: "Document expired", for_verdicts: &["decline", "mark-for-review"] },
    Brought {
        code: "document-not-genuine",
        label: "Document not genuine",
        for_verdicts: &["decline", "mark-for-review"],
    },
    Brought {
        code: "face-mismatch",
        label: "Face does not match the document",
        for_verdicts: &["decline", "mark-for-review"],
    },
    Brought { code: "picture-inconclusive", label: "Picture inconclusive", for_verdicts: &["mark-for-review"] },
    Brought {
        code: "match-confirmed",
        label: "Watchlist, PEP or adverse media hit confirmed",
        for_verdicts: &["decline", "mark-for-review"],
    },
    Brought {
        code: "fraud-ring",
        label: "Linked to declined or fraudulent accounts",
        for_verdicts: &["decline", "mark-for-review"],
    },
    Brought { code: "second-look", label: "Needs a second look", for_verdicts: &["mark-for-review"] },
    Brought { code: "work-done", label: "Work on the case is done", for_verdicts: &["set-status"] },
    Brought { code: "waiting-for-information", label: "Waiting for information", for_verdicts: &["set-status"] },
    Brought { code: "new-information", label: "New information", for_verdicts: &["set-status"] },
    Brought {
        code: "other",
        label: "Other, see comment",
        for_verdicts: &["approve", "decline", "mark-for-review", "set-status"],
    },
];

/// Reasons that cannot be retired: the desk gives them itself, or they are the way out when nothing else fits.
const KEPT: [&str; 2] = ["other", "second-look"];
pub const VERDICTS: [&str; 4] = ["approve", "decline", "mark-for-review", "set-status"];

pub const LONGEST_CODE: usize = 40;
pub const LONGEST_LABEL: usize = 100;
const MOST: usize = 200;

/// A reason that an admin added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub code: String,
    pub label: String,
    pub verdicts: Vec<String>,
}

/// What an organisation changed in the list. Never changed itself: an edit makes the next version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reasons {
    /// 0 before the first version.
    #[serde(default)]
    pub version: i64,
    pub own: Vec<Reason>,
    /// Codes that cannot be given any more. Decisions made for them keep their text.
    pub retired: BTreeSet<String>,
}

/// A reason in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedReason<'a> {
    pub code: &'a str,
    pub label: &'a str,
    pub retired: bool,
    pub brought: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadReason {
    #[error("A code must have 1 to {LONGEST_CODE} lower-case letters, digits and hyphens, such as source-of-funds.")]
    Code,
    #[error(
        "The code {0} was used before. Choose another one: a code is never reused, so that past decisions keep their meaning."
    )]
    Used(String),
    #[error("Enter the meaning of the reason, in 1 to {LONGEST_LABEL} characters.")]
    Label,
    #[error("The desk has a built-in reason with this meaning, and checks it. Use the built-in reason.")]
    Guarded,
    #[error("Choose at least one verdict for this reason.")]
    Verdicts,
    #[error("At most {MOST} reasons. Use an existing one.")]
    TooMany,
    #[error("“{0}” cannot be retired: the desk uses it itself, or reviewers need it when no other reason fits.")]
    Kept(String),
    #[error("There is no reason with the code {0}.")]
    Unknown(String),
}

impl Reasons {
    fn every(&self) -> impl Iterator<Item = (ListedReason<'_>, Vec<&str>)> {
        let brought = BROUGHT.iter().map(|one| (one.code, one.label, true, one.for_verdicts.to_vec()));
        let own = self.own.iter().map(|one| {
            (one.code.as_str(), one.label.as_str(), false, one.verdicts.iter().map(String::as_str).collect())
        });
        brought.chain(own).map(|(code, label, brought, verdicts)| {
            (ListedReason { code, label, retired: self.retired.contains(code), brought }, verdicts)
        })
    }

    /// All of them, with the verdicts that each is for.
    pub fn listed(&self) -> Vec<(ListedReason<'_>, Vec<&str>)> {
        self.every().collect()
    }

    /// The reasons offered for a verdict, in order of display.
    pub fn offered(&self, verdict: &str) -> Vec<ListedReason<'_>> {
        self.every().filter(|(one, verdicts)| !one.retired && verdicts.contains(&verdict)).map(|(one, _)| one).collect()
    }

    /// The label of a code, also when it is retired. An unknown code is its own label.
    pub fn label(&self, code: &str) -> String {
        self.every().find(|(one, _)| one.code == code).map_or(code, |(one, _)| one.label).to_owned()
    }

    fn known(&self, code: &str) -> bool {
        self.every().any(|(one, _)| one.code == code)
    }

    pub fn add(&mut self, reason: Reason) -> Result<(), BadReason> {
        let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if reason.code.is_empty() || reason.code.len() > LONGEST_CODE || !reason.code.bytes().all(fine) {
            return Err(BadReason::Code);
        }
        if self.known(&reason.code) {
            return Err(BadReason::Used(reason.code));
        }
        if reason.label.is_empty() || reason.label.chars().count() > LONGEST_LABEL {
            return Err(BadReason::Label);
        }
        let looks =
            |label: &str| skeleton(&label.to_lowercase()).filter(|letter| letter.is_alphanumeric()).collect::<String>();
        let (own, guarded) =
            (looks(&reason.label), [CHECKS_PASSED, FALSE_POSITIVE].map(|code| looks(&self.label(code))));
        if guarded.iter().any(|guarded| own.contains(guarded.as_str())) {
            return Err(BadReason::Guarded);
        }
        if reason.verdicts.is_empty() || !reason.verdicts.iter().all(|one| VERDICTS.contains(&one.as_str())) {
            return Err(BadReason::Verdicts);
        }
        if self.own.len() >= MOST {
            return Err(BadReason::TooMany);
        }
        self.own.push(reason);
        Ok(())
    }

    /// Removes a reason from the forms, or offers it again.
    pub fn retire(&mut self, code: &str, retired: bool) -> Result<(), BadReason> {
        if !self.known(code) {
            return Err(BadReason::Unknown(code.to_owned()));
        }
        if KEPT.contains(&code) {
            return Err(BadReason::Kept(self.label(code)));
        }
        if retired {
            self.retired.insert(code.to_owned())
        } else {
            self.retired.remove(code)
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn funds() -> Reason {
        Reason {
            code: "source-of-funds".into(),
            label: "Source of funds unclear".into(),
            verdicts: vec!["decline".into()],
        }
    }

    #[test]
    fn a_code_means_one_thing_for_ever() {
        let mut reasons = Reasons::default();
        assert_eq!(reasons.add(funds()), Ok(()));
        assert!(reasons.offered("decline").iter().any(|one| one.code == "source-of-funds"));
        assert!(!reasons.offered("approve").iter().any(|one| one.code == "source-of-funds"));
        assert_eq!(reasons.retire("source-of-funds", true), Ok(()));
        assert!(!reasons.offered("decline").iter().any(|one| one.code == "source-of-funds"));
        assert_eq!(reasons.label("source-of-funds"), "Source of funds unclear");
        let again = Reason { label: "Something else".into(), ..funds() };
        assert_eq!(reasons.add(again), Err(BadReason::Used("source-of-funds".into())));
        let brought = Reason { code: "checks-passed".into(), ..funds() };
        assert!(matches!(reasons.add(brought), Err(BadReason::Used(_))));
        assert_eq!(reasons.retire("source-of-funds", false), Ok(()));
        assert!(reasons.offered("decline").iter().any(|one| one.code == "source-of-funds"));
        assert_eq!(reasons.label("never-heard-of"), "never-heard-of");
    }

    #[test]
    fn what_cannot_be_a_reason_is_refused() {
        let mut reasons = Reasons::default();
        for code in ["", "Source", "a b", "é", &"x".repeat(41)] {
            assert_eq!(reasons.add(Reason { code: code.into(), ..funds() }), Err(BadReason::Code), "{code}");
        }
        assert_eq!(reasons.add(Reason { label: String::new(), ..funds() }), Err(BadReason::Label));
        assert_eq!(reasons.add(Reason { verdicts: vec![], ..funds() }), Err(BadReason::Verdicts));
        assert_eq!(reasons.add(Reason { verdicts: vec!["maybe".into()], ..funds() }), Err(BadReason::Verdicts));
        assert!(matches!(reasons.retire("other", true), Err(BadReason::Kept(_))));
        assert_eq!(reasons.retire("none", true), Err(BadReason::Unknown("none".into())));
        // Whatever is retired, each verdict keeps a way out.
        for code in BROUGHT.iter().map(|one| one.code) {
            let _ = reasons.retire(code, true);
        }
        assert!(VERDICTS.iter().all(|verdict| !reasons.offered(verdict).is_empty()));
    }
}
