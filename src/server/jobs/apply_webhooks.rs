//! Applies webhook events that were acknowledged but not yet applied.
use std::collections::HashSet;

use crate::server::usecase::webhook::apply_waiting;
use crate::server::{App, Error};

const BATCH: i64 = 100;

pub async fn run(app: &App) -> Result<usize, Error> {
    let (mut done, mut error, mut tried) = (0, None, HashSet::new());
    loop {
        let round = apply_waiting(app, BATCH, &mut tried).await?;
        done += round.found;
        error = error.or(round.error);
        // Events that have to wait are tried again after a pause, once everything else was tried.
        if round.found == 0 || *app.stopping.borrow() {
            return error.map_or(Ok(done), Err);
        }
    }
}
