//! The review queue: its filters and orders, how urgent an inquiry is, what it is found by, and actions on an inquiry
//! without opening it.
pub mod policy;
pub mod view;

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, Signal, Tone};
use super::inquiry::{Inquiry, InquiryStatus, field};
use super::search::{document_term, email_term, id_term, name_terms, phone_terms};

/// The filter of the queue, as in the address bar and in a saved view.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueFilter {
    /// Persona's status. Without one, what needs review; `all` is every status.
    pub status: Option<String>,
    pub template: Option<String>,
    pub signal: Option<String>,
    pub country: Option<String>,
    pub tag: Option<String>,
    /// `me`, `nobody` or a reviewer's id.
    pub assignee: Option<String>,
    /// Waiting for longer than this number of hours.
    pub age: Option<String>,
    /// `overdue`, or due within this number of hours.
    pub due: Option<String>,
    pub account: Option<String>,
    /// `yes` shows only snoozed inquiries. Otherwise they are left out.
    pub snoozed: Option<String>,
    pub search: Option<String>,
    pub sort: Option<String>,
    pub after: Option<String>,
}

impl QueueFilter {
    /// Reads the filter from query parameters. Unknown names are ignored.
    pub fn from_pairs(get: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| get(name).filter(|value| !value.trim().is_empty());
        Self {
            status: get("status"),
            template: get("template"),
            signal: get("signal"),
            country: get("country"),
            tag: get("tag"),
            assignee: get("assignee"),
            age: get("age"),
            due: get("due"),
            account: get("account"),
            snoozed: get("snoozed"),
            search: get("search"),
            sort: get("sort"),
            after: get("after"),
        }
    }

    pub fn pairs(&self) -> [(&'static str, Option<&str>); 13] {
        [
            ("status", self.status.as_deref()),
            ("template", self.template.as_deref()),
            ("signal", self.signal.as_deref()),
            ("country", self.country.as_deref()),
            ("tag", self.tag.as_deref()),
            ("assignee", self.assignee.as_deref()),
            ("age", self.age.as_deref()),
            ("due", self.due.as_deref()),
            ("account", self.account.as_deref()),
            ("snoozed", self.snoozed.as_deref()),
            ("search", self.search.as_deref()),
            ("sort", self.sort.as_deref()),
            ("after", self.after.as_deref()),
        ]
    }

    /// Whether it filters by anything besides status and order.
    pub fn narrowed(&self) -> bool {
        self.pairs().iter().any(|(name, value)| value.is_some() && !matches!(*name, "status" | "sort" | "after"))
    }

    /// The status to filter by. Without a choice, what waits for a reviewer; `None` for `all`.
    pub fn chosen_status(&self) -> Option<String> {
        match self.status.as_deref() {
            None => Some(InquiryStatus::NeedsReview.as_str().to_owned()),
            Some("all") => None,
            Some(other) => Some(other.to_owned()),
        }
    }

    /// The order to use. Times and risk are sorted within one status; across all of them only age is.
    pub fn chosen_sort(&self) -> Sort {
        let chosen = self.sort.as_deref().and_then(Sort::parse).unwrap_or_default();
        if self.chosen_status().is_none() { Sort::Oldest } else { chosen }
    }
}

/// The order of the queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    #[default]
    Oldest,
    Due,
    Risk,
}

impl Sort {
    pub const ALL: [Self; 3] = [Self::Oldest, Self::Due, Self::Risk];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oldest => "oldest",
            Self::Due => "due",
            Self::Risk => "risk",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Oldest => "Oldest first",
            Self::Due => "Due first",
            Self::Risk => "Highest risk first",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == text)
    }
}

/// An inquiry that is due within this time counts as due soon.
pub const SOON: Duration = Duration::from_secs(4 * 3600);

/// How urgently an inquiry needs a look: a red signal counts as much as ten amber ones or twenty shared ones.
pub fn risk(signals: &[Signal]) -> i64 {
    signals
        .iter()
        .map(|signal| match signal.tone {
            Tone::Bad => 100,
            Tone::Warn => 10,
            Tone::Shared => 5,
            Tone::Good | Tone::Info | Tone::Plain => 0,
        })
        .sum()
}

pub fn signal_term(label: &str) -> String {
    // `Shared device ×3` is found as `Shared device`.
    let label = label.split(" ×").next().unwrap_or(label);
    format!("signal:{}", label.to_lowercase())
}

pub fn tag_term(tag: &str) -> String {
    format!("tag:{}", tag.to_lowercase())
}

pub fn country_term(country: &str) -> String {
    format!("country:{country}")
}

pub fn template_term(template: &str) -> String {
    format!("template:{template}")
}

/// The version of [`terms`]. Increase it whenever they return something else for the same inquiry: stored terms are
/// then computed again.
pub const TERMS: i64 = 1;

