//! What is only read: plain HTML. A view of Leptos is made to change in any place, and so each of its elements is code that
//! browsers load, and work to take over; what nobody acts on and nothing moves in needs neither.
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use leptos::prelude::*;
use maud::Markup;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::lasting::{Lasting, Lasts};
use super::later::taking_over;
use super::parts::time::by_the_readers_clock;

pub type Plain = Lasts<Html>;

/// All that stands in an element; nothing while it stands there as the server sent it.
#[derive(Debug, Clone)]
pub struct Html(Option<Arc<str>>);

/// The same, as signals have it.
#[derive(Clone)]
pub struct Following(Arc<dyn Fn() -> Markup + Send + Sync>);

/// All that stands in an element. Not drawn where the server has drawn it already: signals that are read inside are not followed.
pub fn plain(draw: impl FnOnce() -> Markup) -> Plain {
    Lasts(Html((!taking_over()).then(|| draw().into_string().into())))
}

/// All that stands in an element, drawn again when a signal changes that is read inside.
pub fn following(draw: impl Fn() -> Markup + Send + Sync + 'static) -> Lasts<Following> {
    Lasts(Following(Arc::new(draw)))
}

/// A few words of it among others.
pub fn inline(draw: impl FnOnce() -> Markup) -> AnyView {
    let html = plain(draw);
    view! { <span class="as-one" {..html}></span> }.into_any()
}

/// Whether an element that came from the server holds just this; browsers write the same in their own way.
fn is_the_same(element: &Element, html: &str) -> bool {
    document().create_element("template").is_ok_and(|fresh| {
        fresh.set_inner_html(html);
        fresh.inner_html() == element.inner_html()
    })
}

/// Where an element remembers what it was drawn from.
const DRAWN: &str = "countersignDrawn";

fn drawn(element: &Element) -> Option<String> {
    js_sys::Reflect::get(element, &DRAWN.into()).ok()?.as_string()
}

/// From which text, unless the server drew it, and on which page.
fn remember(element: &Element, from: &str, page: &str) {
    // Fails never: an element takes any property.
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

/// What an element is found by among what is drawn in its place.
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

/// What can be unfolded: what it says of itself, and how many before it say the same.
fn foldable(element: &Element) -> Vec<(Option<String>, usize, Element)> {
    let mut found: Vec<(Option<String>, usize, Element)> = Vec::new();
    for details in all(element, "details") {
        let says = details.query_selector("summary").ok().flatten().and_then(|summary| summary.text_content());
        let before = found.iter().filter(|(said, ..)| *said == says).count();
        found.push((says, before, details));
    }
    found
}

/// Draws it; who stood in it with the keyboard goes on from the same place, and what is unfolded stays so.
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
        // What cannot be focused any more is left alone.
        let _ = there.focus();
    }
}

/// Puts it there, unless it stands there.
fn put(element: &Element, html: &str) {
    let (page, from) = (page(), mark(html));
    let before = drawn(element).unwrap_or_default();
    let (known, then) = before.split_once(' ').unwrap_or_default();
    if then != page {
        // Of something else: what was unfolded there was not unfolded here.
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

impl Lasting for Following {
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
            // Drawn the first time, too: only so is it known which signals are read.
            let html = (self.0)().into_string();
            if before.is_some() || !from_server {
                put(&element, &html);
            }
        })
    }
}
