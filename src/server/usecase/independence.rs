//! Whether two accounts belong to two people: who created them, and whether a second person could confirm one of them.
use std::collections::BTreeSet;
use std::time::Duration;

use super::reviewer::account::{AccountManager, maker_name};
use crate::domain::decision::Refusal;
use crate::domain::id::ReviewerId;
use crate::domain::reviewer::provenance::{Provenance, SHELL};
use crate::domain::reviewer::{Permission, Reviewer, Role};
use crate::domain::time::Timestamp;
use crate::server::Error;
use crate::server::db::controllers::{ControlledAct, saved};
use crate::server::db::{self, Tx};

/// After this time without a second admin, an installation counts as one with a single admin.
const GONE: Duration = Duration::from_secs(30 * 24 * 3600);

/// The reviewers who may confirm what others do, and all accounts: as they are, and at their most independent. While an
/// admin or auditor is there who once was a second person, resetting their password or changing their role makes no one
/// a single admin, however long ago. A reviewer who was recently disabled or given another role still counts as well.
struct SecondPersons {
    now: Vec<Provenance>,
    at_best: Vec<Provenance>,
    may: Vec<ReviewerId>,
}

impl SecondPersons {
    async fn load(tx: &mut Tx, reviewers: &[Reviewer], now: Timestamp) -> Result<Self, Error> {
        let former = db::reviewer::were_admins(tx, now.minus(GONE)).await?;
        let counts = |reviewer: &&Reviewer| match reviewer.role {
            Role::Admin | Role::Auditor => reviewer.disabled_at.is_none_or(|at| now.since(at) < GONE),
            Role::Analyst => former.contains(&reviewer.id),
        };
        Ok(Self {
            now: db::reviewer::made(tx).await?,
            at_best: db::reviewer::made_at_best(tx).await?,
            may: reviewers.iter().filter(counts).map(|reviewer| reviewer.id).collect(),
        })
    }

    /// Whether this is true for one of them, with the accounts as they are or at their most independent.
    fn any(&self, holds: impl Fn(&Provenance, &[Provenance]) -> bool) -> bool {
        [&self.now, &self.at_best]
            .into_iter()
            .any(|all| all.iter().filter(|one| self.may.contains(&one.id)).any(|one| holds(one, all)))
    }
}

/// Whether a person other than this admin could confirm what they propose.
pub(super) async fn has_second(tx: &mut Tx, me: ReviewerId, now: Timestamp) -> Result<bool, Error> {
    db::reviewer::hold_still(tx).await?;
    let reviewers = db::reviewer::all(tx).await?;
    let seconds = SecondPersons::load(tx, &reviewers, now).await?;
    let mine = |all: &[Provenance]| all.iter().find(|made| made.id == me).cloned();
    Ok(seconds.any(|other, all| mine(all).is_some_and(|mine| other.independent(&mine, all))))
}

/// Whether there is a person through whose account this admin cannot act. If that person is no second person either,
/// because they could act through the account of this admin, they have to agree to what this admin proposes.
pub(super) async fn has_other(tx: &mut Tx, me: ReviewerId, now: Timestamp) -> Result<bool, Error> {
    let reviewers = db::reviewer::all(tx).await?;
    let seconds = SecondPersons::load(tx, &reviewers, now).await?;
    Ok(seconds.any(|other, all| other.is_beyond(me, all)))
}

/// Whether this reviewer can agree to what `first` proposed: `first` cannot act through their account, and there is no
/// second person who could confirm it.
pub(super) async fn may_agree(tx: &mut Tx, first: ReviewerId, me: ReviewerId, now: Timestamp) -> Result<bool, Error> {
    let all = db::reviewer::made(tx).await?;
    let beyond = all.iter().any(|made| made.id == me && made.is_beyond(first, &all));
    Ok(beyond && !has_second(tx, first, now).await?)
}

/// Whether a third person can confirm what this keeper does to an admin or auditor: neither of the two, and independent
/// of the keeper. A reviewer who was recently disabled or given another role still counts, or removing them first would
/// be a way to act alone.
pub(super) async fn has_third(
    tx: &mut Tx,
    keeper: &AccountManager,
    whose: ReviewerId,
    now: Timestamp,
) -> Result<bool, Error> {
    let reviewers = db::reviewer::all(tx).await?;
    let seconds = SecondPersons::load(tx, &reviewers, now).await?;
    let mine = |all: &[Provenance]| all.iter().find(|made| keeper.is(made.id)).cloned();
    Ok(seconds.any(|other, all| other.id != whose && mine(all).is_some_and(|mine| other.independent(&mine, all))))
}

