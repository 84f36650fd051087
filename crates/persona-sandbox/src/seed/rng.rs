//! Repeatable randomness: the same seed gives the same sandbox.

use super::super::clock;

/// The splitmix64 generator.
pub struct Rng(u64);

impl Rng {
    pub fn new(parts: &[u64]) -> Self {
        let mut rng = Self(0x9E37_79B9_7F4A_7C15);
        for part in parts {
            rng.0 ^= part.wrapping_mul(0xD6E8_FEB8_6659_FD93);
            rng.next();
        }
        rng
    }

    /// A generator for objects with a fixed name, which are the same in every sandbox.
    pub fn named(name: &str) -> Self {
        let hash = name
            .bytes()
            .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
        Self::new(&[hash])
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, but not including, `end`.
    pub fn below(&mut self, end: i64) -> i64 {
        i64::try_from(self.next() % end.max(1).unsigned_abs()).unwrap_or(0)
    }

    /// A number from `from` to `to`, both included.
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below(to - from + 1)
    }

    pub fn chance(&mut self, percent: i64) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> Option<&'a T> {
        let at = usize::try_from(self.next() % list.len().max(1) as u64).unwrap_or(0);
        list.get(at).copied()
    }

    pub fn text<'a>(&mut self, list: &[&'a str]) -> &'a str {
        self.pick(list).unwrap_or_default()
    }

    pub fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}_{}", clock::letters(28, || self.next()))
    }

    /// Replaces every `#` by a digit.
    pub fn digits(&mut self, pattern: &str) -> String {
        pattern
            .chars()
            .map(
                |letter| {
                    if letter == '#' { char::from(b'0' + u8::try_from(self.below(10)).unwrap_or(0)) } else { letter }
                },
            )
            .collect()
    }

    /// A score with one decimal.
    pub fn score(&mut self, from: i64, to: i64) -> f64 {
        let tenths = self.between(from * 10, to * 10);
        f64::from(i32::try_from(tenths).unwrap_or(0)) / 10.0
    }
}
