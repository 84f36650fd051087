//! Performs a POST once: the sandbox stores the first answer under its key and returns it again, errors included.

use super::{
    answer::{Answer, Fail},
    app::App,
    choices::Choice,
    clock,
    request::{Call, Ctx},
    routes::Handler,
};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Persona stores answers for at least a day.
const KEY_LIFE: i64 = 86_400_000;

/// Runs inside one transaction, so that the change, its events and deliveries, its effect and the answer stored for its
/// key are committed together or not at all. Returns the request id of the first call if the answer is a replay.
/// `stored` requests a stored 500, and says whether the change is made although the call fails.
pub fn perform(
    app: &App,
    db: &Connection,
    call: &Call,
    handler: Handler,
    stored: Option<bool>,
) -> Result<(Answer, Option<String>), Fail> {
    let key = call.key.as_deref().filter(|_| call.method == "POST");
    let print = print(call);
    if let Some(key) = key {
        let first = db
            .prepare_cached("SELECT print, request, status, body FROM idempotency WHERE key = ? AND created > ?")?
            .query_row(params![key, clock::now() - KEY_LIFE], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get::<_, String>(3)?))
            })
            .optional()?;
        if let Some((known, request, status, body)) = first {
            if known != print {
                let option = app.choices.get(Choice::IdempotencyMismatch);
                return Err(Fail::either(option, "Idempotency-Key was used before with other parameters"));
            }
            return Ok((Answer::new(status, serde_json::from_str(&body)?), Some(request)));
        }
    }
    db.execute_batch("SAVEPOINT work")?;
    let answer = match handler(&Ctx { app, db, call }) {
        Ok(answer) => answer,
        Err(fail @ Fail::Says { .. }) => {
            db.execute_batch("ROLLBACK TO work")?;
            fail.answer()
        }
        Err(broken) => return Err(broken),
    };
    let answer = match stored {
        None => answer,
        Some(applied) => {
            if !applied {
                db.execute_batch("ROLLBACK TO work")?;
            }
            Fail::status(500).answer()
        }
    };
    db.execute_batch("RELEASE work")?;
    if let Some(key) = key {
        db.prepare_cached(
            "INSERT OR REPLACE INTO idempotency (key, print, request, status, body, created) VALUES (?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![key, print, call.request, answer.status, answer.body.to_string(), clock::now()])?;
    }
    Ok((answer, None))
}

fn print(call: &Call) -> String {
    let body = call.body.as_ref().map(Value::to_string).unwrap_or_default();
    let whole = format!("{} {}\n{:?}\n{body}", call.method, call.path, call.query);
    hex::encode(Sha256::digest(whole.as_bytes()))
}
