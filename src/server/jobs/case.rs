//! Reads what a case holds besides inquiries and accounts: its comments, reports and verifications. Persona's list of cases and its
//! webhooks name them and do not say what they are.
use crate::server::persona::{Lane, evidence};
use crate::server::usecase::case::{read, unreadable, wanted};
use crate::server::{App, Error};

const BATCH: i64 = 16;

pub async fn run(app: &App) -> Result<usize, Error> {
    let mut done = 0;
    loop {
        let batch = wanted(app, BATCH).await?;
        let found = batch.len();
        for wish in batch {
            let answer = app.persona.case_whole(Lane::Background, wish.id.as_str()).await;
            match answer.and_then(|single| evidence::case(&single)) {
                Ok(case) => read(app, wish, case).await?,
                Err(failure) => unreadable(app, wish, failure).await?,
            }
        }
        done += found;
        if found == 0 || *app.stopping.borrow() {
            return Ok(done);
        }
    }
}
