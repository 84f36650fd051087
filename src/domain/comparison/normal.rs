//! Text as letters and words that can be compared, each letter with its place in the original.
//!
//! Sources: Unicode UAX 15 (NFKC), chapter 3.13 of the standard (full case folding), UAX 29 (marks and format characters
//! belong to the word), UCD `DerivedCoreProperties.txt` (`Default_Ignorable_Code_Point`), UAX 24 (scripts).
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};

/// One letter, digit or mark after normalising, with its bytes in the original.
#[derive(Debug, Clone, Copy)]
pub(super) struct Letter {
    pub c: char,
    pub start: usize,
    pub end: usize,
}

/// One word: a run of letters, digits and marks.
#[derive(Debug, Clone)]
pub(super) struct Word {
    /// Which letters.
    pub letters: Range<usize>,
    /// Whether a hyphen comes before it.
    pub hyphen: bool,
    /// Whether it contains an apostrophe or a middle dot.
    pub apostrophe: bool,
}

/// A text, normalised.
#[derive(Debug, Clone, Default)]
pub(super) struct Text {
    pub letters: Vec<Letter>,
    pub words: Vec<Word>,
    /// The first character that a reader cannot see.
    pub hidden: Option<char>,
    /// Pictures and other signs that are neither letters nor punctuation, in order.
    pub signs: Vec<char>,
    /// A letter was lost on the way and replaced by U+FFFD.
    pub lost: bool,
    /// Whether all letters come before U+0250, so that they can only be Latin.
    pub latin: bool,
}

impl Text {
    pub fn new(raw: &str) -> Self {
        let mut text = Self { letters: Vec::with_capacity(raw.len()), latin: true, ..Self::default() };
        let mut open = OpenWord::default();
        let mut chars = raw.char_indices().peekable();
        let mut group = String::new();
        while let Some((start, c)) = chars.next() {
            let mut end = start + c.len_utf8();
            let alone = chars.peek().is_none_or(|(_, next)| next.is_ascii());
            if c.is_ascii() && alone {
                text.take(c.to_ascii_lowercase(), start..end, &mut open);
                continue;
            }
            if alone && is_composed_latin(c) {
                for c in fold(c) {
                    text.take(c, start..end, &mut open);
                }
                continue;
            }
            group.clear();
            if is_hidden(c) {
                text.hidden.get_or_insert(c);
            } else {
                group.push(c);
            }
            while let Some(&(at, next)) = chars.peek() {
                if is_hidden(next) {
                    text.hidden.get_or_insert(next);
                } else if joins(next) {
                    group.push(next);
                } else {
                    break;
                }
                end = at + next.len_utf8();
                chars.next();
            }
            // Before normalising, which would turn some of them into a blank and an accent.
            if group.chars().count() == 1 && is_apostrophe(c) {
                text.take('\'', start..end, &mut open);
                continue;
            }
            // A raised digit is not a digit of a number, and ½ after 12 does not make 121.
            if group.chars().count() == 1 && is_raised(c) {
                text.take(c, start..end, &mut open);
                continue;
            }
            if is_fraction(c) {
                text.close(&mut open);
            }
            for c in group.nfkc().flat_map(fold).nfc() {
                text.take(digit(c), start..end, &mut open);
            }
        }
        text.close(&mut open);
        text
    }

    fn take(&mut self, c: char, at: Range<usize>, open: &mut OpenWord) {
        if is_apostrophe(c) {
            open.apostrophe = open.from.is_some();
        } else if is_combining_mark(c) && open.from.is_none() {
            // A mark without a letter before it is no word.
        } else if c.is_alphanumeric() || is_combining_mark(c) {
            open.from.get_or_insert(self.letters.len());
            self.latin &= c < '\u{250}';
            self.letters.push(Letter { c, start: at.start, end: at.end });
            self.order_thai(open);
        } else {
            self.close(open);
            open.hyphen |= is_hyphen(c);
            self.lost |= c == '\u{fffd}';
            if is_sign(c) {
                self.signs.push(c);
            }
        }
    }

