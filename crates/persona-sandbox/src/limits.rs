//! Rate limit and quotas: fixed windows of one minute, each started by its first request.

use super::lock::hold;
use std::{collections::HashMap, sync::Mutex};

const WINDOW: i64 = 60_000;

#[derive(Clone, Copy, Default)]
struct Window {
    opened: i64,
    used: u32,
}

/// How much of a limit is left.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    pub allowed: bool,
    pub limit: u32,
    pub remaining: u32,
    /// Seconds until the window ends.
    pub reset: i64,
}

pub struct Limits {
    requests: u32,
    quota: u32,
    all: Mutex<Window>,
    /// One window for each kind of object: inquiries, verifications, reports and cases.
    created: Mutex<HashMap<&'static str, Window>>,
}

impl Limits {
    pub fn new(requests: u32, quota: u32) -> Self {
        Self { requests, quota, all: Mutex::default(), created: Mutex::default() }
    }

    pub fn requests(&self) -> u32 {
        self.requests
    }

    /// Uses one request of the window, if one is left.
    pub fn spend(&self, now: i64) -> Budget {
        step(&mut hold(&self.all), self.requests, now, true)
    }

    pub fn look(&self, now: i64) -> Budget {
        step(&mut hold(&self.all), self.requests, now, false)
    }

    /// The same for the quota of one kind of object.
    pub fn spend_quota(&self, kind: &'static str, now: i64) -> Budget {
        step(hold(&self.created).entry(kind).or_default(), self.quota, now, true)
    }
}

fn step(window: &mut Window, limit: u32, now: i64, spend: bool) -> Budget {
    // If the clock was set back, the window must not stay open for long.
    if window.used == 0 || now - window.opened >= WINDOW || now < window.opened {
        *window = Window { opened: now, used: 0 };
    }
    let allowed = window.used < limit;
    if spend && allowed {
        window.used += 1;
    }
    let reset = (window.opened + WINDOW - now + 999) / 1000;
    Budget { allowed, limit, remaining: limit - window.used, reset }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_opens_with_its_first_request_and_closes_a_minute_later() {
        let limits = Limits::new(2, 1);
        assert_eq!((limits.spend(1000).remaining, limits.spend(30_000).remaining), (1, 0));
        let refused = limits.spend(31_000);
        assert_eq!((refused.allowed, refused.reset), (false, 30));
        assert!(limits.spend(61_000).allowed);
    }

    #[test]
    fn each_kind_has_its_quota() {
        let limits = Limits::new(10, 1);
        assert!(limits.spend_quota("inquiries", 5).allowed);
        assert!(!limits.spend_quota("inquiries", 6).allowed);
        assert!(limits.spend_quota("cases", 6).allowed);
    }
}
