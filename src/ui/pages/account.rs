//! One account with its inquiries, cases and relations.
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::api;
use crate::domain::desk::AccountPage;
use crate::domain::evidence::Tone;
use crate::domain::reviewer::Need;
use crate::ui::app::may;
use crate::ui::keys::{click, focus, on_key};
use crate::ui::pages::inquiry_evidence::{Fields, Relations};
use crate::ui::pages::inquiry_file::AccessRequest;
use crate::ui::parts::badge::{Badge, Key, Signals, Status, name_tone};
use crate::ui::parts::frame::Bar;
use crate::ui::parts::load::load;
use crate::ui::parts::note::{Notes, Writing};
use crate::ui::parts::reveal::{Hidden, Revealing};
use crate::ui::parts::time::{Ago, At, Since};

#[component]
pub fn Account() -> impl IntoView {
    let params = use_params_map();
    let page = Resource::new(move || params.with(|params| params.get("id").unwrap_or_default()), api::account::account);
    let reload = Callback::new(move |()| page.refetch());
    let purpose = if may(Need::Decide) { "link" } else { "audit" };
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
    let (kind, status, graph) = (account.kind(), account.status.clone(), format!("/accounts/{id}/relations"));
    let (of, about, hidden) = (id.to_string(), id.to_string(), id.to_string());
    view! {
        <Bar title=page.name>
            <span class="mono muted">{id.to_string()}</span>
            <Badge tone=Tone::Plain text=kind.label() />
            {(!status.is_empty()).then(|| view! { <Badge tone=name_tone(&status) text=status.clone() /> })}
            <span class="grow"></span>
            <span class="muted small">"As of "<Ago at=page.as_of now /></span>
            <a class="button" id="open-graph" href=graph>"Relation graph"<Key of="account-graph" /></a>
        </Bar>
        <div class="evidence single">
            <Hidden kind="account" subject=hidden hidden=page.hidden revealing />
            <section class="panel">
                <header><h2>"Inquiries"</h2></header>
                {page.inquiries.is_empty().then(|| view! { <p class="muted">"None known."</p> })}
                <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="rows">
                    <tbody>{page.inquiries.into_iter().map(|inquiry| view! {
                        <tr><th scope="row"><a class="strong" href=format!("/inquiries/{}", inquiry.id) dir="auto">{inquiry.subject.unwrap_or_else(|| "No name".into())}</a><span class="mono muted id">{inquiry.id.to_string()}</span></th>
                            <td><Signals signals=inquiry.signals /></td><td>{inquiry.template}</td><td><Status status=inquiry.status /></td><td class="right"><Since at=inquiry.waiting_since now /></td></tr>
                    }).collect_view()}</tbody>
                </table></div>
            </section>
            <Relations account=None relations=page.relations cases=page.cases shared=page.shared />
            <section class="panel">
                <header><h2>"About this account"</h2></header>
                <dl class="facts">
                    <dt>"Type"</dt><dd>{account.type_name.clone()}</dd>
                    {account.reference_id.clone().map(|reference| view! { <dt>"Your reference"</dt><dd class="mono">{reference}</dd> })}
                    <dt>"Created"</dt><dd><At at=account.created_at /></dd>
                    {account.redacted_at.map(|at| view! { <dt>"Redacted"</dt><dd><At at /></dd> })}
                    {(!account.tags.is_empty()).then(|| view! { <dt>"Tags"</dt><dd>{account.tags.join(", ")}</dd> })}
                </dl>
            </section>
            <Fields fields=account.fields.clone() />
            <Notes kind="account" subject=about notes=page.notes writing now />
            {may(Need::ExportEvidence).then(|| view! { <AccessRequest account=of /> })}
        </div>
    }.into_any()
}
