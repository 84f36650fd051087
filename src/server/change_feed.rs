//! Change feed for browsers. A subscriber gets every change exactly once; one that reconnects, or subscribes after its
//! page was rendered, first gets the changes that it missed.
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;
use uuid::Uuid;

use crate::domain::reviewer::Permission;

/// A change: the kind of object and its id, never the data. Each subscriber fetches the data with its own permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub topic: ChangeTopic,
    pub id: String,
    /// Counts up from 1 in each process.
    pub number: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeTopic {
    Inquiry,
    Case,
    Account,
    Decision,
    Connection,
    Log,
    /// Notes that mention a reviewer. The id is the reviewer's.
    Note,
    /// Decisions that a second reviewer returned. The id is the maker's.
    Returned,
}

impl ChangeTopic {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inquiry => "inquiry",
            Self::Case => "case",
            Self::Account => "account",
            Self::Decision => "decision",
            Self::Connection => "connection",
            Self::Log => "log",
            Self::Note => "note",
            Self::Returned => "returned",
        }
    }

    /// What a reviewer must be allowed to do, to be sent changes of this topic.
    pub const fn needs(self) -> Permission {
        match self {
            Self::Connection => Permission::SignedIn,
            Self::Log => Permission::ReadAudit,
            Self::Inquiry | Self::Case | Self::Account | Self::Decision | Self::Note => Permission::ReadQueue,
            Self::Returned => Permission::Decide,
        }
    }
}

/// Number of changes that are remembered: those of a busy minute.
const MOST_RECENT: usize = 1024;

pub struct ChangeFeed {
    /// Identifies the process, because each process counts from 1.
    process: Uuid,
    sender: broadcast::Sender<Change>,
    kept: Mutex<Recent>,
}

#[derive(Default)]
struct Recent {
    last: u64,
    pings: VecDeque<Change>,
}

impl ChangeFeed {
    pub fn new(process: Uuid) -> Self {
        Self { process, sender: broadcast::channel(MOST_RECENT).0, kept: Mutex::default() }
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Publishes a change. Having no subscribers is not an error.
    pub fn publish(&self, topic: ChangeTopic, id: String) {
        let mut kept = self.recent();
        kept.last += 1;
        let ping = Change { topic, id, number: kept.last };
        kept.pings.push_back(ping.clone());
        if kept.pings.len() > MOST_RECENT {
            kept.pings.pop_front();
        }
        let _ = self.sender.send(ping);
    }

    /// Subscribes to all changes from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.sender.subscribe()
    }

    /// The cursor of a change, for [`Self::resume`]. Number `0` is before the first change.
    pub fn cursor(&self, number: u64) -> String {
        format!("{}.{number}", self.process.simple())
    }

    /// The cursor after the last change.
    pub fn now(&self) -> String {
        self.cursor(self.recent().last)
    }

    /// Returns the changes after a cursor, and a receiver for all from now on. `None` means that not all of those
    /// changes are remembered.
    pub fn resume(&self, place: &str) -> (Option<Vec<Change>>, broadcast::Receiver<Change>) {
        let kept = self.recent();
        let receiver = self.sender.subscribe();
        let number = place
            .split_once('.')
            .filter(|(process, _)| *process == self.process.simple().to_string())
            .and_then(|(_, number)| number.parse::<u64>().ok())
            .filter(|number| *number <= kept.last);
        let oldest = kept.pings.front().map_or(kept.last + 1, |ping| ping.number);
        let missed = number
            .filter(|number| number + 1 >= oldest)
            .map(|number| kept.pings.iter().filter(|ping| ping.number > number).cloned().collect());
        (missed, receiver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(pings: Option<Vec<Change>>) -> Option<Vec<String>> {
        pings.map(|pings| pings.into_iter().map(|ping| ping.id).collect())
    }

    #[test]
    fn whoever_comes_back_is_told_what_was_missed() {
        let line = ChangeFeed::new(Uuid::nil());
        let first = line.now();
        line.publish(ChangeTopic::Inquiry, "a".to_owned());
        let second = line.now();
        line.publish(ChangeTopic::Decision, "b".to_owned());
        assert_eq!(ids(line.resume(&first).0), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(ids(line.resume(&second).0), Some(vec!["b".to_owned()]));
        let (missed, mut receiver) = line.resume(&line.now());
        assert_eq!(ids(missed), Some(Vec::new()));
        line.publish(ChangeTopic::Case, "c".to_owned());
        assert_eq!(receiver.try_recv().map(|ping| ping.id), Ok("c".to_owned()));
    }

    #[test]
    fn what_is_forgotten_or_of_another_process_is_not_made_up() {
        let line = ChangeFeed::new(Uuid::nil());
        let first = line.now();
        for n in 0..=MOST_RECENT {
            line.publish(ChangeTopic::Inquiry, n.to_string());
        }
        assert_eq!(ids(line.resume(&first).0), None);
        assert_eq!(ids(line.resume(&line.cursor(1)).0).map(|ids| ids.len()), Some(MOST_RECENT));
        for odd in ["", ".", "x.1", "00000000000000000000000000000000.x", &line.cursor(99_999)] {
            assert_eq!(ids(line.resume(odd).0), None, "{odd}");
        }
        assert_eq!(ids(line.resume(&ChangeFeed::new(Uuid::max()).now()).0), None);
    }
}
