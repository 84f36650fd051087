//! What the log alone says about a decision, entry by entry.
pub mod compare;

use std::collections::BTreeMap;

use serde_json::Value;

use super::decision::state::State;
use super::export::Opening;
use super::time::Timestamp;
use tlog::merkle;

/// An entry about a decision, with its personal values that have not been erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayEntry {
    pub seq: i64,
    /// Null if the bytes are not an entry.
    pub body: Value,
    pub openings: Vec<Opening>,
    /// Whether its bytes are those that were hashed.
    pub sound: bool,
}

impl ReplayEntry {
    pub fn parse(seq: i64, body: &str, hash: &[u8], openings: Vec<Opening>) -> Self {
        let sound = merkle::leaf(body.as_bytes()) == hash;
        Self { seq, body: serde_json::from_str(body).unwrap_or_default(), openings, sound }
    }

    fn at(&self, path: &str) -> Option<&Value> {
        self.body.pointer(path).filter(|value| !value.is_null())
    }

    fn word(&self, path: &str) -> String {
        match self.at(path) {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }

    fn some(&self, path: &str) -> Option<String> {
        self.at(path).map(|_| self.word(path))
    }

    pub fn action(&self) -> String {
        self.word("/action")
    }

    pub fn time(&self) -> Option<Timestamp> {
        self.word("/at").parse().ok()
    }

    /// The decision that the entry is about.
    pub fn decision(&self) -> Option<String> {
        match self.word("/object/type").as_str() {
            "decision" => self.some("/object/id"),
            _ => self.some("/facts/decision"),
        }
    }

    fn person(&self) -> ActedBy {
        ActedBy { id: self.word("/actor/id"), name: self.word("/actor/name"), at: self.time() }
    }

    fn words(&self, name: &str) -> Words {
        match self.some(&format!("/commit/{name}")) {
            None => Words::None,
            Some(commitment) => {
                let salt =
                    self.openings.iter().find(|opening| opening.name == name).map(|opening| opening.salt.clone());
                Words::Committed { commitment, salt }
            }
        }
    }
}

/// A person, and when they acted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActedBy {
    pub id: String,
    pub name: String,
    pub at: Option<Timestamp>,
}

/// A text that the log has a commitment to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Words {
    #[default]
    None,
    /// Without a salt it was erased: nothing can be compared with the commitment any more.
    Committed { commitment: String, salt: Option<String> },
}

impl Words {
    /// What is wrong with the text in a table.
    fn wrong(&self, found: &str) -> Option<&'static str> {
        match self {
            Self::None if found.is_empty() => None,
            Self::None => Some("none"),
            // Erased in both places.
            Self::Committed { salt: None, .. } if found.is_empty() => None,
            Self::Committed { salt: None, .. } => Some("words that were erased from the log"),
            Self::Committed { commitment, salt: Some(salt) } => {
                let opening = Opening { seq: 0, name: String::new(), salt: salt.clone(), value: found.to_owned() };
                (opening.commitment().as_ref() != Some(commitment))
                    .then_some("a different text (the log contains only its commitment)")
            }
        }
    }

    pub fn erased(&self) -> bool {
        matches!(self, Self::Committed { salt: None, .. })
    }
}

/// A decision according to the log alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    pub decision: String,
    /// Numbers of the entries that it follows from, and those of them whose bytes are not what was hashed.
    pub entries: Vec<i64>,
    pub unsound: Vec<i64>,
    pub subject_kind: String,
    pub subject_id: String,
    pub verdict: String,
    pub status: Option<String>,
    pub reason: String,
    pub version: Option<i64>,
    /// SHA-256 of the evidence, hex.
    pub evidence: String,
    pub comment: Words,
    pub maker: ActedBy,
    pub rules_version: Option<i64>,
    /// Names of the rules that require a second reviewer, joined as in the entry. `None` if the entry does not mention
    /// it.
    pub wanted_by: Option<String>,
    pub checker: Option<ActedBy>,
    pub accounts: Option<String>,
    pub refusal: Option<Words>,
    pub released: Option<ActedBy>,
    pub state: Stage,
    pub settled_at: Option<Timestamp>,
    pub attempts: Option<i64>,
    pub persona_request: Option<String>,
    pub answer: Option<String>,
}

/// How far a decision has come according to the log. That it was queued and sent has no entry of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stage {
    #[default]
    Unmade,
    /// Proposed, queued or being delivered.
    OnItsWay,
    At(State),
}

