//! What changed since the version that the reader saw.
use leptos::prelude::*;
use maud::{Markup, html};

use crate::domain::change::Changes;
use crate::ui::parts::panel::none;
use crate::ui::plain::plain;

#[component]
pub fn Changed(changes: Changes) -> impl IntoView {
    view! { <section class="panel changed" id="changed" aria-labelledby="changed-title" {..plain(|| drawn(&changes))}></section> }
}

fn drawn(changes: &Changes) -> Markup {
    html! {
        header { h2 #changed-title { "Changed since version " (changes.seen) ", which you saw" } }
        @match &changes.lines {
            None => (none("That version is not kept any more. Read the evidence again before you decide.")),
            Some(lines) if lines.is_empty() => (none("Nothing that stands on this page. Persona wrote the inquiry anew; what you saw still stands.")),
            Some(lines) => div.scroll tabindex="0" role="region" aria-label="Changes" {
                table.rows {
                    thead { tr { th scope="col" { "What" } th scope="col" { "Then" } th scope="col" { "Now" } } }
                    tbody {
                        @for line in lines {
                            tr {
                                th scope="row" { (line.what) }
                                td.then dir="auto" { @match &line.before { Some(text) => del { (text) }, None => span.muted { "was not there" } } }
                                td dir="auto" { @match &line.after { Some(text) => ins { (text) }, None => span.muted { "is gone" } } }
                            }
                        }
                    }
                }
            }
        }
    }
}
