//! PDF files, accessible (PDF/UA-1) and archival (PDF/A-3a). `fonts` sets text, `layout` breaks it into pages, and
//! `render` writes them.
mod fonts;
mod layout;
mod render;

use crate::domain::pdf::PdfDocument;
use crate::server::error::Error;

pub use fonts::Fonts;

/// Returns the bytes of a file, which are the same for the same document and fonts. This takes some milliseconds a
/// page, so it must not run on a thread that serves requests.
pub fn pdf(fonts: &Fonts, document: PdfDocument) -> Result<Vec<u8>, Error> {
    let document = document.bounded();
    let mut setter = fonts.setter();
    let flow = layout::lay_out(&mut setter, &document);
    render::write(&document, &flow).map_err(|why| Error::Internal(format!("a PDF could not be made: {why}")))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::domain::evidence::Tone;
    use crate::domain::pdf::{Attached, Block, Cell, facts};
    use crate::domain::time::Timestamp;

    fn document(blocks: Vec<Block>) -> PdfDocument {
        PdfDocument {
            title: "Title".into(),
            about: "About".into(),
            made_at: Timestamp::from_micros(1_795_166_504_000_000),
            foot: "foot".into(),
            blocks,
            attached: vec![],
        }
    }

    #[test]
    fn the_same_paper_is_the_same_file() {
        let fonts = Fonts::new(&[]);
        let one = document(vec![Block::heading(1, "One"), Block::text("text"), facts([("a", Some("b".into()))])]);
        let file = pdf(&fonts, one.clone()).unwrap();
        assert!(file.starts_with(b"%PDF-1.7"));
        assert!(file == pdf(&fonts, one).unwrap());
    }

    #[test]
    fn whatever_stands_in_it_is_drawn() {
        let fonts = Fonts::new(&[]);
        let cell = |text: &str| Cell::toned(text, Tone::Bad);
        let wide = "x".repeat(5000);
        let odd = "\u{0}\u{7}a\tb\r\nc\u{202e}dcba\u{fffe}\u{10ffff}👩‍👩‍👧 李小龙 ฟ्हि שלום عربى";
        let rows = (0..200).map(|n| vec![cell(&n.to_string()), cell(odd)]).chain([vec![cell(&wide), cell("")]]);
        let blocks = vec![
            Block::heading(1, odd),
            Block::text(""),
            Block::text(odd),
            Block::Notice(wide.clone()),
            Block::Facts(vec![]),
            Block::Facts(vec![(odd.into(), wide.repeat(4))]),
            Block::table("empty", &[("a", 1), ("b", 1)], []),
            Block::table("long", &[("a", 1), ("b", 9)], rows),
            Block::Code(format!("{wide}\n\n{odd}")),
        ];
        let attached = Attached { name: "a".into(), media_type: "text/plain", about: odd.into(), bytes: vec![0; 9] };
        let file = pdf(&fonts, PdfDocument { title: odd.into(), attached: vec![attached], ..document(blocks) });
        assert!(file.is_ok(), "{:?}", file.err());
    }

    #[test]
    fn no_text_is_too_long_to_be_printed() {
        let long = "word ".repeat(800_000);
        let cell = || Cell::toned(long.clone(), Tone::Bad);
        let blocks = vec![
            Block::heading(1, long.clone()),
            Block::text(long.clone()),
            Block::Facts(vec![(long.clone(), long.clone())]),
            Block::table("long", &[("a", 1)], [vec![cell()]]),
        ];
        // Many texts, each of which is not too long.
        let many = (0..2000).map(|n| vec![format!("{n} {}", "x ".repeat(4500)).into()]);
        let blocks = blocks.into_iter().chain([Block::table("many", &[("a", 1)], many)]).collect();
        let document = PdfDocument { title: long.clone(), ..document(blocks) }.bounded();
        let mut printed = document.title.len();
        for block in &document.blocks {
            match block {
                Block::Heading(_, text) | Block::Text(text) => printed += text.len(),
                Block::Facts(lines) => {
                    printed += lines.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
                }
                Block::Table(table) => {
                    printed += table.rows.iter().flatten().map(|cell| cell.text.len()).sum::<usize>()
                }
                Block::Notice(_) | Block::Code(_) => {}
            }
        }
        assert!(printed < 1_200_000, "{printed}");
        assert!(
            matches!(&document.blocks[1], Block::Text(text) if text.contains("4000000 characters in all; SHA-256"))
        );
    }
}
