//! The actions of the page of retention, and what its parts share.
use crate::api::retention::{CancelRetention, ConfirmRetention, EndRelationship, HoldRecords, ReleaseRecords};
use crate::domain::retention::{Clock, profile};
use crate::ui::form::FormAction;

#[derive(Clone, Copy)]
pub struct RetentionActions {
    pub end: FormAction<EndRelationship>,
    pub hold: FormAction<HoldRecords>,
    pub release: FormAction<ReleaseRecords>,
    pub confirm: FormAction<ConfirmRetention>,
    pub cancel: FormAction<CancelRetention>,
}

/// A rule in words.
pub fn rule_text(clock: &Clock) -> String {
    profile(&clock.profile)
        .map_or_else(|| clock.profile.clone(), |profile| format!("{}, {} years", profile.name, profile.years))
}
