//! Changes that no caller causes: new inquiries arrive, unfinished ones expire, deadlines of cases pass.

use super::{
    answer::Fail,
    app::App,
    clock, events, inquiries, reports,
    request::{Call, Ctx},
    seed::{self, Bundle},
    simulate, store,
};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

pub async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut sweep = tokio::time::interval(Duration::from_secs(10));
    let every = app.arrivals.map(|every| every.max(Duration::from_millis(50)));
    let mut arrival = tokio::time::interval(every.unwrap_or(Duration::from_secs(86_400)));
    arrival.tick().await;
    loop {
        tokio::select! {
            _ = stop.changed() => return,
            _ = sweep.tick() => {
                let work = app.clone();
                if let Err(fail) = app.write(move |db| swept(&work, db)).await {
                    tracing::error!(?fail, "what was due could not be expired");
                }
            }
            _ = arrival.tick(), if every.is_some() => {
                let app = app.clone();
                let pause = every.map(|every| (every / 6).min(Duration::from_secs(4)));
                tokio::spawn(async move {
                    if let Err(fail) = arrive(&app, pause, 0).await {
                        tracing::error!(?fail, "a new inquiry could not be created");
                    }
                });
            }
        }
    }
}

/// Largest number of checks that a caller can ask for.
pub const MOST_CHECKS: u64 = 2000;

/// Takes one new inquiry to needs_review, step by step, and returns its id. Its first verification has at least
/// `checks` checks.
pub async fn arrive(app: &Arc<App>, pause: Option<Duration>, checks: u64) -> Result<String, Fail> {
    let work = app.clone();
    let bundle = app
        .write(move |db| {
            let index = store::number(db, "arrivals", 0)?;
            let number = store::number(db, "case-number", 1)?;
            let mut bundle = seed::arrival(work.seed, index, clock::tick(), number);
            crowd(&mut bundle, checks);
            created(&work, db, &bundle)?;
            Ok(bundle)
        })
        .await?;
    let id = store::id(&bundle.inquiry).to_owned();
    let bundle = Arc::new(bundle);
    for step in [started, completed, reviewed] {
        if let Some(pause) = pause {
            tokio::time::sleep(pause).await;
        }
        let (work, bundle) = (app.clone(), bundle.clone());
        app.write(move |db| step(&work, db, &bundle)).await?;
    }
    Ok(id)
}

/// Organisations add checks of their own, so a client has to show any number of them.
fn crowd(bundle: &mut Bundle, checks: u64) {
    let verification = bundle.checks.iter_mut().find(|(doc, _)| store::kind(doc) == "verification");
    let Some(rows) = verification.and_then(|(doc, _)| doc["attributes"]["checks"].as_array_mut()) else { return };
    for n in rows.len() as u64 + 1..=checks {
        let status = match n {
            n if n % 5 == 0 => "failed",
            n if n % 7 == 0 => "not_applicable",
            _ => "passed",
        };
        let reasons = if status == "failed" { json!(["threshold_not_met"]) } else { json!([]) };
        rows.push(json!({
            "name": format!("custom_rule_{n}"), "status": status, "reasons": reasons, "requirement": "not_required", "metadata": {},
        }));
    }
}

fn ctx<'a>(app: &'a App, db: &'a Connection, call: &'a Call) -> Ctx<'a> {
    Ctx { app, db, call }
}

fn created(app: &App, db: &Connection, bundle: &Bundle) -> Result<(), Fail> {
    let call = Call::default();
    let ctx = ctx(app, db, &call);
    let now = clock::iso(clock::tick());
    let mut account = bundle.account.clone();
    // A small sandbox may have the account already, from a relation.
    let known = store::find(db, store::id(&account))?.is_some();
    for key in ["created-at", "updated-at"] {
        account["attributes"][key] = now.as_str().into();
    }
    if !known {
        store::save(db, &account, None)?;
        ctx.emit("account.created", &account)?;
    }
    let mut inquiry = events::record::as_of(bundle.inquiry.clone(), "inquiry.created", i64::MIN);
    let attributes = &mut inquiry["attributes"];
    attributes["created-at"] = now.as_str().into();
    attributes["updated-at"] = now.into();
    attributes["behaviors"] = json!({});
    attributes["previous-step-name"] = Value::Null;
    attributes["next-step-name"] = "start".into();
    attributes["expires-at"] = clock::iso(clock::now() + clock::DAY * 1000).into();
    for name in ["reports", "verifications", "sessions", "documents", "selfies"] {
        inquiry["relationships"][name] = json!({ "data": [] });
    }
    store::save(db, &inquiry, None)?;
    ctx.emit("inquiry.created", &inquiry)
}

