//! Errors of the server, and their one translation into a status, a text for the browser and a log line.
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::api::error::ApiError;
use crate::domain::decision::Refusal;
use crate::domain::picture::Unshown;
use crate::domain::reviewer::Forbidden;
use crate::server::db;
use crate::server::persona;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("not signed in")]
    Unauthenticated,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("the password has to be changed first")]
    ChangePassword,
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Invalid input in a form, which the sender can correct.
    #[error("{0}")]
    Invalid(String),
    #[error("a picture is not shown: {0}")]
    Unshown(#[from] Unshown),
    #[error("too many at once: {0}")]
    Busy(&'static str),
    #[error("database: {0}")]
    Db(#[from] db::Error),
    #[error("Persona: {0}")]
    Persona(#[from] persona::Failure),
    #[error("{0}")]
    Internal(String),
}

impl From<getrandom::Error> for Error {
    fn from(error: getrandom::Error) -> Self {
        Self::Internal(format!("no randomness: {error}"))
    }
}

impl Error {
    /// Whether the fault lies in this statement alone, while the database works.
    pub fn is_own(&self) -> bool {
        matches!(self, Self::Db(cause) if db::is_own(cause))
    }

    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::ChangePassword => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Refused(
                Refusal::Stale { .. }
                | Refusal::OnItsWay { .. }
                | Refusal::Settled { .. }
                | Refusal::Claimed { .. }
                | Refusal::TooLate { .. }
                | Refusal::NotAwaiting { .. }
                | Refusal::NotHeld { .. }
                | Refusal::MadeOnOther { .. }
                | Refusal::Unread
                | Refusal::Changing
                | Refusal::NotOpened
                | Refusal::Blind
                | Refusal::LogDamaged { .. }
                | Refusal::LogSuspended,
            ) => StatusCode::CONFLICT,
            Self::Refused(_) | Self::Invalid(_) | Self::Unshown(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Persona(persona::Failure::NotShown(_)) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Persona(_) => StatusCode::BAD_GATEWAY,
            Self::Db(_) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What the browser may learn. The cause goes to the server log, once, under the reference that the page shows.
    pub fn present(self, reference: &str) -> (StatusCode, ApiError) {
        let status = self.status();
        let shown = match self {
            Self::Unauthenticated => ApiError::Unauthenticated,
            Self::Forbidden(forbidden) => ApiError::Forbidden(forbidden.need),
            Self::ChangePassword => ApiError::ChangePassword,
            Self::NotFound(what) => ApiError::NotFound(what.to_owned()),
            Self::Refused(refusal) => ApiError::Refused(refusal),
            Self::Invalid(why) => ApiError::Invalid(why),
            Self::Unshown(why) => {
                tracing::warn!(reference, %why, "a picture was not shown");
                ApiError::Invalid(why.to_string())
            }
            Self::Busy(_) => ApiError::Busy,
            Self::Persona(persona::Failure::NotShown(kind)) => ApiError::NotShown(kind),
            Self::Persona(failure) => {
                tracing::warn!(reference, error = %failure, "a request to Persona failed");
                ApiError::Persona { reference: reference.to_owned() }
            }
            Self::Db(error) => {
                tracing::error!(reference, error = %error, "database error");
                ApiError::Internal { reference: reference.to_owned() }
            }
            Self::Internal(why) => {
                tracing::error!(reference, why, "internal error");
                ApiError::Internal { reference: reference.to_owned() }
            }
        };
        (status, shown)
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let reference = super::id::reference();
        let (status, shown) = self.present(&reference);
        (status, [("content-type", "text/plain; charset=utf-8")], format!("{shown}\n")).into_response()
    }
}
