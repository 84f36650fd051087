//! The result of a comparison, in words and with the letters that differ.
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::normal::{Letter, Text};
use super::spelling;

/// The result of comparing two values, worst last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The same, except for case, blanks and Unicode form.
    Same,
    /// The same by a published rule of spelling; each reason names one.
    SameWrittenDifferently { reasons: Vec<String> },
    /// One side lacks a part, the rest agrees. Never green.
    Incomplete { lacks: Vec<Lack> },
    /// There is nothing to compare by, such as two scripts.
    NotComparable { why: String },
    /// They contradict each other. The reasons say more where more is known.
    Differs { reasons: Vec<String> },
}

/// What one side lacks: `the document` `has no family name`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lack {
    pub side: Side,
    pub what: String,
}

/// Which of the two values. The first one given is what was submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Submitted,
    Document,
    Both,
}

/// An outcome with the places that differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    pub outcome: Outcome,
    pub marks: Marks,
}

/// Where the two texts differ, in bytes of each original text, in order. Empty when both agree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    pub submitted: Vec<Range<usize>>,
    pub document: Vec<Range<usize>>,
}

impl Outcome {
    /// Whether the sign may be green.
    pub const fn agrees(&self) -> bool {
        matches!(self, Self::Same | Self::SameWrittenDifferently { .. })
    }

    /// Orders outcomes: 0 differs, 4 the same.
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Differs { .. } => 0,
            Self::NotComparable { .. } => 1,
            Self::Incomplete { .. } => 2,
            Self::SameWrittenDifferently { .. } => 3,
            Self::Same => 4,
        }
    }

    /// The sentence that a reviewer reads.
    pub fn sentence(&self) -> String {
        match self {
            Self::Same => "Same".to_owned(),
            Self::SameWrittenDifferently { reasons } => with("Same, written differently", reasons),
            Self::Incomplete { lacks } => with("Incomplete", &lacks.iter().map(Lack::sentence).collect::<Vec<_>>()),
            Self::NotComparable { why } if why.is_empty() => "Not comparable".to_owned(),
            Self::NotComparable { why } => format!("Not comparable: {why}"),
            Self::Differs { reasons } => with("Differs", reasons),
        }
    }

    /// The kind alone, for when the reasons would reveal a hidden value.
    #[must_use]
    pub fn without_reasons(self) -> Self {
        match self {
            Self::Same => Self::Same,
            Self::SameWrittenDifferently { .. } => Self::SameWrittenDifferently { reasons: Vec::new() },
            Self::Incomplete { .. } => Self::Incomplete { lacks: Vec::new() },
            Self::NotComparable { .. } => Self::NotComparable { why: String::new() },
            Self::Differs { .. } => Self::Differs { reasons: Vec::new() },
        }
    }

    pub(super) fn written(reasons: Vec<String>) -> Self {
        if reasons.is_empty() { Self::Same } else { Self::SameWrittenDifferently { reasons } }
    }

    pub(super) fn differs(reason: &str) -> Self {
        Self::Differs { reasons: if reason.is_empty() { Vec::new() } else { vec![reason.to_owned()] } }
    }

    pub(super) fn lacks(side: Side, what: impl Into<String>) -> Self {
        Self::Incomplete { lacks: vec![Lack { side, what: what.into() }] }
    }

    pub(super) fn not_comparable(why: impl Into<String>) -> Self {
        Self::NotComparable { why: why.into() }
    }

    /// The worse of two, with the reasons of both when they are of the same kind.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Differs { mut reasons }, Self::Differs { reasons: more }) => {
                add(&mut reasons, more);
                Self::Differs { reasons }
            }
            (Self::Incomplete { mut lacks }, Self::Incomplete { lacks: more }) => {
                add(&mut lacks, more);
                Self::Incomplete { lacks }
            }
            (Self::SameWrittenDifferently { mut reasons }, Self::SameWrittenDifferently { reasons: more }) => {
                add(&mut reasons, more);
                Self::SameWrittenDifferently { reasons }
            }
            (a, b) => {
                if a.rank() <= b.rank() {
                    a
                } else {
                    b
                }
            }
        }
    }

    /// Adds a reason, if the outcome is of a kind that has reasons.
    pub(super) fn noting(self, reason: String) -> Self {
        match self {
            Self::Same => Self::written(vec![reason]),
            Self::SameWrittenDifferently { mut reasons } => {
                add(&mut reasons, vec![reason]);
                Self::SameWrittenDifferently { reasons }
            }
            Self::Differs { mut reasons } => {
                add(&mut reasons, vec![reason]);
                Self::Differs { reasons }
            }
            other => other,
        }
    }
}

pub(super) fn add<T: PartialEq>(all: &mut Vec<T>, more: Vec<T>) {
    for one in more {
        if !all.contains(&one) {
            all.push(one);
        }
    }
}

fn with(what: &str, parts: &[String]) -> String {
    if parts.is_empty() { what.to_owned() } else { format!("{what}: {}", parts.join("; ")) }
}

impl Lack {
    pub(super) fn sentence(&self) -> String {
        let side = match self.side {
            Side::Submitted => "the submitted data",
            Side::Document => "the document",
            Side::Both => "the two values",
        };
        format!("{side} {}", self.what)
    }
}

impl Compared {
    pub const fn agrees(&self) -> bool {
        self.outcome.agrees()
    }

    pub fn sentence(&self) -> String {
        self.outcome.sentence()
    }

    pub(super) fn plain(outcome: Outcome) -> Self {
        Self { outcome, marks: Marks::default() }
    }

    /// With the letters marked that differ, unless both agree or cannot be compared.
    pub(super) fn marked(outcome: Outcome, a: &Text, b: &Text) -> Self {
        let marks = match outcome {
            Outcome::Incomplete { .. } | Outcome::Differs { .. } => marks(&a.letters, &b.letters),
            _ => Marks::default(),
        };
        Self { outcome, marks }
    }
}

pub(super) fn marks(a: &[Letter], b: &[Letter]) -> Marks {
    let (of_a, of_b) = spelling::differing(a, b);
    Marks { submitted: ranges(a, &of_a), document: ranges(b, &of_b) }
}

fn ranges(letters: &[Letter], places: &[usize]) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = Vec::new();
    for letter in places.iter().filter_map(|place| letters.get(*place)) {
        match all.last_mut() {
            Some(last) if letter.start <= last.end => last.end = last.end.max(letter.end),
            _ => all.push(letter.start..letter.end),
        }
    }
    all
}

/// Says that one side contains an invisible character, such as a direction mark, or a sign that is not a letter, such
/// as a picture. When a letter was lost, it is not known which letter it was.
pub(super) fn hidden(a: &Text, b: &Text, outcome: Outcome) -> Outcome {
    let outcome = match a.hidden.or(b.hidden) {
        Some(c) if a.hidden != b.hidden => outcome.noting(format!("a hidden character, U+{:04X}", c as u32)),
        _ => outcome,
    };
    let sign = |text: &Text, other: &Text| text.signs.iter().find(|sign| !other.signs.contains(sign)).copied();
    let first = || a.signs.first().or(b.signs.first()).copied();
    let outcome = match sign(a, b).or_else(|| sign(b, a)).or_else(first) {
        Some(c) if a.signs != b.signs => {
            outcome.noting(format!("a character that is not a letter, {c} (U+{:04X})", c as u32))
        }
        _ => outcome,
    };
    if a.lost || b.lost { outcome.and(Outcome::not_comparable("a letter was lost (U+FFFD)")) } else { outcome }
}
