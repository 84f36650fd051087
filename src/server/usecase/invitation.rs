//! Links through which reviewers set their own password: created by an admin, shown once, used once. One file, because
//! only a hash of a link's token is stored, and creating and using a link have to compute the same hash.
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::audit::{actor, append, of};
use super::reviewer::account::AccountManager;
use super::reviewer::row::{described, insert};
use super::session::{NOBODY, hash};
use crate::domain::audit::{Actor, Draft, EntryOutcome};
use crate::domain::id::ReviewerId;
use crate::domain::page_data::reviewer::InvitationPage;
use crate::domain::reviewer::{Origin, Permission, Permit, Reviewer, Role, permission};
use crate::domain::time::Timestamp;
use crate::server::db::controllers::ControlledAct;
use crate::server::db::invitation::LinkKind;
use crate::server::db::reviewer::By;
use crate::server::db::{self, Tx};
use crate::server::id::random;
use crate::server::{App, Error};

const LIFE: Duration = Duration::from_secs(24 * 3600);

/// A link that was just created: whose it is, its token, and until when it works. The token is not stored.
#[derive(Debug)]
pub struct Fresh {
    pub reviewer: Reviewer,
    pub token: String,
    pub expires_at: Timestamp,
    /// Whether it works only after a second person has confirmed it.
    pub waits: bool,
    /// Whether it confirms the account. Its owner then enters the current password too.
    pub confirms: bool,
}

