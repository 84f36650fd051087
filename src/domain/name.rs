//! Names of reviewers, and how readers of the log tell them apart.
use unicode_normalization::UnicodeNormalization;
use unicode_security::{MixedScript, skeleton};

use super::comparison::is_hidden;

/// A name in the form in which it is compared: without differences of case, width, composition and spaces.
pub fn name_key(name: &str) -> String {
    let folded: String = name.nfkc().collect::<String>().to_lowercase();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether readers could mistake one name for the other, letters of other scripts included (UTS 39).
pub fn looks_like(one: &str, other: &str) -> bool {
    let look = |name: &str| {
        let plain = name.nfkc().collect::<String>();
        let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        [plain.clone(), plain.to_lowercase()].map(|text| skeleton(&text).collect::<String>().to_lowercase())
    };
    let ([as_written, lower], [other_written, other_lower]) = (look(one), look(other));
    as_written == other_written || lower == other_lower
}

/// Words with which the desk says what people did, next to their names.
const SAID_BY_DESK: [&str; 5] = ["countersign", "confirmed", "proposed by", "approved by", "decided by"];
/// Names that the desk writes for actors that are not reviewers.
const NOBODY: [&str; 9] = [
    "command line",
    "the command line",
    "server",
    "the server",
    "persona",
    "nobody",
    "countersign",
    "webhook",
    "system",
];

/// Why a name cannot be shown with decisions, or `None`.
pub fn name_fault(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.chars().count() > 100 || name.contains(char::is_control) {
        return Some("Give a name of 1 to 100 characters. It is shown with every decision.");
    }
    if name.chars().any(unseen) {
        return Some("The name contains an invisible character. Type it again.");
    }
    let words = name_key(name);
    if name.contains([',', ';', ':', '(', ')', '[', ']']) || SAID_BY_DESK.iter().any(|said| words.contains(said)) {
        return Some(
            "The name contains a character or a word that is not allowed. Leave out commas, semicolons, colons, brackets and words of the desk such as “countersigned”.",
        );
    }
    if NOBODY.contains(&words.as_str()) {
        return Some("The desk uses this name for itself or for Persona. Give the name of a person.");
    }
    // Word by word: people have names in two scripts, but no word mixes two.
    match name.split(' ').all(|word| word.is_single_script()) {
        true => None,
        false => Some("A word of this name mixes letters of two scripts that look alike. Type it again."),
    }
}

/// Characters that have no width, and the rest of Unicode's category Cf: marks before numbers and verses.
fn unseen(c: char) -> bool {
    is_hidden(c)
        || matches!(c,
            '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{fff9}'..='\u{fffb}'
            | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_are_one_name() {
        assert_eq!(name_key("  Maya   OKAFOR "), name_key("maya okafor"));
        assert_eq!(name_key("Ｍａｙａ Okafor"), name_key("Maya\u{a0}Okafor"));
        assert_ne!(name_key("Maya Okafor"), name_key("Maya Okafo"));
    }

    #[test]
    fn names_of_other_letters_that_look_the_same_are_one_name() {
        // All Cyrillic; one Cyrillic letter; a capital I for an l.
        for other in ["\u{41c}\u{430}\u{443}\u{430} Okafor", "Maya \u{41e}kafor", "MAYA okafor"] {
            assert!(looks_like("Maya Okafor", other), "{other}");
        }
        assert!(looks_like("Ali Berg", "AIi Berg"));
        assert!(!looks_like("Maya Okafor", "Maya Okafo") && !looks_like("Ian Berg", "Jan Berg"));
        for fine in [
            "Maya Okafor",
            "Anna O'Brien-Müller",
            "Þóra Ægisdóttir",
            "山田 太郎",
            "田中 まり子",
            "김민준",
            "Мария Иванова",
            "محمد علي",
            "अनिता",
            "Maria Иванова",
            "J. R. Smith",
        ] {
            assert_eq!(name_fault(fine), None, "{fine}");
        }
        for odd in [
            "Xia Lee, countersigned by Noor Haddad",
            "Xia (Countersigned by Noor)",
            "Xia Lee confirmed by Ada",
            "The  Server",
            "Persona",
        ] {
            assert!(name_fault(odd).is_some(), "{odd}");
        }
        for bad in ["", "Maya \u{41e}kafor", "Maya\u{200b} Okafor", "Maya Okafor\u{202e}", "Ma\u{ad}ya", "Maya\u{fe0f}"]
        {
            assert!(name_fault(bad).is_some(), "{bad:?}");
        }
    }
}
