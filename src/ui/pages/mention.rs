//! Mentions: notes of colleagues that name the reader.
use leptos::prelude::*;
use maud::{Markup, html};

use crate::api;
use crate::api::note::ReadMentions;
use crate::domain::evidence::Tone;
use crate::domain::note::Mention;
use crate::domain::time::Timestamp;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::keys::on_key;
use crate::ui::leptos_ext::static_html::static_html;
use crate::ui::live::live;
use crate::ui::parts::badge::{Key, badge};
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load_state::load;
use crate::ui::parts::table::Empty;
use crate::ui::parts::time::ago;
use crate::ui::resource::fetched;

#[component]
pub fn Mentions() -> impl IntoView {
    let read = FormAction::<ReadMentions>::new();
    let page = fetched(move || read.version().get(), |_| api::note::mentions());
    let changed = RwSignal::new(false);
    let show = move || {
        changed.set(false);
        page.refetch();
    };
    live().on_change(move |topic, _| {
        if ["inquiry", "case", "account"].contains(&topic) {
            changed.set(true);
        }
    });
    on_key(&["Lists"], move |key| {
        if key == "." {
            show();
        }
        key == "."
    });
    view! {
        <Bar title="Notes to you">
            <span class="grow"></span>
            <span role="status">{move || changed.get().then(|| view! {
                <button class="chip" type="button" on:click=move |_| show()>"Show changes"<Key of="show" /></button>
            })}</span>
        </Bar>
        {load(page, 6, move |(mentions, now)| draw(mentions, now, read))}
    }
}

fn draw(mentions: Vec<Mention>, now: Timestamp, read: FormAction<ReadMentions>) -> AnyView {
    if mentions.is_empty() {
        return view! { <Empty title="No mentions" hint="When a colleague writes @ and your name in a note, it appears here." /> }.into_any();
    }
    let all = static_html(|| html! { @for mention in &mentions { (one(mention, now)) } });
    let unread = mentions.iter().filter(|mention| mention.read_at.is_none()).count();
    view! {
        <div class="evidence single">
            {(unread > 0).then(|| view! {
                <ServerForm action=read attr:class="row">
                    <span class="muted">{if unread == 1 { "One is new".to_owned() } else { format!("{unread} are new") }}</span>
                    <button type="submit">"Mark all as read"</button>
                </ServerForm>
            })}
            <ul class="plain stack" {..all}></ul>
        </div>
    }
    .into_any()
}

fn one(mention: &Mention, now: Timestamp) -> Markup {
    let Mention { note, kind, subject, name, read_at } = mention;
    let folder = match kind.as_str() {
        "case" => "cases",
        "account" => "accounts",
        _ => "inquiries",
    };
    html! {
        li.panel {
            p.row.wrap {
                @if read_at.is_none() { (badge(Tone::Info, "New")) }
                span.strong dir="auto" { (note.author_name) }
                span.muted { "about " } a href={ "/" (folder) "/" (subject) "#notes" } dir="auto" { (name.as_ref().unwrap_or(subject)) }
                @if note.restricted { (badge(Tone::Warn, "Restricted")) }
                span.grow {}
                span.muted.small { (ago(note.at, now)) }
            }
            @if note.struck_at.is_some() {
                p.muted { del dir="auto" { (note.body) } " (struck out by its author)" }
            } @else {
                p.quote dir="auto" { (note.body) }
            }
        }
    }
}
