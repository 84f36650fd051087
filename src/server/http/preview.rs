//! A photograph as small as a page shows it: what a telephone takes is megabytes, and a page shows five of them at the height of a
//! few lines. Looked at closely, it comes as Persona has it.
use std::io::Cursor;

use axum::body::Bytes;
use futures::TryStreamExt;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::overlay;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageReader, Limits, RgbImage, Rgba, RgbaImage};
use tokio::sync::Semaphore;

use crate::server::Error;
use crate::server::persona::{Failure, Picture};

/// Twice the pixels that `.pictures figure` has (`style/pages/inquiry.css`): sharp on the screens that have two for one.
const WIDEST: u32 = 600;
const HIGHEST: u32 = 380;
/// Of 100. Letters on a document stay clean.
const QUALITY: u8 = 82;
/// Larger than cameras make them. Whoever claims more wants memory.
const LARGEST_SIDE: u32 = 16_384;
/// Bytes that one picture may take while it is read: 64 megapixels of four.
const LARGEST_INSIDE: u64 = 256 << 20;
/// How many are made small at once, for memory and so that pages are drawn beside them.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// The picture made small, or as it came when it is small already or cannot be read here: browsers say what is wrong with it.
pub async fn preview(picture: Picture) -> Result<(&'static str, Bytes), Error> {
    let broken = |_: std::io::Error| Error::Persona(Failure::NoAnswer("the picture broke off or is too large"));
    let parts: Vec<Bytes> = picture.bytes.try_collect().await.map_err(broken)?;
    // Only now: a picture that comes slowly must not keep those waiting that are there.
    let turn = AT_ONCE.acquire().await.map_err(|why| Error::Internal(why.to_string()))?;
    let (kind, whole) = (picture.kind, Bytes::from(parts.concat()));
    let work = whole.clone();
    // The turn goes along: it is not over when a browser goes away, but when the work is done.
    let small = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        made_small(&work)
    })
    .await;
    let small = small.map_err(|why| Error::Internal(format!("a preview was not made: {why}")))?;
    Ok(match small {
        Ok(Some(small)) => ("image/jpeg", small.into()),
        Ok(None) => (kind, whole),
        Err(why) => {
            tracing::warn!(%why, kind, "a picture could not be made small and is shown as it came");
            (kind, whole)
        }
    })
}

/// Nothing when it would not become smaller.
fn made_small(bytes: &[u8]) -> image::ImageResult<Option<Vec<u8>>> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_SIDE);
    limits.max_image_height = Some(LARGEST_SIDE);
    limits.max_alloc = Some(LARGEST_INSIDE);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    // What would be lost with the original: how the telephone was held, and what its colours mean.
    let (held, colours) = (decoder.orientation()?, decoder.icc_profile()?);
    let mut picture = DynamicImage::from_decoder(decoder)?;
    // Before it is turned, so that less is turned; and once more, because it is not as high as it is wide.
    if picture.width().max(picture.height()) > WIDEST {
        picture = picture.thumbnail(WIDEST, WIDEST);
    }
    picture.apply_orientation(held);
    if picture.height() > HIGHEST {
        picture = picture.thumbnail(WIDEST, HIGHEST);
    }
    let mut small = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut small, QUALITY);
    if let Some(colours) = colours {
        // Shown as sRGB where that cannot be said.
        let _ = encoder.set_icc_profile(colours);
    }
    on_white(picture).write_with_encoder(encoder)?;
    Ok((small.len() < bytes.len()).then_some(small))
}

