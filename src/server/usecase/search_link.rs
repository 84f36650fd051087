//! Search words are replaced by a code in URLs, because browsers, proxies and the `Referer` header store URLs.
use std::time::Duration;

use crate::domain::reviewer::{Permit, permission};
use crate::domain::search_link::{SearchPlace, is_id, is_sign};
use crate::domain::text::clean;
use crate::server::db::{self, Conn};
use crate::server::{App, Error};

/// A code that is not used for this long is forgotten.
pub const KEPT: Duration = Duration::from_secs(30 * 86_400);
/// Longest search, in characters.
const LONGEST: usize = 100;

/// Returns the code for search words in a URL. The same words have the same code, so that a URL can be passed on to a
/// colleague.
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

/// Returns the URL that shows the results.
pub async fn find(
    app: &App,
    _by: &Permit<permission::ReadQueue>,
    place: SearchPlace,
    words: &str,
) -> Result<String, Error> {
    Ok(place.address(&sign(app, words).await?))
}

/// Returns the words behind the code in a URL; `None` when the code was forgotten.
pub(super) async fn words(conn: &mut Conn, text: Option<String>) -> Result<Option<String>, Error> {
    match text {
        Some(text) if is_sign(&text) => Ok(db::search_link::words(conn, &text).await?),
        other => Ok(other),
    }
}
