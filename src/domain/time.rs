//! A point in time: UTC, microseconds, RFC 3339 in and out. The clock itself belongs to the server (`App::now`).
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a time: RFC 3339 expected, as in 2026-11-20T09:31:44.000Z")]
pub struct NotATime;

impl Timestamp {
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Later than everything that is dated: 9999-12-31T00:00:00Z.
    pub const END: Self = Self(253_402_214_400_000_000);

    pub const fn micros(self) -> i64 {
        self.0
    }

    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero if it is not after.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    pub fn to_offset(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    pub fn from_offset(at: OffsetDateTime) -> Self {
        Self(i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX))
    }

    /// `2026-11-20T09:31:44.000000Z`: always this width, so that text order is time order.
    pub fn to_text(self) -> String {
        let at = self.to_offset();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second(),
            at.microsecond(),
        )
    }

    /// `2026-11-20T09:31:44.000Z`, as HTML and JavaScript take it: with exactly three digits.
    pub fn to_millis_text(self) -> String {
        self.to_text().get(..23).map(|text| format!("{text}Z")).unwrap_or_default()
    }

    /// `2026-11-20 09:31:44`, for people; UTC.
    pub fn to_minute_text(self) -> String {
        self.to_text().get(..19).map(|text| text.replace('T', " ")).unwrap_or_default()
    }

    /// `2026-11-20`
    pub fn date(self) -> String {
        self.to_text().get(..10).map(str::to_owned).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl FromStr for Timestamp {
    type Err = NotATime;
    fn from_str(text: &str) -> Result<Self, NotATime> {
        OffsetDateTime::parse(text, &Rfc3339).map(Self::from_offset).map_err(|_| NotATime)
    }
}

impl TryFrom<String> for Timestamp {
    type Error = NotATime;
    fn try_from(text: String) -> Result<Self, NotATime> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(at: Timestamp) -> String {
        at.to_text()
    }
}

/// `46 m`, `2 h 14 m`, `3 d 4 h`: at most two units, for columns.
pub fn span(duration: Duration) -> String {
    let minutes = duration.as_secs() / 60;
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, 0) => format!("{} s", duration.as_secs()),
        (0, 0, m) => format!("{m} m"),
        (0, h, m) => format!("{h} h {m:02} m"),
        (d, h, _) => format!("{d} d {h} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_order_is_time_order() {
        let early = "2026-11-20T09:31:44Z".parse::<Timestamp>().map(Timestamp::to_text);
        let late = "2026-11-20T09:31:44.612Z".parse::<Timestamp>().map(Timestamp::to_text);
        assert_eq!(early, Ok("2026-11-20T09:31:44.000000Z".to_owned()));
        assert!(early.ok() < late.ok());
    }

    #[test]
    fn offsets_become_utc() {
        assert_eq!("2026-11-20T10:31:44+01:00".parse(), "2026-11-20T09:31:44Z".parse::<Timestamp>());
    }

    #[test]
    fn spans_read_well() {
        let of = |s| span(Duration::from_secs(s));
        assert_eq!([of(4), of(2760), of(8040), of(273_600)], ["4 s", "46 m", "2 h 14 m", "3 d 4 h"]);
    }
}
