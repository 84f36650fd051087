//! Other spellings of a letter, and whether two rows of letters are the same by them.
//!
//! Sources: ICAO Doc 9303 part 3 (8th edition, 2021), section 6.A (Latin letters) and 4.6 (what a machine-readable zone leaves
//! out); Unicode canonical decompositions for Latin and Greek letters that 6.A does not list; W3C "Arabic & Persian Layout
//! Requirements" (vowel marks, tatweel) and the Unicode Standard, chapters 9.1 and 9.2 (Hebrew points, Arabic vowel marks).
use unicode_normalization::char::decompose_canonical;
use unicode_script::Script;

use super::normal::{Letter, script};

/// Spellings that replace a letter, besides the letter without its accents.
pub(super) fn replacements(c: char) -> &'static [&'static str] {
    match c {
        // ICAO Doc 9303 part 3, 6.A.
        'ä' | 'æ' => &["ae"],
        'å' => &["aa"],
        'ð' | 'đ' => &["d"],
        'ħ' => &["h"],
        'ı' => &["i"],
        'ĸ' => &["k", "q"],
        'ł' => &["l"],
        'ñ' => &["nxx"],
        'ŋ' => &["n"],
        'ö' | 'œ' => &["oe"],
        // Without its stroke on cards and tickets that have only ASCII.
        'ø' => &["oe", "o"],
        'ß' => &["ss"],
        'þ' => &["th"],
        'ŧ' => &["t"],
        'ü' => &["ue", "uxx"],
        // Not in 6.A: Azerbaijani passports write A or E, Hausa and Fula hooks fall away.
        'ə' => &["e", "a"],
        'ɓ' => &["b"],
        'ɗ' => &["d"],
        'ƙ' => &["k"],
        'ƴ' => &["y"],
        // Russian typography leaves the points out as a rule.
        'ё' => &["е"],
        // Written without hamza, and Persian keyboards for Arabic names.
        'أ' | 'إ' | 'آ' | 'ٱ' => &["ا"],
        'ى' | 'ی' => &["ي"],
        'ک' => &["ك"],
        _ => &[],
    }
}

/// The letter that Arabic, Persian and Urdu keyboards and habits write in several ways: yeh with and without points, teh marbuta and
/// heh, and hamza with or without its carrier (Unicode Standard, chapter 9.2; W3C Arabic & Persian Layout Requirements).
pub(super) fn arabic(c: char) -> Option<char> {
    Some(match c {
        'ا' | 'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ي' | 'ی' | 'ى' | 'ئ' => 'ي',
        'و' | 'ؤ' => 'و',
        'ه' | 'ة' | 'ہ' | 'ۃ' | 'ھ' => 'ه',
        'ك' | 'ک' => 'ك',
        _ => return None,
    })
}

/// A Malayalam chillu as it was written before Unicode 5.1 (Unicode Standard, chapter 12.9).
fn chillu(c: char) -> &'static [&'static str] {
    match c {
        'ൺ' => &["ണ്"],
        'ൻ' => &["ന്"],
        'ർ' => &["ര്"],
        'ൽ' => &["ല്"],
        'ൾ' => &["ള്"],
        'ൿ' => &["ക്"],
        _ => &[],
    }
}

/// Marks that many documents leave out: accents, Hebrew points, Arabic vowel marks, tatweel.
pub(super) fn may_be_left_out(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{640}' | '\u{64b}'..='\u{652}' | '\u{670}')
}

/// The letter without accents, for Latin and Greek; й is not и.
pub(super) fn bare(c: char) -> Option<char> {
    if c.is_ascii() || !matches!(script(c), Script::Latin | Script::Greek) {
        return None;
    }
    let mut base = c;
    let mut first = true;
    decompose_canonical(c, |part| {
        if first {
            base = part;
        }
        first = false;
    });
    (base != c).then_some(base)
}

/// The letter as a plain one, for keys of tables: also without its stroke.
pub(super) fn plain(c: char) -> char {
    let one =
        || replacements(c).iter().find(|spelling| spelling.chars().count() == 1).and_then(|one| one.chars().next());
    bare(c).or_else(one).unwrap_or(c)
}

/// One step on in both texts: how many letters of each.
struct SpellingStep {
    a: usize,
    b: usize,
}

fn steps(a: &[Letter], b: &[Letter], mut to: impl FnMut(SpellingStep)) {
    match (a.first(), b.first()) {
        (Some(x), Some(y)) if x.c == y.c || arabic(x.c).is_some_and(|x| arabic(y.c) == Some(x)) => {
            to(SpellingStep { a: 1, b: 1 });
        }
        _ => {}
    }
    replaced(a, b, |a, b| to(SpellingStep { a, b }));
    replaced(b, a, |b, a| to(SpellingStep { a, b }));
}

fn replaced(from: &[Letter], to: &[Letter], mut found: impl FnMut(usize, usize)) {
    let Some(c) = from.first().map(|letter| letter.c).filter(|c| !c.is_ascii()) else { return };
    for spelling in replacements(c).iter().chain(chillu(c)) {
        let length = spelling.chars().count();
        if to.len() >= length && spelling.chars().zip(to).all(|(s, letter)| s == letter.c) {
            found(1, length);
        }
    }
    if bare(c).is_some_and(|bare| to.first().is_some_and(|letter| letter.c == bare)) {
        found(1, 1);
    }
    if may_be_left_out(c) {
        found(1, 0);
    }
}

