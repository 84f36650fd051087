//! Cases: the list, and one with what it holds and its status.
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::api;
use crate::api::decision::SetStatus;
use crate::domain::case::LONGEST_STATUS;
use crate::domain::decision::State;
use crate::domain::desk::{CasePage, CasesPage};
use crate::domain::evidence::Tone;
use crate::domain::reviewer::Need;
use crate::ui::app::may;
use crate::ui::keys::{click, focus, on_key};
use crate::ui::live::{Fetching, live};
use crate::ui::pages::inquiry_evidence::Fields;
use crate::ui::parts::badge::{Badge, Key, Signals, Status, name_tone};
use crate::ui::parts::decision::{ReasonAndComment, Typed};
use crate::ui::parts::failure::FormError;
use crate::ui::parts::frame::Bar;
use crate::ui::parts::load::{error_in_address, load};
use crate::ui::parts::note::{Notes, Writing};
use crate::ui::parts::reveal::{Hidden, Revealing};
use crate::ui::parts::table::{Empty, Pages, query};
use crate::ui::parts::time::{Ago, At, Left, Since};
use crate::ui::parts::timeline::Timeline;
use crate::ui::parts::travel::{After, Open, Travel};

#[component]
pub fn Cases() -> impl IntoView {
    let params = use_query_map();
    let key =
        Memo::new(move |_| params.with(|params| (params.get("status").filter(|s| !s.is_empty()), params.get("after"))));
    let page = Resource::new(move || key.get(), |(status, after)| api::case::cases(status, after));
    view! {
        <Bar title="Cases"><span class="grow"></span></Bar>
        {load(page, 12, move |page| list(page, key.get_untracked()))}
    }
}

fn list(page: CasesPage, (status, after): (Option<String>, Option<String>)) -> AnyView {
    let now = page.now;
    let shown = page.page.rows.len();
    let first = after.is_some().then(|| format!("/cases{}", query(&[("status", status.as_deref())])));
    let next =
        page.page.next.as_ref().map(|cursor| {
            format!("/cases{}", query(&[("status", status.as_deref()), ("after", Some(&cursor.to_text()))]))
        });
    let opens = may(Need::ReadEvidence);
    let all: i64 = page.statuses.iter().map(|(_, n)| n).sum();
    view! {
        <div class="filters">
            <nav class="chips" aria-label="Status">
                <a class="chip" href="/cases" aria-current=status.is_none().then_some("page")>"All"<span class="count">{all}</span></a>
                {page.statuses.into_iter().map(|(each, n)| {
                    let on = status.as_deref() == Some(each.as_str());
                    view! { <a class="chip" href=format!("/cases{}", query(&[("status", Some(&each))])) aria-current=on.then_some("page")>{each.clone()}<span class="count">{n}</span></a> }
                }).collect_view()}
            </nav>
        </div>
        {if page.page.rows.is_empty() {
            view! { <Empty title="No cases" hint="Cases appear here as soon as Persona tells of them." /> }.into_any()
        } else {
            view! {
                <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="rows">
                    <caption class="hidden">"Cases, oldest first"</caption>
                    <thead><tr><th scope="col">"Case"</th><th scope="col">"Subject"</th><th scope="col">"Status"</th><th scope="col">"Assignee"</th><th scope="col" class="right">"Inquiries"</th><th scope="col" class="right">"Open since"</th><th scope="col" class="right">"Due"</th></tr></thead>
                    <tbody>{page.page.rows.into_iter().map(|row| {
                        let href = format!("/cases/{}", row.id);
                        let late = row.due_at.is_some_and(|due| due < now);
                        view! {
                            <tr>
                                <th scope="row">{if opens { view! { <a class="strong" href=href>{row.name}</a> }.into_any() } else { view! { <span class="strong">{row.name}</span> }.into_any() }}
                                    <span class="mono muted id">{row.id.to_string()}</span></th>
                                <td dir="auto">{row.subject.unwrap_or_else(|| "—".to_owned())}</td>
                                <td><Badge tone=name_tone(&row.status) text=row.status.clone() /></td>
                                <td class="muted">{row.assignee.unwrap_or_else(|| "Unassigned".to_owned())}</td>
                                <td class="right num">{row.inquiries}</td>
                                <td class="right"><Since at=row.created_at now /></td>
                                <td class="right" data-tone=late.then_some("bad")>{row.due_at.map_or_else(|| view! { <span class="muted">"—"</span> }.into_any(), |at| view! { <Left at now /> }.into_any())}</td>
                            </tr>
                        }
                    }).collect_view()}</tbody>
                </table></div>
            }.into_any()
        }}
        <Pages first next note=format!("{shown} cases, oldest first") />
    }.into_any()
}

