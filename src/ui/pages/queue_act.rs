//! What is done to lines of the queue: which are chosen, one act on each of them, how far that has come, and taking it back.
use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::api::ApiError;
use crate::domain::claim::LONGEST_REASON;
use crate::domain::desk::QueueRow;
use crate::domain::id::ReviewerId;
use crate::domain::queue::{Act, LONGEST_TAG};
use crate::domain::reviewer::Need;
use crate::ui::app::may;
use crate::ui::keys::focus;
use crate::ui::parts::badge::Key;

/// A line, as far as acts need it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    id: String,
    name: String,
    version: i64,
}

/// What is asked for before an act can begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    Snooze,
    Tag,
    Escalate,
    Mark,
    Assign,
}

/// How acts on several lines went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Progress {
    what: String,
    of: usize,
    done: usize,
    refused: Vec<(String, String)>,
    /// What takes it back, and of which lines.
    back: Option<(Act, Vec<Line>)>,
    stopped: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Doing {
    lines: RwSignal<Vec<Line>>,
    chosen: RwSignal<BTreeSet<String>>,
    at: RwSignal<usize>,
    /// Where a range begins.
    from: RwSignal<usize>,
    asking: RwSignal<Option<Asking>>,
    progress: RwSignal<Option<Progress>>,
    running: RwSignal<bool>,
    stop: RwSignal<bool>,
    /// Lines that were acted on just now: news of them is no news.
    ours: StoredValue<BTreeSet<String>>,
    error: RwSignal<Option<ApiError>>,
    show: Callback<()>,
}

impl Doing {
    pub fn new(show: Callback<()>) -> Self {
        Self {
            lines: RwSignal::new(Vec::new()),
            chosen: RwSignal::new(BTreeSet::new()),
            at: RwSignal::new(0),
            from: RwSignal::new(0),
            asking: RwSignal::new(None),
            progress: RwSignal::new(None),
            running: RwSignal::new(false),
            stop: RwSignal::new(false),
            ours: StoredValue::new(BTreeSet::new()),
            error: RwSignal::new(None),
            show,
        }
    }

    /// The lines on the page; what is chosen and still there stays chosen.
    pub fn rows(self, rows: &[QueueRow]) {
        let lines: Vec<Line> = rows
            .iter()
            .map(|row| Line {
                id: row.id.to_string(),
                name: row.subject.clone().unwrap_or_else(|| row.id.to_string()),
                version: row.version,
            })
            .collect();
        // Drawing may happen inside a memo's own run: told afterwards, or it would draw itself again.
        let here: BTreeSet<String> = lines.iter().map(|line| line.id.clone()).collect();
        self.lines.update_untracked(|known| *known = lines);
        self.chosen.update_untracked(|chosen| chosen.retain(|id| here.contains(id)));
    }

    /// Another filter: nothing is chosen, and the first line is at hand.
    pub fn forget(self) {
        self.chosen.set(BTreeSet::new());
        self.asking.set(None);
        self.at.set(0);
    }

    pub fn error(self) -> Signal<Option<ApiError>> {
        self.error.into()
    }

    pub fn is_at(self, n: usize) -> bool {
        self.at.get() == n
    }

    pub fn chosen(self, id: &str) -> bool {
        self.chosen.with(|chosen| chosen.contains(id))
    }

    pub fn all(self) -> bool {
        self.chosen.with(|chosen| !chosen.is_empty() && chosen.len() == self.lines.with_untracked(Vec::len))
    }

    pub fn current(self) -> Option<String> {
        self.lines.with_untracked(|lines| lines.get(self.at.get_untracked()).map(|line| line.id.clone()))
    }

    /// True when news of an inquiry are of what was done here.
    pub fn touched(self, id: &str) -> bool {
        self.running.get_untracked() || self.ours.with_value(|ours| ours.contains(id))
    }

    pub fn step(self, by: isize) {
        let last = self.lines.with_untracked(Vec::len).saturating_sub(1);
        self.at.update(|at| *at = at.saturating_add_signed(by).min(last));
        let n = self.at.get_untracked();
        if !focus(&format!("#row-{n} a")) {
            focus(&format!("#row-{n} input"));
        }
    }

