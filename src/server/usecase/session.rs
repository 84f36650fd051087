//! Signing in and out, and the reviewer's own password. A known and an unknown e-mail get the same answer and cost the
//! same work.
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use sha2::{Digest, Sha256};
use tokio::sync::SemaphorePermit;

use super::audit::{actor, append, append_limited, of, tell_counted};
use crate::domain::audit::{Actor, Draft, EntryOutcome};
use crate::domain::export::Filter;
use crate::domain::id::ReviewerId;
use crate::domain::page_data::layout::{Me, SessionLeft};
use crate::domain::page_data::session::{OwnAccount, OwnSession, SignedIn};
use crate::domain::password::prepared;
use crate::domain::preference::Preferences;
use crate::domain::reason::Reasons;
use crate::domain::reviewer::password::LONGEST_PASSWORD;
use crate::domain::reviewer::{Origin, Permit, Reviewer, Role, email, permission};
use crate::domain::time::Timestamp;
use crate::server::db;
use crate::server::{App, Error};

/// A session ends after a working day, however busy it is.
pub const ABSOLUTE: Duration = Duration::from_secs(8 * 3600);
/// Attempts without any delay, because people mistype.
const FREE_TRIES: i64 = 4;
const LONGEST_DELAY: Duration = Duration::from_secs(15 * 60);
/// How long attempts are remembered.
const A_DAY: Duration = Duration::from_secs(24 * 3600);
/// Attempts in each window for clients that have never signed in from where they are: from one address, and from all.
const WINDOW: Duration = Duration::from_secs(10 * 60);
const OF_ONE_ADDRESS: i64 = 60;
const OF_ALL: i64 = 600;
/// A device that was not used for this long is forgotten.
const DEVICE: Duration = Duration::from_secs(180 * 24 * 3600);
/// How long counts of refused webhooks are stored.
const REFUSALS: Duration = Duration::from_secs(30 * 24 * 3600);

/// A place in the queue.
struct QueuePlace<'a> {
    app: &'a App,
    known: bool,
    _place: SemaphorePermit<'a>,
}

impl<'a> QueuePlace<'a> {
    fn begin(app: &'a App, known: bool) -> Result<Self, Error> {
        let places = if known { &app.queue.known } else { &app.queue.strangers };
        let place = places.try_acquire().map_err(|_| Error::Busy("sign-ins"))?;
        Ok(Self { app, known, _place: place })
    }

    /// Runs the work on a blocking thread when it is this client's turn.
    async fn turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let closed = |error: tokio::sync::AcquireError| Error::Internal(error.to_string());
        let _first = if self.known { None } else { Some(self.app.queue.stranger.acquire().await.map_err(closed)?) };
        let _turn = self.app.hashing.acquire().await.map_err(closed)?;
        tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))
    }

    /// Verifies a password. Hashes from before passwords were prepared are of the text as it was typed.
    async fn verify(&self, password: &str, hash: String) -> Result<bool, Error> {
        let prepared = prepared(password).into_owned();
        let typed = (prepared != password).then(|| password.to_owned());
        self.turn(move || {
            let Ok(hash) = PasswordHash::new(&hash) else { return false };
            let fits = |text: &String| Argon2::default().verify_password(text.as_bytes(), &hash).is_ok();
            fits(&prepared) || typed.as_ref().is_some_and(fits)
        })
        .await
    }
}

/// Hash of a password that no one has. An unknown e-mail is checked against it, so that it takes as long.
pub(super) const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ib2Q$kXz0VvYDwF1mBTPcpYJZ6TlWbnnH0Dq8mLkV6mKy2k8";

/// Hashes a password on a blocking thread, a few at a time.
pub async fn hash(app: &App, password: &str) -> Result<String, Error> {
    let password = prepared(password).into_owned();
    let waiting = QueuePlace::begin(app, true)?;
    let hashed = waiting.turn(move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .map(|hash| hash.to_string())
            .map_err(|error| error.to_string())
    });
    hashed.await?.map_err(Error::Internal)
}

