//! Relations inside a block; every tenth block also has a network of businesses and people three levels deep.

use super::{
    inquiry,
    org::opposite,
    people::{self, Subject},
    plan::{self, BLOCK, Share, Slot, Status, Template, Times, Twist},
};
use serde_json::Value;

/// Account, key, target, time.
pub type Relation = (String, &'static str, String, i64);

/// Business or person (by place in the block), key, the other account.
const PAIRS: &[(u64, &str, u64)] = &[
    (10, "beneficial_owners", 4),
    (10, "directors", 6),
    (15, "directors", 8),
    (22, "beneficial_owners", 20),
    (22, "directors", 18),
    (25, "beneficial_owners", 35),
    (25, "directors", 9),
    (29, "beneficial_owners", 26),
    (32, "directors", 31),
    (36, "parent_company", 29),
    (36, "directors", 2),
    (7, "spouse", 21),
    (26, "spouse", 20),
    (1, "spouse", 23),
    (25, "directors", 1),
];

/// Places above 100 are accounts that exist only in the network.
const NETWORK: &[(u64, &str, u64)] = &[
    (0, "beneficial_owners", 13),
    (0, "beneficial_owners", 100),
    (0, "beneficial_owners", 12),
    (0, "directors", 101),
    (0, "directors", 18),
    (0, "parent_company", 110),
    (0, "subsidiaries", 111),
    (0, "subsidiaries", 112),
    (110, "directors", 102),
    (110, "beneficial_owners", 103),
    (102, "spouse", 103),
    (111, "directors", 16),
    (111, "beneficial_owners", 100),
    (112, "beneficial_owners", 104),
    (112, "directors", 105),
    (15, "beneficial_owners", 100),
    (15, "directors", 106),
    (100, "spouse", 106),
    (10, "directors", 104),
];

/// Place, country, whether a woman, given name, family name or firm.
const EXTRAS: &[(u64, &str, bool, &str, &str)] = &[
    (100, "US", false, "Paul", "Reyes"),
    (101, "US", true, "Hannah", "Brooks"),
    (102, "US", false, "Marcus", "Whitfield"),
    (103, "IT", true, "Elisa", "Ferri"),
    (104, "CN", true, "Mei", "Lin"),
    (105, "GB", false, "Callum", "Ashworth"),
    (106, "MX", true, "Ana", "Reyes"),
    (110, "US", true, "", "Harbor Group Holdings Inc."),
    (111, "US", true, "", "Blue Quay LLC"),
    (112, "US", true, "", "Harbor Cold Storage LLC"),
];

/// Returns the accounts that a block's relations need and that belong to no inquiry, and the relations.
pub fn block(seed: u64, block: u64, inquiries: u64, base: i64) -> (Vec<Value>, Vec<Relation>) {
    let network = block.is_multiple_of(10);
    let mut accounts = Vec::new();
    let mut rows: Vec<&(u64, &str, u64)> =
        PAIRS.iter().filter(|row| here(block, row.0, inquiries) && here(block, row.2, inquiries)).collect();
    if network {
        rows.extend(NETWORK);
        for place in [10, 12, 13, 15, 16, 18] {
            if !here(block, place, inquiries) {
                accounts.push(people::subject(seed, block * BLOCK + place, base));
            }
        }
        accounts.extend(EXTRAS.iter().map(|row| extra(seed, block, row, base)));
    }
    let id = |place: u64| match EXTRAS.iter().find(|row| row.0 == place) {
        Some(row) => extra(seed, block, row, base).account,
        None => people::subject(seed, block * BLOCK + place, base).account,
    };
    let at = base - 40 * 86_400_000;
    let mut relations = Vec::new();
    for (from, key, to) in rows {
        let Some((_, _, back)) = opposite(key) else { continue };
        let (from, to) = (id(*from), id(*to));
        relations.push((from.clone(), *key, to.clone(), at));
        relations.push((to, back, from, at));
    }
    let times = Times::at(at);
    let accounts = accounts.iter().map(|subject| inquiry::account(subject, &times, "")).collect();
    (accounts, relations)
}

fn here(block: u64, place: u64, inquiries: u64) -> bool {
    block * BLOCK + place < inquiries
}

fn extra(seed: u64, block: u64, row: &(u64, &str, bool, &str, &str), base: i64) -> Subject {
    let business = row.3.is_empty();
    let slot = Slot {
        status: if plan::of(row.0).status == Status::Approved { Status::Approved } else { Status::Completed },
        template: if business { Template::Business } else { Template::Standard },
        twist: Twist::None,
        share: Share::Nothing,
    };
    // A number that no inquiry has.
    let mut subject = people::subject_as(seed, (1 << 40) + block * 1000 + row.0, base, slot);
    subject.reference = format!("rel-{block}-{}", row.0);
    if block == 0 {
        if let Some(firm) = &mut subject.firm {
            row.4.clone_into(&mut firm.name);
        } else {
            row.3.clone_into(&mut subject.first);
            row.4.clone_into(&mut subject.last);
            subject.native = None;
        }
    }
    subject
}
