//! Compares rows of words: whether they are the same, and which words only one side has.
use unicode_script::Script;

use super::normal::{Letter, Text, scripts_of};
use super::outcome::Outcome;
use super::spelling::{may_begin_alike, same_letters};

/// One word in a comparison.
pub(super) type Spelled<'a> = &'a [Letter];

/// The result of aligning two rows of words.
#[derive(Debug, Default)]
pub(super) struct Aligned {
    /// Positions of words that the other side lacks.
    pub extra_a: Vec<usize>,
    pub extra_b: Vec<usize>,
    /// Positions of words of which one side has only a short form.
    pub short: Vec<(usize, usize)>,
    pub reasons: Vec<String>,
}

/// Whether two words are equivalent.
pub(super) enum WordMatch {
    Same(Vec<String>),
    /// One is a short form of the other: an initial, `Mohd`.
    Short,
    No,
}

/// More words than this on one side are not a name or a street.
const MOST: usize = 24;
/// At most this many words may be written together as one: `van der Berg`, and one more.
const TOGETHER: usize = 4;

#[derive(Clone, Copy)]
enum Move {
    Words(usize, usize),
    Short,
    SkipA,
    SkipB,
}

/// Aligns two rows of words so that as few as possible are left over; the order of words stays.
pub(super) fn align(a: &[Spelled], b: &[Spelled], matches: impl Fn(Spelled, Spelled) -> WordMatch) -> Aligned {
    let mut aligned = Aligned::default();
    let (n, m) = (a.len(), b.len());
    if n > MOST || m > MOST {
        aligned.extra_a = (0..n).collect();
        aligned.extra_b = (0..m).collect();
        return aligned;
    }
    let width = m + 1;
    let mut costs = vec![0_u32; (n + 1) * width];
    let mut moves = vec![Move::SkipA; costs.len()];
    for i in (0..=n).rev() {
        for j in (0..=m).rev() {
            if (i, j) == (n, m) {
                continue;
            }
            let mut best = (u32::MAX, Move::SkipA);
            let mut consider = |next: Move, price: u32, to: (usize, usize)| {
                let cost = costs[to.0 * width + to.1] + price;
                if cost < best.0 {
                    best = (cost, next);
                }
            };
            if i < n && j < m {
                match matches(a[i], b[j]) {
                    WordMatch::Same(_) => consider(Move::Words(1, 1), 0, (i + 1, j + 1)),
                    WordMatch::Short => consider(Move::Short, 2, (i + 1, j + 1)),
                    WordMatch::No => {}
                }
                for many in 2..=TOGETHER {
                    if i + many <= n && together(&a[i..i + many], b[j]).is_some() {
                        consider(Move::Words(many, 1), 1, (i + many, j + 1));
                    }
                    if j + many <= m && together(&b[j..j + many], a[i]).is_some() {
                        consider(Move::Words(1, many), 1, (i + 1, j + many));
                    }
                }
            }
            if i < n {
                consider(Move::SkipA, 20, (i + 1, j));
            }
            if j < m {
                consider(Move::SkipB, 20, (i, j + 1));
            }
            costs[i * width + j] = best.0;
            moves[i * width + j] = best.1;
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < n || j < m {
        match moves[i * width + j] {
            Move::Words(1, 1) => {
                if let WordMatch::Same(reasons) = matches(a[i], b[j]) {
                    super::outcome::add(&mut aligned.reasons, reasons);
                }
                (i, j) = (i + 1, j + 1);
            }
            Move::Words(x, y) => {
                super::outcome::add(&mut aligned.reasons, vec![TOGETHER_OR_APART.to_owned()]);
                (i, j) = (i + x, j + y);
            }
            Move::Short => {
                aligned.short.push((i, j));
                (i, j) = (i + 1, j + 1);
            }
            Move::SkipA => {
                aligned.extra_a.push(i);
                i += 1;
            }
            Move::SkipB => {
                aligned.extra_b.push(j);
                j += 1;
            }
        }
    }
    aligned
}

pub(super) const TOGETHER_OR_APART: &str = "words joined or separated";

fn together(many: &[Spelled], one: Spelled) -> Option<Vec<String>> {
    let length: usize = many.iter().map(|word| word.len()).sum();
    let begins = many.first().is_some_and(|first| may_begin_alike(first, one));
    if !begins
        || many.windows(2).any(|two| are_numbers(two[0], two[1]))
        || length > one.len() * 3
        || one.len() > length * 3
    {
        return None;
    }
    let joined: Vec<Letter> = many.concat();
    same_letters(&joined, one, false)
}

/// Whether two words are numbers that would make another number if written together: 1.5 and 15, Roman I V and IV.
fn are_numbers(one: Spelled, next: Spelled) -> bool {
    let digit = |letter: Option<&Letter>| letter.is_some_and(|letter| letter.c.is_numeric());
    (digit(one.last()) && digit(next.first())) || (is_roman(one) && is_roman(next))
}

/// Whether it is a Roman number below 40; the letters of greater ones are also those of names.
fn is_roman(word: Spelled) -> bool {
    word.len() <= 7 && word.iter().all(|letter| matches!(letter.c, 'i' | 'v' | 'x'))
}

/// Whether two rows with the same letters divide them in the same way, except for words written together: `Ann Elise`
/// is not `Anne Lise`.
pub(super) fn divided_alike(a: &[Spelled], b: &[Spelled]) -> bool {
    let equal = |x: Spelled, y: Spelled| same_letters(x, y, false).is_some();
    if a.len() == b.len() && a.iter().zip(b).all(|(x, y)| equal(x, y)) {
        return true;
    }
    let found = align(a, b, |x, y| if equal(x, y) { WordMatch::Same(Vec::new()) } else { WordMatch::No });
    found.extra_a.is_empty() && found.extra_b.is_empty()
}

pub(super) const DIVIDED_ELSEWHERE: &str = "the same letters, divided into different words";

/// Compares all words of both in their order; none may be left out.
pub(super) fn sequence(a: &Text, b: &Text) -> Outcome {
    if a.letters.is_empty() || b.letters.is_empty() {
        return if a.letters.is_empty() && b.letters.is_empty() {
            Outcome::not_comparable("there are no letters")
        } else {
            Outcome::differs("")
        };
    }
    match same_letters(&a.letters, &b.letters, false) {
        Some(_) if !divided_alike(&slices(a), &slices(b)) => Outcome::differs(DIVIDED_ELSEWHERE),
        Some(mut reasons) => {
            reasons.extend(punctuation(a, b));
            Outcome::written(reasons)
        }
        None => other_script(a, b)
            .map_or_else(|| Outcome::differs(mixed(a, b).as_deref().unwrap_or("")), Outcome::not_comparable),
    }
}

fn slices(text: &Text) -> Vec<Spelled<'_>> {
    text.words.iter().map(|word| text.word(word)).collect()
}

/// How the words are divided, when that is the only difference.
pub(super) fn punctuation(a: &Text, b: &Text) -> Vec<String> {
    let mut reasons = Vec::new();
    let apart = a.words.len() != b.words.len();
    let hyphens = |text: &Text| text.words.iter().filter(|word| word.hyphen).count();
    let apostrophes = |text: &Text| text.words.iter().filter(|word| word.apostrophe).count();
    if apostrophes(a) != apostrophes(b) {
        reasons.push("apostrophe".to_owned());
    }
    if hyphens(a) != hyphens(b) {
        reasons.push("hyphen".to_owned());
    } else if apart && reasons.is_empty() {
        reasons.push(TOGETHER_OR_APART.to_owned());
    }
    reasons
}

/// Names the scripts, when the two texts have none in common.
pub(super) fn other_script(a: &Text, b: &Text) -> Option<String> {
    if a.latin && b.latin {
        return None;
    }
    apart(&a.scripts(), &b.scripts())
}

/// The same for some of the words: no letter of one can be a letter of the other.
pub(super) fn other_script_of(a: &[Spelled], b: &[Spelled]) -> Option<String> {
    let of = |words: &[Spelled]| scripts_of(words.iter().flat_map(|word| word.iter()));
    apart(&of(a), &of(b))
}

fn apart(of_a: &[Script], of_b: &[Script]) -> Option<String> {
    let (first, second) = (of_a.first()?, of_b.first()?);
    of_a.iter()
        .all(|script| !of_b.contains(script))
        .then(|| format!("different scripts, {} and {}", label(*first), label(*second)))
}

/// Says that a word mixes alphabets, as with look-alike letters.
pub(super) fn mixed(a: &Text, b: &Text) -> Option<String> {
    if a.latin && b.latin {
        return None;
    }
    let (first, second) = a.mixed().or_else(|| b.mixed())?;
    Some(format!("a word mixes {} and {} letters", label(first), label(second)))
}

fn label(script: Script) -> &'static str {
    match script {
        Script::Han => "Chinese characters",
        other => other.full_name(),
    }
}

pub(super) fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}
