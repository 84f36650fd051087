//! The real program in separate processes, over real sockets: killed, stopped, cut off and raced. The sandbox counts
//! what took effect. Short counts by default, full counts with `make torture`. `docs/reliability.md` has the matrix.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]
#![expect(clippy::disallowed_methods, reason = "tests act as the outside world: its clock, its settings, its clients")]

mod aborts;
mod day;
mod desk;
mod disk;
mod faults;
mod interrupted;
mod kills;
mod lines;
mod outages;
mod pauses;
mod power;
mod races;
mod recording;
mod restored;
mod slow;
mod stops;
mod webhooks;

/// Number of repetitions: the short count, or the one that an environment variable sets.
pub fn count(name: &str, short: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(short)
}

/// Pseudo-random numbers: the same seed gives the same numbers.
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}