fn is_plain(letters: &[Letter]) -> bool {
    letters.iter().all(|letter| letter.c.is_ascii())
}

/// Whether two words can be the same, by their first letters; a quick no for most pairs.
pub(super) fn may_begin_alike(a: &[Letter], b: &[Letter]) -> bool {
    match (a.first(), b.first()) {
        (Some(x), Some(y)) => x.c == y.c || !x.c.is_ascii() || !y.c.is_ascii(),
        _ => true,
    }
}

/// When the two lengths multiplied are more than this, only equal letters match.
const LONGEST: usize = 250_000;

/// How the spellings differ (`ü as UE`), or `None` when the letters are not the same. With `cut`, `a` may end early.
pub(super) fn same_letters(a: &[Letter], b: &[Letter], cut: bool) -> Option<Vec<String>> {
    let equal = a.len() <= b.len() && (cut || a.len() == b.len()) && a.iter().zip(b).all(|(x, y)| x.c == y.c);
    if equal {
        return Some(Vec::new());
    }
    if !may_begin_alike(a, b) || (is_plain(a) && is_plain(b)) || a.len().saturating_mul(b.len()) > LONGEST {
        return None;
    }
    let width = b.len() + 1;
    let mut seen = vec![false; (a.len() + 1) * width];
    let mut path: Vec<(usize, usize)> = vec![(0, 0)];
    // The position from which each position was reached.
    let mut from: Vec<(usize, usize)> = vec![(0, 0); seen.len()];
    while let Some((i, j)) = path.pop() {
        if i == a.len() && (cut || j == b.len()) {
            return Some(reasons(a, b, &from, (i, j)));
        }
        steps(a.get(i..).unwrap_or_default(), b.get(j..).unwrap_or_default(), |step| {
            let place = (i + step.a, j + step.b);
            let index = place.0 * width + place.1;
            if seen.get(index) == Some(&false) {
                seen[index] = true;
                from[index] = (i, j);
                path.push(place);
            }
        });
    }
    None
}

fn reasons(a: &[Letter], b: &[Letter], from: &[(usize, usize)], mut at: (usize, usize)) -> Vec<String> {
    let width = b.len() + 1;
    let mut all: Vec<String> = Vec::new();
    while at != (0, 0) {
        let Some(&before) = from.get(at.0 * width + at.1) else { break };
        let (x, y) = (a.get(before.0..at.0).unwrap_or_default(), b.get(before.1..at.1).unwrap_or_default());
        if let Some(reason) = reason(x, y)
            && !all.contains(&reason)
        {
            all.push(reason);
        }
        at = before;
    }
    all.reverse();
    all
}

fn reason(x: &[Letter], y: &[Letter]) -> Option<String> {
    let of = |letters: &[Letter]| letters.iter().map(|letter| letter.c).collect::<String>();
    let (x, y) = (of(x), of(y));
    if x == y {
        return None;
    }
    // The accented one first.
    let (rich, poor) = if x.is_empty() || (x.is_ascii() && !y.is_ascii()) { (y, x) } else { (x, y) };
    match (rich.chars().next(), poor.is_empty()) {
        (Some('\u{591}'..='\u{670}'), true) => Some("vowel marks left out".to_owned()),
        (_, true) => Some("accents left out".to_owned()),
        _ => Some(format!("{rich} as {}", poor.to_uppercase())),
    }
}

/// The positions in `a` and `b` of the letters that differ, when as many as possible are matched.
pub(super) fn differing(a: &[Letter], b: &[Letter]) -> (Vec<usize>, Vec<usize>) {
    let start = a.iter().zip(b).take_while(|(x, y)| x.c == y.c).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x.c == y.c).count();
    let (of_a, of_b) = between(&a[..a.len() - end], &b[..b.len() - end]);
    let moved = |places: Vec<usize>| places.into_iter().map(|place| place + start).collect();
    (moved(of_a), moved(of_b))
}

fn between(a: &[Letter], b: &[Letter]) -> (Vec<usize>, Vec<usize>) {
    let (n, m) = (a.len(), b.len());
    if n.saturating_mul(m) > LONGEST {
        return ((0..n).collect(), (0..m).collect());
    }
    let width = m + 1;
    let mut costs = vec![u32::MAX; (n + 1) * width];
    let mut next = vec![(0, 0, true); costs.len()];
    for i in (0..=n).rev() {
        for j in (0..=m).rev() {
            if (i, j) == (n, m) {
                costs[i * width + j] = 0;
                continue;
            }
            let mut best = (u32::MAX, (0, 0, true));
            let mut consider = |a: usize, b: usize, price: u32| {
                if i + a <= n && j + b <= m {
                    let cost = costs[(i + a) * width + j + b].saturating_add(price);
                    if cost < best.0 {
                        best = (cost, (a, b, price > 0));
                    }
                }
            };
            steps(&a[i..], &b[j..], |step| consider(step.a, step.b, 0));
            consider(1, 1, 2);
            consider(1, 0, 1);
            consider(0, 1, 1);
            costs[i * width + j] = best.0;
            next[i * width + j] = best.1;
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
    while (i, j) != (n, m) {
        let (x, y, marked) = next[i * width + j];
        if x + y == 0 {
            break;
        }
        if marked {
            of_a.extend(i..i + x);
            of_b.extend(j..j + y);
        }
        (i, j) = (i + x, j + y);
    }
    (of_a, of_b)
}