/// JPEG knows nothing that one looks through: there it is as white as the page that such a picture is shown on.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let mut white = RgbaImage::from_pixel(picture.width(), picture.height(), Rgba([u8::MAX; 4]));
    overlay(&mut white, &picture.into_rgba8(), 0, 0);
    DynamicImage::from(white).into_rgb8()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use image::metadata::Orientation;
    use image::{ImageFormat, Rgb};

    use super::*;

    /// Left red, right blue, with enough grain that it does not pack well.
    fn photograph(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let grain = (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)) as u8 % 32;
            if x < width / 2 { Rgb([220, grain, grain]) } else { Rgb([grain, grain, 220]) }
        })
    }

    fn jpeg(of: &RgbImage, held: Option<Orientation>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
        if let Some(held) = held {
            // TIFF, little-endian, one entry: orientation (0x0112), a short.
            let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
            exif.extend([held.to_exif(), 0, 0, 0, 0, 0, 0, 0]);
            encoder.set_exif_metadata(exif).unwrap();
        }
        of.write_with_encoder(encoder).unwrap();
        bytes
    }

    fn read(small: &[u8]) -> RgbImage {
        image::load_from_memory_with_format(small, ImageFormat::Jpeg).unwrap().to_rgb8()
    }

    #[test]
    fn a_photograph_becomes_as_small_as_a_page_shows_it() {
        let small = made_small(&jpeg(&photograph(3000, 1900), None)).unwrap().unwrap();
        assert_eq!(read(&small).dimensions(), (600, 380));
        assert!(small.len() < 60_000, "{}", small.len());
        let mut png = Cursor::new(Vec::new());
        photograph(500, 2000).write_to(&mut png, ImageFormat::Png).unwrap();
        assert_eq!(read(&made_small(png.get_ref()).unwrap().unwrap()).dimensions(), (95, 380));
    }

    #[test]
    fn one_that_was_held_upright_stands_upright() {
        // The sensor's left side, red, is above when it is turned to the right.
        let small = made_small(&jpeg(&photograph(1600, 1000), Some(Orientation::Rotate90))).unwrap().unwrap();
        let small = read(&small);
        assert_eq!(small.dimensions(), (238, 380));
        let (above, below) = (small.get_pixel(118, 40), small.get_pixel(118, 340));
        assert!(above[0] > 150 && above[2] < 80, "{above:?}");
        assert!(below[2] > 150 && below[0] < 80, "{below:?}");
    }

    #[test]
    fn what_one_looks_through_is_white() {
        let card =
            RgbaImage::from_fn(1200, 760, |x, y| Rgba([10, 20, (x * y % 251) as u8, if x < 600 { 0 } else { 255 }]));
        let mut png = Cursor::new(Vec::new());
        card.write_to(&mut png, ImageFormat::Png).unwrap();
        let small = read(&made_small(png.get_ref()).unwrap().unwrap());
        assert!(small.get_pixel(100, 190).0.iter().all(|colour| *colour > 245), "{:?}", small.get_pixel(100, 190));
        assert!(small.get_pixel(500, 190)[0] < 60, "{:?}", small.get_pixel(500, 190));
    }

    #[test]
    fn what_would_not_become_smaller_stays() {
        let small = jpeg(&photograph(100, 60), None);
        let again = made_small(&small).unwrap();
        assert!(again.is_none_or(|again| again.len() < small.len()));
        let mut tiny = Cursor::new(Vec::new());
        RgbImage::new(4, 4).write_to(&mut tiny, ImageFormat::Png).unwrap();
        assert_eq!(made_small(tiny.get_ref()).unwrap(), None);
    }

    #[test]
    fn one_that_claims_to_be_huge_or_is_broken_is_not_read() {
        let mut png = Cursor::new(Vec::new());
        photograph(64, 64).write_to(&mut png, ImageFormat::Png).unwrap();
        let mut huge = png.into_inner();
        // Width and height stand at 16 and 20 of a PNG file, with a checksum after the header.
        huge[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        let sum = crc(&huge[12..29]);
        huge[29..33].copy_from_slice(&sum.to_be_bytes());
        assert!(matches!(made_small(&huge), Err(image::ImageError::Limits(_))));
        assert!(made_small(b"\x89PNG\r\n\x1a\nand then nothing").is_err());
        let whole = jpeg(&photograph(800, 800), None);
        // Half of it: what came is shown, or it is not read; nothing breaks.
        let _ = made_small(&whole[..whole.len() / 2]);
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
        })
    }
}
