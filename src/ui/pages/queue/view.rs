//! Menus of the queue: saving its filters as a view, and choosing its columns.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::api::queue::{SaveView as Save, ShareView as Share};
use crate::domain::preference::COLUMNS;
use crate::domain::queue::QueueFilter;
use crate::domain::queue::view::LONGEST_VIEW_NAME;
use crate::domain::reviewer::Permission;
use crate::ui::context::{may, prefer, preferences};
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::keys::focus;
use crate::ui::parts::badge::Key;
use crate::ui::parts::failure::FormError;
use crate::ui::parts::load_state::error_in_address;
use crate::ui::parts::table::query;
use crate::ui::parts::view::Views;

#[component]
pub fn SaveView(filter: QueueFilter) -> impl IntoView {
    let save = FormAction::<Save>::new();
    let share = FormAction::<Share>::new();
    let kept = QueueFilter { after: None, ..filter };
    let text = query(&kept.pairs());
    let text = StoredValue::new(text.trim_start_matches('?').to_owned());
    let (of_save, of_share) = (error_in_address(Save::PATH), error_in_address(Share::PATH));
    let error = Signal::derive(move || {
        let of_action = save.value().get().and_then(Result::err).or_else(|| share.value().get().and_then(Result::err));
        of_action.or_else(|| of_save.get()).or_else(|| of_share.get())
    });
    let done = move || {
        let saved = save.value().get().is_some_and(|result| result.is_ok());
        saved || share.value().get().is_some_and(|result| result.is_ok())
    };
    let views = use_context::<Views>();
    Effect::new(move |_| {
        if done()
            && let Some(views) = views
        {
            views.refetch();
            // Leave the field, so that single-key shortcuts work again.
            focus("#save-view");
        }
    });
    let start = move || preferences().with(|mine| mine.start.clone()).is_some_and(|start| start == text.get_value());
    let fields = move || {
        view! {
            <input type="hidden" name="filter" value=text.get_value() />
            <label for="view-name">"Name"</label>
            <input id="view-name" name="name" type="text" required maxlength=LONGEST_VIEW_NAME.to_string() autocomplete="off" />
        }
    };
    view! {
        <details class="menu-of" name="queue-menus">
            <summary id="save-view">"Save view"<Key of="save-view" /></summary>
            <div class="sheet">
                <FormError error />
                <div role="status">{move || done().then(|| view! { <p class="banner" data-tone="good">"View saved. It is listed in the navigation."</p> })}</div>
                {if may(Permission::ManageQueue) {
                    view! { <ServerForm action=share attr:class="stack">{fields()}<button class="primary" type="submit">"Share with everyone"</button></ServerForm> }.into_any()
                } else {
                    view! { <ServerForm action=save attr:class="stack">{fields()}<button class="primary" type="submit">"Save for me"</button></ServerForm> }.into_any()
                }}
                <p><button type="button" class="quiet" disabled=start on:click=move |_| prefer(move |mine| mine.start = Some(text.get_value()))>
                    {move || if start() { "The queue opens with these filters" } else { "Open the queue with these filters" }}
                </button></p>
                <Show when=move || preferences().with(|mine| mine.start.is_some())>
                    <p><button type="button" class="quiet" on:click=move |_| prefer(|mine| mine.start = None)>"Open the queue with everything that needs review"</button></p>
                </Show>
            </div>
        </details>
    }
}

#[component]
pub fn Columns() -> impl IntoView {
    let mine = preferences();
    view! {
        <details class="menu-of" name="queue-menus">
            <summary id="columns">"Columns"<Key of="columns" /></summary>
            <div class="sheet">
                {COLUMNS.iter().map(|(name, label)| view! {
                    <label class="check"><input type="checkbox" prop:checked=move || mine.with(|mine| !mine.hidden.contains(*name))
                        on:change=move |event| {
                            let on = event_target_checked(&event);
                            prefer(|mine| { if on { mine.hidden.remove(*name); } else { mine.hidden.insert((*name).to_owned()); } });
                        } />{*label}</label>
                }).collect_view()}
                <label class="check"><input type="checkbox" prop:checked=move || mine.with(|mine| mine.dense)
                    on:change=move |event| { let on = event_target_checked(&event); prefer(|mine| mine.dense = on); } />"Dense rows"</label>
            </div>
        </details>
    }
}
