//! Open sessions, for streams that outlive their request. They are read from the database twice a second, once for all
//! streams, so that a session that another replica has ended ends here as well.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::domain::id::ReviewerId;
use crate::domain::reviewer::Role;

/// Open sessions by the hash of their id; `None` when the database does not answer.
pub type OpenSessions = Option<Arc<HashMap<String, (ReviewerId, Role)>>>;

#[derive(Debug)]
pub struct Sessions {
    open: watch::Sender<OpenSessions>,
    /// Whether the task that reads sessions is running.
    looking: Mutex<bool>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { open: watch::channel(None).0, looking: Mutex::new(false) }
    }
}

/// A session that a stream follows.
#[derive(Debug)]
pub struct Followed {
    open: watch::Receiver<OpenSessions>,
    /// The beginning of the hash of its id.
    short: String,
    who: (ReviewerId, Role),
}

impl Sessions {
    /// Follows a session that is known to be open now. True when no task reads the sessions yet: the caller starts one.
    pub fn follow(&self, short: &str, who: (ReviewerId, Role)) -> (Followed, bool) {
        let followed = Followed { open: self.open.subscribe(), short: short.to_owned(), who };
        let mut looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        (followed, !std::mem::replace(&mut *looking, true))
    }

    /// Whether the task that reads the sessions goes on. Without a stream that follows one it ends, and the next
    /// [`Self::follow`] asks for another.
    pub fn keep_reading(&self) -> bool {
        let mut looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        *looking = self.open.receiver_count() > 0;
        *looking
    }

    /// Publishes the open sessions to the streams that follow one.
    pub fn publish(&self, open: OpenSessions) {
        self.open.send_replace(open);
    }
}

impl Followed {
    /// Returns when the session is over, when its reviewer has another role, or when the database does not answer.
    pub async fn ended(&mut self) {
        while self.open.changed().await.is_ok() {
            let open = self.open.borrow_and_update().clone();
            let still = open
                .is_some_and(|open| open.iter().any(|(hash, who)| *who == self.who && hash.starts_with(&self.short)));
            if !still || self.short.is_empty() {
                return;
            }
        }
    }
}
