//! Pictures and attachments behind signed links that expire and need no API key.

use super::{answer::Fail, app::App, clock, picture, store};
use axum::{
    body::Body,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::Arc;

/// Lifetime of a link in seconds; Persona's default.
pub const LIFETIME: i64 = 21_600;
/// In stored JSON, a file is this prefix and its name. The sandbox creates a link when it sends the JSON.
pub const MARK: &str = "sandbox-file:";

pub fn hmac(secret: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC accepts keys of any length, so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return Vec::new() };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

fn token(app: &App, name: &str, until: i64) -> String {
    let signature = hmac(&app.secret, &[b"file\0", name.as_bytes(), b"\0", &until.to_be_bytes()]);
    format!("{until:x}.{}", base64url(&signature))
}

pub fn link(app: &App, name: &str, lifetime: i64) -> String {
    format!("{}/files/{name}?access_token={}", app.base, token(app, name, clock::now() / 1000 + lifetime))
}

fn allowed(app: &App, name: &str, given: &str) -> bool {
    let Some(until) = given.split('.').next().and_then(|text| i64::from_str_radix(text, 16).ok()) else { return false };
    let wanted = token(app, name, until);
    let same =
        wanted.len() == given.len() && wanted.bytes().zip(given.bytes()).fold(0, |diff, (a, b)| diff | (a ^ b)) == 0;
    same && until >= app.store.now() / 1000
}

pub async fn serve(app: Arc<App>, name: String, query: Vec<(String, String)>) -> Response {
    let given = query.iter().find(|(key, _)| key == "access_token").map_or("", |(_, value)| value.as_str());
    if !allowed(&app, &name, given) {
        return (StatusCode::FORBIDDEN, "This link has expired or is not valid.\n").into_response();
    }
    let work = app.clone();
    let found = tokio::task::spawn_blocking(move || find(&work, &name)).await;
    match found {
        Ok(Ok(Some((kind, bytes)))) => {
            let headers = [
                (header::CONTENT_TYPE, kind),
                (header::CACHE_CONTROL, "private, no-store"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, Body::from(bytes.to_vec())).into_response()
        }
        Ok(Ok(None)) => (StatusCode::NOT_FOUND, "There is no such file.\n").into_response(),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "The file could not be made.\n").into_response(),
    }
}

type File = (&'static str, Arc<Vec<u8>>);

fn find(app: &App, name: &str) -> Result<Option<File>, Fail> {
    let kept: Option<Vec<u8>> = app.store.read(|db| {
        let mut find = db.prepare_cached("SELECT bytes FROM upload WHERE name = ?")?;
        Ok::<_, Fail>(find.query_row([name], |row| row.get(0)).optional()?)
    })?;
    if let Some(bytes) = kept {
        let kind = if bytes.starts_with(b"\x89PNG") {
            "image/png"
        } else if bytes.starts_with(b"%PDF") {
            "application/pdf"
        } else if bytes.starts_with(b"\xff\xd8") {
            "image/jpeg"
        } else {
            "application/octet-stream"
        };
        return Ok(Some((kind, Arc::new(bytes))));
    }
    // In `ver_…-front.png`: the object that shows the picture, and which picture it is.
    let Some((id, part)) = name.strip_suffix(".png").and_then(|stem| stem.split_once('-')) else { return Ok(None) };
    let object = app.store.read(|db| store::find(db, id))?;
    let Some(object) = object.filter(|object| object["attributes"]["redacted-at"].is_null()) else { return Ok(None) };
    // Redaction removes the data that the picture is drawn from. Then there is no picture, even if one was drawn
    // before.
    let private = app.store.read(|db| store::private(db, id))?;
    if private.is_null() {
        return Ok(None);
    }
    if let Some(bytes) = app.pictures.get(name) {
        return Ok(Some(("image/png", bytes)));
    }
    let Some(bytes) = picture::draw(&object, &private, part) else { return Ok(None) };
    Ok(Some(("image/png", app.pictures.keep(name, bytes))))
}

/// Stores an uploaded attachment and returns its file object.
pub fn keep(db: &Connection, filename: &str, data: &str) -> Result<Value, Fail> {
    let bytes = base64(data).ok_or_else(|| Fail::unprocessable("data.attributes.attachments.data must be base64"))?;
    let clean: String =
        filename.chars().filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_')).collect();
    let name = format!("{}-{clean}", clock::id("att"));
    db.prepare_cached("INSERT INTO upload (name, bytes) VALUES (?, ?)")?.execute(params![name, bytes])?;
    Ok(json!({ "filename": filename, "url": format!("{MARK}{name}"), "byte-size": bytes.len() }))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

pub fn base64url(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 4 / 3 + 2);
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..=chunk.len() {
            let index = usize::try_from(bits >> (18 - 6 * place) & 63).unwrap_or(0);
            out.push(char::from(ALPHABET.get(index).copied().unwrap_or(b'A')));
        }
    }
    out
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.bytes().filter(|letter| !letter.is_ascii_whitespace() && *letter != b'=') {
        let letter = match letter {
            b'+' => b'-',
            b'/' => b'_',
            other => other,
        };
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        count += 1;
        if count == 4 {
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, count) = (0, 0);
        }
    }
    match count {
        0 => {}
        2 => out.push(u8::try_from(bits >> 4 & 255).ok()?),
        3 => out.extend_from_slice(&(bits >> 2).to_be_bytes()[2..]),
        _ => return None,
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_goes_both_ways() {
        for text in ["", "a", "ab", "abc", "abcd", "\u{0}\u{7f}é"] {
            assert_eq!(base64(&base64url(text.as_bytes())).as_deref(), Some(text.as_bytes()));
        }
        assert_eq!(base64url(b"hello"), "aGVsbG8");
        assert_eq!(base64("aGVsbG8=").as_deref(), Some(&b"hello"[..]));
        assert_eq!(base64("a"), None);
        assert_eq!(base64("a*bc"), None);
    }
}
