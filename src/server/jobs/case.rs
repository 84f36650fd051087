//! Reads what a case holds besides inquiries and accounts: its comments, reports and verifications, and the reports of its accounts.
//! Persona's list of cases and its webhooks name them and do not say what they are.
use super::account_reports;
use crate::domain::account::Account;
use crate::domain::case::Case;
use crate::server::persona::report::asked;
use crate::server::persona::{Failure, Lane, evidence, wire};
use crate::server::usecase::case::{accounts_in, read, unreadable, wanted};
use crate::server::{App, Error};

const BATCH: i64 = 16;

pub async fn run(app: &App) -> Result<usize, Error> {
    let mut done = 0;
    loop {
        let batch = wanted(app, BATCH).await?;
        let found = batch.len();
        for wish in batch {
            match fetch(app, wish.id.as_str()).await? {
                Ok((case, accounts)) => read(app, wish, case, accounts).await?,
                Err(failure) => unreadable(app, wish, failure).await?,
            }
        }
        done += found;
        if found == 0 || *app.stopping.borrow() {
            return Ok(done);
        }
    }
}

/// The case, and the accounts that came along: no list and no event may have brought them yet.
async fn fetch(app: &App, id: &str) -> Result<Result<(Case, Vec<Account>), Failure>, Error> {
    let whole = app.persona.case_whole(Lane::Background, id).await;
    let whole = whole.and_then(|single| {
        let along = single.included.iter().filter(|part| part.kind == "account");
        Ok((evidence::case(&single)?, along.filter_map(|part| wire::account(part).ok()).collect()))
    });
    let (mut case, along) = match whole {
        Ok(read) => read,
        Err(failure) => return Ok(Err(failure)),
    };
    for (account, known) in accounts_in(app, &case).await? {
        let mut of_account = match account_reports::read(app, Lane::Background, &account, &case.inquiries).await {
            Ok(read) => read,
            Err(failure) => return Ok(Err(failure)),
        };
        for report in of_account.reports.iter_mut().filter(|report| report.searches_names()) {
            let row = of_account.rows.iter().find(|row| row.id == report.id.as_str());
            let doubts = row.map(|row| asked(row).doubts([known.as_slice()])).unwrap_or_default();
            doubts.into_iter().for_each(|doubt| report.doubt(doubt));
        }
        let evidence = case.evidence.get_or_insert_default();
        let named = |id: &_| case.reports.contains(id);
        evidence.reports.extend(of_account.reports.into_iter().filter(|report| !named(&report.id)));
        evidence.unread.extend(of_account.unread);
    }
    // Read, and there was nothing.
    if case.holds_more() {
        let evidence = case.evidence.get_or_insert_default();
        evidence.reports.sort_by(|a, b| a.id.cmp(&b.id));
        evidence.unread.sort();
    }
    Ok(Ok((case, along)))
}
