//! Reads Persona's lists and applies what is newer: at the start, on a timer, when an admin asks, and by `countersign
//! sync`. Webhooks bring changes sooner; this finds what they missed.
use std::collections::HashSet;
use std::time::Duration;

use crate::server::persona::json_api::{ListPage, Odd, Resource};
use crate::server::persona::{Failure, Lane, json_api};
use crate::server::usecase::sync::{accounts, asked_again, cases, inquiries, walked};
use crate::server::{App, Error};

/// Result of reading one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    pub name: &'static str,
    /// Records that were understood.
    pub seen: usize,
    /// Records that were not understood.
    pub odd: Vec<Odd>,
    pub failure: Option<Failure>,
}

impl Walk {
    /// Describes the result for the connection page and the command line.
    pub fn how(&self) -> String {
        const NAMED: usize = 3;
        let named = self.odd.iter().take(NAMED).map(Odd::to_string).collect::<Vec<_>>().join("; ");
        let more = if self.odd.len() > NAMED { "; …" } else { "" };
        let odd = match self.odd.len() {
            0 => String::new(),
            n => format!("{n} not understood ({named}{more}), "),
        };
        match &self.failure {
            None => format!("{odd}{} read", self.seen),
            Some(failure) => format!("{odd}{} read, then: {failure}", self.seen),
        }
    }
}

/// Name, path and query of a list.
type Listing = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Persona has no event for every change (CONTRACT.md section 24), so everything is read again this often.
const EVERY: Duration = Duration::from_secs(24 * 3600);

/// First the inquiries that wait for a reviewer, then everything.
const LISTS: [Listing; 4] = [
    ("waiting inquiries", "/inquiries", &[("page[size]", "100"), ("filter[status]", "needs_review")]),
    ("accounts", "/accounts", &[("page[size]", "100")]),
    ("cases", "/cases", &[("page[size]", "100")]),
    ("inquiries", "/inquiries", &[("page[size]", "100")]),
];

/// Runs on the timer and reads only what is due, so that a restart does not read everything again.
pub async fn due(app: &App) -> Result<usize, Error> {
    let names = asked_again(app, EVERY).await?;
    let walks = walk(app, LISTS.into_iter().filter(|(name, ..)| names.contains(name)), |_| {}).await?;
    Ok(walks.iter().map(|walk| walk.seen).sum())
}

pub async fn run(app: &App) -> Result<usize, Error> {
    let walks = all(app, |_| {}).await?;
    Ok(walks.iter().map(|walk| walk.seen).sum())
}

/// Reads all lists and reports progress to `tell`. A list that cannot be read does not stop the others. A failure that
/// affects all calls to Persona ends the walk, without an error.
pub async fn all(app: &App, tell: impl Fn(&Walk)) -> Result<Vec<Walk>, Error> {
    walk(app, LISTS.into_iter(), tell).await
}

async fn walk(app: &App, lists: impl Iterator<Item = Listing>, tell: impl Fn(&Walk)) -> Result<Vec<Walk>, Error> {
    let mut walks = Vec::new();
    for (name, path, query) in lists {
        let mut walk = Walk { name, seen: 0, odd: Vec::new(), failure: None };
        let mut next: Option<String> = None;
        let mut followed = HashSet::new();
        loop {
            match app.persona.list(Lane::Background, path, query, next.as_deref()).await {
                Ok(ListPage { rows, odd, next: following }) => {
                    let passed_over = take(app, path, &rows).await?;
                    walk.seen += rows.len() - passed_over.len();
                    for odd in odd.into_iter().chain(passed_over) {
                        tracing::warn!(list = name, record = %odd, "a record of a list was not understood");
                        walk.odd.push(odd);
                    }
                    app.wake.evidence.notify_one();
                    tell(&walk);
                    next = following;
                }
                Err(failure) => {
                    tracing::warn!(list = name, %failure, "a list could not be read to its end");
                    walk.failure = Some(failure);
                    break;
                }
            }
            if let Some(link) = &next
                && !followed.insert(link.clone())
            {
                tracing::warn!(list = name, "a list leads back to a page that was read");
                walk.failure =
                    Some(Failure::Unreadable("its link to the next page leads back to one that was read".to_owned()));
                break;
            }
            if next.is_none() || *app.stopping.borrow() {
                break;
            }
        }
        let ended = walk.failure.is_none() && next.is_none();
        // A walk that was stopped on its way has not ended, and begins again with the next start.
        if ended || walk.failure.is_some() {
            walked(app, name, walk.how(), ended).await?;
        }
        let stop = walk.failure.as_ref().is_some_and(Failure::for_all);
        walks.push(walk);
        if stop || *app.stopping.borrow() {
            break;
        }
    }
    Ok(walks)
}

/// Applies a page, except for records that are not understood. A record that cannot be read must not hide the others.
async fn take(app: &App, path: &str, page: &[Resource]) -> Result<Vec<Odd>, Error> {
    fn readable<T>(page: &[Resource], read: impl Fn(&Resource) -> Result<T, Failure>) -> (Vec<T>, Vec<Odd>) {
        let (mut all, mut odd) = (Vec::with_capacity(page.len()), Vec::new());
        for resource in page {
            match read(resource) {
                Ok(one) => all.push(one),
                Err(Failure::Unreadable(why)) => odd.push(Odd::new(resource, why)),
                Err(other) => odd.push(Odd::new(resource, other.to_string())),
            }
        }
        (all, odd)
    }
    match path {
        "/inquiries" => {
            let (all, odd) = readable(page, json_api::inquiry);
            each(all, |some| async move { inquiries(app, some).await.map(|_| ()) }).await?;
            Ok(odd)
        }
        "/accounts" => {
            let (all, odd) = readable(page, json_api::account);
            each(all, |some| accounts(app, some)).await?;
            Ok(odd)
        }
        _ => {
            let (all, odd) = readable(page, |resource| json_api::case(resource, &[]));
            each(all, |some| cases(app, some)).await?;
            Ok(odd)
        }
    }
}

/// Applies a page in one commit. If a record cannot be stored, each is tried by itself, and those that fail are
/// skipped.
async fn each<T: Clone, F>(page: Vec<T>, keep: impl Fn(Vec<T>) -> F) -> Result<(), Error>
where
    F: Future<Output = Result<(), Error>>,
{
    let Err(error) = keep(page.clone()).await else { return Ok(()) };
    let (all, mut kept) = (page.len(), 0);
    for one in page {
        match keep(vec![one]).await {
            Ok(()) => kept += 1,
            Err(error) => tracing::warn!(%error, "a record of a page could not be stored and is skipped"),
        }
    }
    // If none of several can be stored, the database is away and no record is at fault.
    if kept == 0 && all > 1 && !error.is_own() { Err(error) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::LISTS;
    use crate::server::usecase::sync;

    #[test]
    fn the_page_knows_each_list_that_is_walked_over() {
        assert_eq!(LISTS.map(|(name, ..)| name), sync::LISTS);
    }
}