/// All terms that an inquiry is found by.
pub fn terms(inquiry: &Inquiry, evidence: Option<&Evidence>, signals: &[Signal], tags: &[String]) -> BTreeSet<String> {
    let mut terms = BTreeSet::new();
    terms.extend(signals.iter().map(|signal| signal_term(&signal.label)));
    terms.extend(tags.iter().chain(&inquiry.tags).map(|tag| tag_term(tag)));
    terms.extend(inquiry.template_id.as_ref().map(|id| template_term(&id.to_string())));
    terms.extend(inquiry.country().map(country_term));
    let ids =
        [Some(inquiry.id.as_str()), inquiry.account_id.as_ref().map(|id| id.as_str()), inquiry.reference_id.as_deref()];
    terms.extend(ids.into_iter().flatten().map(id_term));
    if inquiry.redacted_at.is_some() {
        return terms;
    }
    terms.extend(inquiry.subject().iter().flat_map(|name| name_terms(name)));
    let facts = evidence.into_iter().flat_map(|evidence| &evidence.verifications).map(|v| v.facts.as_slice());
    for fields in std::iter::once(inquiry.fields.as_slice()).chain(facts) {
        terms.extend(field(fields, "email-address").and_then(email_term));
        terms.extend(field(fields, "phone-number").into_iter().flat_map(|text| phone_terms(text, inquiry.country())));
        for key in ["identification-number", "document-number", "social-security-number", "tax-identification-number"] {
            terms.extend(field(fields, key).and_then(document_term));
        }
    }
    terms
}

/// Actions on an inquiry in the queue that need not be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "act")]
pub enum QueueAct {
    /// Takes it for the reviewer.
    Claim,
    /// Gives it back.
    Release,
    Tag {
        tag: String,
    },
    Untag {
        tag: String,
    },
    /// Out of the queue for this number of hours; without hours, until Persona reports a change.
    Snooze {
        hours: Option<u32>,
    },
    Wake,
    /// To reviewers who look at escalated inquiries, with the reason as a note.
    Escalate {
        reason: String,
    },
    /// In Persona, for the version that the queue showed.
    MarkForReview {
        version: i64,
    },
}

/// The tag that [`Act::Escalate`] gives an inquiry. The shared view "Escalated" shows those.
pub const ESCALATED: &str = "escalated";
/// The tag of an inquiry for which monitoring finds something after it was approved, until a reviewer removes it.
pub const LATER_HIT: &str = "later hit";
pub const MOST_TAGS: usize = 20;
pub const LONGEST_TAG: usize = 40;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTag {
    #[error("A tag must have 1 to {LONGEST_TAG} letters, digits, spaces or hyphens.")]
    Text,
    #[error("At most {MOST_TAGS} tags. Remove one first.")]
    TooMany,
}

