//! Webhook signatures (CONTRACT.md section 22.1): HMAC-SHA256 over `t.body`, raw bytes, lower-case hex, compared in
//! constant time; several sets in one header while a secret is being rotated.
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::domain::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    #[error("no signature")]
    Missing,
    #[error("unreadable signature")]
    Malformed,
    #[error("signature too old or from the future")]
    Stale,
    #[error("signature does not match")]
    Mismatch,
}

/// Most sets in one header. Persona sends two while rotating.
const MOST_SETS: usize = 8;

/// Accepts when any set of the header verifies with any secret. `tolerance` of zero accepts any age: Persona documents none.
pub fn verify(
    header: Option<&[u8]>,
    body: &[u8],
    secrets: &[SecretString],
    now: Timestamp,
    tolerance: Duration,
) -> Result<(), BadSignature> {
    let header = std::str::from_utf8(header.ok_or(BadSignature::Missing)?).map_err(|_| BadSignature::Malformed)?;
    let sets: Vec<&str> = header.split(' ').filter(|set| !set.is_empty()).collect();
    if sets.is_empty() || sets.len() > MOST_SETS {
        return Err(BadSignature::Malformed);
    }
    let mut worst = BadSignature::Malformed;
    for set in sets {
        let Some((t, v1)) = parts(set) else { continue };
        let Ok(mac) = hex::decode(v1) else { continue };
        if !secrets.iter().any(|secret| matches(secret, t, body, &mac)) {
            worst = BadSignature::Mismatch;
            continue;
        }
        // Only after the check, so that a sender who cannot sign learns nothing about the desk's clock.
        let Ok(sent) = t.parse::<i64>() else { continue };
        if tolerance.is_zero() || u128::from(now.seconds().abs_diff(sent)) <= u128::from(tolerance.as_secs()) {
            return Ok(());
        }
        worst = BadSignature::Stale;
    }
    Err(worst)
}

/// `t=…,v1=…`, each exactly once, in either order.
fn parts(set: &str) -> Option<(&str, &str)> {
    let (mut t, mut v1) = (None, None);
    for pair in set.split(',') {
        let (name, value) = pair.split_once('=')?;
        let place = match name {
            "t" => &mut t,
            "v1" => &mut v1,
            // A later scheme next to the known one.
            _ => continue,
        };
        if place.replace(value).is_some() {
            return None;
        }
    }
    let (t, v1) = (t?, v1?);
    let digits = !t.is_empty() && t.len() <= 12 && t.bytes().all(|b| b.is_ascii_digit());
    let lower_hex = v1.len() == 64 && v1.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    (digits && lower_hex).then_some((t, v1))
}

fn matches(secret: &SecretString, t: &str, body: &[u8], mac: &[u8]) -> bool {
    let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else { return false };
    hmac.update(t.as_bytes());
    hmac.update(b".");
    hmac.update(body);
    hmac.verify_slice(mac).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"data":{"type":"event"}}"#;
    const AT: i64 = 1_795_166_504;

    fn sign(secret: &str, t: i64, body: &[u8]) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map(|mut hmac| {
            hmac.update(format!("{t}.").as_bytes());
            hmac.update(body);
            hex::encode(hmac.finalize().into_bytes())
        });
        format!("t={t},v1={}", mac.unwrap_or_default())
    }

    fn check(header: &str, body: &[u8], secrets: &[&str], now: i64) -> Result<(), BadSignature> {
        let secrets: Vec<SecretString> = secrets.iter().map(|s| SecretString::from(*s)).collect();
        let now = Timestamp::from_micros(now * 1_000_000);
        verify(Some(header.as_bytes()), body, &secrets, now, Duration::from_secs(300))
    }

    #[test]
    fn every_changed_bit_of_body_or_signature_is_noticed() {
        let good = sign("wbhsec_a", AT, BODY);
        assert_eq!(check(&good, BODY, &["wbhsec_a"], AT), Ok(()));
        for bit in 0..BODY.len() * 8 {
            let mut body = BODY.to_vec();
            body[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(check(&good, &body, &["wbhsec_a"], AT), Err(BadSignature::Mismatch));
        }
        for at in 0..good.len() {
            let mut header = good.clone().into_bytes();
            header[at] ^= 1;
            let header = String::from_utf8_lossy(&header).into_owned();
            assert!(check(&header, BODY, &["wbhsec_a"], AT).is_err(), "{header}");
        }
    }

    #[test]
    fn while_rotating_either_secret_and_either_set_will_do() {
        let both = format!("{} {}", sign("wbhsec_new", AT, BODY), sign("wbhsec_old", AT, BODY));
        assert_eq!(check(&both, BODY, &["wbhsec_old"], AT), Ok(()));
        assert_eq!(check(&both, BODY, &["wbhsec_new"], AT), Ok(()));
        assert_eq!(check(&sign("wbhsec_old", AT, BODY), BODY, &["wbhsec_new", "wbhsec_old"], AT), Ok(()));
        assert_eq!(check(&both, BODY, &["wbhsec_other"], AT), Err(BadSignature::Mismatch));
    }

    #[test]
    fn old_and_future_signatures_are_refused_within_the_tolerance() {
        let header = sign("wbhsec_a", AT, BODY);
        assert_eq!(check(&header, BODY, &["wbhsec_a"], AT + 300), Ok(()));
        assert_eq!(check(&header, BODY, &["wbhsec_a"], AT + 301), Err(BadSignature::Stale));
        assert_eq!(check(&header, BODY, &["wbhsec_a"], AT - 301), Err(BadSignature::Stale));
    }

    #[test]
    fn odd_headers_are_refused() {
        let v1 = sign("wbhsec_a", AT, BODY).split_once("v1=").map(|(_, v)| v.to_owned()).unwrap_or_default();
        for header in [
            String::new(),
            " ".into(),
            "t=1".into(),
            format!("v1={v1}"),
            format!("t={AT},t={AT},v1={v1}"),
            format!("t={AT},v1={v1},v1={v1}"),
            format!("t={AT},v1={}", v1.to_uppercase()),
            format!("t=+{AT},v1={v1}"),
            format!("t={AT};v1={v1}"),
            format!("t={AT},v1={v1}00"),
        ] {
            assert!(check(&header, BODY, &["wbhsec_a"], AT).is_err(), "{header}");
        }
        assert_eq!(
            verify(None, BODY, &[SecretString::from("x")], Timestamp::from_micros(0), Duration::ZERO),
            Err(BadSignature::Missing)
        );
    }
}
