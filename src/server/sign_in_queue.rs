//! Clients that wait for a password to be hashed.
use tokio::sync::Semaphore;

/// Sign-ins that may wait for their turn to hash; more have to come back later.
const MOST_WAITING: usize = 32;

/// Clients that wait for a password to be hashed. Strangers have places of their own and hash one at a time, so that
/// they can only delay each other.
#[derive(Debug)]
pub struct SignInQueue {
    pub known: Semaphore,
    pub strangers: Semaphore,
    pub stranger: Semaphore,
}

impl Default for SignInQueue {
    fn default() -> Self {
        Self {
            known: Semaphore::new(MOST_WAITING),
            strangers: Semaphore::new(MOST_WAITING),
            stranger: Semaphore::new(1),
        }
    }
}
