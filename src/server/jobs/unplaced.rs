//! Reads parts of which a webhook did not say to what they belong.
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
