//! Submitted values next to those of documents, databases and confirmed addresses, line by line, and how each line
//! compares. One file, because all comparisons go through the same function with the same rules.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

mod mrz;
pub mod report_query;
mod side;

use super::comparison::{Compared, Marks, Outcome};
use super::discrepancy::{Resolved, UNEXPLAINED};
use super::document::Document;
use super::evidence::{Evidence, Signal, Tone};
use super::inquiry::{Field, Inquiry, field};
use super::text::words;
use super::verification::{CheckStatus, Verification};
use side::{BIRTHDATE, BUSINESS, ComparisonRule, DOCUMENT_NUMBER, NAME, RULES, SideValues, same_document};

/// Separator between the name of a field and the name of a further source.
const APART: &str = ", ";

/// One line of the comparison of submitted values with a document or another source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The field. For a lookup or another further source, followed by its name: `Name, Database`.
    pub label: String,
    pub submitted: Option<String>,
    /// The value in the document, or in the further source.
    pub document: Option<String>,
    pub database: Option<String>,
    /// Which document, if there are several.
    #[serde(default)]
    pub source: Option<String>,
    /// Other sources that have the same value.
    #[serde(default)]
    pub also: Vec<String>,
    /// `None` if one side is missing.
    pub outcome: Option<Outcome>,
    /// What a reviewer stated about the difference.
    #[serde(default)]
    pub resolved: Option<Resolved>,
    #[serde(default)]
    pub marks: Marks,
}

impl Comparison {
    pub fn agrees(&self) -> bool {
        self.outcome.as_ref().is_some_and(Outcome::agrees)
    }

    pub const fn differs(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Differs { .. }))
    }

    /// Whether a reviewer may state its cause.
    pub const fn resolvable(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Differs { .. } | Outcome::Incomplete { .. }))
    }

    /// Whether it is a difference without an explanation. “Cannot be explained” is not an explanation.
    pub fn open(&self) -> bool {
        self.differs() && self.resolved.as_ref().is_none_or(|said| said.resolution == UNEXPLAINED)
    }

    /// The field without the source.
    pub fn field(&self) -> &str {
        self.label.split_once(APART).map_or(self.label.as_str(), |(field, _)| field)
    }

    /// The field with the document, if there are several.
    pub fn title(&self) -> String {
        self.source.as_ref().map_or_else(|| self.label.clone(), |source| format!("{}, {source}", self.label))
    }

    /// Details beyond the sign, in sentences.
    pub fn note(&self) -> Option<String> {
        let said = self.outcome.as_ref().filter(|outcome| **outcome != Outcome::Same).map(Outcome::sentence);
        let also = (!self.also.is_empty()).then(|| format!("The same in: {}", self.also.join("; ")));
        let all: Vec<String> = [self.source.clone(), said, also].into_iter().flatten().collect();
        (!all.is_empty()).then(|| all.join(". "))
    }

    /// The signal that the line adds, if any. Only lines that agree count as green.
    pub fn signal(&self) -> Option<Signal> {
        let what = match self.outcome.as_ref()? {
            Outcome::Differs { .. } => "mismatch",
            Outcome::Incomplete { .. } => "incomplete",
            Outcome::NotComparable { .. } if self.submitted.is_none() && self.label == self.field() => "not submitted",
            Outcome::NotComparable { .. } if self.document.is_none() => "not on the document",
            Outcome::NotComparable { .. } => "not comparable",
            Outcome::Same | Outcome::SameWrittenDifferently { .. } => return None,
        };
        Some(Signal { tone: Tone::Warn, label: format!("{} {what}", self.field()) })
    }
}

impl Evidence {
    /// Passed identity documents, each of which has to agree. If none passed, the last one that there is.
    fn identities(&self) -> Vec<&Verification> {
        let passed: Vec<&Verification> =
            self.verifications.iter().filter(|one| one.is_identity() && self.counts(one)).collect();
        if passed.is_empty() { self.government_id().into_iter().collect() } else { passed }
    }

    fn counts(&self, one: &Verification) -> bool {
        one.passed() && !self.is_superseded(one)
    }

    /// Whether a passed verification that establishes an identity names the person, or one of its checks compared the
    /// name. For an identity document, the line of the name shows it.
    pub(super) fn is_named(&self) -> bool {
        let mut shows = self.verifications.iter().filter(|one| one.tells_who() && self.counts(one));
        shows.any(|one| {
            let compared =
                one.checks.iter().any(|check| check.status == CheckStatus::Passed && check.name.contains("name"));
            compared || one.is_identity() || SideValues::read(one).names_somebody()
        })
    }

