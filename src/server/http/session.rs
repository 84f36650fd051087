//! Session store for tower-sessions, in the desk's own database. IDs are stored as hashes, and sessions that ended are
//! deleted.
use std::collections::HashMap;
use std::fmt;

use async_trait::async_trait;
use axum::extract::Request;
use axum::http::header::{COOKIE as COOKIES, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, SessionManagerLayer, SessionStore, cookie::SameSite};
use uuid::Uuid;

use crate::domain::id::ReviewerId;
use crate::domain::time::Timestamp;
use crate::server::App;
use crate::server::id::random;
use crate::server::usecase;

/// Cookie of a session: only for this host, only over TLS (or on this machine), not for scripts, not from other sites.
pub const COOKIE: &str = "__Host-id";
/// Key under which a session stores the reviewer's ID.
pub const REVIEWER: &str = "reviewer";
/// Key of the time at which the session was last prolonged, in seconds.
pub const TOUCHED: &str = "touched";
/// Key of the hash of the address and browser that the log has recorded for the session.
pub const ORIGIN: &str = "origin";

#[derive(Clone)]
pub struct Store(pub App);

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

pub fn layer(app: App) -> SessionManagerLayer<Store> {
    let idle = time::Duration::seconds(i64::try_from(app.config.idle.as_secs()).unwrap_or(900));
    SessionManagerLayer::new(Store(app))
        .with_name(COOKIE)
        .with_secure(true)
        .with_http_only(true)
        .with_same_site(SameSite::Strict)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(idle))
}

/// Adds `Secure` to cookies that lack it. The cookie that removes a session's cookie is sent without `Secure`, and
/// browsers refuse any cookie whose name begins with `__Host-` and that lacks it, so the old one would stay.
pub async fn removes(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let bare = |line: &str| line.starts_with("__Host-") && !line.split(';').any(|part| part.trim() == "Secure");
    if response.headers().get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()).any(bare) {
        let lines: Vec<_> = response.headers().get_all(SET_COOKIE).iter().cloned().collect();
        response.headers_mut().remove(SET_COOKIE);
        for line in lines {
            let secured = line.to_str().ok().filter(|line| bare(line));
            let secured = secured.and_then(|line| HeaderValue::from_str(&format!("{line}; Secure")).ok());
            response.headers_mut().append(SET_COOKIE, secured.unwrap_or(line));
        }
    }
    response
}

/// Returns a new session ID and the cookie that takes it to the browser, in the form that the layer uses for later
/// answers.
pub fn new_id(app: &App) -> std::result::Result<(Id, HeaderValue), crate::server::Error> {
    let id = Id(i128::from_le_bytes(random()?));
    let text =
        format!("{COOKIE}={id}; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age={}", app.config.idle.as_secs());
    let cookie = HeaderValue::from_str(&text).map_err(|error| crate::server::Error::Internal(error.to_string()))?;
    Ok((id, cookie))
}

/// Cookie of a browser in which a reviewer has signed in before. It opens nothing: it only separates the sign-in
/// attempts of strangers.
const DEVICE: &str = "__Host-device";
const A_YEAR: u32 = 365 * 24 * 3600;

/// Returns the hash of the token by which a browser is known, or of a new one, and the cookie that stores the token
/// there.
pub fn device(headers: &HeaderMap) -> std::result::Result<(String, HeaderValue), crate::server::Error> {
    let cookies = headers.get_all(COOKIES).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let known = pairs.find(|(name, _)| *name == DEVICE).map(|(_, value)| value.to_owned());
    let token = match known.filter(|token| token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        Some(token) => token,
        None => hex::encode(random::<32>()?),
    };
    let text = format!("{DEVICE}={token}; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age={A_YEAR}");
    let cookie = HeaderValue::from_str(&text).map_err(|error| crate::server::Error::Internal(error.to_string()))?;
    Ok((hex::encode(Sha256::digest(token)), cookie))
}

