//! Changes of an inquiry while its page is open: a colleague's claim is shown at once, any other change is announced.
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::state::InquiryState;
use crate::api;
use crate::domain::news::News;
use crate::domain::page_data::inquiry::InquiryPage;
use crate::ui::context::me;
use crate::ui::resource::ApiResource;

#[derive(Clone, Copy)]
pub struct Hearing {
    id: StoredValue<String>,
    held: InquiryState,
    page: ApiResource<InquiryPage>,
    seen: StoredValue<Option<i64>>,
    /// Whether a request is under way, and whether to ask again after it.
    under_way: StoredValue<(bool, bool)>,
}

impl Hearing {
    pub fn new(id: String, held: InquiryState, page: ApiResource<InquiryPage>, seen: StoredValue<Option<i64>>) -> Self {
        Self { id: StoredValue::new(id), held, page, seen, under_way: StoredValue::new((false, false)) }
    }

    /// Asks the server what changed, with one request at a time.
    pub fn ask(self) {
        if self.under_way.get_value().0 {
            self.under_way.set_value((true, true));
            return;
        }
        self.under_way.set_value((true, false));
        spawn_local(async move {
            loop {
                let Some(id) = self.id.try_get_value() else { return };
                let news = api::inquiry::inquiry_news(id).await.ok();
                if self.under_way.try_get_value().is_none() {
                    return;
                }
                self.tell(news);
                if !self.under_way.try_get_value().is_some_and(|(_, again)| again) {
                    break;
                }
                self.under_way.try_set_value((true, false));
            }
            self.under_way.try_set_value((false, false));
        });
    }

    fn tell(self, news: Option<News>) {
        let (Some(news), Some(before)) = (news, self.held.shown.get_value()) else {
            self.held.changed.set(true);
            return;
        };
        let told = news.since(&before, me().map(|me| me.id));
        let claimed = News { claim: before.claim.clone(), ..news.clone() } == before && news.claim != before.claim;
        self.held.told.set(told);
        if claimed && !self.held.changed.get_untracked() {
            // Only the claim changed, not the evidence, so it can be shown at once.
            self.seen.set_value(Some(before.version));
            self.page.refetch();
        } else {
            self.held.changed.set(true);
        }
    }
}
