//! Changes that let more decisions pass with one reviewer: one person proposes them, and they take effect when another
//! confirms them. If no other person could, they take effect a day later, and the log says that one person did it. If
//! another person could also use the proposer's account, that person has to agree first.
use super::audit::{actor, append};
use crate::domain::audit::{Actor, Draft, EntryOutcome};
use crate::domain::id::{ReviewerId, RuleProposalId};
use crate::domain::loosening::{ALONE_AFTER, Loosening, Waiting};
use crate::domain::queue::policy::Policy;
use crate::domain::reviewer::{Permission, Permit, permission};
use crate::domain::time::Timestamp;
use crate::server::db::controllers::ControlledAct;
use crate::server::db::loosening::LooseningRow;
use crate::server::db::{self, Conn, Tx};
use crate::server::id::new_id;
use crate::server::{App, Error};

/// Returns the open proposals as the page shows them.
pub(super) async fn waiting(conn: &mut Conn, me: ReviewerId) -> Result<Vec<Waiting>, Error> {
    let open = db::loosening::open(conn).await?;
    let shown = |proposed: LooseningRow| Waiting {
        id: proposed.id.to_string(),
        said: proposed.change.said(),
        by: proposed.proposer_name,
        at: proposed.proposed_at,
        own: proposed.proposer_id == me,
        alone_at: proposed.alone_at,
        agreed_by: proposed.agreed_by,
    };
    Ok(open.into_iter().map(shown).collect())
}

fn entry(action: &'static str, by: Actor, proposed: &LooseningRow) -> Draft {
    Draft::new(action, by, "rules", proposed.id.to_string())
        .fact("what", proposed.change.said())
        .fact("proposed_by", proposed.proposer_name.clone())
}

/// Proposes a change, in the transaction that found that it loosens something.
pub(super) async fn propose<P>(
    tx: &mut Tx,
    permit: &Permit<P>,
    change: Loosening,
    now: Timestamp,
) -> Result<(), Error> {
    let me = permit.reviewer();
    if db::loosening::open(tx).await?.iter().any(|open| open.change == change) {
        return Err(Error::Invalid("This is already proposed. Confirm or cancel that proposal first.".to_owned()));
    }
    let alone = !super::independence::has_second(tx, me.id, now).await?
        && !super::independence::has_other(tx, me.id, now).await?;
    let proposed = LooseningRow {
        id: RuleProposalId(new_id()),
        change,
        proposer_id: me.id,
        proposer_name: me.name.clone(),
        proposed_at: now,
        alone_at: alone.then(|| now.plus(ALONE_AFTER)),
        agreed_by: None,
    };
    db::loosening::propose(tx, &proposed).await?;
    super::independence::save_controllers(tx, ControlledAct::Rules(proposed.id), me.id).await?;
    let told = entry("rules.proposed", actor(permit), &proposed).fact("alone_at", proposed.alone_at);
    append(tx, now, told).await.map(|_| ())
}

async fn proposal(tx: &mut Tx, id: RuleProposalId) -> Result<LooseningRow, Error> {
    let open = db::loosening::open(tx).await?;
    open.into_iter().find(|proposed| proposed.id == id).ok_or_else(ended)
}

fn ended() -> Error {
    Error::Invalid("This proposal is no longer open: it was confirmed or cancelled.".to_owned())
}

/// Gives the second person's consent: the change takes effect at once. A person who could also use the proposer's
/// account, where no one else can confirm it, agrees: the change takes effect a day later.
pub async fn confirm(app: &App, by: &Permit<permission::ConfirmChanges>, id: RuleProposalId) -> Result<(), Error> {
    let (now, permit) = (app.now(), by.clone());
    let done = app
        .write(move |tx| {
            Box::pin(async move {
                db::reviewer::hold_still(tx).await?;
                let proposed = proposal(tx, id).await?;
                let me = permit.reviewer();
                let may = super::independence::may_still(tx, proposed.proposer_id, Permission::ManageRules).await?;
                let act = ControlledAct::Rules(id);
                let why = match may {
                    true => super::independence::refuse_same_person(tx, act, proposed.proposer_id, me.id).await?,
                    false => Some(format!("{} {}", proposed.proposer_name, super::independence::NO_MORE)),
                };
                if let Some(why) = why {
                    if may && super::independence::may_agree(tx, proposed.proposer_id, me.id, now).await? {
                        return agree(tx, &permit, &proposed, now).await.map(Ok);
                    }
                    let told = entry("rules.confirm_refused", actor(&permit), &proposed);
                    append(tx, now, told.outcome(EntryOutcome::Denied).fact("why", why.clone())).await?;
                    return Ok(Err(Error::Invalid(why)));
                }
                if !db::loosening::end(tx, id, "done", Some(me.id), &me.name, now).await? {
                    return Err(ended());
                }
                let made_by = format!("{}, confirmed by {}", proposed.proposer_name, me.name);
                let told = |draft: Draft| draft.fact("confirmed_by", me.name.clone());
                match apply(tx, now, &proposed, actor(&permit), &made_by, told).await? {
                    true => Ok(Ok(())),
                    false => {
                        Err(Error::Invalid("The rules or the policy have changed since this was proposed, so it cannot be confirmed. Cancel the proposal.".to_owned()))
                    }
                }
            })
        })
        .await;
    app.wake.rank.notify_one();
    match done {
        Err(Error::Db(error)) if db::is_conflict(&error) => {
            Err(Error::Invalid("The rules or the policy were changed at the same moment. Try again.".to_owned()))
        }
        other => other?,
    }
}

