//! Breaks blocks into pages. One file, because every block advances the same private position on the page. A line is
//! the smallest thing that moves to the next page; table rows stay whole if a page can hold them, and headings stay
//! with what follows.
use std::rc::Rc;

use super::fonts::{Setter, Style, TextLine};
use crate::domain::evidence::Tone;
use crate::domain::pdf::{Block, Cell, PdfDocument, Table};

/// A4, in points.
pub const PAGE: (f32, f32) = (595.28, 841.89);
pub const MARGIN: f32 = 48.0;
const TOP: f32 = 64.0;
const BOTTOM: f32 = PAGE.1 - 60.0;
pub const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;

pub const BODY: Style = Style { size: 9.5, leading: 13.5, bold: false, mono: false };
const CELL: Style = Style { size: 8.0, leading: 11.0, bold: false, mono: false };
const HEAD: Style = Style { bold: true, ..CELL };
const CODE: Style = Style { size: 7.5, leading: 10.5, bold: false, mono: true };
pub const FOOT: Style = Style { size: 7.5, leading: 10.0, bold: false, mono: false };
const TITLE: Style = Style { size: 20.0, leading: 27.0, bold: true, mono: false };
/// Between the text of a cell and its edges.
const PAD: f32 = 4.0;
/// Between two columns.
const GAP: f32 = 8.0;

/// What a part of the document is, for readers who cannot see how it looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagRole {
    Heading(u16, String),
    Text,
    Code,
    Table(String),
    Row,
    ColumnHead,
    RowHead,
    Cell,
}

pub struct Tag {
    pub role: TagRole,
    pub parts: Vec<usize>,
}

/// Something on a page.
pub enum Mark {
    Line {
        line: Rc<TextLine>,
        x: f32,
        y: f32,
        ink: Ink,
        /// The node that the text belongs to; none for text that is repeated on each page.
        of: Option<usize>,
    },
    Rule {
        y: f32,
        x: f32,
        width: f32,
    },
    Fill {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    Black,
    Grey,
    Toned(Tone),
}

/// A heading for the list of contents.
pub struct OutlineEntry {
    pub level: u16,
    pub text: String,
    pub page: usize,
    pub y: f32,
}

#[derive(Default)]
pub struct Layout {
    pub pages: Vec<Vec<Mark>>,
    pub nodes: Vec<Tag>,
    /// Nodes without a parent, in reading order.
    pub roots: Vec<usize>,
    pub contents: Vec<OutlineEntry>,
    pub feet: Vec<Rc<TextLine>>,
    y: f32,
}

pub fn lay_out(setter: &mut Setter, document: &PdfDocument) -> Layout {
    let mut layout = Layout { pages: vec![Vec::new()], y: TOP, ..Layout::default() };
    let title = layout.node(None, TagRole::Heading(1, document.title.clone()));
    layout.contents.push(OutlineEntry { level: 1, text: document.title.clone(), page: 0, y: TOP });
    layout.lines(setter.set(&document.title, TITLE, WIDTH), TITLE, 0.0, Ink::Black, title);
    layout.y += 6.0;
    for block in &document.blocks {
        layout.block(setter, block);
    }
    if !setter.missing.is_empty() {
        let note = "A number in brackets, such as [U+674E], is the code of a letter that no font on the desk's machine \
                    has (unicode.org lists them). Fonts for more scripts can be installed there.";
        layout.block(setter, &Block::text(note));
    }
    let last = layout.pages.len();
    layout.feet = (1..=last)
        .flat_map(|number| {
            setter.set(&format!("{} · page {number} of {last}", document.foot), FOOT, WIDTH).into_iter().take(1)
        })
        .map(Rc::new)
        .collect();
    layout
}

impl Layout {
    fn node(&mut self, under: Option<usize>, role: TagRole) -> usize {
        let at = self.nodes.len();
        self.nodes.push(Tag { role, parts: Vec::new() });
        match under.and_then(|under| self.nodes.get_mut(under)) {
            Some(above) => above.parts.push(at),
            None => self.roots.push(at),
        }
        at
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
    }

