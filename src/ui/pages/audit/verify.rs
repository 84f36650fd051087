//! Verification of an export in the browser, which reads the file from the reader's disk and sends it nowhere.
use leptos::ev::DragEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, HtmlInputElement};

use crate::domain::verify::{CheckReport, Fault, FaultKind, Level, Trust, unfit, verify};
use crate::ui::field::holds;
use crate::ui::parts::layout::Bar;
use tlog::signed_note::{Checkpoint, Note, VerifierKey};
use tlog::zip::Bytes;

/// A file on the reader's own disk.
struct Dropped(File);

impl Bytes for Dropped {
    fn len(&self) -> u64 {
        // A number of bytes; exact up to 2^53.
        self.0.size() as u64
    }

    async fn read(&self, at: u64, len: usize) -> Result<Vec<u8>, String> {
        let failed = |error: wasm_bindgen::JsValue| format!("{error:?}");
        let part = self.0.slice_with_f64_and_f64(at as f64, at as f64 + len as f64).map_err(failed)?;
        let buffer = JsFuture::from(part.array_buffer()).await.map_err(failed)?;
        Ok(js_sys::Uint8Array::new(&buffer).to_vec())
    }
}

#[derive(Debug, Clone, PartialEq)]
enum VerifyStep {
    Waiting,
    Reading { name: String, done: u64 },
    Done { name: String, found: Box<Result<CheckReport, Fault>> },
}

#[component]
pub fn AuditVerify() -> impl IntoView {
    let step = RwSignal::new(VerifyStep::Waiting);
    let (key, checkpoint, over) = (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(false));
    let take = move |file: File| {
        let name = file.name();
        step.set(VerifyStep::Reading { name: name.clone(), done: 0 });
        let (key, checkpoint) = (key.get_untracked(), checkpoint.get_untracked());
        leptos::task::spawn_local(async move {
            let found = match trust(&key, &checkpoint) {
                Ok(trust) => {
                    let told = name.clone();
                    verify(Dropped(file), &trust, move |done| {
                        step.set(VerifyStep::Reading { name: told.clone(), done })
                    })
                    .await
                }
                Err(fault) => Err(fault),
            };
            step.set(VerifyStep::Done { name, found: Box::new(found) });
        });
    };
    let dropped = move |event: DragEvent| {
        event.prevent_default();
        over.set(false);
        if let Some(file) = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0)) {
            take(file);
        }
    };
    let chosen = move |event: leptos::ev::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(input) = input {
            if let Some(file) = input.files().and_then(|files| files.get(0)) {
                take(file);
            }
            // Cleared, so that the reader can choose the same file again after entering the key.
            input.set_value("");
        }
    };
    view! {
        <Bar title="Verify a file"><span class="grow"></span><a class="button" href="/audit">"Back to the log"</a></Bar>
        <div class="evidence single verify">
            <section class="panel">
                <header><h2>"What you already have"</h2></header>
                <p class="muted">"Without these, a file can only be compared with itself: the person who made the file could also have made the key in it."</p>
                <label class="field" for="verify-key">"The log's key, which you received when the log was set up"</label>
                <input id="verify-key" class="mono wide" type="text" autocomplete="off" spellcheck="false" maxlength="500" placeholder="desk.example.com/log+0a1b2c3d+AQID…" {..holds(move || key.get())} on:input=move |event| key.set(event_target_value(&event)) />
                <label class="field" for="verify-checkpoint">"A checkpoint you received earlier, by mail or from a witness"</label>
                <textarea id="verify-checkpoint" class="mono wide" rows="5" spellcheck="false" maxlength="20000" {..holds(move || checkpoint.get())} on:input=move |event| checkpoint.set(event_target_value(&event))></textarea>
            </section>
            <section class="panel">
                <header><h2>"The export"</h2></header>
                <div class="drop" data-over=move || over.get().to_string()
                    on:dragover=move |event: DragEvent| { event.prevent_default(); over.set(true); }
                    on:dragleave=move |_| over.set(false)
                    on:drop=dropped>
                    <p><label class="button primary" for="verify-file">"Choose a file"</label><input id="verify-file" class="hidden" type="file" accept=".zip,.jsonl" on:change=chosen />" or drop it here"</p>
                    <p class="muted small">"Your browser reads the file on this machine and sends it nowhere."</p>
                </div>
                <noscript><p class="banner" data-tone="warn">"This page needs JavaScript to read a file. Without JavaScript, run countersign audit verify FILE, or the program in the file's VERIFY.md."</p></noscript>
                <div aria-live="polite" id="verdict">{move || draw(step.get())}</div>
            </section>
        </div>
    }
}

