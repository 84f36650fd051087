//! The state of the page of a case. It survives a redraw.
use crate::api::case::TakeCase;
use crate::api::decision::SetStatus;
use crate::api::decision::returned::EndReturn;
use crate::ui::form::FormAction;
use crate::ui::parts::decision_form::DraftForm;
use crate::ui::parts::decision_status::DecisionActions;
use crate::ui::parts::note::Writing;
use crate::ui::parts::reveal::Revealing;
use leptos::prelude::*;

#[derive(Clone, Copy)]
pub struct CaseState {
    pub typed: DraftForm,
    pub action: FormAction<SetStatus>,
    pub take: FormAction<TakeCase>,
    pub let_go: FormAction<EndReturn>,
    pub after: DecisionActions,
    pub writing: Writing,
    pub revealing: Revealing,
    pub version: StoredValue<i64>,
    pub changed: RwSignal<bool>,
    /// Fetches again on behalf of the page. This does not count as opening the case.
    pub reload: Callback<()>,
    /// Fetches because the reader asks to see what changed.
    pub show: Callback<()>,
}
