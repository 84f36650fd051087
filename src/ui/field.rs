//! Fields that somebody types in while the page around them is drawn again.
use std::sync::Arc;

use leptos::prelude::*;
use web_sys::Element;

use super::lasting::{Lasting, Lasts};

/// What a field holds, as signals have it; the server writes it as `value`, or between its tags.
#[derive(Clone)]
pub struct Value(Arc<dyn Fn() -> String + Send + Sync>);

pub fn holds(value: impl Fn() -> String + Send + Sync + 'static) -> Lasts<Value> {
    Lasts(Value(Arc::new(value)))
}

impl Lasting for Value {
    type State = RenderEffect<()>;

    fn stand(self, field: &Element, _: bool) -> RenderEffect<()> {
        let field = field.clone();
        let name = "value".into();
        RenderEffect::new(move |_| {
            let value = (self.0)().into();
            // Set once more, the caret would stand at the end.
            if js_sys::Reflect::get(&field, &name).is_ok_and(|now| now != value) {
                // Fails never: a field takes any value.
                let _ = js_sys::Reflect::set(&field, &name, &value);
            }
        })
    }
}