/// Returns the data of a new session.
pub fn first(reviewer: ReviewerId, now: Timestamp) -> String {
    serde_json::json!({ REVIEWER: reviewer.to_string(), TOUCHED: now.seconds() }).to_string()
}

pub fn id_hash(id: &Id) -> String {
    hex::encode(Sha256::digest(id.to_string()))
}

fn reviewer(record: &Record) -> Option<ReviewerId> {
    record.data.get(REVIEWER)?.as_str()?.parse::<Uuid>().ok().map(ReviewerId)
}

fn backend(error: crate::server::Error) -> Error {
    Error::Backend(error.to_string())
}

fn encoded(record: &Record) -> Result<String> {
    serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))
}

/// Returns the data whose loss must not go unnoticed. When the session was last prolonged, and from where the log knows
/// it, only have to be written again with the next request.
fn lasting(record: &Record) -> HashMap<&String, &serde_json::Value> {
    record.data.iter().filter(|(key, _)| ![TOUCHED, ORIGIN].contains(&key.as_str())).collect()
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        // Only signing in says whose session it is.
        if reviewer(record).is_some() {
            return Err(Error::Backend("a reviewer's session is opened by signing in".to_owned()));
        }
        let expires_at = self.0.now().plus(self.0.config.idle);
        loop {
            let hash = id_hash(&record.id);
            let made = usecase::session::create(&self.0, hash, encoded(record)?, expires_at).await;
            if made.map_err(backend)? {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        // The expiry counts from the last activity, whatever else is saved now.
        let touched = record.data.get(TOUCHED).and_then(serde_json::Value::as_i64);
        let touched = touched.map_or_else(|| self.0.now(), |seconds| Timestamp::from_micros(seconds * 1_000_000));
        let expires_at = touched.plus(self.0.config.idle);
        let hash = id_hash(&record.id);
        let saved = usecase::session::save(&self.0, hash, encoded(record)?, reviewer(record), expires_at).await;
        match saved {
            // On a full disk the session is not prolonged; the reviewer can go on reading until it expires.
            Err(error) if self.load(&record.id).await?.is_some_and(|kept| lasting(&kept) == lasting(record)) => {
                tracing::warn!(%error, "a session was not prolonged");
                Ok(())
            }
            saved => saved.map_err(backend),
        }
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some(row) = usecase::session::load(&self.0, &id_hash(id)).await.map_err(backend)? else { return Ok(None) };
        let data = serde_json::from_str(&row.data).map_err(|error| Error::Decode(error.to_string()))?;
        // The row's own expiry was checked against the desk's clock; this one only has to satisfy tower-sessions.
        let expiry_date =
            OffsetDateTime::from_unix_timestamp(253_402_300_799).map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        usecase::session::end(&self.0, id_hash(id)).await.map_err(backend)
    }
}

#[cfg(test)]
mod tests {
    use super::{Id, ORIGIN, OffsetDateTime, REVIEWER, Record, TOUCHED, lasting};

    #[test]
    fn only_what_can_be_written_again_may_be_lost_on_a_full_disk() {
        let with = |data: &[(&str, &str)]| Record {
            id: Id::default(),
            data: data.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect(),
            expiry_date: OffsetDateTime::UNIX_EPOCH,
        };
        let kept = with(&[(REVIEWER, "a"), (TOUCHED, "1")]);
        assert_eq!(lasting(&kept), lasting(&with(&[(REVIEWER, "a"), (TOUCHED, "2")])));
        assert_eq!(lasting(&kept), lasting(&with(&[(REVIEWER, "a"), (TOUCHED, "2"), (ORIGIN, "elsewhere")])));
        assert_ne!(lasting(&kept), lasting(&with(&[(REVIEWER, "b"), (TOUCHED, "1")])));
        assert_ne!(lasting(&kept), lasting(&with(&[])));
    }
}
