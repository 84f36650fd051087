//! The comparison of submitted values with document and database, one row per field. Letters that differ are marked,
//! and a reviewer resolves a discrepancy in its row.
use std::ops::Range;

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use maud::{Markup, html};

use super::failure::FormError;
use super::load_state::error_in_address;
use super::time::ago;
use crate::api::discrepancy::ResolveDiscrepancy;
use crate::domain::comparison::Outcome;
use crate::domain::discrepancy::{LONGEST, RESOLUTIONS, Resolved, resolution};
use crate::domain::identity::Comparison;
use crate::domain::time::Timestamp;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::leptos_ext::static_html::static_html;

/// State that survives a re-render of the page.
#[derive(Clone, Copy)]
pub struct Resolving(FormAction<ResolveDiscrepancy>);

impl Resolving {
    pub fn new(reload: Callback<()>) -> Self {
        let action = FormAction::<ResolveDiscrepancy>::new();
        Effect::new(move |_| {
            if action.value().get().is_some() {
                reload.run(());
            }
        });
        Self(action)
    }

    pub fn busy(self) -> bool {
        self.0.pending().get_untracked()
    }
}

/// What is needed to resolve a discrepancy: the inquiry, the version of the evidence, and the action.
#[derive(Clone)]
pub struct Resolvable {
    pub inquiry: String,
    pub version: i64,
    pub resolving: Resolving,
}

#[component]
pub fn Comparisons(
    lines: Vec<Comparison>,
    now: Timestamp,
    #[prop(into, default = None)] resolvable: Option<Resolvable>,
) -> impl IntoView {
    let with_database = lines.iter().any(|line| line.database.is_some());
    let open = lines.iter().filter(|line| line.open()).count();
    let columns = if with_database { 5 } else { 4 };
    let in_address = error_in_address(ResolveDiscrepancy::PATH);
    let action = resolvable.as_ref().map(|of| of.resolving.0);
    let error = Signal::derive(move || {
        action.and_then(|action| action.value().get()).and_then(Result::err).or_else(|| in_address.get())
    });
    view! {
        <section class="panel" id="identity">
            <header><h2>"Identity"</h2><span class="grow"></span>
                <span class="muted small">{if open > 0 { format!("{open} to resolve") } else { "Submitted values compared with the document".to_owned() }}</span></header>
            <FormError error />
            <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="compare">
                <thead><tr>
                    <th scope="col"><span class="hidden">"Field"</span></th><th scope="col">"Submitted"</th><th scope="col">"Document"</th>
                    {with_database.then(|| view! { <th scope="col">"Database"</th> })}
                    <th scope="col"><span class="hidden">"Result"</span></th>
                </tr></thead>
                <tbody>{lines.into_iter().map(|line| {
                    let differs = line.resolvable();
                    let (word, field) = (line.resolved.clone(), line.label.clone());
                    let of = resolvable.clone();
                    view! {
                        <tr data-tone=tone(&line) {..static_html(|| cells(&line, with_database))}></tr>
                        {(differs && (word.is_some() || of.is_some())).then(|| view! {
                            <tr class="resolution"><td colspan=columns>
                                {word.as_ref().map(|word| view! { <p class="small" {..static_html(|| said(word, now))}></p> })}
                                {of.map(|of| view! { <Resolve of field word /> })}
                            </td></tr>
                        })}
                    }
                }).collect_view()}</tbody>
            </table></div>
        </section>
    }
}

fn tone(line: &Comparison) -> &'static str {
    match &line.outcome {
        Some(Outcome::Same | Outcome::SameWrittenDifferently { .. }) => "good",
        Some(Outcome::Differs { .. }) if line.open() => "bad",
        Some(Outcome::Differs { .. } | Outcome::Incomplete { .. }) => "warn",
        Some(Outcome::NotComparable { .. }) | None => "plain",
    }
}

fn cells(line: &Comparison, with_database: bool) -> Markup {
    let (mark, spoken) = match &line.outcome {
        Some(Outcome::Same) => ("✓", "same"),
        Some(Outcome::SameWrittenDifferently { .. }) => ("✓", "same, written differently"),
        Some(Outcome::Differs { .. }) if line.open() => ("✕", "differs"),
        Some(Outcome::Differs { .. }) => ("≈", "differs, explained"),
        Some(Outcome::Incomplete { .. }) => ("!", "incomplete"),
        Some(Outcome::NotComparable { .. }) => ("–", "not comparable"),
        None => ("", "not compared"),
    };
    html! {
        th scope="row" { (line.label) }
        td { (cell(line.submitted.as_deref(), &line.marks.submitted, "not submitted")) }
        td.against {
            (cell(line.document.as_deref(), &line.marks.document, "not on the document"))
            @if let Some(note) = line.note() { span.note.small.block { (note) } }
        }
        @if with_database { td { (cell(line.database.as_deref(), &[], "—")) } }
        td.mark { span aria-hidden="true" { (mark) } span.hidden { (spoken) } }
    }
}

/// A value in which the letters are marked that differ from the value next to it.
fn cell(value: Option<&str>, marked: &[Range<usize>], none: &str) -> Markup {
    let Some(value) = value else { return html! { span.muted { (none) } } };
    let part = |range: Range<usize>| value.get(range).unwrap_or_default();
    // The text between two marks begins where the earlier mark ends.
    let ends = std::iter::once(0).chain(marked.iter().map(|range| range.end));
    html! {
        span dir="auto" {
            @for (from, range) in ends.zip(marked) { (part(from..range.start)) mark { (part(range.clone())) } }
            (part(marked.last().map_or(0, |range| range.end)..value.len()))
        }
    }
}

fn said(word: &Resolved, now: Timestamp) -> Markup {
    html! {
        span.strong { (resolution(&word.resolution).unwrap_or(&word.resolution)) }
        @if !word.comment.is_empty() { ": " span dir="auto" { (word.comment) } }
        span.muted { " · " (word.by) ", " (ago(word.at, now)) }
    }
}

#[component]
fn Resolve(of: Resolvable, field: String, word: Option<Resolved>) -> impl IntoView {
    let busy = of.resolving.0.pending();
    let chosen = word.as_ref().map(|word| word.resolution.clone()).unwrap_or_default();
    let said = word.as_ref().map(|word| word.comment.clone()).unwrap_or_default();
    let title = if word.is_some() { "Change the resolution" } else { "Resolve" };
    let (select, input) = (format!("resolution-{field}"), format!("why-{field}"));
    let (select, input) = (select.replace(' ', "-"), input.replace(' ', "-"));
    view! {
        <details class="resolve">
            <summary class="small">{title}<span class="hidden">{format!(": {field}")}</span></summary>
            <ServerForm action=of.resolving.0 attr:class="row wrap">
                <input type="hidden" name="inquiry" value=of.inquiry />
                <input type="hidden" name="version" value=of.version />
                <input type="hidden" name="field" value=field.clone() />
                <label class="hidden" for=select.clone()>{format!("Resolution for {field}")}</label>
                <select id=select name="resolution" required>
                    <option value="">"Choose an explanation"</option>
                    {RESOLUTIONS.into_iter().map(|(code, label)| view! { <option value=code selected=code == chosen>{label}</option> }).collect_view()}
                </select>
                <label class="hidden" for=input.clone()>{format!("{field}, comment")}</label>
                <input id=input name="comment" type="text" class="grow" maxlength=LONGEST.to_string() value=said placeholder="Comment" dir="auto" autocomplete="off" />
                <button type="submit" disabled=move || busy.get()>"Resolve"</button>
            </ServerForm>
        </details>
    }
}
