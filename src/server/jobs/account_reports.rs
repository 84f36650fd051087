//! Reports of an account that are not of the inquiry at hand: those made of the account itself, as by monitoring, and hits in its other
//! inquiries. They are about the same person.
use std::collections::HashSet;

use crate::domain::document::{ACCOUNT_REPORTS, Unread};
use crate::domain::id::{AccountId, InquiryId};
use crate::domain::report::{Beside, Report};
use crate::domain::text::clean;
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

/// Reads the list to its end. Those of the inquiries in `own` come with these. Fails only where another try may bring what is missing.
pub async fn read(app: &App, lane: Lane, account: &AccountId, own: &[InquiryId]) -> Result<Read, Failure> {
    let query = [("filter[account-id]", account.as_str()), ("page[size]", "100")];
    let mut read = Read::default();
    let (mut next, mut followed) = (None::<String>, HashSet::new());
    for _ in 0..MOST_PAGES {
        match app.persona.list::<Resource>(lane, "/reports", &query, next.as_deref()).await {
            Ok(Listed { rows, odd, next: following }) => {
                read.unread.extend(odd.iter().map(Odd::unread).map(of_account));
                for row in rows {
                    match row.one("account") {
                        Some(of) if of == account.as_str() => read.take(row, own),
                        // Of another account, or of none: Persona was asked for this one's, and what does not say is named.
                        Some(_) => {}
                        None if row.says_none("account") => {}
                        None => read.unread.push(of_account(Odd::new(&row, "does not say of whom it is").unread())),
                    }
                }
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
            Some(link) if !followed.insert(link.clone()) => {
                read.leave(account, "the list leads back to a page that was read".to_owned());
                return Ok(read);
            }
            Some(_) => {}
        }
    }
    read.leave(account, format!("more than {} are listed", MOST_PAGES * 100));
    Ok(read)
}

fn of_account(unread: Unread) -> Unread {
    Unread { what: ACCOUNT_REPORTS.to_owned(), ..unread }
}

impl Read {
    fn take(&mut self, row: Resource, own: &[InquiryId]) {
        let beside = match row.one("inquiry") {
            None => Beside::Account,
            Some(id) if own.iter().any(|own| own.as_str() == id) => return,
            Some(id) => Beside::Inquiry(clean(&id)),
        };
        match report(&row) {
            Ok(report) if beside == Beside::Account || report.may_still_hit() => {
                self.unread.extend(evidence::cut(&row, "report"));
                self.reports.push(Report { beside: Some(beside), ..report });
                self.rows.push(row);
            }
            Ok(_) => {}
            Err(_) => self.unread.push(of_account(Odd::new(&row, "of another shape").unread())),
        }
    }

    fn leave(&mut self, account: &AccountId, why: String) {
        self.unread.push(Unread { what: ACCOUNT_REPORTS.to_owned(), id: account.to_string(), why: Some(why) });
    }
}