    /// Puts the tone mark last: a tone mark and a nikhahit are typed in either order and look the same (Unicode
    /// Standard, chapter 16.1).
    fn order_thai(&mut self, open: &OpenWord) {
        let start = open.from.unwrap_or_default();
        if let Some([before, last]) = self.letters.get_mut(start..).and_then(<[Letter]>::last_chunk_mut::<2>)
            && matches!((before.c, last.c), ('\u{e48}'..='\u{e4b}', '\u{e4d}') | ('\u{ec8}'..='\u{ecb}', '\u{ecd}'))
        {
            std::mem::swap(&mut before.c, &mut last.c);
        }
    }

    fn close(&mut self, open: &mut OpenWord) {
        if let Some(from) = open.from.take() {
            let hyphen = open.hyphen && !self.words.is_empty();
            self.words.push(Word { letters: from..self.letters.len(), hyphen, apostrophe: open.apostrophe });
            *open = OpenWord::default();
        }
    }

    pub fn word(&self, word: &Word) -> &[Letter] {
        self.letters.get(word.letters.clone()).unwrap_or_default()
    }

    /// The scripts of the letters; digits and common marks have none.
    pub fn scripts(&self) -> Vec<Script> {
        scripts_of(&self.letters)
    }

    /// A word that mixes scripts which no language writes in one word, such as Latin and Cyrillic (UTS 39).
    pub fn mixed(&self) -> Option<(Script, Script)> {
        self.words.iter().find_map(|word| {
            let mut alphabets = self.word(word).iter().map(|letter| script(letter.c)).filter(|script| {
                matches!(script, Script::Latin | Script::Cyrillic | Script::Greek | Script::Armenian | Script::Cherokee)
            });
            let first = alphabets.next()?;
            alphabets.find(|other| *other != first).map(|other| (first, other))
        })
    }
}

/// The scripts of some letters, each once.
pub(super) fn scripts_of<'a>(letters: impl IntoIterator<Item = &'a Letter>) -> Vec<Script> {
    let mut all = Vec::new();
    for letter in letters {
        let script = script(letter.c);
        if script != Script::Common && script != Script::Inherited && !all.contains(&script) {
            all.push(script);
        }
    }
    all
}

/// The word that is being read.
#[derive(Default)]
struct OpenWord {
    from: Option<usize>,
    hyphen: bool,
    apostrophe: bool,
}

pub(super) fn script(c: char) -> Script {
    if c.is_ascii() {
        return if c.is_ascii_alphabetic() { Script::Latin } else { Script::Common };
    }
    c.script()
}

/// Letters that belong to the character before: marks, the later parts of a Hangul syllable, halfwidth voicing marks.
fn joins(c: char) -> bool {
    is_combining_mark(c) || matches!(c, '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7fb}' | '\u{ff9e}' | '\u{ff9f}')
}

/// Letters of Latin-1 and Latin Extended-A that normalising leaves as they are.
fn is_composed_latin(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{17e}') && !matches!(c, '×' | '÷' | 'ĳ' | 'Ĳ' | 'Ŀ' | 'ŀ' | 'ŉ' | 'İ')
}

/// Full case folding with the standard library: to upper case, and that to lower case. It differs from
/// `CaseFolding.txt` in two letters on purpose: ß and ı stay, because their other spellings are named as a reason.
fn fold(c: char) -> impl Iterator<Item = char> {
    let kept = match c {
        'ß' | 'ẞ' => Some('ß'),
        'ı' => Some('ı'),
        // Romanian, in old encodings with a cedilla.
        'ș' | 'Ș' => Some('ş'),
        'ț' | 'Ț' => Some('ţ'),
        c if c.is_ascii() => Some(c.to_ascii_lowercase()),
        _ => None,
    };
    let folded = kept.is_none().then(|| c.to_uppercase().flat_map(char::to_lowercase));
    kept.into_iter().chain(folded.into_iter().flatten())
}

/// The digit of another script (general category Nd) as 0 to 9.
fn digit(c: char) -> char {
    const ZEROS: &[u32] = &[
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20,
        0x1040, 0x17e0, 0x1810,
    ];
    if (c as u32) < 0x660 {
        return c;
    }
    let value = ZEROS.iter().find_map(|zero| (c as u32).checked_sub(*zero).filter(|value| *value < 10));
    value.and_then(|value| char::from_digit(value, 10)).unwrap_or(c)
}

