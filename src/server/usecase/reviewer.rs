//! Reviewer accounts: adding, disabling, enabling, roles and confirmations, from the admin page and from the shell.
pub mod account;
pub mod row;

use std::collections::HashMap;

use account::{AccountManager, is_admin, maker_name};
use row::{described, insert};

use super::audit::{actor, append};
use super::invitation::Fresh;
use super::session::hash;
use crate::domain::audit::Draft;
use crate::domain::id::ReviewerId;
use crate::domain::page_data::reviewer::{ReviewerRow, ReviewersPage};
use crate::domain::reviewer::provenance::{DEMO, Provenance, SHELL};
use crate::domain::reviewer::{Origin, Permission, Permit, Reviewer, Role, email, permission};
use crate::domain::time::Timestamp;
use crate::server::db::invitation::OpenLink;
use crate::server::db::reviewer::By;
use crate::server::db::{self, Tx};
use crate::server::id::random;
use crate::server::{App, Error};

pub async fn list(app: &App, by: &Permit<permission::ReadReviewers>) -> Result<ReviewersPage, Error> {
    let mut conn = app.read().await?;
    let (me, now) = (by.reviewer().id, app.now());
    let reviewers = db::reviewer::all(&mut conn).await?;
    let all = db::reviewer::made(&mut conn).await?;
    let made: HashMap<ReviewerId, &Provenance> = all.iter().map(|made| (made.id, made)).collect();
    let links = db::invitation::all_open(&mut conn, now).await?;
    let links: HashMap<ReviewerId, OpenLink> = links.into_iter().map(|link| (link.reviewer, link)).collect();
    let sign_ins: HashMap<String, Timestamp> = db::reviewer::sign_ins(&mut conn).await?.into_iter().collect();
    let confirms = by.reviewer().role.may(Permission::ConfirmChanges);
    let mut open_work = HashMap::new();
    for gone in reviewers.iter().filter(|reviewer| reviewer.disabled_at.is_some()) {
        open_work.insert(gone.id, db::reviewer::open_work(&mut conn, gone.id).await?);
    }
    let held = db::decision::held(&mut conn).await?;
    let row = |reviewer: Reviewer| {
        let account = made.get(&reviewer.id);
        let link = links.get(&reviewer.id);
        let named = |key: &Option<String>| key.as_deref().map(|key| maker_name(&reviewers, key));
        let may = made.get(&me).zip(account).is_some_and(|(mine, account)| mine.may_confirm_now(account, &all));
        ReviewerRow {
            created_by: account.map(|account| maker_name(&reviewers, &account.created_by)).unwrap_or_default(),
            reset_by: account.and_then(|account| named(&account.reset_by)),
            confirmed_by: account.and_then(|account| named(&account.confirmed_by)),
            confirmable: confirms && may,
            link_until: link.map(|link| link.expires_at),
            link_waits: link.is_some_and(|link| link.waits_by.is_some()),
            link_confirmable: confirms
                && reviewer.id != me
                && link.and_then(|link| link.waits_by.as_ref()).is_some_and(|by| *by != me.to_string()),
            open_work: open_work.get(&reviewer.id).cloned().unwrap_or_default(),
            last_sign_in: sign_ins.get(&reviewer.id.to_string()).copied(),
            reviewer,
        }
    };
    Ok(ReviewersPage {
        admins: i64::try_from(reviewers.iter().filter(|reviewer| is_admin(reviewer)).count()).unwrap_or(i64::MAX),
        reviewers: reviewers.iter().cloned().map(row).collect(),
        me,
        fresh: None,
        held,
        now,
    })
}

