//! The command palette (Ctrl-K), and the list of all keys (`?`).
use leptos::ev;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_navigate};
use maud::{Markup, html};
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, KeyboardEvent};

use super::view::Views;
use crate::api::search::find;
use crate::domain::preference::{KEYS, Preferences};
use crate::domain::reviewer::Permission;
use crate::domain::search::pasted;
use crate::domain::search_link::SearchPlace;
use crate::ui::context::{may, preferences};
use crate::ui::field::holds;
use crate::ui::keys::{composing, focus, of_the_browser, on_key};
use crate::ui::leptos_ext::static_html::reactive_html;

/// Pages, each with the permission that it needs.
const PAGES: [(&str, &str, Permission); 14] = [
    ("Review queue", "/queue?all=1", Permission::ReadQueue),
    ("Cases", "/cases", Permission::ReadQueue),
    ("Relations", "/relations", Permission::ReadEvidence),
    ("Decisions", "/decisions", Permission::ReadQueue),
    ("Audit log", "/audit", Permission::ReadAudit),
    ("Verify an exported log file", "/audit/verify", Permission::ReadAudit),
    ("Your account, keys and display", "/account", Permission::SignedIn),
    ("Reviewers", "/admin/reviewers", Permission::ReadReviewers),
    ("Rules and policy", "/admin/rules", Permission::ReadRules),
    ("Notes to you", "/mentions", Permission::ReadEvidence),
    ("Returned to you", "/returned", Permission::Decide),
    ("Statistics", "/admin/figures", Permission::ReadFigures),
    ("Retention", "/admin/retention", Permission::ReadRetention),
    ("Persona connection", "/admin/persona", Permission::ReadConnection),
];

/// Prefix of a search.
const SEARCH: &str = "search:";

/// Returns the label and the address for an id of any kind, wherever it was copied from.
pub fn target(text: &str) -> Option<(String, String)> {
    let text = text.trim();
    let part = || text.split(['?', '#', ' ']).rfind(|part| part.contains('_'));
    let id = pasted(text).or_else(part).unwrap_or(text);
    let fine = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') && id.len() <= 128;
    let (kind, path) = match id.split_once('_').map(|(kind, rest)| (kind, rest.is_empty())) {
        Some(("inq", false)) => ("inquiry", "/inquiries/"),
        Some(("case", false)) => ("case", "/cases/"),
        Some(("act", false)) => ("account", "/accounts/"),
        _ => {
            let number = text.trim_start_matches('#');
            return (!number.is_empty() && number.len() < 16 && number.bytes().all(|b| b.is_ascii_digit()))
                .then(|| (format!("Open log entry {number}"), format!("/audit/entries/{number}")));
        }
    };
    fine.then(|| (format!("Open {kind} {id}"), format!("{path}{id}")))
}

fn dialog(id: &str) -> Option<HtmlDialogElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

fn open(id: &str) {
    if let Some(dialog) = dialog(id).filter(|dialog| !dialog.open()) {
        let _ = dialog.show_modal();
    }
}

fn close(id: &str) {
    if let Some(dialog) = dialog(id) {
        dialog.close();
    }
}