    /// Starts a new page unless this height fits on the current one. Returns whether it did.
    fn room(&mut self, height: f32) -> bool {
        let turn = self.y + height > BOTTOM && self.y > TOP;
        if turn {
            self.turn();
        }
        turn
    }

    fn lines(&mut self, lines: Vec<TextLine>, style: Style, indent: f32, ink: Ink, of: usize) {
        for line in lines {
            self.room(style.leading);
            let y = self.y;
            self.mark(Mark::Line { line: Rc::new(line), x: MARGIN + indent, y, ink, of: Some(of) });
            self.y += style.leading;
        }
    }

    fn block(&mut self, setter: &mut Setter, block: &Block) {
        match block {
            Block::Heading(level, text) => self.heading(setter, *level, text),
            Block::Text(text) => {
                let of = self.node(None, TagRole::Text);
                let lines = setter.set(text, BODY, WIDTH);
                self.lines(lines, BODY, 0.0, Ink::Black, of);
                self.y += 6.0;
            }
            Block::Notice(text) => {
                let of = self.node(None, TagRole::Text);
                let lines = setter.set(text, Style { bold: true, ..BODY }, WIDTH - 2.0 * PAD);
                for line in lines {
                    self.room(BODY.leading);
                    let y = self.y;
                    self.mark(Mark::Fill { x: MARGIN, y, width: WIDTH, height: BODY.leading });
                    let ink = Ink::Toned(Tone::Warn);
                    self.mark(Mark::Line { line: Rc::new(line), x: MARGIN + PAD, y, ink, of: Some(of) });
                    self.y += BODY.leading;
                }
                self.y += 8.0;
            }
            Block::Code(text) => {
                let of = self.node(None, TagRole::Code);
                let lines = setter.set(text, CODE, WIDTH - PAD);
                self.lines(lines, CODE, PAD, Ink::Black, of);
                self.y += 6.0;
            }
            Block::Facts(lines) => self.facts(setter, lines),
            Block::Table(table) => self.table(setter, table),
        }
    }

    fn heading(&mut self, setter: &mut Setter, level: u16, text: &str) {
        let (size, before) = match level {
            1 => (14.0, 14.0),
            2 => (11.5, 8.0),
            3 => (10.0, 6.0),
            _ => (9.0, 4.0),
        };
        let style = Style { size, leading: size * 1.4, bold: true, mono: false };
        if self.y > TOP {
            self.y += before;
        }
        let lines = setter.set(text, style, WIDTH);
        // Together with at least some of what follows.
        self.room(style.leading * f32::from(u16::try_from(lines.len()).unwrap_or(1)) + 4.0 * BODY.leading);
        let (page, y) = (self.pages.len() - 1, self.y);
        self.contents.push(OutlineEntry { level: level + 1, text: text.to_owned(), page, y });
        let of = self.node(None, TagRole::Heading(level + 1, text.to_owned()));
        self.lines(lines, style, 0.0, Ink::Black, of);
        if level == 1 {
            let y = self.y + 1.0;
            self.mark(Mark::Rule { y, x: MARGIN, width: WIDTH });
        }
        self.y += 5.0;
    }

    fn facts(&mut self, setter: &mut Setter, facts: &[(String, String)]) {
        if facts.is_empty() {
            return;
        }
        let table = self.node(None, TagRole::Table("Names with their values".into()));
        let name = WIDTH * 0.28;
        for (label, value) in facts {
            let row = self.node(Some(table), TagRole::Row);
            let cells = [
                (TagRole::RowHead, setter.set(label, HEAD, name - GAP), 0.0, Ink::Grey),
                (TagRole::Cell, setter.set(value, CELL, WIDTH - name), name, Ink::Black),
            ];
            self.row(row, cells, None);
        }
        self.y += 6.0;
    }