/// Whether a reviewer was an admin or auditor a short time ago.
pub(super) async fn was_admin(tx: &mut Tx, whose: ReviewerId, now: Timestamp) -> Result<bool, Error> {
    Ok(db::reviewer::were_admins(tx, now.minus(GONE)).await?.contains(&whose))
}

/// Whether an account belongs to a person through whose account this keeper cannot act, or could not before its password
/// was last reset. False for the shell and the demo.
pub(super) async fn is_another(tx: &mut Tx, keeper: &AccountManager, whose: ReviewerId) -> Result<bool, Error> {
    let Some(me) = keeper.id() else { return Ok(false) };
    let beyond = |all: &[Provenance]| all.iter().any(|made| made.id == whose && made.is_beyond(me, all));
    Ok(beyond(&db::reviewer::made(tx).await?) || beyond(&db::reviewer::made_at_best(tx).await?))
}

/// Whether an admin or auditor can vouch now for the person who uses this account.
pub(super) async fn confirmable(tx: &mut Tx, whose: ReviewerId) -> Result<bool, Error> {
    let all = db::reviewer::made(tx).await?;
    let account = all.iter().find(|made| made.id == whose).ok_or(Error::NotFound("reviewer"))?;
    let reviewers = db::reviewer::all(tx).await?;
    let may = |made: &Provenance| {
        let mut found = reviewers.iter().filter(|reviewer| reviewer.id == made.id);
        found.any(|reviewer| reviewer.disabled_at.is_none() && reviewer.role.may(Permission::ConfirmChanges))
    };
    Ok(!account.is_confirmed() && all.iter().any(|one| may(one) && one.may_confirm(account, &all)))
}

/// Text after the name of a person whose proposal cannot be confirmed.
pub(super) const NO_MORE: &str =
    "may not propose this any more. Cancel it. A reviewer with the permission can propose it again.";

/// Whether a reviewer could still make the proposal that they made.
pub(super) async fn may_still(tx: &mut Tx, who: ReviewerId, need: Permission) -> Result<bool, Error> {
    db::reviewer::hold_still(tx).await?;
    let found = db::reviewer::by_id(tx, who).await?;
    Ok(found.is_some_and(|one| one.disabled_at.is_none() && one.role.may(need)))
}

/// Stores who could act through an account, in the transaction of what is done through it: returning the account, or
/// having it confirmed afterwards, does not change who that was.
pub(super) async fn save_controllers(tx: &mut Tx, act: ControlledAct, maker: ReviewerId) -> Result<(), Error> {
    let hands = controllers_of(tx, maker).await?;
    Ok(db::controllers::save(tx, act, &hands).await?)
}

/// Returns who could act through the account of a reviewer at this moment.
pub(super) async fn controllers_of(tx: &mut Tx, maker: ReviewerId) -> Result<BTreeSet<String>, Error> {
    let all = db::reviewer::made(tx).await?;
    let made = all.iter().find(|made| made.id == maker).ok_or(Error::NotFound("reviewer"))?;
    Ok(made.controllers(&all))
}

/// Returns who could act through the account of a keeper at this moment; empty for the shell and the demo.
pub(super) async fn controllers_of_keeper(tx: &mut Tx, keeper: &AccountManager) -> Result<BTreeSet<String>, Error> {
    let all = db::reviewer::made(tx).await?;
    Ok(all.iter().find(|made| keeper.is(made.id)).map(|made| made.controllers(&all)).unwrap_or_default())
}

/// Returns who could act through both accounts: the checker's now, and the maker's now or when it was done.
fn shared_control(
    maker: &Provenance,
    checker: &Provenance,
    then: Option<&BTreeSet<String>>,
    all: &[Provenance],
) -> Option<String> {
    maker.shared_controller(checker, all).or_else(|| checker.shared_controller_then(then?, all))
}

/// Returns why a reviewer is not a second person next to the one who did this, or `None` when they are.
pub(super) async fn refuse_same_person(
    tx: &mut Tx,
    act: ControlledAct,
    first: ReviewerId,
    me: ReviewerId,
) -> Result<Option<String>, Error> {
    if first == me {
        return Ok(Some("You did this: someone else has to confirm it.".to_owned()));
    }
    let all = db::reviewer::made(tx).await?;
    let of = |id: ReviewerId| all.iter().find(|made| made.id == id).ok_or(Error::NotFound("reviewer"));
    let then = saved(tx, act).await?;
    let Some(hand) = shared_control(of(first)?, of(me)?, then.as_ref(), &all) else { return Ok(None) };
    let by = maker_name(&db::reviewer::all(tx).await?, &hand);
    Ok(Some(format!(
        "{by} may control both your account and the account that did this. Another person has to confirm it, or another admin or auditor first has to confirm your account under Reviewers."
    )))
}

