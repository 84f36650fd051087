//! Links through which reviewers set their own password: made by an admin, shown once, used once.
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::audit::{actor, append, of};
use super::hand::gone;
use super::reviewer::{Keeper, described, insert};
use super::session::{NOBODY, hash};
use crate::domain::audit::{Draft, Outcome};
use crate::domain::desk::InvitationPage;
use crate::domain::id::ReviewerId;
use crate::domain::reviewer::{Need, Origin, Permit, Reviewer, Role, can};
use crate::domain::time::Timestamp;
use crate::server::app::random;
use crate::server::db::hand::Act;
use crate::server::db::{self, Tx};
use crate::server::{App, Error};

const LIFE: Duration = Duration::from_secs(24 * 3600);

/// A link that was just made: whose, its token, and until when. The token is kept nowhere.
#[derive(Debug)]
pub struct Fresh {
    pub reviewer: Reviewer,
    pub token: String,
    pub expires_at: Timestamp,
    /// It opens nothing until a second person has confirmed it.
    pub waits: bool,
}

fn hashed(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

async fn link(
    tx: &mut Tx,
    keeper: &Keeper,
    reviewer: Reviewer,
    now: Timestamp,
    token: [u8; 32],
    waits: bool,
) -> Result<Fresh, Error> {
    let (token, expires_at) = (hex::encode(token), now.plus(LIFE));
    db::invitation::replace(tx, &hashed(&token), reviewer.id, &keeper.made_by(), now, expires_at, waits).await?;
    Ok(Fresh { reviewer, token, expires_at, waits })
}

/// Adds a reviewer who sets their password through the link.
pub async fn invite(
    app: &App,
    by: &Permit<can::ManageReviewers>,
    address: &str,
    name: &str,
    role: Role,
) -> Result<Fresh, Error> {
    let (now, keeper, token) = (app.now(), Keeper::from(by), random()?);
    let row = described(now, address, name, role)?;
    app.write(move |tx| {
        Box::pin(async move {
            insert(tx, &keeper, row.clone(), NOBODY).await?;
            let fresh = link(tx, &keeper, row, now, token, false).await?;
            let draft = Draft::new("invitation.made", keeper.actor, "reviewer", fresh.reviewer.id.to_string())
                .fact("name", fresh.reviewer.name.clone())
                .fact("expires_at", fresh.expires_at);
            append(tx, now, draft).await?;
            Ok(fresh)
        })
    })
    .await
}

/// A link for a new password of somebody else: the old one counts no more, and their sessions end.
pub async fn reset(app: &App, keeper: Keeper, id: ReviewerId) -> Result<Fresh, Error> {
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

/// Lets somebody in again who was disabled, through a link: whoever knew the old password, or confirmed the account before, knows
/// nothing of who comes back. What was held while they were disabled stays held, until an admin sends or withdraws it.
pub async fn enable(app: &App, keeper: Keeper, id: ReviewerId) -> Result<Fresh, Error> {
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
    keeper: &Keeper,
    reviewer: Reviewer,
    now: Timestamp,
    token: [u8; 32],
) -> Result<Fresh, Error> {
    let id = reviewer.id;
    let checks = reviewer.role.may(Need::ConfirmChanges);
    let waits = checks && super::hand::has_third(tx, keeper, id).await?;
    db::reviewer::reset(tx, id, NOBODY, &keeper.made_by(), false, (now, gone(now))).await?;
    let ended = db::session::end_others(tx, id, None).await?;
    let fresh = link(tx, keeper, reviewer, now, token, waits).await?;
    if waits && let Some(maker) = keeper.id() {
        super::hand::keep(tx, Act::Link(id), maker).await?;
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

/// A second person's consent to a link for the password of an admin or an auditor.
pub async fn confirm(app: &App, by: &Permit<can::ConfirmChanges>, id: ReviewerId) -> Result<(), Error> {
    let (now, permit) = (app.now(), by.clone());
    app.write(move |tx| {
        Box::pin(async move {
            db::reviewer::lock(tx).await?;
            let reviewer = db::reviewer::by_id(tx, id).await?.ok_or(Error::NotFound("reviewer"))?;
            let open = db::invitation::all_open(tx, now).await?.into_iter().find(|link| link.reviewer == id);
            let none = || Error::Invalid(format!("No link for a new password of {} waits.", reviewer.name));
            let maker = open.and_then(|link| link.waits_by).ok_or_else(none)?;
            let maker = maker.parse().map_err(|_| none())?;
            let told = |action| {
                Draft::new(action, actor(&permit), "reviewer", id.to_string()).fact("name", reviewer.name.clone())
            };
            let why = match super::hand::may_still(tx, maker, Need::ManageReviewers).await? {
                true => super::hand::not_second(tx, Act::Link(id), maker, permit.reviewer().id).await?,
                false => Some(
                    "Whoever made this link is no enabled admin any more: another admin makes a new one.".to_owned(),
                ),
            };
            if let Some(why) = why {
                let draft = told("password.reset_refused").outcome(Outcome::Denied).fact("why", why.clone());
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

/// Whose link it is; nothing when it was used, has run out, or never was. Looking at it does not use it up.
pub async fn page(app: &App, token: &str) -> Result<Option<InvitationPage>, Error> {
    let mut conn = app.read().await?;
    let Some((id, expires_at)) = db::invitation::open(&mut conn, &hashed(token), app.now()).await? else {
        return Ok(None);
    };
    let reviewer = db::reviewer::by_id(&mut conn, id).await?.filter(|reviewer| reviewer.disabled_at.is_none());
    Ok(reviewer.map(|Reviewer { name, email, .. }| InvitationPage { name, email, expires_at }))
}

/// Why a password was not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unset {
    /// The link was used, has run out, or never was.
    Gone,
    /// The two entries differ.
    Differ,
    /// The password will not do.
    Weak,
}

/// Sets the password and uses the link up. The browser is known from now on, so that whoever guesses meanwhile keeps nobody out.
pub async fn redeem(
    app: &App,
    origin: Origin,
    token: &str,
    password: String,
    again: &str,
    device: String,
) -> Result<Result<(), Unset>, Error> {
    let now = app.now();
    let token_hash = hashed(token);
    // Asked before anything is hashed, so that nobody without a link keeps the desk busy.
    let Some(InvitationPage { name, email, .. }) = page(app, token).await? else { return Ok(Err(Unset::Gone)) };
    if password != again {
        return Ok(Err(Unset::Differ));
    }
    if super::password::fault(&password, &email, &name).is_some() {
        return Ok(Err(Unset::Weak));
    }
    let password_hash = hash(app, &password).await?;
    app.write(move |tx| {
        Box::pin(async move {
            let Some((id, _)) = db::invitation::open(tx, &token_hash, now).await? else { return Ok(Err(Unset::Gone)) };
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
            // Whoever confirmed the account did not know who would have this link.
            db::reviewer::unconfirm(tx, id, now, gone(now)).await?;
            let draft = Draft::new("invitation.redeemed", of(&reviewer, &origin), "reviewer", id.to_string())
                .fact("sessions_ended", i64::try_from(ended).unwrap_or(i64::MAX));
            let draft = match origin.address {
                Some(address) => draft.personal("address", address),
                None => draft,
            };
            append(tx, now, draft).await?;
            Ok(Ok(()))
        })
    })
    .await
}
