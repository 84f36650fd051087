//! Why a call to Persona did not do what was asked.
use std::time::Duration;

use crate::domain::page_data::connection::{NO_SUCH_LIST, NOT_PERMITTED};
use crate::domain::picture::FileKind;

/// Why there is no answer if no connection was made.
pub(super) const NO_CONNECTION: &str = "could not connect";

/// Why a call did not do what was asked. Never contains a key, a link or a person's data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("no answer ({0})")]
    NoAnswer(&'static str),
    /// The circuit breaker is open; nothing was sent.
    #[error("Persona keeps failing, next try in {} s", .wait.as_secs().max(1))]
    Paused { wait: Duration },
    /// Too late to send it; nothing was sent.
    #[error("the lease ran out before it was sent")]
    Late,
    #[error("rate limit reached, {} s to wait", .wait.as_secs())]
    Limited { wait: Duration },
    #[error("the API key was refused (401): check PERSONA_API_KEY")]
    NotAuthorised,
    /// The API key is valid and may not do this; with Persona's own words. Everything else continues.
    #[error("{NOT_PERMITTED} ({why}): give it the permission in Persona’s dashboard")]
    NotPermitted { why: String },
    #[error("not found")]
    NotFound,
    /// A list was not found that every environment has.
    #[error("{NO_SUCH_LIST}: check PERSONA_API_URL")]
    NoSuchList,
    #[error("refused ({status}): {title}")]
    Refused { status: u16, title: String },
    #[error("failed on their side ({status})")]
    Broken { status: u16 },
    #[error("an answer that could not be read: {0}")]
    Unreadable(String),
    /// The file that came is not of a kind that a page can show.
    #[error("{}", .0.why())]
    NotShown(FileKind),
}

impl Failure {
    /// Whether the failure affects all calls and not only this one: the next call would fail too.
    pub fn for_all(&self) -> bool {
        match self {
            Self::NoAnswer(why) => *why == NO_CONNECTION,
            Self::Paused { .. } | Self::Late | Self::Limited { .. } | Self::NotAuthorised => true,
            _ => false,
        }
    }

    /// Whether the same call can succeed later.
    pub const fn passing(&self) -> bool {
        matches!(
            self,
            Self::NoAnswer(_)
                | Self::Paused { .. }
                | Self::Late
                | Self::Limited { .. }
                | Self::Broken { .. }
                | Self::NotAuthorised
        )
    }
}
