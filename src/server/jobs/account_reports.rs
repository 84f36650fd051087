//! Reports of an account that do not belong to the inquiry at hand: those about the account itself, for example from
//! monitoring, and hits in its other inquiries. They are about the same person.
use std::collections::HashSet;

use crate::domain::document::{ACCOUNT_REPORTS, Unread};
use crate::domain::id::{AccountId, InquiryId};
use crate::domain::report::{Beside, Report};
use crate::domain::text::clean;
use crate::server::App;
use crate::server::persona::json_api::{ListPage, Odd, Resource};
use crate::server::persona::report::report;
use crate::server::persona::{Failure, Lane, evidence};

/// Most pages of 100 reports that are read for one account. What is left out is named.
const MOST_PAGES: usize = 20;

/// The reports that Persona lists, and those of them that could not be read.
#[derive(Debug, Default)]
pub struct Read {
    pub reports: Vec<Report>,
    /// The same reports as received, to learn what each was asked for.
    pub rows: Vec<Resource>,
    pub unread: Vec<Unread>,
}

/// Reads the list to its end. Skips reports of the inquiries in `own`, because they come with these inquiries. Fails
/// only if another try may bring what is missing.
pub async fn read(app: &App, lane: Lane, account: &AccountId, own: &[InquiryId]) -> Result<Read, Failure> {
    let query = [("filter[account-id]", account.as_str()), ("page[size]", "100")];
    let mut read = Read::default();
    let (mut next, mut followed) = (None::<String>, HashSet::new());
    for _ in 0..MOST_PAGES {
        match app.persona.list::<Resource>(lane, "/reports", &query, next.as_deref()).await {
            Ok(ListPage { rows, odd, next: following }) => {
                read.unread.extend(odd.iter().map(Odd::unread).map(of_account));
                for row in rows {
                    match row.one("account") {
                        Some(of) if of == account.as_str() => read.take(row, own),
                        // A report of another account, or of none, is skipped: Persona was asked for those of this
                        // account. A report that does not say is named.
                        Some(_) => {}
                        None if row.says_none("account") => {}
                        None => read.unread.push(of_account(Odd::new(&row, "does not say whom it is about").unread())),
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
            Err(_) => self.unread.push(of_account(Odd::new(&row, "has an unexpected format").unread())),
        }
    }

    fn leave(&mut self, account: &AccountId, why: String) {
        self.unread.push(Unread { what: ACCOUNT_REPORTS.to_owned(), id: account.to_string(), why: Some(why) });
    }
}
