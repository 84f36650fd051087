//! Fonts and lines of text. DejaVu is part of the program; more scripts come from fonts on the machine
//! (COUNTERSIGN_FONTS).
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use parley::fontique::{Blob, Collection, CollectionOptions, SourceCache};
use parley::layout::{Alignment, AlignmentOptions};
use parley::style::{FontFamily, FontFamilyName, FontWeight, LineHeight, OverflowWrap, StyleProperty};
use parley::{FontContext, LayoutContext};

/// Fonts that were found, in the order in which they are searched for a letter.
#[derive(Clone)]
pub struct Fonts {
    context: FontContext,
    families: Vec<String>,
}

/// How a text is set. Sizes in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    pub size: f32,
    pub leading: f32,
    pub bold: bool,
    pub mono: bool,
}

/// One line of text, ready to be drawn.
pub struct TextLine {
    pub text: Arc<str>,
    pub runs: Vec<TextRun>,
}

/// Neighbouring letters of one font.
pub struct TextRun {
    /// Distance from the left edge of the text. `baseline` is the distance from the top of the line.
    pub x: f32,
    pub baseline: f32,
    pub font: Font,
    pub size: f32,
    pub glyphs: Vec<KrillaGlyph>,
}

impl Fonts {
    /// Loads the fonts in these folders, as far as the folders exist.
    pub fn new(folders: &[PathBuf]) -> Self {
        let options = CollectionOptions { shared: false, system_fonts: false };
        let mut collection = Collection::new(options);
        for bytes in [dejavu::sans::regular(), dejavu::sans::bold(), dejavu::sans_mono::regular()] {
            collection.register_fonts(Blob::new(Arc::new(bytes)), None);
        }
        collection.load_fonts_from_paths(folders.iter().filter(|folder| folder.is_dir()));
        let mut families: Vec<String> =
            collection.family_names().filter(|name| !name.starts_with(SANS)).map(str::to_owned).collect();
        // In an order that does not depend on the disk, so that the same document gives the same file. Fonts with many
        // scripts come first.
        families.sort_by_key(|name| (!name.starts_with("Noto Sans"), name.clone()));
        Self { context: FontContext { collection, source_cache: SourceCache::default() }, families }
    }

    pub fn setter(&self) -> Setter {
        Setter { fonts: self.clone(), context: LayoutContext::new(), known: HashMap::new(), missing: Vec::new() }
    }
}

const SANS: &str = "DejaVu Sans";
const MONO: &str = "DejaVu Sans Mono";

/// Sets texts, and collects letters that no font has.
pub struct Setter {
    fonts: Fonts,
    context: LayoutContext<()>,
    known: HashMap<(u64, u32), Font>,
    pub missing: Vec<char>,
}

impl Setter {
    /// Breaks a text into lines of at most `width` points.
    pub fn set(&mut self, text: &str, style: Style, width: f32) -> Vec<TextLine> {
        let tidy: String = text.replace("\r\n", "\n").chars().map(tidy).collect();
        tidy.split('\n').flat_map(|part| self.part(part, style, width)).collect()
    }

    fn part(&mut self, text: &str, style: Style, width: f32) -> Vec<TextLine> {
        if text.trim().is_empty() {
            return vec![TextLine { text: "".into(), runs: vec![] }];
        }
        let (lines, holes) = self.lay(text, style, width);
        if holes.is_empty() {
            return lines;
        }
        // A letter that no font can show is written as its code, and not left out or shown as an empty box.
        let mut named = String::new();
        let mut at = 0;
        for hole in holes {
            let (Some(before), Some(letters)) = (text.get(at..hole.start), text.get(hole.clone())) else { continue };
            named.push_str(before);
            for letter in letters.chars() {
                // Writing to a String cannot fail.
                let _ = write!(named, "[U+{:04X}]", u32::from(letter));
                if !self.missing.contains(&letter) {
                    self.missing.push(letter);
                }
            }
            at = hole.end;
        }
        named.push_str(text.get(at..).unwrap_or_default());
        self.lay(&named, style, width).0
    }

    /// Returns the lines, and the ranges of letters that no font had.
    fn lay(&mut self, text: &str, style: Style, width: f32) -> (Vec<TextLine>, Vec<Range<usize>>) {
        let first = if style.mono { [MONO, SANS] } else { [SANS, MONO] };
        let names = first.into_iter().chain(self.fonts.families.iter().map(String::as_str));
        let stack: Vec<FontFamilyName<'_>> = names.map(|name| FontFamilyName::Named(Cow::Borrowed(name))).collect();
        let mut context = self.fonts.context.clone();
        let mut builder = self.context.ranged_builder(&mut context, text, 1.0, false);
        builder.push_default(StyleProperty::FontFamily(FontFamily::List(Cow::Borrowed(&stack))));
        builder.push_default(StyleProperty::FontSize(style.size));
        builder.push_default(StyleProperty::FontWeight(FontWeight::new(if style.bold { 700.0 } else { 400.0 })));
        builder.push_default(StyleProperty::LineHeight(LineHeight::Absolute(style.leading)));
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::Anywhere));
        let mut layout = builder.build(text);
        layout.break_all_lines(Some(width));
        layout.align(Alignment::Start, AlignmentOptions::default());

        let shared: Arc<str> = text.into();
        let (mut lines, mut holes) = (Vec::new(), Vec::new());
        let mut top = 0.0;
        for line in layout.lines() {
            let mut x = line.metrics().offset;
            let mut runs = Vec::new();
            for run in line.runs() {
                let Some(font) = self.font(run.font()) else { continue };
                let (size, start) = (run.font_size(), x);
                let mut glyphs: Vec<KrillaGlyph> = Vec::new();
                for cluster in run.visual_clusters() {
                    if cluster.is_ligature_continuation() {
                        if let Some(glyph) = glyphs.last_mut() {
                            glyph.text_range.start = glyph.text_range.start.min(cluster.text_range().start);
                            glyph.text_range.end = glyph.text_range.end.max(cluster.text_range().end);
                        }
                        continue;
                    }
                    for glyph in cluster.glyphs() {
                        if glyph.id == 0 {
                            holes.push(cluster.text_range());
                            continue;
                        }
                        glyphs.push(KrillaGlyph::new(
                            GlyphId::new(glyph.id),
                            glyph.advance / size,
                            glyph.x / size,
                            glyph.y / size,
                            0.0,
                            cluster.text_range(),
                            None,
                        ));
                        x += glyph.advance;
                    }
                }
                if !glyphs.is_empty() {
                    runs.push(TextRun { x: start, baseline: line.metrics().baseline - top, font, size, glyphs });
                }
            }
            top += style.leading;
            lines.push(TextLine { text: shared.clone(), runs });
        }
        holes.sort_by_key(|hole| hole.start);
        holes.dedup();
        (lines, holes)
    }

    fn font(&mut self, data: &parley::FontData) -> Option<Font> {
        let key = (data.data.id(), data.index);
        if let Some(font) = self.known.get(&key) {
            return Some(font.clone());
        }
        let bytes: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::new(data.data.clone());
        let font = Font::new(bytes.into(), data.index)?;
        self.known.insert(key, font.clone());
        Some(font)
    }
}

/// Replaces control characters by spaces: they reverse the order of letters, ring bells and end files, and none of them
/// is text.
fn tidy(letter: char) -> char {
    match letter {
        '\n' => '\n',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{feff}' => ' ',
        letter if letter.is_control() => ' ',
        letter => letter,
    }
}