async fn agree(
    tx: &mut Tx,
    permit: &Permit<permission::ConfirmChanges>,
    proposed: &LooseningRow,
    now: Timestamp,
) -> Result<(), Error> {
    if proposed.agreed_by.is_some() {
        return Err(Error::Invalid("You agreed to this already. It takes effect at the time shown.".to_owned()));
    }
    let alone_at = now.plus(ALONE_AFTER);
    db::loosening::agree(tx, proposed.id, &permit.reviewer().name, alone_at).await?;
    let why = format!("{} could also use the account of {}", permit.reviewer().name, proposed.proposer_name);
    let draft = entry("rules.agreed", actor(permit), proposed).fact("why", why).fact("alone_at", alone_at);
    append(tx, now, draft).await.map(|_| ())
}

/// Writes the next version. Returns false when what would be given up has changed meanwhile.
async fn apply(
    tx: &mut Tx,
    now: Timestamp,
    proposed: &LooseningRow,
    by: Actor,
    made_by: &str,
    told: impl Fn(Draft) -> Draft,
) -> Result<bool, Error> {
    let proposer = proposed.proposer_id;
    let draft = match &proposed.change {
        Loosening::Blind { .. } => {
            let Some(policy) = proposed.change.lowered(&db::queue::policy(tx).await?) else { return Ok(false) };
            db::queue::insert_policy(tx, &policy, proposer, made_by, now).await?;
            policy_entry(by, &policy)
        }
        Loosening::Rule { .. } | Loosening::Blocks { .. } => {
            let Some(set) = proposed.change.without(&db::rule::current(tx).await?) else { return Ok(false) };
            db::rule::insert(tx, &set, Some(proposer), made_by, now).await?;
            let (action, name) = match &proposed.change {
                Loosening::Rule { rule } => ("rule.removed", rule.name.clone()),
                _ => ("rule.blocks_set", super::rule::row::named(&set.blocks)),
            };
            super::rule::row::told(action, by, name, &set)?
        }
    };
    let draft = draft.fact("proposal", proposed.id.to_string()).fact("proposed_by", proposed.proposer_name.clone());
    append(tx, now, told(draft)).await?;
    Ok(true)
}

/// Cancels a proposal, so that nothing changes. A person who may confirm may also cancel, and so may the proposer.
pub async fn cancel(app: &App, by: &Permit<permission::ConfirmChanges>, id: RuleProposalId) -> Result<(), Error> {
    let (now, permit) = (app.now(), by.clone());
    app.write(move |tx| {
        Box::pin(async move {
            let proposed = proposal(tx, id).await?;
            if !db::loosening::end(tx, id, "cancelled", None, &permit.reviewer().name, now).await? {
                return Err(ended());
            }
            append(tx, now, entry("rules.proposal_cancelled", actor(&permit), &proposed)).await.map(|_| ())
        })
    })
    .await
}

/// Applies changes whose day of waiting is over if still no other person could confirm them. Returns how many took
/// effect.
pub async fn due(app: &App) -> Result<usize, Error> {
    let now = app.now();
    let over = |proposed: &LooseningRow| proposed.alone_at.is_some_and(|at| at <= now);
    let due: Vec<LooseningRow> = db::loosening::open(&mut app.read().await?).await?.into_iter().filter(over).collect();
    let mut done = 0;
    for proposed in due {
        done += usize::from(app.write(move |tx| Box::pin(async move { alone(tx, proposed, now).await })).await?);
    }
    if done > 0 {
        app.wake.rank.notify_one();
    }
    Ok(done)
}

/// Applies a change by one person alone. Returns false when it has to wait, or has ended.
async fn alone(tx: &mut Tx, proposed: LooseningRow, now: Timestamp) -> Result<bool, Error> {
    db::reviewer::hold_still(tx).await?;
    let id = proposed.id;
    let agreed = proposed.agreed_by.is_some();
    if super::independence::has_second(tx, proposed.proposer_id, now).await?
        || !agreed && super::independence::has_other(tx, proposed.proposer_id, now).await?
    {
        db::loosening::wait_for_second(tx, id).await?;
        return Ok(false);
    }
    let system = || Actor::System { part: "server" };
    let may = super::independence::may_still(tx, proposed.proposer_id, Permission::ManageRules).await?;
    let (made_by, alone) = match &proposed.agreed_by {
        Some(by) => (
            format!("{}, agreed to by {by}, after a day", proposed.proposer_name),
            format!(
                "one admin may have done it: {by} agreed, and could also use the account of {}",
                proposed.proposer_name
            ),
        ),
        None => (
            format!("{} alone, after a day", proposed.proposer_name),
            "one admin did it: nobody could confirm it".to_owned(),
        ),
    };
    let told = |draft: Draft| draft.fact("alone", alone.clone());
    let done = may && apply(tx, now, &proposed, system(), &made_by, told).await?;
    let state = if done { "done" } else { "cancelled" };
    if !db::loosening::end(tx, id, state, None, "server", now).await? {
        return Err(ended());
    }
    if !done {
        let why = if may {
            "the rules have changed since the proposal"
        } else {
            "the proposer is no longer an enabled admin"
        };
        append(tx, now, entry("rules.proposal_cancelled", system(), &proposed).fact("why", why)).await?;
    }
    Ok(done)
}

/// Returns the log entry for a policy.
pub(super) fn policy_entry(by: Actor, policy: &Policy) -> Draft {
    let own: Vec<String> = policy.by_template.iter().map(|(template, hours)| format!("{template}: {hours}")).collect();
    Draft::new("policy.changed", by, "policy", policy.version.to_string())
        .fact("hours", i64::from(policy.hours))
        .fact("by_template", own.join(", "))
        .fact("deal", policy.deal.as_str())
        .fact("blind", i64::from(policy.blind))
}
