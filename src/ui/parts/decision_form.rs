//! The panel in which a reviewer decides, and its state, which survives a re-render of the page.
use leptos::prelude::*;

use super::badge::Key;
use super::decision_forecast::ahead;
use super::failure::{FormError, SignInAgain};
use crate::api::ApiError;
use crate::api::decision::{Decide, save_draft};
use crate::domain::decision::warning::Forecast;
use crate::domain::decision::{LONGEST_COMMENT, Refusal};
use crate::domain::page_data::inquiry::DecisionDraft;
use crate::domain::reason::CHECKS_PASSED;
use crate::domain::text::words;
use crate::ui::context::{prefer, preferences, reasons};
use crate::ui::field::holds;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::leptos_ext::static_html::static_html;

/// State of the panel that survives a re-render of the page, so that nothing typed is lost.
#[derive(Debug, Clone, Copy)]
pub struct DraftForm {
    pub reason: RwSignal<String>,
    pub comment: RwSignal<String>,
    /// Set once the draft that is stored on the server has been loaded into the form.
    seeded: RwSignal<bool>,
    /// The number of edits since the draft was loaded.
    strokes: RwSignal<u64>,
    pub kept: RwSignal<SaveState>,
}

/// Whether the server has stored what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveState {
    Nothing,
    Waiting,
    Done,
    Failed,
    SignedOut,
}

impl SaveState {
    /// Whether the typed text exists only on this page.
    const fn at_risk(self) -> bool {
        matches!(self, Self::Failed | Self::SignedOut)
    }
}

/// How long to wait before a failed save is tried again.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(5);
/// How long to wait after the last key stroke before saving: people pause to think, and a request for each letter has
/// no benefit.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(700);

impl DraftForm {
    pub fn new() -> Self {
        Self {
            reason: RwSignal::new(String::new()),
            comment: RwSignal::new(String::new()),
            seeded: RwSignal::new(false),
            strokes: RwSignal::new(0),
            kept: RwSignal::new(SaveState::Nothing),
        }
    }

    /// Saves the typed text on the server, shortly after each edit. `version` is the version of the evidence on the
    /// page.
    pub fn autosave(self, kind: &'static str, id: String, version: StoredValue<i64>) {
        // A failed save is tried again automatically; after a sign-out, as soon as the reviewer returns from signing
        // in.
        let again = move |when: SaveState| {
            if self.kept.try_get_untracked() == Some(when) {
                self.stroke();
            }
        };
        Effect::new(move |_| {
            let retry = set_interval_with_handle(move || again(SaveState::Failed), AGAIN).ok();
            let back = window_event_listener(leptos::ev::focus, move |_| again(SaveState::SignedOut));
            on_cleanup(move || {
                back.remove();
                if let Some(retry) = retry {
                    retry.clear();
                }
            });
        });
        Effect::new(move |_| {
            let stroke = self.strokes.get();
            if stroke == 0 {
                return;
            }
            self.kept.set(SaveState::Waiting);
            let id = id.clone();
            set_timeout(
                move || {
                    // Save only if nothing was typed since, and the form was not sent meanwhile.
                    if self.strokes.try_get_untracked() != Some(stroke) {
                        return;
                    }
                    let (reason, comment) = (self.reason.get_untracked(), self.comment.get_untracked());
                    leptos::task::spawn_local(async move {
                        let version = version.try_get_value().unwrap_or_default();
                        let saved = save_draft(kind.to_owned(), id, version, reason, comment).await;
                        if self.strokes.try_get_untracked() == Some(stroke) {
                            self.kept.try_set(match saved {
                                Ok(_) => SaveState::Done,
                                Err(ApiError::Unauthenticated) => SaveState::SignedOut,
                                Err(_) => SaveState::Failed,
                            });
                        }
                    });
                },
                PAUSE,
            );
        });
    }

    fn stroke(self) {
        self.strokes.update(|n| *n += 1);
    }

    /// Loads a draft into the form, once, and never over text that was typed since.
    pub fn seed(self, draft: Option<&DecisionDraft>) {
        if self.seeded.get_untracked() {
            return;
        }
        self.seeded.set(true);
        if let Some(draft) = draft
            && self.comment.with_untracked(String::is_empty)
        {
            self.reason.set(draft.reason.clone());
            self.comment.set(draft.comment.clone());
        }
    }

    /// Clears the form, so that the server's draft is loaded at the next opportunity.
    pub fn forget(self) {
        self.clear();
        self.seeded.set(false);
    }

    pub fn clear(self) {
        self.strokes.set(0);
        self.kept.set(SaveState::Nothing);
        self.reason.set(String::new());
        self.comment.set(String::new());
    }
}

impl Default for DraftForm {
    fn default() -> Self {
        Self::new()
    }
}

/// A draft that was not sent because a colleague decided first. It returns to the form when the form can be used again.
#[component]
pub fn SavedDraft(draft: DecisionDraft) -> impl IntoView {
    // A draft that was only typed has no verdict yet.
    let what = words(&draft.verdict).to_lowercase();
    let why = Some(reasons().label(&draft.reason)).filter(|_| !draft.reason.is_empty());
    let said = [Some(what).filter(|what| !what.is_empty()), why].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let said = if said.is_empty() { "Your draft is saved".to_owned() } else { format!("Your draft is saved: {said}") };
    view! {
        <div class="kept">
            <p class="muted small">{said}</p>
            {(!draft.comment.is_empty()).then(|| view! { <p class="quote" dir="auto">{draft.comment}</p> })}
        </div>
    }
}

