//! Signing in and out, one's own password. The same answer and the same work for a known and an unknown e-mail.
use std::collections::HashMap;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use sha2::{Digest, Sha256};

use super::audit::{actor, append, of};
use crate::domain::audit::{Actor, Draft, Outcome};
use crate::domain::desk::{Me, OwnAccount, SessionLeft};
use crate::domain::id::ReviewerId;
use crate::domain::preference::Preferences;
use crate::domain::reason::Reasons;
use crate::domain::reviewer::{LONGEST_PASSWORD, Origin, Permit, Reviewer, Role, can, email, password_fault};
use crate::domain::time::Timestamp;
use crate::server::db;
use crate::server::{App, Error};

/// However busy, a session ends after a working day.
pub const ABSOLUTE: Duration = Duration::from_secs(8 * 3600);
/// Failures without any delay: people mistype.
const FREE_TRIES: i64 = 4;
const LONGEST_DELAY: Duration = Duration::from_secs(15 * 60);
/// Sign-ins that may wait for their turn to hash; more are told to come back.
const MOST_WAITING: usize = 32;

/// Hash of a password that nobody has: what an unknown e-mail is checked against, so that it takes as long.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ib2Q$kXz0VvYDwF1mBTPcpYJZ6TlWbnnH0Dq8mLkV6mKy2k8";

/// Hashes on a blocking thread, a few at a time.
pub async fn hash(app: &App, password: String) -> Result<String, Error> {
    let _turn = turn(app).await?;
    let hashed = tokio::task::spawn_blocking(move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .map(|hash| hash.to_string())
            .map_err(|error| error.to_string())
    });
    hashed.await.map_err(|error| Error::Internal(error.to_string()))?.map_err(Error::Internal)
}

async fn verify(app: &App, password: String, hash: String) -> Result<bool, Error> {
    let _turn = turn(app).await?;
    let verified = tokio::task::spawn_blocking(move || {
        let Ok(hash) = PasswordHash::new(&hash) else { return false };
        Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
    });
    verified.await.map_err(|error| Error::Internal(error.to_string()))
}

async fn turn(app: &App) -> Result<tokio::sync::SemaphorePermit<'_>, Error> {
    static WAITING: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    struct Waiting;
    impl Drop for Waiting {
        fn drop(&mut self) {
            WAITING.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
        }
    }
    let waiting = WAITING.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    let _place = Waiting;
    if waiting >= MOST_WAITING {
        return Err(Error::Busy("sign-ins"));
    }
    app.hashing.acquire().await.map_err(|error| Error::Internal(error.to_string()))
}

/// Names nobody: the table of brakes must not be a list of accounts.
fn brake_subject(address: &str) -> String {
    hex::encode(Sha256::digest(format!("sign-in {address}")))
}

/// A session that a sign-in is to open, under the hash of its id; and the one that it takes the place of.
#[derive(Debug)]
pub struct Opening {
    pub id_hash: String,
    pub instead_of: Option<String>,
    /// What the session holds once it is known whose it is.
    pub data: fn(ReviewerId, Timestamp) -> String,
}

/// Opens a session in the transaction that says who signed in, so that whatever ends a reviewer's sessions afterwards ends this one too.
/// False for a wrong e-mail, a wrong password, a disabled account, or too soon after too many failures, all alike.
pub async fn sign_in(
    app: &App,
    address: &str,
    password: &str,
    origin: Origin,
    opening: Opening,
) -> Result<bool, Error> {
    let address = email(address).unwrap_or_default();
    let subject = brake_subject(&address);
    let now = app.now();
    let (found, brake) = {
        let mut conn = app.read().await?;
        (db::reviewer::by_email(&mut conn, &address).await?, db::reviewer::brake(&mut conn, &subject).await?)
    };
    let blocked = brake.is_some_and(|(_, until)| until > now);
    let fits = password.len() <= LONGEST_PASSWORD;
    let (reviewer, stored) = found.map_or((None, NOBODY.to_owned()), |(reviewer, hash)| (Some(reviewer), hash));
    // Hashed even when blocked or too long, so that neither can be told by the time it takes.
    let given = if fits { password.to_owned() } else { String::new() };
    let right = verify(app, given, stored.clone()).await? && fits && !blocked;

    let (now, idle) = (app.now(), app.config.idle);
    app.write(move |tx| {
        Box::pin(async move {
            let mut welcome = None;
            // Hashing may have waited for its turn: a password that was reset meanwhile, or an account disabled, opens nothing.
            if let Some(reviewer) = reviewer.as_ref().filter(|_| right)
                && db::reviewer::hold(tx, reviewer.id, &stored).await?
            {
                welcome = Some(reviewer);
            }
            let draft = match welcome {
                Some(reviewer) => {
                    db::reviewer::release_brake(tx, &subject).await?;
                    if let Some(old) = &opening.instead_of {
                        db::session::delete(tx, old).await?;
                    }
                    let data = (opening.data)(reviewer.id, now);
                    let row = db::session::Stored { data, created_at: now, expires_at: now.plus(idle) };
                    if !db::session::insert(tx, &opening.id_hash, Some(reviewer.id), &row).await? {
                        return Err(Error::Internal("a new session has the id of another".to_owned()));
                    }
                    Draft::new("session.opened", of(reviewer, &origin), "reviewer", reviewer.id.to_string())
                        .fact("strength", "password")
                }
                None => {
                    let failures = if blocked { brake.map_or(0, |(n, _)| n) } else { brake.map_or(0, |(n, _)| n) + 1 };
                    let exponent = u32::try_from((failures - FREE_TRIES).clamp(0, 10)).unwrap_or(0);
                    let delay = if failures > FREE_TRIES {
                        Duration::from_secs(1 << exponent).min(LONGEST_DELAY)
                    } else {
                        Duration::ZERO
                    };
                    if !blocked {
                        db::reviewer::set_brake(tx, &subject, failures, now.plus(delay)).await?;
                    }
                    let known = reviewer.as_ref().map(|reviewer| reviewer.id.to_string());
                    Draft::new(
                        "session.refused",
                        Actor::Anonymous { request: origin.request_id.clone() },
                        "reviewer",
                        known.unwrap_or_else(|| "unknown".to_owned()),
                    )
                    .outcome(Outcome::Denied)
                    .fact("blocked", blocked)
                    .fact("failures", failures)
                    .personal("email", address)
                }
            };
            let draft = match &origin.address {
                Some(address) => draft.personal("address", address.clone()),
                None => draft,
            };
            let opened = welcome.is_some();
            append(tx, now, draft).await.map(|_| opened)
        })
    })
    .await
}

