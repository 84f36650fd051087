//! One request budget for all replicas, stored in the database that they share.
use std::sync::Arc;
use std::time::Duration;

use crate::domain::time::Timestamp;
use crate::server::clock::ServerClock;
use crate::server::db::{self, Db};
use crate::server::persona::limiter::{SharedBudget, Turn};

/// Returns `None` for SQLite: a single process has the file and counts its own calls.
pub fn shared(db: &Db, clock: &ServerClock) -> Option<SharedBudget> {
    if !matches!(db, Db::Postgres(_)) {
        return None;
    }
    let (db, clock) = (db.clone(), clock.clone());
    Some(Arc::new(move |turn| {
        let (db, now) = (db.clone(), clock.now());
        Box::pin(async move {
            // In a task of its own, like every transaction, because the caller may be cancelled while it waits.
            let asked = tokio::spawn(async move { turn_in(&db, turn, now).await }).await;
            match asked {
                Ok(Ok(wait)) => Some(wait),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the shared budget cannot be read; this replica counts its own calls");
                    None
                }
                Err(_) => None,
            }
        })
    }))
}

async fn turn_in(db: &Db, turn: Turn, now: Timestamp) -> db::Result<Duration> {
    let mut tx = db.begin().await?;
    let mut budget = db::budget::load(&mut tx, now).await?;
    let wait = match turn {
        Turn::Take(lane) => budget.take(lane, now).err().unwrap_or_default(),
        Turn::Note(limit, remaining, reset) => {
            budget.note(limit, remaining, reset, now);
            Duration::ZERO
        }
    };
    db::budget::store(&mut tx, &budget).await?;
    tx.commit().await?;
    Ok(wait)
}
