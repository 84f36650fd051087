//! Why a decision was made, from a list.

/// Why, from a list: countable, and the same word for the same thing a year later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// Never reused for another meaning.
    pub code: &'static str,
    pub label: &'static str,
    for_verdicts: &'static [&'static str],
}

pub const REASONS: &[Reason] = &[
    Reason { code: "checks-passed", label: "All checks passed", for_verdicts: &["approve"] },
    Reason {
        code: "discrepancy-explained",
        label: "Discrepancy explained by the evidence",
        for_verdicts: &["approve"],
    },
    Reason { code: "false-positive", label: "Match is another person", for_verdicts: &["approve"] },
    Reason {
        code: "birthdate-mismatch",
        label: "Birthdate does not match the document",
        for_verdicts: &["decline", "mark-for-review"],
    },
    Reason {
        code: "name-mismatch",
        label: "Name does not match the document",
        for_verdicts: &["decline", "mark-for-review"],
    },
    Reason {
        code: "address-mismatch",
        label: "Address cannot be confirmed",
        for_verdicts: &["decline", "mark-for-review"],
    },
    Reason { code: "document-expired", label: "Document expired", for_verdicts: &["decline", "mark-for-review"] },
    Reason {
        code: "document-not-genuine",
        label: "Document not genuine",
        for_verdicts: &["decline", "mark-for-review"],
    },
    Reason {
        code: "face-mismatch",
        label: "Face does not match the document",
        for_verdicts: &["decline", "mark-for-review"],
    },
    Reason { code: "picture-inconclusive", label: "Picture inconclusive", for_verdicts: &["mark-for-review"] },
    Reason {
        code: "match-confirmed",
        label: "Watchlist, PEP or media match confirmed",
        for_verdicts: &["decline", "mark-for-review"],
    },
    Reason {
        code: "fraud-ring",
        label: "Linked to declined or fraudulent accounts",
        for_verdicts: &["decline", "mark-for-review"],
    },
    Reason { code: "second-look", label: "Needs a second look", for_verdicts: &["mark-for-review"] },
    Reason { code: "work-done", label: "Work on the case is done", for_verdicts: &["set-status"] },
    Reason { code: "waiting-for-information", label: "Waiting for information", for_verdicts: &["set-status"] },
    Reason { code: "new-information", label: "New information", for_verdicts: &["set-status"] },
    Reason {
        code: "other",
        label: "Other, see comment",
        for_verdicts: &["approve", "decline", "mark-for-review", "set-status"],
    },
];

pub fn reason(code: &str) -> Option<&'static Reason> {
    REASONS.iter().find(|reason| reason.code == code)
}

/// Reasons for a verdict, in order of display.
pub fn reasons_for(verdict: &str) -> impl Iterator<Item = &'static Reason> {
    REASONS.iter().filter(move |reason| reason.for_verdicts.contains(&verdict))
}
