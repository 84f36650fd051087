//! The words of an address with their field and line, and the flat numbers among them.
use super::address_fields::Address;
use super::normal::{Letter, Text};
use super::place::code;
use super::street::DesignatorKind;
use super::words::starts_with_digit;

/// A word of an address, with its position.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub letters: Vec<Letter>,
    pub text: String,
    /// The text between it and the word before.
    pub gap: String,
    pub field: AddressField,
    pub segment: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AddressField {
    Street,
    Postcode,
    City,
    Region,
    Country,
    /// One line with everything in it.
    Line,
}

pub(super) fn joined(tokens: &[Token]) -> String {
    tokens.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// Whether a hyphen or slash ties a number to the one before.
pub(super) fn tight(token: &Token) -> bool {
    matches!(token.gap.trim(), "-" | "–" | "/")
}

/// A part of a number, with the hyphen or slash before it: 2/1 is not 21.
pub(super) fn divided(token: &Token, later: bool) -> String {
    let divider = match token.gap.trim() {
        "–" => "-",
        // 10-B and 10/B are 10B.
        "-" if token.text.chars().all(char::is_alphabetic) => "",
        "/" if token.text.chars().count() == 1 && token.text.chars().all(char::is_alphabetic) => "",
        gap if later && tight(token) => gap,
        _ => "",
    };
    format!("{}{}", if later { divider } else { "" }, token.text)
}

pub(super) fn take_where(tokens: &mut Vec<Token>, test: impl Fn(&Token) -> bool) -> Vec<Token> {
    let (taken, left) = std::mem::take(tokens).into_iter().partition(|token| test(token));
    *tokens = left;
    taken
}

pub(super) fn tokens(address: &Address, raw: &str, text: &Text) -> Vec<Token> {
    let mut ends = Vec::new();
    let mut end = 0;
    for (field, of) in address.parts() {
        end += of.len();
        ends.push((field, end));
        end += 2;
    }
    let fields = [
        AddressField::Street,
        AddressField::Street,
        AddressField::Postcode,
        AddressField::City,
        AddressField::Region,
        AddressField::Country,
        AddressField::Line,
    ];
    let (mut all, mut segment, mut before, mut field_before): (Vec<Token>, usize, usize, Option<usize>) =
        (Vec::new(), 0, 0, None);
    // In Spanish America, a # comes before the number of a house.
    let country = address.country.or(address.within).and_then(code);
    let house_sign = country.is_some_and(|code| {
        matches!(code, "CO" | "MX" | "EC" | "VE" | "PE" | "CL" | "BO" | "CR" | "GT" | "HN" | "NI" | "PA" | "DO" | "SV")
    });
    for word in &text.words {
        let signs: &[&str] = match country {
            Some("ES" | "PT") => &["º", "ª"],
            // In Colombia, a street 3A is written with ª, and never with º.
            None => &["º"],
            Some(_) => &[],
        };
        let plain = (!signs.is_empty()).then(|| without_ordinal_sign(raw, text.word(word), signs));
        let letters = plain.as_deref().unwrap_or_else(|| text.word(word));
        let (Some(first), Some(last)) = (letters.first(), letters.last()) else { continue };
        let at = ends.iter().position(|(_, end)| first.start < *end).unwrap_or(ends.len().saturating_sub(1));
        let field = ends.get(at).and_then(|(field, _)| fields.get(*field)).copied().unwrap_or(AddressField::Line);
        let gap = raw.get(before..first.start).unwrap_or_default().to_owned();
        let dash =
            matches!(gap.as_str(), " - " | " – ") && !letters.first().is_some_and(|letter| letter.c.is_ascii_digit());
        let new =
            dash || gap.contains([',', ';', '\n', '、', '،']) || (field_before.is_some() && field_before != Some(at));
        segment += usize::from(new && !all.is_empty());
        // `Apt. #4` says it twice.
        let said = all.last().is_some_and(|last| last.segment == segment && DesignatorKind::of(&last.text).is_some());
        if gap.contains('#') && !said && !house_sign {
            all.push(Token { letters: Vec::new(), text: "unit".to_owned(), gap: " ".to_owned(), field, segment });
        }
        let text: String = letters.iter().map(|letter| letter.c).collect();
        // `P.zza`, `C.so`, `P.O.`: one word with a point in it.
        match all.last_mut() {
            Some(last)
                if gap == "."
                    && last.text.chars().count() == 1
                    && text.len() <= 3
                    && !starts_with_digit(&text)
                    && !starts_with_digit(&last.text) =>
            {
                last.text.push_str(&text);
                last.letters.extend_from_slice(letters);
            }
            _ => all.push(Token { letters: letters.to_vec(), text, gap, field, segment }),
        }
        (before, field_before) = (last.end, Some(at));
    }
    all
}

/// The letters without º or ª after a number: 3º B is 3 B in Spain and Portugal.
fn without_ordinal_sign(raw: &str, letters: &[Letter], signs: &[&str]) -> Vec<Letter> {
    let mut kept: Vec<Letter> = Vec::with_capacity(letters.len());
    for letter in letters {
        let sign = raw.get(letter.start..letter.end).is_some_and(|one| signs.contains(&one));
        if !(sign && kept.last().is_some_and(|last| last.c.is_ascii_digit())) {
            kept.push(*letter);
        }
    }
    kept
}

/// A number or letter that can name a flat.
pub(super) fn is_id(text: &str) -> bool {
    let length = text.chars().count();
    length <= 8 && text.contains(|c: char| c.is_ascii_digit()) || length == 1 && text.chars().all(char::is_alphabetic)
}

/// An ordinal without its ending: `3rd`, `3o`, `2e`.
pub(super) fn ordinal(text: &str) -> &str {
    const ENDS: &[&str] = &["st", "nd", "rd", "th", "eme", "er", "ª", "º"];
    let end = ENDS.iter().find(|end| {
        text.strip_suffix(**end).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
    });
    end.and_then(|end| text.strip_suffix(*end)).unwrap_or(text)
}

/// The number of an ordinal, written in figures or as an English word: `3rd`, `third`.
pub(super) fn numbered(text: &str) -> &str {
    const WORDS: [&str; 10] =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
    const FIGURES: [&str; 10] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];
    let word = WORDS.iter().position(|word| *word == text).and_then(|at| FIGURES.get(at));
    word.copied().unwrap_or_else(|| ordinal(text))
}

