//! The resolutions of the lines of a comparison.
use sha2::{Digest, Sha256};

use super::Resolved;
use crate::domain::identity::Comparison;

/// Identifies values without revealing them: when the values change, what a reviewer said about them no longer counts.
pub fn values(line: &Comparison) -> String {
    let of = format!("{:?}", (&line.label, &line.submitted, &line.document, &line.database));
    hex::encode(Sha256::digest(of).get(..16).unwrap_or_default())
}

/// Attaches the resolution to each line that differs, if the compared values have not changed.
pub fn resolve(lines: &mut [Comparison], said: &[Resolved]) {
    for line in lines.iter_mut().filter(|line| line.resolvable()) {
        let of = values(line);
        line.resolved = said.iter().find(|word| word.field == line.label && word.of == of).cloned();
    }
}
