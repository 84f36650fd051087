//! The page of an account, and the list of accounts.
use serde::{Deserialize, Serialize};

use super::inquiry::{CaseRef, InquiryRef, RelationRef};
use crate::domain::account::attribute::AttributeKind;
use crate::domain::account::{Account, AccountKind};
use crate::domain::id::AccountId;
use crate::domain::masking::Topic;
use crate::domain::note::Note;
use crate::domain::relation::RelationsRead;
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPage {
    pub account: Account,
    pub name: String,
    pub as_of: Timestamp,
    pub inquiries: Vec<InquiryRef>,
    pub cases: Vec<CaseRef>,
    pub relations: Vec<RelationRef>,
    pub relations_read: RelationsRead,
    pub shared: Vec<(AttributeKind, u32)>,
    pub hidden: Vec<Topic>,
    pub notes: Vec<Note>,
    pub now: Timestamp,
}

/// An account on the page on which a reviewer chooses whose graph to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    pub id: AccountId,
    pub name: String,
    pub kind: AccountKind,
    pub relations: i64,
}
