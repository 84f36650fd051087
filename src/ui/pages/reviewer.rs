//! Who has an account at the desk.
use leptos::prelude::*;

use crate::api;
use crate::api::reviewer::{AddReviewer, DisableReviewer, EnableReviewer};
use crate::domain::desk::ReviewersPage;
use crate::domain::evidence::Tone;
use crate::domain::reviewer::{Need, Role};
use crate::ui::app::may;
use crate::ui::fetch::fetched;
use crate::ui::parts::badge::badge;
use crate::ui::parts::failure::FormError;
use crate::ui::parts::frame::Bar;
use crate::ui::parts::load::{error_in_address, load};
use crate::ui::parts::time::at;
use crate::ui::plain::inline;
use crate::ui::send::{SendForm, Sending};

#[derive(Clone, Copy)]
struct Actions {
    add: Sending<AddReviewer>,
    disable: Sending<DisableReviewer>,
    enable: Sending<EnableReviewer>,
}

#[component]
pub fn Reviewers() -> impl IntoView {
    let page = fetched(|| (), |()| api::reviewer::reviewers());
    let actions = Actions { add: Sending::new(), disable: Sending::new(), enable: Sending::new() };
    Effect::new(move |_| {
        // All three are read, or the effect would not hear of those behind the first that is true.
        let added = actions.add.value().get().is_some_and(|result| result.is_ok());
        let disabled = actions.disable.value().get().is_some();
        let enabled = actions.enable.value().get().is_some();
        if added || disabled || enabled {
            page.refetch();
        }
    });
    view! {
        <Bar title="Reviewers"><span class="grow"></span></Bar>
        {load(page, 6, move |page| draw(page, actions))}
    }
}

fn draw(page: ReviewersPage, actions: Actions) -> AnyView {
    let manages = may(Need::ManageReviewers);
    let of_add = error_in_address("/api/reviewer-add");
    let of_disable = error_in_address("/api/reviewer-disable");
    let add_error = Signal::derive(move || actions.add.value().get().and_then(Result::err).or_else(|| of_add.get()));
    let row_error = Signal::derive(move || {
        let of = |result: Option<Result<(), api::ApiError>>| result.and_then(Result::err);
        of(actions.disable.value().get()).or_else(|| of(actions.enable.value().get())).or_else(|| of_disable.get())
    });
    let me = page.me;
    view! {
        {page.fresh.map(|fresh| view! {
            <div class="banner" data-tone="good" role="status" id="fresh">
                <p>{format!("{} may sign in as {}.", fresh.name, fresh.email)}</p>
                <p>"First password, shown only now: "<code>{fresh.password}</code></p>
                <p class="small">"Hand it over by a way that you trust. They can change it under their name, below the navigation."</p>
            </div>
        })}
        <FormError error=row_error />
        <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="rows stacked">
            <caption class="hidden">"Reviewers"</caption>
            <thead><tr><th scope="col">"Name"</th><th scope="col">"E-mail"</th><th scope="col">"Role"</th><th scope="col">"Since"</th><th scope="col">"State"</th>{manages.then(|| view! { <th scope="col"><span class="hidden">"Actions"</span></th> })}</tr></thead>
            <tbody>{page.reviewers.into_iter().map(|reviewer| {
                let id = reviewer.id.to_string();
                let active = reviewer.disabled_at.is_none();
                let name = reviewer.name.clone();
                view! {
                    <tr>
                        <th scope="row" class="strong">{reviewer.name}{(reviewer.id == me).then(|| view! { <span class="muted">" (you)"</span> })}</th>
                        <td>{reviewer.email}</td>
                        <td>{reviewer.role.label()}</td>
                        <td>{inline(|| at(reviewer.created_at))}</td>
                        <td>{if active { inline(|| badge(Tone::Good, "Active")) } else { inline(|| badge(Tone::Plain, "Disabled")) }}</td>
                        {manages.then(|| view! { <td class="right">
                            {if active {
                                view! { <SendForm action=actions.disable><input type="hidden" name="id" value=id /><button type="submit" aria-label=format!("Disable {name}")>"Disable"</button></SendForm> }.into_any()
                            } else {
                                view! { <SendForm action=actions.enable><input type="hidden" name="id" value=id /><button type="submit" aria-label=format!("Enable {name}")>"Enable"</button></SendForm> }.into_any()
                            }}
                        </td> })}
                    </tr>
                }
            }).collect_view()}</tbody>
        </table></div>
        {manages.then(|| view! {
            <section class="panel narrow-panel">
                <header><h2>"Add a reviewer"</h2></header>
                <SendForm action=actions.add attr:class="stack">
                    <FormError error=add_error />
                    <label for="name">"Name, as it stands under every decision"</label>
                    <input id="name" name="name" type="text" required maxlength="100" autocomplete="off" />
                    <label for="email">"E-mail"</label>
                    <input id="email" name="email" type="email" required maxlength="254" autocomplete="off" />
                    <label for="role">"Role"</label>
                    <select id="role" name="role">
                        {Role::ALL.into_iter().map(|role| view! { <option value=role.as_str()>{match role {
                            Role::Analyst => "Analyst: works the queue and decides",
                            Role::Admin => "Admin: manages reviewers and the connection",
                            Role::Auditor => "Auditor: reads everything, exports the log",
                        }}</option> }).collect_view()}
                    </select>
                    <button class="primary" type="submit">"Add reviewer"</button>
                </SendForm>
            </section>
        })}
    }.into_any()
}
