//! The state of the page of an inquiry. It survives a redraw.
use crate::api::decision::Decide;
use crate::api::decision::returned::EndReturn;
use crate::api::link::RequestLink;
use crate::domain::news::News;
use crate::ui::form::FormAction;
use crate::ui::pages::inquiry::claim::Claiming;
use crate::ui::pages::queue::inquiry_panel::QueuePanelState;
use crate::ui::parts::checklist::Ticking;
use crate::ui::parts::compare::Resolving;
use crate::ui::parts::decision_form::DraftForm;
use crate::ui::parts::decision_status::DecisionActions;
use crate::ui::parts::image_viewer::Viewer;
use crate::ui::parts::note::Writing;
use crate::ui::parts::reveal::Revealing;
use leptos::prelude::*;

#[derive(Clone, Copy)]
pub struct InquiryState {
    pub typed: DraftForm,
    pub decide: FormAction<Decide>,
    pub after: DecisionActions,
    pub claiming: Claiming,
    pub link: FormAction<RequestLink>,
    pub let_go: FormAction<EndReturn>,
    pub writing: Writing,
    pub placing: QueuePanelState,
    pub ticking: Ticking,
    pub resolving: Resolving,
    pub viewer: Viewer,
    pub revealing: Revealing,
    /// The version of the evidence on the page.
    pub version: StoredValue<i64>,
    /// State of the inquiry that this page shows.
    pub shown: StoredValue<Option<News>>,
    /// Something changed while the page was being read.
    pub changed: RwSignal<bool>,
    /// The version that the reader opened.
    pub opened: StoredValue<i64>,
    /// Sentences that say what changed, as far as it is known.
    pub told: RwSignal<Vec<String>>,
    pub reload: Callback<()>,
    /// Fetches because the reader asks to see what changed. A fetch on behalf of the page does not count as opening.
    pub show: Callback<()>,
}
