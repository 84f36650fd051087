//! Row selection in lists: the cursor, the selected rows, actions on them one after another with progress, and undo.
//! One file, because all of these read and change the same private signals.
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, MouseEvent};

use super::list_position::{ListPosition, address};
use crate::api::ApiError;
use crate::ui::keys::focus;

/// A row, with what actions on it need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectedRow {
    pub id: String,
    pub name: String,
    /// The version of the evidence that the list shows.
    pub version: i64,
}

/// Undoes an action. Not a `Callback`: a callback is dropped with the part of the page in which it was created, and the
/// form that started the action is gone by then.
#[derive(Clone)]
pub struct UndoAction(Arc<dyn Fn(Vec<SelectedRow>) + Send + Sync>);

impl UndoAction {
    pub fn new(take: impl Fn(Vec<SelectedRow>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }
}

impl fmt::Debug for UndoAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Back")
    }
}

/// Progress and result of an action on several rows.
#[derive(Debug, Clone, Default)]
struct Progress {
    what: String,
    of: usize,
    done: usize,
    refused: Vec<(String, String)>,
    /// How the action is undone, and for which rows.
    back: Option<(UndoAction, Vec<SelectedRow>)>,
    stopped: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Selection {
    lines: RwSignal<Vec<SelectedRow>>,
    chosen: RwSignal<BTreeSet<String>>,
    at: RwSignal<usize>,
    /// Start of a range selection.
    from: RwSignal<usize>,
    progress: RwSignal<Option<Progress>>,
    running: RwSignal<bool>,
    stop: RwSignal<bool>,
    /// Rows that this page has just changed: their changes are not announced as news.
    ours: StoredValue<BTreeSet<String>>,
    show: Callback<()>,
}

impl Selection {
    /// `show` renders the rows again.
    pub fn new(show: Callback<()>) -> Self {
        Self {
            lines: RwSignal::new(Vec::new()),
            chosen: RwSignal::new(BTreeSet::new()),
            at: RwSignal::new(0),
            from: RwSignal::new(0),
            progress: RwSignal::new(None),
            running: RwSignal::new(false),
            stop: RwSignal::new(false),
            ours: StoredValue::new(BTreeSet::new()),
            show,
        }
    }

    /// Sets the rows on the page. Selected rows that are still there stay selected.
    pub fn rows(self, lines: Vec<SelectedRow>) {
        // Rows may render while a memo runs. The signals are changed without notification, or the memo would run itself
        // again.
        let here: BTreeSet<String> = lines.iter().map(|line| line.id.clone()).collect();
        self.lines.update_untracked(|known| *known = lines);
        self.chosen.update_untracked(|chosen| chosen.retain(|id| here.contains(id)));
    }

    /// Resets the selection for another filter: no row is selected, and the cursor is on the first row.
    pub fn forget(self) {
        self.chosen.set(BTreeSet::new());
        self.at.set(0);
    }

    /// Whether the cursor is on a row at the time the row renders.
    pub fn is_cursor(self, n: usize) -> bool {
        self.at.get_untracked() == n
    }

    /// Whether a row is selected at the time the row renders.
    pub fn has(self, id: &str) -> bool {
        self.chosen.with_untracked(|chosen| chosen.contains(id))
    }

    /// Keeps the cursor and the selection visible on the rows, which are plain HTML.
    pub fn marks(self) {
        Effect::new(move |_| {
            self.at.track();
            self.chosen.track();
            self.mark();
        });
        // Rows that are rendered again are put in place after this run of effects.
        Effect::new(move |_| request_animation_frame(move || self.mark()));
        Effect::new(move |_| self.keep_position());
    }

    /// Continues where the reader was in this list, if they came back to it, and stores where they are when they leave.
    fn keep_position(self) {
        let address = address();
        if let Some(position) = ListPosition::returned_to(&address) {
            // In a task after those that hydrate the rest of the page, because a selection changes it.
            set_timeout(move || self.continue_at(&position), std::time::Duration::ZERO);
        }
        let list = StoredValue::new(address);
        let store = move || {
            let _ = list.try_with_value(|list| self.store_position(list));
        };
        // Not from an effect: it would also store what leaving the page resets.
        let listeners = [
            window_event_listener_untyped("keyup", move |_| store()),
            window_event_listener_untyped("click", move |_| store()),
            window_event_listener_untyped("scrollend", move |_| store()),
            window_event_listener_untyped("pagehide", move |_| store()),
        ];
        on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
    }

    fn continue_at(self, position: &ListPosition) {
        let found = self.lines.try_with_untracked(|lines| {
            let there = |id: &String| lines.iter().any(|line| line.id == *id);
            let selected: BTreeSet<String> = position.selected.iter().filter(|id| there(id)).cloned().collect();
            (position.row_among(lines.iter().map(|line| line.id.as_str())), selected)
        });
        let Some((row, selected)) = found else { return };
        self.at.set(row);
        self.chosen.set(selected);
        let scroll = f64::from(position.scroll);
        // After the rows are put in place.
        request_animation_frame(move || {
            self.step(0);
            window().scroll_to_with_x_and_y(0.0, scroll);
        });
    }

    /// Stores the position in this list, unless another page is already shown.
    fn store_position(self, list: &str) {
        let (Some(number), Some(chosen)) = (self.at.try_get_untracked(), self.chosen.try_get_untracked()) else {
            return;
        };
        if address() != list {
            return;
        }
        let row = self.lines.try_with_untracked(|lines| lines.get(number).map(|line| line.id.clone())).flatten();
        let scroll = window().scroll_y().map_or(0, |y| y.max(0.0) as u32);
        ListPosition { row, number, selected: chosen.into_iter().collect(), scroll }.store(list);
    }

