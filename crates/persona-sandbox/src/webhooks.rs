//! Webhook sender: signed, at least once, in no guaranteed order, with Persona's waits between attempts.

use super::{
    Error,
    answer::Fail,
    app::App,
    choices::Choice,
    clock,
    faults::{Fault, Kind},
    parcel, webhooks_api,
};
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::params;
use sha2::Sha256;
use std::{collections::HashMap, sync::Arc, sync::atomic::Ordering, time::Duration};
use tokio::{sync::watch, task::JoinSet};

const ATTEMPTS: i64 = 8;
/// Concurrent attempts for one webhook; the others do not wait for a receiver that never answers.
const AT_ONCE: usize = 8;
/// Concurrent attempts for all webhooks.
const MOST: usize = 64;
/// Wait after the first, second, … failed attempt, in seconds.
const WAITS: [f64; 7] = [3.0, 64.0, 729.0, 4096.0, 15_625.0, 46_656.0, 117_649.0];

#[expect(clippy::disallowed_methods, reason = "the sandbox's only client: it only sends webhooks")]
pub fn client() -> Result<reqwest::Client, Error> {
    // An error means that other code has already chosen a provider, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(|error| Error::Client(error.to_string()))
}

pub async fn run(app: Arc<App>, client: reqwest::Client, mut stop: watch::Receiver<bool>) {
    let mut sending: JoinSet<i64> = JoinSet::new();
    let mut busy: HashMap<i64, String> = HashMap::new();
    loop {
        let mut wait = Duration::from_secs(30);
        if !app.paused.load(Ordering::SeqCst) {
            let newest = app.newest_first.load(Ordering::SeqCst);
            let (due, next) = app.read(move |db| due(db, newest)).await.unwrap_or_default();
            for (seq, webhook) in due {
                let full = busy.values().filter(|other| **other == webhook).count() >= AT_ONCE;
                if !full && busy.len() < MOST && !busy.contains_key(&seq) {
                    busy.insert(seq, webhook);
                    let (app, client) = (app.clone(), client.clone());
                    sending.spawn(async move {
                        attempt(&app, &client, seq).await;
                        seq
                    });
                }
            }
            if let Some(next) = next {
                wait = Duration::from_millis(u64::try_from(next - clock::real()).unwrap_or(0).clamp(5, 30_000));
            }
        }
        tokio::select! {
            _ = stop.changed() => break,
            Some(done) = sending.join_next(), if !sending.is_empty() => match done {
                Ok(seq) => { busy.remove(&seq); }
                // The task panicked. Its delivery is still pending, so all may be tried again.
                Err(_) => busy.clear(),
            },
            () = app.wake.notified() => {}
            () = tokio::time::sleep(wait), if busy.len() < MOST => {}
        }
    }
    // Lets the current attempts finish; each ends within five seconds.
    while sending.join_next().await.is_some() {}
}

type Due = (Vec<(i64, String)>, Option<i64>);

