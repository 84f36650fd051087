//! What is searched for stands in an address as a sign, and not in words: browsers, proxies and the `Referer` header keep addresses.
use std::time::Duration;

use crate::domain::reviewer::{Permit, permission};
use crate::domain::search_link::{Place, is_id, is_sign};
use crate::domain::text::clean;
use crate::server::db::{self, Conn};
use crate::server::{App, Error};

/// A sign that nobody uses is forgotten after this.
pub const KEPT: Duration = Duration::from_secs(30 * 86_400);
/// Longest that is searched for, in characters.
const LONGEST: usize = 100;

/// What stands for words in an address. The same words have the same sign, so that an address can be passed on to a colleague.
pub async fn sign(app: &App, words: &str) -> Result<String, Error> {
    let words: String = clean(words.trim()).chars().take(LONGEST).collect();
    if words.is_empty() || is_id(&words) || is_sign(&words) {
        return Ok(words);
    }
    let now = app.now();
    app.write(move |tx| {
        Box::pin(async move {
            let sign = db::digest::key(tx).await?.sign(&words)?;
            db::search_link::remember(tx, &sign, &words, now).await?;
            Ok(sign)
        })
    })
    .await
}

/// The address that shows what was found.
pub async fn find(app: &App, _by: &Permit<permission::ReadQueue>, place: Place, words: &str) -> Result<String, Error> {
    Ok(place.address(&sign(app, words).await?))
}

/// The words that an address stands for; nothing when their sign was forgotten.
pub(super) async fn words(conn: &mut Conn, text: Option<String>) -> Result<Option<String>, Error> {
    match text {
        Some(text) if is_sign(&text) => Ok(db::search_link::words(conn, &text).await?),
        other => Ok(other),
    }
}
