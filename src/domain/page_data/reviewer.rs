//! The page of reviewers, and invitations.
use serde::{Deserialize, Serialize};

use crate::domain::id::ReviewerId;
use crate::domain::reviewer::Reviewer;
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewersPage {
    pub reviewers: Vec<ReviewerRow>,
    pub me: ReviewerId,
    /// A link that was made through a form without JavaScript; shown once.
    pub fresh: Option<Invited>,
    /// The number of decisions that are held because a reviewer was disabled.
    pub held: i64,
    /// The number of admins who can sign in: when there is only one, no second admin can confirm.
    pub admins: i64,
    pub now: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewerRow {
    pub reviewer: Reviewer,
    pub created_by: String,
    pub reset_by: Option<String>,
    pub confirmed_by: Option<String>,
    /// Whether the reader may confirm it.
    pub confirmable: bool,
    /// Until when a password link is valid.
    pub link_until: Option<Timestamp>,
    /// Whether the link opens nothing until a second person has confirmed it.
    pub link_waits: bool,
    /// Whether the reader may confirm the link.
    pub link_confirmable: bool,
    pub last_sign_in: Option<Timestamp>,
    /// For a disabled reviewer: inquiries and decisions that wait for another reviewer.
    pub open_work: Vec<String>,
}

/// A link through which a reviewer sets their own password. It is in this value and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    pub name: String,
    pub email: String,
    pub link: String,
    pub expires_at: Timestamp,
    /// Whether the link opens nothing until a second person has confirmed it.
    pub waits: bool,
    /// Whether the link confirms the account, for its owner, who enters the current password too.
    #[serde(default)]
    pub confirms: bool,
}

/// The reviewer whose password a link sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationPage {
    pub name: String,
    pub email: String,
    pub expires_at: Timestamp,
    /// Whether the link confirms the account, once the current password is entered too.
    #[serde(default)]
    pub confirms: bool,
}
