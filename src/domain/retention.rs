//! How long records of an account are kept, and when they have to go. Not legal advice: the profiles name their source, and who
//! runs the desk chooses.
use std::fmt;

use serde::{Deserialize, Serialize};
use time::{Date, Month};

use super::id::{RetentionProposalId, ReviewerId};
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

    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(time::Duration::days(days)))
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

/// What would be erased within so many days needs a second person.
pub const SOON_DAYS: i64 = 30;

/// An account's clock: since when, by which rule, until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    pub profile: String,
    pub ended_on: String,
    pub due_on: String,
}

impl Clock {
    pub fn new(profile: Profile, ended_on: Day) -> Self {
        Self {
            profile: profile.code.to_owned(),
            ended_on: ended_on.to_string(),
            due_on: ended_on.plus_years(profile.years).to_string(),
        }
    }

    pub fn due_by(&self, day: Day) -> bool {
        Day::parse(&self.due_on).is_some_and(|due| due <= day)
    }

    /// Whether one person alone may not set it: it lies in the past, is shorter than the one before, or erases soon.
    pub fn needs_second(&self, before: Option<&Self>, today: Day) -> bool {
        let past = Day::parse(&self.ended_on).is_none_or(|day| day < today);
        past || before.is_some_and(|before| self.due_on < before.due_on) || self.due_by(today.plus_days(SOON_DAYS))
    }

    /// For the log.
    pub fn said(&self) -> String {
        format!("ended {}, {}, until {}", self.ended_on, self.profile, self.due_on)
    }
}

/// How an account stands, as far as its erasure asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// How many inquiries there are.
    pub inquiries: i64,
    /// One that is not at its end: its id and status.
    pub open: Option<(String, String)>,
    /// Decisions that are not at their end.
    pub on_its_way: i64,
    /// Day of the newest inquiry or decision.
    pub newest: Option<Day>,
}

/// Why an account's records are not erased.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    #[error("Inquiry {id} is {status}: nothing is erased while an inquiry of the account is open.")]
    Open { id: String, status: String },
    #[error("A decision on this account is on its way: nothing is erased before it has ended.")]
    OnItsWay,
    #[error(
        "The newest inquiry or decision of this account is of {newest}: the relationship cannot have ended before."
    )]
    Newer { newest: Day },
}

impl Standing {
    pub fn obstacle(&self, ended_on: &str) -> Option<Obstacle> {
        if let Some((id, status)) = &self.open {
            return Some(Obstacle::Open { id: id.clone(), status: status.to_lowercase() });
        }
        if self.on_its_way > 0 {
            return Some(Obstacle::OnItsWay);
        }
        let newest = self.newest.filter(|newest| Day::parse(ended_on).is_none_or(|ended| ended < *newest))?;
        Some(Obstacle::Newer { newest })
    }
}

/// What a proposal would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Set the clock.
    End,
    /// Lift the hold.
    Release,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::Release => "release",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::End, Self::Release].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How far a proposal has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    Proposed,
    Confirmed,
    Cancelled,
    /// Its time had come, and something stood against it.
    Refused,
    /// Another clock or another hold took its place.
    Replaced,
    Done,
}

impl Stage {
    const ALL: [Self; 6] =
        [Self::Proposed, Self::Confirmed, Self::Cancelled, Self::Refused, Self::Replaced, Self::Done];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
            Self::Refused => "refused",
            Self::Replaced => "replaced",
            Self::Done => "done",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text)
    }

    /// Can still be cancelled.
    pub const fn open(self) -> bool {
        matches!(self, Self::Proposed | Self::Confirmed)
    }
}

/// A change that needs two people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    pub id: RetentionProposalId,
    pub account: String,
    /// Missing once it is erased.
    pub name: Option<String>,
    pub kind: Kind,
    pub stage: Stage,
    /// The proposed clock; for a release the one that runs.
    pub clock: Option<Clock>,
    /// The hold that would be lifted.
    pub hold: Option<String>,
    pub proposer_id: Option<ReviewerId>,
    pub proposed_by: String,
    pub proposed_at: Timestamp,
    pub confirmed_by: Option<String>,
    pub confirmed_at: Option<Timestamp>,
    /// The day on which the records are erased; for one that is not confirmed, if it were confirmed now. Missing when it erases nothing.
    pub runs_on: Option<String>,
    pub ended_by: Option<String>,
    pub ended_at: Option<Timestamp>,
    pub why: Option<String>,
}