fn hashed(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

async fn link(
    tx: &mut Tx,
    keeper: &AccountManager,
    reviewer: Reviewer,
    now: Timestamp,
    token: [u8; 32],
    kind: LinkKind<'_>,
) -> Result<Fresh, Error> {
    let (token, expires_at) = (hex::encode(token), now.plus(LIFE));
    db::invitation::replace(tx, &hashed(&token), reviewer.id, &keeper.made_by(), now, expires_at, kind).await?;
    let waits = matches!(kind, LinkKind::Password { waits: true });
    Ok(Fresh { reviewer, token, expires_at, waits, confirms: matches!(kind, LinkKind::Confirms { .. }) })
}

/// Creates a link that shows that the person who vouches for an account knows its owner: the creator of the account may
/// know its password, but only the owner has both.
pub(super) async fn confirming(
    tx: &mut Tx,
    by: &Permit<permission::ConfirmChanges>,
    reviewer: Reviewer,
    now: Timestamp,
    token: [u8; 32],
) -> Result<Fresh, Error> {
    let me = by.reviewer().id.to_string();
    let keeper = AccountManager::confirming(by);
    link(tx, &keeper, reviewer, now, token, LinkKind::Confirms { by: &me }).await
}

/// Adds a reviewer who sets their password through the link.
pub async fn invite(
    app: &App,
    by: &Permit<permission::ManageReviewers>,
    address: &str,
    name: &str,
    role: Role,
) -> Result<Fresh, Error> {
    let (now, keeper, token) = (app.now(), AccountManager::from(by), random()?);
    let row = described(now, address, name, role)?;
    app.write(move |tx| {
        Box::pin(async move {
            insert(tx, &keeper, row.clone(), NOBODY).await?;
            let fresh = link(tx, &keeper, row, now, token, LinkKind::Password { waits: false }).await?;
            let draft = Draft::new("invitation.made", keeper.actor, "reviewer", fresh.reviewer.id.to_string())
                .fact("name", fresh.reviewer.name.clone())
                .fact("expires_at", fresh.expires_at);
            append(tx, now, draft).await?;
            Ok(fresh)
        })
    })
    .await
}

/// Creates a link for a new password of another reviewer: the old password no longer works, and their sessions end.
pub async fn reset(app: &App, keeper: AccountManager, id: ReviewerId) -> Result<Fresh, Error> {
    let (now, token) = (app.now(), random()?);
    app.write(move |tx| {
        Box::pin(async move {
            db::reviewer::lock(tx).await?;
            let reviewer = db::reviewer::by_id(tx, id).await?.ok_or(Error::NotFound("reviewer"))?;
            if keeper.is(id) {
                return Err(Error::Invalid(
                    "Change your own password under your name, below the navigation.".to_owned(),
                ));
            }
            if reviewer.disabled_at.is_some() {
                return Err(Error::Invalid(format!("{} is disabled: enable the account first.", reviewer.name)));
            }
            renewed(tx, &keeper, reviewer, now, token).await
        })
    })
    .await
}

/// Enables a disabled account again, through a link: a person who knew the old password, or confirmed the account
/// before, does not know who comes back. Decisions that were held meanwhile stay held until an admin releases or
/// withdraws them.
pub async fn enable(app: &App, keeper: AccountManager, id: ReviewerId) -> Result<Fresh, Error> {
    let (now, token) = (app.now(), random()?);
    app.write(move |tx| {
        Box::pin(async move {
            db::reviewer::lock(tx).await?;
            let reviewer = db::reviewer::by_id(tx, id).await?.ok_or(Error::NotFound("reviewer"))?;
            if reviewer.disabled_at.is_none() {
                return Err(Error::Invalid(format!("{} is not disabled.", reviewer.name)));
            }
            db::decision::keep_held(tx, id, &reviewer.name).await?;
            db::reviewer::set_disabled(tx, id, None).await?;
            let draft = Draft::new("reviewer.enabled", keeper.actor.clone(), "reviewer", id.to_string())
                .fact("name", reviewer.name.clone());
            append(tx, now, draft).await?;
            renewed(tx, &keeper, reviewer, now, token).await
        })
    })
    .await
}

async fn renewed(
    tx: &mut Tx,
    keeper: &AccountManager,
    reviewer: Reviewer,
    now: Timestamp,
    token: [u8; 32],
) -> Result<Fresh, Error> {
    let id = reviewer.id;
    // Who was an admin a short time ago still counts as one: changing the role first is no way around it.
    let checks = reviewer.role.may(Permission::ConfirmChanges) || super::independence::was_admin(tx, id, now).await?;
    let waits = checks && super::independence::has_third(tx, keeper, id, now).await?;
    if checks && !waits && super::independence::is_another(tx, keeper, id).await? {
        return Err(Error::Invalid(format!(
            "{} is an admin or auditor, and no third person could confirm this link, so one person could act as both of you. Run `countersign reviewer reset-password` on the server instead.",
            reviewer.name
        )));
    }
    let hands = super::independence::controllers_of_keeper(tx, keeper).await?;
    let by = By { who: &keeper.made_by(), hands: &hands };
    db::reviewer::reset(tx, id, NOBODY, by, false).await?;
    let ended = db::session::end_others(tx, id, None).await?;
    let fresh = link(tx, keeper, reviewer, now, token, LinkKind::Password { waits }).await?;
    if waits && let Some(maker) = keeper.id() {
        super::independence::save_controllers(tx, ControlledAct::Link(id), maker).await?;
    }
    let draft = Draft::new("password.reset", keeper.actor.clone(), "reviewer", id.to_string())
        .fact("name", fresh.reviewer.name.clone())
        .fact("link_expires_at", fresh.expires_at)
        .fact("sessions_ended", i64::try_from(ended).unwrap_or(i64::MAX));
    let draft = match checks {
        true if waits => draft.fact("second", "waits for another admin or auditor to confirm the link"),
        true => draft.fact("second", "none: one admin alone can sign in as an admin or auditor"),
        false => draft,
    };
    append(tx, now, draft).await?;
    Ok(fresh)
}

/// Gives a second person's consent to a link for the password of an admin or an auditor.
pub async fn confirm(app: &App, by: &Permit<permission::ConfirmChanges>, id: ReviewerId) -> Result<(), Error> {
    let (now, permit) = (app.now(), by.clone());
    app.write(move |tx| {
        Box::pin(async move {
            db::reviewer::lock(tx).await?;
            let reviewer = db::reviewer::by_id(tx, id).await?.ok_or(Error::NotFound("reviewer"))?;
            let open = db::invitation::all_open(tx, now).await?.into_iter().find(|link| link.reviewer == id);
            let none = || {
                Error::Invalid(format!("No link for a new password of {} is waiting for confirmation.", reviewer.name))
            };
            let maker = open.and_then(|link| link.waits_by).ok_or_else(none)?;
            let maker = maker.parse().map_err(|_| none())?;
            let told = |action| {
                Draft::new(action, actor(&permit), "reviewer", id.to_string()).fact("name", reviewer.name.clone())
            };
            let why = match super::independence::may_still(tx, maker, Permission::ManageReviewers).await? {
                true => {
                    super::independence::refuse_same_person(tx, ControlledAct::Link(id), maker, permit.reviewer().id)
                        .await?
                }
                false => Some(
                    "The admin who made this link is not an enabled admin any more. Ask another admin for a new one."
                        .to_owned(),
                ),
            };
            if let Some(why) = why {
                let draft = told("password.reset_refused").outcome(EntryOutcome::Denied).fact("why", why.clone());
                append(tx, now, draft).await?;
                return Ok(Err(Error::Invalid(why)));
            }
            if !db::invitation::confirm(tx, id, now).await? {
                return Err(none());
            }
            append(tx, now, told("password.reset_confirmed")).await?;
            Ok(Ok(()))
        })
    })
    .await?
}

/// Returns the page of a link; `None` when the link was used, has expired, or never existed. Opening the page does not
/// use up the link.
pub async fn page(app: &App, token: &str) -> Result<Option<InvitationPage>, Error> {
    let mut conn = app.read().await?;
    let Some(open) = db::invitation::open(&mut conn, &hashed(token), app.now()).await? else {
        return Ok(None);
    };
    let (expires_at, confirms) = (open.expires_at, open.confirms_by.is_some());
    let reviewer = db::reviewer::by_id(&mut conn, open.reviewer).await?;
    let reviewer = reviewer.filter(|reviewer| reviewer.disabled_at.is_none());
    Ok(reviewer.map(|Reviewer { name, email, .. }| InvitationPage { name, email, expires_at, confirms }))
}

/// Why a password was not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unset {
    /// The link was used, has expired, or never existed.
    Gone,
    /// The two entered passwords differ.
    Differ,
    /// The password is too weak.
    Weak,
    /// The current password is wrong, or was wrong too often.
    NotCurrent,
}

