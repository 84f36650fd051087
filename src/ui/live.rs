//! The change feed in the browser: one `EventSource` for all tabs. It reports which objects changed and whether the
//! connection is open.
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::{BroadcastChannel, EventSource, MessageEvent};

use super::context::start;

/// A received change: topic and id. The id `*` means "fetch everything again".
pub type LiveChange = (String, String);

#[derive(Debug, Clone, Copy)]
pub struct Live {
    /// A counter and the last change. The counter makes two equal changes in a row two notifications.
    pub change: RwSignal<(u64, Option<LiveChange>)>,
    /// `None` until the first connection attempt has a result.
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

/// Tracks the fetches of a page's data. A change that arrives during a fetch may be missing from its answer, so the
/// page fetches again.
#[derive(Debug, Clone, Copy)]
pub struct Fetching {
    begun: StoredValue<u64>,
    done: StoredValue<u64>,
    missed: StoredValue<bool>,
    /// The number of answers that may lack a change.
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

    /// Sets what fetches the data again.
    pub fn again(self, fetch: Callback<()>) {
        Effect::new(move |_| {
            if self.again.get() > 0 {
                untrack(|| fetch.run(()));
            }
        });
    }

    /// Awaits `fetch`, and counts it as under way meanwhile.
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

    /// Records a change. Returns true when a fetch is under way: the page then fetches again by itself.
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

/// Seconds without a message after which the connection counts as dead, whatever the browser reports: a proxy may hold
/// everything back.
const SILENT: f64 = 35.0;
/// Seconds to wait for the first message, which the server sends with the headers.
const FIRST: f64 = 8.0;
/// Seconds between polls of everything while there is no connection.
const POLL: f64 = 30.0;
const TICK: std::time::Duration = std::time::Duration::from_secs(1);
/// Name of the channel between tabs, and of the lock that the tab with the connection holds.
const SHARED: &str = "countersign-live";
/// Messages on the channel that are not topics.
const BEAT: &str = "beat";
const LOST: &str = "lost";

/// One connection for all tabs of a browser. Over HTTP/1.1 a browser opens at most six connections to a host, so with
/// one per tab the seventh tab would get none. The tab that holds the lock keeps its connection open and forwards what
/// it receives on a channel.
#[derive(Clone, Copy)]
struct Tab {
    live: Live,
    /// Position in the change feed at the last message.
    place: StoredValue<String>,
    heard: StoredValue<f64>,
    polled: StoredValue<f64>,
    source: StoredValue<Option<EventSource>, LocalStorage>,
    channel: StoredValue<Option<BroadcastChannel>, LocalStorage>,
    /// Whether this tab keeps the connection for the others. Always true where tabs cannot share one.
    keeps: StoredValue<bool>,
}

fn seconds() -> f64 {
    js_sys::Date::now() / 1000.0
}

impl Tab {
    fn hear(self, topic: &str, id: &str, place: &str) {
        if topic == LOST {
            self.live.connected.set(Some(false));
            return;
        }
        self.heard.set_value(seconds());
        if self.live.connected.get_untracked() != Some(true) {
            self.live.connected.set(Some(true));
        }
        if !place.is_empty() {
            self.place.set_value(place.to_owned());
        }
        if topic != BEAT {
            self.live.change.update(|(count, change)| {
                *count += 1;
                *change = Some((topic.to_owned(), id.to_owned()));
            });
        }
    }

    /// Forwards a message to the other tabs, if this tab keeps the connection for them.
    fn repeat(self, topic: &str, id: &str, place: &str) {
        if self.keeps.get_value() {
            self.channel.with_value(|channel| {
                if let Some(channel) = channel {
                    let _ = channel.post_message(&format!("{topic}\n{id}\n{place}").into());
                }
            });
        }
    }

