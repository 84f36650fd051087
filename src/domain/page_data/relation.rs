//! The page with the relation graph of an account.
use serde::{Deserialize, Serialize};

use crate::domain::id::AccountId;
use crate::domain::relation::{DeclinedNear, Graph};
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RelationPage {
    pub account: AccountId,
    pub name: String,
    pub graph: Graph,
    pub declined: DeclinedNear,
    pub hops: u32,
    /// When Persona was asked for these relations; `None` until it was.
    pub as_of: Option<Timestamp>,
    pub pending: bool,
    pub error: Option<String>,
    pub now: Timestamp,
}
