//! Once a minute: appends what was only counted to the log, completes tiles, counts, indexes, signs the log if it has
//! grown, and publishes the checkpoint to the checkpoint targets.
use crate::server::usecase::checkpoint::{self, target};
use crate::server::usecase::{counters, log};
use crate::server::{App, Error};

pub async fn run(app: &App) -> Result<usize, Error> {
    // A failure to count or index must not keep the log from being signed.
    let told = counters::flush(app).await;
    let mut done = log::integrate(app).await?;
    let counted = log::count(app).await;
    let indexed = log::index(app).await;
    if let Some(checkpoint) = checkpoint::sign(app).await? {
        done += target::publish(app, &checkpoint).await?;
    }
    told?;
    Ok(done + counted? + indexed?)
}
