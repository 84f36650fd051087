//! Submitted against document and database, line by line: what differs is marked to the letter, and resolved in place.
use std::ops::Range;

use leptos::prelude::*;

use super::failure::FormError;
use super::load::error_in_address;
use super::time::Ago;
use crate::api::discrepancy::ResolveDiscrepancy;
use crate::domain::discrepancy::{LONGEST, RESOLUTIONS, Resolved, differing, resolution};
use crate::domain::evidence::Comparison;
use crate::domain::mask::HIDDEN;
use crate::domain::time::Timestamp;

/// What outlives a redraw of the page.
#[derive(Clone, Copy)]
pub struct Resolving(ServerAction<ResolveDiscrepancy>);

impl Resolving {
    pub fn new(reload: Callback<()>) -> Self {
        let action = ServerAction::<ResolveDiscrepancy>::new();
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

/// Where differences can be resolved: of which inquiry, on which version, and by which action.
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
    let open = lines.iter().filter(|line| line.agrees == Some(false) && line.resolved.is_none()).count();
    let columns = if with_database { 5 } else { 4 };
    let in_address = error_in_address("/api/discrepancy-resolve");
    let action = resolvable.as_ref().map(|of| of.resolving.0);
    let error = Signal::derive(move || {
        action.and_then(|action| action.value().get()).and_then(Result::err).or_else(|| in_address.get())
    });
    view! {
        <section class="panel" id="identity">
            <header><h2>"Identity"</h2><span class="grow"></span>
                <span class="muted small">{if open > 0 { format!("{open} to resolve") } else { "Submitted, against document".to_owned() }}</span></header>
            <FormError error />
            <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="compare">
                <thead><tr>
                    <th scope="col"><span class="hidden">"Field"</span></th><th scope="col">"Submitted"</th><th scope="col">"Document"</th>
                    {with_database.then(|| view! { <th scope="col">"Database"</th> })}
                    <th scope="col"><span class="hidden">"Same?"</span></th>
                </tr></thead>
                <tbody>{lines.into_iter().map(|line| {
                    let differs = line.agrees == Some(false);
                    let (word, field) = (line.resolved.clone(), line.label.clone());
                    let of = resolvable.clone();
                    view! {
                        <Line line with_database />
                        {(differs && (word.is_some() || of.is_some())).then(|| view! {
                            <tr class="resolution"><td colspan=columns>
                                {word.clone().map(|word| view! { <Word word now /> })}
                                {of.map(|of| view! { <Resolve of field word /> })}
                            </td></tr>
                        })}
                    }
                }).collect_view()}</tbody>
            </table></div>
        </section>
    }
}

#[component]
fn Line(line: Comparison, with_database: bool) -> impl IntoView {
    let (mark, spoken, tone) = match (line.agrees, &line.resolved) {
        (Some(true), _) => ("✓", "same", "good"),
        (Some(false), None) => ("✕", "differs", "bad"),
        (Some(false), Some(_)) => ("≈", "differs, and is resolved", "warn"),
        (None, _) => ("", "not compared", "plain"),
    };
    let (one, other) = match (&line.submitted, &line.document) {
        (Some(one), Some(other)) if line.agrees == Some(false) && !hides(one) && !hides(other) => differing(one, other),
        _ => (Vec::new(), Vec::new()),
    };
    view! {
        <tr data-tone=tone>
            <th scope="row">{line.label}</th>
            <td>{cell(line.submitted, one, "not submitted")}</td>
            <td class="against">{cell(line.document, other, "not on document")}</td>
            {with_database.then(|| view! { <td>{cell(line.database, Vec::new(), "—")}</td> })}
            <td class="mark"><span aria-hidden="true">{mark}</span><span class="hidden">{spoken}</span></td>
        </tr>
    }
}

fn hides(value: &str) -> bool {
    value.contains(HIDDEN)
}

/// A value, with the letters marked that differ from the one beside it.
fn cell(value: Option<String>, marked: Vec<Range<usize>>, none: &'static str) -> AnyView {
    let Some(value) = value else { return view! { <span class="muted">{none}</span> }.into_any() };
    if marked.is_empty() {
        return view! { <span dir="auto">{value}</span> }.into_any();
    }
    let (mut parts, mut from) = (Vec::new(), 0);
    for range in marked {
        parts.push(value.get(from..range.start).unwrap_or_default().to_owned().into_any());
        let letters = value.get(range.clone()).unwrap_or_default().to_owned();
        parts.push(view! { <mark>{letters}</mark> }.into_any());
        from = range.end;
    }
    parts.push(value.get(from..).unwrap_or_default().to_owned().into_any());
    view! { <span dir="auto">{parts}</span> }.into_any()
}

#[component]
fn Word(word: Resolved, now: Timestamp) -> impl IntoView {
    let how = resolution(&word.resolution).map_or_else(|| word.resolution.clone(), str::to_owned);
    view! {
        <p class="small"><span class="strong">{how}</span>{(!word.comment.is_empty()).then(|| view! { ": "<span dir="auto">{word.comment}</span> })}
            <span class="muted">{format!(" · {}, ", word.by)}<Ago at=word.at now /></span></p>
    }
}

#[component]
fn Resolve(of: Resolvable, field: String, word: Option<Resolved>) -> impl IntoView {
    let busy = of.resolving.0.pending();
    let chosen = word.as_ref().map(|word| word.resolution.clone()).unwrap_or_default();
    let said = word.as_ref().map(|word| word.comment.clone()).unwrap_or_default();
    let title = if word.is_some() { "Resolve it another way" } else { "Resolve" };
    let (select, input) = (format!("resolution-{field}"), format!("why-{field}"));
    let (select, input) = (select.replace(' ', "-"), input.replace(' ', "-"));
    view! {
        <details class="resolve">
            <summary class="small">{title}<span class="hidden">{format!(": {field}")}</span></summary>
            <ActionForm action=of.resolving.0 attr:class="row wrap">
                <input type="hidden" name="inquiry" value=of.inquiry />
                <input type="hidden" name="version" value=of.version />
                <input type="hidden" name="field" value=field.clone() />
                <label class="hidden" for=select.clone()>{format!("How {field} is resolved")}</label>
                <select id=select name="resolution" required>
                    <option value="">"How is it explained?"</option>
                    {RESOLUTIONS.into_iter().map(|(code, label)| view! { <option value=code selected=code == chosen>{label}</option> }).collect_view()}
                </select>
                <label class="hidden" for=input.clone()>{format!("{field}, in words")}</label>
                <input id=input name="comment" type="text" class="grow" maxlength=LONGEST.to_string() value=said placeholder="In words" dir="auto" autocomplete="off" />
                <button type="submit" disabled=move || busy.get()>"Resolve"</button>
            </ActionForm>
        </details>
    }
}
