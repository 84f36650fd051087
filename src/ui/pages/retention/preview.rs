//! Preview of what would be erased of one account, and when, before anyone proposes or confirms it.
use leptos::prelude::*;

use super::action::{RetentionActions, rule_text};
use crate::domain::retention::{LEFT_AFTER_DAYS, Preview};
use crate::ui::form::ServerForm;

#[component]
pub fn Looked(preview: Preview, actions: RetentionActions, manages: bool, grace_days: u64) -> impl IntoView {
    let Preview { account, name, clock, settable, needs_second, takes, runs_on, obstacle, left, hold } = preview;
    let numbers = [
        ("Inquiries", takes.inquiries),
        ("Cases without other accounts", takes.cases),
        ("Snapshots of evidence", takes.snapshots),
        ("Decisions that lose their comment and name", takes.comments),
        ("Personal values in the audit log", takes.values),
        ("Webhook events", takes.events),
    ];
    let day = match (&clock, runs_on) {
        (None, _) => "No retention period has started: nothing is erased.".to_owned(),
        (Some(_), _) if hold.is_some() => "Never while the records are on hold.".to_owned(),
        (Some(_), Some(day)) if settable && needs_second => {
            format!(
                "{day}, if proposed and confirmed now: a second person has to confirm it, and {grace_days} days pass."
            )
        }
        (Some(_), Some(day)) if needs_second => {
            format!("{day} at the earliest: a second person has to confirm it when the retention period is over.")
        }
        (Some(_), Some(day)) => day,
        (Some(_), None) => "Not known".to_owned(),
    };
    let form = clock.clone().filter(|_| settable && manages);
    let refused = obstacle.is_some() && needs_second;
    view! {
        <section class="panel" id="preview">
            <header><h2>"What would be erased"</h2></header>
            <dl class="facts">
                <dt>"Account"</dt><dd><span dir="auto">{name}</span>" "<span class="mono muted">{account.clone()}</span></dd>
                {clock.map(|clock| view! { <dt>"Ended"</dt><dd>{clock.ended_on.clone()}</dd><dt>"Profile"</dt><dd>{rule_text(&clock)}</dd><dt>"Retained until"</dt><dd>{clock.due_on}</dd> })}
                {hold.map(|why| view! { <dt>"On hold"</dt><dd>{why}</dd> })}
                <dt>"Erased on"</dt><dd id="runs-on">{day}</dd>
                {numbers.into_iter().map(|(what, n)| view! { <dt>{what}</dt><dd class="num">{n}</dd> }).collect_view()}
            </dl>
            {obstacle.map(|why| view! { <p class="banner" data-tone="warn" role="status">{why}</p> })}
            {(!left.is_empty()).then(|| view! {
                <div class="banner" data-tone="warn" role="status" id="left">
                    <p>{format!("These inquiries are unfinished and are erased as well. They are abandoned: they have expired, or nothing has changed for {LEFT_AFTER_DAYS} days.")}</p>
                    <ul>{left.into_iter().map(|left| view! { <li><a class="mono" href=format!("/inquiries/{}", left.id)>{left.id.clone()}</a>{format!(" {}, since {}", left.status.to_lowercase(), left.since)}</li> }).collect_view()}</ul>
                </div>
            })}
            {form.filter(|_| !refused).map(|clock| view! {
                <ServerForm action=actions.end>
                    <input type="hidden" name="account" value=account />
                    <input type="hidden" name="ended_on" value=clock.ended_on />
                    <input type="hidden" name="profile" value=clock.profile />
                    <button class="primary" type="submit">{if needs_second { "Propose" } else { "Start the retention period" }}</button>
                </ServerForm>
            })}
        </section>
    }
}
