//! Stored versions of the rules.
use super::super::audit::{actor, append};
use crate::domain::audit::{Actor, Draft};
use crate::domain::block::BlockCode;
use crate::domain::default_rules::MADE_BY;
use crate::domain::reviewer::{Permit, permission};
use crate::domain::rule::RuleSet;
use crate::domain::time::Timestamp;
use crate::server::db::{self, Tx};
use crate::server::{App, Error};

/// Returns the blocks as the log names them.
pub(in crate::server::usecase) fn named(blocks: &[BlockCode]) -> String {
    match blocks {
        [] => "none".to_owned(),
        some => some.iter().map(|block| block.as_str()).collect::<Vec<_>>().join(", "),
    }
}

/// Called at the start of the program: a new installation begins with rules.
pub async fn begin(app: &App) -> Result<(), Error> {
    if !db::rule::is_new(&mut app.read().await?).await? {
        return Ok(());
    }
    let now = app.now();
    app.write(move |tx| Box::pin(async move { begin_in(tx, now).await })).await
}

/// The same when an account is added before the first start.
pub(in crate::server::usecase) async fn begin_in(tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
    if !db::rule::begin(tx).await? {
        return Ok(());
    }
    let set = RuleSet::defaults();
    db::rule::insert(tx, &set, None, MADE_BY, now).await?;
    append(tx, now, told("rules.begun", Actor::System { part: "server" }, MADE_BY.to_owned(), &set)?).await.map(|_| ())
}

/// Returns the log entry with the whole set that is now in force: the log alone then says which rules applied to a
/// decision.
pub(in crate::server::usecase) fn told(
    action: &'static str,
    actor: Actor,
    name: String,
    set: &RuleSet,
) -> Result<Draft, Error> {
    let text = serde_json::to_value(&set.rules).map(|rules| rules.to_string());
    let draft = Draft::new(action, actor, "rules", set.version.to_string())
        .fact("name", name)
        .fact("rules", text.map_err(|error| Error::Internal(error.to_string()))?);
    // These two change only rules, and their entries keep the form that they always had.
    if matches!(action, "rule.added" | "rule.removed") {
        return Ok(draft);
    }
    Ok(draft.fact("blocks", set.blocks.iter().map(|block| block.as_str()).collect::<Vec<_>>().join(", ")))
}

pub(super) async fn insert(
    tx: &mut Tx,
    permit: &Permit<permission::ManageRules>,
    set: &RuleSet,
    action: &'static str,
    name: String,
    now: Timestamp,
) -> Result<(), Error> {
    let admin = permit.reviewer();
    db::rule::insert(tx, set, Some(admin.id), &admin.name, now).await?;
    append(tx, now, told(action, actor(permit), name, set)?).await.map(|_| ())
}
