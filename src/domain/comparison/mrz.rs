//! Cyrillic and Arabic names as a machine-readable zone spells them.
//!
//! Source: ICAO Doc 9303 part 3 (8th edition, 2021), section 6.B with its exceptions by language, and 6.C with its notes 2
//! (teh marbuta) and 3 (shadda doubles). Ь, Ѓ, Ћ and lower-case letters are absent from 6.B: Ь is left out as Russian and
//! Ukrainian passports do (orders 996/2019 and 55/2010), Ѓ is GJ and Ћ is C, as 6.B means with the wrong code points.
use super::normal::{Letter, Text};

/// The languages for which 6.B has exceptions, and Bulgarian by its own law of 2009 (State Gazette 19/2009).
const LANGUAGES: &[Language] = &[
    Language::Russian,
    Language::Ukrainian,
    Language::Belarusian,
    Language::Bulgarian,
    Language::BulgarianByLaw,
    Language::Serbian,
    Language::Macedonian,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Russian,
    Ukrainian,
    Belarusian,
    Bulgarian,
    BulgarianByLaw,
    Serbian,
    Macedonian,
}

/// The Latin spellings of a Cyrillic text, one for each language.
pub(super) fn cyrillic(text: &Text) -> impl Iterator<Item = Text> {
    LANGUAGES.iter().map(|language| spelled(text, |c, first, _| cyrillic_letter(c, *language, first)))
}

/// The Latin spelling of an Arabic text.
pub(super) fn arabic(text: &Text) -> Text {
    let mut before = String::new();
    spelled(text, |c, _, last| {
        if c == '\u{651}' {
            return Some(before.clone());
        }
        let latin = arabic_letter(c, last)?;
        if !latin.is_empty() {
            latin.clone_into(&mut before);
        }
        Some(latin.to_owned())
    })
}

/// The text with each letter written in another way; positions stay those of the original.
fn spelled<S: AsRef<str>>(text: &Text, mut of: impl FnMut(char, bool, bool) -> Option<S>) -> Text {
    let mut all = Text { hidden: text.hidden, ..Text::default() };
    for word in &text.words {
        let from = all.letters.len();
        let inside = text.word(word);
        for (at, letter) in inside.iter().enumerate() {
            match of(letter.c, at == 0, at + 1 == inside.len()) {
                Some(latin) => all.letters.extend(latin.as_ref().chars().map(|c| Letter { c, ..*letter })),
                None => all.letters.push(*letter),
            }
        }
        all.words.push(super::normal::Word { letters: from..all.letters.len(), ..word.clone() });
    }
    all
}

fn cyrillic_letter(c: char, language: Language, first: bool) -> Option<&'static str> {
    use Language::{Belarusian, Bulgarian, BulgarianByLaw, Macedonian, Russian, Serbian, Ukrainian};
    let bulgarian = matches!(language, Bulgarian | BulgarianByLaw);
    let ukrainian_start = language == Ukrainian && first;
    Some(match c {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' if matches!(language, Belarusian | Ukrainian) => "h",
        'г' | 'ґ' => "g",
        'д' | 'ђ' => "d",
        'ё' if language == Belarusian => "io",
        'е' | 'ё' | 'э' => "e",
        'є' if ukrainian_start => "ye",
        'є' => "ie",
        'ж' if language == Serbian => "z",
        'ж' => "zh",
        'з' => "z",
        'и' if language == Ukrainian => "y",
        'й' if ukrainian_start || language == BulgarianByLaw => "y",
        'ї' if ukrainian_start => "yi",
        'и' | 'й' | 'і' | 'ї' => "i",
        'ј' => "j",
        'к' => "k",
        'ќ' if language == Macedonian => "kj",
        'ќ' => "k",
        'л' => "l",
        'љ' => "lj",
        'м' => "m",
        'н' => "n",
        'њ' => "nj",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'ћ' => "c",
        'у' | 'ў' => "u",
        'ф' => "f",
        'х' if matches!(language, Serbian | Macedonian | BulgarianByLaw) => "h",
        'х' => "kh",
        'ц' if matches!(language, Serbian | Macedonian) => "c",
        'ц' => "ts",
        'ч' if language == Serbian => "c",
        'ч' => "ch",
        'џ' if language == Macedonian => "dj",
        'џ' | 'ѕ' => "dz",
        'ш' if language == Serbian => "s",
        'ш' => "sh",
        'щ' if bulgarian => "sht",
        'щ' => "shch",
        'ъ' if language == BulgarianByLaw => "a",
        'ъ' => "ie",
        'ы' => "y",
        'ь' if language == BulgarianByLaw => "y",
        'ь' if language == Russian || language == Ukrainian || language == Belarusian => "",
        'ю' if ukrainian_start || language == BulgarianByLaw => "yu",
        'ю' => "iu",
        'я' if ukrainian_start || language == BulgarianByLaw => "ya",
        'я' => "ia",
        'ѓ' => "gj",
        _ => return None,
    })
}

fn arabic_letter(c: char, last: bool) -> Option<&'static str> {
    Some(match c {
        'ء' => "xe",
        'آ' => "xaa",
        'أ' => "xae",
        'ؤ' => "u",
        'إ' => "i",
        'ئ' => "xi",
        'ا' => "a",
        'ب' => "b",
        'ة' if last => "xah",
        'ة' => "xta",
        'ت' => "t",
        'ث' => "xth",
        'ج' => "j",
        'ح' => "xh",
        'خ' => "xkh",
        'د' => "d",
        'ذ' => "xdh",
        'ر' => "r",
        'ز' => "z",
        'س' => "s",
        'ش' => "xsh",
        'ص' => "xss",
        'ض' => "xdz",
        'ط' => "xtt",
        'ظ' => "xzz",
        'ع' => "e",
        'غ' => "g",
        'ف' => "f",
        'ق' => "q",
        'ك' => "k",
        'ل' => "l",
        'م' => "m",
        'ن' => "n",
        'ه' => "h",
        'و' => "w",
        'ى' => "xay",
        'ي' => "y",
        'ٱ' => "xxa",
        'ٹ' => "xxt",
        'پ' => "p",
        'چ' => "xc",
        'ڈ' => "xxd",
        'ڑ' => "xxr",
        'ژ' => "xj",
        'ڤ' => "v",
        'ک' => "xkk",
        'گ' => "xgg",
        'ں' => "xnn",
        'ھ' => "xdo",
        'ہ' => "xxg",
        'ۃ' => "xtg",
        'ی' => "xya",
        'ې' => "y",
        'ے' => "xyb",
        'ۓ' => "xbe",
        '\u{640}' | '\u{64b}'..='\u{650}' | '\u{652}' | '\u{670}' => "",
        _ => return None,
    })
}
