//! Rules (those in effect, a form for a new one, earlier versions), reasons, checklists and the queue policy.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::api;
use crate::api::checklist::SetChecklist;
use crate::api::queue::SetPolicy;
use crate::api::reason::{AddReason, RetireReason};
use crate::api::rule::{AddDefaults, AddRule, CancelChange, ConfirmChange, RemoveRule, SetBlocks};
use crate::domain::default_rules::CALL_FOR_ACTION;
use crate::domain::page_data::rule::RulesPage;
use crate::domain::queue::policy::Deal;
use crate::domain::reason::{LONGEST_CODE, LONGEST_LABEL};
use crate::domain::reviewer::Permission;
use crate::domain::rule::LONGEST_NAME;
use crate::domain::text::words;
use crate::ui::context::may;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::leptos_ext::static_html::inline_html;
use crate::ui::pages::rule::block::{Blocks, Defaults, lacks_defaults};
use crate::ui::pages::rule::proposal::Proposals;
use crate::ui::parts::failure::FormError;
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load_state::{error_in_address, load};
use crate::ui::parts::table::Empty;
use crate::ui::parts::time;
use crate::ui::resource::fetched;

pub mod block;
pub mod proposal;

#[derive(Clone, Copy)]
struct RuleActions {
    add: FormAction<AddRule>,
    remove: FormAction<RemoveRule>,
    confirm: FormAction<ConfirmChange>,
    cancel: FormAction<CancelChange>,
    blocks: FormAction<SetBlocks>,
    defaults: FormAction<AddDefaults>,
    set: FormAction<SetPolicy>,
    list: FormAction<SetChecklist>,
    reason: FormAction<AddReason>,
    retire: FormAction<RetireReason>,
}

#[component]
pub fn Rules() -> impl IntoView {
    let page = fetched(|| (), |()| api::rule::rules());
    let actions = RuleActions {
        add: FormAction::new(),
        remove: FormAction::new(),
        confirm: FormAction::new(),
        cancel: FormAction::new(),
        blocks: FormAction::new(),
        defaults: FormAction::new(),
        set: FormAction::new(),
        list: FormAction::new(),
        reason: FormAction::new(),
        retire: FormAction::new(),
    };
    Effect::new(move |_| {
        // All of them are read, because the effect only follows signals that it has read.
        let added = actions.add.value().get().is_some();
        let removed = actions.remove.value().get().is_some();
        let confirmed = actions.confirm.value().get().is_some();
        let cancelled = actions.cancel.value().get().is_some();
        let blocked = actions.blocks.value().get().is_some();
        let restored = actions.defaults.value().get().is_some();
        let set = actions.set.value().get().is_some();
        let listed = actions.list.value().get().is_some();
        let reasoned = actions.reason.value().get().is_some();
        let retired = actions.retire.value().get().is_some();
        if added || removed || confirmed || cancelled || blocked || restored || set || listed || reasoned || retired {
            page.refetch();
        }
    });
    view! {
        <Bar title="Rules and policy"><span class="grow"></span></Bar>
        {load(page, 6, move |page| draw(page, actions))}
    }
}

