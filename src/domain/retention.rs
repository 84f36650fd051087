//! How long records of an account are stored, and when they must be erased. Not legal advice: the profiles name their
//! source, and the operator of the desk chooses.
use std::fmt;

use serde::{Deserialize, Serialize};
use time::{Date, Month};

use super::id::{RetentionProposalId, ReviewerId};
use super::inquiry::{Inquiry, InquiryStatus};
use super::time::Timestamp;

/// Years that a jurisdiction requires, counted from the end of the relationship.
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

/// A day, as `2026-10-31`. Text order is time order.
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

    /// The same day this many years later. 29 February becomes 1 March.
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

/// An erasure within this many days needs a second person.
pub const SOON_DAYS: i64 = 30;

/// The clock of an account: when it began, by which rule, and when it ends.
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

    /// Whether one person alone may not set it: it began in the past, is shorter than the one before, or erases soon.
    pub fn needs_second(&self, before: Option<&Self>, today: Day) -> bool {
        let past = Day::parse(&self.ended_on).is_none_or(|day| day < today);
        past || before.is_some_and(|before| self.due_on < before.due_on) || self.due_by(today.plus_days(SOON_DAYS))
    }

    /// The text for the log.
    pub fn said(&self) -> String {
        format!("ended {}, {}, until {}", self.ended_on, self.profile, self.due_on)
    }
}

/// An inquiry that has not ended and has not changed for this many days is left: the applicant went away, or the
/// organisation decides elsewhere. One that waits for a review is never left, because a reviewer can end it here.
pub const LEFT_AFTER_DAYS: i64 = 90;

/// An inquiry that prevents the erasure of its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenInquiry {
    pub id: String,
    pub status: String,
    /// The day on which it counts as left if nothing changes; `None` if only a decision ends it.
    pub until: Option<Day>,
}

/// An inquiry that has not ended and does not prevent the erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    pub id: String,
    pub status: String,
    /// The day of its last change, or of its expiry.
    pub since: String,
}

/// How far an inquiry has come, as far as it matters for an erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InquiryProgress {
    Ended,
    Open(OpenInquiry),
    Left(Left),
}

impl InquiryProgress {
    pub fn of(inquiry: &Inquiry, now: Timestamp) -> Self {
        let status = &inquiry.status;
        if inquiry.redacted_at.is_some() || status.ended() {
            return Self::Ended;
        }
        let (id, label) = (inquiry.id.to_string(), status.label());
        if *status == InquiryStatus::NeedsReview {
            return Self::Open(OpenInquiry { id, status: label, until: None });
        }
        // Persona does not let the applicant continue after this time, whether its event has come or not.
        let waits = matches!(status, InquiryStatus::Created | InquiryStatus::Pending);
        let expired = inquiry.expired_at.or(inquiry.expires_at.filter(|at| waits && *at <= now));
        if let Some(at) = expired {
            return Self::Left(Left { id, status: label, since: Day::of(at).to_string() });
        }
        let moments = [
            inquiry.updated_at,
            inquiry.started_at,
            inquiry.completed_at,
            inquiry.failed_at,
            inquiry.marked_for_review_at,
            inquiry.decisioned_at,
        ];
        let touched = Day::of(moments.into_iter().flatten().fold(inquiry.created_at, Timestamp::max));
        let until = touched.plus_days(LEFT_AFTER_DAYS);
        match Day::of(now) < until {
            true => Self::Open(OpenInquiry { id, status: label, until: Some(until) }),
            false => Self::Left(Left { id, status: label, since: touched.to_string() }),
        }
    }
}

/// The state of an account, as far as it matters for its erasure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Number of inquiries.
    pub inquiries: i64,
    /// One that is still worked on.
    pub open: Option<OpenInquiry>,
    /// Those that are left, although they have not ended.
    pub left: Vec<Left>,
    /// Number of decisions that have not ended.
    pub on_its_way: i64,
    /// Day of the newest inquiry or decision.
    pub newest: Option<Day>,
}

