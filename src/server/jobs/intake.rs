//! Applies webhook events that were answered but not yet worked on.
use crate::server::usecase::webhook::apply_waiting;
use crate::server::{App, Error};

const BATCH: i64 = 100;

pub async fn run(app: &App) -> Result<usize, Error> {
    let mut done = 0;
    loop {
        let found = apply_waiting(app, BATCH).await?;
        done += found;
        if found == 0 || *app.stopping.borrow() {
            return Ok(done);
        }
    }
}