/// The current inquiry, if its status is one of `from`: a reviewer may have decided before the applicant finished.
fn current(ctx: &Ctx, bundle: &Bundle, from: &[&str]) -> Result<Option<Value>, Fail> {
    let inquiry = ctx.load_id("inquiry", store::id(&bundle.inquiry))?;
    let open = inquiry["attributes"]["status"].as_str().is_some_and(|status| from.contains(&status));
    Ok(if open && inquiry["attributes"]["redacted-at"].is_null() { Some(inquiry) } else { None })
}

fn keep(db: &Connection, docs: &[(Value, Value)]) -> Result<(), Fail> {
    for (doc, private) in docs {
        store::save(db, doc, Some(private).filter(|private| !private.is_null()))?;
    }
    Ok(())
}

fn gain(inquiry: &mut Value, bundle: &Bundle, names: &[&str]) {
    for name in names {
        inquiry["relationships"][name] = bundle.inquiry["relationships"][name].clone();
    }
}

fn started(app: &App, db: &Connection, bundle: &Bundle) -> Result<(), Fail> {
    let call = Call::default();
    let ctx = ctx(app, db, &call);
    let Some(mut inquiry) = current(&ctx, bundle, &["created"])? else { return Ok(()) };
    keep(db, &bundle.sessions)?;
    gain(&mut inquiry, bundle, &["sessions"]);
    for (doc, _) in bundle.sessions.iter().filter(|(doc, _)| store::kind(doc) == "inquiry-session") {
        ctx.emit("inquiry-session.started", doc)?;
    }
    inquiries::enter(&ctx, &mut inquiry, "pending")
}

fn completed(app: &App, db: &Connection, bundle: &Bundle) -> Result<(), Fail> {
    let call = Call::default();
    let ctx = ctx(app, db, &call);
    let Some(mut inquiry) = current(&ctx, bundle, &["created", "pending"])? else { return Ok(()) };
    keep(db, &bundle.checks)?;
    simulate::announce(&ctx, &bundle.checks)?;
    gain(&mut inquiry, bundle, &["verifications", "documents", "selfies"]);
    for key in ["behaviors", "previous-step-name", "next-step-name"] {
        inquiry["attributes"][key] = bundle.inquiry["attributes"][key].clone();
    }
    inquiries::enter(&ctx, &mut inquiry, "completed")
}

fn reviewed(app: &App, db: &Connection, bundle: &Bundle) -> Result<(), Fail> {
    let call = Call::default();
    let ctx = ctx(app, db, &call);
    let Some(mut inquiry) = current(&ctx, bundle, &["completed"])? else { return Ok(()) };
    keep(db, &bundle.reports)?;
    gain(&mut inquiry, bundle, &["reports"]);
    for (report, _) in &bundle.reports {
        reports::announce(&ctx, report)?;
    }
    inquiries::enter(&ctx, &mut inquiry, "needs_review")?;
    keep(db, &bundle.cases)?;
    for (case, _) in bundle.cases.iter().filter(|(doc, _)| store::kind(doc) == "case") {
        ctx.emit("case.created", case)?;
    }
    Ok(())
}

/// Expires what is due. Deletes idempotency keys and used links after the end of their life.
fn swept(app: &App, db: &Connection) -> Result<(), Fail> {
    let call = Call::default();
    let ctx = ctx(app, db, &call);
    let now = clock::now();
    let mut find = db.prepare_cached("SELECT id FROM resource WHERE expires <= ? LIMIT 200")?;
    let due = find.query_map([now], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    for id in due {
        let Ok(Some(mut object)) = store::find(db, &id) else {
            tracing::error!(id, "an object that is due cannot be read");
            continue;
        };
        if store::kind(&object) == "case" {
            db.prepare_cached("UPDATE resource SET expires = NULL WHERE id = ?")?.execute([&id])?;
            ctx.emit("case.sla-expired", &object)?;
        } else {
            inquiries::lapse(&ctx, &mut object)?;
        }
    }
    db.prepare_cached("DELETE FROM idempotency WHERE created < ?")?.execute([now - 2 * clock::DAY * 1000])?;
    db.prepare_cached("DELETE FROM once WHERE expires < ?")?.execute([now])?;
    Ok(())
}