/// Why an account's records are not erased.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    #[error("Inquiry {id} is {status}: nothing is erased while an inquiry of the account is open.{}", ends(.until.as_ref()))]
    Open { id: String, status: String, until: Option<Day> },
    #[error("A decision on this account is being delivered: nothing is erased before its outcome is known.")]
    OnItsWay,
    #[error(
        "The newest inquiry or decision of this account is from {newest}: the relationship cannot have ended before that day. Enter a later day."
    )]
    Newer { newest: Day },
}

/// When an open inquiry stops being open by itself.
fn ends(until: Option<&Day>) -> String {
    until.map_or_else(
        || " Decide it first.".to_owned(),
        |day| {
            format!(
                " If nothing changes, it counts as abandoned on {day}, {LEFT_AFTER_DAYS} days after its last change."
            )
        },
    )
}

impl Standing {
    pub fn obstacle(&self, ended_on: &str) -> Option<Obstacle> {
        if let Some(OpenInquiry { id, status, until }) = self.open.clone() {
            return Some(Obstacle::Open { id, status: status.to_lowercase(), until });
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
pub enum ProposalKind {
    /// Set the clock.
    End,
    /// Lift the hold.
    Release,
}

impl ProposalKind {
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
pub enum ProposalStage {
    Proposed,
    Confirmed,
    Cancelled,
    /// Something prevented it when its time came.
    Refused,
    /// Another clock or another hold replaced it.
    Replaced,
    Done,
}

impl ProposalStage {
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

    /// Whether it can still be cancelled.
    pub const fn open(self) -> bool {
        matches!(self, Self::Proposed | Self::Confirmed)
    }
}

/// A change that needs two people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionProposal {
    pub id: RetentionProposalId,
    pub account: String,
    /// Missing once it is erased.
    pub name: Option<String>,
    pub kind: ProposalKind,
    pub stage: ProposalStage,
    /// The proposed clock; for a release, the one that runs.
    pub clock: Option<Clock>,
    /// The hold that would be lifted.
    pub hold: Option<String>,
    pub proposer_id: Option<ReviewerId>,
    pub proposed_by: String,
    pub proposed_at: Timestamp,
    pub confirmed_by: Option<String>,
    pub confirmed_at: Option<Timestamp>,
    /// The day on which the records are erased; for a proposal that is not confirmed, if it were confirmed now. `None`
    /// if it erases nothing.
    pub runs_on: Option<String>,
    pub ended_by: Option<String>,
    pub ended_at: Option<Timestamp>,
    pub why: Option<String>,
}

/// One account's records, as the page shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRecords {
    pub account: String,
    /// Missing once it is erased.
    pub name: Option<String>,
    pub clock: Option<Clock>,
    pub hold: Option<String>,
    pub held_by: Option<String>,
    /// End of the grace time after a confirmation.
    pub runs_at: Option<Timestamp>,
    /// Why the records were not erased when they were due.
    pub refused: Option<String>,
    /// Why the last erasure failed, and when the next attempt is.
    pub failure: Option<(String, Timestamp)>,
    pub erased_at: Option<Timestamp>,
    pub certificate: Option<String>,
    /// Persona redacted it although it has to be stored: only the desk's own record is left.
    pub redacted_early: bool,
}

impl AccountRecords {
    pub fn state(&self, now: Timestamp) -> &'static str {
        let due = self.clock.as_ref().is_some_and(|clock| clock.due_by(Day::of(now)));
        match (&self.erased_at, &self.hold, &self.clock) {
            (Some(_), ..) => "erased",
            (None, Some(_), _) => "on hold",
            (None, None, None) if self.refused.is_some() => "stopped",
            (None, None, None) => "no retention period",
            (None, None, Some(_)) if due && self.runs_at.is_some_and(|at| at > now) => "confirmed",
            (None, None, Some(_)) if due => "due",
            (None, None, Some(_)) => "retained",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionPage {
    pub rows: Vec<AccountRecords>,
    /// Those that wait for a confirmation or for their day, and the last ones that ended.
    pub proposals: Vec<RetentionProposal>,
    pub preview: Option<Preview>,
    /// Why there is no preview of what was requested.
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
    /// The requested clock.
    pub clock: Option<Clock>,
    /// Whether it differs from the clock that runs, so that it can be set.
    pub settable: bool,
    pub needs_second: bool,
    pub takes: Erased,
    pub runs_on: Option<String>,
    pub obstacle: Option<String>,
    /// Inquiries that are erased although they have not ended, because they are left.
    pub left: Vec<Left>,
    pub hold: Option<String>,
}

/// Numbers of erased records: the certificate, which is recorded in the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    pub account: String,
    pub inquiries: i64,
    /// Cases with no other person in them.
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
        let kept = AccountRecords {
            account: "act_1".into(),
            name: None,
            clock: Some(Clock::new(PROFILES[0], day("2020-01-01"))),
            hold: None,
            held_by: None,
            runs_at: None,
            refused: None,
            failure: None,
            erased_at: None,
            certificate: None,
            redacted_early: false,
        };
        let now = at("2026-01-01T12:00:00.000Z");
        assert_eq!(kept.state(now), "due");
        assert_eq!(
            AccountRecords { runs_at: Some(at("2026-01-02T12:00:00.000Z")), ..kept.clone() }.state(now),
            "confirmed"
        );
        assert_eq!(AccountRecords { hold: Some("court order".into()), ..kept }.state(now), "on hold");
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
        let waits = OpenInquiry { id: "inq_1".into(), status: "Needs review".into(), until: None };
        let open = Standing { open: Some(waits), ..standing };
        assert!(matches!(open.obstacle("2026-05-01"), Some(Obstacle::Open { .. })));
    }

    #[test]
    fn an_inquiry_that_nobody_works_on_is_left_and_one_that_can_be_decided_is_open() {
        let inquiry = |status: &str, updated: &str| Inquiry {
            id: "inq_1".to_owned().try_into().unwrap_or_else(|_| panic!("an id")),
            status: InquiryStatus::from(status.to_owned()),
            reference_id: None,
            account_id: None,
            template_id: None,
            note: None,
            tags: Vec::new(),
            creator: None,
            reviewer_comment: None,
            created_at: at("2026-01-01T00:00:00.000Z"),
            updated_at: Some(at(updated)),
            started_at: None,
            completed_at: None,
            failed_at: None,
            marked_for_review_at: None,
            decisioned_at: None,
            expires_at: None,
            expired_at: None,
            redacted_at: None,
            fields: Vec::new(),
        };
        let now = at("2026-11-29T12:00:00.000Z");
        let (old, new) = ("2026-08-31T23:00:00.000Z", "2026-09-01T01:00:00.000Z");
        for status in ["completed", "created", "pending", "on_hold"] {
            assert!(matches!(InquiryProgress::of(&inquiry(status, old), now), InquiryProgress::Left(_)), "{status}");
            let open = InquiryProgress::of(&inquiry(status, new), now);
            assert!(matches!(open, InquiryProgress::Open(OpenInquiry { until: Some(_), .. })), "{status}: {open:?}");
        }
        // A reviewer can end it, however long it has waited.
        assert!(matches!(
            InquiryProgress::of(&inquiry("needs_review", old), now),
            InquiryProgress::Open(OpenInquiry { until: None, .. })
        ));
        for status in ["approved", "declined", "failed", "expired"] {
            assert_eq!(InquiryProgress::of(&inquiry(status, new), now), InquiryProgress::Ended, "{status}");
        }
        let over = |status| Inquiry { expires_at: Some(at(new)), ..inquiry(status, "2026-11-28T00:00:00.000Z") };
        assert!(
            matches!(InquiryProgress::of(&over("pending"), now), InquiryProgress::Left(_)),
            "no one can go on with it"
        );
        assert!(
            matches!(InquiryProgress::of(&over("completed"), now), InquiryProgress::Open(_)),
            "its person has finished"
        );
    }
}
