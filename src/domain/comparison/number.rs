//! Numbers of documents and of registers.
//!
//! Sources: ICAO Doc 9303 part 3, 4.9 (fillers and special characters in document numbers), OCR-B look-alikes (ISO 1073-2);
//! Companies House, "Company number" guidance (eight characters, leading zeros).
use super::empty_value::nothing;
use super::normal::{Letter, Text};
use super::outcome::{Compared, Outcome, Side, hidden};

/// A number, with the kind of document and the country that it is from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Number<'a> {
    pub number: &'a str,
    /// Persona's `id-class`, such as `pp` or `dl`.
    pub class: Option<&'a str>,
    /// The country that issued it, as code or name.
    pub country: Option<&'a str>,
}

/// Letters and digits that readers or machines confuse.
const ALIKE: &[(char, char)] = &[
    ('o', '0'),
    ('q', '0'),
    ('d', '0'),
    ('i', '1'),
    ('l', '1'),
    ('i', 'l'),
    ('z', '2'),
    ('s', '5'),
    ('g', '6'),
    ('b', '8'),
];

fn look_alike(a: char, b: char) -> bool {
    a == b || ALIKE.iter().any(|(x, y)| (*x == a && *y == b) || (*x == b && *y == a))
}

/// Compares two document numbers. The same digits under another class or another country are another document.
pub fn document_number(a: &Number, b: &Number) -> Compared {
    compare(a, b, false)
}

/// Compares two numbers of a register of companies; leading zeros may be left out.
pub fn registration_number(a: &Number, b: &Number) -> Compared {
    compare(a, b, true)
}

fn compare(a: &Number, b: &Number, register: bool) -> Compared {
    let (x, y) = (Text::new(a.number), Text::new(b.number));
    let outcome = nothing(&x, &y).unwrap_or_else(|| digits(a.number, b.number, &x, &y, register));
    let outcome = hidden(&x, &y, outcome);
    if matches!(outcome, Outcome::Differs { .. }) {
        return Compared::marked(outcome, &x, &y);
    }
    let class = match (a.class, b.class) {
        (Some(a), Some(b)) if class(a) != class(b) => Outcome::differs("the same number on another type of document"),
        _ => Outcome::Same,
    };
    let country = match (a.country, b.country) {
        (Some(a), Some(b)) => match super::place::country(a, b).outcome {
            Outcome::Differs { .. } => Outcome::differs("the same number from another country"),
            Outcome::NotComparable { .. } => {
                Outcome::not_comparable("the same number, from a country that is not known")
            }
            _ => Outcome::Same,
        },
        _ => Outcome::Same,
    };
    Compared::plain(outcome.and(class).and(country))
}

fn class(class: &str) -> String {
    let class: String = Text::new(class).letters.iter().map(|letter| letter.c).collect();
    let same = [
        ("passport", "pp"),
        ("driverlicense", "dl"),
        ("driverlicence", "dl"),
        ("driverslicense", "dl"),
        ("drivinglicence", "dl"),
        ("nationalid", "id"),
        ("identitycard", "id"),
        ("residencecard", "cct"),
    ];
    same.iter().find(|(long, _)| *long == class).map_or(class, |(_, short)| (*short).to_owned())
}

fn digits(raw_a: &str, raw_b: &str, a: &Text, b: &Text, register: bool) -> Outcome {
    let (x, y): (&[Letter], &[Letter]) = (&a.letters, &b.letters);
    if x.is_empty() || y.is_empty() {
        return Outcome::not_comparable("there is no number");
    }
    let same = |x: &[Letter], y: &[Letter]| x.iter().map(|l| l.c).eq(y.iter().map(|l| l.c));
    if let Some(outcome) = masked(raw_a, raw_b, x, y) {
        return outcome;
    }
    if same(x, y) {
        let apart = a.words.len() != b.words.len()
            || a.words.iter().zip(&b.words).any(|(v, w)| v.hyphen != w.hyphen || v.letters != w.letters);
        return Outcome::written(if apart { vec!["spaces and hyphens".to_owned()] } else { Vec::new() });
    }
    let zeros = |letters: &[Letter]| letters.iter().take_while(|letter| letter.c == '0').count();
    if same(&x[zeros(x)..], &y[zeros(y)..]) && x.len() > zeros(x) {
        let reason = "leading zeros left out";
        return if register { Outcome::written(vec![reason.to_owned()]) } else { Outcome::differs(reason) };
    }
    if x.len() == y.len() && x.iter().zip(y).all(|(x, y)| look_alike(x.c, y.c)) {
        let pair = x.iter().zip(y).find(|(x, y)| x.c != y.c);
        let shown = pair.map(|(x, y)| format!("{} and {}", x.c.to_uppercase(), y.c.to_uppercase())).unwrap_or_default();
        return Outcome::differs(&format!("possibly misread, {shown} look alike"));
    }
    Outcome::differs("")
}

/// The letters before and after the hidden part of a number: `••••1207`, `XXXXX1207`, `12**07`.
fn shown<'a>(raw: &str, letters: &'a [Letter]) -> Option<(&'a [Letter], &'a [Letter])> {
    const MASKS: [char; 3] = ['•', '*', '●'];
    let crossed = letters.iter().take_while(|letter| letter.c == 'x').count();
    match (raw.find(MASKS), raw.rfind(MASKS)) {
        (Some(first), Some(last)) => Some((
            letters.split_at(letters.partition_point(|letter| letter.start < first)).0,
            letters.split_at(letters.partition_point(|letter| letter.start < last)).1,
        )),
        _ if crossed > 2 => Some((&[], &letters[crossed..])),
        _ => None,
    }
}

/// Compares numbers of which only a part is shown.
fn masked(raw_a: &str, raw_b: &str, x: &[Letter], y: &[Letter]) -> Option<Outcome> {
    let same = |x: &Letter, y: &Letter| x.c == y.c;
    let heads = |x: &[Letter], y: &[Letter]| x.iter().zip(y).all(|(x, y)| same(x, y));
    let tails = |x: &[Letter], y: &[Letter]| x.iter().rev().zip(y.iter().rev()).all(|(x, y)| same(x, y));
    let fits = |(head, tail): (&[Letter], &[Letter]), all: &[Letter]| {
        all.len() >= head.len() + tail.len() && heads(head, all) && tails(tail, all)
    };
    let what = "shows only part of the number";
    let (fit, side) = match (shown(raw_a, x), shown(raw_b, y)) {
        (Some(part), None) => (fits(part, y), Side::Submitted),
        (None, Some(part)) => (fits(part, x), Side::Document),
        (Some(a), Some(b)) => (heads(a.0, b.0) && tails(a.1, b.1), Side::Both),
        (None, None) => return None,
    };
    let what = if side == Side::Both { what.replace("shows", "show") } else { what.to_owned() };
    Some(if fit { Outcome::lacks(side, what) } else { Outcome::differs("") })
}
