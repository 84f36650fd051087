//! An inquiry: its status, what the applicant submitted, and its sessions.
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::id::{AccountId, InquiryId, ObjectId};
use super::text::{visible, words};
use super::time::Timestamp;

/// Persona's statuses. The list is open (CONTRACT.md section 1), so an unknown status is stored as it came.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum InquiryStatus {
    Created,
    Pending,
    Completed,
    Failed,
    Expired,
    NeedsReview,
    Approved,
    Declined,
    Other(String),
}

impl InquiryStatus {
    pub const KNOWN: [Self; 8] = [
        Self::NeedsReview,
        Self::Completed,
        Self::Failed,
        Self::Pending,
        Self::Created,
        Self::Expired,
        Self::Approved,
        Self::Declined,
    ];

    pub fn as_str(&self) -> &str {
        match self {
            Self::Created => "created",
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::NeedsReview => "needs_review",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Other(text) => text,
        }
    }

    pub fn label(&self) -> String {
        words(self.as_str())
    }

    pub const fn decided(&self) -> bool {
        matches!(self, Self::Approved | Self::Declined)
    }

    /// Whether nothing more is expected of the applicant or of a reviewer.
    pub const fn ended(&self) -> bool {
        matches!(self, Self::Approved | Self::Declined | Self::Failed | Self::Expired)
    }

    /// Whether the desk offers to mark it for review. Persona refuses that for decided inquiries (CONTRACT.md 9.1), an
    /// expired one has to be resumed first, and for one already in review it changes nothing.
    pub const fn reviewable(&self) -> bool {
        !matches!(self, Self::Approved | Self::Declined | Self::Expired | Self::NeedsReview)
    }

    /// Whether a one-time link lets the applicant continue. An expired inquiry has to be resumed first (CONTRACT.md
    /// section 10).
    pub const fn takes_link(&self) -> bool {
        !matches!(self, Self::Approved | Self::Declined | Self::Expired)
    }

    /// Whether the desk offers approve and decline. Persona states no precondition (CONTRACT.md 9.1) but intends the
    /// calls for the phase after the applicant finished; before that there is nothing to judge.
    pub const fn decidable(&self) -> bool {
        matches!(self, Self::NeedsReview | Self::Completed | Self::Failed)
    }
}

impl From<String> for InquiryStatus {
    fn from(text: String) -> Self {
        Self::KNOWN.into_iter().find(|known| known.as_str() == text).unwrap_or(Self::Other(text))
    }
}

impl From<InquiryStatus> for String {
    fn from(status: InquiryStatus) -> String {
        status.as_str().to_owned()
    }
}

impl FromStr for InquiryStatus {
    type Err = Infallible;
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::from(text.to_owned()))
    }
}

impl fmt::Display for InquiryStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The address of an inquiry in Persona's dashboard, for what the desk cannot show.
pub fn in_persona(inquiry: &str) -> String {
    format!("https://app.withpersona.com/dashboard/inquiries/{inquiry}")
}

/// One submitted or extracted value. Nested fields are flattened: `address.city`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    pub key: String,
    pub value: String,
}

/// Letters and digits of a name, in lower case.
fn plain(key: &str) -> impl Iterator<Item = u8> {
    key.bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase())
}

/// Finds a field by its name in any spelling: `name-first`, `name_first`, `nameFirst`.
pub fn field<'a>(fields: &'a [Field], key: &str) -> Option<&'a str> {
    let named = |field: &&Field| plain(&field.key).eq(plain(key));
    fields.iter().find(named).map(|field| field.value.as_str()).filter(|v| !v.is_empty())
}

/// An inquiry as Persona describes it, without related objects (see `evidence`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inquiry {
    pub id: InquiryId,
    pub status: InquiryStatus,
    pub reference_id: Option<String>,
    pub account_id: Option<AccountId>,
    pub template_id: Option<ObjectId>,
    pub note: Option<String>,
    pub tags: Vec<String>,
    pub creator: Option<String>,
    pub reviewer_comment: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub failed_at: Option<Timestamp>,
    pub marked_for_review_at: Option<Timestamp>,
    pub decisioned_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub expired_at: Option<Timestamp>,
    pub redacted_at: Option<Timestamp>,
    pub fields: Vec<Field>,
}