    /// Fields of a verification that differ from what was submitted.
    pub(super) fn differing(&self, one: &Verification) -> Vec<&'static str> {
        let (submitted, read) = (SideValues::submitted(&self.inquiry.fields), SideValues::read(one));
        let differs = |rule: &&ComparisonRule| {
            held(rule, &submitted, &read)
                .is_some_and(|(_, compared)| matches!(compared.outcome, Outcome::Differs { .. }))
        };
        RULES.iter().filter(differs).map(|rule| rule.label).collect()
    }

    pub fn comparisons(&self) -> Vec<Comparison> {
        let submitted = SideValues::submitted(&self.inquiry.fields);
        let identities = named(self.identities().into_iter().map(|one| (one.document_label(), one)));
        let others = self.verifications.iter().filter(|one| !one.is_identity() && self.counts(one));
        let others = others.map(|one| (source(one), SideValues::read(one)));
        let database = self.database().map(SideValues::read);
        // No values are expected of redacted data.
        let expected = self.inquiry.redacted_at.is_none() && identities.iter().any(|(_, one)| one.passed());
        let identities: Vec<LabelledSide<'_>> =
            identities.into_iter().map(|(name, one)| (name, SideValues::read(one))).collect();
        // Of any kind: a document that names another person belongs to that person.
        let alone = self.documents.iter().filter(|one| one.shows_who() || one.processed());
        let others = named(others.chain(alone.map(|one| (one.label(), SideValues::document_alone(one)))));
        let mut lines = Vec::new();
        for rule in &RULES {
            let mut line = against_documents(rule, &submitted, &identities, expected);
            let mut further = Vec::new();
            let asked = |side: &SideValues<'_>| {
                !rule.documents_only && (rule.of_business || !side.of_business) && (rule.of_person || !side.only_person)
            };
            for (name, other) in others.iter().filter(|(_, side)| asked(side)) {
                let Some((document, compared)) = held(rule, &submitted, other) else { continue };
                match &mut line {
                    Some(line) if compared.agrees() && line.outcome.is_some() => line.also.push(name.clone()),
                    _ => further.push(Comparison {
                        label: format!("{}{APART}{name}", rule.label),
                        submitted: (rule.text)(&submitted),
                        document: Some(document),
                        outcome: Some(compared.outcome),
                        marks: compared.marks,
                        ..Comparison::default()
                    }),
                }
            }
            if (rule.text)(&submitted).is_none() {
                let sides = identities.iter().chain(others.iter().filter(|(_, side)| asked(side)));
                further.extend(among(rule, &sides.collect::<Vec<_>>()));
            }
            if let Some(line) = &mut line {
                line.database = database.as_ref().and_then(|side| (rule.text)(side));
            }
            lines.extend(line);
            lines.extend(further);
        }
        lines
    }
}

impl Document {
    /// Whether no name could be read from it although it has one in some field.
    pub(super) fn names_nobody(&self) -> bool {
        !SideValues::document_alone(self).names_any() && self.facts.iter().any(side::may_name)
    }
}

impl Verification {
    /// Whether no name could be read from it although it has one in some field.
    pub(super) fn names_nobody(&self) -> bool {
        !SideValues::read(self).names_somebody() && self.facts.iter().any(side::may_name)
    }
}

/// Signals for fields of an account that identify another person than the inquiry does. An account of a business names
/// the business and people of it.
pub(super) fn of_account(fields: &[Field], business: bool, inquiry: &Inquiry) -> Vec<Signal> {
    let (submitted, account) = (SideValues::submitted(&inquiry.fields), SideValues::account(fields, business));
    let warn = |label: &str| Some(Signal { tone: Tone::Warn, label: label.to_owned() });
    let rules = RULES.iter().filter(|rule| rule.of_person || business && rule.of_business && rule.label == BUSINESS);
    let said = rules.filter_map(|rule| match (rule.label, held(rule, &submitted, &account)?.1.outcome) {
        (_, Outcome::Same | Outcome::SameWrittenDifferently { .. }) => None,
        (BIRTHDATE, Outcome::Differs { .. }) => warn("Account of somebody with another birthdate"),
        (BUSINESS, Outcome::Differs { .. }) => warn("Account of another business"),
        (_, Outcome::Differs { .. }) => warn("Account of another name"),
        (BIRTHDATE, _) => warn("Birthdate of the account not comparable"),
        (_, Outcome::Incomplete { .. }) => warn("Name of the account incomplete"),
        (_, Outcome::NotComparable { .. }) => warn("Name of the account not comparable"),
    });
    said.collect()
}

