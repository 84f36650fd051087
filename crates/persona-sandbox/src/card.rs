//! Pictures of identity documents: front, back, and the machine readable lines.

use super::{
    face::{self, Look},
    seed::{names, people},
    svg::{barcode, cells, of, specimen, text},
};
use serde_json::Value;
use std::fmt::Write as _;

fn ground(ink: &str, paper: &str, number: u64) -> String {
    let mut svg = format!(
        "<defs><linearGradient id='p' x1='0' y1='0' x2='0' y2='1'><stop offset='0' stop-color='#ffffff'/><stop offset='.55' stop-color='{paper}'/>\
         <stop offset='1' stop-color='{ink}' stop-opacity='.32'/></linearGradient><clipPath id='c'><rect width='960' height='600' rx='30'/></clipPath>\
         <filter id='blur' x='-10%' y='-10%' width='120%' height='120%'><feGaussianBlur stdDeviation='7'/></filter></defs>\
         <g clip-path='url(#c)'><rect width='960' height='600' fill='#fff'/><rect width='960' height='600' fill='url(#p)'/><g fill='none' stroke='{ink}' stroke-width='1' opacity='.17'>"
    );
    let phase = i32::try_from(number % 60).unwrap_or(0);
    for line in 0..11 {
        let y = 110 + line * 46;
        let (up, down) = (y - 60 + (line * 13 + phase) % 50, y + 60 - (line * 7 + phase) % 50);
        let _ = write!(svg, "<path d='M-20 {y} C140 {up} 220 {down} 380 {y} S620 {down} 700 {y} S900 {up} 990 {y}'/>");
    }
    for ring in 0..9 {
        let _ = write!(
            svg,
            "<ellipse cx='770' cy='300' rx='{}' ry='{}' transform='rotate({} 770 300)'/>",
            60 + ring * 15,
            150 - ring * 9,
            ring * 20
        );
    }
    svg.push_str("</g>");
    svg
}

fn country(object: &Value) -> &'static names::Land {
    names::land(
        object["attributes"]["nationality"]
            .as_str()
            .or_else(|| object["attributes"]["country-code"].as_str())
            .unwrap_or_default(),
    )
}

pub fn front(object: &Value, private: &Value, look: Look) -> String {
    let land = country(object);
    let (ink, paper) = (land.ink, land.paper);
    let mut svg = ground(ink, paper, look.face);
    let title = match of(object, "id-class") {
        "pp" => "PASSPORT",
        "dl" => "DRIVING LICENCE",
        _ => "IDENTITY CARD",
    };
    let _ = write!(
        svg,
        "<rect width='960' height='92' fill='{ink}'/><circle cx='66' cy='46' r='30' fill='none' stroke='#fff' stroke-width='3'/>"
    );
    let _ = write!(svg, "<text x='66' y='56' font-size='26' fill='#fff' text-anchor='middle'>{}</text>", land.code);
    text(&mut svg, 116, 43, 27, 480, "#ffffff", &land.name.to_uppercase());
    text(&mut svg, 116, 73, 19, 480, "#ffffffcc", title);
    text(&mut svg, 772, 56, 22, 170, "#ffffff", of(object, "identification-number"));
    let filter = if private["blurry"] == true { " filter='url(#blur)'" } else { "" };
    let picture = face::draw(look, 0);
    let _ = write!(
        svg,
        "<clipPath id='f'><rect width='300' height='375' rx='10'/></clipPath><g transform='translate(44 120) scale(.84)' clip-path='url(#f)'>\
         <rect width='300' height='375' fill='#dfe5e8'/><g{filter}>{picture}</g></g>\
         <g transform='translate(806 306) scale(.36)' opacity='.28'{filter}>{picture}</g>"
    );
    let native = format!("{} {}", of(object, "native-name-last"), of(object, "native-name-first"));
    let shown = native.trim().len() > 1 && native.chars().all(drawable);
    let address = format!(
        "{}, {} {}",
        of(object, "address-street-1"),
        of(object, "address-postal-code"),
        of(object, "address-city")
    );
    let rows = [
        ("Surname", of(object, "name-last").to_uppercase()),
        ("Given names", [of(object, "name-first"), of(object, "name-middle")].join(" ").trim().to_uppercase()),
        ("Name in own script", if shown { native } else { String::new() }),
        ("Date of birth", of(object, "birthdate").to_owned()),
        ("Sex / Nationality", format!("{} / {}", of(object, "sex"), land.code3)),
        ("Issued / Expires", format!("{} / {}", of(object, "issue-date"), of(object, "expiration-date"))),
        ("Address", address),
    ];
    let mut y = 136;
    for (label, value) in rows.iter().filter(|row| !row.1.trim().is_empty()) {
        text(&mut svg, 330, y, 13, 400, "#00000088", label);
        text(&mut svg, 330, y + 25, 23, 460, "#16181a", value);
        y += 51;
    }
    svg.push_str(&specimen(560, 370, 92, -24));
    if of(object, "id-class") == "pp" {
        let (first, second) = machine(object, land, 44);
        let _ = write!(svg, "<rect y='496' width='960' height='104' fill='#ffffffb0'/>");
        cells(&mut svg, 40, 538, 20.4, 24, &first);
        cells(&mut svg, 40, 576, 20.4, 24, &second);
    } else {
        let _ = write!(
            svg,
            "<path d='M64 520 q30 -34 52 -4 t44 -10 t38 6 t46 -14 t30 10' fill='none' stroke='#26324d' stroke-width='3' stroke-linecap='round'/>"
        );
        text(&mut svg, 64, 556, 13, 200, "#00000088", "Holder's signature");
        let _ = write!(
            svg,
            "<g transform='translate(812 128)'><rect width='96' height='74' rx='10' fill='#d9b75c'/><path d='M0 24h34v26H0M96 24H62v26h34M34 0v74M62 0v74' fill='none' stroke='#8a6a1f' stroke-width='3'/></g>"
        );
    }
    svg.push_str("</g>");
    if private["replica"] == true { screen(&svg) } else { svg }
}

