//! Countersign rules: the set that counts, and the next version of it.
use super::audit::{actor, append};
use crate::domain::audit::Draft;
use crate::domain::desk::RulesPage;
use crate::domain::queue::signal_term;
use crate::domain::reviewer::{Permit, can};
use crate::domain::rule::{Rule, RuleSet};
use crate::domain::text::clean;
use crate::server::db;
use crate::server::{App, Error};

/// Kinds of signals that a mirror knows.
const MOST_SIGNALS: i64 = 1000;

pub async fn page(app: &App, _by: &Permit<can::ReadRules>) -> Result<RulesPage, Error> {
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
        policy_made: db::queue::policy_made(&mut conn).await?,
        now: app.now(),
    })
}

/// Adds a rule to the set whose version the page showed.
pub async fn add(app: &App, by: &Permit<can::ManageRules>, seen: i64, rule: Rule) -> Result<(), Error> {
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
        // What the queue has seen, as its index spells it.
        let known = db::queue::words(&mut conn, &signal_term(""), MOST_SIGNALS).await?;
        let templates: Vec<String> = db::inquiry::templates(&mut conn).await?.into_iter().map(|(id, _)| id).collect();
        rule.refers(&known, &templates).map_err(|bad| Error::Invalid(bad.to_string()))?;
    }
    change(app, by, seen, "rule.added", rule.name.clone(), move |rules| rules.push(rule)).await
}

pub async fn remove(app: &App, by: &Permit<can::ManageRules>, seen: i64, name: String) -> Result<(), Error> {
    let gone = name.clone();
    change(app, by, seen, "rule.removed", name, move |rules| rules.retain(|rule| rule.name != gone)).await
}

async fn change(
    app: &App,
    by: &Permit<can::ManageRules>,
    seen: i64,
    action: &'static str,
    name: String,
    change: impl FnOnce(&mut Vec<Rule>) + Send + 'static,
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
                let before = set.rules.len();
                change(&mut set.rules);
                if set.rules.len() == before {
                    return Err(Error::NotFound("rule"));
                }
                set.version += 1;
                set.check().map_err(|bad| Error::Invalid(bad.to_string()))?;
                let admin = permit.reviewer();
                db::rule::insert(tx, &set, admin.id, &admin.name, now).await?;
                // The whole set as it counts from now on: what a decision was asked can be read from the log alone.
                let text = serde_json::to_value(&set.rules).map(|rules| rules.to_string());
                let draft = Draft::new(action, actor(&permit), "rules", set.version.to_string())
                    .fact("name", name)
                    .fact("rules", text.map_err(|error| Error::Internal(error.to_string()))?);
                append(tx, now, draft).await.map(|_| ())
            })
        })
        .await;
    match changed {
        Err(Error::Db(error)) if db::is_conflict(&error) => Err(changed_meanwhile()),
        other => other,
    }
}

fn changed_meanwhile() -> Error {
    Error::Invalid(
        "Somebody changed the rules while you were reading them. They stand here as they are now; look again."
            .to_owned(),
    )
}
