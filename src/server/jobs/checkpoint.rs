//! Each minute: tells the log what was only counted, completes tiles, counts, indexes, signs the log if it has grown, and gives the checkpoint to those outside.
use crate::server::usecase::{holder, log, tally};
use crate::server::{App, Error};

pub async fn run(app: &App) -> Result<usize, Error> {
    tally::tell(app).await?;
    let done = log::integrate(app).await? + log::count(app).await? + log::index(app).await?;
    let Some(checkpoint) = log::checkpoint(app).await? else { return Ok(done) };
    Ok(done + holder::give(app, &checkpoint).await?)
}