#[derive(Clone, Copy)]
struct Held {
    typed: Typed,
    action: ServerAction<SetStatus>,
    after: After,
    writing: Writing,
    revealing: Revealing,
    version: StoredValue<i64>,
    changed: RwSignal<bool>,
    reload: Callback<()>,
}

#[component]
pub fn Case() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    move || view! { <One id=id.get() /> }
}

#[component]
fn One(id: String) -> impl IntoView {
    let fetching = Fetching::new();
    let page = Resource::new(|| (), {
        let id = id.clone();
        move |()| fetching.watch(api::case::case(id.clone()))
    });
    let action = ServerAction::<SetStatus>::new();
    let changed = RwSignal::new(false);
    let reload = Callback::new(move |()| {
        changed.set(false);
        page.refetch();
    });
    fetching.again(reload);
    let typed = Typed::new();
    let after = After::new(typed, reload);
    let version = StoredValue::new(0);
    typed.autosave("case", id.clone(), version);
    let (writing, revealing) =
        (Writing::new(reload), Revealing::new(reload, if may(Need::Decide) { "review" } else { "audit" }));
    let held = Held { typed, action, after, writing, revealing, version, changed, reload };
    Effect::new(move |_| {
        if let Some(result) = action.value().get() {
            if result.is_ok() {
                held.typed.clear();
            }
            reload.run(());
        }
    });
    live().on_change(move |_, other| {
        // What the reader does ends with a fetch, too.
        let acting = action.pending().get_untracked() || after.busy() || writing.busy() || revealing.busy();
        if (other != id && other != "*") || acting || fetching.hears() {
            return;
        }
        let expected = page.with_untracked(|page| {
            let Some(Ok(page)) = page else { return false };
            page.decisions.iter().any(|decision| decision.state.open() && decision.state != State::Unknown)
        });
        if expected { reload.run(()) } else { changed.set(true) }
    });
    on_key(&["Case"], move |key| match key {
        "." => {
            reload.run(());
            true
        }
        "e" => focus("#reason"),
        "c" => focus("#comment"),
        "w" => focus("#note"),
        "v" => click("#reveal"),
        _ => false,
    });
    load(page, 8, move |page| draw(page, held))
}

