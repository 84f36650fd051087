//! One `EventSource` for the whole application: which objects changed, and whether the line stands.
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use super::app::start;

/// The last change heard of: topic and id. `*` stands for "look at everything again".
pub type Change = (String, String);

#[derive(Debug, Clone, Copy)]
pub struct Live {
    /// Counts up with each change, so that the same one twice is heard twice.
    pub change: RwSignal<(u64, Option<Change>)>,
    /// `None` until it was tried.
    pub connected: RwSignal<Option<bool>>,
}

impl Live {
    pub fn new() -> Self {
        Self { change: RwSignal::new((0, None)), connected: RwSignal::new(None) }
    }

    /// Runs `hear` for each change from now on. Effects only run in the browser.
    pub fn on_change(self, hear: impl Fn(&str, &str) + 'static) {
        Effect::new(move |before: Option<u64>| {
            let (count, change) = self.change.get();
            if let (Some(before), Some((topic, id))) = (before, change)
                && before != count
            {
                untrack(|| hear(&topic, &id));
            }
            count
        });
    }
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}

pub fn live() -> Live {
    use_context::<Live>().unwrap_or_default()
}

/// The fetches of what a page shows. What changes while one is under way may be missing from it, and is fetched again.
#[derive(Debug, Clone, Copy)]
pub struct Fetching {
    begun: StoredValue<u64>,
    done: StoredValue<u64>,
    missed: StoredValue<bool>,
    /// Counts the answers that something was missing from.
    again: RwSignal<u64>,
}

impl Fetching {
    pub fn new() -> Self {
        Self {
            begun: StoredValue::new(0),
            done: StoredValue::new(0),
            missed: StoredValue::new(false),
            again: RwSignal::new(0),
        }
    }

    /// What fetches anew.
    pub fn again(self, fetch: Callback<()>) {
        Effect::new(move |_| {
            if self.again.get() > 0 {
                untrack(|| fetch.run(()));
            }
        });
    }

    /// The same answer, known to be under way meanwhile.
    pub async fn watch<T>(self, fetch: impl Future<Output = T>) -> T {
        let number = self.begun.try_get_value().unwrap_or_default() + 1;
        self.begun.try_set_value(number);
        self.missed.try_set_value(false);
        let answer = fetch.await;
        if self.begun.try_get_value() == Some(number) {
            self.done.try_set_value(number);
            if self.missed.try_get_value() == Some(true) {
                self.again.try_update(|n| *n += 1);
            }
        }
        answer
    }

    /// Something changed. Says whether that is taken care of, because a fetch is under way.
    pub fn hears(self) -> bool {
        let under_way = self.begun.try_get_value() != self.done.try_get_value();
        if under_way {
            self.missed.try_set_value(true);
        }
        under_way
    }
}

impl Default for Fetching {
    fn default() -> Self {
        Self::new()
    }
}

/// Opens the line; once, from the frame. The browser reconnects by itself.
pub fn listen() {
    let (live, after) = (live(), start().line);
    Effect::new(move |_| {
        // What happened between the drawing of the page and now is told first.
        let Ok(source) = EventSource::new(&format!("/live?after={after}")) else { return };
        let hear = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let id = event.data().as_string().unwrap_or_default();
            live.change.update(|(count, change)| {
                *count += 1;
                *change = Some((event.type_(), id));
            });
        });
        for topic in ["inquiry", "case", "account", "decision", "connection", "log", "note"] {
            let _ = source.add_event_listener_with_callback(topic, hear.as_ref().unchecked_ref());
        }
        let open = Closure::<dyn Fn()>::new(move || live.connected.set(Some(true)));
        let lost = Closure::<dyn Fn()>::new(move || live.connected.set(Some(false)));
        source.set_onopen(Some(open.as_ref().unchecked_ref()));
        source.set_onerror(Some(lost.as_ref().unchecked_ref()));
        // They live as long as the document does: the frame is never left without loading another one.
        hear.forget();
        open.forget();
        lost.forget();
    });
}