/// Words that say that a number follows.
pub(super) fn is_noise(text: &str) -> bool {
    matches!(text, "no" | "nr" | "num" | "numero" | "número" | "house" | "plot" | "hnr" | "дом" | "д" | "г")
}

/// Finds a designator with its number at a position: its kind, start, position of the number, end.
pub(super) fn unit_at(
    tokens: &[Token],
    at: usize,
    country: Option<&str>,
) -> Option<(DesignatorKind, usize, usize, usize)> {
    let token = tokens.get(at).filter(|token| matches!(token.field, AddressField::Street | AddressField::Line))?;
    let kind = DesignatorKind::within(&token.text, country)?;
    let same = |other: usize| tokens.get(other).filter(|other| other.segment == token.segment);
    // `First floor`; in `12 First Fl 3` it is the name of the street.
    if kind == DesignatorKind::Floor
        && at > 0
        && same(at - 1).is_some_and(|before| !starts_with_digit(&before.text) && numbered(&before.text) != before.text)
    {
        let number = |at: usize| same(at).is_some_and(|one| starts_with_digit(&one.text));
        if !(at > 1 && number(at - 2) && number(at + 1)) {
            return Some((kind, at - 1, at - 1, at + 1));
        }
    }
    // `3rd floor`, `2. OG`.
    if kind == DesignatorKind::Floor
        && at > 0
        && same(at - 1).is_some_and(|before| {
            starts_with_digit(&before.text)
                && (ordinal(&before.text) != before.text || token.gap.starts_with(['.', '°', 'º']))
        })
    {
        return Some((kind, at - 1, at - 1, at + 1));
    }
    let number = (at + 1..).find(|next| same(*next).is_none_or(|next| !is_noise(&next.text)))?;
    let id = same(number).filter(|id| is_id(&id.text))?;
    if kind != DesignatorKind::Box && !starts_with_digit(&id.text) && token.text.len() < 3 {
        return None;
    }
    let mut from = at;
    if kind == DesignatorKind::Box {
        while from > 0
            && same(from - 1).is_some_and(|before| matches!(before.text.as_str(), "p" | "o" | "po" | "post" | "office"))
        {
            from -= 1;
        }
    }
    let mut to = number + 1;
    while same(to).is_some_and(|next| tight(next) && is_id(&next.text)) {
        to += 1;
    }
    let letter = same(to).is_some_and(|next| {
        let alone = next.text.len() == 1 && next.text.chars().all(char::is_alphabetic);
        // A second number is not part of the first: 1 2 is not 12.
        starts_with_digit(&id.text) && alone && next.gap.trim().is_empty() && same(to + 1).is_none()
    });
    Some((kind, from, number, to + usize::from(letter)))
}
