//! The `…/print` calls: an object as a PDF, as a plain list of names and values over as many pages as needed.

use super::{
    answer::{Answer, Fail},
    request::Ctx,
    store,
};
use pdf_writer::{Content, Name, Pdf, Rect, Ref, Str};
use serde_json::Value;

pub fn inquiry(ctx: &Ctx) -> Result<Answer, Fail> {
    let inquiry = ctx.load("inquiry")?;
    let mut lines = Vec::new();
    put(&mut lines, "Inquiry", &inquiry);
    for kind in ["verification", "report"] {
        for child in store::of_inquiry(ctx.db, kind, store::id(&inquiry))? {
            put(&mut lines, "", &child);
        }
    }
    Answer::pdf(paper(&lines))
}

pub fn verification(ctx: &Ctx) -> Result<Answer, Fail> {
    one(ctx, "verification")
}

pub fn report(ctx: &Ctx) -> Result<Answer, Fail> {
    one(ctx, "report")
}

fn one(ctx: &Ctx, kind: &str) -> Result<Answer, Fail> {
    let object = ctx.load(kind)?;
    let mut lines = Vec::new();
    put(&mut lines, "", &object);
    Answer::pdf(paper(&lines))
}

fn put(lines: &mut Vec<String>, title: &str, object: &Value) {
    if !lines.is_empty() {
        lines.push(String::new());
    }
    let kind = if title.is_empty() { object["type"].as_str().unwrap_or_default() } else { title };
    lines.push(format!("{kind} {}", store::id(object)));
    walk(lines, "", &object["attributes"]);
}

fn walk(lines: &mut Vec<String>, path: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            for (key, inner) in members {
                let path = if path.is_empty() { key.clone() } else { format!("{path} / {key}") };
                walk(lines, &path, inner);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(lines, path, item)),
        Value::Null => {}
        // Leaves out links: they would have expired when a person reads the printed page.
        Value::String(text) if text.starts_with(super::files::MARK) => {}
        Value::String(text) => lines.push(format!("{path}: {text}")),
        other => lines.push(format!("{path}: {other}")),
    }
}

const WIDTH: usize = 95;
const ROWS: usize = 58;

/// A4, in the PDF viewer's own Helvetica. It has no letters beyond Latin-1, so those become question marks.
fn paper(lines: &[String]) -> Vec<u8> {
    let rows: Vec<Vec<u8>> = lines.iter().flat_map(|line| wrapped(line)).collect();
    let pages: Vec<&[Vec<u8>]> = rows.chunks(ROWS).collect();
    let mut pdf = Pdf::new();
    let (catalog, tree, font) = (Ref::new(1), Ref::new(2), Ref::new(3));
    let ids: Vec<(Ref, Ref)> = (0..i32::try_from(pages.len()).unwrap_or(0))
        .map(|number| (Ref::new(4 + 2 * number), Ref::new(5 + 2 * number)))
        .collect();
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids(ids.iter().map(|(page, _)| *page)).count(i32::try_from(ids.len()).unwrap_or(0));
    pdf.type1_font(font).base_font(Name(b"Helvetica")).encoding_predefined(Name(b"WinAnsiEncoding"));
    for ((page_id, content_id), rows) in ids.iter().zip(pages) {
        let mut page = pdf.page(*page_id);
        page.media_box(Rect::new(0.0, 0.0, 595.0, 842.0)).parent(tree).contents(*content_id);
        page.resources().fonts().pair(Name(b"F1"), font);
        drop(page);
        let mut content = Content::new();
        content.begin_text().set_font(Name(b"F1"), 9.0).set_leading(13.0).next_line(48.0, 794.0);
        for row in rows {
            content.show(Str(row)).next_line_using_leading();
        }
        content.end_text();
        pdf.stream(*content_id, &content.finish());
    }
    pdf.finish()
}

fn wrapped(line: &str) -> Vec<Vec<u8>> {
    let letters: Vec<u8> = line.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect();
    if letters.is_empty() { vec![Vec::new()] } else { letters.chunks(WIDTH).map(<[u8]>::to_vec).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_fill_several_pages() {
        let lines: Vec<String> = (0..200).map(|number| format!("{number}: {}", "word ".repeat(30))).collect();
        let pdf = paper(&lines);
        assert!(pdf.starts_with(b"%PDF-"));
        let pages = String::from_utf8_lossy(&pdf).matches("/MediaBox").count();
        assert!(pages > 5, "{pages}");
    }
}