fn draw(page: CasePage, held: Held) -> AnyView {
    let now = page.now;
    let case = page.case.clone();
    held.typed.seed(page.draft.as_ref());
    held.version.set_value(page.version);
    let open = page.decisions.iter().any(|decision| decision.state.open());
    let in_address = error_in_address("/api/set-status");
    let error = Signal::derive(move || held.action.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let busy = held.action.pending();
    let statuses = page.statuses.clone();
    let current = case.status.clone();
    let (id, status, resolution) = (case.id.to_string(), case.status.clone(), case.resolution.clone());
    let (subject, about) = (id.clone(), id.clone());
    let offered = may(Need::Decide) && !open && case.redacted_at.is_none();
    view! {
        <Bar title=case.name.clone() trail=("/cases", "Cases")>
            <span class="mono muted">{id}</span>
            <Badge tone=name_tone(&status) text=status.clone() />
            {resolution.map(|resolution| view! { <span class="muted">"resolved as "{resolution}</span> })}
            <span class="grow"></span>
            <span class="muted small">"Last changed "<Ago at=page.as_of now /></span>
        </Bar>
        <div class="announce" role="status">
            {move || held.changed.get().then(|| view! {
                <p class="banner" data-tone="info">"This case changed at Persona. What you typed stays. "
                    <button type="button" on:click=move |_| held.reload.run(())>"Show the change"<Key of="case-change" /></button></p>
            })}
        </div>
        <div class="inquiry">
            <div class="evidence">
                <Hidden kind="case" subject=case.id.to_string() hidden=page.hidden.clone() revealing=held.revealing />
                <section class="panel">
                    <header><h2>"Inquiries"</h2></header>
                    {page.inquiries.is_empty().then(|| view! { <p class="muted">"None attached."</p> })}
                    <ul class="plain">{page.inquiries.into_iter().map(|inquiry| view! {
                        <li><a class="strong" href=format!("/inquiries/{}", inquiry.id) dir="auto">{inquiry.subject.unwrap_or_else(|| inquiry.id.to_string())}</a>" "
                            <Status status=inquiry.status />" "<Signals signals=inquiry.signals /></li>
                    }).collect_view()}</ul>
                </section>
                <section class="panel">
                    <header><h2>"Accounts"</h2></header>
                    {page.accounts.is_empty().then(|| view! { <p class="muted">"None attached."</p> })}
                    <ul class="plain">{page.accounts.into_iter().map(|(id, name)| view! { <li><a href=format!("/accounts/{id}") dir="auto">{name}</a></li> }).collect_view()}</ul>
                </section>
                <section class="panel">
                    <header><h2>"About this case"</h2></header>
                    <dl class="facts">
                        <dt>"Assignee"</dt><dd>{case.assignee.clone().unwrap_or_else(|| "Unassigned".to_owned())}</dd>
                        <dt>"Created"</dt><dd><At at=case.created_at /></dd>
                        {case.due_at.map(|at| view! { <dt>"Due"</dt><dd><Left at now /></dd> })}
                        {case.resolved_at.map(|at| view! { <dt>"Resolved"</dt><dd><At at /></dd> })}
                        {(!case.tags.is_empty()).then(|| view! { <dt>"Tags"</dt><dd>{case.tags.join(", ")}</dd> })}
                    </dl>
                </section>
                {(!case.comments.is_empty()).then(|| view! {
                    <section class="panel"><header><h2>"Comments in Persona"</h2></header>
                        {case.comments.clone().into_iter().map(|comment| view! {
                            <div class="quote"><p dir="auto">{comment.message}</p><p class="muted small">{comment.by}" "{comment.at.map(|at| view! { <Ago at now /> })}</p></div>
                        }).collect_view()}
                    </section>
                })}
                <Fields fields=case.fields.clone() />
            </div>
            <aside class="side-panels" aria-label="Status and history">
                <section class="panel" id="decision">
                    <h2>"Status"</h2>
                    <Open decisions=page.decisions.clone() version=page.version after=held.after now />
                    {offered.then(|| view! {
                        <ActionForm action=held.action attr:class="decide">
                            <input type="hidden" name="case" value=subject.clone() />
                            <input type="hidden" name="version" value=page.version />
                            <FormError error />
                            <label for="status">"New status"</label>
                            <select id="status" name="status">
                                {statuses.into_iter().map(|status| {
                                    let same = status == current;
                                    let text = if same { format!("{status} (now)") } else { status.clone() };
                                    view! { <option value=status disabled=same>{text}</option> }
                                }).collect_view()}
                            </select>
                            <label for="other">"Or another one of your template"</label>
                            <input id="other" name="other" type="text" maxlength=LONGEST_STATUS.to_string() />
                            <ReasonAndComment typed=held.typed groups=vec![("set-status", "To set a status")] comment="Comment, kept in the desk's log" keys=("case-reason", "case-comment") />
                            <button class="primary" type="submit" disabled=move || busy.get()>"Set status"</button>
                            <p class="muted small">"Persona's call takes no comment: reason and comment stay in the desk's log."</p>
                        </ActionForm>
                    })}
                    {page.persona_down.then(|| view! { <p class="banner" data-tone="warn">"Persona does not answer. The status is kept and sent as soon as it does."</p> })}
                    {page.decisions.iter().filter(|decision| !decision.state.open()).cloned().map(|decision| view! { <Travel decision now /> }).collect_view()}
                    {(!offered && !open).then(|| view! { <p class="muted">{if may(Need::Decide) { "Redacted: nothing to set." } else { "Your role reads; analysts set the status." }}</p> })}
                    {(case.redacted_at.is_some()).then(|| view! { <Badge tone=Tone::Plain text="Redacted" /> })}
                </section>
                <Notes kind="case" subject=about notes=page.notes.clone() writing=held.writing now />
                <Timeline kind="case" subject=case.id.to_string() line=page.timeline now />
            </aside>
        </div>
    }.into_any()
}