    fn mark(self) {
        let (Some(at), Some(chosen)) = (self.at.try_get_untracked(), self.chosen.try_get_untracked()) else { return };
        self.lines.try_with_untracked(|lines| {
            for (n, line) in lines.iter().enumerate() {
                let Some(row) = document().get_element_by_id(&format!("row-{n}")) else { continue };
                let chosen = chosen.contains(&line.id);
                // Neither call fails: both class names are valid.
                let _ = row.class_list().toggle_with_force("at", n == at);
                let _ = row.class_list().toggle_with_force("chosen", chosen);
                let tick = row.query_selector(".c-select input").ok().flatten();
                if let Some(tick) = tick.and_then(|tick| tick.dyn_into::<HtmlInputElement>().ok()) {
                    tick.set_checked(chosen);
                }
            }
        });
    }

    /// Handles a click on the rows: it puts the cursor on the row, and selects it when it was on the row's checkbox.
    pub fn clicked(self, event: &MouseEvent) {
        let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        let row = target.closest("tr").ok().flatten();
        let Some(n) = row.and_then(|row| row.id().strip_prefix("row-")?.parse().ok()) else { return };
        match target.dyn_into::<HtmlInputElement>() {
            Ok(_) => self.toggle(n, event.shift_key()),
            Err(_) => self.at.set(n),
        }
        // The click can be on a link, which leaves the page before any effect runs.
        self.store_position(&address());
    }

    pub fn count(self) -> usize {
        self.chosen.with(BTreeSet::len)
    }

    pub fn choose_none(self) {
        self.chosen.set(BTreeSet::new());
    }

    pub fn running(self) -> Signal<bool> {
        self.running.into()
    }

    pub fn busy(self) -> bool {
        self.running.get_untracked()
    }

    pub fn all(self) -> bool {
        self.chosen.with(|chosen| !chosen.is_empty() && chosen.len() == self.lines.with_untracked(Vec::len))
    }

    pub fn current(self) -> Option<String> {
        self.lines.with_untracked(|lines| lines.get(self.at.get_untracked()).map(|line| line.id.clone()))
    }

    /// Whether a change of a row was made on this page.
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

    /// Handles the keys that select rows. Returns whether the key was handled.
    pub fn key(self, key: &str) -> bool {
        match key {
            "j" => self.step(1),
            "k" => self.step(-1),
            "x" => self.toggle(self.at.get_untracked(), false),
            "*" => self.toggle_all(),
            "Escape" => {
                self.choose_none();
                self.progress.set(None);
            }
            _ => return false,
        }
        true
    }

    /// The selected rows, or the row at the cursor when none is selected.
    pub fn targets(self) -> Vec<SelectedRow> {
        let chosen = self.chosen.get_untracked();
        self.lines.with_untracked(|lines| {
            if chosen.is_empty() {
                lines.get(self.at.get_untracked()).cloned().into_iter().collect()
            } else {
                lines.iter().filter(|line| chosen.contains(&line.id)).cloned().collect()
            }
        })
    }

    /// Runs `act` on one row after another. The reviewer sees the progress and can stop it.
    pub fn run<F>(
        self,
        what: String,
        lines: Vec<SelectedRow>,
        back: Option<UndoAction>,
        act: impl Fn(&SelectedRow) -> F + 'static,
    ) where
        F: Future<Output = Result<(), ApiError>>,
    {
        if lines.is_empty() || self.running.get_untracked() {
            return;
        }
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
                progress.back = back.filter(|_| !through.is_empty()).map(|back| (back, through));
            });
            self.running.try_set(false);
            self.chosen.try_set(BTreeSet::new());
            let _ = self.show.try_run(());
            // Changes of these rows that are still on their way were made on this page, too.
            set_timeout(
                move || {
                    self.ours.try_update_value(BTreeSet::clear);
                },
                std::time::Duration::from_secs(3),
            );
        });
    }

    fn take_back(self) {
        if let Some((back, lines)) = self.progress.get_untracked().and_then(|progress| progress.back) {
            (back.0)(lines);
        }
    }
}

/// The progress or the result of the action.
#[component]
pub fn BulkProgress(hand: Selection) -> impl IntoView {
    view! { <div role="status">{move || hand.progress.get().map(|progress| outcome(progress, hand))}</div> }
}

fn outcome(progress: Progress, hand: Selection) -> impl IntoView {
    let through = progress.done + progress.refused.len();
    let text = match (hand.running.get(), progress.stopped) {
        (true, _) => format!("{through} of {} {}", progress.of, progress.what),
        (false, true) => format!("{} {}, stopped after {through} of {}", progress.done, progress.what, progress.of),
        (false, false) => format!("{} {}", progress.done, progress.what),
    };
    let refused = progress.refused.clone();
    let tone = if refused.is_empty() { "good" } else { "warn" };
    view! {
        <div class="outcome" data-tone=tone>
            <span class="strong num">{text}</span>
            {hand.running.get().then(|| view! {
                <progress max=progress.of.to_string() value=through.to_string() aria-label="Progress"></progress>
                <button type="button" on:click=move |_| hand.stop.set(true)>"Stop"</button>
            })}
            {(progress.back.is_some() && !hand.running.get()).then(|| view! {
                <button type="button" id="take-back" on:click=move |_| hand.take_back()>"Undo"</button>
            })}
            <span class="grow"></span>
            <button type="button" class="quiet" aria-label="Close" on:click=move |_| hand.progress.set(None)>"×"</button>
            {(!refused.is_empty()).then(|| view! {
                <ul class="plain">{refused.into_iter().map(|(name, why)| view! { <li><span class="strong" dir="auto">{name}</span>": "{why}</li> }).collect_view()}</ul>
            })}
        </div>
    }
}
