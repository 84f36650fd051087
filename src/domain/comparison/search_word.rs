//! Words typed into a search, in the normal form in which names are compared, and in Latin letters that any keyboard
//! has.
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_script::Script;

use super::contact::Phone;
use super::normal::{Letter, Text, Word, is_hidden, script};
use super::place::calling_code;
use super::spelling::{arabic, bare, may_be_left_out, replacements};

/// One word, normalised.
pub struct Searched {
    /// The parts between its apostrophes; one part when it has none.
    parts: Vec<Vec<char>>,
    /// Whether a hyphen comes before it.
    pub hyphen: bool,
}

/// How letters with accents are spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// Without them: ö is o.
    Plain,
    /// As a machine-readable zone spells them: ö is oe.
    Zone,
}

impl Searched {
    pub fn all(raw: &str) -> Vec<Self> {
        let text = Text::new(raw);
        text.words.iter().map(|word| Self::new(&text, word)).collect()
    }

    fn new(text: &Text, word: &Word) -> Self {
        let letters = text.word(word);
        let mut parts = vec![Vec::new()];
        let mut before: Option<&Letter> = None;
        for letter in letters {
            // In a word with an apostrophe, a gap is an apostrophe: other signs end the word.
            if word.apostrophe && before.is_some_and(|before| before.end < letter.start) {
                parts.push(Vec::new());
            }
            if let Some(part) = parts.last_mut() {
                part.push(letter.c);
            }
            before = Some(letter);
        }
        Self { parts, hyphen: word.hyphen }
    }

    /// Its parts, spelled one way.
    pub fn parts(&self, how: Spelling) -> Vec<String> {
        self.parts.iter().map(|part| spelled(part, how)).filter(|part| !part.is_empty()).collect()
    }

    /// All of it, spelled one way.
    pub fn whole(&self, how: Spelling) -> String {
        self.parts(how).concat()
    }

    /// Whether its script puts no blanks between words, so that a part of a name can begin anywhere.
    pub fn runs_on(&self) -> bool {
        let runs_on = |c: &char| {
            matches!(
                script(*c),
                Script::Han
                    | Script::Hiragana
                    | Script::Katakana
                    | Script::Hangul
                    | Script::Bopomofo
                    | Script::Thai
                    | Script::Lao
                    | Script::Khmer
                    | Script::Myanmar
            )
        };
        self.parts.iter().flatten().any(runs_on)
    }
}

fn spelled(letters: &[char], how: Spelling) -> String {
    let mut out = String::with_capacity(letters.len());
    for &c in letters {
        if c.is_ascii() {
            out.push(c);
            continue;
        }
        // `ñ` as `nxx` and `ü` as `uxx` are allowed, but reviewers do not type them.
        let zone = || replacements(c).iter().find(|spelling| !spelling.contains('x'));
        let shortest = || replacements(c).iter().min_by_key(|spelling| spelling.chars().count());
        match (how, bare(c)) {
            _ if may_be_left_out(c) => {}
            // Azerbaijani passports write it either way.
            (Spelling::Zone, _) if c == 'ə' => out.push('a'),
            _ if arabic(c).is_some() => out.extend(arabic(c)),
            (Spelling::Plain, Some(bare)) => out.push(bare),
            (Spelling::Plain, None) => match shortest() {
                Some(spelling) => out.push_str(spelling),
                None => out.push(c),
            },
            (Spelling::Zone, bare) => match (zone(), bare) {
                (Some(spelling), _) => out.push_str(spelling),
                (None, Some(bare)) => out.push(bare),
                (None, None) => out.push(c),
            },
        }
    }
    out
}

/// Whether a word can begin here, and not in the middle of a letter.
pub fn begins_letter(c: char) -> bool {
    !is_combining_mark(c)
}

/// The text with compatible forms made equal, and without invisible characters.
pub fn composed(raw: &str) -> String {
    raw.nfkc().filter(|c| !is_hidden(*c)).collect()
}

/// A phone number, in the forms in which it can be searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneForms {
    /// Country code and number, when the country is known.
    pub international: Option<String>,
    /// Without country code and trunk prefix.
    pub national: String,
    /// Whether the country code is written in the number, and not only known from elsewhere.
    pub written: bool,
}

/// Reads a phone number; `country` is where the person lives. `None` when there are too few digits.
pub fn phone_forms(raw: &str, country: Option<&str>) -> Option<PhoneForms> {
    let phone = Phone::new(raw);
    let code = phone.country.or_else(|| country.and_then(calling_code));
    let national = match phone.country {
        Some(_) => phone.digits.as_str(),
        None => phone.without_trunk(code).unwrap_or(&phone.digits),
    };
    (national.len() >= 5).then(|| PhoneForms {
        international: code.map(|code| format!("{code}{national}")),
        national: national.to_owned(),
        written: phone.country.is_some(),
    })
}
