//! Random samples that no reviewer can foresee, or draw again until they like the outcome: a draw depends on the
//! subject, the name of the sample and a key of the installation, and on nothing that a reviewer can change. The
//! version of the evidence is left out, because the maker can cause a new one with a mark for review or a one-time
//! link.
use sha2::{Digest, Sha256};

/// Draws of one subject.
#[derive(Debug, Clone, Copy)]
pub struct Draw<'a> {
    pub key: &'a [u8; 32],
    /// Kind and id of the subject.
    pub kind: &'a str,
    pub id: &'a str,
}

impl Draw<'_> {
    /// The number drawn, 0 to 9,999. The log records it with the decision.
    pub fn number(&self, sample: &str) -> u16 {
        let mut hash = Sha256::new();
        hash.update(self.key);
        for part in [self.kind, self.id, sample] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let hash = hash.finalize();
        let value = u64::from_be_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]]);
        u16::try_from(value % 10_000).unwrap_or(0)
    }

    /// Whether the subject belongs to a sample of this many percent.
    pub fn within(&self, sample: &str, percent: u8) -> bool {
        self.number(sample) < u16::from(percent.min(100)) * 100
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_near_its_percentage_and_drawn_once() {
        let ids: Vec<String> = (0..10_000).map(|n| format!("inq_{n}")).collect();
        let draw = |id| Draw { key: &[7; 32], kind: "inquiry", id };
        for percent in [0, 1, 10, 50, 100] {
            let found = ids.iter().filter(|id| draw(id).within("quality", percent)).count();
            let wanted = usize::from(percent) * 100;
            assert!(found.abs_diff(wanted) <= 150, "{found} of {wanted}");
        }
        assert!(ids.iter().all(|id| draw(id).number("quality") == draw(id).number("quality")));
        assert!(ids.iter().any(|id| draw(id).number("quality") != draw(id).number("other")));
        let other = Draw { key: &[8; 32], ..draw("inq_1") };
        assert_ne!(other.number("quality"), draw("inq_1").number("quality"));
    }
}
