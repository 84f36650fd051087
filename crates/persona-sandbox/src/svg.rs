//! Parts of a drawing.

use super::html::escaped;
use serde_json::Value;
use std::fmt::Write;

/// Writes a text as large as its space allows. The font lacks some scripts; the Latin form next to the text covers
/// those.
pub fn text(svg: &mut String, x: i32, y: i32, size: i32, room: i32, ink: &str, text: &str) {
    let letters = i32::try_from(text.chars().count()).unwrap_or(i32::MAX).max(1);
    let size = size.min((room * 10 / 6 / letters).max(9));
    let _ = write!(svg, "<text x='{x}' y='{y}' font-size='{size}' fill='{ink}'>{}</text>", escaped(text));
}

/// Writes one letter in each cell, as in machine readable lines.
pub fn cells(svg: &mut String, x: i32, y: i32, step: f64, size: i32, line: &str) {
    let _ = write!(svg, "<g font-size='{size}' fill='#1b1b1b' text-anchor='middle'>");
    for (at, letter) in line.chars().enumerate() {
        let place = f64::from(x) + f64::from(u32::try_from(at).unwrap_or(0)) * step;
        let _ = write!(svg, "<text x='{place:.1}' y='{y}'>{}</text>", escaped(&letter.to_string()));
    }
    svg.push_str("</g>");
}

pub fn specimen(x: i32, y: i32, size: i32, turn: i32) -> String {
    format!(
        "<text x='{x}' y='{y}' font-size='{size}' letter-spacing='14' fill='#7a1f1f' opacity='.15' text-anchor='middle' transform='rotate({turn} {x} {y})'>SPECIMEN</text>"
    )
}

pub fn of<'a>(object: &'a Value, key: &str) -> &'a str {
    object["attributes"][key].as_str().unwrap_or_default()
}

/// A stacked barcode: rows of bars that encode nothing.
pub fn barcode(number: u64, x: i32, y: i32, width: i32, height: i32) -> String {
    let mut svg = "<g fill='#1b1b1b'>".to_owned();
    let (rows, columns) = (10, 56);
    let mut bits = number | 1;
    for row in 0..rows {
        for column in 0..columns {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if column < 2 || column >= columns - 2 || bits >> 62 < 2 {
                let _ = write!(
                    svg,
                    "<rect x='{}' y='{}' width='{}' height='{}'/>",
                    x + column * width / columns,
                    y + row * height / rows,
                    width / columns,
                    height / rows - 1
                );
            }
        }
    }
    svg.push_str("</g>");
    svg
}
