//! What is only read: plain HTML. A view of Leptos is made to change in any place, and so each of its elements is code that
//! browsers load, and work to take over; what nobody acts on and nothing moves in needs neither.
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use leptos::attr::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos::attr::{Attribute, NextAttribute};
use leptos::prelude::*;
use maud::Markup;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::later::taking_over;
use super::parts::time::by_the_readers_clock;

/// All that stands in an element; nothing while it stands there as the server sent it. Given as `{..plain(|| …)}`, and not as
/// `inner_html`, which Leptos empties each time the element is drawn again.
#[derive(Debug, Clone)]
pub struct Plain(Option<Arc<str>>);

/// All that stands in an element. Not drawn where the server has drawn it already: signals that are read inside are not followed.
pub fn plain(draw: impl FnOnce() -> Markup) -> Plain {
    Plain((!taking_over()).then(|| draw().into_string().into()))
}

/// A few words of it among others.
pub fn inline(draw: impl FnOnce() -> Markup) -> AnyView {
    let html = plain(draw);
    view! { <span class="as-one" {..html}></span> }.into_any()
}

/// Whether an element that came from the server holds just this; browsers write the same in their own way.
fn holds(element: &Element, html: &str) -> bool {
    document().create_element("template").is_ok_and(|fresh| {
        fresh.set_inner_html(html);
        fresh.inner_html() == element.inner_html()
    })
}

/// Where an element remembers what it was drawn from.
const DRAWN: &str = "countersignDrawn";

/// On which page, and from which text unless the server drew it.
#[derive(PartialEq, Eq)]
struct Drawn {
    page: String,
    from: Option<u64>,
}

impl Drawn {
    fn now(html: Option<&str>) -> Self {
        let from = html.map(|html| {
            let mut hasher = DefaultHasher::new();
            html.hash(&mut hasher);
            hasher.finish()
        });
        Self { page: window().location().pathname().unwrap_or_default(), from }
    }

    fn of(element: &Element) -> Option<Self> {
        let kept = js_sys::Reflect::get(element, &DRAWN.into()).ok()?.as_string()?;
        let (from, page) = kept.split_once(' ')?;
        Some(Self { page: page.to_owned(), from: from.parse().ok() })
    }

    fn keep(&self, element: &Element) {
        let from = self.from.map(|from| from.to_string()).unwrap_or_default();
        // Fails never: an element takes any property.
        let _ = js_sys::Reflect::set(element, &DRAWN.into(), &format!("{from} {}", self.page).into());
    }
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

/// What can be unfolded, known by what it says of itself and the how manieth that says so.
fn foldable(element: &Element) -> Vec<((Option<String>, usize), Element)> {
    let mut said: BTreeMap<Option<String>, usize> = BTreeMap::new();
    let known = all(element, "details").into_iter().map(|details| {
        let says = details.query_selector("summary").ok().flatten().and_then(|summary| summary.text_content());
        let before = said.entry(says.clone()).or_default();
        *before += 1;
        ((says, *before), details)
    });
    known.collect()
}

/// Draws it; who stood in it with the keyboard goes on from the same place, and what is unfolded stays so.
fn draw_again(element: &Element, html: &str) {
    let inside = |active: &Element| active != element && element.contains(Some(active.as_ref()));
    let place = document().active_element().filter(inside).as_ref().and_then(found_by);
    let unfolded: BTreeSet<_> = foldable(element)
        .into_iter()
        .filter_map(|(known, details)| details.has_attribute("open").then_some(known))
        .collect();
    element.set_inner_html(html);
    for (known, details) in foldable(element) {
        if unfolded.contains(&known) {
            let _ = details.set_attribute("open", "");
        }
    }
    let there = place.and_then(|place| element.query_selector(&place).ok().flatten());
    if let Some(there) = there.and_then(|there| there.dyn_into::<HtmlElement>().ok()) {
        // What cannot be focused any more is left alone.
        let _ = there.focus();
    }
}

impl Attribute for Plain {
    const MIN_LENGTH: usize = 0;
    type State = ();
    type AsyncOutput = Self;
    type Cloneable = Self;
    type CloneableOwned = Self;

    fn html_len(&self) -> usize {
        self.0.as_ref().map_or(0, |html| html.len())
    }

    fn to_html(self, _: &mut String, _: &mut String, _: &mut String, to: &mut String) {
        to.push_str(self.0.as_deref().unwrap_or_default());
    }

    fn hydrate<const FROM_SERVER: bool>(self, element: &Element) {
        Drawn::now(None).keep(element);
        by_the_readers_clock(element);
    }

    /// Also each time that the element is drawn again.
    fn build(self, element: &Element) {
        let Some(html) = self.0 else { return };
        let now = Drawn::now(Some(&html));
        match Drawn::of(element) {
            Some(before) if before == now => return,
            Some(before) if before.page == now.page => {
                // Put there once more, it would lose where its reader is.
                if before.from.is_some() || !holds(element, &html) {
                    draw_again(element, &html);
                }
            }
            // Of something else: what was unfolded there was not unfolded here.
            _ => element.set_inner_html(&html),
        }
        now.keep(element);
    }

    fn rebuild(self, (): &mut ()) {}

    fn into_cloneable(self) -> Self {
        self
    }

    fn into_cloneable_owned(self) -> Self {
        self
    }

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }
}

impl NextAttribute for Plain {
    type Output<NewAttr: Attribute> = Vec<AnyAttribute>;

    fn add_any_attr<NewAttr: Attribute>(self, new: NewAttr) -> Vec<AnyAttribute> {
        vec![self.into_any_attr(), new.into_any_attr()]
    }
}
