//! Width and height of a picture, read from its first bytes before anything decodes it.

/// Twice the size of `.pictures figure` (`style/pages/inquiry.css`): sharp on screens that have two pixels for one.
pub(super) const WIDEST: u32 = 600;
pub(super) const HIGHEST: u32 = 380;
/// JPEG quality, of 100. Letters on a document stay clean.
pub(super) const QUALITY: u8 = 82;

/// Result of reading the first bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    Known {
        width: u32,
        height: u32,
    },
    /// The dimensions may be in the bytes that follow.
    More,
    /// No later bytes can give the dimensions.
    Unreadable,
}

/// Longest side, in pixels. Cameras produce less; a file that claims more is meant to use up memory.
const LARGEST_SIDE: u32 = 16_384;
/// Largest area, in pixels. Browsers need four bytes for each pixel: 256 MiB.
const LARGEST_AREA: u64 = 64 << 20;

/// Whether a picture of these dimensions may be decoded, here or by a browser.
pub const fn may_be_decoded(width: u32, height: u32) -> bool {
    // These casts only widen; `u64::from` is not const.
    width <= LARGEST_SIDE && height <= LARGEST_SIDE && (width as u64) * (height as u64) <= LARGEST_AREA
}

pub fn of(bytes: &[u8]) -> Header {
    let read = match bytes {
        [0x89, b'P', b'N', b'G', ..] => png(bytes),
        [b'G', b'I', b'F', b'8', ..] => gif(bytes),
        [b'R', b'I', b'F', b'F', ..] => webp(bytes),
        [0xff, 0xd8, ..] => jpeg(bytes),
        // The first four bytes identify the format.
        _ if bytes.len() < 4 => None,
        _ => Some(Header::Unreadable),
    };
    match read {
        None => Header::More,
        Some(Header::Known { width: 0, .. } | Header::Known { height: 0, .. }) => Header::Unreadable,
        Some(header) => header,
    }
}

fn big(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

fn little(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

fn png(bytes: &[u8]) -> Option<Header> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (width, height) = (number(16)?, number(20)?);
    Some(if bytes.get(12..16)? == b"IHDR" { Header::Known { width, height } } else { Header::Unreadable })
}

/// Returns the larger of the logical screen and its first frame: decoders allocate memory for a frame that is larger
/// than the screen.
fn gif(bytes: &[u8]) -> Option<Header> {
    let colours = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3usize << ((flags & 7) + 1) };
    let (mut width, mut height) = (little(bytes, 6)?, little(bytes, 8)?);
    let mut at = 13 + colours(*bytes.get(10)?);
    loop {
        match *bytes.get(at)? {
            // An extension: its kind, then blocks that each begin with their length. An empty block ends it.
            0x21 => {
                at += 2;
                loop {
                    let length = usize::from(*bytes.get(at)?);
                    at += 1 + length;
                    if length == 0 {
                        break;
                    }
                }
            }
            0x2c => {
                width = width.max(little(bytes, at + 1)? + little(bytes, at + 5)?);
                height = height.max(little(bytes, at + 3)? + little(bytes, at + 7)?);
                return Some(Header::Known { width, height });
            }
            _ => return Some(Header::Unreadable),
        }
    }
}

fn webp(bytes: &[u8]) -> Option<Header> {
    let long = |at: usize| {
        let part = bytes.get(at..at + 3)?;
        Some(u32::from_le_bytes([part[0], part[1], part[2], 0]))
    };
    if bytes.get(8..12)? != b"WEBP" {
        return Some(Header::Unreadable);
    }
    Some(match bytes.get(12..16)? {
        b"VP8X" => Header::Known { width: long(24)? + 1, height: long(27)? + 1 },
        b"VP8 " => Header::Known { width: little(bytes, 26)? & 0x3fff, height: little(bytes, 28)? & 0x3fff },
        b"VP8L" => {
            let packed = u32::from_le_bytes(bytes.get(21..25)?.try_into().ok()?);
            Header::Known { width: (packed & 0x3fff) + 1, height: ((packed >> 14) & 0x3fff) + 1 }
        }
        _ => Header::Unreadable,
    })
}

fn jpeg(bytes: &[u8]) -> Option<Header> {
    let mut at = 2;
    loop {
        // Any number of 0xff bytes may come before a marker. Bytes that belong to no marker are skipped, as in
        // browsers.
        while *bytes.get(at)? != 0xff {
            at += 1;
        }
        while *bytes.get(at)? == 0xff {
            at += 1;
        }
        let marker = *bytes.get(at)?;
        at += 1;
        match marker {
            // These markers have no length.
            0x00 | 0x01 | 0xd0..=0xd8 => {}
            // Frames of every kind; 0xc4, 0xc8 and 0xcc are tables.
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Some(Header::Known { width: big(bytes, at + 5)?, height: big(bytes, at + 3)? });
            }
            // The pixels begin or the file ends, and no frame header came before.
            0xd9 | 0xda => return Some(Header::Unreadable),
            _ => at += (big(bytes, at)? as usize).max(2),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::io::Cursor;

    use image::codecs::jpeg::JpegEncoder;
    use image::{DynamicImage, ImageEncoder, ImageFormat};

    use super::*;

    #[test]
    fn the_dimensions_are_known_from_the_first_bytes_and_never_wrong() {
        for format in [ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Jpeg] {
            let mut file = Cursor::new(Vec::new());
            DynamicImage::new_rgb8(321, 123).write_to(&mut file, format).unwrap();
            let file = file.into_inner();
            assert_eq!(of(&file), Header::Known { width: 321, height: 123 }, "{format:?}");
            // For a file of any length that has arrived: first not known yet, then known and never wrong.
            let first = (0..file.len()).find(|n| of(&file[..*n]) != Header::More).unwrap();
            assert!((0..first).all(|n| of(&file[..n]) == Header::More), "{format:?}");
            assert!((first..file.len()).all(|n| of(&file[..n]) == Header::Known { width: 321, height: 123 }));
        }
    }

    #[test]
    fn what_cameras_write_before_the_pixels_is_passed_over() {
        let mut file = Vec::new();
        let mut encoder = JpegEncoder::new(&mut file);
        encoder.set_exif_metadata(vec![0xff; 60_000]).unwrap();
        DynamicImage::new_rgb8(40, 30).write_with_encoder(encoder).unwrap();
        assert_eq!(of(&file[..50_000]), Header::More);
        assert_eq!(of(&file), Header::Known { width: 40, height: 30 });
    }

    #[test]
    fn a_frame_larger_than_its_screen_counts() {
        let mut file = b"GIF89a\x01\0\x01\0\0\0\0".to_vec();
        file.extend(b"!\xfe\x03abc\0,\x10\0\x20\0\xff\xff\xff\xff\0");
        assert_eq!(of(&file), Header::Known { width: 0xffff + 0x10, height: 0xffff + 0x20 });
    }

    #[test]
    fn other_files_and_empty_pictures_are_unreadable() {
        assert_eq!(of(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), Header::Unreadable);
        assert_eq!(of(b"RIFF\0\0\0\0WAVEfmt "), Header::Unreadable);
        assert_eq!(of(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\x01"), Header::Unreadable);
        assert_eq!(of(b"\xff\xd8\xff\xda"), Header::Unreadable);
    }

    #[test]
    fn what_telephones_take_may_be_decoded_and_bombs_may_not() {
        assert!(may_be_decoded(8160, 6144), "50 megapixels");
        assert!(may_be_decoded(8192, 8192));
        assert!(!may_be_decoded(16_384, 16_384));
        assert!(!may_be_decoded(16_385, 1));
    }
}
