//! How long records are kept: clocks, holds, what was erased.
use leptos::prelude::*;

use crate::api;
use crate::api::retention::{EndRelationship, HoldRecords, ReleaseRecords};
use crate::domain::evidence::Tone;
use crate::domain::retention::{Day, Kept, PROFILES, RetentionPage, profile};
use crate::domain::reviewer::Need;
use crate::ui::app::may;
use crate::ui::fetch::fetched;
use crate::ui::parts::badge::badge;
use crate::ui::parts::failure::FormError;
use crate::ui::parts::frame::Bar;
use crate::ui::parts::load::{error_in_address, load};
use crate::ui::parts::table::Empty;
use crate::ui::parts::time;
use crate::ui::plain::inline;
use crate::ui::send::{SendForm, Sending};

#[derive(Clone, Copy)]
struct Actions {
    end: Sending<EndRelationship>,
    hold: Sending<HoldRecords>,
    release: Sending<ReleaseRecords>,
}

#[component]
pub fn Retention() -> impl IntoView {
    let page = fetched(|| (), |()| api::retention::retention());
    let actions = Actions { end: Sending::new(), hold: Sending::new(), release: Sending::new() };
    Effect::new(move |_| {
        // All are read, or the effect would not hear of the others.
        let done = [
            actions.end.value().get().is_some(),
            actions.hold.value().get().is_some(),
            actions.release.value().get().is_some(),
        ];
        if done.contains(&true) {
            page.refetch();
        }
    });
    view! {
        <Bar title="Retention"><span class="grow"></span></Bar>
        {load(page, 6, move |page| draw(page, actions))}
    }
}

fn draw(page: RetentionPage, actions: Actions) -> AnyView {
    let manages = may(Need::ManageRetention);
    let today = Day::of(page.now);
    let in_address = ["/api/retention-end", "/api/retention-hold", "/api/retention-release"].map(error_in_address);
    let error = Signal::derive(move || {
        let said = [
            actions.end.value().get().and_then(Result::err),
            actions.hold.value().get().and_then(Result::err),
            actions.release.value().get().and_then(Result::err),
        ];
        said.into_iter().flatten().next().or_else(|| in_address.iter().find_map(|error| error.get()))
    });
    view! {
        <div class="evidence single">
            <section class="panel">
                <header><h2>"Accounts whose relationship has ended"</h2></header>
                <p class="muted">"The clock starts when the relationship ends. When it has run out and nobody holds the records, the desk erases evidence, comments and names; entries of the audit log stay, without what they said of a person. Until then nothing is erased."</p>
                <FormError error />
                {page.rows.is_empty().then(|| view! { <Empty title="No clock runs" hint="Records of accounts without an end are kept." /> })}
                {(!page.rows.is_empty()).then(|| view! {
                    <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="rows">
                        <thead><tr><th scope="col">"Account"</th><th scope="col">"State"</th><th scope="col">"Ended"</th><th scope="col">"Kept until"</th><th scope="col">"Profile"</th><th scope="col">"Hold"</th>{manages.then(|| view! { <th scope="col"><span class="hidden">"Actions"</span></th> })}</tr></thead>
                        <tbody>{page.rows.into_iter().map(|kept| view! { <Row kept today actions manages /> }).collect_view()}</tbody>
                    </table></div>
                })}
            </section>
            {manages.then(|| view! {
                <section class="panel narrow-panel">
                    <header><h2>"A relationship ended"</h2></header>
                    <SendForm action=actions.end attr:class="stack">
                        <label for="account">"Account"</label>
                        <input id="account" name="account" type="text" class="mono" required maxlength="64" autocomplete="off" placeholder="act_…" />
                        <label for="ended_on">"Last day of the relationship"</label>
                        <input id="ended_on" name="ended_on" type="date" required />
                        <label for="profile">"Rule that records are kept by"</label>
                        <select id="profile" name="profile">{PROFILES.into_iter().map(|profile| view! { <option value=profile.code>{format!("{}: {} years ({})", profile.name, profile.years, profile.source)}</option> }).collect_view()}</select>
                        <button class="primary" type="submit">"Start the clock"</button>
                    </SendForm>
                </section>
            })}
        </div>
    }.into_any()
}

#[component]
fn Row(kept: Kept, today: Day, actions: Actions, manages: bool) -> impl IntoView {
    let state = kept.state(today);
    let tone = match state {
        "erased" => Tone::Plain,
        "on hold" => Tone::Info,
        "due" => Tone::Warn,
        _ => Tone::Good,
    };
    let rule = profile(&kept.profile)
        .map_or(kept.profile.clone(), |profile| format!("{}, {} years", profile.name, profile.years));
    let (account, open) = (kept.account.clone(), kept.erased_at.is_none());
    let (held, of_release, label) = (kept.hold.is_some(), account.clone(), account.clone());
    view! {
        <tr>
            <th scope="row"><span dir="auto">{kept.name.clone()}</span>" "<span class="mono muted">{account.clone()}</span></th>
            <td>{inline(|| badge(tone, state))}
                {kept.redacted_early.then(|| view! { " "{inline(|| badge(Tone::Bad, "redacted in Persona before its time: only the desk's record is left"))} })}
                {kept.erased_at.map(|at| view! { " "{inline(|| time::at(at))} })}
                {kept.certificate.clone().map(|seq| view! { ", "<a href=format!("/audit/entries/{seq}")>"certificate"</a> })}</td>
            <td class="num">{kept.ended_on.clone()}</td>
            <td class="num">{kept.due_on.clone()}</td>
            <td>{rule}</td>
            <td>{kept.hold.clone().map(|why| format!("{why} ({})", kept.held_by.clone().unwrap_or_default()))}</td>
            {manages.then(|| view! { <td class="right">{match (open, held) {
                (false, _) => ().into_any(),
                (true, true) => view! { <SendForm action=actions.release><input type="hidden" name="account" value=of_release /><button type="submit">"Release"</button></SendForm> }.into_any(),
                (true, false) => view! { <SendForm action=actions.hold attr:class="narrow"><input type="hidden" name="account" value=account /><label class="hidden" for=format!("hold-{label}")>"Reason of the hold"</label><input id=format!("hold-{label}") name="reason" type="text" required maxlength="500" placeholder="Reason" /><button type="submit">"Hold"</button></SendForm> }.into_any(),
            }}</td> })}
        </tr>
    }
}
