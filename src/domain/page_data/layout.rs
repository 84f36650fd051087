//! What every page needs: the reader, preferences, and what the layout around the page shows.
use serde::{Deserialize, Serialize};

use crate::domain::id::ReviewerId;
use crate::domain::preference::Preferences;
use crate::domain::reason::Reasons;
use crate::domain::reviewer::{Permission, Reviewer, Role};
use crate::domain::time::Timestamp;

/// The signed-in reviewer, as the layout needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    pub id: ReviewerId,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// The reviewer has to change the password before anything else.
    pub must_change: bool,
}

impl Me {
    pub fn may(&self, need: Permission) -> bool {
        (!self.must_change || need == Permission::OwnPassword) && self.role.may(need)
    }
}

impl From<&Reviewer> for Me {
    fn from(reviewer: &Reviewer) -> Self {
        let Reviewer { id, name, email, role, must_change, .. } = reviewer.clone();
        Self { id, name, email, role, must_change }
    }
}

/// What a page knows before it fetches anything; the same in the server's HTML and in the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    pub me: Option<Me>,
    /// `Sandbox` or `Production`, by the prefix of the API key.
    pub environment: String,
    /// `light` or `dark` when the reader chose one.
    pub theme: Option<String>,
    pub preferences: Preferences,
    pub reasons: Reasons,
    /// Cursor of the change feed when the page was made: the browser receives what came after it when it subscribes.
    pub line: String,
    pub now: Timestamp,
}

/// How long a session lasts without activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLeft {
    pub reviewer: ReviewerId,
    pub seconds: i32,
    /// The browser reports activity at most once in this many seconds, and announces the end this many seconds before
    /// it.
    pub step: i32,
    /// It ends because of its age, and activity does not prolong it.
    pub by_age: bool,
}

/// Counters and connection status in the layout of every page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    pub waiting: i64,
    pub cases: i64,
    /// Decisions that are not confirmed yet, or need a person.
    pub decisions: i64,
    /// Unread notes that mention this reviewer.
    pub mentions: i64,
    /// Decisions of this reviewer that a second reviewer refused, and that still need work.
    pub returned: i64,
    pub persona_down: Option<String>,
    /// Persona refuses what the desk sends. An admin has to act.
    pub refused: bool,
    pub last_event_at: Option<Timestamp>,
    /// Since when the data shown may be out of date, when that is longer than it should be. `Some(None)`: never
    /// compared.
    pub behind: Option<Option<Timestamp>>,
    /// Why it may be out of date, when the API key may not read Persona's events.
    pub events_refused: Option<String>,
    /// The log is suspended: nothing is signed, decided or sent.
    pub suspended: bool,
    pub now: Timestamp,
}