/// Returns the key under which attempts are counted. It contains no name: the table of attempts must not be a list of
/// accounts.
fn subject(of: &str, name: &str) -> String {
    hex::encode(Sha256::digest(format!("{of} {name}")))
}

/// Counts an attempt before its password is checked. Returns how many there were, and whether this one is refused.
/// Because counting comes first, attempts at the same time are all counted.
async fn tried(tx: &mut db::Tx, subject: &str, now: Timestamp) -> Result<(i64, bool), Error> {
    let (tries, blocked_until) = db::sign_in::one_more(tx, subject, now, now.minus(A_DAY)).await?;
    if blocked_until > now {
        return Ok((tries, true));
    }
    if tries > FREE_TRIES {
        let exponent = u32::try_from((tries - FREE_TRIES).min(10)).unwrap_or(10);
        let delay = Duration::from_secs(1 << exponent).min(LONGEST_DELAY);
        db::sign_in::block(tx, subject, now.plus(delay)).await?;
    }
    Ok((tries, false))
}

/// Returns the part of an address that it shares with its neighbours: a client with an IPv6 address has 2⁶⁴ of them.
fn network(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(long)) => Ipv6Addr::from_bits(long.to_bits() >> 64 << 64).to_string(),
        _ => address.to_owned(),
    }
}

/// Returns an address in the form in which it is stored as a reviewer's: among the devices, and as a digest like them.
fn place(address: &str) -> String {
    subject("place", &network(address))
}

/// A session that a sign-in is to open, under the hash of its ID, and the one that it replaces.
#[derive(Debug)]
pub struct NewSession {
    pub id_hash: String,
    pub instead_of: Option<String>,
    /// Returns the session's data once it is known whose session it is.
    pub data: fn(ReviewerId, Timestamp) -> String,
    /// Hash of the token by which the browser is recognised.
    pub device: String,
}

