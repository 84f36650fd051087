//! The saved views of the queue, shared by the parts of a page that show or change them.
use leptos::prelude::*;

use crate::api;
use crate::domain::page_data::queue::ViewRow;
use crate::domain::reviewer::Permission;
use crate::ui::context::may;
use crate::ui::resource::{ApiResource, fetched};

/// The saved views in the navigation.
#[derive(Clone, Copy)]
pub struct Views {
    rows: ApiResource<Vec<ViewRow>>,
    known: RwSignal<Vec<ViewRow>>,
}

impl Views {
    pub fn of_reader() -> Self {
        let reads = may(Permission::ReadQueue);
        let rows =
            fetched(|| (), move |()| async move { if reads { api::queue::views().await } else { Ok(Vec::new()) } });
        Self { rows, known: RwSignal::new(Vec::new()) }
    }

    pub fn refetch(self) {
        self.rows.refetch();
    }

    /// Waits for the views, and returns them.
    pub async fn fetched(self) -> Vec<ViewRow> {
        let rows = self.rows.await.unwrap_or_default();
        self.known.set(rows.clone());
        rows
    }

    /// Returns the views as last fetched.
    pub fn get(self) -> Vec<ViewRow> {
        self.known.get()
    }
}
