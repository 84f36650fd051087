//! Checklists: the items that a reviewer ticks before a verdict, in one versioned list per template, and who ticked
//! what on which evidence.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::time::Timestamp;

/// One item of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Derived from the text: another text is another item, and old ticks do not count for it.
    pub id: String,
    pub text: String,
    /// Verdicts that a reviewer cannot give before this item is ticked.
    pub blocks: Vec<String>,
}

/// All lists of one version. A version never changes: an edit makes the next one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checklists {
    /// 0 before the first list is made.
    #[serde(default)]
    pub version: i64,
    /// Lists by Persona's template ID; the empty ID is for every template without a list of its own.
    pub by_template: BTreeMap<String, Vec<Item>>,
}

pub const LONGEST_ITEM: usize = 200;
pub const MOST_ITEMS: usize = 30;
const VERDICTS: [&str; 3] = ["approve", "decline", "mark-for-review"];

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadChecklist {
    #[error("Line {0} is longer than {LONGEST_ITEM} characters. Shorten it.")]
    TooLong(usize),
    #[error("At most {MOST_ITEMS} items. Remove some first.")]
    TooMany,
    #[error("Line {0} repeats an earlier line. Remove one of them.")]
    Twice(usize),
    #[error("Line {0} has no text after its verdicts. Write the text of the item.")]
    Empty(usize),
}

impl Item {
    pub fn new(text: &str, blocks: Vec<String>) -> Self {
        let digest = Sha256::digest(text.as_bytes());
        Self { id: hex::encode(digest.get(..6).unwrap_or_default()), text: text.to_owned(), blocks }
    }

    /// As typed into the form, which [`typed`] reads back.
    pub fn line(&self) -> String {
        if self.blocks.is_empty() { self.text.clone() } else { format!("{}: {}", self.blocks.join(", "), self.text) }
    }

    pub fn bars(&self, verdict: &str) -> bool {
        self.blocks.iter().any(|blocked| blocked == verdict)
    }
}

/// Reads one item per line: `approve, decline: Is the face the same?` blocks these verdicts, a plain line blocks none.
pub fn typed(text: &str) -> Result<Vec<Item>, BadChecklist> {
    let mut items = Vec::<Item>::new();
    for (n, line) in text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty()) {
        let item = match line.split_once(':') {
            Some((before, after)) if before.split(',').all(|verdict| VERDICTS.contains(&verdict.trim())) => {
                Item::new(after.trim(), before.split(',').map(|verdict| verdict.trim().to_owned()).collect())
            }
            _ => Item::new(line, Vec::new()),
        };
        if item.text.is_empty() {
            return Err(BadChecklist::Empty(n + 1));
        }
        if item.text.chars().count() > LONGEST_ITEM {
            return Err(BadChecklist::TooLong(n + 1));
        }
        if items.iter().any(|known| known.id == item.id) {
            return Err(BadChecklist::Twice(n + 1));
        }
        items.push(item);
    }
    if items.len() > MOST_ITEMS { Err(BadChecklist::TooMany) } else { Ok(items) }
}

impl Checklists {
    pub fn of(&self, template: Option<&str>) -> &[Item] {
        let own = template.and_then(|template| self.by_template.get(template));
        own.or_else(|| self.by_template.get("")).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Who ticked an item, and on which version of the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    pub item: String,
    pub by: String,
    pub at: Timestamp,
    pub version: i64,
}

/// An item as an inquiry's page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistLine {
    pub item: Item,
    pub tick: Option<Tick>,
    /// Whether it was ticked on the current version of the evidence: only such a tick counts.
    pub counts: bool,
}

pub fn lines(items: &[Item], ticks: &[Tick], version: i64) -> Vec<ChecklistLine> {
    items
        .iter()
        .map(|item| {
            let tick = ticks.iter().find(|tick| tick.item == item.id).cloned();
            let counts = tick.as_ref().is_some_and(|tick| tick.version == version);
            ChecklistLine { item: item.clone(), tick, counts }
        })
        .collect()
}

/// The items that still block a verdict.
pub fn missing(lines: &[ChecklistLine], verdict: &str) -> Vec<String> {
    lines.iter().filter(|line| line.item.bars(verdict) && !line.counts).map(|line| line.item.text.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_the_verdicts_that_it_blocks() {
        let items =
            typed("approve, decline: Is the face the same?\n\n Note: read the back \nmark-for-review:Call them")
                .unwrap_or_default();
        let blocks: Vec<usize> = items.iter().map(|item| item.blocks.len()).collect();
        assert_eq!(blocks, [2, 0, 1]);
        assert_eq!(items.get(1).map(|item| item.text.as_str()), Some("Note: read the back"));
        let again: String = items.iter().map(|item| item.line() + "\n").collect();
        assert_eq!(typed(&again), Ok(items));
        assert_eq!(typed("a\nb\na"), Err(BadChecklist::Twice(3)));
        assert_eq!(typed("approve:"), Err(BadChecklist::Empty(1)));
        assert_eq!(typed(&"x".repeat(201)), Err(BadChecklist::TooLong(1)));
        let many: String = (0..31).map(|n| format!("{n}\n")).collect();
        assert_eq!(typed(&many), Err(BadChecklist::TooMany));
    }

    #[test]
    fn a_tick_on_earlier_evidence_does_not_count() {
        let items = typed("approve: Is the face the same?\nRead the back").unwrap_or_default();
        let tick = |version| Tick {
            item: items.first().map(|item| item.id.clone()).unwrap_or_default(),
            by: "Maya".into(),
            at: Timestamp::from_micros(0),
            version,
        };
        assert_eq!(missing(&lines(&items, &[], 2), "approve"), ["Is the face the same?"]);
        assert_eq!(missing(&lines(&items, &[tick(1)], 2), "approve").len(), 1);
        assert!(missing(&lines(&items, &[tick(2)], 2), "approve").is_empty());
        assert!(missing(&lines(&items, &[], 2), "decline").is_empty());
    }

    #[test]
    fn a_template_of_its_own_has_a_list_of_its_own() {
        let list = |text: &str| vec![Item::new(text, vec![])];
        let by_template = BTreeMap::from([(String::new(), list("any")), ("itmpl_1".to_owned(), list("own"))]);
        let all = Checklists { version: 1, by_template };
        let first = |template| all.of(template).first().map(|item| item.text.as_str());
        assert_eq!(
            (first(Some("itmpl_1")), first(Some("itmpl_2")), first(None)),
            (Some("own"), Some("any"), Some("any"))
        );
    }
}
