//! Pictures that are drawn when they are requested: identity cards, selfies, a utility bill. Each is marked as a
//! specimen.

use super::svg::{barcode, specimen, text};
use super::{
    card,
    face::{self, Look},
};
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree, fontdb::Database},
};
use serde_json::Value;
use std::{
    fmt::Write as _,
    sync::{Arc, LazyLock},
};

static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(include_bytes!("specimen.ttf").to_vec());
    Arc::new(fonts)
});

/// The picture of a stored object, as PNG; `None` if it has no picture of that name.
pub fn draw(object: &Value, private: &Value, part: &str) -> Option<Vec<u8>> {
    let kind = object["type"].as_str()?.split('/').nth(1)?;
    let number = private["face"].as_u64()?;
    let tone = private["tone"].as_u64().and_then(|tone| usize::try_from(tone).ok()).unwrap_or(0);
    let look = Look { face: number, woman: private["woman"] == true, tone };
    match (kind, part) {
        ("government-id", "front") => render(&card::front(object, private, look), 960, 600),
        ("government-id", "back") => render(&card::back(object, number), 960, 600),
        ("government-id", "portrait") => render(&portrait(look, private["blurry"] == true), 300, 375),
        ("selfie", "left") => render(&face::selfie(look, -1), 720, 900),
        ("selfie", "center") => render(&face::selfie(look, 0), 720, 900),
        ("selfie", "right") => render(&face::selfie(look, 1), 720, 900),
        ("document" | "generic", "page") => render(&bill(private, number), 800, 1100),
        _ => None,
    }
}

fn render(inner: &str, width: u32, height: u32) -> Option<Vec<u8>> {
    let svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}'>{inner}</svg>"
    );
    let options = Options { fontdb: FONTS.clone(), font_family: "DejaVu Sans".to_owned(), ..Options::default() };
    let tree = Tree::from_str(&svg, &options)
        .inspect_err(|error| tracing::error!(%error, "a picture could not be drawn"))
        .ok()?;
    let mut pixels = Pixmap::new(width, height)?;
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
    pixels.encode_png().ok()
}

fn portrait(look: Look, blurry: bool) -> String {
    let filter = if blurry { " filter='url(#blur)'" } else { "" };
    format!(
        "<defs><filter id='blur' x='-10%' y='-10%' width='120%' height='120%'><feGaussianBlur stdDeviation='9'/></filter></defs>\
         <rect width='300' height='375' fill='#dfe5e8'/><g{filter}>{}</g>",
        face::draw(look, 0)
    )
}

fn bill(private: &Value, number: u64) -> String {
    let of = |key: &str| private[key].as_str().unwrap_or_default();
    let amount = |step: u64| format!("{}.{:02}", 8 + (number >> (step * 6)) % 60, (number >> (step * 5)) % 100);
    let mut svg = "<rect width='800' height='1100' fill='#fdfdfb'/><rect width='800' height='118' fill='#1f5f7a'/>\
        <path d='M60 86 q18 -52 36 0 a18 18 0 0 1 -36 0' fill='#9fd3e6'/>"
        .to_owned();
    text(&mut svg, 116, 64, 32, 600, "#ffffff", "Specimen Water & Light");
    text(&mut svg, 116, 92, 16, 600, "#ffffffcc", &format!("Supply to households in {}", of("country")));
    for (y, line) in [(200, of("name")), (230, of("street")), (260, of("city")), (290, of("country"))] {
        text(&mut svg, 60, y, 21, 400, "#1b1d1f", line);
    }
    for (y, label, value) in [
        (200, "Invoice date", of("date").to_owned()),
        (250, "Customer number", format!("{:010}", number % 10_000_000_000)),
        (300, "Meter", format!("M-{:07}", number % 9_999_991)),
    ] {
        text(&mut svg, 540, y - 20, 13, 220, "#00000088", label);
        text(&mut svg, 540, y, 19, 220, "#1b1d1f", &value);
    }
    text(&mut svg, 60, 400, 26, 600, "#1f5f7a", "Your bill");
    for (row, label) in [
        (0, "Water, standing charge"),
        (1, "Water, used"),
        (2, "Electricity, standing charge"),
        (3, "Electricity, used"),
        (4, "Street lighting levy"),
    ] {
        let y = 456 + row * 52;
        let _ = write!(svg, "<path d='M60 {}H740' stroke='#d8dcdd'/>", y + 18);
        text(&mut svg, 60, y, 18, 480, "#1b1d1f", label);
        text(&mut svg, 650, y, 18, 90, "#1b1d1f", &amount(u64::try_from(row).unwrap_or(0)));
    }
    let _ = write!(svg, "<rect x='440' y='730' width='300' height='64' rx='6' fill='#e6f1f5'/>");
    text(&mut svg, 462, 770, 20, 160, "#1b1d1f", "To pay");
    text(&mut svg, 640, 770, 22, 100, "#1b1d1f", &format!("{}.40", 90 + number % 140));
    text(
        &mut svg,
        60,
        860,
        15,
        680,
        "#00000088",
        "Payable within fourteen days. This page was drawn for a test environment and is not a bill.",
    );
    svg.push_str(&barcode(number, 60, 920, 300, 80));
    svg.push_str(&specimen(400, 600, 104, -32));
    svg
}
#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use serde_json::json;

    #[test]
    fn every_picture_is_a_small_png() {
        let card = json!({ "type": "verification/government-id", "attributes": {
            "id-class": "id", "name-first": "Łucja <&>", "name-last": "Żółć", "nationality": "PL", "sex": "F", "birthdate": "1990-02-03",
            "expiration-date": "2030-01-01", "identification-number": "L12345678", "native-name-first": "محمد", "native-name-last": "x",
        } });
        let selfie = json!({ "type": "verification/selfie", "attributes": {} });
        let bill = json!({ "type": "document/generic", "attributes": {} });
        let private =
            json!({ "face": u64::MAX, "woman": true, "name": "A & B", "street": "1", "blurry": true, "replica": true });
        for (object, parts) in
            [(&card, &["front", "back", "portrait"][..]), (&selfie, &["left", "center", "right"]), (&bill, &["page"])]
        {
            for part in parts {
                let png = draw(object, &private, part).unwrap();
                assert!(png.starts_with(b"\x89PNG") && png.len() < 260_000, "{part} {}", png.len());
            }
        }
        assert!(draw(&card, &private, "page").is_none());
        assert!(draw(&card, &Value::Null, "front").is_none());
    }
}