fn draw(page: RulesPage, actions: RuleActions) -> AnyView {
    let manages = may(Permission::ManageRules);
    let of_add = error_in_address(AddRule::PATH);
    let of_remove = error_in_address(RemoveRule::PATH);
    let add_error = Signal::derive(move || actions.add.value().get().and_then(Result::err).or_else(|| of_add.get()));
    let remove_error =
        Signal::derive(move || actions.remove.value().get().and_then(Result::err).or_else(|| of_remove.get()));
    let version = page.current.version;
    let (of_policy, of_lists, of_reasons) = (page.clone(), page.clone(), page.clone());
    let templates = page.templates.clone();
    let name_of = move |id: &str| templates.iter().find(|(known, _)| known == id).map(|(_, name)| name.clone());
    let since = match (&page.current.made_by, page.current.made_at) {
        (Some(by), Some(at)) => view! { <p class="muted">{format!("Version {version}, by {by}, ")}{inline_html(|| time::at(at))}". A decision in the log names the version that it was judged by."</p> }.into_any(),
        _ => view! { <p class="muted">"No rules yet: every decision is sent without a second reviewer."</p> }.into_any(),
    };
    let alone = page.analysts < 2 && !page.current.rules.is_empty();
    let (of_blocks, of_proposals, of_defaults) = (page.clone(), page.clone(), page.current.clone());
    view! {
        <div class="evidence single">
            <Proposals page=of_proposals confirm=actions.confirm cancel=actions.cancel />
            <section class="panel">
                <header><h2>"Decisions that a second reviewer has to countersign"</h2></header>
                <p class="muted">"A second reviewer is another analyst, who looks at the same evidence and countersigns before anything is sent to Persona. This page lists which decisions need one. The maker sees this next to the buttons before they decide."</p>
                {since}
                {alone.then(|| view! { <p class="banner" data-tone="warn">{format!("{} can decide. A decision that needs a second reviewer waits until there is a second analyst. ", match page.analysts { 0 => "No analyst", _ => "Only one analyst" })}<a href="/admin/reviewers">"Add one under Reviewers"</a>", or propose here to remove the rule. You can add it again at any time, and the log records both."</p> })}
                <FormError error=remove_error />
                {page.current.rules.is_empty().then(|| view! { <Empty title="No rules" hint="Without a rule, no decision waits for a second reviewer." /> })}
                {(!page.current.rules.is_empty()).then(|| view! {
                    <div class="scroll" tabindex="0" role="region" aria-label="Rules"><table class="rows stacked">
                        <thead><tr><th scope="col">"Rule"</th><th scope="col">"When all of this applies"</th>{manages.then(|| view! { <th scope="col"><span class="hidden">"Actions"</span></th> })}</tr></thead>
                        <tbody>{page.current.rules.iter().map(|rule| {
                            let name = rule.name.clone();
                            view! {
                                <tr>
                                    <th scope="row" class="strong">{rule.name.clone()}</th>
                                    <td>{rule.conditions(&name_of)}</td>
                                    {manages.then(|| view! { <td class="right"><ServerForm action=actions.remove>
                                        <input type="hidden" name="version" value=version />
                                        <input type="hidden" name="name" value=name.clone() />
                                        <button type="submit" aria-label=format!("Propose removal of {name}")>"Propose removal"</button>
                                    </ServerForm></td> })}
                                </tr>
                            }
                        }).collect_view()}</tbody>
                    </table></div>
                })}
                <p class="muted small">{format!("Maker and checker must be different reviewers: the database refuses anything else. A decision can be withdrawn for {} seconds before it is sent (COUNTERSIGN_UNDO_SECONDS).", page.undo_seconds)}</p>
            </section>
            <Blocks page=of_blocks set=actions.blocks />
            {(manages && lacks_defaults(&of_defaults)).then(|| view! { <Defaults version add=actions.defaults /> })}
            {manages.then(|| view! {
                <section class="panel narrow-panel">
                    <header><h2>"Add a rule"</h2></header>
                    <ServerForm action=actions.add attr:class="stack">
                        <FormError error=add_error />
                        <input type="hidden" name="version" value=version />
                        <label for="name">"Name"</label>
                        <input id="name" name="name" type="text" required maxlength=LONGEST_NAME.to_string() autocomplete="off" placeholder="Approvals of politically exposed persons" />
                        <label for="verdict">"Verdict"</label>
                        <select id="verdict" name="verdict">
                            <option value="">"Any"</option><option value="approve">"Approve"</option><option value="decline">"Decline"</option><option value="approve-or-decline">"Approve or decline"</option>
                            <option value="mark-for-review">"Mark for review"</option><option value="set-status">"Set a case's status"</option>
                        </select>
                        <label for="template">"Inquiry template"</label>
                        <select id="template" name="template" aria-describedby="template-hint">
                            <option value="">"Any"</option>
                            {page.templates.iter().map(|(id, name)| view! { <option value=id.clone()>{name.clone()}</option> }).collect_view()}
                        </select>
                        <p class="muted small" id="template-hint">"A case has the templates of its inquiries. If it has no inquiry, its template is not known."</p>
                        <label for="signal">"Signal whose label contains"</label>
                        <input id="signal" name="signal" type="text" maxlength="100" autocomplete="off" placeholder="PEP" />
                        <label class="check"><input type="checkbox" name="hit" value="on" />"A screening has a hit (watchlist, PEP, adverse media, crypto address), or it is not known whether there is one"</label>
                        <label class="check"><input type="checkbox" name="failed_check" value="on" />"A required check or a verification failed"</label>
                        <label for="countries">"One of these countries"</label>
                        <input id="countries" name="countries" type="text" maxlength="500" autocomplete="off" placeholder=CALL_FOR_ACTION.join(", ") aria-describedby="countries-hint" />
                        <p class="muted small" id="countries-hint">"Codes or names, separated by commas. Residence, nationality, documents and sessions are compared."</p>
                        <label class="check"><input type="checkbox" name="declined_relation" value="on" />"The account, or one within two hops of it, was declined"</label>
                        <label for="share">"Share of these decisions, in percent (drawn once for each inquiry or case)"</label>
                        <input id="share" name="share" type="number" min="1" max="100" step="1" />
                        <button class="primary" type="submit">"Add rule"</button>
                    </ServerForm>
                </section>
            })}
            <Reasons page=of_reasons add=actions.reason retire=actions.retire />
            <Lists page=of_lists set=actions.list />
            <Policy page=of_policy set=actions.set />
            {(!page.earlier.is_empty()).then(|| view! {
                <section class="panel">
                    <header><h2>"Earlier versions"</h2></header>
                    <ul class="plain">{page.earlier.iter().map(|set| {
                        let names = set.rules.iter().map(|rule| format!("{} ({})", rule.name, rule.conditions(&name_of))).collect::<Vec<_>>();
                        let names = if names.is_empty() { "no rules".to_owned() } else { names.join("; ") };
                        view! { <li><span class="strong">{format!("Version {}", set.version)}</span>{set.made_at.map(|at| view! { ", "{inline_html(|| time::at(at))} })}{set.made_by.clone().map(|by| format!(", {by}: "))}{names}</li> }
                    }).collect_view()}</ul>
                </section>
            })}
        </div>
    }.into_any()
}