/// A session is used from an address and with a browser that the log does not know it by yet.
pub async fn used(app: &App, reviewer: &Reviewer, origin: &Origin) -> Result<(), Error> {
    let now = app.now();
    let draft = Draft::new("session.used", of(reviewer, origin), "reviewer", reviewer.id.to_string())
        .fact("strength", "password");
    let parts = [("address", &origin.address), ("agent", &origin.agent)];
    let draft = parts.into_iter().fold(draft, |draft, (name, value)| match value {
        Some(value) => draft.personal(name, value.clone()),
        None => draft,
    });
    app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await
}

pub async fn signed_out(app: &App, by: &Permit<can::SignedIn>) -> Result<(), Error> {
    let now = app.now();
    let draft = Draft::new("session.closed", actor(by), "reviewer", by.reviewer().id.to_string());
    app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await
}

/// The current row of a reviewer: role and standing may have changed since sign-in.
pub async fn current(app: &App, id: ReviewerId) -> Result<Option<Reviewer>, Error> {
    enabled(&mut app.read().await?, id).await
}

async fn enabled(conn: &mut db::Conn, id: ReviewerId) -> Result<Option<Reviewer>, Error> {
    Ok(db::reviewer::by_id(conn, id).await?.filter(|reviewer| reviewer.disabled_at.is_none()))
}

/// The reviewer as they are now, with what pages are drawn by: how they like the desk, and the reasons that count.
pub async fn reader(app: &App, id: ReviewerId) -> Result<Option<(Reviewer, Preferences, Reasons)>, Error> {
    let mut conn = app.read().await?;
    let Some(reviewer) = enabled(&mut conn, id).await? else { return Ok(None) };
    let preferences = db::preference::of(&mut conn, id).await?;
    Ok(Some((reviewer, preferences, db::reason::current(&mut conn).await?)))
}

/// A fifteenth of the time that a session lasts without activity: so long before its end it is announced, and so often, at most,
/// activity is written down.
pub fn step(app: &App) -> Duration {
    app.config.idle / 15
}

/// How long the session lasts when nothing is done from now on. `active` for somebody who has just done something: that is
/// written with the answer.
pub async fn left(app: &App, by: &Permit<can::SignedIn>, active: bool) -> Result<SessionLeft, Error> {
    let now = app.now();
    let short = by.origin().session.clone().unwrap_or_default();
    let mut conn = app.read().await?;
    let found = db::session::span(&mut conn, by.reviewer().id, &short).await?;
    let (created_at, expires_at) = found.ok_or(Error::Unauthenticated)?;
    let by_rest = if active { now.plus(app.config.idle) } else { expires_at };
    let by_age = created_at.plus(ABSOLUTE);
    let seconds = |span: Duration| i32::try_from(span.as_secs()).unwrap_or(i32::MAX);
    Ok(SessionLeft {
        reviewer: by.reviewer().id,
        seconds: seconds(by_rest.min(by_age).since(now)),
        step: seconds(step(app)),
        by_age: by_age < by_rest,
    })
}

/// All sessions that are open, by the hash of their id.
pub async fn all_open(app: &App) -> Result<HashMap<String, (ReviewerId, Role)>, Error> {
    let now = app.now();
    Ok(db::session::all_open(&mut app.read().await?, now, now.minus(ABSOLUTE)).await?)
}

