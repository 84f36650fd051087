//! What every page knows of its reader: the reviewer, their preferences, and the values that the server wrote into the
//! page.
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::domain::decision::Decision;
use crate::domain::page_data::layout::{Me, Start};
use crate::domain::preference::Preferences;
use crate::domain::reason::Reasons;
use crate::domain::reviewer::Permission;
use crate::domain::time::Timestamp;

/// The decision reasons that were valid when the page was loaded.
pub fn reasons() -> Reasons {
    use_context::<Start>().map(|start| start.reasons).unwrap_or_default()
}

pub fn start() -> Start {
    use_context::<Start>().unwrap_or(Start {
        me: None,
        environment: String::new(),
        theme: None,
        preferences: Preferences::default(),
        reasons: Reasons::default(),
        line: String::new(),
        now: Timestamp::from_micros(0),
    })
}

/// The preferences of the signed-in reviewer. The signal follows the changes that they make.
pub fn preferences() -> RwSignal<Preferences> {
    use_context().unwrap_or_else(|| RwSignal::new(Preferences::default()))
}

pub fn me() -> Option<Me> {
    start().me
}

/// Whether the signed-in reviewer may do something. It decides what a page offers; the server decides what is allowed.
pub fn may(need: Permission) -> bool {
    me().is_some_and(|me| me.may(need))
}

/// The decision after which the desk opened this page by itself.
pub fn last_made() -> RwSignal<Option<Decision>> {
    use_context().unwrap_or_else(|| RwSignal::new(None))
}

/// Changes a preference of the reviewer: on this page at once, and then on the server.
pub fn prefer(change: impl FnOnce(&mut Preferences)) {
    let mine = preferences();
    mine.update(change);
    let wanted = mine.get_untracked();
    spawn_local(async move {
        // The change still applies on this page, and is sent again with the next change.
        if let Err(error) = api::preference::prefer(wanted).await {
            leptos::logging::warn!("preferences were not saved: {error}");
        }
    });
}
