//! When two names are the same.
//!
//! Sources: ICAO Doc 9303 part 3, 3.4 and 4.6 (names in the machine-readable zone) and part 4, 4.2.2 (cut at 39 places); W3C
//! "Personal names around the world" (order of the parts, several family names, patronymics, one name only).
use unicode_script::Script;

use super::mrz;
use super::name::{Name, NamePart, NameReading};
use super::name_rows::{Cut, Row, cut, group, row};
use super::name_words::word;
use super::normal::Text;
use super::outcome::{Compared, Marks, Outcome, Side, hidden, marks};
use super::spelling::{may_begin_alike, same_letters};
use super::words::{Spelled, align, mixed, other_script};

/// Compares two names. Marks refer to `Name::text` of each.
pub fn name(a: &Name, b: &Name) -> Compared {
    let (a, b) = (NameReading::new(a), NameReading::new(b));
    let outcome = a.outcome(&b);
    let marks = match outcome {
        Outcome::Differs { .. } | Outcome::Incomplete { .. } => marks(&a.text.letters, &b.text.letters),
        _ => Marks::default(),
    };
    Compared { outcome, marks }
}

impl NameReading {
    /// Compares this name with another, without marks: for one name against many.
    pub fn outcome(&self, other: &Self) -> Outcome {
        hidden(&self.text, &other.text, compare(self, other))
    }
}

fn compare(a: &NameReading, b: &NameReading) -> Outcome {
    let outcome = known(a, b);
    if a.unknown || b.unknown { outcome.and(Outcome::not_comparable("a name is given as unknown")) } else { outcome }
}

/// Compares the words that are names.
fn known(a: &NameReading, b: &NameReading) -> Outcome {
    if a.words.is_empty() || b.words.is_empty() {
        return own_script(a, b).unwrap_or_else(|| Outcome::not_comparable("there is no name"));
    }
    let main = if let Some(why) = other_script(&a.text, &b.text) {
        spelled_for_machines(a, b).or_else(|| own_script(a, b)).unwrap_or_else(|| Outcome::not_comparable(why))
    } else {
        let main = parts(a, b);
        match (&a.native, &b.native) {
            // When both sides have a native name, the two have to agree as well; one alone contradicts nothing.
            (Some(x), Some(y)) if other_script(&x.text, &y.text).is_none() => main.and(native(x, y)),
            _ => main,
        }
    };
    match (&main, mixed(&a.text, &b.text)) {
        (Outcome::Differs { .. }, Some(why)) => main.noting(why),
        _ => main,
    }
}

fn native(x: &NameReading, y: &NameReading) -> Outcome {
    match parts(x, y) {
        Outcome::Differs { .. } => Outcome::differs("the names in their own script differ"),
        other => other,
    }
}

/// Compares the names in a script that both sides have.
fn own_script(a: &NameReading, b: &NameReading) -> Option<Outcome> {
    let pairs =
        [(a.native.as_deref(), Some(b)), (Some(a), b.native.as_deref()), (a.native.as_deref(), b.native.as_deref())];
    pairs.into_iter().find_map(|(x, y)| {
        let (x, y) = (x?, y?);
        let comparable = !x.words.is_empty() && !y.words.is_empty() && other_script(&x.text, &y.text).is_none();
        comparable.then(|| parts(x, y).noting("compared in the name's own script".to_owned()))
    })
}

/// Compares Cyrillic or Arabic with Latin, by the tables for the machine-readable zone. Only an agreement counts,
/// because there are other ways to write these names in Latin letters.
fn spelled_for_machines(a: &NameReading, b: &NameReading) -> Option<Outcome> {
    let only = |reading: &NameReading, script: Script| reading.text.scripts() == [script];
    let (from, to, turned) = if only(b, Script::Latin) { (a, b, false) } else { (b, a, true) };
    if !only(to, Script::Latin) {
        return None;
    }
    let try_with = |text| {
        let written = NameReading { text, words: Vec::new(), ..from.clone() };
        let words = from.words.iter().filter_map(|(part, word)| {
            let at = from.text.words.iter().position(|other| other.letters == word.letters)?;
            written.text.words.get(at).map(|word| (*part, word.clone()))
        });
        let written = NameReading { words: words.collect(), ..written.clone() };
        if turned { parts(to, &written) } else { parts(&written, to) }
    };
    let outcome = if only(from, Script::Cyrillic) {
        mrz::cyrillic(&from.text).map(try_with).max_by_key(Outcome::rank)?
    } else if only(from, Script::Arabic) {
        try_with(mrz::arabic(&from.text))
    } else {
        return None;
    };
    match outcome {
        Outcome::Same | Outcome::SameWrittenDifferently { .. } => {
            Some(outcome.noting("written in Latin letters as in a machine-readable zone".to_owned()))
        }
        Outcome::Incomplete { .. } => Some(outcome),
        _ => None,
    }
}

fn parts(a: &NameReading, b: &NameReading) -> Outcome {
    let outcome = if a.whole || b.whole { whole(a, b) } else { by_part(a, b) };
    let outcome =
        if outcome.agrees() && a.title != b.title { outcome.noting("title left out".to_owned()) } else { outcome };
    let outcome = if outcome.agrees() && a.stand_in != b.stand_in {
        outcome.noting("a word that means “no such name” left out".to_owned())
    } else {
        outcome
    };
    match (a.only, b.only) {
        (Some(x), Some(y)) if x != y && a.whole && b.whole && outcome.agrees() => {
            outcome.noting(ANOTHER_FIELD.to_owned())
        }
        // Given and middle name on one side are given and family name on the other.
        (None, None) if a.whole != b.whole && outcome.agrees() => outcome.noting(ANOTHER_FIELD.to_owned()),
        _ => outcome,
    }
}