/// Lets another admin or an auditor vouch that a different person uses the account, and returns a link for that person.
/// The account is confirmed when its owner opens the link and enters the current password: the creator of the account
/// may know the password, but not the link.
pub async fn confirm(app: &App, by: &Permit<permission::ConfirmChanges>, id: ReviewerId) -> Result<Fresh, Error> {
    let (now, permit, token) = (app.now(), by.clone(), random()?);
    app.write(move |tx| {
        Box::pin(async move {
            db::reviewer::lock(tx).await?;
            let reviewer = db::reviewer::by_id(tx, id).await?.ok_or(Error::NotFound("reviewer"))?;
            let all = db::reviewer::made(tx).await?;
            let of = |id: ReviewerId| all.iter().find(|made| made.id == id).ok_or(Error::NotFound("reviewer"));
            let me = permit.reviewer().id;
            let account = of(id)?;
            if account.is_confirmed() {
                return Err(Error::Invalid("This account is already confirmed.".to_owned()));
            }
            if !of(me)?.may_confirm_now(account, &all) {
                return Err(Error::Invalid(
                    "You cannot confirm this account: you, or the person who created your account, created it or set its password. Another person has to confirm it."
                        .to_owned(),
                ));
            }
            // Before its owner has used the account, no one can know who will use it.
            let open = db::invitation::all_open(tx, now).await?;
            let open = open.iter().any(|link| link.reviewer == id && !link.confirms);
            if open || reviewer.must_change || !db::reviewer::has_signed_in(tx, id).await? {
                return Err(Error::Invalid(format!(
                    "{} has not used this account with a password of their own yet. Confirm it when they have.",
                    reviewer.name
                )));
            }
            let fresh = super::invitation::confirming(tx, &permit, reviewer, now, token).await?;
            let draft = Draft::new("reviewer.vouched", actor(&permit), "reviewer", id.to_string())
                .fact("name", fresh.reviewer.name.clone())
                .fact("link_expires_at", fresh.expires_at);
            append(tx, now, draft).await?;
            Ok(fresh)
        })
    })
    .await
}

/// The same from the shell: the admin proves with their own password who they are, because the person who has the shell
/// may have created the account.
pub async fn confirm_from_shell(app: &App, id: ReviewerId, admin: &str, password: &str) -> Result<Fresh, Error> {
    let admin = super::session::confirm_as_admin(app, admin, password, "reviewer.confirm_refused").await?;
    let origin = Origin { agent: Some(SHELL.to_owned()), ..Origin::default() };
    let permit = admin
        .clone()
        .permit::<permission::ConfirmChanges>(origin)
        .map_err(|_| Error::Invalid(format!("{} may not confirm an account. An admin has to do it.", admin.name)))?;
    confirm(app, &permit, id).await
}

/// Refuses to make a reviewer an admin or auditor if their password was reset and no reviewer has vouched for them
/// since: otherwise the person who reset it, while that needed no second person, could act as one.
async fn whose_password(tx: &mut Tx, reviewer: &Reviewer) -> Result<(), Error> {
    let all = db::reviewer::made(tx).await?;
    let reset = all.iter().any(|made| made.id == reviewer.id && made.reset_by.is_some());
    if reset && super::independence::confirmable(tx, reviewer.id).await? {
        return Err(Error::Invalid(format!(
            "The password of {} was reset, and the account has not been confirmed since. Another admin or an auditor has to confirm it first.",
            reviewer.name
        )));
    }
    Ok(())
}

/// Changes the role of another reviewer: their sessions end.
pub async fn set_role(app: &App, keeper: AccountManager, id: ReviewerId, role: Role) -> Result<(), Error> {
    let now = app.now();
    app.write(move |tx| {
        Box::pin(async move {
            db::reviewer::lock(tx).await?;
            let reviewer = db::reviewer::by_id(tx, id).await?.ok_or(Error::NotFound("reviewer"))?;
            if keeper.is(id) {
                return Err(Error::Invalid("You cannot change your own role. Another admin has to do it.".to_owned()));
            }
            if reviewer.role == role {
                return Ok(());
            }
            if is_admin(&reviewer) && db::reviewer::other_admins(tx, id).await? == 0 {
                return Err(Error::Invalid("The last admin has to keep the role. Add another admin first.".to_owned()));
            }
            let confirmed = reviewer.role.may(Permission::ConfirmChanges);
            if !confirmed && role.may(Permission::ConfirmChanges) && keeper.id().is_some() {
                whose_password(tx, &reviewer).await?;
            }
            let was_admin_until = confirmed.then(|| reviewer.disabled_at.unwrap_or(now));
            db::reviewer::set_role(tx, id, role, was_admin_until).await?;
            // The account was not confirmed for this role.
            db::reviewer::unconfirm(tx, id).await?;
            db::invitation::drop_confirming(tx, id).await?;
            let ended = db::session::end_others(tx, id, None).await?;
            let draft = Draft::new("reviewer.role_changed", keeper.actor, "reviewer", id.to_string())
                .fact("name", reviewer.name)
                .fact("before", reviewer.role.as_str())
                .fact("after", role.as_str())
                .fact("sessions_ended", i64::try_from(ended).unwrap_or(i64::MAX));
            append(tx, now, draft).await.map(|_| ())
        })
    })
    .await
}