    pub fn toggle(self, n: usize, range: bool) {
        let from = if range { self.from.get_untracked() } else { n };
        let ids: Vec<String> = self.lines.with_untracked(|lines| {
            lines
                .iter()
                .enumerate()
                .filter(|(at, _)| (from.min(n)..=from.max(n)).contains(at))
                .map(|(_, line)| line.id.clone())
                .collect()
        });
        self.chosen.update(|chosen| {
            let on = self.lines.with_untracked(|lines| lines.get(n).is_some_and(|line| !chosen.contains(&line.id)));
            for id in ids {
                if on {
                    chosen.insert(id)
                } else {
                    chosen.remove(&id)
                };
            }
        });
        self.at.set(n);
        self.from.set(n);
    }

    pub fn toggle_all(self) {
        let all: BTreeSet<String> =
            self.lines.with_untracked(|lines| lines.iter().map(|line| line.id.clone()).collect());
        self.chosen.update(|chosen| *chosen = if chosen.len() == all.len() { BTreeSet::new() } else { all });
    }

    /// Keys that act on lines.
    pub fn key(self, key: &str) -> bool {
        match key {
            "x" => self.toggle(self.at.get_untracked(), false),
            "*" => self.toggle_all(),
            "Escape" if self.asking.get_untracked().is_some() => self.asking.set(None),
            "Escape" => {
                self.chosen.set(BTreeSet::new());
                self.progress.set(None);
            }
            _ if !may(Need::Decide) => return false,
            "c" => self.begin("claimed", Some(Act::Release), |_| Act::Claim),
            "u" => self.begin("released", Some(Act::Claim), |_| Act::Release),
            "s" => self.ask(Asking::Snooze),
            "t" => self.ask(Asking::Tag),
            "e" => self.ask(Asking::Escalate),
            "m" => self.ask(Asking::Mark),
            _ => return false,
        }
        true
    }

    fn ask(self, what: Asking) {
        if self.meant().is_empty() || self.running.get_untracked() {
            return;
        }
        self.asking.set(Some(what));
        // Once it stands there.
        request_animation_frame(move || {
            let _ = focus("#asked") || focus(".asked button");
        });
    }

    /// The chosen lines, or the one at hand.
    fn meant(self) -> Vec<Line> {
        let chosen = self.chosen.get_untracked();
        self.lines.with_untracked(|lines| {
            if chosen.is_empty() {
                lines.get(self.at.get_untracked()).cloned().into_iter().collect()
            } else {
                lines.iter().filter(|line| chosen.contains(&line.id)).cloned().collect()
            }
        })
    }

    fn begin(self, what: &str, back: Option<Act>, act: impl Fn(&Line) -> Act + 'static) {
        let act = move |line: &Line| {
            let (id, act) = (line.id.clone(), act(line));
            async move { api::queue::do_to(id, act).await }
        };
        self.run(what.to_owned(), self.meant(), back, act);
    }

