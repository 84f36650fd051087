//! Values that mean “no value”: what forms, systems and clerks write when there is none.
//!
//! Sources: ISO 3166-1 (user-assigned XX and ZZ) and the Unicode CLDR (ZZ, unknown region); ICAO Doc 9303 part 3, 5 (XXX, unspecified);
//! ISO 8601 and SQL (the first and the last date that a field can hold); US Department of State, 9 FAM 403.9 (FNU, LNU).
use super::normal::Text;
use super::outcome::Outcome;

/// Words that mean “no value”, each without blanks.
const WORDS: &[&str] = &[
    "unknown",
    "notknown",
    "na",
    "notavailable",
    "notapplicable",
    "notprovided",
    "notgiven",
    "none",
    "null",
    "nil",
    "undefined",
    "redacted",
    "unbekannt",
    "inconnu",
    "desconocido",
    "sconosciuto",
    "desconhecido",
    "onbekend",
    "okänd",
    "неизвестно",
    "不明",
    "不详",
];

/// Whether a value says that there is none: `N/A`, `Unknown`, `[REDACTED]`, `000000`, `XXX`.
pub(super) fn says_nothing(text: &Text) -> bool {
    // No entry of the list is longer.
    if text.letters.is_empty() || text.letters.len() > 32 {
        return false;
    }
    let all = |wanted: char| text.letters.iter().all(|letter| letter.c == wanted);
    all('0')
        || (text.letters.len() > 2 && all('x'))
        || WORDS.iter().any(|word| word.chars().eq(text.letters.iter().map(|letter| letter.c)))
}

/// The outcome when one of the two is not a value.
pub(super) fn nothing(a: &Text, b: &Text) -> Option<Outcome> {
    let found = [a, b].into_iter().find(|text| says_nothing(text))?;
    let shown: String = found.letters.iter().map(|letter| letter.c).collect();
    Some(Outcome::not_comparable(format!("“{}” means “no value”", shown.to_uppercase())))
}

/// The same for a country: NA is Namibia, N/A is not.
pub(super) fn no_country(raw: &str, text: &Text) -> bool {
    let is = |code: &str| code.chars().eq(text.letters.iter().map(|letter| letter.c));
    is("zz") || is("xx") || (says_nothing(text) && (!is("na") || raw.contains(['/', '.', '\\'])))
}