/// Adds a reviewer with a first password that the desk generates. It is returned once and not stored. It has to be
/// changed at the first sign-in, except in the demo.
pub async fn add(
    app: &App,
    keeper: AccountManager,
    address: &str,
    name: &str,
    role: Role,
) -> Result<(Reviewer, String), Error> {
    let password = first_password()?;
    let hashed = hash(app, &password).await?;
    let must_change = keeper.made_by() != DEMO;
    let reviewer = Reviewer { must_change, ..described(app.now(), address, name, role)? };
    let row = reviewer.clone();
    app.write(move |tx| Box::pin(async move { insert(tx, &keeper, row, &hashed).await })).await?;
    Ok((reviewer, password))
}

/// Disables an account: its sessions end at once, and its decisions that were not sent yet are held.
pub async fn disable(app: &App, keeper: AccountManager, id: ReviewerId) -> Result<(), Error> {
    let now = app.now();
    app.write(move |tx| {
        Box::pin(async move {
            db::reviewer::lock(tx).await?;
            let reviewer = db::reviewer::by_id(tx, id).await?.ok_or(Error::NotFound("reviewer"))?;
            if reviewer.role == Role::Admin && db::reviewer::other_admins(tx, id).await? == 0 {
                return Err(Error::Invalid("The last admin cannot be disabled. Add another admin first.".to_owned()));
            }
            if db::reviewer::set_disabled(tx, id, Some(now)).await? {
                let ended = db::session::end_others(tx, id, None).await?;
                db::invitation::drop_open(tx, id).await?;
                db::sign_in::forget_devices(tx, id).await?;
                let waiting = db::reviewer::open_work(tx, id).await?;
                let draft = Draft::new("reviewer.disabled", keeper.actor, "reviewer", id.to_string())
                    .fact("name", reviewer.name)
                    .fact("open_work", waiting.join(", "))
                    .fact("sessions_ended", i64::try_from(ended).unwrap_or(i64::MAX));
                append(tx, now, draft).await?;
            }
            Ok(())
        })
    })
    .await
}

/// Sets a new first password from the shell; all sessions end. Returns the password, and whether it has to be changed
/// at the first sign-in.
pub async fn reset_password(app: &App, keeper: AccountManager, address: &str) -> Result<(String, bool), Error> {
    let address = email(address).ok_or_else(|| Error::Invalid("This is not an e-mail address.".to_owned()))?;
    let password = first_password()?;
    let hashed = hash(app, &password).await?;
    let now = app.now();
    let must_change = app
        .write(move |tx| {
            Box::pin(async move {
                let (reviewer, _) = db::reviewer::by_email(tx, &address).await?.ok_or(Error::NotFound("reviewer"))?;
                let made = db::reviewer::made(tx).await?;
                let demo = made.iter().any(|made| made.id == reviewer.id && made.created_by == DEMO);
                let hands = super::independence::controllers_of_keeper(tx, &keeper).await?;
                let by = By { who: &keeper.made_by(), hands: &hands };
                db::reviewer::reset(tx, reviewer.id, &hashed, by, !demo).await?;
                db::invitation::drop_open(tx, reviewer.id).await?;
                db::session::end_others(tx, reviewer.id, None).await?;
                db::sign_in::forget_devices(tx, reviewer.id).await?;
                let draft = Draft::new("password.reset", keeper.actor, "reviewer", reviewer.id.to_string())
                    .fact("name", reviewer.name);
                append(tx, now, draft).await?;
                Ok(!demo)
            })
        })
        .await?;
    Ok((password, must_change))
}

/// 20 characters out of 32: 100 bits, in groups that can be read aloud.
fn first_password() -> Result<String, Error> {
    // Without 0, 1, i, l, o: they look like each other.
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJ";
    let bytes: [u8; 20] = random()?;
    let letters: String = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    Ok(letters.as_bytes().chunks(5).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-"))
}
