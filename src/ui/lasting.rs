//! What an element has that lasts while the page around it is drawn again. With views of one type (`erase_components`) Leptos
//! takes all attributes away each time an element is drawn again, and puts them there anew: `inner_html` would lose who stands in it and
//! what is unfolded, `prop:value` where in a text its reader writes. So these are attributes that name nothing to be taken away, and that look
//! at what stands when they are put there again. They are given as `{..attribute}`.
use leptos::attr::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos::attr::{Attribute, NextAttribute};
use web_sys::Element;

pub trait Lasting: Clone + Send + 'static {
    type State: 'static;

    /// What the server writes into the element.
    fn html(&self, _: &mut String) {}

    /// About how much that is, in bytes: the server makes room for a page at once.
    fn html_len(&self) -> usize {
        0
    }

    /// Stands on an element from now on: one that the server has sent, a new one, or the same again.
    fn stand(self, element: &Element, from_server: bool) -> Self::State;
}

#[derive(Debug, Clone)]
pub struct Lasts<T>(pub T);

impl<T: Lasting> Attribute for Lasts<T> {
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

    /// With views of one type each is built again instead; the same comes of both.
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

impl<T: Lasting> NextAttribute for Lasts<T> {
    type Output<NewAttr: Attribute> = Vec<AnyAttribute>;

    fn add_any_attr<NewAttr: Attribute>(self, new: NewAttr) -> Vec<AnyAttribute> {
        vec![self.into_any_attr(), new.into_any_attr()]
    }
}
