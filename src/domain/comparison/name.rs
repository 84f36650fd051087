//! A person's name, by its parts.
use super::normal::{Letter, Text, Word, is_hyphen, plain_words};

/// A name as a form or a document gives it. A whole name may be in one part, with the others empty; a machine-readable
/// zone's `FAMILY<<GIVEN<NAMES` and `Family, Given` are read as such.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Name<'a> {
    pub given: Option<&'a str>,
    pub middle: Option<&'a str>,
    pub family: Option<&'a str>,
    /// `Jr`, `III`: distinguishes two people of one family.
    pub suffix: Option<&'a str>,
    /// The whole name in its own script, as Persona's `native-name-*` fields have it.
    pub native: Option<&'a str>,
}

impl Name<'_> {
    /// The text that marks refer to: given, middle and family name and suffix, separated by a blank.
    pub fn text(&self) -> String {
        self.parts().map(|(_, text)| text).collect::<Vec<_>>().join(" ")
    }

    fn parts(&self) -> impl Iterator<Item = (NamePart, &str)> {
        let suffix = (NamePart::Family, self.suffix);
        [(NamePart::Given, self.given), (NamePart::Middle, self.middle), (NamePart::Family, self.family), suffix]
            .into_iter()
            .filter_map(|(part, text)| text.filter(|text| !text.trim().is_empty()).map(|text| (part, text)))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NamePart {
    Given,
    Middle,
    Family,
}

/// A name prepared to be compared with many.
#[derive(Debug, Clone)]
pub struct NameReading {
    pub(super) text: Text,
    /// Words that count, each with its part, given names first.
    pub(super) words: Vec<(NamePart, Word)>,
    /// Whether all parts are in one field, so that it is not known which part is which.
    pub(super) whole: bool,
    /// The only part of the name, if there is only one.
    pub(super) only: Option<NamePart>,
    /// A title such as `Dr` was left out of the words.
    pub(super) title: bool,
    /// `FNU` or the like was left out of the words.
    pub(super) stand_in: bool,
    /// `Unknown` or the like was left out of the words: there is a name, but it is not known.
    pub(super) unknown: bool,
    /// As long as a machine-readable zone's field, so its end may be cut off.
    pub(super) cut: bool,
    pub(super) native: Option<Box<NameReading>>,
}

/// Words that say that there is no such name (FNU and LNU: US Department of State, 9 FAM 403.9).
const NO_NAME: &[&str] = &["fnu", "lnu", "nmn"];
/// Words that say that a name is not known.
const UNKNOWN: &[&str] = &[
    "unknown",
    "redacted",
    "undefined",
    "unbekannt",
    "inconnu",
    "desconocido",
    "desconhecido",
    "sconosciuto",
    "onbekend",
];
/// Words after `not`.
const KNOWN: &[&str] = &["known", "available", "applicable", "provided", "given"];
/// Words that say so only when there is no other word.
const NONE: &[&str] = &["na", "null", "none", "nil"];
/// Titles, which ICAO Doc 9303 part 3, 3.4 keeps out of the name unless the State says otherwise.
const TITLES: &[&str] = &[
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "herr", "frau", "mme", "mlle", "monsieur", "madame", "shri", "smt",
];
/// Suffixes that may follow a comma and are not the given name.
const SUFFIXES: &[&str] = &["jr", "junior", "sr", "senior", "ii", "iii", "iv", "v", "phd", "md", "esq"];
/// Lengths of the name field of a machine-readable zone: TD3, TD2, TD1 (ICAO Doc 9303 parts 4, 6 and 5).
const FIELDS: &[usize] = &[39, 31, 30];

impl NameReading {
    pub fn new(name: &Name) -> Self {
        let raw = name.text();
        let text = Text::new(&raw);
        let mut ends = Vec::with_capacity(3);
        let mut end = 0;
        for (part, of) in name.parts() {
            end += of.len();
            ends.push((part, end));
            end += 1;
        }
        let only = if let [(part, _)] = ends.as_slice() { Some(*part) } else { None };
        let divided = only.is_some().then(|| divided(&raw)).flatten();
        let start = |word: &Word| text.letters.get(word.letters.start).map_or(0, |letter| letter.start);
        let part = |word: &Word| match divided {
            Some(at) if start(word) < at => NamePart::Family,
            Some(_) => NamePart::Given,
            None => ends.iter().find(|(_, end)| start(word) < *end).map_or(NamePart::Family, |(part, _)| *part),
        };
        let mut words: Vec<(NamePart, Word)> = text.words.iter().map(|word| (part(word), word.clone())).collect();
        let unknown = leave_out_unknown(&raw, &text, &mut words);
        let all = words.len();
        words.retain(|(_, word)| !is_one_of(&text, word, NO_NAME));
        let stand_in = words.len() < all;
        let title = words.len() > 2 && words.first().is_some_and(|(_, word)| is_one_of(&text, word, TITLES));
        while words.len() > 2 && words.first().is_some_and(|(_, word)| is_one_of(&text, word, TITLES)) {
            words.remove(0);
        }
        words.sort_by_key(|(part, _)| *part == NamePart::Family);
        let family = words.iter().filter(|(part, _)| *part == NamePart::Family).count();
        let whole = only.is_some() && divided.is_none() || family == 0 || family == words.len();
        let cut = is_cut(&raw, &text, &words, whole);
        let native = name
            .native
            .filter(|native| !native.trim().is_empty())
            .map(|native| Box::new(Self::new(&Name { given: Some(native), ..Name::default() })));
        Self { text, words, whole, only, title, stand_in, unknown, cut, native }
    }

    pub(super) fn letters(&self, word: &Word) -> &[Letter] {
        self.text.word(word)
    }
}

/// Removes the words that say that a name is not known, and returns whether there were any.
fn leave_out_unknown(raw: &str, text: &Text, words: &mut Vec<(NamePart, Word)>) -> bool {
    let before = words.len();
    let all = |word: &Word, wanted: char| text.word(word).iter().all(|letter| letter.c == wanted);
    words.retain(|(_, word)| {
        !(is_one_of(text, word, UNKNOWN) || all(word, '0') || (word.letters.len() > 2 && all(word, 'x')))
    });
    // Of two words: `N/A`, `not known`.
    let two = |(part, one): &(NamePart, Word), (_, other): &(NamePart, Word)| {
        let end = text.word(one).last().map_or(0, |letter| letter.end);
        let start = text.word(other).first().map_or(0, |letter| letter.start);
        // In given names, N.A. are initials.
        let slash = match raw.get(end..start) {
            Some("/" | "\\") => true,
            Some(".") => *part == NamePart::Family,
            _ => false,
        };
        (slash && is_one_of(text, one, &["n"]) && is_one_of(text, other, &["a"]))
            || (is_one_of(text, one, &["not"]) && is_one_of(text, other, KNOWN))
    };
    while let Some(at) = words.windows(2).position(|pair| two(&pair[0], &pair[1])) {
        words.drain(at..at + 2);
    }
    // These are names in some countries, unless there is no other word.
    let initials =
        words.len() == 2 && words.iter().zip([["n"], ["a"]]).all(|((_, word), of)| is_one_of(text, word, &of));
    if initials || words.iter().all(|(_, word)| is_one_of(text, word, NONE)) {
        words.clear();
    }
    words.len() < before
}

fn is_one_of(text: &Text, word: &Word, list: &[&str]) -> bool {
    let letters = text.word(word);
    letters.len() <= 12
        && list
            .iter()
            .any(|entry| entry.len() == letters.len() && entry.chars().zip(letters).all(|(c, letter)| c == letter.c))
}

/// Where the given names begin in a field that marks the family name as first.
fn divided(raw: &str) -> Option<usize> {
    if let Some(at) = raw.find("<<") {
        return Some(at + 1).filter(|at| raw.get(*at..).is_some_and(|rest| rest.bytes().any(|b| b != b'<')));
    }
    let (family, given) = raw.split_once([',', '、', '،'])?;
    let rest = plain_words(given);
    let named = rest.iter().any(|word| !SUFFIXES.contains(&word.as_str()));
    (named && !plain_words(family).is_empty()).then_some(family.len() + 1)
}

/// Whether the name fills the field of a machine-readable zone to its last place.
fn is_cut(raw: &str, text: &Text, words: &[(NamePart, Word)], whole: bool) -> bool {
    if raw.contains('<') {
        return FIELDS.contains(&raw.trim().len()) && !raw.trim_end().ends_with('<');
    }
    if whole || !raw.is_ascii() || raw.bytes().any(|b| b.is_ascii_lowercase() || is_hyphen(char::from(b))) {
        return false;
    }
    // One filler separates words, two fillers separate the two names.
    let letters: usize = words.iter().map(|(_, word)| text.word(word).len()).sum();
    FIELDS.first() == Some(&(letters + words.len()))
}
