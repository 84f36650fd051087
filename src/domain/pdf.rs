//! A printable document: its content in reading order, without its drawing.
use super::evidence::Tone;
use super::text::{LONGEST_HEADING, LONGEST_SHOWN, shortened};
use super::time::Timestamp;

/// Number of characters of all texts after which each further one is cut short, so that the document can still be
/// printed.
const MOST_PRINTED: usize = 500_000;
const LITTLE: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PdfDocument {
    pub title: String,
    /// One sentence, for the file's own description.
    pub about: String,
    pub made_at: Timestamp,
    /// Footer of each page.
    pub foot: String,
    pub blocks: Vec<Block>,
    /// Files embedded in the file.
    pub attached: Vec<Attached>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    pub name: String,
    pub media_type: &'static str,
    pub about: String,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Level 1 begins a part; levels are never skipped.
    Heading(u16, String),
    Text(String),
    /// Highlighted: what the reader must not miss.
    Notice(String),
    /// Names with their values.
    Facts(Vec<(String, String)>),
    Table(Table),
    /// Verbatim, with its line breaks.
    Code(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Says what the rows are, for readers who cannot see them.
    pub summary: String,
    /// Name and share of the width.
    pub columns: Vec<(&'static str, u16)>,
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub text: String,
    pub tone: Tone,
}

impl Cell {
    pub fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::toned(text, Tone::Plain)
    }
}

impl PdfDocument {
    /// Shortens texts that are too long to print. Attached files stay whole.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        let mut printed = 0;
        let mut bound = |text: &mut String| {
            let most = if printed > MOST_PRINTED { LITTLE } else { LONGEST_SHOWN };
            if text.len() > most {
                *text = shortened(text, most).into_owned();
            }
            printed += text.len();
        };
        let heading = |text: &mut String| *text = shortened(text, LONGEST_HEADING).into_owned();
        [&mut self.title, &mut self.about, &mut self.foot].into_iter().for_each(heading);
        for block in &mut self.blocks {
            match block {
                Block::Heading(_, text) => heading(text),
                Block::Text(text) | Block::Notice(text) | Block::Code(text) => bound(text),
                Block::Facts(lines) => lines.iter_mut().for_each(|(name, value)| {
                    heading(name);
                    bound(value);
                }),
                Block::Table(table) => table.rows.iter_mut().flatten().for_each(|cell| bound(&mut cell.text)),
            }
        }
        self
    }
}

impl Block {
    pub fn heading(level: u16, text: impl Into<String>) -> Self {
        Self::Heading(level, text.into())
    }

    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn table(
        summary: impl Into<String>,
        columns: &[(&'static str, u16)],
        rows: impl IntoIterator<Item = Vec<Cell>>,
    ) -> Self {
        Self::Table(Table { summary: summary.into(), columns: columns.to_vec(), rows: rows.into_iter().collect() })
    }
}

/// Facts without those that have no value.
pub fn facts(lines: impl IntoIterator<Item = (&'static str, Option<String>)>) -> Block {
    Block::Facts(
        lines
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value.filter(|value| !value.is_empty())?)))
            .collect(),
    )
}