#[component]
pub fn Palette() -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    // The list is empty until the palette is opened: the server does not know what the browser has fetched by then.
    let opened = RwSignal::new(false);
    let views = use_context::<Views>();
    let found = Memo::new(move |_| {
        if !opened.get() {
            return Vec::new();
        }
        let text = typed.get();
        let words: Vec<String> = text.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let fits = |label: &str| {
            let label = label.to_lowercase();
            words.iter().all(|word| label.contains(word.as_str()))
        };
        let mut lines = Vec::new();
        if let Some((label, href)) = target(&text) {
            let allowed = if href.starts_with("/audit") { Permission::ReadAudit } else { Permission::ReadEvidence };
            if may(allowed) {
                lines.push((label, href));
            }
        }
        if let Some(views) = views {
            let all = views.get();
            lines.extend(
                all.into_iter().map(|row| (format!("View: {}", row.view.name), format!("/queue?{}", row.view.filter))),
            );
        }
        lines.extend(
            PAGES
                .iter()
                .filter(|(_, _, need)| may(*need))
                .map(|(label, href, _)| ((*label).to_owned(), (*href).to_owned())),
        );
        let direct = usize::from(target(&text).is_some());
        let mut lines: Vec<(String, String)> = lines
            .into_iter()
            .enumerate()
            .filter(|(n, (label, _))| *n < direct || fits(label))
            .map(|(_, line)| line)
            .collect();
        if !text.trim().is_empty() && may(Permission::ReadQueue) {
            lines.push((format!("Search inquiries for “{}”", text.trim()), format!("{SEARCH}{}", text.trim())));
        }
        lines
    });
    let navigate = StoredValue::new(use_navigate());
    let go = move |href: &str| {
        close("palette");
        typed.set(String::new());
        // The text is sent in a request and not in an address, because it may name a person.
        if let Some(words) = href.strip_prefix(SEARCH) {
            let words = words.to_owned();
            leptos::task::spawn_local(async move {
                if let Ok(address) = find(SearchPlace::Queue, words).await {
                    let gone = navigate.try_with_value(Clone::clone);
                    if let Some(navigate) = gone {
                        navigate(&address, leptos_router::NavigateOptions::default());
                    }
                }
            });
            return;
        }
        navigate.with_value(|navigate| navigate(href, leptos_router::NavigateOptions::default()));
    };
    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
            if (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("k") {
                event.prevent_default();
                at.set(0);
                opened.set(true);
                open("palette");
                focus("#palette-text");
            }
        });
        on_cleanup(move || handle.remove());
    });
    on_key(&["Everywhere"], |key| {
        if key != "?" {
            return false;
        }
        open("all-keys");
        true
    });
    let pressed = move |event: KeyboardEvent| {
        if composing(&event) || of_the_browser(&event) {
            return;
        }
        let last = found.with_untracked(Vec::len).saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" => at.update(|at| *at = (*at + 1).min(last)),
            "ArrowUp" => at.update(|at| *at = at.saturating_sub(1)),
            "Enter" => {
                if let Some((_, href)) = found.with_untracked(|found| found.get(at.get_untracked()).cloned()) {
                    go(&href);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <dialog id="palette" class="palette" aria-label="Go anywhere">
            <input id="palette-text" type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list" aria-label="Page, view, ID or name"
                aria-activedescendant=move || Some(at.get()).filter(|at| *at < found.with(Vec::len)).map(|at| format!("palette-{at}")) placeholder="Page, view, ID or name" maxlength="300" autocomplete="off"
                {..holds(move || typed.get())} on:input=move |event| { typed.set(event_target_value(&event)); at.set(0); } on:keydown=pressed />
            <ul id="palette-list" role="listbox" aria-label="Results">
                {move || found.get().into_iter().enumerate().map(|(n, (label, href))| view! {
                    <li id=format!("palette-{n}") role="option" aria-selected=move || (at.get() == n).to_string() class:at=move || at.get() == n
                        on:click={ let href = href.clone(); move |_| go(&href) }>{label}</li>
                }).collect_view()}
            </ul>
        </dialog>
        <AllKeys />
    }
}

#[component]
fn AllKeys() -> impl IntoView {
    let mine = preferences();
    let location = use_location();
    // The dialog closes when the reviewer opens another page.
    Effect::new(move |_| {
        location.pathname.track();
        close("all-keys");
    });
    view! {
        <dialog id="all-keys" class="all-keys" aria-labelledby="all-keys-title">
            <header><h2 id="all-keys-title">"Keys"</h2><span class="grow"></span>
                <button type="button" class="quiet" on:click=move |_| close("all-keys")>"Close"<kbd>"Esc"</kbd></button></header>
            <p class="muted small">{move || if mine.with(|mine| mine.keys_off) { "Single-key shortcuts are off. " } else { "Shortcuts do nothing while you type. " }}<a href="/account">"Change keys or switch them off"</a></p>
            <div class="key-lists" {..reactive_html(move || mine.with(lists))}></div>
        </dialog>
    }
}

/// All keys, grouped by where they work.
fn lists(mine: &Preferences) -> Markup {
    const ALWAYS: [(&str, &str); 3] = [
        ("Ctrl K", "Go to any page, view, ID or name"),
        ("Esc", "Close, or clear the selection"),
        ("Enter", "Open the current row"),
    ];
    let places = KEYS.iter().fold(Vec::<&str>::new(), |mut places, (.., place)| {
        if !places.contains(place) {
            places.push(place);
        }
        places
    });
    html! {
        section {
            h3 { "Everywhere" }
            dl { @for (key, label) in ALWAYS { dt { kbd { (key) } } dd { (label) } } }
        }
        @for place in places {
            section {
                h3 { (place) }
                dl {
                    @for (name, _, label, _) in KEYS.iter().filter(|(.., there)| *there == place) {
                        dt { kbd { (mine.key(name)) } } dd { (label) }
                    }
                }
            }
        }
    }
}

/// A button that opens the list of keys, for reviewers who do not know the key `?`.
#[component]
pub fn KeysButton() -> impl IntoView {
    view! { <button class="quiet" type="button" on:click=move |_| open("all-keys")>"Keys"</button> }
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn any_id_leads_somewhere_wherever_it_was_copied_from() {
        let leads = |text: &str| target(text).map(|(_, href)| href);
        assert_eq!(leads(" inq_9fKq2mW7 ").as_deref(), Some("/inquiries/inq_9fKq2mW7"));
        assert_eq!(leads("https://app.withpersona.com/dashboard/cases/case_77?x=1").as_deref(), Some("/cases/case_77"));
        let utm = "https://app.withpersona.com/dashboard/inquiries/inq_1?utm_source=a_b#tab_2";
        assert_eq!(leads(utm).as_deref(), Some("/inquiries/inq_1"));
        assert_eq!(leads("act_1").as_deref(), Some("/accounts/act_1"));
        assert_eq!(leads("#4711").as_deref(), Some("/audit/entries/4711"));
        for text in ["", "inq_", "maya", "inq_<b", "doc_1"] {
            assert_eq!(leads(text), None, "{text}");
        }
    }
}
