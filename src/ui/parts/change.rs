//! What changed since the version that the reader saw.
use leptos::prelude::*;

use crate::domain::change::Changes;

#[component]
pub fn Changed(changes: Changes) -> impl IntoView {
    let title = format!("Changed since version {}, which you saw", changes.seen);
    view! {
        <section class="panel changed" id="changed" aria-labelledby="changed-title">
            <header><h2 id="changed-title">{title}</h2></header>
            {match changes.lines {
                None => view! { <p class="muted">"That version is not kept any more. Read the evidence again before you decide."</p> }.into_any(),
                Some(lines) if lines.is_empty() => view! { <p class="muted">"Nothing that stands on this page. Persona wrote the inquiry anew; what you saw still stands."</p> }.into_any(),
                Some(lines) => view! {
                    <div class="scroll" tabindex="0" role="region" aria-label="Changes"><table class="rows">
                        <thead><tr><th scope="col">"What"</th><th scope="col">"Then"</th><th scope="col">"Now"</th></tr></thead>
                        <tbody>{lines.into_iter().map(|line| view! {
                            <tr>
                                <th scope="row">{line.what}</th>
                                <td class="then" dir="auto">{line.before.map_or_else(|| view! { <span class="muted">"was not there"</span> }.into_any(), |text| view! { <del>{text}</del> }.into_any())}</td>
                                <td dir="auto">{line.after.map_or_else(|| view! { <span class="muted">"is gone"</span> }.into_any(), |text| view! { <ins>{text}</ins> }.into_any())}</td>
                            </tr>
                        }).collect_view()}</tbody>
                    </table></div>
                }.into_any(),
            }}
        </section>
    }
}
