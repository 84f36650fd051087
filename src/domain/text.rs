//! Persona's snake_case and kebab-case names as words, and text in the form in which the desk compares and shows it.
use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::comparison::is_hidden;

/// Longest text that a page or a document shows whole, and the longest title or heading. Persona gives no limit.
pub const LONGEST_SHOWN: usize = 10_000;
pub const LONGEST_HEADING: usize = 300;

/// `id_expired_detection` → `Id expired detection`; `needs_review` → `Needs review`.
pub fn words(name: &str) -> String {
    let spaced = name.replace(['_', '-', '/'], " ");
    let mut letters = spaced.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// The text without NUL, which no database column of the desk can hold. NUL is replaced rather than dropped, so that it
/// is seen.
pub fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Cuts a text that is too long to be shown, and adds its length and its fingerprint: a person who has the whole text
/// can check that it is the same. Counted in UTF-16 units, like the programs that set the limits.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let mut units = 0;
    let cut = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > most
    });
    let Some(begin) = cut.and_then(|(at, _)| text.get(..at)) else { return Cow::Borrowed(text) };
    let (length, whole) = (text.chars().count(), hex::encode(Sha256::digest(text)));
    Cow::Owned(format!("{begin}… [cut here: {length} characters in all; SHA-256 of the whole: {whole}]"))
}

/// Shortens a text in place, for pages.
pub fn shorten(text: &mut String) {
    if let Cow::Owned(short) = shortened(text, LONGEST_SHOWN) {
        *text = short;
    }
}

/// Characters that reverse the order of letters, or that are invisible: `Default_Ignorable_Code_Point` and the empty
/// braille pattern. Joiners and variation selectors are not among them: names in many scripts and emoji need them.
const fn deceives(c: char) -> bool {
    let needed = matches!(
        c,
        '\u{200c}' | '\u{200d}' | '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}'
    );
    (is_hidden(c) || c == BLANK_BRAILLE) && !needed
}

/// Looks like a space, but counts as a letter for everything that only asks for spaces.
const BLANK_BRAILLE: char = '\u{2800}';

fn write_marked(c: char, into: &mut String) {
    if deceives(c) {
        into.push_str(&format!("[U+{:04X}]", u32::from(c)));
    } else {
        into.push(c);
    }
}

/// The text with characters that reverse or hide text written as their numbers, `[U+202E]`; `None` when it has none.
pub fn marked(text: &str) -> Option<String> {
    // Such characters are longer than a byte, and most texts have none, so this is checked first.
    if text.is_ascii() || !text.chars().any(deceives) {
        return None;
    }
    let mut shown = String::with_capacity(text.len() + 8);
    text.chars().for_each(|c| write_marked(c, &mut shown));
    Some(shown)
}

/// A name as pages, titles and files show it: characters that reverse or hide text are written as their numbers, `[U+202E]`. `None`
/// when there is nothing to see.
pub fn visible(name: &str) -> Option<String> {
    let seen = |c: char| !c.is_whitespace() && !c.is_control() && !is_hidden(c) && c != BLANK_BRAILLE;
    if !name.chars().any(seen) {
        return None;
    }
    let mut shown = String::with_capacity(name.len());
    name.chars().for_each(|c| write_marked(c, &mut shown));
    Some(shown)
}

/// The form in which a typed text is compared with a document: case, punctuation and repeated spaces do not count.
pub fn folded(text: &str) -> String {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// `1 match`, `2 matches`.
pub fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Initials for a round mark: `Mara Oyelaran` → `MO`.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// Hides all but the last four characters; of short values, all.
pub fn masked(text: &str) -> String {
    let letters = text.chars().count();
    let shown = if letters > 6 { 4 } else { 0 };
    let tail: String = text.chars().skip(letters - shown).collect();
    format!("••••{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        assert_eq!(words("needs_review"), "Needs review");
        assert_eq!(words("politically-exposed-person"), "Politically exposed person");
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        assert_eq!(shortened("Größe", 5), "Größe");
        let cut = shortened("Größer", 5).into_owned();
        assert!(cut.starts_with("Größe… [cut here: 6 characters in all; SHA-256 of the whole: "), "{cut}");
        assert!(cut.contains(&hex::encode(Sha256::digest("Größer"))));
        assert!(shortened("👩👩👩", 5).starts_with("👩👩…"), "two units each, and none is halved");
    }

    #[test]
    fn folding_ignores_case_and_punctuation() {
        assert_eq!(folded("14 Marina Rd., LAGOS"), folded("14 marina rd lagos"));
    }

    #[test]
    fn a_name_shows_what_would_reverse_or_hide_it() {
        assert_eq!(visible("Mallory \u{202e}gnitset").as_deref(), Some("Mallory [U+202E]gnitset"));
        assert_eq!(visible("An\u{200b}na").as_deref(), Some("An[U+200B]na"));
        assert_eq!(visible("An\u{3164}na \u{2800}").as_deref(), Some("An[U+3164]na [U+2800]"));
        assert_eq!(visible("Anna\u{e0041}\u{e007f}").as_deref(), Some("Anna[U+E0041][U+E007F]"));
        assert_eq!(visible("\u{115f}Anna\u{34f}").as_deref(), Some("[U+115F]Anna[U+034F]"));
        for same in ["葛\u{e0100}城", "❤\u{fe0f}", "Mara Oyelaran", "نرگس‌خاتون", "क्‍ष", "👩‍👩‍👧"]
        {
            assert_eq!(visible(same).as_deref(), Some(same));
        }
        for nothing in [
            "",
            " ",
            "\u{2800} \u{2800}",
            "\u{3164}",
            "\u{e0041}\u{e0042}",
            "\u{200b}\u{200d}\u{feff}",
            "\u{202e}\u{202c}",
            "\t\n",
        ] {
            assert_eq!(visible(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn initials_of_any_script() {
        assert_eq!(initials("Mara Oyelaran"), "MO");
        assert_eq!(initials("李 小龙"), "李小");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn short_values_are_hidden_whole() {
        assert_eq!(masked("12345"), "••••");
        assert_eq!(masked("D8841207"), "••••1207");
    }
}
