//! Hydrates the parts of a page one at a time, each in its own task, so that the browser can paint and handle input in
//! between. Until a part is hydrated it works as it does without scripts: links and forms work, and what the reviewer
//! typed or ticked is preserved.
use leptos::prelude::*;

/// Hydrates its children later. They must not fetch resources with the page: the browser takes over the server's
/// resources in the order of the page.
#[component]
pub fn Deferred(children: Children) -> impl IntoView {
    #[cfg(not(feature = "hydrate"))]
    let view = view! { <div class="as-one" data-later="">{children()}</div> };
    #[cfg(feature = "hydrate")]
    let view = browser::DeferredPart::new(children);
    view
}

/// Whether hydration is under way: the view that is being created is already on the page, as the server rendered it.
pub fn taking_over() -> bool {
    #[cfg(feature = "hydrate")]
    let now = browser::taking_over();
    #[cfg(not(feature = "hydrate"))]
    let now = false;
    now
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;
    use std::sync::{Arc, Mutex, PoisonError};
    use std::time::Duration;

    use leptos::attr::Attribute;
    use leptos::attr::any_attribute::AnyAttribute;
    use leptos::prelude::*;
    use leptos::tachys::hydration::Cursor;
    use leptos::tachys::renderer::dom::Dom;
    use leptos::tachys::view::any_view::AnyViewState;
    use leptos::tachys::view::{Mountable, Position, PositionState, Render, RenderHtml};
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::{Element, Event, EventInit, HtmlElement, Node};

    thread_local! {
        static PART: Cell<bool> = const { Cell::new(false) };
    }

    pub fn taking_over() -> bool {
        PART.get() || Owner::current_shared_context().is_some_and(|page| page.during_hydration())
    }

    /// An element with its children, rendered once. It is a view of its own, because Leptos drops and recreates
    /// everything that its own elements hold as attributes on each re-render.
    #[derive(Clone)]
    pub struct DeferredPart {
        children: Arc<Mutex<Option<Children>>>,
        owner: Option<Owner>,
    }

    impl DeferredPart {
        pub fn new(children: Children) -> Self {
            Self { children: Arc::new(Mutex::new(Some(children))), owner: Owner::current() }
        }

        /// Runs `then` with the children under the owner of this part, so that contexts and cleanup work.
        fn drawn<T>(&self, then: impl FnOnce(AnyView) -> T) -> Option<T> {
            let children = self.children.lock().unwrap_or_else(PoisonError::into_inner).take()?;
            Some(match &self.owner {
                Some(owner) => owner.with(|| then(children())),
                None => then(children()),
            })
        }
    }

    pub struct Stands {
        element: Element,
        /// `None` until this part is hydrated.
        drawn: Rc<RefCell<Option<AnyViewState>>>,
        its: DeferredPart,
    }

    fn get(of: &Element, name: &str) -> JsValue {
        js_sys::Reflect::get(of, &name.into()).unwrap_or_default()
    }

    /// Returns the fields whose value differs from what the server sent, with their values.
    fn filled_in(within: &Element) -> Vec<(Element, &'static str, JsValue)> {
        let Ok(all) = within.query_selector_all("input, textarea, select") else { return Vec::new() };
        let fields = (0..all.length()).filter_map(|n| all.get(n)?.dyn_into::<Element>().ok());
        let filled = fields.filter_map(|field| {
            let (name, sent) = match (field.tag_name().as_str(), field.get_attribute("type").as_deref()) {
                ("SELECT", _) => {
                    let chosen = field.query_selector("option[selected]").ok().flatten();
                    ("value", get(&chosen.or_else(|| field.query_selector("option").ok().flatten())?, "value"))
                }
                (_, Some("checkbox" | "radio")) => ("checked", get(&field, "defaultChecked")),
                _ => ("value", get(&field, "defaultValue")),
            };
            let now = get(&field, name);
            (now != sent).then_some((field, name, now))
        });
        filled.collect()
    }

    /// Sets the value as if the reviewer typed or ticked it now, including the events.
    fn fill_in(field: &Element, name: &str, value: &JsValue) {
        if name == "checked" {
            let _ = js_sys::Reflect::set(field, &name.into(), &(!value.is_truthy()).into());
            if let Some(field) = field.dyn_ref::<HtmlElement>() {
                field.click();
            }
            return;
        }
        let _ = js_sys::Reflect::set(field, &name.into(), value);
        let heard = EventInit::new();
        heard.set_bubbles(true);
        for kind in ["input", "change"] {
            if let Ok(event) = Event::new_with_event_init_dict(kind, &heard) {
                let _ = field.dispatch_event(&event);
            }
        }
    }

    /// Hydrates the part. Does nothing if it is hydrated already.
    fn take_over(part: &DeferredPart, element: &Element, drawn: &RefCell<Option<AnyViewState>>) {
        let filled = filled_in(element);
        PART.set(true);
        let state = part.drawn(|view| view.hydrate_from::<true>(element));
        PART.set(false);
        if let Some(state) = state {
            *drawn.borrow_mut() = Some(state);
            // Never fails: the attribute name is valid.
            let _ = element.remove_attribute("data-later");
            // After the tasks that hydrate the other parts: a ticked row changes what those show.
            let fill = move || filled.iter().for_each(|(field, name, value)| fill_in(field, name, value));
            set_timeout(fill, Duration::ZERO);
        }
    }

    impl Render for DeferredPart {
        type State = Stands;

        fn build(self) -> Stands {
            let element = Dom::create_element("div", None);
            element.set_class_name("as-one");
            let state = self.drawn(|view| {
                let mut drawn = view.build();
                drawn.mount(&element, None);
                drawn
            });
            Stands { element, drawn: Rc::new(RefCell::new(state)), its: self }
        }

        fn rebuild(self, stands: &mut Stands) {
            // Rendered again before it was hydrated: hydrate it now, so that what was typed in it is not lost.
            if stands.drawn.borrow().is_none() {
                take_over(&stands.its, &stands.element, &stands.drawn);
            }
            if let Some(drawn) = &mut *stands.drawn.borrow_mut() {
                self.drawn(|view| view.rebuild(drawn));
            }
            stands.its = self;
        }
    }

    impl RenderHtml for DeferredPart {
        type AsyncOutput = Self;
        type Owned = Self;
        const MIN_LENGTH: usize = 0;

        fn dry_resolve(&mut self) {}

        async fn resolve(self) -> Self {
            self
        }

        /// Not used: on the server this part is an ordinary element.
        fn to_html_with_buf(self, _: &mut String, _: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {}

        fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Stands {
            match position.get() {
                Position::FirstChild => cursor.child(),
                Position::Current => {}
                _ => cursor.sibling(),
            }
            // The server rendered an element here, because it runs the same program.
            let element: Element = cursor.current().unchecked_into();
            position.set(Position::NextChild);
            let stands = Stands { element: element.clone(), drawn: Rc::default(), its: self.clone() };
            let drawn = Rc::downgrade(&stands.drawn);
            set_timeout(
                move || {
                    // `None` when the part was removed before its turn.
                    if let Some(drawn) = drawn.upgrade() {
                        take_over(&self, &element, &drawn);
                    }
                },
                Duration::ZERO,
            );
            stands
        }

        fn into_owned(self) -> Self {
            self
        }
    }

    impl AddAnyAttr for DeferredPart {
        type Output<SomeNewAttr: Attribute> = Self;

        fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self {
            self
        }
    }

    impl Mountable for Stands {
        fn unmount(&mut self) {
            self.element.unmount();
        }

        fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
            self.element.mount(parent, marker);
        }

        fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
            self.element.insert_before_this(child)
        }

        fn elements(&self) -> Vec<Element> {
            vec![self.element.clone()]
        }
    }
}
