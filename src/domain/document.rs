//! A document of an inquiry that no verification shows, and the parts of the evidence that could not be read.
use serde::{Deserialize, Serialize};

use super::id::ObjectId;
use super::inquiry::Field;
use super::picture::Picture;
use super::text::words;
use super::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    pub id: ObjectId,
    /// `generic`, `government-id`, … (open list)
    pub kind: String,
    pub status: String,
    pub created_at: Option<Timestamp>,
    pub facts: Vec<Field>,
    pub pictures: Vec<Picture>,
}

impl Document {
    pub fn processed(&self) -> bool {
        self.status == "processed"
    }

    /// Whether it is of a kind that shows a person's identity.
    pub fn shows_who(&self) -> bool {
        self.kind.starts_with("government-id")
    }

    pub fn label(&self) -> String {
        match self.kind.as_str() {
            "generic" => "Document".into(),
            "government-id" => "Government ID document".into(),
            selfie if selfie.starts_with("selfie") => "Selfie".into(),
            other => format!("Document, {}", words(other).to_lowercase()),
        }
    }
}

/// The name of the unread part when reports of the account itself were not read.
pub const ACCOUNT_REPORTS: &str = "reports of the account";

/// Something that Persona names as part of the inquiry and that was not read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unread {
    /// `verification`, `report`, `document`, `selfie` or `session`, or a part of one.
    pub what: String,
    pub id: String,
    /// The reason, when more is known than that it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Unread {
    pub fn is_of_account(&self) -> bool {
        self.what == ACCOUNT_REPORTS
    }
}
