//! Puts inquiries in their place after the policy changed, adds the counters of the queue up, and makes what inquiries are found by anew
//! after the program was changed.
use crate::server::usecase::{queue, term};
use crate::server::{App, Error};

const BATCH: i64 = 100;
/// Inquiries of one step of the index, and steps of one turn: nobody waits for them, and everybody for the one who writes.
const STEP: i64 = 25;
const STEPS: usize = 100;

pub async fn run(app: &App) -> Result<usize, Error> {
    let mut done = 0;
    loop {
        app.webhook_batch.wait_idle().await;
        let found = queue::rank(app, BATCH).await?;
        done += found;
        if found == 0 || *app.stopping.borrow() {
            break;
        }
    }
    queue::fold(app).await?;
    for _ in 0..STEPS {
        app.webhook_batch.wait_idle().await;
        let found = term::renew(app, STEP).await?;
        done += found;
        if found == 0 || *app.stopping.borrow() {
            break;
        }
    }
    Ok(done)
}