/// Reasons for decisions: those that the desk brings, and those of the organisation.
#[component]
fn Reasons(page: RulesPage, add: FormAction<AddReason>, retire: FormAction<RetireReason>) -> impl IntoView {
    let manages = may(Permission::ManageRules);
    let (of_add, of_retire) = (error_in_address(AddReason::PATH), error_in_address(RetireReason::PATH));
    let add_error = Signal::derive(move || add.value().get().and_then(Result::err).or_else(|| of_add.get()));
    let retire_error = Signal::derive(move || retire.value().get().and_then(Result::err).or_else(|| of_retire.get()));
    let version = page.reasons.version;
    let rows = page.reasons.listed().into_iter().map(|(one, verdicts)| {
        let (code, label, retired) = (one.code.to_owned(), one.label.to_owned(), one.retired);
        let act = if retired { "Offer again" } else { "Retire" };
        let name = format!("{act}: {label}");
        view! {
            <tr>
                <th scope="row"><span class:muted=retired dir="auto">{label}</span><span class="mono muted id">{code.clone()}</span></th>
                <td>{verdicts.into_iter().map(words).collect::<Vec<_>>().join(", ")}</td>
                <td>{if retired { "Retired" } else if one.brought { "Built in" } else { "Your own" }}</td>
                {manages.then(|| view! { <td class="right"><ServerForm action=retire>
                    <input type="hidden" name="version" value=version />
                    <input type="hidden" name="code" value=code />
                    <input type="hidden" name="retired" value=if retired { "no" } else { "yes" } />
                    <button type="submit" aria-label=name>{act}</button>
                </ServerForm></td> })}
            </tr>
        }
    });
    view! {
        <section class="panel" id="reasons">
            <header><h2>"Reasons"</h2>{(version > 0).then(|| view! { <span class="muted small">{format!("Version {version}")}</span> })}</header>
            <p class="muted small">"A code is never used again for another meaning. Retired reasons are no longer offered; past decisions keep their text. Reload open pages to see changes."</p>
            <FormError error=retire_error />
            <details><summary>{format!("All {} reasons", rows.len())}</summary>
                <div class="scroll" tabindex="0" role="region" aria-label="Reasons"><table class="rows small-rows stacked">
                    <thead><tr><th scope="col">"Reason"</th><th scope="col">"For"</th><th scope="col">"State"</th>{manages.then(|| view! { <th scope="col"><span class="hidden">"Actions"</span></th> })}</tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table></div>
            </details>
            {manages.then(|| view! {
                <ServerForm action=add attr:class="stack">
                    <FormError error=add_error />
                    <input type="hidden" name="version" value=version />
                    <label for="reason-label">"Meaning"</label>
                    <input id="reason-label" name="label" type="text" required maxlength=LONGEST_LABEL.to_string() autocomplete="off" placeholder="Source of funds unclear" />
                    <label for="reason-code">"Code (permanent)"</label>
                    <input id="reason-code" name="code" type="text" required maxlength=LONGEST_CODE.to_string() pattern="[a-z0-9\\-]+" title="Lower-case letters, digits and hyphens" autocomplete="off" placeholder="source-of-funds" />
                    <fieldset class="row wrap"><legend class="muted small">"A reason to"</legend>
                        <label class="check"><input type="checkbox" name="approve" value="on" />"Approve"</label>
                        <label class="check"><input type="checkbox" name="decline" value="on" />"Decline"</label>
                        <label class="check"><input type="checkbox" name="mark_for_review" value="on" />"Mark for review"</label>
                        <label class="check"><input type="checkbox" name="set_status" value="on" />"Set a case’s status"</label>
                    </fieldset>
                    <button class="primary" type="submit">"Add the reason"</button>
                </ServerForm>
            })}
        </section>
    }
}

