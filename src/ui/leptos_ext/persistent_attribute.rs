//! Attributes whose content survives a re-render of their element. With type-erased views (`erase_components`) Leptos
//! removes all attributes on each re-render and adds them again: `inner_html` would lose the keyboard focus and open
//! `<details>`, `prop:value` the caret position. These attributes have no name, so Leptos has nothing to remove, and
//! they compare themselves with the element when they are added again. They are passed as `{..attribute}`.
use leptos::attr::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos::attr::{Attribute, NextAttribute};
use web_sys::Element;

pub trait Lasting: Clone + Send + 'static {
    type State: 'static;

    /// Writes the HTML that the server puts into the element.
    fn html(&self, _: &mut String) {}

    /// Its approximate length in bytes: the server allocates the buffer for a page at once.
    fn html_len(&self) -> usize {
        0
    }

    /// Attaches to an element: one that the server sent, a new one, or the same one again.
    fn stand(self, element: &Element, from_server: bool) -> Self::State;
}

#[derive(Debug, Clone)]
pub struct Persistent<T>(pub T);

impl<T: Lasting> Attribute for Persistent<T> {
    const MIN_LENGTH: usize = 0;
    type State = (Element, T::State);
    type AsyncOutput = Self;
    type Cloneable = Self;
    type CloneableOwned = Self;

    fn html_len(&self) -> usize {
        self.0.html_len()
    }

    fn to_html(self, _: &mut String, _: &mut String, _: &mut String, to: &mut String) {
        self.0.html(to);
    }

    fn hydrate<const FROM_SERVER: bool>(self, element: &Element) -> Self::State {
        (element.clone(), self.0.stand(element, FROM_SERVER))
    }

    fn build(self, element: &Element) -> Self::State {
        (element.clone(), self.0.stand(element, false))
    }

    /// With type-erased views Leptos calls `build` instead; the result is the same.
    fn rebuild(self, (element, state): &mut Self::State) {
        *state = self.0.stand(element, false);
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

impl<T: Lasting> NextAttribute for Persistent<T> {
    type Output<NewAttr: Attribute> = Vec<AnyAttribute>;

    fn add_any_attr<NewAttr: Attribute>(self, new: NewAttr) -> Vec<AnyAttribute> {
        vec![self.into_any_attr(), new.into_any_attr()]
    }
}
