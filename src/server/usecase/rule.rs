//! Countersign rules: the set in force, and the next version of it.
pub mod row;

use super::audit::append;
use super::reviewer::account::AccountManager;
use crate::domain::block::BlockCode;
use crate::domain::default_rules::MADE_BY;
use crate::domain::loosening::Loosening;
use crate::domain::page_data::rule::RulesPage;
use crate::domain::queue::signal_term;
use crate::domain::reviewer::{Permit, permission};
use crate::domain::rule::{Rule, RuleSet};
use crate::domain::text::clean;
use crate::server::db;
use crate::server::{App, Error};
use row::{begin, insert, named, told};

/// Kinds of signals in the mirror, at most.
const MOST_SIGNALS: i64 = 1000;

pub async fn page(app: &App, by: &Permit<permission::ReadRules>) -> Result<RulesPage, Error> {
    let mut conn = app.read().await?;
    let versions = db::rule::versions(&mut conn, 20).await?;
    Ok(RulesPage {
        current: versions.first().cloned().unwrap_or(RuleSet::none()),
        earlier: versions.into_iter().skip(1).collect(),
        templates: db::inquiry::templates(&mut conn).await?,
        undo_seconds: app.config.undo.as_secs(),
        policy: db::queue::policy(&mut conn).await?,
        checklists: db::checklist::current(&mut conn).await?,
        reasons: db::reason::current(&mut conn).await?,
        analysts: super::reviewer::account::analysts(&mut conn).await?.len(),
        policy_made: db::queue::policy_made(&mut conn).await?,
        proposals: super::loosening::waiting(&mut conn, by.reviewer().id).await?,
        now: app.now(),
    })
}

/// Adds a rule to the set whose version the page showed.
pub async fn add(app: &App, by: &Permit<permission::ManageRules>, seen: i64, rule: Rule) -> Result<(), Error> {
    let text = |text: Option<String>| text.map(|text| clean(text.trim())).filter(|text| !text.is_empty());
    let rule = Rule {
        name: clean(rule.name.trim()),
        template: text(rule.template),
        verdict: text(rule.verdict),
        signal: text(rule.signal),
        ..rule
    };
    {
        let mut conn = app.read().await?;
        // The signals that the queue has seen, as its index spells them.
        let known = db::queue::term::words(&mut conn, &signal_term(""), MOST_SIGNALS).await?;
        let templates: Vec<String> = db::inquiry::templates(&mut conn).await?.into_iter().map(|(id, _)| id).collect();
        rule.refers(&known, &templates).map_err(|bad| Error::Invalid(bad.to_string()))?;
    }
    change(app, by, seen, "rule.added", rule.name.clone(), move |set| set.rules.push(rule)).await
}

/// Proposes to remove a rule.
pub async fn remove(app: &App, by: &Permit<permission::ManageRules>, seen: i64, name: String) -> Result<(), Error> {
    let (now, permit) = (app.now(), by.clone());
    app.write(move |tx| {
        Box::pin(async move {
            let set = db::rule::current(tx).await?;
            if set.version != seen {
                return Err(changed_meanwhile());
            }
            let rule = set.rules.into_iter().find(|rule| rule.name == name).ok_or(Error::NotFound("rule"))?;
            super::loosening::propose(tx, &permit, Loosening::Rule { rule }, now).await
        })
    })
    .await
}

/// Sets the blocks, for which an approval is refused: more of them take effect at once, fewer only as a proposal.
pub async fn set_blocks(
    app: &App,
    by: &Permit<permission::ManageRules>,
    seen: i64,
    mut blocks: Vec<BlockCode>,
) -> Result<(), Error> {
    blocks.sort();
    blocks.dedup();
    let (now, permit) = (app.now(), by.clone());
    let set = app
        .write(move |tx| {
            Box::pin(async move {
                let set = db::rule::current(tx).await?;
                if set.version != seen {
                    return Err(changed_meanwhile());
                }
                let mut all = set.blocks.clone();
                all.extend(blocks.iter().filter(|block| !set.blocks.contains(block)));
                all.sort();
                let fewer: Vec<BlockCode> =
                    set.blocks.iter().copied().filter(|block| !blocks.contains(block)).collect();
                if fewer.is_empty() && all.len() == set.blocks.len() {
                    return Err(nothing_changes());
                }
                if all.len() > set.blocks.len() {
                    let name = named(&all);
                    let set = RuleSet { version: set.version + 1, blocks: all, ..set };
                    insert(tx, &permit, &set, "rule.blocks_set", name, now).await?;
                }
                match fewer.is_empty() {
                    true => Ok(()),
                    false => super::loosening::propose(tx, &permit, Loosening::Blocks { blocks: fewer }, now).await,
                }
            })
        })
        .await;
    or_changed(set)
}

/// Adds the rules that a new installation begins with, unless their names are taken, and the blocks that it begins
/// with.
pub async fn add_defaults(app: &App, by: &Permit<permission::ManageRules>, seen: i64) -> Result<(), Error> {
    change(app, by, seen, "rule.defaults_added", MADE_BY.to_owned(), |set| {
        let defaults = RuleSet::defaults();
        for rule in defaults.rules {
            if !set.rules.iter().any(|known| known.name.eq_ignore_ascii_case(&rule.name)) {
                set.rules.push(rule);
            }
        }
        set.blocks.extend(defaults.blocks.into_iter().filter(|block| !set.blocks.contains(block)).collect::<Vec<_>>());
    })
    .await
}

/// Removes all rules, as an admin can one by one: for the demo and for tests that are not about rules.
pub async fn clear(app: &App, by: &AccountManager) -> Result<(), Error> {
    begin(app).await?;
    let (now, actor) = (app.now(), by.actor.clone());
    app.write(move |tx| {
        Box::pin(async move {
            let known = db::rule::current(tx).await?;
            let set = RuleSet { version: known.version + 1, ..RuleSet::none() };
            db::rule::insert(tx, &set, None, "nobody: all rules were taken away", now).await?;
            append(tx, now, told("rules.cleared", actor, "all".to_owned(), &set)?).await.map(|_| ())
        })
    })
    .await
}

async fn change(
    app: &App,
    by: &Permit<permission::ManageRules>,
    seen: i64,
    action: &'static str,
    name: String,
    change: impl FnOnce(&mut RuleSet) + Clone + Send + 'static,
) -> Result<(), Error> {
    let now = app.now();
    let permit = by.clone();
    let changed = app
        .write(move |tx| {
            Box::pin(async move {
                let mut set = db::rule::current(tx).await?;
                if set.version != seen {
                    return Err(changed_meanwhile());
                }
                let before = (set.rules.len(), set.blocks.clone());
                change(&mut set);
                if (set.rules.len(), set.blocks.clone()) == before {
                    return Err(nothing_changes());
                }
                set.version += 1;
                set.check().map_err(|bad| Error::Invalid(bad.to_string()))?;
                insert(tx, &permit, &set, action, name, now).await
            })
        })
        .await;
    or_changed(changed)
}

/// Of two admins who create the next version at once, one gets an error.
fn or_changed(changed: Result<(), Error>) -> Result<(), Error> {
    match changed {
        Err(Error::Db(error)) if db::is_conflict(&error) => Err(changed_meanwhile()),
        other => other,
    }
}

fn nothing_changes() -> Error {
    Error::Invalid("Nothing would change: this is already set.".to_owned())
}

fn changed_meanwhile() -> Error {
    Error::Invalid(
        "The rules have changed since you opened this page. The current ones are shown now. Check them, then try again."
            .to_owned(),
    )
}