fn due(db: &rusqlite::Connection, newest: bool) -> Result<Due, Fail> {
    let order = if newest { "seq DESC" } else { "next, seq" };
    let mut webhooks = db.prepare_cached("SELECT id FROM resource WHERE kind = 'webhook' AND status = 'enabled'")?;
    let webhooks = webhooks.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let mut due = Vec::new();
    for webhook in webhooks {
        // The first few deliveries of each webhook.
        let mut rows = db.prepare_cached(&format!(
            "SELECT seq FROM delivery WHERE webhook = ? AND state = 'pending' AND next <= ? ORDER BY {order} LIMIT {}",
            AT_ONCE * 2
        ))?;
        let found =
            rows.query_map(params![webhook, clock::real()], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        due.extend(found.into_iter().map(|seq| (seq, webhook.clone())));
    }
    let mut next = db.prepare_cached("SELECT min(next) FROM delivery WHERE state = 'pending' AND next > ?")?;
    Ok((due, next.query_row([clock::real()], |row| row.get(0))?))
}

async fn attempt(app: &Arc<App>, client: &reqwest::Client, seq: i64) {
    let reading = app.clone();
    let parcel = match app.read(move |db| parcel::pack(&reading, db, seq)).await {
        Ok(Some(parcel)) => parcel,
        Ok(None) => return,
        Err(fail) => {
            let error = format!("{fail:?}");
            let _ = app.write(move |db| record(db, seq, clock::now(), None, Some(&error), None)).await;
            return;
        }
    };
    if parcel.skipped {
        let _ = app.write(move |db| end(db, seq, "skipped", None)).await;
        return;
    }
    let fault = if parcel.faulted { None } else { app.faults.take_delivery(&parcel.event) };
    if let Some(fault) = fault.clone().filter(|fault| fault.kind != Kind::WrongSignature) {
        if let Err(fail) = app.write(move |db| meet(db, seq, &fault)).await {
            tracing::error!(?fail, seq, "a fault of a delivery could not be saved");
        }
        return;
    }
    let now = app.store.now();
    let made = parcel.made + 1;
    let time = match parcel.first {
        Some(first) if app.choices.is(Choice::SignatureTime, "first-attempt") => first,
        _ => now,
    };
    let mut secrets = parcel.secrets;
    if app.choices.is(Choice::SignatureOrder, "old-first") {
        secrets.reverse();
    }
    if fault.is_some() {
        secrets = vec![clock::secret()];
    }
    let mut request = client
        .post(&parcel.url)
        .header("content-type", "application/json; charset=utf-8")
        .header("persona-signature", signature(&secrets, time / 1000, parcel.body.as_bytes()))
        .header("persona-webhook-attempts-made", made)
        .header("persona-webhook-attempts-left", ATTEMPTS - made)
        .header("persona-webhook-first-attempted-at", parcel.first.unwrap_or(now) / 1000);
    for (name, value) in parcel.headers.as_object().into_iter().flatten() {
        let value = value.as_str().and_then(|value| reqwest::header::HeaderValue::from_str(value).ok());
        if let (true, Some(value)) = (webhooks_api::HEADERS.contains(&name.as_str()), value) {
            request = request.header(name, value);
        }
    }
    let (status, error) = match request.body(parcel.body).send().await {
        Ok(response) => (Some(response.status().as_u16()), None),
        Err(error) if error.is_timeout() => (None, Some("no answer within 5 seconds".to_owned())),
        Err(error) => (None, Some(error.without_url().to_string())),
    };
    let taken = matches!(status, Some(200 | 201 | 202 | 204));
    let wait = usize::try_from(made - 1).ok().and_then(|at| WAITS.get(at)).map(|wait| wait * app.retry_scale * 1000.0);
    #[expect(clippy::cast_possible_truncation, reason = "a float to integer cast saturates")]
    let next = if taken { None } else { wait.map(|wait| clock::real().saturating_add(wait as i64)) };
    if let Err(fail) = app.write(move |db| record(db, seq, now, status, error.as_deref(), next)).await {
        tracing::error!(?fail, seq, "the result of a webhook attempt was not saved; it will be sent again");
    }
}

fn record(
    db: &rusqlite::Connection,
    seq: i64,
    at: i64,
    status: Option<u16>,
    error: Option<&str>,
    next: Option<i64>,
) -> Result<(), Fail> {
    let taken = matches!(status, Some(200 | 201 | 202 | 204));
    let state = if taken {
        "completed"
    } else if next.is_some() {
        "pending"
    } else {
        "failed"
    };
    db.prepare_cached(
        "UPDATE delivery SET state = CASE state WHEN 'pending' THEN ? ELSE state END, attempts = attempts + 1,
            first = coalesce(first, ?), last = ?, status = ?, error = ?, next = coalesce(?, next)
         WHERE seq = ?",
    )?
    .execute(params![state, at, at, status, error, next, seq])?;
    Ok(())
}

/// Applies a fault to a delivery that has not been tried yet.
fn meet(db: &rusqlite::Connection, seq: i64, fault: &Fault) -> Result<(), Fail> {
    let wait = i64::try_from(fault.wait()).unwrap_or(0);
    let late = match fault.kind {
        Kind::Loss => return end(db, seq, "failed", Some("lost because of a fault")),
        Kind::Delay => wait,
        Kind::Reorder => i64::try_from(clock::random() % (fault.wait() + 1)).unwrap_or(0),
        _ => 0,
    };
    db.prepare_cached("UPDATE delivery SET fault = ?, next = ? WHERE seq = ?")?.execute(params![
        fault.kind.name(),
        clock::real() + late,
        seq
    ])?;
    if fault.kind == Kind::Duplicate {
        for _ in 0..fault.copies {
            db.prepare_cached(
                "INSERT INTO delivery (webhook, event, next, fault) SELECT webhook, event, ?, fault FROM delivery WHERE seq = ?",
            )?
            .execute(params![clock::real(), seq])?;
        }
    }
    Ok(())
}

fn end(db: &rusqlite::Connection, seq: i64, state: &str, error: Option<&str>) -> Result<(), Fail> {
    db.prepare_cached("UPDATE delivery SET state = ?, error = ? WHERE seq = ? AND state = 'pending'")?
        .execute(params![state, error, seq])?;
    Ok(())
}

/// Signature header: one set for each secret, separated by spaces; two while a secret is rotating.
pub fn signature(secrets: &[String], t: i64, body: &[u8]) -> String {
    let sets: Vec<String> =
        secrets.iter().map(|secret| format!("t={t},v1={}", hex::encode(sign(secret, t, body)))).collect();
    sets.join(" ")
}

fn sign(secret: &str, t: i64, body: &[u8]) -> Vec<u8> {
    // HMAC accepts keys of any length, so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return Vec::new() };
    mac.update(format!("{t}.").as_bytes());
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_hex_over_time_and_raw_body() {
        let header = signature(&["wbhsec_test".to_owned()], 1_795_166_504, b"{}");
        // printf '1795166504.{}' | openssl dgst -sha256 -hmac wbhsec_test
        assert_eq!(header, "t=1795166504,v1=64cd6870573df4eed06b809ae920410dcdd1dd6aac3cba8c267ab1bca79a99bb");
    }

    #[test]
    fn two_secrets_make_two_sets() {
        let header = signature(&["new".to_owned(), "old".to_owned()], 7, b"x");
        let sets: Vec<&str> = header.split(' ').collect();
        assert_eq!(sets.len(), 2);
        assert!(sets.iter().all(|set| set.starts_with("t=7,v1=")));
        assert_ne!(sets[0], sets[1]);
    }
}