/// The card shown on a screen: bezel, pixel rows, a reflection.
fn screen(card: &str) -> String {
    let mut svg = format!(
        "<rect width='960' height='600' fill='#0e1013'/><g transform='translate(54 38) scale(.888)'>{card}</g><g stroke='#0b1a2c' stroke-width='1.4' opacity='.16'>"
    );
    for row in 0..105 {
        let y = 38 + row * 5;
        let _ = write!(svg, "<path d='M54 {y}H906'/>");
    }
    svg.push_str("</g><path d='M560 38 L760 38 L520 570 L320 570 Z' fill='#ffffff' opacity='.16'/><circle cx='930' cy='300' r='9' fill='#23272e'/>");
    svg
}

pub fn back(object: &Value, number: u64) -> String {
    let land = country(object);
    let mut svg = ground(land.ink, land.paper, number.rotate_left(7));
    let _ = write!(svg, "<rect y='46' width='960' height='84' fill='#3b352c'/>");
    text(&mut svg, 52, 182, 14, 400, "#00000088", "Address");
    let street = format!("{} {}", of(object, "address-street-1"), of(object, "address-street-2"));
    text(&mut svg, 52, 210, 22, 460, "#16181a", street.trim());
    text(
        &mut svg,
        52,
        240,
        22,
        460,
        "#16181a",
        &format!("{} {}", of(object, "address-postal-code"), of(object, "address-city")),
    );
    text(&mut svg, 52, 284, 14, 400, "#00000088", "Issued by");
    text(&mut svg, 52, 312, 20, 460, "#16181a", &format!("Office of specimens, {}", land.name));
    let _ = write!(svg, "<rect x='540' y='166' width='376' height='176' rx='6' fill='#fff'/>");
    svg.push_str(&barcode(number, 560, 184, 336, 140));
    svg.push_str(&specimen(480, 330, 92, -18));
    let (first, second) = machine(object, land, 30);
    let third: String = format!("{:<<30}", names_line(object)).chars().take(30).collect();
    let _ = write!(svg, "<rect y='398' width='960' height='202' fill='#ffffffb0'/>");
    for (y, line) in [(450, first), (504, second), (558, third)] {
        cells(&mut svg, 44, y, 30.0, 30, &line);
    }
    svg.push_str("</g>");
    svg
}

fn drawable(letter: char) -> bool {
    matches!(u32::from(letter), 0x20..=0x17F | 0x386..=0x3CE | 0x400..=0x45F | 0x490..=0x491)
}

fn upper(text: &str) -> String {
    text.chars()
        .filter_map(|letter| if matches!(letter, ' ' | '-') { Some('<') } else { people::plain(letter) })
        .collect::<String>()
        .to_uppercase()
}

fn names_line(object: &Value) -> String {
    format!("{}<<{}", upper(of(object, "name-last")), upper(of(object, "name-first")))
}

/// The first two machine readable lines, with their check digits.
fn machine(object: &Value, land: &names::Land, width: usize) -> (String, String) {
    let short = |date: &str| date.replace('-', "").chars().skip(2).collect::<String>();
    let digit = |text: &str| {
        let sum: u32 = text
            .chars()
            .zip([7, 3, 1].iter().cycle())
            .map(|(letter, weight)| letter.to_digit(36).unwrap_or(0) * weight)
            .sum();
        (sum % 10).to_string()
    };
    let number = format!("{:<<9}", upper(of(object, "identification-number")));
    let (birth, end) = (short(of(object, "birthdate")), short(of(object, "expiration-date")));
    let dates = format!("{birth}{}{}{end}{}", digit(&birth), of(object, "sex"), digit(&end));
    let (first, second) = if width == 44 {
        let dates = dates.clone();
        (format!("P<{}{}", land.code3, names_line(object)), format!("{number}{}{}{dates}", digit(&number), land.code3))
    } else {
        (format!("ID{}{number}{}", land.code3, digit(&number)), format!("{dates}{}", land.code3))
    };
    let fit = |line: String| -> String { line.chars().chain(std::iter::repeat('<')).take(width).collect() };
    (fit(first), fit(second))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn machine_lines_have_their_width_and_check_digits() {
        // The specimen in ICAO Doc 9303.
        let object = json!({ "attributes": {
            "name-last": "Eriksson", "name-first": "Anna Maria", "identification-number": "L898902C3", "birthdate": "1974-08-12",
            "expiration-date": "2012-04-15", "sex": "F",
        } });
        let (first, second) = machine(&object, names::land("SE"), 44);
        assert_eq!(first, "P<SWEERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<");
        assert!(second.starts_with("L898902C36SWE7408122F1204159"));
        assert_eq!(second.len(), 44);
    }
}
