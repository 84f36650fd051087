//! Checks the audit log: its end when the program starts, all of it once a day, and on request.
use std::time::Duration;

use crate::server::App;
use crate::server::usecase::log_check::{Scope, run};

const EVERY: Duration = Duration::from_secs(24 * 3600);

pub async fn keep(app: App) {
    let mut stopping = app.stopping.subscribe();
    let mut scope = Scope::Recent;
    loop {
        if let Err(error) = run(&app, scope).await {
            tracing::warn!(%error, "the log could not be checked");
        }
        // The first full check runs soon after the start, when no reviewer waits for pages any more.
        let pause = if scope == Scope::Recent { Duration::from_secs(120) } else { EVERY };
        scope = tokio::select! {
            () = app.wake.check.notified() => Scope::All,
            () = tokio::time::sleep(pause) => Scope::Gently,
            _ = stopping.wait_for(|stop| *stop) => return,
        };
    }
}