/// The queue policy: how long inquiries may wait, and in which order “Claim next” deals them.
#[component]
fn Policy(page: RulesPage, set: FormAction<SetPolicy>) -> impl IntoView {
    let manages = may(Permission::ManageQueue);
    let policy = page.policy.clone();
    let in_address = error_in_address(SetPolicy::PATH);
    let error = Signal::derive(move || set.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let name_of =
        |id: &str| page.templates.iter().find(|(known, _)| known == id).map_or(id.to_owned(), |(_, name)| name.clone());
    let own =
        policy.by_template.iter().map(|(id, hours)| format!("{}: {hours} hours", name_of(id))).collect::<Vec<_>>();
    let lines = policy.by_template.iter().map(|(id, hours)| format!("{id}: {hours}")).collect::<Vec<_>>().join("\n");
    let known = page.templates.iter().map(|(id, name)| format!("{name} is {id}")).collect::<Vec<_>>().join("; ");
    view! {
        <section class="panel" id="policy">
            <header><h2>"Queue policy"</h2></header>
            {match page.policy_made.clone() {
                Some((by, at)) => view! { <p class="muted">{format!("Version {}, by {by}, ", policy.version)}{inline_html(|| time::at(at))}"."</p> }.into_any(),
                None => view! { <p class="muted">"No policy has been set yet. These are the defaults."</p> }.into_any(),
            }}
            <dl class="facts">
                <dt>"Due after"</dt><dd>{format!("{} hours of waiting", policy.hours)}</dd>
                {(!own.is_empty()).then(|| view! { <dt>"Exceptions"</dt><dd>{own.join("; ")}</dd> })}
                <dt>"“Claim next” gives"</dt><dd>{policy.deal.label()}</dd>
                <dt>"Blind reviews"</dt><dd>{if policy.blind == 0 { "No decisions".to_owned() } else { format!("{}% of decisions, by a reviewer who does not know the verdict", policy.blind) }}</dd>
            </dl>
            {manages.then(|| view! {
                <ServerForm action=set attr:class="stack">
                    <FormError error />
                    <input type="hidden" name="version" value=policy.version />
                    <label for="hours">"Hours that an inquiry may wait"</label>
                    <input id="hours" name="hours" type="number" min="1" max="8784" step="1" required value=policy.hours />
                    <label for="by_template">"Templates with their own hours, one per line"</label>
                    <textarea id="by_template" name="by_template" rows="3" maxlength="4000" placeholder="itmpl_…: 4" aria-describedby="known">{lines}</textarea>
                    <p id="known" class="muted small">{known}</p>
                    <label for="deal">"“Claim next” gives"</label>
                    <select id="deal" name="deal">
                        {Deal::ALL.iter().map(|deal| view! { <option value=deal.as_str() selected=*deal == policy.deal>{deal.label()}</option> }).collect_view()}
                    </select>
                    <label for="blind">"Share of blind reviews, in percent of decisions"</label>
                    <input id="blind" name="blind" type="number" min="0" max="100" step="1" required value=policy.blind />
                    <p class="muted small">"A lower share is only a proposal: another admin or an auditor has to confirm it above."</p>
                    <p class="muted small">"The desk recalculates the due times of all inquiries, which takes a moment."</p>
                    <button class="primary" type="submit">"Set the policy"</button>
                </ServerForm>
            })}
        </section>
    }
}

/// Checklists: what a reviewer has to look at before a verdict, for each template.
#[component]
fn Lists(page: RulesPage, set: FormAction<SetChecklist>) -> impl IntoView {
    let manages = may(Permission::ManageRules);
    let in_address = error_in_address(SetChecklist::PATH);
    let error = Signal::derive(move || set.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let lists = page.checklists.clone();
    let version = lists.version;
    let none = lists.by_template.is_empty();
    let name_of = |id: &str| match id {
        "" => "Every template without its own checklist".to_owned(),
        id => page.templates.iter().find(|(known, _)| known == id).map_or(id.to_owned(), |(_, name)| name.clone()),
    };
    let mut choices = vec![(String::new(), "Every template without its own checklist".to_owned())];
    choices.extend(page.templates.clone());
    view! {
        <section class="panel" id="checklists">
            <header><h2>"Checklists"</h2>{(version > 0).then(|| view! { <span class="muted small">{format!("Version {version}")}</span> })}</header>
            {none.then(|| view! { <p class="muted">"No checklists yet: nothing has to be ticked before a verdict."</p> })}
            {lists.by_template.iter().map(|(template, items)| view! {
                <h3>{name_of(template)}</h3>
                <ul class="plain">{items.iter().map(|item| view! {
                    <li>{item.text.clone()}{(!item.blocks.is_empty()).then(|| view! { <span class="muted small">{format!(" · required to {}", item.blocks.join(", ").replace('-', " "))}</span> })}</li>
                }).collect_view()}</ul>
            }).collect_view()}
            {manages.then(|| view! {
                <ServerForm action=set attr:class="stack">
                    <FormError error />
                    <input type="hidden" name="version" value=version />
                    <label for="list-template">"For"</label>
                    <select id="list-template" name="template">
                        {choices.into_iter().map(|(id, name)| view! { <option value=id>{name}</option> }).collect_view()}
                    </select>
                    <label for="list-items">"One item per line. To require an item for a verdict, begin the line with the verdict and a colon"</label>
                    <textarea id="list-items" name="items" rows="5" maxlength="7000" placeholder="approve: The face is the one on the document"></textarea>
                    <p class="muted small">"The new list replaces the old one; an empty list removes it. A tick counts only for the evidence version on which it was made."</p>
                    <button class="primary" type="submit">"Set the checklist"</button>
                </ServerForm>
            })}
        </section>
    }
}