/// The fields for reason and comment, for any verdict.
#[component]
pub fn ReasonAndComment(
    typed: DraftForm,
    groups: Vec<(&'static str, &'static str)>,
    comment: &'static str,
    /// Names of the keys that focus the reason and the comment.
    keys: (&'static str, &'static str),
) -> impl IntoView {
    let draft = typed.reason.get_untracked();
    let known = reasons();
    view! {
        <label for="reason">"Reason"<Key of=keys.0 /></label>
        <select id="reason" name="reason" required on:change=move |event| { typed.reason.set(event_target_value(&event)); typed.stroke(); }>
            <option value="">"Choose a reason"</option>
            {groups.into_iter().map(|(verdict, label)| {
                let draft = draft.clone();
                view! {
                    <optgroup label=label>
                        {known.offered(verdict).into_iter().map(|reason| view! { <option value=reason.code.to_owned() selected=reason.code == draft>{reason.label.to_owned()}</option> }).collect_view()}
                    </optgroup>
                }
            }).collect_view()}
        </select>
        <label for="comment">{comment}<Key of=keys.1 /></label>
        <textarea id="comment" name="comment" rows="4" maxlength=LONGEST_COMMENT.to_string() dir="auto"
            placeholder="What did you find, and why does it lead to this decision?"
            {..holds(move || typed.comment.get())}
            on:input=move |event| { typed.comment.set(event_target_value(&event)); typed.stroke(); }
        >{typed.comment.get_untracked()}</textarea>
        <p class="small draft" role="status" class:banner=move || typed.kept.get().at_risk() class:muted=move || !typed.kept.get().at_risk()
            data-tone=move || typed.kept.get().at_risk().then_some("warn")>{move || match typed.kept.get() {
            SaveState::Nothing => "".into_any(),
            SaveState::Waiting => "Saving your draft…".into_any(),
            SaveState::Done => "Draft saved".into_any(),
            SaveState::Failed => "Not saved: the desk does not answer. What you typed stays on this page, and saving is tried again.".into_any(),
            SaveState::SignedOut => view! {
                "Not saved: you are signed out. "<SignInAgain />" in another tab and come back. What you typed stays on this page."
            }.into_any(),
        }}</p>
    }
}

/// Approve, decline, mark for review: one form, so that it works without wasm.
#[component]
pub fn DecisionPanel(
    inquiry: String,
    version: i64,
    decidable: bool,
    reviewable: bool,
    forecast: Forecast,
    typed: DraftForm,
    action: FormAction<Decide>,
    error: Signal<Option<ApiError>>,
) -> impl IntoView {
    let mut groups = Vec::new();
    if decidable {
        groups.extend([("approve", "To approve"), ("decline", "To decline")]);
    }
    if reviewable {
        groups.push(("mark-for-review", "To mark for review"));
    }
    let busy = action.pending();
    let mine = preferences();
    let contradicted =
        forecast.verdicts.iter().flat_map(|outlook| &outlook.by_reason).find_map(|refusal| match refusal {
            Refusal::NotPassed { .. } => Some(refusal.to_string()),
            _ => None,
        });
    view! {
        <ServerForm action=action attr:class="decide" attr:id="decide">
            <input type="hidden" name="inquiry" value=inquiry />
            <input type="hidden" name="version" value=version />
            <FormError error />
            <div id="ahead" {..static_html(|| ahead(&forecast))}></div>
            <div class="verdicts">
                {decidable.then(|| view! {
                    <button class="approve" type="submit" name="verdict" value="approve" id="approve" disabled=move || busy.get()>"Approve"<Key of="approve" /></button>
                    <button class="decline" type="submit" name="verdict" value="decline" id="decline" disabled=move || busy.get()>"Decline"<Key of="decline" /></button>
                })}
                {reviewable.then(|| view! {
                    <button class="wide" type="submit" name="verdict" value="mark-for-review" id="mark" disabled=move || busy.get()>"Mark for review"<Key of="mark" /></button>
                })}
            </div>
            <ReasonAndComment typed groups comment="Comment, sent to Persona" keys=("reason", "comment") />
            {contradicted.map(|text| view! {
                <div role="status">{move || (typed.reason.get() == CHECKS_PASSED).then(|| view! { <p class="banner" data-tone="bad" id="contradicted">{text.clone()}</p> })}</div>
            })}
            <label class="check"><input type="checkbox" id="onward" prop:checked=move || mine.with(|mine| mine.onward)
                on:change=move |event| { let on = event_target_checked(&event); prefer(|mine| mine.onward = on); } />"Open the next inquiry after this one"</label>
            <p class="muted small" role="status">{move || if busy.get() { "Saving your decision…" } else { "Your name and the decision ID are sent to Persona with the comment. A comment is required to decline, and for the reasons “Hit is another person” and “Other”." }}</p>
        </ServerForm>
    }
}
