//! Static HTML for content that is only read. Each element of a Leptos view is code that browsers load and must
//! hydrate, because a view can change in any place; content without actions or changes needs neither.
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use leptos::prelude::*;
use maud::Markup;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::deferred::taking_over;
use super::persistent_attribute::{Lasting, Persistent};
use crate::ui::parts::time::by_the_readers_clock;

pub type StaticHtml = Persistent<Html>;

/// The HTML inside an element; `None` while the element still has what the server sent.
#[derive(Debug, Clone)]
pub struct Html(Option<Arc<str>>);

/// HTML that is rendered again when a signal changes.
#[derive(Clone)]
pub struct ReactiveHtml(Arc<dyn Fn() -> Markup + Send + Sync>);

/// Sets the HTML inside an element. It is not rendered where the server has rendered it already, so changes of signals
/// that `draw` reads are ignored.
pub fn static_html(draw: impl FnOnce() -> Markup) -> StaticHtml {
    Persistent(Html((!taking_over()).then(|| draw().into_string().into())))
}

/// Sets the HTML inside an element, and renders it again when a signal changes that `draw` reads.
pub fn reactive_html(draw: impl Fn() -> Markup + Send + Sync + 'static) -> Persistent<ReactiveHtml> {
    Persistent(ReactiveHtml(Arc::new(draw)))
}

/// Static HTML for a few words among other content.
pub fn inline_html(draw: impl FnOnce() -> Markup) -> AnyView {
    let html = static_html(draw);
    view! { <span class="as-one" {..html}></span> }.into_any()
}

/// Whether an element from the server has exactly this HTML, compared after the browser has serialized both.
fn is_the_same(element: &Element, html: &str) -> bool {
    document().create_element("template").is_ok_and(|fresh| {
        fresh.set_inner_html(html);
        fresh.inner_html() == element.inner_html()
    })
}

/// Property of an element that stores what it was rendered from.
const DRAWN: &str = "countersignDrawn";

fn drawn(element: &Element) -> Option<String> {
    js_sys::Reflect::get(element, &DRAWN.into()).ok()?.as_string()
}

/// Stores on the element the hash of its HTML (empty if the server rendered it) and the page.
fn remember(element: &Element, from: &str, page: &str) {
    // Never fails: an element accepts any property.
    let _ = js_sys::Reflect::set(element, &DRAWN.into(), &format!("{from} {page}").into());
}

fn page() -> String {
    window().location().pathname().unwrap_or_default()
}

fn mark(html: &str) -> String {
    let mut hasher = DefaultHasher::new();
    html.hash(&mut hasher);
    format!("{:x}", hasher.finish())
}

/// Returns a selector that finds the same element after a re-render.
fn found_by(element: &Element) -> Option<String> {
    ["id", "name", "href"].into_iter().find_map(|name| {
        let value = element.get_attribute(name)?.replace('\\', "\\\\").replace('"', "\\\"");
        Some(format!("{}[{name}=\"{value}\"]", element.tag_name()))
    })
}

fn all(element: &Element, selector: &str) -> Vec<Element> {
    let Ok(found) = element.query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|n| found.get(n)?.dyn_into().ok()).collect()
}

/// Returns each `<details>`: the text of its summary, how many before it have the same text, and the element.
fn foldable(element: &Element) -> Vec<(Option<String>, usize, Element)> {
    let mut found: Vec<(Option<String>, usize, Element)> = Vec::new();
    for details in all(element, "details") {
        let says = details.query_selector("summary").ok().flatten().and_then(|summary| summary.text_content());
        let before = found.iter().filter(|(said, ..)| *said == says).count();
        found.push((says, before, details));
    }
    found
}

/// Renders the HTML again, keeping keyboard focus and open `<details>`.
fn draw_again(element: &Element, html: &str) {
    let inside = |active: &Element| active != element && element.contains(Some(active.as_ref()));
    let place = document().active_element().filter(inside).as_ref().and_then(found_by);
    let mut unfolded = foldable(element);
    unfolded.retain(|(.., details)| details.has_attribute("open"));
    element.set_inner_html(html);
    if !unfolded.is_empty() {
        for (says, before, details) in foldable(element) {
            if unfolded.iter().any(|(said, nth, _)| *nth == before && *said == says) {
                let _ = details.set_attribute("open", "");
            }
        }
    }
    let there = place.and_then(|place| element.query_selector(&place).ok().flatten());
    if let Some(there) = there.and_then(|there| there.dyn_into::<HtmlElement>().ok()) {
        // Ignored if the element can no longer be focused.
        let _ = there.focus();
    }
}

/// Sets the HTML if it differs.
fn put(element: &Element, html: &str) {
    let (page, from) = (page(), mark(html));
    let before = drawn(element).unwrap_or_default();
    let (known, then) = before.split_once(' ').unwrap_or_default();
    if then != page {
        // The element shows another page now, so `<details>` that were open there are not opened here.
        element.set_inner_html(html);
    } else if known != from && !(known.is_empty() && is_the_same(element, html)) {
        draw_again(element, html);
    }
    remember(element, &from, &page);
}

fn stands_as_sent(element: &Element) {
    remember(element, "", &page());
    by_the_readers_clock(element);
}

impl Lasting for Html {
    type State = ();

    fn html(&self, to: &mut String) {
        to.push_str(self.0.as_deref().unwrap_or_default());
    }

    fn html_len(&self) -> usize {
        self.0.as_ref().map_or(0, |html| html.len())
    }

    fn stand(self, element: &Element, from_server: bool) {
        match self.0 {
            _ if from_server => stands_as_sent(element),
            Some(html) => put(element, &html),
            None => {}
        }
    }
}

impl Lasting for ReactiveHtml {
    type State = RenderEffect<()>;

    fn html(&self, to: &mut String) {
        to.push_str(&(self.0)().into_string());
    }

    fn stand(self, element: &Element, from_server: bool) -> RenderEffect<()> {
        if from_server {
            stands_as_sent(element);
        }
        let element = element.clone();
        RenderEffect::new(move |before: Option<()>| {
            // Rendered the first time, too: that is how the effect learns which signals are read.
            let html = (self.0)().into_string();
            if before.is_some() || !from_server {
                put(&element, &html);
            }
        })
    }
}
