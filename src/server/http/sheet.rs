//! Draws the pages of a PDF as pictures, and counts them. This is done in the process that scales pictures down, whose
//! memory and time the kernel limits: a stranger wrote the file, and a few bytes of it can ask for any number of pages
//! and pixels.
use std::sync::Arc;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::{LoadPdfError, Pdf};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use image::codecs::jpeg::JpegEncoder;
use image::{ImageEncoder, RgbImage};

use super::dimensions::{HIGHEST, QUALITY, WIDEST};
use crate::domain::picture::{MOST_SHEETS, Size};

/// Longest side of a page in the viewer, in pixels: the letters of a bill can be read, and it is 10 MB at most.
const CLOSE: f32 = 1800.0;
/// No page is drawn larger than this many times its size on paper.
const LARGEST_SCALE: f32 = 6.0;

/// A task of the worker process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    Small,
    Pages,
    /// A page of a PDF, counted from 1.
    Sheet(u16, Size),
}

impl Job {
    pub fn text(self) -> String {
        match self {
            Self::Small => "small".to_owned(),
            Self::Pages => "pages".to_owned(),
            Self::Sheet(n, size) => format!("{}-{n}", size.as_str()),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('-') {
            None if text == "small" => Some(Self::Small),
            None if text == "pages" => Some(Self::Pages),
            Some(("small", n)) => Some(Self::Sheet(n.parse().ok()?, Size::Small)),
            Some(("whole", n)) => Some(Self::Sheet(n.parse().ok()?, Size::Whole)),
            _ => None,
        }
    }
}

/// Why a PDF cannot be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Encrypted,
    Broken,
    TooLarge,
}

fn opened(file: Vec<u8>) -> Result<Pdf, Refused> {
    Pdf::new(Arc::new(file)).map_err(|why| match why {
        LoadPdfError::Decryption(_) => Refused::Encrypted,
        LoadPdfError::Invalid => Refused::Broken,
    })
}

/// Returns the number of pages.
pub fn pages(file: Vec<u8>) -> Result<u16, Refused> {
    let pdf = opened(file)?;
    match pdf.pages().len() {
        0 => Err(Refused::Broken),
        n => u16::try_from(n).map_err(|_| Refused::TooLarge),
    }
}

/// Draws one page as JPEG.
pub fn drawn(file: Vec<u8>, n: u16, size: Size) -> Result<Vec<u8>, Refused> {
    if n > MOST_SHEETS {
        return Err(Refused::TooLarge);
    }
    let pdf = opened(file)?;
    let page = usize::from(n).checked_sub(1).and_then(|n| pdf.pages().get(n)).ok_or(Refused::Broken)?;
    let (width, height) = page.render_dimensions();
    if !(width.is_finite() && height.is_finite() && width >= 1.0 && height >= 1.0) {
        return Err(Refused::Broken);
    }
    let scale = match size {
        Size::Small => (WIDEST as f32 / width).min(HIGHEST as f32 / height),
        Size::Whole => CLOSE / width.max(height),
    };
    let scale = scale.min(LARGEST_SCALE);
    // A strip that is so thin that nothing of it would be drawn.
    if width * scale < 1.0 || height * scale < 1.0 {
        return Err(Refused::TooLarge);
    }
    let settings = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let drawn =
        render(page, &RenderCache::new(), &InterpreterSettings::default(), &RenderSettings::default(), &settings);
    let (width, height) = (u32::from(drawn.width()), u32::from(drawn.height()));
    // The background is white, so that no pixel is transparent.
    let pixels = drawn.data_as_u8_slice().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let picture = RgbImage::from_raw(width, height, pixels).ok_or(Refused::Broken)?;
    let mut small = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut small, QUALITY);
    encoder.write_image(&picture, width, height, image::ExtendedColorType::Rgb8).map_err(|_| Refused::Broken)?;
    Ok(small)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    const BILL: &[u8] = include_bytes!("../../../tests/cases/bill-reportlab.pdf");
    const LOCKED: &[u8] = include_bytes!("../../../tests/cases/locked-reportlab.pdf");

    #[test]
    fn the_pages_of_a_pdf_are_counted_and_drawn() {
        assert_eq!(pages(BILL.to_vec()), Ok(3));
        let red = |file: &[u8]| {
            let picture = image::load_from_memory(file).unwrap().into_rgb8();
            let red = picture.pixels().filter(|pixel| pixel[0] > 150 && pixel[1] < 90).count();
            (picture.dimensions(), red)
        };
        let (size, first) = red(&drawn(BILL.to_vec(), 1, Size::Small).unwrap());
        assert!(size.0 <= WIDEST && size.1 <= HIGHEST && size.1 > 300, "{size:?}");
        let (_, third) = red(&drawn(BILL.to_vec(), 3, Size::Small).unwrap());
        assert!(first > 300 && third > first * 2, "a bar that grows from page to page: {first}, {third}");
        let (close, _) = red(&drawn(BILL.to_vec(), 2, Size::Whole).unwrap());
        assert!(close.1 > 1700 && close.1 <= 1800, "{close:?}");
        assert_eq!(drawn(BILL.to_vec(), 4, Size::Small), Err(Refused::Broken));
        assert_eq!(drawn(BILL.to_vec(), 0, Size::Small), Err(Refused::Broken));
    }

    #[test]
    fn what_cannot_be_drawn_says_why() {
        assert_eq!(pages(LOCKED.to_vec()), Err(Refused::Encrypted));
        assert_eq!(drawn(LOCKED.to_vec(), 1, Size::Small), Err(Refused::Encrypted));
        assert_eq!(pages(b"%PDF-1.7\n".to_vec()), Err(Refused::Broken));
        let half = &BILL[..BILL.len() / 3];
        assert!(pages(half.to_vec()).is_err() || drawn(half.to_vec(), 3, Size::Small).is_err());
        for job in [Job::Small, Job::Pages, Job::Sheet(7, Size::Small), Job::Sheet(1, Size::Whole)] {
            assert_eq!(Job::parse(&job.text()), Some(job));
        }
        assert_eq!(Job::parse("whole"), None);
    }
}
