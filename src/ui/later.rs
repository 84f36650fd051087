//! Parts of a page that came from the server are taken over one after the other, each in a task of its own: between them browsers
//! draw, and hear what the reader does. Until its turn a part is what it is without scripts: links and forms work, and what was
//! typed and ticked by then stands afterwards.
use leptos::prelude::*;

/// Nothing inside of it may fetch with the page: what the server has fetched is handed over in the order of the page.
#[component]
pub fn Later(children: Children) -> impl IntoView {
    #[cfg(not(feature = "hydrate"))]
    let view = view! { <div class="as-one" data-later="">{children()}</div> };
    #[cfg(feature = "hydrate")]
    let view = browser::Part::new(children);
    view
}

/// Whether what is made now stands on the page already, as the server drew it.
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

    /// An element and all that stands in it; drawn once. A view of its own: what Leptos' elements hold as attributes, it throws away
    /// and makes again each time they are drawn again.
    #[derive(Clone)]
    pub struct Part {
        children: Arc<Mutex<Option<Children>>>,
        owner: Option<Owner>,
    }

    impl Part {
        pub fn new(children: Children) -> Self {
            Self { children: Arc::new(Mutex::new(Some(children))), owner: Owner::current() }
        }

        /// Where it stands in the page, as far as contexts and cleaning up go.
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
        /// Nothing while it stands as the server sent it.
        drawn: Rc<RefCell<Option<AnyViewState>>>,
        its: Part,
    }

    fn get(of: &Element, name: &str) -> JsValue {
        js_sys::Reflect::get(of, &name.into()).unwrap_or_default()
    }

    /// The fields that are not as the server sent them, and what they hold.
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

    /// As if it were typed or ticked now.
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

    /// Once; nothing when it was done before.
    fn take_over(part: &Part, element: &Element, drawn: &RefCell<Option<AnyViewState>>) {
        let filled = filled_in(element);
        PART.set(true);
        let state = part.drawn(|view| view.hydrate_from::<true>(element));
        PART.set(false);
        if let Some(state) = state {
            *drawn.borrow_mut() = Some(state);
            // Fails never: the name is one.
            let _ = element.remove_attribute("data-later");
            filled.iter().for_each(|(field, name, value)| fill_in(field, name, value));
        }
    }

    impl Render for Part {
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
            // Drawn anew before its turn came: what was typed in it must not be lost with it.
            if stands.drawn.borrow().is_none() {
                take_over(&stands.its, &stands.element, &stands.drawn);
            }
            if let Some(drawn) = &mut *stands.drawn.borrow_mut() {
                self.drawn(|view| view.rebuild(drawn));
            }
            stands.its = self;
        }
    }

    impl RenderHtml for Part {
        type AsyncOutput = Self;
        type Owned = Self;
        const MIN_LENGTH: usize = 0;

        fn dry_resolve(&mut self) {}

        async fn resolve(self) -> Self {
            self
        }

        /// The server writes it as any other element.
        fn to_html_with_buf(self, _: &mut String, _: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {}

        fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Stands {
            match position.get() {
                Position::FirstChild => cursor.child(),
                Position::Current => {}
                _ => cursor.sibling(),
            }
            // The server drew an element here: it is the same program.
            let element: Element = cursor.current().unchecked_into();
            position.set(Position::NextChild);
            let stands = Stands { element: element.clone(), drawn: Rc::default(), its: self.clone() };
            let drawn = Rc::downgrade(&stands.drawn);
            set_timeout(
                move || {
                    // Or it is gone before its turn came.
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

    impl AddAnyAttr for Part {
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
