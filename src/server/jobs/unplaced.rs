//! Reads parts whose webhook did not say which object they belong to.
use crate::server::persona::Lane;
use crate::server::usecase::unplaced::{failed, placed, wanted};
use crate::server::{App, Error};

const BATCH: i64 = 24;

pub async fn run(app: &App) -> Result<usize, Error> {
    let batch = wanted(app, BATCH).await?;
    let found = batch.len();
    for part in batch {
        match app.persona.part(Lane::Background, &part.kind, &part.part_id).await {
            Ok(single) => placed(app, part, single.data).await?,
            Err(failure) => failed(app, part, failure).await?,
        }
    }
    Ok(found)
}