/// Sets the password and uses up the link. The browser is known from now on, so that guesses by others cannot lock the
/// reviewer out.
pub async fn redeem(
    app: &App,
    origin: Origin,
    token: &str,
    current: &str,
    password: String,
    again: &str,
    device: String,
) -> Result<Result<(), Unset>, Error> {
    let now = app.now();
    let token_hash = hashed(token);
    // Checked before anything is hashed, so that a client without a link cannot keep the desk busy.
    let Some(InvitationPage { name, email, confirms, .. }) = page(app, token).await? else {
        return Ok(Err(Unset::Gone));
    };
    if password != again {
        return Ok(Err(Unset::Differ));
    }
    if super::password::fault(&password, &email, &name).is_some() {
        return Ok(Err(Unset::Weak));
    }
    if confirms && password == current {
        return Ok(Err(Unset::Weak));
    }
    let held = match confirms {
        true => match current_password(app, &token_hash, current, &origin).await? {
            Some(held) => Some(held),
            None => return Ok(Err(Unset::NotCurrent)),
        },
        false => None,
    };
    let password_hash = hash(app, &password).await?;
    app.write(move |tx| {
        Box::pin(async move {
            db::reviewer::lock(tx).await?;
            let Some(open) = db::invitation::open(tx, &token_hash, now).await? else { return Ok(Err(Unset::Gone)) };
            let id = open.reviewer;
            // The password was reset or changed while this was hashed: that password counts.
            if let Some(held) = &held
                && !db::reviewer::hold(tx, id, held).await?
            {
                return Ok(Err(Unset::NotCurrent));
            }
            if !db::invitation::redeem(tx, &token_hash, now).await? {
                return Ok(Err(Unset::Gone));
            }
            let reviewer = db::reviewer::by_id(tx, id).await?.ok_or(Error::NotFound("reviewer"))?;
            if reviewer.disabled_at.is_some() {
                return Ok(Err(Unset::Gone));
            }
            db::reviewer::set_password(tx, id, &password_hash).await?;
            let ended = db::session::end_others(tx, id, None).await?;
            db::sign_in::forget_devices(tx, id).await?;
            db::sign_in::know(tx, &device, id, now).await?;
            // The person who confirmed the account did not know who would have this link.
            db::reviewer::unconfirm(tx, id).await?;
            let draft = Draft::new("invitation.redeemed", of(&reviewer, &origin), "reviewer", id.to_string())
                .fact("sessions_ended", i64::try_from(ended).unwrap_or(i64::MAX));
            let draft = match origin.address.clone() {
                Some(address) => draft.personal("address", address),
                None => draft,
            };
            append(tx, now, draft).await?;
            if let Some(by) = open.confirms_by {
                confirmed(tx, now, &reviewer, &by, of(&reviewer, &origin)).await?;
            }
            Ok(Ok(()))
        })
    })
    .await
}