/// Opens a session in the transaction that records who signed in, so that anything that ends a reviewer's sessions
/// afterwards ends this one too. Returns false for a wrong e-mail, a wrong password, a disabled account, or an attempt
/// too soon after too many others, all alike.
///
/// A stranger who knows an e-mail cannot lock its owner out: a device that the account has been used on, and an address
/// that it has been used from, have attempts of their own, and no budget for strangers applies to them.
pub async fn sign_in(
    app: &App,
    address: &str,
    password: &str,
    origin: Origin,
    opening: NewSession,
) -> Result<bool, Error> {
    let address = email(address).unwrap_or_default();
    let place = origin.address.as_deref().map(place);
    let (found, known, at_home) = {
        let mut conn = app.read().await?;
        let found = db::reviewer::by_email(&mut conn, &address).await?;
        let (mut known, mut at_home) = (false, false);
        if let Some((reviewer, _)) = &found {
            known = db::sign_in::is_known(&mut conn, &opening.device, reviewer.id).await?;
            if let (false, Some(place)) = (known, &place) {
                at_home = db::sign_in::is_known(&mut conn, place, reviewer.id).await?;
            }
        }
        (found, known, at_home)
    };
    let waiting = QueuePlace::begin(app, known || at_home)?;
    let who = match &place {
        _ if known => subject("device", &opening.device),
        // Counted for this reviewer at this address: people who share an address have separate attempts for each
        // account.
        Some(place) if at_home => subject("place", &format!("{place} {address}")),
        _ => subject("sign-in", &address),
    };
    let budgets = if known || at_home {
        Vec::new()
    } else {
        let from = network(origin.address.as_deref().unwrap_or("nowhere"));
        // The address first: one that has used up its own budget does not use up what the others share.
        vec![(subject("address", &from), OF_ONE_ADDRESS), (subject("all", ""), OF_ALL)]
    };
    let (now, counted, spending) = (app.now(), who.clone(), budgets.clone());
    let (tries, blocked) = app
        .write(move |tx| {
            Box::pin(async move {
                for (budget, most) in &spending {
                    let (tries, _) = db::sign_in::one_more(tx, budget, now, now.minus(WINDOW)).await?;
                    if tries > *most {
                        return Ok(None);
                    }
                }
                tried(tx, &counted, now).await.map(Some)
            })
        })
        .await?
        .ok_or(Error::Busy("sign-ins"))?;
    let fits = password.len() <= LONGEST_PASSWORD;
    let (reviewer, stored) = found.map_or((None, NOBODY.to_owned()), |(reviewer, hash)| (Some(reviewer), hash));
    // Hash even when the password is too long or the e-mail is unknown, so that the time does not reveal either.
    let given = if fits { password } else { "" };
    let right = !blocked && waiting.verify(given, stored.clone()).await? && fits;

    let (now, idle) = (app.now(), app.config.idle);
    app.write(move |tx| {
        Box::pin(async move {
            let mut welcome = None;
            // Hashing may have waited for its turn: if the password was reset or the account disabled meanwhile,
            // nothing is opened.
            if let Some(reviewer) = reviewer.as_ref().filter(|_| right)
                && db::reviewer::hold(tx, reviewer.id, &stored).await?
            {
                welcome = Some(reviewer);
            }
            let draft = match welcome {
                Some(reviewer) => {
                    db::sign_in::forget_tries(tx, &who).await?;
                    for (budget, _) in &budgets {
                        db::sign_in::one_less(tx, budget).await?;
                    }
                    db::sign_in::know(tx, &opening.device, reviewer.id, now).await?;
                    if let Some(place) = &place {
                        db::sign_in::know(tx, place, reviewer.id, now).await?;
                    }
                    if let Some(old) = &opening.instead_of {
                        db::session::delete(tx, old).await?;
                    }
                    let data = (opening.data)(reviewer.id, now);
                    let row = db::session::Stored { data, created_at: now, expires_at: now.plus(idle) };
                    if !db::session::insert(tx, &opening.id_hash, Some(reviewer.id), &row).await? {
                        return Err(Error::Internal("a new session has the id of another".to_owned()));
                    }
                    let draft =
                        Draft::new("session.opened", of(reviewer, &origin), "reviewer", reviewer.id.to_string())
                            .fact("strength", "password");
                    // Recorded with the address below: at the next sign-in the reviewer sees where this one came from.
                    match &origin.agent {
                        Some(agent) => draft.personal("agent", agent.clone()),
                        None => draft,
                    }
                }
                None => {
                    let object = reviewer.as_ref().map_or_else(|| UNKNOWN.to_owned(), |known| known.id.to_string());
                    let Some(count) = db::sign_in::refused(tx, &object, now, now.minus(WINDOW)).await? else {
                        return Ok(false);
                    };
                    refused(object, count, origin.request_id.clone())
                        .fact("blocked", blocked)
                        .fact("failures", tries)
                        .fact("known_device", known)
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

/// Returns the admin whose password the person at the command line knows: what is done there counts as done by that
/// admin. Attempts are counted and delayed as at sign-in, and a wrong one is recorded in the log under `action`.
pub async fn confirm_as_admin(
    app: &App,
    address: &str,
    password: &str,
    action: &'static str,
) -> Result<Reviewer, Error> {
    let address = email(address).unwrap_or_default();
    let found = db::reviewer::by_email(&mut app.read().await?, &address).await?;
    let (now, who) = (app.now(), subject("confirm", &address));
    let counted = who.clone();
    let (tries, blocked) = app.write(move |tx| Box::pin(async move { tried(tx, &counted, now).await })).await?;
    let (reviewer, stored) = found.map_or((None, NOBODY.to_owned()), |(reviewer, hash)| (Some(reviewer), hash));
    let waiting = QueuePlace::begin(app, true)?;
    let right = password.len() <= LONGEST_PASSWORD && waiting.verify(password, stored).await? && !blocked;
    // A password that others may have seen, because a command printed it, proves nothing.
    let admin = reviewer
        .filter(|known| right && known.role == Role::Admin && known.disabled_at.is_none() && !known.must_change);
    let now = app.now();
    app.write(move |tx| {
        Box::pin(async move {
            match &admin {
                Some(_) => db::sign_in::forget_tries(tx, &who).await?,
                None => {
                    let draft = Draft::new(action, Actor::System { part: "command line" }, "reviewer", "admin")
                        .outcome(EntryOutcome::Denied)
                        .fact("blocked", blocked)
                        .fact("failures", tries)
                        .personal("email", address);
                    append(tx, now, draft).await?;
                }
            }
            Ok(admin)
        })
    })
    .await?
    .ok_or_else(|| {
        Error::Invalid(
            "that is not the e-mail and password of an enabled admin who has set the password themselves (after several wrong \
             attempts, wait a moment)"
                .to_owned(),
        )
    })
}

/// Stored in place of a reviewer, for an unknown e-mail.
const UNKNOWN: &str = "unknown";

/// Returns the entry for refused sign-ins. Anybody can cause them, so the first one in ten minutes is an entry, and the
/// others together are one more.
fn refused(object: String, count: i64, request: Option<String>) -> Draft {
    Draft::new("session.refused", Actor::Anonymous { request }, "reviewer", object)
        .outcome(EntryOutcome::Denied)
        .fact("count", count)
}

/// Records that a session is used from an address and with a browser that the log does not know for it yet.
pub async fn used(app: &App, reviewer: &Reviewer, origin: &Origin) -> Result<(), Error> {
    let now = app.now();
    let draft = Draft::new("session.used", of(reviewer, origin), "reviewer", reviewer.id.to_string())
        .fact("strength", "password");
    let parts = [("address", &origin.address), ("agent", &origin.agent)];
    let draft = parts.into_iter().fold(draft, |draft, (name, value)| match value {
        Some(value) => draft.personal(name, value.clone()),
        None => draft,
    });
    let (who, place) = (reviewer.id, origin.address.as_deref().map(place));
    app.write(move |tx| {
        Box::pin(async move {
            if let Some(place) = &place {
                db::sign_in::know(tx, place, who, now).await?;
            }
            append_limited(tx, now, who, draft).await
        })
    })
    .await
}

pub async fn signed_out(app: &App, by: &Permit<permission::OwnPassword>) -> Result<(), Error> {
    let now = app.now();
    let draft = Draft::new("session.closed", actor(by), "reviewer", by.reviewer().id.to_string());
    app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await
}

/// Returns the current row of a reviewer who is not disabled: role and status may have changed since sign-in.
pub async fn current(app: &App, id: ReviewerId) -> Result<Option<Reviewer>, Error> {
    enabled(&mut app.read().await?, id).await
}

async fn enabled(conn: &mut db::Conn, id: ReviewerId) -> Result<Option<Reviewer>, Error> {
    Ok(db::reviewer::by_id(conn, id).await?.filter(|reviewer| reviewer.disabled_at.is_none()))
}

/// Returns the reviewer as they are now, with what pages need: their preferences, and the reasons in force.
pub async fn reader(app: &App, id: ReviewerId) -> Result<Option<(Reviewer, Preferences, Reasons)>, Error> {
    let found = db::reviewer::reader(&mut app.read().await?, id).await?;
    Ok(found.filter(|(reviewer, ..)| reviewer.disabled_at.is_none()))
}

/// Returns a fifteenth of the time that a session lasts without activity. The end of a session is announced this long
/// before, and activity is recorded at most this often.
pub fn step(app: &App) -> Duration {
    app.config.idle / 15
}

/// Returns how long the session lasts without any further activity. `active`: the reviewer has just done something,
/// which is recorded with the answer.
pub async fn left(app: &App, by: &Permit<permission::SignedIn>, active: bool) -> Result<SessionLeft, Error> {
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

/// Returns all open sessions, by the hash of their ID.
pub async fn all_open(app: &App) -> Result<HashMap<String, (ReviewerId, Role)>, Error> {
    let now = app.now();
    Ok(db::session::all_open(&mut app.read().await?, now, now.minus(ABSOLUTE)).await?)
}

pub async fn own_account(app: &App, by: &Permit<permission::OwnPassword>) -> Result<OwnAccount, Error> {
    let now = app.now();
    let mut conn = app.read().await?;
    let mut sessions = db::session::of_reviewer(&mut conn, by.reviewer().id, now).await?;
    let current = by.origin().session.clone().unwrap_or_default();
    sessions.sort_by_key(|(hash, _)| !hash.starts_with(&current));
    let told = |action: &str, to| Filter {
        action: Some(action.to_owned()),
        object: Some(by.reviewer().id.to_string()),
        to,
        ..Filter::default()
    };
    // Newest first.
    let used = db::audit::page(&mut conn, &told("session.used", None), None, LOOKED_THROUGH).await?;
    let last = |mark: &str| used.iter().find(|entry| entry.session().as_deref() == Some(mark));
    let began = sessions.first().map(|(_, at)| *at);
    let before = db::audit::page(&mut conn, &told("session.opened", began), None, 1).await?.pop();
    let sessions = sessions
        .into_iter()
        .map(|(hash, began_at)| {
            let mark: String = hash.chars().take(MARK).collect();
            let from = |name: &str| last(&mark).and_then(|entry| entry.personal.get(name).cloned());
            OwnSession { began_at, address: from("address"), agent: from("agent"), mark }
        })
        .collect();
    let before = before.map(|entry| {
        let from = |name: &str| entry.personal.get(name).cloned();
        SignedIn { at: entry.at, address: from("address"), agent: from("agent") }
    });
    Ok(OwnAccount { me: Me::from(by.reviewer()), sessions, before, now })
}

/// Entries that are searched for the address and browser of an open session.
const LOOKED_THROUGH: i64 = 200;
/// Characters of a session's hash that identify it.
const MARK: usize = 16;

/// Ends another of the reviewer's own sessions. It is over with its next request, and its streams end within a second,
/// on every replica.
pub async fn end_own(app: &App, by: &Permit<permission::OwnPassword>, mark: &str) -> Result<(), Error> {
    let fine = mark.len() == MARK && mark.bytes().all(|b| b.is_ascii_hexdigit());
    if !fine || by.origin().session.as_deref() == Some(mark) {
        return Err(Error::Invalid("Choose one of your other sessions. To end this one, sign out.".to_owned()));
    }
    let (now, who, mark) = (app.now(), by.reviewer().id, mark.to_owned());
    let draft = Draft::new("session.ended", actor(by), "reviewer", who.to_string()).fact("ended", mark.clone());
    app.write(move |tx| {
        Box::pin(async move {
            if !db::session::end_one(tx, who, &mark).await? {
                return Err(Error::Invalid("That session has already ended.".to_owned()));
            }
            append(tx, now, draft).await.map(|_| ())
        })
    })
    .await
}

/// Result of an attempt at the password of an account.
pub(super) struct Proof {
    pub right: bool,
    /// The password was wrong too often, so this one was not checked.
    pub blocked: bool,
    pub tries: i64,
    /// The hash as it is stored.
    pub stored: String,
    /// The key under which attempts are counted.
    pub who: String,
}

/// Checks whether this is the password of an account. Attempts are counted and delayed as at sign-in.
pub(super) async fn prove(app: &App, what: &str, id: ReviewerId, password: &str) -> Result<Proof, Error> {
    let waiting = QueuePlace::begin(app, true)?;
    let (now, who) = (app.now(), subject(what, &id.to_string()));
    let counted = who.clone();
    let (tries, blocked, stored) = app
        .write(move |tx| {
            Box::pin(async move {
                let (tries, blocked) = tried(tx, &counted, now).await?;
                Ok((tries, blocked, db::reviewer::password(tx, id).await?))
            })
        })
        .await?;
    let stored = stored.ok_or(Error::Unauthenticated)?;
    let right = !blocked && password.len() <= LONGEST_PASSWORD && waiting.verify(password, stored.clone()).await?;
    Ok(Proof { right, blocked, tries, stored, who })
}

/// Changes the reviewer's own password and ends all their other sessions. A session left open does not help to guess
/// the password: attempts are counted and delayed as at sign-in.
pub async fn change_password(
    app: &App,
    by: &Permit<permission::OwnPassword>,
    old: &str,
    new: &str,
) -> Result<(), Error> {
    let reviewer = by.reviewer().clone();
    let id = reviewer.id;
    let Proof { right, blocked, tries, stored, who } = prove(app, "change", id, old).await?;
    if !right {
        let draft = Draft::new("password.refused", actor(by), "reviewer", id.to_string())
            .outcome(EntryOutcome::Denied)
            .fact("blocked", blocked)
            .fact("failures", tries);
        let now = app.now();
        app.write(move |tx| Box::pin(async move { append_limited(tx, now, id, draft).await })).await?;
        return Err(Error::Invalid(if blocked {
            "The current password was wrong too often. Wait a moment, then try again.".to_owned()
        } else {
            "The current password is wrong. Type it again.".to_owned()
        }));
    }
    let fault = match old == new {
        true => Some("Choose a password that differs from the current one."),
        false => super::password::fault(new, &reviewer.email, &reviewer.name),
    };
    if let Some(fault) = fault {
        let unwind = who.clone();
        app.write(move |tx| Box::pin(async move { Ok(db::sign_in::forget_tries(tx, &unwind).await?) })).await?;
        return Err(Error::Invalid(fault.to_owned()));
    }
    let hashed = hash(app, new).await?;
    let now = app.now();
    let draft = Draft::new("password.changed", actor(by), "reviewer", reviewer.id.to_string());
    let keep = by.origin().session.clone();
    app.write(move |tx| {
        Box::pin(async move {
            if !db::reviewer::hold(tx, reviewer.id, &stored).await? {
                // The password was reset, or the account disabled, while this was hashed: that counts.
                return Err(Error::Unauthenticated);
            }
            db::sign_in::forget_tries(tx, &who).await?;
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

/// Stores a new session without a reviewer under the hash of its ID. Returns false when the ID is taken.
pub async fn create(app: &App, id_hash: String, data: String, expires_at: Timestamp) -> Result<bool, Error> {
    let row = db::session::Stored { data, created_at: app.now(), expires_at };
    app.write(move |tx| Box::pin(async move { Ok(db::session::insert(tx, &id_hash, None, &row).await?) })).await
}

/// Stores an existing session. One that was ended meanwhile stays ended.
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

/// Returns a session that has expired neither through inactivity nor through age.
pub async fn load(app: &App, id_hash: &str) -> Result<Option<db::session::Stored>, Error> {
    let now = app.now();
    let mut conn = app.read().await?;
    let found = db::session::load(&mut conn, id_hash, now).await?;
    Ok(found.filter(|row| now < row.created_at.plus(ABSOLUTE)))
}

pub async fn end(app: &App, id_hash: String) -> Result<(), Error> {
    app.write(move |tx| Box::pin(async move { Ok(db::session::delete(tx, &id_hash).await?) })).await
}

/// Deletes what has expired: sessions, attempts, devices, URLs of one-time links. Records what was only counted.
pub async fn sweep(app: &App) -> Result<(), Error> {
    let now = app.now();
    app.write(move |tx| {
        Box::pin(async move {
            db::session::drop_expired(tx, now).await?;
            db::sign_in::drop_old(tx, now.minus(A_DAY)).await?;
            db::sign_in::drop_devices(tx, now.minus(DEVICE)).await?;
            for (object, count) in db::sign_in::take_untold(tx, now.minus(WINDOW)).await? {
                if count > 0 {
                    append(tx, now, refused(object, count, None)).await?;
                }
            }
            tell_counted(tx, now).await?;
            super::webhook::forget(tx, now).await?;
            db::event_counter::drop_refusals(tx, now.minus(REFUSALS)).await?;
            db::link::forget_expired(tx, now).await?;
            db::note::drop_reveals(tx, now).await?;
            db::disclosure::forget(tx, now.minus(super::disclosure::WINDOW)).await?;
            db::search_link::forget(tx, now.minus(super::search_link::KEPT)).await?;
            for (inquiry, whose, until) in db::claim::take_lapsed(tx, now).await? {
                append(tx, now, super::claim::expired(&inquiry, whose, until)).await?;
            }
            // Long enough to say what changed on a page that stays open over a weekend.
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