/// Letters and digits of the name of a field in lower case, however the template spells it.
pub fn key_letters(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

impl Inquiry {
    /// Whether Persona failed it, also when it was marked for review since.
    pub fn has_failed(&self) -> bool {
        self.failed_at.is_some() || self.status == InquiryStatus::Failed
    }

    pub fn is_declined(&self) -> bool {
        self.status.as_str() == "declined"
    }

    /// Returns the inquiry with these values in place of those under the same names.
    pub fn with(&self, facts: &[Field]) -> Self {
        let mut fields = self.fields.clone();
        fields.retain(|field| facts.iter().all(|fact| fact.key != field.key));
        fields.extend(facts.iter().cloned());
        Self { fields, ..self.clone() }
    }

    /// The name of the person or business, as submitted.
    pub fn subject(&self) -> Option<String> {
        let whole =
            ["business-name", "name-full"].into_iter().filter_map(|key| field(&self.fields, key)).find_map(visible);
        if whole.is_some() {
            return whole;
        }
        let name = ["name-first", "name-middle", "name-last"]
            .into_iter()
            .filter_map(|key| field(&self.fields, key))
            .collect::<Vec<_>>()
            .join(" ");
        visible(&name)
    }

    pub fn country(&self) -> Option<&str> {
        ["address-country-code", "country-code", "selected-country-code", "business-country-code"]
            .into_iter()
            .find_map(|key| field(&self.fields, key))
    }

    /// Whether it was marked for review before the applicant had finished: which checks were still to come is not known.
    pub const fn is_unfinished(&self) -> bool {
        self.marked_for_review_at.is_some() && self.completed_at.is_none() && self.failed_at.is_none()
    }

    /// The time since which it waits for a reviewer.
    pub fn waiting_since(&self) -> Timestamp {
        self.marked_for_review_at
            .or(self.completed_at)
            .or(self.failed_at)
            .or(self.started_at)
            .unwrap_or(self.created_at)
    }
}

/// A flag of a session that names its device, but whose device was not included.
pub const DEVICE_NOT_READ: &str = "Device not read";

/// One session of the applicant: device and network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InquirySession {
    pub id: ObjectId,
    pub status: String,
    pub started_at: Option<Timestamp>,
    pub expired_at: Option<Timestamp>,
    pub ip_address: Option<String>,
    pub device: Option<String>,
    pub system: Option<String>,
    pub browser: Option<String>,
    pub country: Option<String>,
    pub region: Option<String>,
    pub connection: Option<String>,
    pub provider: Option<String>,
    pub threat_level: Option<String>,
    /// Flags that speak against the network: `VPN`, `Tor`, `Proxy`, `Data centre`.
    pub network_flags: Vec<String>,
    /// What the related network says about itself: `threat-level`, `proxy-type`, `connection`. Not serialized when
    /// empty, so that the fingerprint of other sessions stays the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub network: Vec<Field>,
    /// Not serialized when empty, so that the fingerprint of other sessions stays the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<Field>,
    /// From the related device, not the session itself (CONTRACT.md section 27).
    pub device_fingerprint: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_status_is_kept() {
        let status = InquiryStatus::from("on_hold".to_owned());
        assert_eq!(String::from(status.clone()), "on_hold");
        assert_eq!(status.label(), "On hold");
        assert!(!status.decidable());
    }

    #[test]
    fn fields_are_found_in_any_spelling() {
        let fields = [Field { key: "name_first".into(), value: "Mara".into() }];
        assert_eq!(field(&fields, "name-first"), Some("Mara"));
        assert_eq!(field(&fields, "nameFirst"), Some("Mara"));
        assert_eq!(field(&fields, "name-last"), None);
    }
}
