//! Writes pages into a PDF file that says what each piece of text is (PDF/UA-1) and can be stored for decades
//! (PDF/A-3a).
use std::num::NonZeroU16;

use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, Node as TagNode, SpanTag, TableHeaderScope, Tag, TagGroup, TagKind,
    TagTree,
};
use krilla::{Document, SerializeSettings};

use super::fonts::TextLine;
use super::layout::{Ink, Layout, MARGIN, Mark, PAGE, TagRole};
use crate::domain::evidence::Tone;
use crate::domain::pdf;
use crate::domain::time::Timestamp;

pub fn write(content: &pdf::PdfDocument, layout: &Layout) -> Result<Vec<u8>, String> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| format!("{error:?}"))?;
    let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let mut drawn: Vec<Vec<Identifier>> = layout.nodes.iter().map(|_| Vec::new()).collect();
    for (marks, foot) in layout.pages.iter().zip(&layout.feet) {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or("invalid page size")?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in marks {
            match mark {
                Mark::Line { line, x, y, ink, of } => {
                    let tag = match of {
                        Some(_) => ContentTag::Span(SpanTag::empty()),
                        None => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Other)),
                    };
                    if line.runs.is_empty() {
                        continue;
                    }
                    let id = surface.start_tagged(tag);
                    text(&mut surface, line, *x, *y, colour(*ink));
                    surface.end_tagged();
                    if let Some(ids) = of.and_then(|of| drawn.get_mut(of)) {
                        ids.push(id);
                    }
                }
                Mark::Rule { x, y, width } => area(&mut surface, (*x, *y, *width, 0.5), rgb::Color::new(214, 214, 209)),
                Mark::Fill { x, y, width, height } => {
                    area(&mut surface, (*x, *y, *width, *height), rgb::Color::new(243, 243, 240));
                }
            }
        }
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)));
        text(&mut surface, foot, MARGIN, PAGE.1 - 40.0, colour(Ink::Grey));
        surface.end_tagged();
        surface.finish();
        page.finish();
    }
    let mut tree = TagTree::new().with_lang(Some("en".to_owned()));
    for root in &layout.roots {
        if let Some(node) = tagged(layout, &drawn, *root) {
            tree.push(node);
        }
    }
    document.set_tag_tree(tree);
    document.set_outline(contents(layout));
    let made = moment(content.made_at);
    document.set_metadata(
        Metadata::new()
            .title(content.title.clone())
            .description(content.about.clone())
            .language("en".to_owned())
            .creator("Countersign".to_owned())
            .creation_date(made),
    );
    for file in &content.attached {
        document.embed_file(EmbeddedFile {
            path: file.name.clone(),
            mime_type: MimeType::new(file.media_type),
            description: Some(file.about.clone()),
            association_kind: AssociationKind::Supplement,
            data: file.bytes.clone().into(),
            modification_date: Some(made),
            compress: None,
            location: None,
        });
    }
    document.finish().map_err(|error| format!("{error:?}"))
}

fn fill(colour: rgb::Color) -> Fill {
    Fill { paint: colour.into(), opacity: NormalizedF32::ONE, rule: krilla::paint::FillRule::default() }
}

fn text(surface: &mut Surface<'_>, line: &TextLine, x: f32, y: f32, colour: rgb::Color) {
    surface.set_fill(Some(fill(colour)));
    for run in &line.runs {
        let at = Point::from_xy(x + run.x, y + run.baseline);
        surface.draw_glyphs(at, &run.glyphs, run.font.clone(), &line.text, run.size, false);
    }
}

fn area(surface: &mut Surface<'_>, (x, y, width, height): (f32, f32, f32, f32), colour: rgb::Color) {
    let mut path = PathBuilder::new();
    let Some(rect) = Rect::from_xywh(x, y, width, height) else { return };
    path.push_rect(rect);
    let Some(path) = path.finish() else { return };
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
    surface.set_fill(Some(fill(colour)));
    surface.draw_path(&path);
    surface.end_tagged();
}

/// On white, each with a contrast of at least 4.5 to 1.
fn colour(ink: Ink) -> rgb::Color {
    match ink {
        Ink::Black | Ink::Toned(Tone::Plain) => rgb::Color::new(28, 28, 26),
        Ink::Grey => rgb::Color::new(92, 92, 86),
        Ink::Toned(Tone::Bad) => rgb::Color::new(176, 32, 32),
        Ink::Toned(Tone::Warn) => rgb::Color::new(133, 77, 14),
        Ink::Toned(Tone::Good) => rgb::Color::new(22, 101, 52),
        Ink::Toned(Tone::Shared) => rgb::Color::new(91, 33, 182),
        Ink::Toned(Tone::Info) => rgb::Color::new(30, 64, 175),
    }
}

fn tagged(layout: &Layout, drawn: &[Vec<Identifier>], at: usize) -> Option<TagNode> {
    let (node, ids) = (layout.nodes.get(at)?, drawn.get(at)?);
    let tag: TagKind = match &node.role {
        TagRole::Heading(level, text) => Tag::Hn(NonZeroU16::new(*level)?, Some(text.clone())).into(),
        TagRole::Text | TagRole::Code => Tag::P.into(),
        TagRole::Table(summary) => Tag::Table.with_summary(Some(summary.clone())).into(),
        TagRole::Row => Tag::TR.into(),
        TagRole::ColumnHead => Tag::TH(TableHeaderScope::Column).into(),
        TagRole::RowHead => Tag::TH(TableHeaderScope::Row).into(),
        TagRole::Cell => Tag::TD.into(),
    };
    let mut group = TagGroup::new(tag);
    for part in &node.parts {
        if let Some(part) = tagged(layout, drawn, *part) {
            group.push(part);
        }
    }
    for id in ids {
        group.push(TagNode::Leaf(*id));
    }
    // An empty cell is included: without it, the later cells of the row would be under the wrong column names.
    let keep =
        !group.children.is_empty() || matches!(node.role, TagRole::Cell | TagRole::ColumnHead | TagRole::RowHead);
    keep.then_some(TagNode::Group(group))
}

/// Returns the headings as the outline of the PDF file.
fn contents(layout: &Layout) -> Outline {
    let mut outline = Outline::new();
    let mut part: Option<OutlineNode> = None;
    for entry in &layout.contents {
        let node =
            OutlineNode::new(entry.text.clone(), XyzDestination::new(entry.page, Point::from_xy(MARGIN, entry.y)));
        match (&mut part, entry.level) {
            (Some(part), 3..) => part.push_child(node),
            (part, _) => {
                if let Some(done) = part.replace(node) {
                    outline.push_child(done);
                }
            }
        }
    }
    if let Some(done) = part {
        outline.push_child(done);
    }
    outline
}

fn moment(at: Timestamp) -> DateTime {
    let at = at.to_offset();
    DateTime::new(u16::try_from(at.year()).unwrap_or(0))
        .month(at.month().into())
        .day(at.day())
        .hour(at.hour())
        .minute(at.minute())
        .second(at.second())
        .utc_offset_hour(0)
}
