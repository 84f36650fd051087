//! The checklist of an inquiry: items that a reviewer ticks before a verdict.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::failure::FormError;
use super::load_state::error_in_address;
use super::time::ago;
use crate::api::checklist::Tick;
use crate::domain::checklist::ChecklistLine;
use crate::domain::time::Timestamp;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::leptos_ext::static_html::inline_html;

/// State that survives a re-render of the page.
#[derive(Clone, Copy)]
pub struct Ticking(pub FormAction<Tick>);

impl Ticking {
    pub fn new(reload: Callback<()>) -> Self {
        let tick = FormAction::<Tick>::new();
        Effect::new(move |_| {
            if tick.value().get().is_some() {
                reload.run(());
            }
        });
        Self(tick)
    }

    pub fn busy(self) -> bool {
        self.0.pending().get_untracked()
    }
}

#[component]
pub fn Checklist(
    inquiry: String,
    version: i64,
    lines: Vec<ChecklistLine>,
    ticking: Ticking,
    offered: bool,
    now: Timestamp,
) -> impl IntoView {
    let in_address = error_in_address(Tick::PATH);
    let error = Signal::derive(move || ticking.0.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let busy = ticking.0.pending();
    let (done, of) = (lines.iter().filter(|line| line.counts).count(), lines.len());
    view! {
        <div class="checklist" id="checklist">
            <p class="row"><span class="strong grow">"Checklist"</span><span class="muted small num">{format!("{done} of {of}")}</span></p>
            <FormError error />
            <ul class="plain">
                {lines.into_iter().map(|line| {
                    let inquiry = inquiry.clone();
                    let (id, text, counts) = (line.item.id.clone(), line.item.text.clone(), line.counts);
                    let needed = (!line.item.blocks.is_empty()).then(|| format!("required to {}", line.item.blocks.join(", ").replace('-', " ")));
                    let who = line.tick.map(|tick| {
                        let stale = (!counts).then_some(", on an earlier version of the evidence: check again");
                        view! { <span class="muted small block">{tick.by}", "{inline_html(|| ago(tick.at, now))}{stale}</span> }
                    });
                    let words = view! { <span>{text.clone()}{needed.map(|needed| view! { <span class="muted small">" · "{needed}</span> })}{who}</span> };
                    if offered {
                        view! {
                            <li><ServerForm action=ticking.0 attr:class="tick">
                                <input type="hidden" name="inquiry" value=inquiry /><input type="hidden" name="item" value=id />
                                <input type="hidden" name="version" value=version /><input type="hidden" name="done" value=if counts { "no" } else { "yes" } />
                                <button type="submit" role="checkbox" aria-checked=counts.to_string() aria-label=text disabled=move || busy.get()>{if counts { "✓" } else { "" }}</button>
                                {words}
                            </ServerForm></li>
                        }.into_any()
                    } else {
                        view! { <li class="tick"><span class="box" aria-hidden="true">{if counts { "✓" } else { "" }}</span><span class="hidden">{if counts { "Done: " } else { "Not done: " }}</span>{words}</li> }.into_any()
                    }
                }).collect_view()}
            </ul>
        </div>
    }
}
