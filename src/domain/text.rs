//! Persona's snake_case and kebab-case names as words, and text as the desk compares it.
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// `id_expired_detection` → `Id expired detection`; `needs_review` → `Needs review`.
pub fn words(name: &str) -> String {
    let spaced = name.replace(['_', '-', '/'], " ");
    let mut letters = spaced.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// Without NUL, which no database column of ours can hold; replaced rather than dropped, so that it is seen.
pub fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// For comparing what a person typed with what a document says: case, punctuation and repeated blanks do not count.
pub fn folded(text: &str) -> String {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Words as one types them in a hurry: small, without accents, apostrophes and hyphens being blanks.
pub fn bare(text: &str) -> String {
    let plain: String = text
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        // These have no accent that could be taken off.
        .map(|c| match c {
            'ł' => 'l',
            'ø' => 'o',
            'đ' | 'ð' => 'd',
            'ı' => 'i',
            c => c,
        })
        .collect();
    folded(&plain)
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

/// All but the last four characters hidden.
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
    fn folding_ignores_case_and_punctuation() {
        assert_eq!(folded("14 Marina Rd., LAGOS"), folded("14 marina rd lagos"));
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
