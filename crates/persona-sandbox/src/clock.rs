//! The sandbox's only clock, and its only source of randomness.

use std::{
    cell::Cell,
    sync::atomic::{AtomicI64, Ordering},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

/// Seconds of a day.
pub const DAY: i64 = 86_400;

static LAST: AtomicI64 = AtomicI64::new(0);

thread_local! {
    /// Clock offset, in milliseconds, of the sandbox that this thread works for. One process may run several sandboxes.
    static OFF: Cell<i64> = const { Cell::new(0) };
}

/// Runs `work` with the clock offset by `ms` milliseconds.
pub fn off_by<T>(ms: i64, work: impl FnOnce() -> T) -> T {
    struct Back(i64);
    impl Drop for Back {
        fn drop(&mut self) {
            OFF.set(self.0);
        }
    }
    let _back = Back(OFF.replace(ms));
    work()
}

/// Milliseconds since 1970, by the machine's clock.
pub fn real() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the sandbox is a separate program, and this is its clock")]
    let now = OffsetDateTime::now_utc();
    i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// Milliseconds since 1970, by the sandbox's clock.
pub fn now() -> i64 {
    real().saturating_add(OFF.get())
}

/// A time strictly later than every earlier tick, so that `created-at` orders events and `updated-at` distinguishes
/// versions.
pub fn tick() -> i64 {
    let now = real();
    let last = LAST.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(now.max(last + 1))).unwrap_or(now);
    now.max(last + 1).saturating_add(OFF.get())
}

/// Formats a time like `2026-11-20T09:31:44.000Z`.
pub fn iso(ms: i64) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    moment(ms).format(&format).unwrap_or_default()
}

/// Formats a date like `2026-11-20`.
pub fn date(ms: i64) -> String {
    moment(ms).format(&format_description!("[year]-[month]-[day]")).unwrap_or_default()
}

pub fn year(ms: i64) -> i64 {
    moment(ms).year().into()
}

fn moment(ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Parses a time in RFC 3339, or a date alone.
pub fn parse(text: &str) -> Option<i64> {
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let at = OffsetDateTime::parse(&whole, &Rfc3339).ok()?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()
}

#[expect(clippy::disallowed_methods, reason = "ids, secrets and link codes of the sandbox")]
pub fn random() -> u64 {
    getrandom::u64().unwrap_or_else(|_| tick().unsigned_abs())
}

/// A new id of the usual length: `inq_` and 28 characters.
pub fn id(prefix: &str) -> String {
    format!("{prefix}_{}", letters(28, random))
}

pub fn letters(count: usize, mut next: impl FnMut() -> u64) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    let mut text = String::with_capacity(count);
    let mut pool = 0;
    for at in 0..count {
        if at % 8 == 0 {
            pool = next();
        }
        let pick = usize::try_from(pool % LETTERS.len() as u64).unwrap_or(0);
        text.push(char::from(LETTERS.get(pick).copied().unwrap_or(b'A')));
        pool /= LETTERS.len() as u64;
    }
    text
}

pub fn secret() -> String {
    let (a, b) = (random(), random());
    let hex = format!("{a:016x}{b:016x}");
    format!("wbhsec_{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_read_back() {
        assert_eq!(iso(1_795_166_300_123), "2026-11-20T09:18:20.123Z");
        assert_eq!(parse("2026-11-20T09:18:20.123Z"), Some(1_795_166_300_123));
        assert_eq!(parse("2026-11-20"), Some(1_795_132_800_000));
        assert_eq!(parse("yesterday"), None);
    }

    #[test]
    fn ticks_never_repeat() {
        let ticks: Vec<i64> = (0..100).map(|_| tick()).collect();
        assert!(ticks.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn a_clock_is_off_only_while_it_is_asked_to_be() {
        let ahead = off_by(3_600_000, || now() - real());
        assert!((3_599_000..=3_601_000).contains(&ahead));
        assert!((now() - real()).abs() < 1000);
    }

    #[test]
    fn ids_have_persona_length() {
        assert_eq!(id("inq").len(), 32);
    }
}
