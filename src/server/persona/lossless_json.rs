//! Persona's bytes as JSON that can be read without loss. The reader refuses or cuts two things that JSON allows: one
//! half of a surrogate pair (`\ud83d` alone, RFC 8259 section 8.2), and numbers that no machine number can hold
//! (section 6). The half becomes U+FFFD, and such a number becomes a text of the same digits. Everything else stays as
//! it came.
use std::borrow::Cow;

use serde::de::DeserializeOwned;

/// Reads an answer or an event.
///
/// # Errors
/// The error of [`serde_json`]. Its text can quote the bytes, and the bytes name people.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(&mended(body))
}

/// Returns bytes that can be read: the same bytes if nothing is wrong with them.
pub fn mended(body: &[u8]) -> Cow<'_, [u8]> {
    let whole = match std::str::from_utf8(body) {
        Ok(_) => Cow::Borrowed(body),
        Err(_) => Cow::Owned(String::from_utf8_lossy(body).into_owned().into_bytes()),
    };
    match edited(&whole) {
        Some(edited) => Cow::Owned(edited),
        None => whole,
    }
}

/// Returns the bytes with each odd place rewritten; `None` if there is none.
fn edited(body: &[u8]) -> Option<Vec<u8>> {
    let mut out: Option<Vec<u8>> = None;
    // How far the body has been copied into `out`.
    let mut copied = 0;
    let mut replace = |from: usize, to: usize, with: &[u8]| {
        let out = out.get_or_insert_with(|| Vec::with_capacity(body.len() + 16));
        out.extend_from_slice(&body[copied..from]);
        out.extend_from_slice(with);
        copied = to;
    };
    let (mut at, mut in_text) = (0, false);
    while let Some(&byte) = body.get(at) {
        match byte {
            b'"' => {
                in_text = !in_text;
                at += 1;
            }
            b'\\' if in_text => match unit(body, at) {
                Some(0xd800..=0xdbff) if matches!(unit(body, at + 6), Some(0xdc00..=0xdfff)) => at += 12,
                Some(0xd800..=0xdfff) => {
                    replace(at, at + 6, br"\ufffd");
                    at += 6;
                }
                _ => at += 2,
            },
            b'-' | b'0'..=b'9' if !in_text => {
                let part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
                let end = at + body[at..].iter().take_while(|byte| part(byte)).count();
                if loses_digits(&body[at..end]) {
                    replace(at, end, &[b"\"", &body[at..end], b"\""].concat());
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    out.map(|mut out| {
        out.extend_from_slice(&body[copied..]);
        out
    })
}

/// Returns the code unit of an escape `\uXXXX` that begins here.
fn unit(body: &[u8], at: usize) -> Option<u16> {
    let escape = body.get(at..at + 6)?;
    let digits = std::str::from_utf8(escape.strip_prefix(br"\u")?).ok()?;
    // The parser would accept a sign as well.
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

/// Whether a number would have other digits after conversion to a machine number and back.
fn loses_digits(number: &[u8]) -> bool {
    // A number this short never would, and nearly all are this short.
    if number.len() <= 15 && !number.iter().any(|byte| matches!(byte, b'e' | b'E')) {
        return false;
    }
    let Ok(text) = std::str::from_utf8(number) else { return false };
    if text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok() {
        return false;
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => digits(text) != digits(&format!("{value:e}")),
        Ok(_) => true,
        // Not a number at all: the reader reports that.
        Err(_) => false,
    }
}

/// Returns the digits that count, without leading and trailing zeros.
fn digits(number: &str) -> String {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn value(body: &[u8]) -> Option<Value> {
        read(body).ok()
    }

    #[test]
    fn half_a_pair_becomes_a_mark_and_all_else_stays() {
        for (body, text) in [
            (r#""An\ud83dna""#, "An\u{fffd}na"),
            (r#""An\uDC00na""#, "An\u{fffd}na"),
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
            (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\ud83dA\u0041""#, "\u{fffd}AA"),
            (r#""\ud83d\u0041""#, "\u{fffd}A"),
            (r#""\ud83d\n""#, "\u{fffd}\n"),
            (r#""😀\uD83D\uDE00""#, "😀😀"),
            (r#""\\ud83d""#, r"\ud83d"),
            (r#""\\\ud83d""#, "\\\u{fffd}"),
            (r#""say \"\ud83d\" twice""#, "say \"\u{fffd}\" twice"),
        ] {
            assert_eq!(value(body.as_bytes()), Some(json!(text)), "{body}");
        }
        assert_eq!(value(br#"{"a\ud83d": 1, "b": ["\udc00"]}"#), Some(json!({"a\u{fffd}": 1, "b": ["\u{fffd}"]})));
        // The same half, written as bytes.
        assert_eq!(value(b"\"An\xed\xa0\xbdna\""), Some(json!("An\u{fffd}\u{fffd}\u{fffd}na")));
    }

    #[test]
    fn a_number_that_no_machine_number_holds_keeps_its_digits() {
        for long in [
            "12345678901234567890123",
            "-9223372036854775809",
            "0.12345678901234567890123",
            "1.2345678901234567890123",
            "1e400",
            "-1E400",
            "123456789012345678901234567890e-3",
        ] {
            assert_eq!(value(long.as_bytes()), Some(json!(long)), "{long}");
            assert_eq!(value(format!("[{long},{{\"a\":{long}}}]").as_bytes()), Some(json!([long, {"a": long}])));
        }
        for held in ["0", "-1", "9007199254740993", "18446744073709551615", "0.1", "0.30000000000000004", "1e2", "5E-1"]
        {
            assert_eq!(value(held.as_bytes()), serde_json::from_str(held).ok(), "{held}");
            assert!(value(held.as_bytes()).is_some_and(|value| value.is_number()), "{held}");
        }
        assert_eq!(value(br#""12345678901234567890123""#), Some(json!("12345678901234567890123")));
    }

    #[test]
    fn what_is_no_json_stays_none_and_what_is_fine_is_not_copied() {
        for bad in ["{", r#"{"a": 1-2345678901234567890123}"#, r#""\ud83"#, r#""\u+0a1""#, "-", "\"\\", "", "1e"] {
            assert_eq!(value(bad.as_bytes()), None, "{bad}");
        }
        let fine = r#"{"data": [{"id": "inq_1", "n": 1234.5, "😀": "\ud83d\ude00"}]}"#;
        assert!(matches!(mended(fine.as_bytes()), Cow::Borrowed(_)));
    }
}