/// Compares two names of which one side does not say which part is which.
fn whole(a: &NameReading, b: &NameReading) -> Outcome {
    let (all_a, all_b) = (row(a, |_| true), row(b, |_| true));
    // A side that has only one part is first compared with that part of the other.
    for (one, other, side) in [(a, b, Side::Submitted), (b, a, Side::Document)] {
        let Some(only) = one.only.filter(|_| one.whole && !other.whole) else { continue };
        let is_family = only == NamePart::Family;
        let same_part = row(other, |part| (part == NamePart::Family) == is_family);
        if group(&row(one, |_| true), &same_part, [""; 2], Cut::No).agrees() {
            return Outcome::lacks(side, if is_family { "has no given name" } else { "has no family name" });
        }
    }
    let noun = |reading: &NameReading, other: &NameReading| match (reading.only, other.whole) {
        (Some(NamePart::Family), false) => "given name",
        (Some(_), false) => "family name",
        _ => "whole name",
    };
    let outcome = group(&all_a, &all_b, [noun(a, b), noun(b, a)], cut(a, b));
    if without_blanks(&a.text) && without_blanks(&b.text) {
        // The family name comes first: in the other order, it may be the name of another family.
        return match family_first(a, b) {
            Some(first) => first,
            None if outcome.agrees() && !(a.whole && b.whole) => Outcome::lacks(
                Side::Both,
                "agree only with the given name first, so given and family name are not certain",
            ),
            None => outcome,
        };
    }
    if outcome.agrees() && !(splits(a, &all_b) && splits(b, &all_a)) {
        return Outcome::lacks(Side::Both, "do not separate given and family name at the same point");
    }
    outcome
}

/// Scripts that write a name without blanks, family name first (W3C "Personal names around the world").
fn without_blanks(text: &Text) -> bool {
    let scripts = text.scripts();
    let eastern =
        |script: &Script| matches!(script, Script::Han | Script::Hangul | Script::Hiragana | Script::Katakana);
    !scripts.is_empty() && scripts.iter().all(eastern)
}

/// Compares the whole name of one side with family and given name of the other, in this order.
fn family_first(a: &NameReading, b: &NameReading) -> Option<Outcome> {
    let turned = |reading: &NameReading| {
        let mut words = row(reading, |part| part == NamePart::Family).words;
        words.extend(row(reading, |part| part != NamePart::Family).words);
        words.concat()
    };
    if a.whole == b.whole {
        return None;
    }
    let mut reasons = same_letters(&turned(a), &turned(b), false)?;
    reasons.push("family name first".to_owned());
    Some(Outcome::written(reasons))
}

/// Whether the border between given and family name falls between two words of the other side. `Ma Li` is not `Mali`.
fn splits(known: &NameReading, other: &Row) -> bool {
    let (given, family) =
        (row(known, |part| part != NamePart::Family).words, row(known, |part| part == NamePart::Family).words);
    if known.whole || given.is_empty() || family.is_empty() {
        return true;
    }
    let fits = |x: &[Spelled], y: &[Spelled]| {
        let found = align(x, y, word);
        found.extra_a.is_empty() && found.extra_b.is_empty()
    };
    let whole = &other.words;
    known.cut || (1..whole.len()).any(|at| fits(&given, &whole[..at]) && fits(&family, &whole[at..]))
}

fn by_part(a: &NameReading, b: &NameReading) -> Outcome {
    let given = |part| part != NamePart::Family;
    let family = |part| part == NamePart::Family;
    let (given_a, given_b) = (row(a, given), row(b, given));
    let (family_a, family_b) = (row(a, family), row(b, family));
    let in_parts = group(&given_a, &given_b, ["given name"; 2], cut(a, b)).and(group(
        &family_a,
        &family_b,
        ["family name"; 2],
        Cut::No,
    ));
    // A word that one side has in another part is missing on both sides; everything else is decided here.
    let settled = match &in_parts {
        Outcome::Incomplete { lacks } => lacks.windows(2).all(|two| two[0].side == two[1].side),
        other => other.agrees(),
    };
    if settled {
        return in_parts;
    }
    let shared = |row: &Row, other: &Row| row.words.iter().any(|x| other.words.iter().any(|y| may_begin_alike(x, y)));
    if !shared(&given_a, &family_b) && !shared(&family_a, &given_b) {
        return in_parts;
    }
    let crossed = group(&given_a, &family_b, [""; 2], Cut::No).and(group(&family_a, &given_b, [""; 2], Cut::No));
    if crossed.agrees() {
        return Outcome::differs("given and family name are swapped");
    }
    // The same words in the same order, with the border between given and family name elsewhere.
    match whole(a, b) {
        Outcome::Same => Outcome::written(vec![DIVIDED.to_owned()]),
        outcome @ Outcome::SameWrittenDifferently { .. } => outcome.noting(DIVIDED.to_owned()),
        _ if matches!(in_parts, Outcome::Incomplete { .. }) => in_parts,
        Outcome::Incomplete { lacks } if lacks.iter().all(|lack| lack.side != Side::Both) => {
            Outcome::Incomplete { lacks }
        }
        _ => in_parts,
    }
}

const ANOTHER_FIELD: &str = "a name is in another field";
const DIVIDED: &str = "given and family name separated at another point";
