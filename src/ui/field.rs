//! Fields that somebody types in while the page around them is drawn again.
use std::sync::Arc;

use leptos::attr::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos::attr::{Attribute, NextAttribute};
use leptos::prelude::*;
use web_sys::Element;

/// What a field holds, as a signal has it. Given as `{..holds(move || …)}`, and not as `prop:value`: Leptos takes that away and sets
/// it again each time the field is drawn again, and who writes in the middle of a text would go on at its end.
#[derive(Clone)]
pub struct Holds(Arc<dyn Fn() -> String + Send + Sync>);

pub fn holds(value: impl Fn() -> String + Send + Sync + 'static) -> Holds {
    Holds(Arc::new(value))
}

impl std::fmt::Debug for Holds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Holds")
    }
}

impl Holds {
    fn follow(self, field: &Element) -> RenderEffect<()> {
        let field = field.clone();
        let name = "value".into();
        RenderEffect::new(move |_| {
            let value = (self.0)().into();
            // Set once more, the caret would stand at the end.
            if js_sys::Reflect::get(&field, &name).is_ok_and(|now| now != value) {
                let _ = js_sys::Reflect::set(&field, &name, &value);
            }
        })
    }
}

impl Attribute for Holds {
    const MIN_LENGTH: usize = 0;
    type State = RenderEffect<()>;
    type AsyncOutput = Self;
    type Cloneable = Self;
    type CloneableOwned = Self;

    fn html_len(&self) -> usize {
        0
    }

    /// The server writes what a field holds at first as its `value`, or between its tags.
    fn to_html(self, _: &mut String, _: &mut String, _: &mut String, _: &mut String) {}

    fn hydrate<const FROM_SERVER: bool>(self, field: &Element) -> RenderEffect<()> {
        self.follow(field)
    }

    fn build(self, field: &Element) -> RenderEffect<()> {
        self.follow(field)
    }

    /// Called only where attributes have their types; otherwise each is built again.
    fn rebuild(self, _: &mut RenderEffect<()>) {}

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

impl NextAttribute for Holds {
    type Output<NewAttr: Attribute> = Vec<AnyAttribute>;

    fn add_any_attr<NewAttr: Attribute>(self, new: NewAttr) -> Vec<AnyAttribute> {
        vec![self.into_any_attr(), new.into_any_attr()]
    }
}
