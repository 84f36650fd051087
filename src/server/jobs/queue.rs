//! Computes the priority of inquiries after the policy changed, adds up the counters of the queue, and rebuilds the
//! search terms of inquiries after the program changed.
use crate::server::usecase::{queue, term};
use crate::server::{App, Error};

const BATCH: i64 = 100;
/// Inquiries in one step of the index, and steps in one run. Steps are small: no reviewer waits for them, but every
/// write waits for the one in progress.
const STEP: i64 = 25;
const STEPS: usize = 100;

pub async fn run(app: &App) -> Result<usize, Error> {
    let mut done = 0;
    loop {
        app.webhook_queue.wait_idle().await;
        let found = queue::priority::rank(app, BATCH).await?;
        done += found;
        if found == 0 || *app.stopping.borrow() {
            break;
        }
    }
    queue::priority::fold(app).await?;
    for _ in 0..STEPS {
        app.webhook_queue.wait_idle().await;
        let found = term::renew(app, STEP).await?;
        done += found;
        if found == 0 || *app.stopping.borrow() {
            break;
        }
    }
    Ok(done)
}
