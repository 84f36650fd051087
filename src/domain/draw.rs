//! Random samples that nobody can draw again until they like the outcome, nor foresee: a draw depends on the subject, the version
//! of its evidence, the name of the sample and a key of the installation, and on nothing that a reviewer chooses.
use sha2::{Digest, Sha256};

/// Draws of one subject at one version of its evidence.
#[derive(Debug, Clone, Copy)]
pub struct Draw<'a> {
    pub key: &'a [u8; 32],
    /// Kind and id of the subject.
    pub kind: &'a str,
    pub id: &'a str,
    pub version: i64,
}

impl Draw<'_> {
    /// 0 to 9,999. The log keeps it with the decision.
    pub fn number(&self, sample: &str) -> u16 {
        let mut hash = Sha256::new();
        hash.update(self.key);
        hash.update(self.version.to_be_bytes());
        for part in [self.kind, self.id, sample] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let hash = hash.finalize();
        let value = u64::from_be_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]]);
        u16::try_from(value % 10_000).unwrap_or(0)
    }

    /// Whether the subject belongs to a sample of so many percent.
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
        let draw = |id, version| Draw { key: &[7; 32], kind: "inquiry", id, version };
        for percent in [0, 1, 10, 50, 100] {
            let found = ids.iter().filter(|id| draw(id, 1).within("quality", percent)).count();
            let wanted = usize::from(percent) * 100;
            assert!(found.abs_diff(wanted) <= 150, "{found} of {wanted}");
        }
        assert!(ids.iter().all(|id| draw(id, 1).number("quality") == draw(id, 1).number("quality")));
        assert!(ids.iter().any(|id| draw(id, 1).number("quality") != draw(id, 2).number("quality")));
        assert!(ids.iter().any(|id| draw(id, 1).number("quality") != draw(id, 1).number("other")));
        let other = Draw { key: &[8; 32], ..draw("inq_1", 1) };
        assert_ne!(other.number("quality"), draw("inq_1", 1).number("quality"));
    }
}
