//! The errors that browsers receive: the kind and a reference, never the cause.
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use crate::domain::decision::Refusal;
use crate::domain::picture::FileKind;
use crate::domain::reviewer::Permission;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ApiError {
    #[error("Sign in to continue.")]
    Unauthenticated,
    #[error("Your role does not allow this. The attempt was recorded. If you need this for your work, ask an admin.")]
    Forbidden(Permission),
    #[error(
        "Set your own password first, on the page under your name. Someone else may know the one that you signed in with."
    )]
    ChangePassword,
    #[error("There is no such {0}.")]
    NotFound(String),
    #[error("{0}")]
    Refused(Refusal),
    #[error("{0}")]
    Invalid(String),
    #[error("Too many requests at once. Try again in a moment.")]
    Busy,
    #[error("Persona did not answer. Nothing was lost. Try again in a moment. Reference {reference}")]
    Persona { reference: String },
    /// A file that a page cannot show. Trying again does not help.
    #[error("{}", .0.why())]
    NotShown(FileKind),
    #[error(
        "Something went wrong in the desk, and the error was logged. Try again. If it happens again, inform your admin. Reference {reference}"
    )]
    Internal { reference: String },
    /// The browser could not reach the desk.
    #[error("The desk cannot be reached. Check your connection. What you typed is still here.")]
    Unreachable,
    /// A form that does not fit what the server expects: the page is outdated, or it is not our page.
    #[error("This form could not be read. Reload the page and try again.")]
    Unreadable,
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => Self::Unreachable,
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Self::Unreadable
            }
            _ => Self::Internal { reference: "none".to_owned() },
        }
    }
}
