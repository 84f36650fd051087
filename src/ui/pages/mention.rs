//! Notes of colleagues that call the reader by name.
use leptos::prelude::*;

use crate::api;
use crate::api::note::ReadMentions;
use crate::domain::evidence::Tone;
use crate::domain::note::Mention;
use crate::domain::time::Timestamp;
use crate::ui::keys::on_key;
use crate::ui::live::live;
use crate::ui::parts::badge::{Badge, Key};
use crate::ui::parts::frame::Bar;
use crate::ui::parts::load::load;
use crate::ui::parts::table::Empty;
use crate::ui::parts::time::Ago;

#[component]
pub fn Mentions() -> impl IntoView {
    let read = ServerAction::<ReadMentions>::new();
    let page = Resource::new(move || read.version().get(), |_| api::note::mentions());
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
                <button class="chip" type="button" on:click=move |_| show()>"Changed, show"<Key of="show" /></button>
            })}</span>
        </Bar>
        {load(page, 6, move |(mentions, now)| draw(mentions, now, read))}
    }
}

fn draw(mentions: Vec<Mention>, now: Timestamp, read: ServerAction<ReadMentions>) -> AnyView {
    if mentions.is_empty() {
        return view! { <Empty title="Nobody has called you" hint="Write @ and a colleague’s name in a note, and it stands on this page of theirs." /> }.into_any();
    }
    let unread = mentions.iter().filter(|mention| mention.read_at.is_none()).count();
    view! {
        <div class="evidence single">
            {(unread > 0).then(|| view! {
                <ActionForm action=read attr:class="row">
                    <span class="muted">{if unread == 1 { "One is new".to_owned() } else { format!("{unread} are new") }}</span>
                    <button type="submit">"Mark all as read"</button>
                </ActionForm>
            })}
            <ul class="plain stack">{mentions.into_iter().map(|mention| one(mention, now)).collect_view()}</ul>
        </div>
    }
    .into_any()
}

fn one(mention: Mention, now: Timestamp) -> AnyView {
    let Mention { note, kind, subject, name, read_at } = mention;
    let folder = match kind.as_str() {
        "case" => "cases",
        "account" => "accounts",
        _ => "inquiries",
    };
    let href = format!("/{folder}/{subject}#notes");
    let struck = note.struck_at.is_some();
    view! {
        <li class="panel">
            <p class="row wrap">
                {read_at.is_none().then(|| view! { <Badge tone=Tone::Info text="New" /> })}
                <span class="strong" dir="auto">{note.author_name}</span>
                <span class="muted">"about "</span><a href=href dir="auto">{name.unwrap_or(subject)}</a>
                {note.restricted.then(|| view! { <Badge tone=Tone::Warn text="Restricted" /> })}
                <span class="grow"></span>
                <span class="muted small"><Ago at=note.at now /></span>
            </p>
            {if struck {
                view! { <p class="muted"><del dir="auto">{note.body}</del>" (struck out by its author)"</p> }.into_any()
            } else {
                view! { <p class="quote" dir="auto">{note.body}</p> }.into_any()
            }}
        </li>
    }
    .into_any()
}
