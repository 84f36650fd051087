//! Accounts of the desk: adding, disabling, enabling, a new password. From the admin page and from the shell.
use std::sync::PoisonError;

use super::audit::{actor, append};
use super::session::hash;
use crate::domain::audit::{Actor, Draft};
use crate::domain::desk::{NewReviewer, ReviewersPage};
use crate::domain::id::ReviewerId;
use crate::domain::reviewer::{Permit, Reviewer, Role, can, email};
use crate::server::app::{new_id, random};
use crate::server::db::{self, Conn};
use crate::server::{App, Error};

/// Who does it: an admin at the desk, or whoever holds the shell.
#[derive(Debug, Clone)]
pub struct Keeper(Actor);

impl From<&Permit<can::ManageReviewers>> for Keeper {
    fn from(permit: &Permit<can::ManageReviewers>) -> Self {
        Self(actor(permit))
    }
}

impl Keeper {
    pub const fn shell() -> Self {
        Self(Actor::System { part: "command line" })
    }
}

pub async fn list(app: &App, by: &Permit<can::ReadReviewers>) -> Result<ReviewersPage, Error> {
    let mut conn = app.read().await?;
    let me = by.reviewer().id;
    let fresh = app.fresh.lock().unwrap_or_else(PoisonError::into_inner).remove(&me);
    Ok(ReviewersPage { reviewers: db::reviewer::all(&mut conn).await?, me, fresh })
}

/// Adds one from the admin page. The first password waits in memory for the page that shows it, so that the form works
/// without wasm as well.
pub async fn add_at_desk(
    app: &App,
    by: &Permit<can::ManageReviewers>,
    address: &str,
    name: &str,
    role: Role,
) -> Result<(), Error> {
    let (added, password) = add(app, by.into(), address, name, role).await?;
    let fresh = NewReviewer { name: added.name, email: added.email, password };
    app.fresh.lock().unwrap_or_else(PoisonError::into_inner).insert(by.reviewer().id, fresh);
    Ok(())
}

/// Whom work can be given to.
pub(super) async fn analysts(conn: &mut Conn) -> Result<Vec<(ReviewerId, String)>, Error> {
    let all = db::reviewer::all(conn).await?;
    Ok(all.into_iter().filter(decides).map(|reviewer| (reviewer.id, reviewer.name)).collect())
}

/// Somebody whom work can be given to, or an error that says why not.
pub(super) async fn who_decides(conn: &mut Conn, id: ReviewerId) -> Result<Reviewer, Error> {
    let found = db::reviewer::by_id(conn, id).await?.ok_or(Error::NotFound("reviewer"))?;
    if !decides(&found) {
        return Err(Error::Invalid(format!("{} cannot decide, so nothing is assigned to them.", found.name)));
    }
    Ok(found)
}

fn decides(reviewer: &Reviewer) -> bool {
    reviewer.role == Role::Analyst && reviewer.disabled_at.is_none()
}

pub async fn all(app: &App, _keeper: &Keeper) -> Result<Vec<Reviewer>, Error> {
    let mut conn = app.read().await?;
    Ok(db::reviewer::all(&mut conn).await?)
}

/// Adds a reviewer with a first password of the desk's making, which is returned once and kept nowhere.
pub async fn add(
    app: &App,
    keeper: Keeper,
    address: &str,
    name: &str,
    role: Role,
) -> Result<(Reviewer, String), Error> {
    let address = email(address).ok_or_else(|| Error::Invalid("This is not an e-mail address.".to_owned()))?;
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > 100 || name.contains(char::is_control) {
        return Err(Error::Invalid("Give a name of 1 to 100 characters: it stands under every decision.".to_owned()));
    }
    let password = first_password()?;
    let hashed = hash(app, &password).await?;
    let now = app.now();
    let reviewer =
        Reviewer { id: ReviewerId(new_id()), email: address, name, role, created_at: now, disabled_at: None };
    let row = reviewer.clone();
    let added = app
        .write(move |tx| {
            Box::pin(async move {
                db::reviewer::insert(tx, &row, &hashed).await?;
                let draft = Draft::new("reviewer.added", keeper.0, "reviewer", row.id.to_string())
                    .fact("role", row.role.as_str())
                    .fact("name", row.name.clone())
                    .personal("email", row.email);
                append(tx, now, draft).await.map(|_| ())
            })
        })
        .await;
    match added {
        Err(Error::Db(error)) if db::is_conflict(&error) => {
            Err(Error::Invalid("There is an account with this e-mail already; enable it instead.".to_owned()))
        }
        other => other.map(|()| (reviewer, password)),
    }
}

/// Disables: their sessions end at once.
pub async fn disable(app: &App, keeper: Keeper, id: ReviewerId) -> Result<(), Error> {
    let now = app.now();
    app.write(move |tx| {
        Box::pin(async move {
            let reviewer = db::reviewer::by_id(tx, id).await?.ok_or(Error::NotFound("reviewer"))?;
            if reviewer.role == Role::Admin && db::reviewer::other_admins(tx, id).await? == 0 {
                return Err(Error::Invalid("The last admin cannot be disabled: add another one first.".to_owned()));
            }
            if db::reviewer::set_disabled(tx, id, Some(now)).await? {
                let ended = db::session::end_others(tx, id, None).await?;
                db::sign_in::forget_devices(tx, id).await?;
                let draft = Draft::new("reviewer.disabled", keeper.0, "reviewer", id.to_string())
                    .fact("name", reviewer.name)
                    .fact("sessions_ended", i64::try_from(ended).unwrap_or(i64::MAX));
                append(tx, now, draft).await?;
            }
            Ok(())
        })
    })
    .await
}

pub async fn enable(app: &App, keeper: Keeper, id: ReviewerId) -> Result<(), Error> {
    let now = app.now();
    app.write(move |tx| {
        Box::pin(async move {
            let reviewer = db::reviewer::by_id(tx, id).await?.ok_or(Error::NotFound("reviewer"))?;
            if db::reviewer::set_disabled(tx, id, None).await? {
                let draft =
                    Draft::new("reviewer.enabled", keeper.0, "reviewer", id.to_string()).fact("name", reviewer.name);
                append(tx, now, draft).await?;
            }
            Ok(())
        })
    })
    .await
}

/// A new first password; all sessions end.
pub async fn reset_password(app: &App, keeper: Keeper, address: &str) -> Result<String, Error> {
    let address = email(address).ok_or_else(|| Error::Invalid("This is not an e-mail address.".to_owned()))?;
    let password = first_password()?;
    let hashed = hash(app, &password).await?;
    let now = app.now();
    app.write(move |tx| {
        Box::pin(async move {
            let (reviewer, _) = db::reviewer::by_email(tx, &address).await?.ok_or(Error::NotFound("reviewer"))?;
            db::reviewer::set_password(tx, reviewer.id, &hashed).await?;
            db::session::end_others(tx, reviewer.id, None).await?;
            db::sign_in::forget_devices(tx, reviewer.id).await?;
            let draft = Draft::new("password.reset", keeper.0, "reviewer", reviewer.id.to_string());
            append(tx, now, draft).await.map(|_| ())
        })
    })
    .await?;
    Ok(password)
}

/// 20 characters out of 32: 100 bits, in groups that can be read aloud.
fn first_password() -> Result<String, Error> {
    // Without 0, 1, i, l, o: they look like each other.
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJ";
    let bytes: [u8; 20] = random()?;
    let letters: String = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    Ok(letters.as_bytes().chunks(5).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-"))
}
