//! Each minute: tells the log what was only counted, completes tiles, counts, indexes, signs the log if it has grown, and gives the checkpoint to those outside.
use crate::server::usecase::{checkpoint_target, counters, log};
use crate::server::{App, Error};

pub async fn run(app: &App) -> Result<usize, Error> {
    // None of those that only count or index may keep the log from being signed.
    let told = counters::flush(app).await;
    let mut done = log::integrate(app).await?;
    let counted = log::count(app).await;
    let indexed = log::index(app).await;
    if let Some(checkpoint) = log::checkpoint(app).await? {
        done += checkpoint_target::publish(app, &checkpoint).await?;
    }
    told?;
    Ok(done + counted? + indexed?)
}