/// A tag as it is stored: one spelling for each tag.
pub fn tag(text: &str) -> Result<String, BadTag> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let fine = (1..=LONGEST_TAG).contains(&text.chars().count())
        && text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == ' ');
    if fine { Ok(text) } else { Err(BadTag::Text) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::policy::{BadPolicy, Deal, Policy};
    use super::*;
    use crate::domain::search::{Term, understood};
    use crate::domain::time::Timestamp;

    #[test]
    fn whoever_changes_the_words_counts_their_version_up() {
        use sha2::{Digest, Sha256};
        let names = [
            "Jürgen Müller",
            "Anne-Marie Le Goff",
            "山田 太郎",
            "van der Berg McCarthy",
            "Rob\u{ad}ert Øster",
            "أحمد علي",
            "Əli O'Connor",
        ];
        let mut all: Vec<String> = names.iter().flat_map(|name| name_terms(name)).collect();
        all.extend(phone_terms("+44 20 7946 0018", Some("GB")));
        all.extend(email_term("Jane <JANE@post.example>"));
        all.extend(document_term("X-99 887 766"));
        let digest = hex::encode(Sha256::digest(all.join("\n")));
        assert_eq!(
            (TERMS, digest.get(..16).unwrap_or_default()),
            (1, "63ad722c8474e85a"),
            "the terms have changed: increase TERMS"
        );
    }

    fn found(terms: &BTreeSet<String>, search: &str) -> bool {
        understood(search).iter().any(|way| {
            way.iter().all(|term| match term {
                Term::Is(text) => terms.contains(text),
                Term::Begins(text) => terms.iter().any(|term| term.starts_with(text)),
            })
        })
    }

    #[expect(clippy::expect_used, reason = "tests may panic")]
    fn inquiry() -> Inquiry {
        let value = serde_json::json!({
            "id": "inq_9fKq2mW7", "status": "needs_review", "reference_id": "user-4711", "account_id": "act_77",
            "template_id": "itmpl_1", "note": null, "tags": ["VIP"], "creator": null, "reviewer_comment": null,
            "created_at": "2026-11-20T09:00:00.000000Z", "updated_at": null, "started_at": null, "completed_at": null,
            "failed_at": null, "marked_for_review_at": "2026-11-20T10:00:00.000000Z", "decisioned_at": null,
            "expires_at": null, "expired_at": null, "redacted_at": null,
            "fields": [
                {"key": "name-first", "value": "Élodie"}, {"key": "name-last", "value": "O’Brien-Łuczak"},
                {"key": "email-address", "value": "Elodie@Mail.example"}, {"key": "phone-number", "value": "+49 151 2345 678"},
                {"key": "identification-number", "value": "L01X-00T47"},
            ],
        });
        serde_json::from_value(value).expect("an inquiry")
    }

    #[test]
    fn a_name_is_found_by_the_beginnings_of_its_words_in_any_spelling() {
        let signals = [Signal { tone: Tone::Shared, label: "Shared device ×3".into() }];
        let terms = terms(&inquiry(), None, &signals, &["Second look".into()]);
        for search in
            ["elodie", "ÉLO", "brien", "luc elo", "o'brien", "inq_9fkq", "INQ_9fKq2mW7", "act_77", "user-4711"]
        {
            assert!(found(&terms, search), "{search}");
        }
        for search in ["lodie", "elodie mara", "inq_8", "user-48", ""] {
            assert!(!found(&terms, search), "{search}");
        }
        assert!(terms.contains(&signal_term("Shared device")) && terms.contains("tag:second look"));
        assert!(terms.contains("tag:vip"));
    }

    #[test]
    fn what_is_masked_is_found_whole_only_and_stands_nowhere_in_clear() {
        let terms = terms(&inquiry(), None, &[], &[]);
        for search in ["elodie@mail.example", "+49 (151) 2345678", "0049 151 2345678", "l01x00t47", "L01X 00T47"] {
            assert!(found(&terms, search), "{search}");
        }
        for search in ["elodie@mail", "@mail.example", "2345678", "l01x00t"] {
            assert!(!found(&terms, search), "{search}");
        }
        let text = format!("{terms:?}").to_lowercase();
        assert!(!text.contains("mail.example") && !text.contains("2345") && !text.contains("l01x"), "{text}");
    }

    #[test]
    fn nothing_of_a_redacted_person_stays_to_be_found() {
        let gone = Inquiry { redacted_at: Some(Timestamp::from_micros(0)), ..inquiry() };
        let terms = terms(&gone, None, &[], &[]);
        assert!(!found(&terms, "elodie") && !found(&terms, "elodie@mail.example") && found(&terms, "inq_9fkq2mw7"));
    }

    #[test]
    fn a_template_of_its_own_has_hours_of_its_own() {
        let policy = Policy { by_template: BTreeMap::from([("itmpl_1".to_owned(), 4)]), ..Policy::default() };
        let inquiry = inquiry();
        assert_eq!(policy.due(&inquiry), inquiry.waiting_since().plus(SOON));
        assert_eq!(Policy::default().due(&inquiry).since(inquiry.waiting_since()), Duration::from_secs(86_400));
        assert_eq!(Policy { hours: 0, ..Policy::default() }.check(), Err(BadPolicy::Hours));
        assert_eq!(Policy { blind: 101, ..Policy::default() }.check(), Err(BadPolicy::Share));
        let typed = Policy::typed(" 48 ", "itmpl_1: 4\n\n itmpl_2:72 ", Deal::RoundRobin, "5");
        let typed = typed.map(|policy| (policy.hours, policy.by_template.get("itmpl_2").copied()));
        assert_eq!(typed, Some((48, Some(72))));
        assert_eq!(Policy::typed("48", "itmpl_1 4", Deal::RoundRobin, ""), None);
    }

    #[test]
    fn one_red_signal_weighs_more_than_a_page_of_amber_ones() {
        let signal = |tone| Signal { tone, label: "x".into() };
        assert!(risk(&[signal(Tone::Bad)]) > risk(&[signal(Tone::Warn), signal(Tone::Shared), signal(Tone::Warn)]));
        assert_eq!(risk(&[signal(Tone::Good)]), 0);
    }

    #[test]
    fn a_tag_has_one_spelling() {
        assert_eq!(tag("  Second   Look "), Ok("second look".to_owned()));
        for bad in ["", " ", "a/b", &"x".repeat(41)] {
            assert_eq!(tag(bad), Err(BadTag::Text));
        }
    }

    #[test]
    fn a_filter_is_its_address() {
        let filter = QueueFilter { status: Some("all".into()), due: Some("overdue".into()), ..QueueFilter::default() };
        let pairs: BTreeMap<String, String> = filter
            .pairs()
            .iter()
            .filter_map(|(name, value)| Some(((*name).to_owned(), value.as_ref()?.to_string())))
            .collect();
        assert_eq!(QueueFilter::from_pairs(|name| pairs.get(name).cloned()), filter);
        assert!(filter.narrowed() && !QueueFilter { due: None, ..filter }.narrowed());
    }
}
