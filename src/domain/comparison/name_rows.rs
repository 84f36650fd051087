//! Compares two rows of words of names.
use super::name::{NamePart, NameReading};
use super::name_words::word;
use super::normal::Letter;
use super::outcome::{Lack, Outcome, Side};
use super::spelling::{may_begin_alike, same_letters};
use super::words::{DIVIDED_ELSEWHERE, Spelled, TOGETHER_OR_APART, align, divided_alike, other_script_of};

/// One row of words, and what separates them.
pub(super) struct Row<'a> {
    pub words: Vec<Spelled<'a>>,
    hyphens: usize,
    apostrophes: usize,
}

impl Row<'_> {
    fn letters(&self) -> Vec<Letter> {
        self.words.concat()
    }
}

pub(super) fn row(reading: &NameReading, wanted: impl Fn(NamePart) -> bool) -> Row<'_> {
    let words = || reading.words.iter().filter(|(part, _)| wanted(*part)).map(|(_, word)| word);
    Row {
        words: words().map(|word| reading.letters(word)).collect(),
        hyphens: words().skip(1).filter(|word| word.hyphen).count(),
        apostrophes: words().filter(|word| word.apostrophe).count(),
    }
}

/// The side whose end may be cut off.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    No,
    A,
    B,
}

pub(super) fn cut(a: &NameReading, b: &NameReading) -> Cut {
    match (a.cut, b.cut) {
        (true, false) => Cut::A,
        (false, true) => Cut::B,
        _ => Cut::No,
    }
}

pub(super) fn group(a: &Row, b: &Row, nouns: [&str; 2], cut: Cut) -> Outcome {
    match (a.words.is_empty(), b.words.is_empty()) {
        (true, true) => return Outcome::Same,
        (true, false) => return Outcome::lacks(Side::Submitted, format!("has no {}", nouns[0])),
        (false, true) => return Outcome::lacks(Side::Document, format!("has no {}", nouns[1])),
        (false, false) => {}
    }
    // No word of one side can be a word of the other: this decides most pairs of unrelated names.
    if !a.words.iter().any(|x| b.words.iter().any(|y| may_begin_alike(x, y))) {
        return contradiction(&a.words, &b.words);
    }
    if cut == Cut::No && !may_begin_alike(a.words[0], b.words[0]) {
        return aligned(a, b, nouns);
    }
    let (letters_a, letters_b) = (a.letters(), b.letters());
    if let Some(mut reasons) = same_letters(&letters_a, &letters_b, false) {
        if !divided_alike(&a.words, &b.words) {
            return Outcome::differs(DIVIDED_ELSEWHERE);
        }
        let apart = a.words.len() != b.words.len();
        if a.apostrophes != b.apostrophes {
            reasons.push("apostrophe".to_owned());
        }
        if a.hyphens != b.hyphens {
            reasons.push("hyphen".to_owned());
        } else if apart && a.apostrophes == b.apostrophes {
            reasons.push(TOGETHER_OR_APART.to_owned());
        }
        return Outcome::written(reasons);
    }
    let short = match cut {
        Cut::A => same_letters(&letters_a, &letters_b, true),
        Cut::B => same_letters(&letters_b, &letters_a, true),
        Cut::No => None,
    };
    if let Some(mut reasons) = short {
        reasons.push("cut off at the end of a machine-readable zone".to_owned());
        return Outcome::written(reasons);
    }
    aligned(a, b, nouns)
}

/// Words that do not match contradict each other, unless they are in two scripts: a part of a name in another script is
/// only not comparable.
fn contradiction(a: &[Spelled], b: &[Spelled]) -> Outcome {
    other_script_of(a, b).map_or_else(|| Outcome::differs(""), Outcome::not_comparable)
}

fn aligned(a: &Row, b: &Row, nouns: [&str; 2]) -> Outcome {
    let of = |letters: Spelled| letters.iter().map(|letter| letter.c).collect::<String>();
    let found = align(&a.words, &b.words, word);
    if !found.extra_a.is_empty() && !found.extra_b.is_empty() {
        return match another_order(a, b) {
            // The last name comes first, or the first one last: it is unclear which one is the family name.
            Some(true) if nouns == ["given name"; 2] || nouns == ["family name"; 2] => {
                Outcome::lacks(Side::Both, format!("have the same words of the {} in another order", nouns[0]))
            }
            Some(true) => Outcome::lacks(
                Side::Both,
                "have the same names in another order, so given and family name are not certain",
            ),
            Some(false) => Outcome::differs("the same names in another order"),
            None => {
                let words_a: Vec<Spelled> = found.extra_a.iter().map(|at| a.words[*at]).collect();
                let words_b: Vec<Spelled> = found.extra_b.iter().map(|at| b.words[*at]).collect();
                contradiction(&words_a, &words_b)
            }
        };
    }
    let mut lacks = Vec::new();
    for (x, y) in &found.short {
        let (x, y) = (a.words[*x], b.words[*y]);
        let (side, short, long) = if x.len() < y.len() { (Side::Submitted, x, y) } else { (Side::Document, y, x) };
        lacks.push(Lack { side, what: format!("has only {} for {}", of(short).to_uppercase(), of(long)) });
    }
    let mut missing = |row: &Row, places: &[usize], side: Side, noun: &str| {
        if !places.is_empty() {
            let words: Vec<String> = places.iter().map(|place| of(row.words[*place])).collect();
            let what = if noun == "family name"
                && places.last() == Some(&(row.words.len() - 1))
                && row.words.len() == places.len()
            {
                format!("has no {noun}")
            } else {
                format!("lacks “{}”", words.join(" "))
            };
            lacks.push(Lack { side, what });
        }
    };
    missing(a, &found.extra_a, Side::Document, nouns[1]);
    missing(b, &found.extra_b, Side::Submitted, nouns[0]);
    if lacks.is_empty() { Outcome::written(found.reasons) } else { Outcome::Incomplete { lacks } }
}

/// Whether both have the same words in another order; then, whether one is a rotation of the other.
fn another_order(a: &Row, b: &Row) -> Option<bool> {
    let equal = |x: Spelled, y: Spelled| same_letters(x, y, false).is_some();
    let mut left: Vec<Spelled> = b.words.clone();
    let all = a.words.len() == b.words.len()
        && a.words.iter().all(|x| left.iter().position(|y| equal(x, y)).map(|at| left.remove(at)).is_some());
    let turned = |by: usize| a.words.iter().zip(b.words.iter().cycle().skip(by)).all(|(x, y)| equal(x, y));
    all.then(|| (1..a.words.len()).any(turned))
}