/// Returns the key and the checkpoint that the reader entered, or what is wrong with them.
fn trust(key: &str, checkpoint: &str) -> Result<Trust, Fault> {
    let fault = |at: &str, why: String| unfit(at, why);
    let key = match key.trim() {
        "" => None,
        text => Some(text.parse::<VerifierKey>().map_err(|error| fault("the key you entered", error.to_string()))?),
    };
    let earlier = match checkpoint.trim() {
        "" => Vec::new(),
        text => {
            let note = format!("{text}\n").parse::<Note>();
            let note = note.map_err(|error| fault("the checkpoint you entered", error.to_string()))?;
            Checkpoint::parse(&note.text).map_err(|error| fault("the checkpoint you entered", error.to_string()))?;
            vec![note]
        }
    };
    Ok(Trust { key, earlier, witnesses: Vec::new() })
}

fn draw(step: VerifyStep) -> AnyView {
    match step {
        VerifyStep::Waiting => ().into_any(),
        VerifyStep::Reading { name, done } => view! { <p><label>{format!("Checking {name}: ")}<progress></progress></label>{format!(" {done} entries")}</p> }.into_any(),
        VerifyStep::Done { name, found } => match *found {
            Err(fault) if fault.kind == FaultKind::NotChecked => view! {
                <div class="banner" data-tone="warn"><p class="strong">{format!("{name} was not checked")}</p><p>{fault.to_string()}</p></div>
            }
            .into_any(),
            Err(fault) => view! {
                <div class="banner" data-tone="bad"><p class="strong">{format!("{name} is not intact")}</p><p>{fault.to_string()}</p></div>
            }
            .into_any(),
            Ok(report) => view! { <Found name report /> }.into_any(),
        },
    }
}

#[component]
fn Found(name: String, report: CheckReport) -> impl IntoView {
    let span = match (report.first, report.last) {
        (Some(first), Some(last)) if report.without_gap => {
            format!("{} ({first} to {last}, without a gap)", report.entries)
        }
        (Some(first), Some(last)) => format!("{} (between {first} and {last})", report.entries),
        _ => "none".to_owned(),
    };
    let not = report.not_proved();
    view! {
        {match report.level {
            Level::Discontinued => view! {
                <div class="banner" data-tone="warn"><p class="strong">{format!("{name} is consistent, but does not continue the log that you know")}</p></div>
            }.into_any(),
            Level::SequenceOnly => view! {
                <div class="banner" data-tone="warn"><p class="strong">{format!("{name} is not proved: {}", report.level.label())}</p></div>
            }.into_any(),
            Level::KeyInFile => view! {
                <div class="banner" data-tone="warn"><p class="strong">{format!("{name} is consistent ({}), but was not checked against a key that you have.", report.level.label())}</p></div>
            }.into_any(),
            Level::PinnedKey => view! {
                <div class="banner" data-tone="good"><p class="strong">{format!("{name} is intact ({})", report.level.label())}</p></div>
            }.into_any(),
        }}
        {report.gaps.iter().map(|gap| view! { <p class="banner" data-tone="warn">{gap.clone()}</p> }).collect_view()}
        <dl class="facts">
            <dt>"Entries"</dt><dd>{span}</dd>
            {(!report.origin.is_empty()).then(|| view! {
                <dt>"Log"</dt><dd class="mono">{report.origin.clone()}</dd>
                <dt>"Size when signed"</dt><dd class="num">{report.size}</dd>
                <dt>"Root"</dt><dd class="mono">{report.root.clone()}</dd>
                <dt>"Signed by"</dt><dd class="mono">{report.key.clone()}</dd>
                <dt>"Filter"</dt><dd class="mono">{report.filter.clone()}</dd>
                <dt>"Decisions"</dt><dd>{format!("{} rows, each matches its entry", report.rows)}</dd>
            })}
            {(report.level != Level::SequenceOnly).then(|| view! { <dt>"Personal values"</dt><dd>{format!("{} match their entries; {} are not in the file (erased, or withheld as restricted)", report.opened, report.erased)}</dd> })}
            {report.lost.iter().map(|size| view! { <dt>"Does not extend"</dt><dd>{format!("the checkpoint of {size} entries: some of these entries are gone")}</dd> }).collect_view()}
            {report.earlier.iter().map(|size| view! { <dt>"Extends"</dt><dd>{format!("the checkpoint of {size} entries")}</dd> }).collect_view()}
        </dl>
        <h3>"This does not prove"</h3>
        <ul>{not.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
    }
}