    /// Draws one row, line by line. `head` is drawn again at the top of each page on which the row continues.
    fn row(
        &mut self,
        row: usize,
        cells: impl IntoIterator<Item = (TagRole, Vec<TextLine>, f32, Ink)>,
        head: Option<&[(Rc<TextLine>, f32)]>,
    ) {
        let cells: Vec<_> = cells
            .into_iter()
            .map(|(role, lines, x, ink)| {
                (self.node(Some(row), role), lines.into_iter().map(Rc::new).collect::<Vec<_>>(), x, ink)
            })
            .collect();
        let count = cells.iter().map(|(_, lines, ..)| lines.len()).max().unwrap_or(0);
        let height = CELL.leading * f32::from(u16::try_from(count).unwrap_or(u16::MAX)) + PAD;
        if height < BOTTOM - TOP - 2.0 * CELL.leading && self.room(height) {
            self.repeat(head);
        }
        for band in 0..count {
            if self.room(CELL.leading) {
                self.repeat(head);
            }
            let y = self.y;
            for (of, lines, x, ink) in &cells {
                if let Some(line) = lines.get(band) {
                    let line = line.clone();
                    self.mark(Mark::Line { line, x: MARGIN + x, y, ink: *ink, of: Some(*of) });
                }
            }
            self.y += CELL.leading;
        }
        let y = self.y + PAD / 2.0;
        self.mark(Mark::Rule { y, x: MARGIN, width: WIDTH });
        self.y += PAD;
    }

    fn repeat(&mut self, head: Option<&[(Rc<TextLine>, f32)]>) {
        let Some(head) = head else { return };
        let y = self.y;
        self.mark(Mark::Fill { x: MARGIN, y: y - 2.0, width: WIDTH, height: CELL.leading + 2.0 });
        for (line, x) in head {
            self.mark(Mark::Line { line: line.clone(), x: MARGIN + x, y, ink: Ink::Grey, of: None });
        }
        self.y += CELL.leading + PAD;
    }

    fn table(&mut self, setter: &mut Setter, table: &Table) {
        if table.rows.is_empty() {
            let of = self.node(None, TagRole::Text);
            let lines = setter.set("None.", BODY, WIDTH);
            self.lines(lines, BODY, 0.0, Ink::Grey, of);
            self.y += 4.0;
            return;
        }
        let whole: f32 = table.columns.iter().map(|(_, share)| f32::from(*share)).sum();
        let mut x = 0.0;
        let mut places = Vec::new();
        for (_, share) in &table.columns {
            let width = WIDTH * f32::from(*share) / whole;
            places.push((x, width));
            x += width;
        }
        let top = self.node(None, TagRole::Table(table.summary.clone()));
        // The names of the columns stay with the first row.
        self.room(CELL.leading * 5.0);
        let row = self.node(Some(top), TagRole::Row);
        let mut head = Vec::new();
        let y = self.y;
        self.mark(Mark::Fill { x: MARGIN, y: y - 2.0, width: WIDTH, height: CELL.leading + 2.0 });
        for ((name, _), (x, width)) in table.columns.iter().zip(&places) {
            let of = self.node(Some(row), TagRole::ColumnHead);
            for line in setter.set(name, HEAD, width - GAP).into_iter().take(1).map(Rc::new) {
                head.push((line.clone(), *x));
                self.mark(Mark::Line { line, x: MARGIN + x, y, ink: Ink::Grey, of: Some(of) });
            }
        }
        self.y += CELL.leading + PAD;
        for cells in &table.rows {
            let row = self.node(Some(top), TagRole::Row);
            let set: Vec<_> = cells
                .iter()
                .zip(&places)
                .map(|(Cell { text, tone }, (x, width))| {
                    let ink = if *tone == Tone::Plain { Ink::Black } else { Ink::Toned(*tone) };
                    (TagRole::Cell, setter.set(text, CELL, width - GAP), *x, ink)
                })
                .collect();
            self.row(row, set, Some(&head));
        }
        self.y += 8.0;
    }
}