pub async fn own_account(app: &App, by: &Permit<can::SignedIn>) -> Result<OwnAccount, Error> {
    let now = app.now();
    let mut conn = app.read().await?;
    let mut sessions = db::session::of_reviewer(&mut conn, by.reviewer().id, now).await?;
    let current = by.origin().session.clone().unwrap_or_default();
    sessions.sort_by_key(|(hash, _)| !hash.starts_with(&current));
    Ok(OwnAccount { me: Me::from(by.reviewer()), sessions: sessions.into_iter().map(|(_, at)| at).collect(), now })
}

/// Changes one's own password and ends all one's other sessions.
pub async fn change_password(app: &App, by: &Permit<can::SignedIn>, old: &str, new: &str) -> Result<(), Error> {
    let reviewer = by.reviewer().clone();
    let stored = {
        let mut conn = app.read().await?;
        db::reviewer::by_email(&mut conn, &reviewer.email).await?.map(|(_, hash)| hash)
    };
    let stored = stored.ok_or(Error::Unauthenticated)?;
    if old.len() > LONGEST_PASSWORD || !verify(app, old.to_owned(), stored.clone()).await? {
        return Err(Error::Invalid("The current password is not right.".to_owned()));
    }
    if let Some(fault) = password_fault(new, &reviewer.email, &reviewer.name) {
        return Err(Error::Invalid(fault.to_owned()));
    }
    let hashed = hash(app, new.to_owned()).await?;
    let now = app.now();
    let draft = Draft::new("password.changed", actor(by), "reviewer", reviewer.id.to_string());
    let keep = by.origin().session.clone();
    app.write(move |tx| {
        Box::pin(async move {
            if !db::reviewer::hold(tx, reviewer.id, &stored).await? {
                // Reset or disabled while this was hashed: that one counts.
                return Err(Error::Unauthenticated);
            }
            db::reviewer::set_password(tx, reviewer.id, &hashed).await?;
            let mine = db::session::of_reviewer(tx, reviewer.id, now).await?;
            let keep =
                keep.and_then(|short| mine.into_iter().map(|(hash, _)| hash).find(|hash| hash.starts_with(&short)));
            let ended = db::session::end_others(tx, reviewer.id, keep.as_deref()).await?;
            append(tx, now, draft.fact("sessions_ended", i64::try_from(ended).unwrap_or(i64::MAX))).await.map(|_| ())
        })
    })
    .await
}

/// Keeps a new session of nobody under the hash of its id. False when the id is taken.
pub async fn create(app: &App, id_hash: String, data: String, expires_at: Timestamp) -> Result<bool, Error> {
    let row = db::session::Stored { data, created_at: app.now(), expires_at };
    app.write(move |tx| Box::pin(async move { Ok(db::session::insert(tx, &id_hash, None, &row).await?) })).await
}

/// Keeps an existing session. One that was ended meanwhile stays ended.
pub async fn save(
    app: &App,
    id_hash: String,
    data: String,
    reviewer: Option<ReviewerId>,
    expires_at: Timestamp,
) -> Result<(), Error> {
    app.write(move |tx| {
        Box::pin(async move { Ok(db::session::update(tx, &id_hash, reviewer, &data, expires_at).await.map(|_| ())?) })
    })
    .await
}

/// A session that has run out neither by rest nor by age.
pub async fn load(app: &App, id_hash: &str) -> Result<Option<db::session::Stored>, Error> {
    let now = app.now();
    let mut conn = app.read().await?;
    let found = db::session::load(&mut conn, id_hash, now).await?;
    Ok(found.filter(|row| now < row.created_at.plus(ABSOLUTE)))
}

pub async fn end(app: &App, id_hash: String) -> Result<(), Error> {
    app.write(move |tx| Box::pin(async move { Ok(db::session::delete(tx, &id_hash).await?) })).await
}

/// Forgets what has run out: sessions, brakes, addresses of one-time links.
pub async fn sweep(app: &App) -> Result<(), Error> {
    let now = app.now();
    app.write(move |tx| {
        Box::pin(async move {
            db::session::drop_expired(tx, now).await?;
            db::reviewer::drop_old_brakes(tx, now.minus(Duration::from_secs(24 * 3600))).await?;
            db::link::forget_expired(tx, now).await?;
            db::note::drop_reveals(tx, now).await?;
            for (inquiry, whose, until) in db::claim::take_lapsed(tx, now).await? {
                append(tx, now, super::claim::expired(&inquiry, whose, until)).await?;
            }
            // Long enough for whoever keeps a page open over a weekend to be told what changed.
            db::snapshot::drop_older(tx, now.minus(Duration::from_secs(7 * 24 * 3600))).await?;
            Ok(())
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobodys_hash_is_checked_with_the_work_of_a_real_one() {
        let hash = PasswordHash::new(NOBODY);
        assert!(hash.is_ok());
        let params = hash.ok().map(|hash| hash.params.to_string());
        assert_eq!(params.as_deref(), Some("m=19456,t=2,p=1"));
    }
}