/// The person behind two accounts, and the text about it.
struct SharedControl {
    by: String,
    said: String,
}

/// Returns what has to be recorded about the accounts of a maker and a checker when one person could act through both.
/// Refuses while a second person could confirm one of the accounts.
async fn shared_controller(
    tx: &mut Tx,
    act: ControlledAct,
    maker: ReviewerId,
    checker: ReviewerId,
    now: Timestamp,
) -> Result<Option<SharedControl>, Error> {
    db::reviewer::hold_still(tx).await?;
    let reviewers = db::reviewer::all(tx).await?;
    let seconds = SecondPersons::load(tx, &reviewers, now).await?;
    let then = saved(tx, act).await?;
    let of = |id: ReviewerId| seconds.now.iter().find(|made| made.id == id);
    let (Some(first), Some(second)) = (of(maker), of(checker)) else { return Ok(None) };
    let Some(hand) = shared_control(first, second, then.as_ref(), &seconds.now) else { return Ok(None) };
    let now_and_then: BTreeSet<String> =
        first.controllers(&seconds.now).into_iter().chain(then.into_iter().flatten()).collect();
    let mut shared: Vec<String> = second.controllers(&seconds.now).intersection(&now_and_then).cloned().collect();
    if shared.len() > 1 {
        shared.retain(|hand| hand != SHELL);
    }
    // A person whom one of them cannot act for can be asked about that one.
    let asked = |one: &Provenance, all: &[Provenance]| {
        one.may_confirm(first, all)
            || one.may_confirm(second, all)
            || shared
                .iter()
                .any(|hand| hand != SHELL && one.id.to_string() != *hand && !one.controllers(all).contains(hand))
    };
    let by = match shared.is_empty() {
        true => maker_name(&reviewers, &hand),
        false => shared.iter().map(|hand| maker_name(&reviewers, hand)).collect::<Vec<_>>().join(" or "),
    };
    if seconds.any(asked) {
        return Err(Error::Refused(Refusal::OneHand { by }));
    }
    let both_made = shared.len() == 1 && shared.iter().all(|hand| first.made_by(hand) && second.made_by(hand));
    let said = match first.shared_controller(second, &seconds.now) {
        Some(_) if both_made => format!("both made by {by}, not confirmed by a second admin"),
        Some(_) => format!("both could be used by {by}, not confirmed by an independent second admin"),
        None => format!("both could be used by {by} when the first of them acted, not confirmed by a second admin"),
    };
    Ok(Some(SharedControl { by, said }))
}

/// Returns what has to be recorded about a maker and a checker when one person could act through both accounts and no
/// second person could confirm one of them.
pub(super) async fn controller_of_both(
    tx: &mut Tx,
    act: ControlledAct,
    maker: ReviewerId,
    checker: ReviewerId,
    now: Timestamp,
) -> Result<Option<String>, Error> {
    Ok(shared_controller(tx, act, maker, checker, now).await?.map(|shared| shared.said))
}

/// The same for a decision and its checker, and also for an account from the shell next to one from the page: one
/// person may have created both. With `refuse`, both cases are refused.
pub(super) async fn of_a_decision(
    tx: &mut Tx,
    act: ControlledAct,
    maker: ReviewerId,
    checker: ReviewerId,
    now: Timestamp,
    refuse: bool,
) -> Result<Option<String>, Error> {
    if let Some(SharedControl { by, said }) = shared_controller(tx, act, maker, checker, now).await? {
        return match refuse {
            true => Err(Error::Refused(Refusal::OneHand { by })),
            false => Ok(Some(said)),
        };
    }
    let all = db::reviewer::made(tx).await?;
    let of = |id: ReviewerId| all.iter().find(|made| made.id == id);
    let then = saved(tx, act).await?;
    let beside = |(first, second): (&Provenance, &Provenance)| {
        first.beside_shell(second).or_else(|| second.beside_shell_then(maker, then.as_ref()?))
    };
    let Some(by) = of(maker).zip(of(checker)).and_then(beside) else { return Ok(None) };
    let by = maker_name(&db::reviewer::all(tx).await?, &by);
    if refuse {
        return Err(Error::Refused(Refusal::OneHand { by: format!("{by} or the {SHELL}") }));
    }
    Ok(Some(format!("one made by {by}, one from the {SHELL}, neither confirmed by a second admin")))
}
