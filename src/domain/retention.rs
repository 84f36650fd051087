//! How long records of an account are kept, and when they have to go. Not legal advice: the profiles name their source, and who
//! runs the desk chooses.
use std::fmt;

use serde::{Deserialize, Serialize};
use time::{Date, Month};

use super::time::Timestamp;

/// Years that a jurisdiction asks for, counted from the end of the relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub code: &'static str,
    pub name: &'static str,
    pub years: i32,
    pub source: &'static str,
}

pub const PROFILES: [Profile; 5] = [
    Profile { code: "eu-amlr", name: "European Union", years: 5, source: "Regulation (EU) 2024/1624, article 77" },
    Profile { code: "us-cip", name: "United States, banks", years: 5, source: "31 CFR 1020.220(a)(3)" },
    Profile { code: "us-nydfs", name: "New York", years: 5, source: "23 NYCRR 500.06" },
    Profile {
        code: "us-sox",
        name: "United States, audit papers",
        years: 7,
        source: "Sarbanes-Oxley Act, section 802",
    },
    Profile {
        code: "eu-extended",
        name: "European Union, extended",
        years: 10,
        source: "Regulation (EU) 2024/1624, article 77(3)",
    },
];

pub fn profile(code: &str) -> Option<Profile> {
    PROFILES.into_iter().find(|profile| profile.code == code)
}

/// A day, as `2026-10-31`; text order is time order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

impl Day {
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().splitn(3, '-');
        let year = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
        let month = Month::try_from(parts.next()?.parse::<u8>().ok()?).ok()?;
        Date::from_calendar_date(year, month, parts.next()?.parse().ok()?).ok().map(Self)
    }

    pub fn of(at: Timestamp) -> Self {
        Self(at.to_offset().date())
    }

    /// The same day so many years later; the 29th of February becomes the 1st of March.
    #[must_use]
    pub fn plus_years(self, years: i32) -> Self {
        let year = self.0.year().saturating_add(years);
        let same = self.0.replace_year(year);
        Self(same.or_else(|_| Date::from_calendar_date(year, Month::March, 1)).unwrap_or(Date::MAX))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

/// One account's clock, as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub account: String,
    /// Missing once it is erased.
    pub name: Option<String>,
    pub profile: String,
    pub ended_on: String,
    pub due_on: String,
    pub hold: Option<String>,
    pub held_by: Option<String>,
    pub erased_at: Option<Timestamp>,
    pub certificate: Option<String>,
    /// Persona has redacted it, although it has to be kept: only the desk's own record is left.
    pub redacted_early: bool,
}

impl Kept {
    pub fn state(&self, today: Day) -> &'static str {
        match (&self.erased_at, &self.hold) {
            (Some(_), _) => "erased",
            (None, Some(_)) => "on hold",
            (None, None) if Day::parse(&self.due_on).is_some_and(|due| due <= today) => "due",
            (None, None) => "kept",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionPage {
    pub rows: Vec<Kept>,
    pub now: Timestamp,
}

/// What was erased, in numbers: the certificate, which stands in the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    pub account: String,
    pub inquiries: i64,
    /// Cases with nobody else in them.
    pub cases: i64,
    /// Personal values of the log.
    pub values: i64,
    pub snapshots: i64,
    pub comments: i64,
    pub events: i64,
    pub profile: String,
    pub ended_on: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_runs_in_years_from_the_end_of_the_relationship() {
        let due = |text: &str, years| Day::parse(text).map(|day| day.plus_years(years).to_string());
        assert_eq!(due("2026-11-25", 5).as_deref(), Some("2031-11-25"));
        assert_eq!(due("2024-02-29", 5).as_deref(), Some("2029-03-01"));
        for bad in ["", "2026-13-01", "2026-02-30", "26-01-01", "yesterday", "2026-1"] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_hold_stops_the_clock() {
        let kept = Kept {
            account: "act_1".into(),
            name: None,
            profile: "eu-amlr".into(),
            ended_on: "2020-01-01".into(),
            due_on: "2025-01-01".into(),
            hold: None,
            held_by: None,
            erased_at: None,
            certificate: None,
            redacted_early: false,
        };
        let today = Day::parse("2026-01-01").unwrap_or(Day(Date::MIN));
        assert_eq!(kept.state(today), "due");
        assert_eq!(Kept { hold: Some("court order".into()), ..kept }.state(today), "on hold");
    }
}