/// One account's records, as the page shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub account: String,
    /// Missing once it is erased.
    pub name: Option<String>,
    pub clock: Option<Clock>,
    pub hold: Option<String>,
    pub held_by: Option<String>,
    /// End of the grace time after a confirmation.
    pub runs_at: Option<Timestamp>,
    /// Why the records were not erased when their time had come.
    pub refused: Option<String>,
    pub erased_at: Option<Timestamp>,
    pub certificate: Option<String>,
    /// Persona has redacted it, although it has to be kept: only the desk's own record is left.
    pub redacted_early: bool,
}

impl Kept {
    pub fn state(&self, now: Timestamp) -> &'static str {
        let due = self.clock.as_ref().is_some_and(|clock| clock.due_by(Day::of(now)));
        match (&self.erased_at, &self.hold, &self.clock) {
            (Some(_), ..) => "erased",
            (None, Some(_), _) => "on hold",
            (None, None, None) if self.refused.is_some() => "clock stopped",
            (None, None, None) => "no clock",
            (None, None, Some(_)) if due && self.runs_at.is_some_and(|at| at > now) => "confirmed",
            (None, None, Some(_)) if due => "due",
            (None, None, Some(_)) => "kept",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionPage {
    pub rows: Vec<Kept>,
    /// Those that wait for a confirmation or for their day, and the last that ended.
    pub proposals: Vec<Proposal>,
    pub preview: Option<Preview>,
    /// Why there is no preview of what was asked for.
    pub no_preview: Option<String>,
    pub me: ReviewerId,
    /// Reviewers who could confirm: admins and auditors.
    pub confirmers: i64,
    pub grace_days: u64,
    pub now: Timestamp,
}

/// What would be erased of an account, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    pub account: String,
    pub name: Option<String>,
    /// The clock that was asked about.
    pub clock: Option<Clock>,
    /// It is not the clock that runs, so it can be set.
    pub settable: bool,
    pub needs_second: bool,
    pub takes: Erased,
    pub runs_on: Option<String>,
    pub obstacle: Option<String>,
    pub hold: Option<String>,
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

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap_or(Day(Date::MIN))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap_or(Timestamp::END)
    }

    #[test]
    fn a_hold_stops_the_clock() {
        let kept = Kept {
            account: "act_1".into(),
            name: None,
            clock: Some(Clock::new(PROFILES[0], day("2020-01-01"))),
            hold: None,
            held_by: None,
            runs_at: None,
            refused: None,
            erased_at: None,
            certificate: None,
            redacted_early: false,
        };
        let now = at("2026-01-01T12:00:00.000Z");
        assert_eq!(kept.state(now), "due");
        assert_eq!(Kept { runs_at: Some(at("2026-01-02T12:00:00.000Z")), ..kept.clone() }.state(now), "confirmed");
        assert_eq!(Kept { hold: Some("court order".into()), ..kept }.state(now), "on hold");
    }

    #[test]
    fn what_is_past_shorter_or_soon_needs_two_people() {
        let today = day("2026-11-29");
        let (five, ten) = (PROFILES[0], PROFILES[4]);
        let long = Clock::new(ten, today);
        assert!(!Clock::new(five, today).needs_second(None, today), "ends today, erased in five years");
        assert!(!Clock::new(five, today.plus_days(3)).needs_second(None, today));
        assert!(Clock::new(five, day("2026-11-28")).needs_second(None, today), "ended yesterday");
        assert!(Clock::new(five, today).needs_second(Some(&long), today), "five years in place of ten");
        assert!(!Clock::new(ten, today).needs_second(Some(&Clock::new(five, today)), today), "longer");
    }

    #[test]
    fn open_inquiries_and_a_last_day_before_the_newest_stand_against_erasing() {
        let standing = Standing { inquiries: 1, newest: Some(day("2026-05-01")), ..Standing::default() };
        assert_eq!(standing.obstacle("2026-05-01"), None);
        assert_eq!(standing.obstacle("2026-04-30"), Some(Obstacle::Newer { newest: day("2026-05-01") }));
        assert_eq!(Standing { on_its_way: 1, ..standing.clone() }.obstacle("2026-05-01"), Some(Obstacle::OnItsWay));
        let open = Standing { open: Some(("inq_1".into(), "Needs review".into())), ..standing };
        assert!(matches!(open.obstacle("2026-05-01"), Some(Obstacle::Open { .. })));
    }
}
