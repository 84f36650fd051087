//! Decides who may call next: a budget for each minute, shared by all replicas that share a database, and a circuit
//! breaker for each lane. The rules are in `domain::budget` and `domain::breaker`.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::Instant;

use crate::domain::budget::{Budget, Lane};
use crate::domain::circuit_breaker::CircuitBreaker;
use crate::domain::time::Timestamp;

/// A request to a shared budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Take(Lane),
    /// An answer's headers: limit, what is left, seconds until the window ends.
    Note(u32, u32, u32),
}

/// A budget that other replicas use as well. Returns how long to wait, zero to go on, or `None` if it could not be
/// asked.
pub type SharedBudget = Arc<dyn Fn(Turn) -> BoxFuture<'static, Option<Duration>> + Send + Sync>;

#[derive(Clone)]
pub struct CallLimiter {
    own: Arc<Mutex<Budget>>,
    shared: Option<SharedBudget>,
    breakers: Arc<Mutex<[CircuitBreaker; 3]>>,
    /// The budget of this process uses a clock that cannot be set.
    began: Instant,
}

impl std::fmt::Debug for CallLimiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").field("shared", &self.shared.is_some()).finish_non_exhaustive()
    }
}

impl CallLimiter {
    pub fn new(shared: Option<SharedBudget>) -> Self {
        let own = Arc::new(Mutex::new(Budget::new(Timestamp::from_micros(0))));
        Self { own, shared, breakers: Arc::default(), began: Instant::now() }
    }

    fn monotonic(&self) -> Timestamp {
        Timestamp::from_micros(0).plus(self.began.elapsed())
    }

    /// Waits until this lane may send.
    pub async fn slot(&self, lane: Lane) {
        loop {
            let asked = match &self.shared {
                Some(shared) => shared(Turn::Take(lane)).await,
                None => None,
            };
            let wait = asked.unwrap_or_else(|| {
                let now = self.monotonic();
                let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
                own.take(lane, now).err().unwrap_or_default()
            });
            if wait.is_zero() {
                return;
            }
            tokio::time::sleep(wait.clamp(Duration::from_millis(50), Duration::from_secs(60))).await;
        }
    }

    pub async fn note(&self, limit: u32, remaining: u32, reset: u32) {
        let now = self.monotonic();
        self.own.lock().unwrap_or_else(PoisonError::into_inner).note(limit, remaining, reset, now);
        if let Some(shared) = &self.shared {
            shared(Turn::Note(limit, remaining, reset)).await;
        }
    }

    /// Returns how long the rate limit window of this process still lasts.
    pub fn window_left(&self) -> Duration {
        let now = self.monotonic();
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if own.resets > now { own.resets.since(now) } else { Duration::ZERO }
    }

    fn breaker<T>(&self, lane: Lane, with: impl FnOnce(&mut CircuitBreaker) -> T) -> T {
        let mut breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        let [decision, page, background] = &mut *breakers;
        with(match lane {
            Lane::Decision => decision,
            Lane::Page => page,
            Lane::Background => background,
        })
    }

    pub fn may(&self, lane: Lane, now: Timestamp) -> Result<(), Duration> {
        self.breaker(lane, |breaker| breaker.may(now))
    }

    pub fn pause(&self, lane: Lane, now: Timestamp) -> Duration {
        self.breaker(lane, |breaker| breaker.wait(now))
    }

    pub fn done(&self, lane: Lane, failed: bool, now: Timestamp) {
        self.breaker(lane, |breaker| breaker.done(failed, now));
    }
}
