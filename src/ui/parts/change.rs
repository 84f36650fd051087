//! The panel with the changes since the version of the evidence that the reviewer saw.
use leptos::prelude::*;
use maud::{Markup, html};

use crate::domain::evidence_diff::Changes;
use crate::ui::leptos_ext::static_html::static_html;
use crate::ui::parts::panel::none;

#[component]
pub fn Changed(changes: Changes) -> impl IntoView {
    view! { <section class="panel changed" id="changed" aria-labelledby="changed-title" {..static_html(|| drawn(&changes))}></section> }
}

fn drawn(changes: &Changes) -> Markup {
    html! {
        header { h2 #changed-title { "Changed since version " (changes.seen) ", which you saw" } }
        @match &changes.lines {
            None => (none("That version is no longer stored. Read the evidence again before you decide.")),
            Some(lines) if lines.is_empty() => (none("Persona updated the inquiry, but nothing on this page changed.")),
            Some(lines) => div.scroll tabindex="0" role="region" aria-label="Changes" {
                table.rows {
                    thead { tr { th scope="col" { "Field" } th scope="col" { "Before" } th scope="col" { "Now" } } }
                    tbody {
                        @for line in lines {
                            tr {
                                th scope="row" { (line.what) }
                                td.then dir="auto" { @match &line.before { Some(text) => del { (text) }, None => span.muted { "not present" } } }
                                td dir="auto" { @match &line.after { Some(text) => ins { (text) }, None => span.muted { "removed" } } }
                            }
                        }
                    }
                }
            }
        }
    }
}
