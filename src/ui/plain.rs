//! What is only read: plain HTML. A view of Leptos is made to change in any place, and so each of its elements is code that
//! browsers load, and work to take over; what nobody acts on and nothing moves in needs neither.
use std::sync::Arc;

use leptos::prelude::*;
use leptos::tachys::html::element::InnerHtmlValue;
use maud::Markup;
use web_sys::Element;

use super::later::taking_over;
use super::parts::time::by_the_readers_clock;

/// The `inner_html` of an element; nothing while it stands there as the server sent it.
#[derive(Debug, Clone)]
pub struct Plain(Option<Arc<str>>);

/// The `inner_html` of an element. Not drawn where the server has drawn it already: signals that are read inside are not followed.
pub fn plain(draw: impl FnOnce() -> Markup) -> Plain {
    Plain((!taking_over()).then(|| draw().into_string().into()))
}

/// A few words of it among others.
pub fn inline(draw: impl FnOnce() -> Markup) -> AnyView {
    let html = plain(draw);
    view! { <span class="as-one" inner_html=html></span> }.into_any()
}

/// Whether an element that came from the server holds just this; browsers write the same in their own way.
fn holds(element: &Element, html: &str) -> bool {
    document().create_element("template").is_ok_and(|fresh| {
        fresh.set_inner_html(html);
        fresh.inner_html() == element.inner_html()
    })
}

impl IntoAttributeValue for Plain {
    type Output = Self;

    fn into_attribute_value(self) -> Self {
        self
    }
}

impl InnerHtmlValue for Plain {
    type AsyncOutput = Self;
    type State = (Element, Option<Arc<str>>);
    type Cloneable = Self;
    type CloneableOwned = Self;

    fn html_len(&self) -> usize {
        self.0.as_ref().map_or(0, |html| html.len())
    }

    fn to_html(self, to: &mut String) {
        to.push_str(self.0.as_deref().unwrap_or_default());
    }

    fn to_template(_: &mut String) {}

    fn hydrate<const FROM_SERVER: bool>(self, element: &Element) -> Self::State {
        by_the_readers_clock(element);
        (element.clone(), self.0)
    }

    fn build(self, element: &Element) -> Self::State {
        element.set_inner_html(self.0.as_deref().unwrap_or_default());
        (element.clone(), self.0)
    }

    fn rebuild(self, (element, known): &mut Self::State) {
        let Some(html) = self.0 else { return };
        // Put there once more, it would close what is unfolded.
        let same = match known {
            Some(known) => *known == html,
            None => holds(element, &html),
        };
        if !same {
            element.set_inner_html(&html);
        }
        *known = Some(html);
    }

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
