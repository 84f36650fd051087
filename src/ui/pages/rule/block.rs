//! Blocks, under which an approval is refused; and adding the default rules and blocks of a new installation.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::api::rule::{AddDefaults, SetBlocks};
use crate::domain::block::BlockCode;
use crate::domain::page_data::rule::RulesPage;
use crate::domain::reviewer::Permission;
use crate::domain::rule::RuleSet;
use crate::ui::context::may;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::parts::failure::FormError;
use crate::ui::parts::load_state::error_in_address;

/// Whether a default rule or block of a new installation is missing.
pub fn lacks_defaults(current: &RuleSet) -> bool {
    let defaults = RuleSet::defaults();
    let has = |name: &str| current.rules.iter().any(|rule| rule.name.eq_ignore_ascii_case(name));
    defaults.rules.iter().any(|rule| !has(&rule.name))
        || defaults.blocks.iter().any(|one| !current.blocks.contains(one))
}

/// The blocks: conditions under which an approval is refused.
#[component]
pub fn Blocks(page: RulesPage, set: FormAction<SetBlocks>) -> impl IntoView {
    let manages = may(Permission::ManageRules);
    let in_address = error_in_address(SetBlocks::PATH);
    let error = Signal::derive(move || set.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let blocks = page.current.blocks;
    let boxes = BlockCode::ALL.map(|block| {
        let name = block.as_str().replace('-', "_");
        view! { <label class="check"><input type="checkbox" name=name value="on" checked=blocks.contains(&block) disabled=!manages />{block.label()}</label> }
    });
    view! {
        <section class="panel" id="blocks">
            <header><h2>"When an approval is refused"</h2></header>
            <p class="muted small">"An approval is always refused if the evidence has not been read, or if its reason is “All checks passed” and not all checks passed. “Cannot be explained” leaves a discrepancy open. Unticking a condition is only a proposal: another admin or an auditor has to confirm it above."</p>
            <ServerForm action=set attr:class="stack">
                <FormError error />
                <input type="hidden" name="version" value=page.current.version />
                {boxes.into_iter().collect_view()}
                {manages.then(|| view! { <button class="primary" type="submit">"Save"</button> })}
            </ServerForm>
        </section>
    }
}

/// For an older installation, or one that has removed some of the defaults.
#[component]
pub fn Defaults(version: i64, add: FormAction<AddDefaults>) -> impl IntoView {
    let in_address = error_in_address(AddDefaults::PATH);
    let error = Signal::derive(move || add.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let rules = RuleSet::defaults().rules;
    let lines = rules
        .iter()
        .map(|rule| view! { <li><span class="strong">{rule.name.clone()}</span>": "{rule.conditions(|_| None)}</li> });
    view! {
        <section class="panel" id="defaults">
            <header><h2>"Default rules of a new installation"</h2></header>
            <ul class="plain">{lines.collect_view()}<li>"An approval is refused while a discrepancy is open."</li></ul>
            <ServerForm action=add attr:class="stack">
                <FormError error />
                <input type="hidden" name="version" value=version />
                <button type="submit">"Add missing rules"</button>
            </ServerForm>
        </section>
    }
}
