//! Open sessions, for streams that outlive their request. They are read from the database twice a second, once for all
//! streams, so that a session that another replica has ended ends here as well.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::{App, usecase};
use crate::domain::id::ReviewerId;
use crate::domain::reviewer::Role;

/// Time between two reads. The end of a session is noticed within this time and the time that a read takes.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Open sessions by the hash of their id; `None` when the database does not answer.
type Open = Option<Arc<HashMap<String, (ReviewerId, Role)>>>;

#[derive(Debug)]
pub struct Sessions {
    open: watch::Sender<Open>,
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
    open: watch::Receiver<Open>,
    /// The beginning of the hash of its id.
    short: String,
    who: (ReviewerId, Role),
}

impl Sessions {
    /// Follows a session that is known to be open now.
    pub fn follow(&self, app: &App, short: &str, who: (ReviewerId, Role)) -> Followed {
        let followed = Followed { open: self.open.subscribe(), short: short.to_owned(), who };
        let mut looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut *looking, true) {
            tokio::spawn(look(app.clone()));
        }
        followed
    }
}

/// Reads the open sessions as long as a stream follows one.
async fn look(app: App) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        {
            let mut looking = app.sessions.looking.lock().unwrap_or_else(PoisonError::into_inner);
            if app.sessions.open.receiver_count() == 0 {
                *looking = false;
                return;
            }
        }
        let open = usecase::session::all_open(&app).await.ok().map(Arc::new);
        app.sessions.open.send_replace(open);
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
