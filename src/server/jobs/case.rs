//! Reads what a case contains besides inquiries and accounts: its comments, reports and verifications, and the reports
//! of its accounts. Persona's list of cases and its webhooks name these without their content. A case with many
//! accounts is read a few accounts at a time, so that it delays no other case.
use std::collections::VecDeque;

use super::account_reports;
use crate::domain::account::Account;
use crate::domain::case::Case;
use crate::domain::condition::{of_business, screened};
use crate::domain::evidence::Evidence;
use crate::domain::id::AccountId;
use crate::domain::inquiry::Field;
use crate::domain::report::report_query::KnownPerson;
use crate::domain::report::screening::{doubt_searches, is_each_searched};
use crate::server::db::case::Wish;
use crate::server::persona::json_api::Resource;
use crate::server::persona::report_subject::asked;
use crate::server::persona::{Failure, Lane, evidence, json_api};
use crate::server::usecase::case::snapshot::{accounts_in, inquiries_in, read, unreadable, unstored, wanted};
use crate::server::{App, Error};

const BATCH: usize = 16;
/// Accounts of one case that are read before it is another case's turn.
const ACCOUNTS_AT_ONCE: usize = 5;

/// A case that is being read: what was read so far, and the accounts that still have to be read.
struct CaseReading {
    wish: Wish,
    case: Case,
    /// The accounts that were included: perhaps no list and no event has brought them yet.
    along: Vec<Account>,
    left: VecDeque<(AccountId, Vec<Field>)>,
    asked: Vec<AccountId>,
}

pub async fn run(app: &App) -> Result<usize, Error> {
    let mut done = 0;
    let mut under_way: VecDeque<CaseReading> = VecDeque::new();
    loop {
        // New cases have their turn first: most of them are read in one turn.
        let limit = i64::try_from(BATCH + under_way.len()).unwrap_or(i64::MAX);
        let mut new = wanted(app, limit).await?;
        new.retain(|wish| under_way.iter().all(|reading| reading.wish.id != wish.id));
        let turns: Vec<CaseReading> = under_way.drain(..).collect();
        if (new.is_empty() && turns.is_empty()) || *app.stopping.borrow() {
            return Ok(done);
        }
        for wish in new.into_iter().take(BATCH) {
            match begin(app, &wish).await? {
                Ok(reading) => go_on(app, reading, &mut under_way).await?,
                Err(failure) => unreadable(app, wish, failure).await?,
            }
            done += 1;
        }
        for reading in turns {
            go_on(app, reading, &mut under_way).await?;
        }
    }
}

async fn begin(app: &App, wish: &Wish) -> Result<Result<CaseReading, Failure>, Error> {
    let whole = app.persona.case_whole(Lane::Background, wish.id.as_str()).await;
    let whole = whole.and_then(|single| {
        let case = evidence::case(&single)?;
        let along = single.included.iter().filter(|part| part.kind == "account");
        let along: Vec<Account> = along.filter_map(|part| json_api::account(part).ok()).collect();
        Ok((case, along, single.included))
    });
    let (mut case, along, rows) = match whole {
        Ok(read) => read,
        Err(failure) => return Ok(Err(failure)),
    };
    let mut left: VecDeque<(AccountId, Vec<Field>)> = accounts_in(app, &case).await?.into();
    // The included accounts are newer than what the desk knows.
    for (id, known) in &mut left {
        let came = along.iter().find(|account: &&Account| account.id == *id);
        came.into_iter().for_each(|account| known.clone_from(&account.fields));
    }
    let inquiries = inquiries_in(app, &case).await?;
    compare(&mut case, &rows, &inquiries, &left);
    Ok(Ok(CaseReading { wish: wish.clone(), case, along, left, asked: Vec::new() }))
}

/// Notes where a report of the case was asked for someone whom the case is not about. A case that names neither an
/// inquiry nor an account is about the people whom its verifications show.
fn compare(case: &mut Case, rows: &[Resource], inquiries: &[Evidence], accounts: &VecDeque<(AccountId, Vec<Field>)>) {
    let Some(evidence) = &mut case.evidence else { return };
    let of_account = accounts.iter().map(|(_, known)| KnownPerson { own: vec![known], ..KnownPerson::default() });
    let mut subjects: Vec<KnownPerson<'_>> = inquiries.iter().map(Evidence::known).chain(of_account).collect();
    if case.inquiries.is_empty() && case.accounts.is_empty() {
        let shown = evidence.verifications.iter().filter(|one| one.passed() && one.tells_who());
        subjects.extend(shown.map(|one| KnownPerson { own: vec![&one.facts], ..KnownPerson::default() }));
    }
    for report in &mut evidence.reports {
        // Each report came with the case.
        let row = rows.iter().find(|row| row.id == report.id.as_str());
        let doubts = row.map(|row| asked(row).doubts_of_any(&subjects)).unwrap_or_default();
        doubts.into_iter().for_each(|doubt| report.doubt(doubt));
    }
}

/// Gives a case its turn: if it is read completely, it is stored; otherwise it waits for its next turn.
async fn go_on(app: &App, mut reading: CaseReading, under_way: &mut VecDeque<CaseReading>) -> Result<(), Error> {
    for _ in 0..ACCOUNTS_AT_ONCE {
        let Some((account, known)) = reading.left.pop_front() else { break };
        if let Err(failure) = take(app, &mut reading.case, &account, &known).await {
            return unreadable(app, reading.wish, failure).await;
        }
        reading.asked.push(account);
    }
    if !reading.left.is_empty() {
        under_way.push_back(reading);
        return Ok(());
    }
    let CaseReading { wish, mut case, along, asked, .. } = reading;
    // The case was read, and there was nothing.
    if case.holds_more() {
        let evidence = case.evidence.get_or_insert_default();
        evidence.reports.sort_by(|a, b| a.id.cmp(&b.id));
        evidence.unread.sort();
        evidence.screened.sort();
    }
    // A case that cannot be stored is put off, and the others continue.
    match read(app, wish.clone(), case, along, asked).await {
        Err(error) => unstored(app, wish, &error).await,
        kept => kept,
    }
}

/// Adds what Persona reports about one account of the case.
async fn take(app: &App, case: &mut Case, account: &AccountId, known: &[Field]) -> Result<(), Failure> {
    let mut of_account = account_reports::read(app, Lane::Background, account, &case.inquiries).await?;
    let mut all = Vec::new();
    for report in &mut of_account.reports {
        let Some(row) = of_account.rows.iter().find(|row| row.id == report.id.as_str()) else { continue };
        let (asked, known) = (asked(row), KnownPerson { own: vec![known], ..KnownPerson::default() });
        asked.doubts(&known).into_iter().for_each(|doubt| report.doubt(doubt));
        all.push((report.id.clone(), asked));
    }
    if !is_each_searched(known, &[], &of_account.reports, &all) {
        doubt_searches(&mut of_account.reports);
    }
    let evidence = case.evidence.get_or_insert_default();
    if of_account.unread.is_empty() && screened(&of_account.reports, of_business(known)) {
        evidence.screened.push(account.clone());
    }
    let named = |id: &_| case.reports.contains(id);
    evidence.reports.extend(of_account.reports.into_iter().filter(|report| !named(&report.id)));
    evidence.unread.extend(of_account.unread);
    Ok(())
}
