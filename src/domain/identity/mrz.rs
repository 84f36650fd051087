//! The name in a machine-readable zone: ICAO Doc 9303 part 3, section 4.6, and parts 4 to 6 for its position.

/// Number and length of lines: of passports, and of cards with two and with three lines.
const LINES: [(usize, usize); 3] = [(2, 44), (2, 36), (3, 30)];

/// Given names and family name, if a line has them. A name that is cut off at the end of the line is left out.
pub(super) fn name(zone: &str) -> Option<String> {
    let plain: String = zone.trim().to_ascii_uppercase();
    let mut lines: Vec<&str> = plain.split_whitespace().collect();
    let whole = lines.concat();
    // Lines that follow each other without a break.
    if let (1, Some((_, length))) = (lines.len(), LINES.iter().find(|(count, length)| whole.len() == count * length))
        && whole.is_ascii()
    {
        lines = (0..whole.len() / length).filter_map(|n| whole.get(n * length..(n + 1) * length)).collect();
    }
    let named = match lines.len() {
        3 => *lines.get(2)?,
        _ => lines.into_iter().find_map(named)?,
    };
    let cut =
        !named.ends_with('<') && LINES.iter().any(|(_, length)| named.len() + 5 == *length || named.len() == *length);
    let (family, given) = named.split_once("<<")?;
    let mut given: Vec<&str> = given.split('<').filter(|part| !part.is_empty()).collect();
    if cut {
        given.pop();
    }
    let family = family.split('<').filter(|part| !part.is_empty());
    let all: Vec<&str> = given.into_iter().chain(family).collect();
    (!all.is_empty()).then(|| all.join(" "))
}

/// The part of a line that holds a name.
fn named(line: &str) -> Option<&str> {
    if !line.contains("<<") || !line.bytes().all(|b| b.is_ascii_uppercase() || b == b'<') {
        return None;
    }
    let bytes = line.as_bytes();
    let whole = matches!(line.len(), 36 | 44);
    // `P<`, `V<`, `PM`; the country after it has three letters.
    let begins = matches!(bytes.first(), Some(b'P' | b'V' | b'I' | b'A' | b'C'));
    let marked = bytes.get(1) == Some(&b'<') && bytes.get(2) != Some(&b'<');
    if begins && (marked || whole) { line.get(5..) } else { Some(line) }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn the_name_of_a_machine_readable_zone_is_read() {
        for (zone, wanted) in [
            ("P<PRKKIM<<JONG<UN", Some("JONG UN KIM")),
            ("KIM<<JONG<UN", Some("JONG UN KIM")),
            (
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
                Some("ANNA MARIA ERIKSSON"),
            ),
            (
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10",
                Some("ANNA MARIA ERIKSSON"),
            ),
            (
                "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<",
                Some("ANNA MARIA ERIKSSON"),
            ),
            ("L898902C36UTO7408122F1204159ZE184226B<<<<<10", None),
            ("present", None),
        ] {
            assert_eq!(name(zone).as_deref(), wanted, "{zone}");
        }
    }
}
