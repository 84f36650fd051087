//! Form fields that keep what the reviewer types while the page around them renders again.
use std::cell::RefCell;
use std::sync::Arc;

use leptos::prelude::*;
use web_sys::Element;

use super::leptos_ext::persistent_attribute::{Lasting, Persistent};

/// The value of a field, read from signals. The server writes it as `value`, or between the tags.
#[derive(Clone)]
pub struct FieldValue {
    of: Arc<dyn Fn() -> String + Send + Sync>,
    /// Text that is being typed is not replaced, whatever value the signals have.
    yields: bool,
}

pub fn holds(value: impl Fn() -> String + Send + Sync + 'static) -> Persistent<FieldValue> {
    Persistent(FieldValue { of: Arc::new(value), yields: false })
}

/// The same for a field whose value comes back from the server: an answer does not replace what was typed after the
/// request was sent.
pub fn holds_unless_typing(value: impl Fn() -> String + Send + Sync + 'static) -> Persistent<FieldValue> {
    Persistent(FieldValue { of: Arc::new(value), yields: true })
}

fn is_focused(field: &Element) -> bool {
    let focused = field.owner_document().and_then(|document| document.active_element());
    focused.is_some_and(|focused| field.is_same_node(Some(&focused)))
}

impl Lasting for FieldValue {
    type State = RenderEffect<()>;

    fn stand(self, field: &Element, _: bool) -> RenderEffect<()> {
        let field = field.clone();
        let name = "value".into();
        // The field's value when it last equalled the signals; at first, what the server wrote.
        let agreed = RefCell::new(js_sys::Reflect::get(&field, &name).unwrap_or_default());
        RenderEffect::new(move |_| {
            let value = (self.of)().into();
            let Ok(now) = js_sys::Reflect::get(&field, &name) else { return };
            let typing = self.yields && now != *agreed.borrow() && is_focused(&field);
            // Setting the same value again would move the caret to the end.
            if now != value && !typing {
                // Never fails: a field accepts any value.
                let _ = js_sys::Reflect::set(&field, &name, &value);
            }
            if now == value || !typing {
                agreed.replace(value);
            }
        })
    }
}