/// Whether a field says who a person is.
pub(super) fn is_of_person(field: &str) -> bool {
    RULES.iter().any(|rule| rule.of_person && rule.label == field)
}

/// One side, with its label.
type LabelledSide<'a> = (String, SideValues<'a>);

/// The other side's value and the result, if both sides have a value.
fn held(rule: &ComparisonRule, submitted: &SideValues<'_>, other: &SideValues<'_>) -> Option<(String, Compared)> {
    (rule.text)(submitted)?;
    (rule.text)(other).zip((rule.compare)(submitted, other))
}

/// Compares several sources with each other if nothing was submitted: each against the first, if they do not agree.
fn among(rule: &ComparisonRule, sides: &[&LabelledSide<'_>]) -> Vec<Comparison> {
    let mut telling = sides.iter().filter(|(_, side)| !rule.documents_only && (rule.text)(side).is_some());
    let Some((first, known)) = telling.next() else { return Vec::new() };
    let against = telling.filter_map(|(name, other)| {
        let (document, compared) = held(rule, known, other)?;
        (!compared.agrees()).then(|| Comparison {
            label: format!("{}{APART}{name} against {first}", rule.label),
            document: Some(document),
            outcome: Some(compared.outcome),
            ..Comparison::default()
        })
    });
    against.collect()
}

/// Compares with each document; the worst result counts.
fn against_documents(
    rule: &ComparisonRule,
    submitted: &SideValues<'_>,
    documents: &[LabelledSide<'_>],
    expected: bool,
) -> Option<Comparison> {
    let one = (rule.text)(submitted);
    let needed = expected && rule.needed && (one.is_some() || rule.label == NAME);
    let results: Vec<(&LabelledSide<'_>, Option<Compared>)> = documents
        .iter()
        .map(|document| {
            let compared = held(rule, submitted, &document.1).map(|(_, compared)| compared);
            let lacking = || {
                let side = if one.is_none() { "what was submitted" } else { "the document" };
                let why = format!("{side} has no {}", rule.label.to_lowercase());
                Compared { outcome: Outcome::NotComparable { why }, marks: Marks::default() }
            };
            (document, compared.or_else(|| needed.then(lacking)))
        })
        .collect();
    let compared = || results.iter().filter_map(|(of, result)| result.as_ref().map(|result| (*of, result)));
    let rank = |result: &Compared| result.outcome.rank();
    // Of equal results the last one, because its document was given last.
    let chosen = if rule.label == DOCUMENT_NUMBER {
        // A number belongs to one document only, and other checks of the same document must have it too.
        let best = compared().max_by_key(|(_, result)| rank(result));
        best.and_then(|((_, of), _)| {
            let same = compared().filter(|((_, other), _)| same_document(of, other));
            same.rev().min_by_key(|(_, result)| rank(result))
        })
    } else {
        compared().rev().min_by_key(|(_, result)| rank(result))
    };
    let shown = chosen.map(|(document, _)| document);
    let shown = shown.or_else(|| documents.iter().rfind(|(_, side)| (rule.text)(side).is_some()));
    let document = shown.and_then(|(_, side)| (rule.text)(side));
    if one.is_none() && document.is_none() && chosen.is_none() {
        return None;
    }
    Some(Comparison {
        label: rule.label.to_owned(),
        submitted: one,
        document,
        source: shown.filter(|_| documents.len() > 1).map(|(name, _)| name.clone()),
        outcome: chosen.map(|(_, result)| result.outcome.clone()),
        marks: chosen.map(|(_, result)| result.marks.clone()).unwrap_or_default(),
        ..Comparison::default()
    })
}

/// The label of a lookup or a confirmed address.
fn source(one: &Verification) -> String {
    match one.kind.as_str() {
        "phone-number" => "confirmed number".into(),
        "email-address" => "confirmed address".into(),
        _ => field(&one.facts, "document-type").map_or_else(|| one.label(), words),
    }
}

/// Adds a number where several have the same name.
fn named<T>(all: impl Iterator<Item = (String, T)>) -> Vec<(String, T)> {
    let mut known: Vec<(String, T)> = Vec::new();
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for (name, one) in all {
        let n = count.entry(name.clone()).and_modify(|n| *n += 1).or_insert(1);
        known.push((if *n > 1 { format!("{name} {n}") } else { name }, one));
    }
    known
}

#[cfg(test)]
mod tests;
