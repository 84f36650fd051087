//! Walks Persona's lists and takes over what is newer: at start, on a timer, when an admin asks, and by `countersign sync`.
//! Webhooks bring changes sooner; this finds what they missed.
use std::time::Duration;

use crate::server::persona::wire::Resource;
use crate::server::persona::{Failure, Lane, wire};
use crate::server::usecase::sync::{accounts, asked_again, cases, inquiries, walked};
use crate::server::{App, Error};

/// What a walk over one list brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    pub name: &'static str,
    pub seen: usize,
    pub failure: Option<Failure>,
}

/// Name, path and query of a list.
type Listing = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Persona has no event for every change (CONTRACT.md section 24), so everything is read anew this often.
const EVERY: Duration = Duration::from_secs(24 * 3600);

/// First what waits for a person, then everything.
const LISTS: [Listing; 4] = [
    ("waiting inquiries", "/inquiries", &[("page[size]", "100"), ("filter[status]", "needs_review")]),
    ("accounts", "/accounts", &[("page[size]", "100")]),
    ("cases", "/cases", &[("page[size]", "100")]),
    ("inquiries", "/inquiries", &[("page[size]", "100")]),
];

/// On the timer: only when it is due, so that a restart does not read everything again.
pub async fn due(app: &App) -> Result<usize, Error> {
    if asked_again(app, EVERY).await? { run(app).await } else { Ok(0) }
}

pub async fn run(app: &App) -> Result<usize, Error> {
    let walks = all(app, |_| {}).await?;
    Ok(walks.iter().map(|walk| walk.seen).sum())
}

/// Walks all lists; `tell` hears of progress. Persona not answering ends the walk and is no error of ours.
pub async fn all(app: &App, tell: impl Fn(&Walk)) -> Result<Vec<Walk>, Error> {
    let mut walks = Vec::new();
    for (name, path, query) in LISTS {
        let mut walk = Walk { name, seen: 0, failure: None };
        let mut next: Option<String> = None;
        loop {
            match app.persona.list(Lane::Background, path, query, next.as_deref()).await {
                Ok((page, following)) => {
                    walk.seen += page.len();
                    take(app, path, &page).await?;
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
            if next.is_none() || *app.stopping.borrow() {
                break;
            }
        }
        let how = match &walk.failure {
            None => format!("{} read", walk.seen),
            Some(failure) => format!("{} read, then: {failure}", walk.seen),
        };
        walked(app, name, how).await?;
        let stop = walk.failure.as_ref().is_some_and(Failure::passing);
        walks.push(walk);
        if stop || *app.stopping.borrow() {
            break;
        }
    }
    Ok(walks)
}

async fn take(app: &App, path: &str, page: &[Resource]) -> Result<(), Error> {
    // One that cannot be read must not hide the others.
    fn readable<T>(page: &[Resource], read: impl Fn(&Resource) -> Result<T, Failure>) -> Vec<T> {
        page.iter()
            .filter_map(|resource| {
                read(resource).inspect_err(|failure| tracing::warn!(id = resource.id, %failure, "passed over")).ok()
            })
            .collect()
    }
    match path {
        "/inquiries" => {
            each(readable(page, wire::inquiry), |some| async move { inquiries(app, some).await.map(|_| ()) }).await
        }
        "/accounts" => each(readable(page, wire::account), |some| accounts(app, some)).await,
        _ => each(readable(page, |resource| wire::case(resource, &[])), |some| cases(app, some)).await,
    }
}

/// Takes a page over in one commit. When one of them cannot be kept each is tried by itself, and those that cannot are passed over.
async fn each<T: Clone, F>(page: Vec<T>, keep: impl Fn(Vec<T>) -> F) -> Result<(), Error>
where
    F: Future<Output = Result<(), Error>>,
{
    let Err(error) = keep(page.clone()).await else { return Ok(()) };
    let (all, mut kept) = (page.len(), 0);
    for one in page {
        match keep(vec![one]).await {
            Ok(()) => kept += 1,
            Err(error) => tracing::warn!(%error, "one of a page could not be kept, and is passed over"),
        }
    }
    // Not one of many: then the database is away, and no object is at fault.
    if kept == 0 && all > 1 { Err(error) } else { Ok(()) }
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