    /// One line after the other: how far it has come is seen, and it can be stopped.
    fn run<F>(self, what: String, lines: Vec<Line>, back: Option<Act>, act: impl Fn(&Line) -> F + 'static)
    where
        F: Future<Output = Result<(), ApiError>>,
    {
        if lines.is_empty() || self.running.get_untracked() {
            return;
        }
        self.asking.set(None);
        self.stop.set(false);
        self.running.set(true);
        self.progress.set(Some(Progress { what, of: lines.len(), ..Progress::default() }));
        spawn_local(async move {
            let mut through = Vec::new();
            for line in lines {
                if self.stop.try_get_untracked().unwrap_or(true) {
                    break;
                }
                self.ours.try_update_value(|ours| ours.insert(line.id.clone()));
                let result = act(&line).await;
                self.progress.try_update(|progress| {
                    let Some(progress) = progress else { return };
                    match result {
                        Ok(()) => {
                            progress.done += 1;
                            through.push(line);
                        }
                        Err(error) => progress.refused.push((line.name, error.to_string())),
                    }
                });
            }
            self.progress.try_update(|progress| {
                let Some(progress) = progress else { return };
                progress.stopped = progress.done + progress.refused.len() < progress.of;
                progress.back = back.filter(|_| !through.is_empty()).map(|act| (act, through));
            });
            self.running.try_set(false);
            self.chosen.try_set(BTreeSet::new());
            let _ = self.show.try_run(());
            // News of them that are still on their way are ours, too.
            set_timeout(
                move || {
                    self.ours.try_update_value(BTreeSet::clear);
                },
                std::time::Duration::from_secs(3),
            );
        });
    }

    fn take_back(self) {
        let Some((act, lines)) = self.progress.get_untracked().and_then(|progress| progress.back) else { return };
        self.run("taken back".to_owned(), lines, None, move |line| {
            let (id, act) = (line.id.clone(), act.clone());
            async move { api::queue::do_to(id, act).await }
        });
    }
}

/// The bar of acts, what they ask for, and how they went.
#[component]
pub fn Bulk(doing: Doing, analysts: Vec<(ReviewerId, String)>) -> impl IntoView {
    let n = move || doing.chosen.with(BTreeSet::len);
    let running = doing.running;
    let decides = may(Need::Decide);
    let analysts = StoredValue::new(analysts);
    view! {
        <Show when=move || { n() > 0 }>
            <div class="bulk" role="toolbar" aria-label="Acts on the selected rows">
                <span class="strong num">{move || format!("{} selected", n())}</span>
                {decides.then(|| view! {
                    <button type="button" disabled=move || running.get() on:click=move |_| { doing.key("c"); }>"Claim"<Key of="claim" /></button>
                    <button type="button" disabled=move || running.get() on:click=move |_| { doing.key("u"); }>"Release"<Key of="release" /></button>
                    <button type="button" disabled=move || running.get() on:click=move |_| doing.ask(Asking::Snooze)>"Snooze"<Key of="snooze" /></button>
                    <button type="button" disabled=move || running.get() on:click=move |_| doing.ask(Asking::Tag)>"Tag"<Key of="tag" /></button>
                    <button type="button" disabled=move || running.get() on:click=move |_| doing.ask(Asking::Escalate)>"Escalate"<Key of="escalate" /></button>
                    <button type="button" disabled=move || running.get() on:click=move |_| doing.ask(Asking::Mark)>"Mark for review"<Key of="mark-rows" /></button>
                })}
                {may(Need::Assign).then(|| view! {
                    <button type="button" disabled=move || running.get() on:click=move |_| doing.ask(Asking::Assign)>"Assign"</button>
                })}
                <span class="grow"></span>
                <button type="button" class="quiet" on:click=move |_| doing.chosen.set(BTreeSet::new())>"Select none"</button>
            </div>
        </Show>
        {move || doing.asking.get().map(|asking| view! { <Asked asking doing analysts=analysts.get_value() /> })}
        <div role="status">{move || doing.progress.get().map(|progress| outcome(progress, doing))}</div>
    }
}

fn outcome(progress: Progress, doing: Doing) -> impl IntoView {
    let through = progress.done + progress.refused.len();
    let text = match (doing.running.get(), progress.stopped) {
        (true, _) => format!("{through} of {} {}", progress.of, progress.what),
        (false, true) => format!("{} {}, stopped after {through} of {}", progress.done, progress.what, progress.of),
        (false, false) => format!("{} {}", progress.done, progress.what),
    };
    let refused = progress.refused.clone();
    let tone = if refused.is_empty() { "good" } else { "warn" };
    view! {
        <div class="outcome" data-tone=tone>
            <span class="strong num">{text}</span>
            {doing.running.get().then(|| view! {
                <progress max=progress.of.to_string() value=through.to_string() aria-label="How far it has come"></progress>
                <button type="button" on:click=move |_| doing.stop.set(true)>"Stop"</button>
            })}
            {(progress.back.is_some() && !doing.running.get()).then(|| view! {
                <button type="button" id="take-back" on:click=move |_| doing.take_back()>"Undo"</button>
            })}
            <span class="grow"></span>
            <button type="button" class="quiet" aria-label="Close" on:click=move |_| doing.progress.set(None)>"×"</button>
            {(!refused.is_empty()).then(|| view! {
                <ul class="plain">{refused.into_iter().map(|(name, why)| view! { <li><span class="strong" dir="auto">{name}</span>": "{why}</li> }).collect_view()}</ul>
            })}
        </div>
    }
}

/// What an act needs to know first.
#[component]
fn Asked(asking: Asking, doing: Doing, analysts: Vec<(ReviewerId, String)>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let lines = doing.meant();
    let whom = match lines.as_slice() {
        [one] => one.name.clone(),
        many => format!("{} inquiries", many.len()),
    };
    let snooze = move |hours: Option<u32>| {
        let what = hours.map_or("snoozed until something changes".to_owned(), |hours| format!("snoozed for {hours} h"));
        doing.begin(&what, Some(Act::Wake), move |_| Act::Snooze { hours });
    };
    let send = move || {
        let text = typed.get_untracked();
        if text.trim().is_empty() {
            focus("#asked");
            return;
        }
        match asking {
            Asking::Tag => {
                let tag = text.trim().to_lowercase();
                let back = Act::Untag { tag: tag.clone() };
                doing.begin(&format!("tagged “{tag}”"), Some(back), move |_| Act::Tag { tag: tag.clone() });
            }
            _ => doing.begin("escalated", None, move |_| Act::Escalate { reason: text.clone() }),
        }
    };
    let escape = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            doing.asking.set(None);
            doing.step(0);
        }
    };
    let body = match asking {
        Asking::Snooze => view! {
            <span>"Out of the queue for"</span>
            {[(1, "1 hour"), (4, "4 hours"), (24, "1 day"), (72, "3 days"), (168, "1 week")].into_iter().map(|(hours, label)| view! {
                <button type="button" on:click=move |_| snooze(Some(hours))>{label}</button>
            }).collect_view()}
            <button type="button" on:click=move |_| snooze(None)>"Until something changes"</button>
        }.into_any(),
        Asking::Tag | Asking::Escalate => {
            let (label, most, verb) = if asking == Asking::Tag { ("Tag", LONGEST_TAG, "Tag") } else { ("Why it is escalated", LONGEST_REASON, "Escalate") };
            view! {
                <label for="asked">{label}</label>
                <input id="asked" type="text" maxlength=most.to_string() autocomplete="off" prop:value=move || typed.get()
                    on:input=move |event| typed.set(event_target_value(&event))
                    on:keydown=move |event| if event.key() == "Enter" { event.prevent_default(); send(); } />
                <button type="button" class="primary" on:click=move |_| send()>{verb}</button>
            }.into_any()
        }
        Asking::Mark => view! {
            <span>"Mark for review in Persona. This is a decision: it stands in the log with your name, reason “Needs a second look”."</span>
            <button type="button" class="primary" on:click=move |_| doing.begin("marked for review", None, |line| Act::MarkForReview { version: line.version })>"Mark for review"</button>
        }.into_any(),
        Asking::Assign => {
            let to = move |id: String, name: String| {
                let what = if name.is_empty() { "taken from whoever had it".to_owned() } else { format!("assigned to {name}") };
                doing.run(what, doing.meant(), None, move |line| api::queue::assign(line.id.clone(), id.clone()));
            };
            view! {
                <span>"To"</span>
                {analysts.into_iter().map(|(id, name)| {
                    let shown = name.clone();
                    view! { <button type="button" on:click=move |_| to(id.to_string(), name.clone())>{shown}</button> }
                }).collect_view()}
                <button type="button" on:click=move |_| to(String::new(), String::new())>"Nobody"</button>
            }.into_any()
        }
    };
    let label = whom.clone();
    view! {
        <div class="asked" role="group" aria-label=label on:keydown=escape>
            <span class="strong" dir="auto">{whom}</span>
            {body}
            <span class="grow"></span>
            <button type="button" class="quiet" on:click=move |_| { doing.asking.set(None); doing.step(0); }>"Cancel"</button>
        </div>
    }
}
