//! One account with its inquiries, cases and relations.
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use maud::{Markup, html};

use crate::domain::evidence::Tone;
use crate::domain::page_data::account::AccountPage;
use crate::domain::page_data::inquiry::InquiryRef;
use crate::domain::reviewer::Permission;
use crate::domain::time::Timestamp;
use crate::ui::context::may;
use crate::ui::keys::{click, focus, on_key};
use crate::ui::leptos_ext::static_html::{inline_html, static_html};
use crate::ui::pages::case_file::AccessRequest;
use crate::ui::pages::inquiry::evidence::{ALL_FIELDS, fields, relations};
use crate::ui::parts::badge::{Key, badge, name_tone, signals, status};
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load_state::load;
use crate::ui::parts::note::{Notes, Writing};
use crate::ui::parts::panel::{Panel, heading, none};
use crate::ui::parts::reveal::{Hidden, Revealing};
use crate::ui::parts::time::{ago, at, since};
use crate::ui::resource::fetched;
use crate::{api, domain};

#[component]
pub fn Account() -> impl IntoView {
    let params = use_params_map();
    let again = StoredValue::new(None::<bool>);
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    // Another ID opens another account; fetching the same account again does not count as opening it.
    let page =
        fetched(move || id.get(), move |id| api::account::account(id, again.try_update_value(Option::take).flatten()));
    let reload = Callback::new(move |()| {
        again.set_value(Some(true));
        page.refetch();
    });
    let purpose = if may(Permission::Decide) { "link" } else { "audit" };
    let (writing, revealing) = (Writing::new(reload), Revealing::new(reload, purpose));
    on_key(&["Account"], |key| match key {
        "g" => click("#open-graph"),
        "w" => focus("#note"),
        "v" => click("#reveal"),
        _ => false,
    });
    load(page, 8, move |page| draw(page, writing, revealing))
}

fn draw(page: AccountPage, writing: Writing, revealing: Revealing) -> AnyView {
    let now = page.now;
    let account = page.account;
    let id = account.id.clone();
    let (kind, named, graph) = (account.kind(), account.status.clone(), format!("/accounts/{id}/relations"));
    let (of, about, hidden) = (id.to_string(), id.to_string(), id.to_string());
    view! {
        <Bar title=page.name tab=format!("Account {id}")>
            <span class="mono muted">{id.to_string()}</span>
            {inline_html(|| badge(Tone::Plain, kind.label()))}
            {(!named.is_empty()).then(|| inline_html(|| badge(name_tone(&named), &named)))}
            <span class="grow"></span>
            <span class="muted small">"As of "{inline_html(|| ago(page.as_of, now))}</span>
            <a class="button" id="open-graph" href=graph>"Relation graph"<Key of="account-graph" /></a>
        </Bar>
        <div class="evidence single">
            <Hidden kind="account" subject=hidden hidden=page.hidden revealing />
            <Panel html=static_html(|| inquiries(&page.inquiries, now)) />
            <Panel id="relations" html=static_html(|| relations(None, &page.relations, &page.relations_read, &page.cases, &page.shared)) />
            <Panel html=static_html(|| about_it(&account)) />
            <Panel id="fields" html=static_html(|| fields(ALL_FIELDS, &account.fields)) />
            <Notes kind="account" subject=about notes=page.notes writing now />
            {may(Permission::ExportEvidence).then(|| view! { <AccessRequest account=of /> })}
        </div>
    }
    .into_any()
}

fn inquiries(inquiries: &[InquiryRef], now: Timestamp) -> Markup {
    html! {
        (heading("Inquiries"))
        @if inquiries.is_empty() { (none("No known inquiries.")) }
        div.scroll tabindex="0" role="region" aria-label="Table" {
            table.rows {
                tbody {
                    @for inquiry in inquiries {
                        tr {
                            th scope="row" {
                                a.strong href={ "/inquiries/" (inquiry.id.as_str()) } dir="auto" { (inquiry.subject.as_deref().unwrap_or("No name")) }
                                span.mono.muted.id { (inquiry.id.as_str()) }
                            }
                            td { (signals(&inquiry.signals, 3)) }
                            td { @if let Some(template) = &inquiry.template { (template) } }
                            td { (status(&inquiry.status)) }
                            td.right { (since(inquiry.waiting_since, now)) }
                        }
                    }
                }
            }
        }
    }
}

fn about_it(account: &domain::account::Account) -> Markup {
    html! {
        (heading("About this account"))
        dl.facts {
            dt { "Type" } dd { (account.type_name) }
            @if let Some(reference) = &account.reference_id { dt { "Your reference" } dd.mono { (reference) } }
            dt { "Created" } dd { (at(account.created_at)) }
            @if let Some(redacted) = account.redacted_at { dt { "Redacted" } dd { (at(redacted)) } }
            @if !account.tags.is_empty() { dt { "Tags" } dd { (account.tags.join(", ")) } }
        }
    }
}
