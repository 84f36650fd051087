//! Blind second reviews: a second reviewer judges a sample of decisions again, on the same evidence, without knowing
//! the first verdict. Cohen's kappa says how far two people agree beyond chance (J. Cohen, "A coefficient of agreement
//! for nominal scales", 1960).
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Name of the sample for blind second reviews ([`super::draw::Draw`]).
pub const SAMPLE: &str = "blind review";

/// Two verdicts on the same evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub first: String,
    pub second: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    pub pairs: usize,
    pub same: usize,
    /// In thousandths: 1000 is full agreement, 0 what chance alone brings. `None` when there is nothing to compare: no
    /// pairs, or all reviewers always gave the same verdict.
    pub kappa: Option<i64>,
    /// First verdict, second verdict, number of pairs; the most frequent first.
    pub table: Vec<(String, String, usize)>,
    /// Pairs that do not count, because the second reviewer had opened the inquiry after it was decided.
    pub knew: usize,
}

pub fn agreement(pairs: &[Pair], knew: usize) -> Agreement {
    let (mut cells, mut firsts, mut seconds) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for Pair { first, second } in pairs {
        *cells.entry((first, second)).or_insert(0_usize) += 1;
        *firsts.entry(first).or_insert(0_usize) += 1;
        *seconds.entry(second).or_insert(0_usize) += 1;
    }
    let n = pairs.len();
    let same = pairs.iter().filter(|pair| pair.first == pair.second).count();
    // (po - pe) / (1 - pe) with po = same / n and pe = by_chance / n², both sides times n².
    let by_chance: usize =
        firsts.iter().map(|(verdict, n)| n * seconds.get(verdict).copied().unwrap_or_default()).sum();
    let whole = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let room = whole(n * n) - whole(by_chance);
    let kappa = (room > 0).then(|| {
        let over = 1000 * (whole(same * n) - whole(by_chance));
        // Rounded to the nearest integer, also below zero.
        (2 * over + if over < 0 { -room } else { room }) / (2 * room)
    });
    let mut table: Vec<(String, String, usize)> =
        cells.into_iter().map(|((first, second), n)| (first.clone(), second.clone(), n)).collect();
    table.sort_by_key(|(.., n)| std::cmp::Reverse(*n));
    Agreement { pairs: n, same, kappa, table, knew }
}

/// The agreement in words, after Landis and Koch (1977).
pub const fn strength(kappa: i64) -> &'static str {
    match kappa {
        ..0 => "worse than chance",
        0..=200 => "slight",
        201..=400 => "fair",
        401..=600 => "moderate",
        601..=800 => "substantial",
        _ => "almost perfect",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(of: &[(&str, &str, usize)]) -> Vec<Pair> {
        let pair = |first: &str, second: &str| Pair { first: first.into(), second: second.into() };
        of.iter().flat_map(|(first, second, n)| std::iter::repeat_n(pair(first, second), *n)).collect()
    }

    #[test]
    fn kappa_is_that_of_the_textbooks() {
        // The example of Wikipedia's article: 20, 5, 10, 15 give 0.4.
        let found = agreement(&pairs(&[("a", "a", 20), ("a", "d", 5), ("d", "a", 10), ("d", "d", 15)]), 3);
        assert_eq!((found.pairs, found.same, found.kappa, found.knew), (50, 35, Some(400), 3));
        assert_eq!(found.table.first(), Some(&("a".to_owned(), "a".to_owned(), 20)));
        // Its second one: 45, 15, 25, 15 give 0.1304.
        assert_eq!(
            agreement(&pairs(&[("a", "a", 45), ("a", "d", 15), ("d", "a", 25), ("d", "d", 15)]), 0).kappa,
            Some(130)
        );
        // Always the opposite.
        assert_eq!(agreement(&pairs(&[("a", "d", 5), ("d", "a", 5)]), 0).kappa, Some(-1000));
        assert_eq!(agreement(&pairs(&[("a", "a", 5), ("d", "d", 5)]), 0).kappa, Some(1000));
    }

    #[test]
    fn where_nothing_can_be_compared_there_is_no_kappa() {
        assert_eq!(agreement(&[], 0), Agreement::default());
        assert_eq!(agreement(&pairs(&[("a", "a", 9)]), 0).kappa, None);
    }
}
