//! The person or business that inquiries belong to, and the attributes that link one to another.
pub mod attribute;

use attribute::Attribute;
use serde::{Deserialize, Serialize};

use super::id::AccountId;
use super::inquiry::{Field, field};
use super::text::visible;
use super::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub id: AccountId,
    pub reference_id: Option<String>,
    pub type_id: Option<String>,
    pub type_name: String,
    pub status: String,
    pub created_at: Timestamp,
    pub updated_at: Option<Timestamp>,
    pub redacted_at: Option<Timestamp>,
    pub tags: Vec<String>,
    pub fields: Vec<Field>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountKind {
    Person,
    Business,
}

impl AccountKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Business => "business",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Person => "Person",
            Self::Business => "Business",
        }
    }

    pub fn parse(text: &str) -> Self {
        if text == "business" { Self::Business } else { Self::Person }
    }
}

/// Beginnings of words in statuses of accounts with which an organisation does not deal. Each organisation names its
/// own statuses.
pub const REFUSED: [&str; 8] = ["declin", "reject", "block", "denied", "banned", "fraud", "terminat", "blacklist"];

/// Whether a status says that the organisation does not deal with an account.
pub fn is_refused(status: &str) -> bool {
    let status = status.to_lowercase();
    let mut words = status.split(|letter: char| !letter.is_alphanumeric());
    words.any(|word| REFUSED.iter().any(|begin| word.starts_with(begin)))
}

impl Account {
    /// Attributes in the account's own fields that other accounts may share.
    pub fn attributes(&self) -> Vec<Attribute> {
        Attribute::contacts(&self.fields).collect()
    }

    /// Organisations name their own account types. A type whose name mentions a business is one, and so is an account
    /// with a business name.
    pub fn kind(&self) -> AccountKind {
        let name = self.type_name.to_lowercase();
        let business = ["business", "company", "merchant", "organization", "organisation", "entity"];
        if business.iter().any(|word| name.contains(word)) || field(&self.fields, "business-name").is_some() {
            AccountKind::Business
        } else {
            AccountKind::Person
        }
    }

    pub fn name(&self) -> String {
        if self.redacted_at.is_some() {
            return REDACTED_ACCOUNT.to_owned();
        }
        let parts = ["name.first", "name.middle", "name.last"];
        let joined = parts.into_iter().filter_map(|key| field(&self.fields, key)).collect::<Vec<_>>().join(" ");
        if let Some(name) = visible(&joined) {
            return name;
        }
        ["business-name", "name", "legal-name", "name-full"]
            .into_iter()
            .filter_map(|key| field(&self.fields, key))
            .find_map(visible)
            .or_else(|| self.reference_id.clone())
            .unwrap_or_else(|| self.id.to_string())
    }

    pub fn country(&self) -> Option<&str> {
        ["address.country-code", "address-country-code", "country-code"]
            .into_iter()
            .find_map(|key| field(&self.fields, key))
    }
}

/// Name shown for an account that Persona has redacted.
pub const REDACTED_ACCOUNT: &str = "Redacted account";