/// Returns the stored hash if this is the account's password. Wrong passwords are counted as at sign-in.
async fn current_password(
    app: &App,
    token_hash: &str,
    current: &str,
    origin: &Origin,
) -> Result<Option<String>, Error> {
    let (now, hash) = (app.now(), token_hash.to_owned());
    let found = {
        let mut conn = app.read().await?;
        match db::invitation::open(&mut conn, &hash, now).await? {
            Some(open) => db::reviewer::by_id(&mut conn, open.reviewer).await?,
            None => None,
        }
    };
    let Some(reviewer) = found else { return Ok(None) };
    let proof = super::session::prove(app, "confirm", reviewer.id, current).await?;
    if proof.right {
        return Ok(Some(proof.stored));
    }
    let draft = Draft::new("password.refused", of(&reviewer, origin), "reviewer", reviewer.id.to_string())
        .outcome(EntryOutcome::Denied)
        .fact("blocked", proof.blocked)
        .fact("failures", proof.tries);
    let id = reviewer.id;
    app.write(move |tx| Box::pin(async move { super::audit::append_limited(tx, now, id, draft).await })).await?;
    Ok(None)
}

/// Confirms the account if the person who vouched for it may still do so.
async fn confirmed(tx: &mut Tx, now: Timestamp, reviewer: &Reviewer, by: &str, actor: Actor) -> Result<(), Error> {
    let all = db::reviewer::made(tx).await?;
    let voucher = by.parse().ok().and_then(|id| all.iter().find(|made| made.id == id));
    let account = all.iter().find(|made| made.id == reviewer.id);
    let (Some(voucher), Some(account)) = (voucher, account) else { return Ok(()) };
    let may = super::independence::may_still(tx, voucher.id, Permission::ConfirmChanges).await?;
    let fits = voucher.may_confirm_now(account, &all);
    let hands = voucher.in_spite_of(account, &all);
    let by = db::reviewer::By { who: by, hands: &hands };
    if !may || !fits || !db::reviewer::confirm(tx, reviewer.id, by, now).await? {
        return Ok(());
    }
    let reviewers = db::reviewer::all(tx).await?;
    let left: Vec<String> = hands.iter().map(|hand| super::reviewer::account::maker_name(&reviewers, hand)).collect();
    let draft = Draft::new("reviewer.confirmed", actor, "reviewer", reviewer.id.to_string())
        .fact("name", reviewer.name.clone())
        .fact("by", super::reviewer::account::named_or_id(tx, voucher.id).await?)
        .fact("still_open_to", (!left.is_empty()).then(|| left.join(", ")));
    append(tx, now, draft).await.map(|_| ())
}