/// Apostrophes, and the marks that are typed for one; a machine-readable zone omits them (ICAO Doc 9303 part 3, 4.6).
fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '`'
            | '´'
            | '‘'
            | '’'
            | '‛'
            | '′'
            | 'ʹ'
            | 'ʻ'
            | 'ʼ'
            | 'ʽ'
            | 'ʾ'
            | 'ʿ'
            | 'ˈ'
            | '＇'
            | '׳'
            | '״'
            | '·'
            | '‧'
    )
}

/// Superscript and subscript digits (general category No).
fn is_raised(c: char) -> bool {
    matches!(c, '¹' | '²' | '³' | '\u{2070}' | '\u{2074}'..='\u{2079}' | '\u{2080}'..='\u{2089}')
}

/// `½` and the like, whose compatible form is `1⁄2`.
fn is_fraction(c: char) -> bool {
    matches!(c, '¼' | '½' | '¾' | '\u{2150}'..='\u{215f}' | '\u{2189}')
}

/// Pictures, arrows, dingbats, braille, and characters of private use (general categories So and Co): no writing system
/// has them in names.
fn is_sign(c: char) -> bool {
    matches!(
        c,
        '©' | '®' | '\u{2190}'..='\u{2bff}' | '\u{3012}' | '\u{3020}' | '\u{e000}'..='\u{f8ff}' | '\u{fffc}'
            | '\u{1f000}'..='\u{1faff}' | '\u{f0000}'..='\u{10ffff}'
    )
}

pub(super) fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '‐' | '‑' | '‒' | '–' | '—' | '−' | '־' | '－' | '﹣')
}

/// Invisible characters: `Default_Ignorable_Code_Point`, which includes the direction marks.
pub(in crate::domain) const fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The words of a text as short strings, for tables of abbreviations and the like.
pub(super) fn plain_words(raw: &str) -> Vec<String> {
    let text = Text::new(raw);
    text.words.iter().map(|word| text.word(word).iter().map(|letter| letter.c).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(raw: &str) -> Vec<String> {
        plain_words(raw)
    }

    #[test]
    fn marks_belong_to_the_word() {
        assert_eq!(words("राम्या शर्मा").len(), 2);
        assert_eq!(words("கார்த்திக்").len(), 1);
    }

    #[test]
    fn composed_and_decomposed_are_alike() {
        for name in ["José Núñez", "한국어", "ガギグ", "Ἀθῆναι", "বাংলা ো", "ﬁ Ǆ"] {
            for form in
                [name.nfc().collect::<String>(), name.nfd().collect(), name.nfkc().collect(), name.nfkd().collect()]
            {
                assert_eq!(words(&form), words(name), "{name}");
            }
        }
    }

    #[test]
    fn hidden_characters_are_dropped_and_remembered() {
        let text = Text::new("An\u{200d}na\u{202e}");
        assert_eq!(text.hidden, Some('\u{200d}'));
        assert_eq!(words("An\u{200b}na"), ["anna"]);
    }

    #[test]
    fn folding_is_the_full_one_of_unicode_but_for_two_letters() {
        let ours = |c: char| c.nfkc().flat_map(fold).nfc().collect::<String>();
        let theirs = |c: char| caseless::default_case_fold_str(&c.nfkc().collect::<String>());
        let again = |text: &str| text.chars().flat_map(fold).nfc().collect::<String>();
        // After these, only the named ranges have letters with case.
        let cased = ('\u{20}'..='\u{2fff}').chain('\u{a640}'..='\u{abff}').chain('\u{f900}'..='\u{1efff}');
        for c in cased.filter(|c| !is_hidden(*c)) {
            let plain = |text: String| text.replace('ß', "ss").replace('ı', "i");
            assert_eq!(plain(ours(c)), plain(again(&theirs(c))), "{c} U+{:04X}", c as u32);
        }
    }

    #[test]
    fn no_word_of_unicode_is_cut_but_at_punctuation() {
        use unicode_segmentation::UnicodeSegmentation;
        for name in ["राम्या शर्मा", "கார்த்திக்", "José Núñez", "สมชาย ใจดี", "Иван Петрович", "محمد بن علي", "ඊශ්වර", "ខ្មែរ"]
        {
            let text = Text::new(name);
            for word in &text.words {
                let inside = text.word(word);
                let (start, end) = (inside[0].start, inside[inside.len() - 1].end);
                assert!(
                    name.unicode_word_indices()
                        .all(|(at, w)| at + w.len() <= start || at >= end || (at >= start && at + w.len() <= end))
                );
            }
        }
    }
}