impl Stage {
    /// Whether the table may have this state.
    pub fn fits(self, state: &str) -> bool {
        match self {
            Self::Unmade => false,
            Self::OnItsWay => ["proposed", "queued", "sending"].contains(&state),
            Self::At(is) => is.as_str() == state,
        }
    }

    /// A code for files: one of the states, or `on_its_way`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unmade => "",
            Self::OnItsWay => "on_its_way",
            Self::At(state) => state.as_str(),
        }
    }

    fn label(self) -> String {
        self.as_str().replace('_', " ")
    }
}

impl Said {
    /// Follows the entries about one decision, in the order of the log. `None` if none of them makes it.
    pub fn follow<'a>(entries: impl IntoIterator<Item = &'a ReplayEntry>) -> Option<Self> {
        let mut said: Option<Self> = None;
        for entry in entries {
            match &mut said {
                None if entry.action() == "decision.made" => said = Some(Self::made(entry)),
                None => {}
                Some(said) => said.then(entry),
            }
        }
        said
    }

    fn made(entry: &ReplayEntry) -> Self {
        let wanted_by = entry.body.pointer("/facts/countersign").map(|_| entry.word("/facts/countersign"));
        let waits = wanted_by.as_ref().is_some_and(|rules| !rules.is_empty());
        Self {
            decision: entry.word("/facts/decision"),
            entries: vec![entry.seq],
            unsound: if entry.sound { Vec::new() } else { vec![entry.seq] },
            subject_kind: entry.word("/object/type"),
            subject_id: entry.word("/object/id"),
            verdict: entry.word("/facts/verdict"),
            status: entry.some("/facts/status"),
            reason: entry.word("/facts/reason"),
            version: entry.at("/facts/version").and_then(Value::as_i64),
            evidence: entry.word("/facts/evidence"),
            comment: entry.words("comment"),
            maker: entry.person(),
            rules_version: entry.at("/facts/rules_version").and_then(Value::as_i64),
            wanted_by,
            state: if waits { Stage::At(State::AwaitingCountersign) } else { Stage::OnItsWay },
            ..Self::default()
        }
    }

    fn then(&mut self, entry: &ReplayEntry) {
        let ends = |said: &mut Self, state| {
            said.state = Stage::At(state);
            said.settled_at = entry.time();
        };
        match entry.action().as_str() {
            "countersign.given" => {
                self.checker = Some(entry.person());
                self.accounts = entry.some("/facts/accounts");
                self.state = Stage::OnItsWay;
            }
            "countersign.refused" => {
                self.checker = Some(entry.person());
                self.refusal = Some(entry.words("why"));
                ends(self, State::Refused);
            }
            "countersign.withdrawn" => {
                (self.checker, self.accounts) = (None, None);
                self.state = Stage::At(State::AwaitingCountersign);
            }
            "decision.withdrawn" => ends(self, State::Withdrawn),
            "decision.released" => self.released = Some(entry.person()),
            "decision.confirmed" => ends(self, State::Confirmed),
            "decision.rejected" => ends(self, State::Rejected),
            "decision.superseded" => ends(self, State::Superseded),
            "decision.unknown" => ends(self, State::Unknown),
            "decision.settled" => {
                let Some(state) = State::parse(&entry.word("/facts/outcome")) else { return };
                ends(self, state);
            }
            _ => return,
        }
        self.entries.push(entry.seq);
        self.unsound.extend((!entry.sound).then_some(entry.seq));
        self.attempts = entry.at("/facts/attempts").and_then(Value::as_i64).or(self.attempts);
        self.persona_request = entry.some("/facts/persona_request").or(self.persona_request.take());
        self.answer = entry.some("/facts/answer").or(self.answer.take());
    }
}

/// What the log says about the discrepancies in the evidence of one inquiry: the last resolution of each field.
pub fn resolutions(entries: &[ReplayEntry]) -> BTreeMap<String, Resolution> {
    let said = entries.iter().filter(|entry| entry.action() == "discrepancy.resolved").map(|entry| {
        let word = Resolution {
            resolution: entry.word("/facts/resolution"),
            by: entry.person(),
            comment: entry.words("comment"),
        };
        (entry.word("/facts/field"), word)
    });
    said.collect()
}

/// A reviewer's resolution of a discrepancy, according to the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolution {
    pub resolution: String,
    pub by: ActedBy,
    pub comment: Words,
}