    fn open(self) {
        // The server first sends the changes since the page was rendered.
        let Ok(source) = EventSource::new(&format!("/live?after={}", self.place.get_value())) else { return };
        let hear = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let (topic, id) = (event.type_(), event.data().as_string().unwrap_or_default());
            let place = event.last_event_id();
            let topic = if matches!(topic.as_str(), "hello" | "ready") { BEAT } else { topic.as_str() };
            self.hear(topic, &id, &place);
            self.repeat(topic, &id, &place);
            if event.type_() == "ready" && !self.keeps.get_value() {
                self.close();
            }
        });
        for topic in
            ["inquiry", "case", "account", "decision", "connection", "log", "note", "returned", "hello", "ready", BEAT]
        {
            let _ = source.add_event_listener_with_callback(topic, hear.as_ref().unchecked_ref());
        }
        let lost = Closure::<dyn Fn()>::new(move || {
            self.hear(LOST, "", "");
            self.repeat(LOST, "", "");
        });
        source.set_onerror(Some(lost.as_ref().unchecked_ref()));
        // The closures live as long as the document: leaving the layout always loads another document.
        hear.forget();
        lost.forget();
        self.source.set_value(Some(source));
    }

    fn close(self) {
        self.source.update_value(|source| {
            if let Some(source) = source.take() {
                source.close();
            }
        });
    }

    fn tick(self) {
        let now = seconds();
        let limit = if self.live.connected.get_untracked().is_none() { FIRST } else { SILENT };
        if now - self.heard.get_value() > limit && self.live.connected.get_untracked() != Some(false) {
            self.live.connected.set(Some(false));
        }
        if self.live.connected.get_untracked() == Some(false) && now - self.polled.get_value() > POLL {
            self.polled.set_value(now);
            // Browsers reconnect by themselves, except after an error response.
            let closed = |source: &Option<EventSource>| {
                source.as_ref().is_some_and(|source| source.ready_state() == EventSource::CLOSED)
            };
            if self.keeps.get_value() && self.source.with_value(closed) {
                self.close();
                self.open();
            }
            self.live.change.update(|(count, change)| {
                *count += 1;
                *change = Some(("inquiry".to_owned(), "*".to_owned()));
            });
        }
    }

    /// Waits for the lock: this tab takes over the connection when the tab that holds it is closed. Returns false where
    /// the browser has no such locks.
    fn wait_for_lock(self) -> bool {
        let get = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).ok().filter(JsValue::is_object);
        let Some(locks) = get(window().navigator().as_ref(), "locks") else { return false };
        let request = js_sys::Reflect::get(&locks, &"request".into()).ok();
        let Some(request) = request.and_then(|request| request.dyn_into::<js_sys::Function>().ok()) else {
            return false;
        };
        let granted = Closure::<dyn Fn(JsValue) -> js_sys::Promise>::new(move |_| {
            self.keeps.set_value(true);
            if self.source.with_value(Option::is_none) {
                self.open();
            }
            // The promise never resolves: the lock is held until this tab is closed.
            js_sys::Promise::new(&mut |_, _| {})
        });
        let asked = request.call2(&locks, &SHARED.into(), granted.as_ref()).is_ok();
        granted.forget();
        asked
    }

    fn listen(self) {
        let Ok(channel) = BroadcastChannel::new(SHARED) else { return };
        let repeated = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let said = event.data().as_string().unwrap_or_default();
            let mut parts = said.splitn(3, '\n');
            let mut next = || parts.next().unwrap_or_default();
            self.hear(next(), next(), next());
        });
        channel.set_onmessage(Some(repeated.as_ref().unchecked_ref()));
        repeated.forget();
        self.channel.set_value(Some(channel));
    }
}

/// Connects to the change feed. The layout calls this once; the browser reconnects by itself.
pub fn listen() {
    let (live, after) = (live(), start().line);
    Effect::new(move |_| {
        // Created here, in the browser: values that belong to one thread must not be created on a server thread.
        let tab = Tab {
            live,
            place: StoredValue::new(after.clone()),
            heard: StoredValue::new(0.0),
            polled: StoredValue::new(0.0),
            source: StoredValue::new_local(None),
            channel: StoredValue::new_local(None),
            keeps: StoredValue::new(false),
        };
        tab.heard.set_value(seconds());
        tab.polled.set_value(seconds());
        tab.listen();
        // Each tab starts with its own connection, to receive the changes that it missed.
        tab.open();
        if !tab.wait_for_lock() {
            tab.keeps.set_value(true);
        }
        let _ = set_interval_with_handle(move || tab.tick(), TICK);
    });
}
