//! Reports that were made of an account itself, as by monitoring: no inquiry names them, and they are about the same person.
use std::collections::HashSet;

use crate::domain::document::{ACCOUNT_REPORTS, Unread};
use crate::domain::id::AccountId;
use crate::domain::report::Report;
use crate::server::App;
use crate::server::persona::report::report;
use crate::server::persona::wire::{Listed, Odd, Resource};
use crate::server::persona::{Failure, Lane, evidence};

/// Pages of 100 that are read of one account. What is left out is named.
const MOST_PAGES: usize = 20;

/// What Persona lists, and what of it could not be read.
#[derive(Debug, Default)]
pub struct Read {
    pub reports: Vec<Report>,
    /// The same as they came, for what was asked of each.
    pub rows: Vec<Resource>,
    pub unread: Vec<Unread>,
}

/// Reads the list to its end. Fails only where another try may bring what is missing.
pub async fn read(app: &App, lane: Lane, account: &AccountId) -> Result<Read, Failure> {
    let query = [("filter[account-id]", account.as_str()), ("page[size]", "100")];
    let mut read = Read::default();
    let (mut next, mut followed) = (None::<String>, HashSet::new());
    for _ in 0..MOST_PAGES {
        match app.persona.list::<Resource>(lane, "/reports", &query, next.as_deref()).await {
            Ok(Listed { rows, odd, next: following }) => {
                read.unread.extend(odd.iter().map(Odd::unread).map(of_account));
                rows.into_iter().filter(|row| is_of(row, account)).for_each(|row| read.take(row));
                next = following;
            }
            Err(failure) if failure.passing() => return Err(failure),
            Err(failure) => {
                read.leave(account, failure.to_string());
                return Ok(read);
            }
        }
        match &next {
            None => return Ok(read),
            Some(link) if !followed.insert(link.clone()) => break,
            Some(_) => {}
        }
    }
    read.leave(account, format!("more than {} are listed", MOST_PAGES * 100));
    Ok(read)
}

/// A report of an inquiry comes with that inquiry.
fn is_of(row: &Resource, account: &AccountId) -> bool {
    row.one("account").as_deref() == Some(account.as_str()) && row.one("inquiry").is_none()
}

fn of_account(unread: Unread) -> Unread {
    Unread { what: ACCOUNT_REPORTS.to_owned(), ..unread }
}

impl Read {
    fn take(&mut self, row: Resource) {
        match report(&row) {
            Ok(report) => {
                self.unread.extend(evidence::cut(&row, "report"));
                self.reports.push(Report { on_account: true, ..report });
                self.rows.push(row);
            }
            Err(_) => self.unread.push(of_account(Odd::new(&row, "of another shape").unread())),
        }
    }

    fn leave(&mut self, account: &AccountId, why: String) {
        self.unread.push(Unread { what: ACCOUNT_REPORTS.to_owned(), id: account.to_string(), why: Some(why) });
    }
}
