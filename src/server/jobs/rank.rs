//! Puts inquiries in their place after the policy changed, and adds the counters of the queue up.
use crate::server::usecase::queue;
use crate::server::{App, Error};

const BATCH: i64 = 100;

pub async fn run(app: &App) -> Result<usize, Error> {
    let mut done = 0;
    loop {
        app.ingest.rest().await;
        let found = queue::rank(app, BATCH).await?;
        done += found;
        if found == 0 || *app.stopping.borrow() {
            break;
        }
    }
    queue::fold(app).await?;
    Ok(done)
}
