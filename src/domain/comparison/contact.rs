//! Phone numbers and e-mail addresses.
//!
//! Sources: ITU-T E.164 (country codes), E.123 (how numbers are written, the trunk prefix in brackets); RFC 5321 sections 2.4 and
//! 4.1.2 (the domain's letter case means nothing).
use unicode_normalization::UnicodeNormalization;

use super::normal::{Text, is_hidden};
use super::outcome::{Compared, Outcome, Side, hidden};
use super::place::{calling_code, calling_code_of};

pub(super) struct Phone {
    /// Country code, when it is written.
    pub country: Option<&'static str>,
    /// Digits after the country code, without a trunk prefix.
    pub digits: String,
    extension: String,
}

/// Countries that keep the 0 after the country code: Italy, San Marino, Ivory Coast, Gabon, Congo.
const KEEP_ZERO: &[&str] = &["39", "378", "225", "241", "242"];

impl Phone {
    pub fn new(raw: &str) -> Self {
        // A comma, a semicolon or a # separates the number from what is dialled after it.
        let digit = raw.find(char::is_numeric).unwrap_or_default();
        let pause =
            raw.get(digit..).and_then(|rest| rest.find([',', ';', '#', '＃'])).map_or(raw.len(), |at| digit + at);
        let (raw, behind) = raw.split_at(pause);
        let plain: String = Text::new(raw).letters.iter().map(|letter| letter.c).collect();
        let split = plain.find(['x', 'e']).filter(|at| plain[..*at].bytes().all(|b| b.is_ascii_digit()));
        let digits_of = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let (main, extension) = split.map_or((plain.as_str(), ""), |at| plain.split_at(at));
        let behind: String = Text::new(behind).letters.iter().map(|letter| letter.c).collect();
        let (main, extension) = (digits_of(main), digits_of(extension) + &digits_of(&behind));
        let composed: String = raw.nfkc().filter(|c| !is_hidden(*c)).collect();
        let plus = composed.trim_start().trim_start_matches('(').starts_with('+');
        let abroad = if plus {
            Some(main.as_str())
        } else {
            main.strip_prefix("00").or_else(|| main.strip_prefix("011").filter(|rest| rest.len() > 9))
        };
        let country = abroad.and_then(calling_code_of);
        let digits = match (abroad, country) {
            (Some(all), Some(code)) => {
                let national = all.get(code.len()..).unwrap_or_default();
                let trunk = composed.contains("(0)") || !KEEP_ZERO.contains(&code);
                national.strip_prefix('0').filter(|_| trunk).unwrap_or(national).to_owned()
            }
            _ => main.clone(),
        };
        Self { country, digits, extension }
    }

    /// The digits without the prefix that is dialled only inside the country: 0, in Russia and Kazakhstan 8, in Hungary 06.
    pub fn without_trunk(&self, code: Option<&str>) -> Option<&str> {
        match code {
            Some("36") => self.digits.strip_prefix("06"),
            Some("7") => self.digits.strip_prefix('8'),
            Some("1") => self.digits.strip_prefix('1'),
            Some(code) if KEEP_ZERO.contains(&code) => None,
            _ => self.digits.strip_prefix('0'),
        }
    }
}

/// Compares two phone numbers. `country` is where the person lives; it gives the country code that one side left out.
pub fn phone(a: &str, b: &str, country: Option<&str>) -> Compared {
    let (text_a, text_b) = (Text::new(a), Text::new(b));
    let (x, y) = (Phone::new(a), Phone::new(b));
    let zeros = |phone: &Phone| phone.digits.bytes().all(|b| b == b'0');
    let outcome = if x.digits.len() < 5 || y.digits.len() < 5 {
        Outcome::not_comparable("too short for a phone number")
    } else if zeros(&x) || zeros(&y) {
        Outcome::not_comparable("only zeros, which are not a phone number")
    } else {
        match (x.country, y.country) {
            (Some(m), Some(n)) if m != n => Outcome::differs("another country code"),
            (Some(_), Some(_)) | (None, None) => alike(&x, &y, country.and_then(calling_code)),
            (Some(code), None) => half(&x, &y, code, Side::Document, country),
            (None, Some(code)) => half(&y, &x, code, Side::Submitted, country),
        }
    };
    let outcome = match (x.extension.as_str(), y.extension.as_str()) {
        (m, n) if m == n => outcome,
        ("", _) => outcome.and(Outcome::lacks(Side::Submitted, "has no extension")),
        (_, "") => outcome.and(Outcome::lacks(Side::Document, "has no extension")),
        _ => outcome.and(Outcome::differs("another extension")),
    };
    let written = |text: &Text| text.letters.iter().map(|letter| letter.c).collect::<String>();
    let outcome = if outcome == Outcome::Same && written(&text_a) != written(&text_b) {
        outcome.noting("prefix written differently".to_owned())
    } else {
        outcome
    };
    Compared::marked(hidden(&text_a, &text_b, outcome), &text_a, &text_b)
}

fn alike(x: &Phone, y: &Phone, code: Option<&str>) -> Outcome {
    let trunk = |x: &Phone, y: &Phone| x.without_trunk(code) == Some(y.digits.as_str());
    if x.digits == y.digits {
        Outcome::Same
    } else if x.country.is_none() && (trunk(x, y) || trunk(y, x)) {
        Outcome::written(vec!["trunk prefix left out".to_owned()])
    } else {
        Outcome::differs("")
    }
}

/// Compares a number that has a country code with one that has none.
fn half(full: &Phone, bare: &Phone, code: &str, side: Side, country: Option<&str>) -> Outcome {
    if bare.digits.strip_prefix(code) == Some(full.digits.as_str()) {
        return Outcome::written(vec!["+ left out".to_owned()]);
    }
    if bare.digits != full.digits && bare.without_trunk(Some(code)) != Some(full.digits.as_str()) {
        return Outcome::differs("");
    }
    if country.and_then(calling_code) == Some(code) {
        return Outcome::written(vec![format!("country code +{code} left out")]);
    }
    Outcome::lacks(side, format!("has no country code, +{code}"))
}

/// Compares two e-mail addresses. Dots and plus signs count.
pub fn email(a: &str, b: &str) -> Compared {
    let (text_a, text_b) = (Text::new(a), Text::new(b));
    let clean = |raw: &str| raw.nfkc().filter(|c| !is_hidden(*c)).collect::<String>().trim().to_owned();
    let (x, y) = (clean(a), clean(b));
    let outcome = match (x.rsplit_once('@'), y.rsplit_once('@')) {
        _ if x.is_empty() || y.is_empty() => Outcome::not_comparable("there is no address"),
        (None, _) | (_, None) => Outcome::not_comparable("not an e-mail address"),
        _ if x == y => Outcome::Same,
        (Some((local_a, domain_a)), Some((local_b, domain_b))) => {
            if domain_a.to_lowercase() != domain_b.to_lowercase() {
                Outcome::differs("")
            } else if local_a == local_b {
                Outcome::Same
            } else if local_a.to_lowercase() == local_b.to_lowercase() {
                Outcome::written(vec!["capitals before the @, which almost no provider distinguishes".to_owned()])
            } else {
                Outcome::differs("")
            }
        }
    };
    Compared::marked(hidden(&text_a, &text_b, outcome), &text_a, &text_b)
}
