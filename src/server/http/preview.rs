//! Previews of photographs, as small as a page shows them: a telephone's photograph has megabytes, and a page shows
//! five of them a few lines high. The viewer loads them as Persona has them.
//!
//! Strangers choose the bytes, and no decoder limits all the memory that it takes: a lossless WebP of 4 × 4 pixels can
//! contain 65,536 groups of tables. So pictures are scaled down one at a time in a process of their own, whose memory
//! and time the kernel limits.
use std::io::{Cursor, Read, Write};
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use axum::body::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::overlay;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageReader, RgbImage, Rgba, RgbaImage};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::dimensions::{self, HIGHEST, Header, QUALITY, WIDEST, may_be_decoded};
use super::sheet::{self, Job, Refused};
use crate::domain::picture::{Size, Unshown};
use crate::server::persona::{Failure, PictureStream};
use crate::server::{App, Error};

/// Memory limit of the process that scales one picture down.
const MEMORY: u64 = 256 << 20;
/// Most bytes of one decoded picture. The file, the decoder's copy of it and the preview fit into the rest of the
/// memory.
const LARGEST_INSIDE: u64 = 192 << 20;
/// Time for a picture to arrive from Persona, and time for it to be scaled down, including the wait for its turn.
/// Neither holds up a page.
const PATIENCE: Duration = Duration::from_secs(10);
/// Seconds of processor time for one picture. Fifty megapixels take less than one.
const WORK: u64 = 5;
/// The dimensions come before this many bytes, whatever a camera writes first.
const LONGEST_HEADER: usize = 1 << 20;
/// Colour profiles of cameras and screens are a few kilobytes.
const LONGEST_PROFILE: usize = 64 << 10;
/// Name of the command that starts the worker.
pub const WORKER: &str = "make-picture-small";
/// How many files may wait for their turn in memory.
static WAITING: Semaphore = Semaphore::const_new(4);
static TURN: Semaphore = Semaphore::const_new(1);

/// Returns the picture scaled down, or as it is when it is small already.
pub async fn preview(app: &App, picture: PictureStream) -> Result<(&'static str, Bytes), Error> {
    let slow = |_| Error::Unshown(Unshown::Slow);
    let closed = |why: tokio::sync::AcquireError| Error::Internal(why.to_string());
    let kind = picture.kind;
    let _place = timeout(PATIENCE, WAITING.acquire()).await.map_err(slow)?.map_err(closed)?;
    let come = timeout(
        PATIENCE,
        picture.bytes.try_fold(Vec::new(), |mut file, part| async move {
            file.extend_from_slice(&part);
            Ok(file)
        }),
    );
    let file = come.await.map_err(slow)?.map_err(broken_off)?;
    let (width, height) = match dimensions::of(&file) {
        Header::Known { width, height } => (width, height),
        Header::More | Header::Unreadable => return Err(Error::Unshown(Unshown::Broken)),
    };
    if !may_be_decoded(width, height) {
        return Err(Error::Unshown(Unshown::TooLarge { width, height }));
    }
    let work = async {
        // Only now, so that a picture that arrives slowly does not hold up those that have arrived.
        let _turn = TURN.acquire().await.map_err(closed)?;
        worked(&app.config.program, Job::Small, &file).await
    };
    match timeout(PATIENCE, work).await.map_err(slow)?? {
        PreviewResult::Small(small) => Ok(("image/jpeg", small.into())),
        PreviewResult::AsItCame => Ok((kind, file.into())),
        PreviewResult::TooLarge => Err(Error::Unshown(Unshown::TooLarge { width, height })),
        PreviewResult::Slow => Err(Error::Unshown(Unshown::Slow)),
        PreviewResult::Encrypted | PreviewResult::Broken => Err(Error::Unshown(Unshown::Broken)),
    }
}

/// Returns one page of a PDF as a picture, or its number of pages as text.
async fn of_pdf(app: &App, pdf: PictureStream, job: Job) -> Result<Vec<u8>, Error> {
    let slow = |_| Error::Unshown(Unshown::Slow);
    let closed = |why: tokio::sync::AcquireError| Error::Internal(why.to_string());
    let _place = timeout(PATIENCE, WAITING.acquire()).await.map_err(slow)?.map_err(closed)?;
    let come = timeout(
        PATIENCE,
        pdf.bytes.try_fold(Vec::new(), |mut file, part| async move {
            file.extend_from_slice(&part);
            Ok(file)
        }),
    );
    let file = come.await.map_err(slow)?.map_err(broken_off)?;
    let work = async {
        let _turn = TURN.acquire().await.map_err(closed)?;
        worked(&app.config.program, job, &file).await
    };
    match timeout(PATIENCE, work).await.map_err(slow)? {
        Ok(PreviewResult::Small(made)) => Ok(made),
        Ok(PreviewResult::TooLarge) => Err(Error::Unshown(Unshown::TooMuch)),
        Ok(PreviewResult::Slow) => Err(Error::Unshown(Unshown::TooMuch)),
        Ok(PreviewResult::Encrypted) => Err(Error::Unshown(Unshown::Encrypted)),
        Ok(PreviewResult::AsItCame | PreviewResult::Broken) => Err(Error::Unshown(Unshown::Broken)),
        Err(error) => Err(error),
    }
}

pub async fn drawn(app: &App, pdf: PictureStream, sheet: u16, size: Size) -> Result<(&'static str, Bytes), Error> {
    Ok(("image/jpeg", of_pdf(app, pdf, Job::Sheet(sheet, size)).await?.into()))
}

pub async fn counted(app: &App, pdf: PictureStream) -> Result<u16, Error> {
    let made = of_pdf(app, pdf, Job::Pages).await?;
    let pages = std::str::from_utf8(&made).ok().and_then(|text| text.parse().ok());
    pages.ok_or_else(|| Error::Internal("a picture's process counted no pages".to_owned()))
}

/// Returns the picture as Persona has it, once its first bytes show that a browser can display it.
pub async fn whole(picture: PictureStream) -> Result<BoxStream<'static, std::io::Result<Bytes>>, Error> {
    let mut rest = picture.bytes;
    let mut first = Vec::new();
    let read = async {
        loop {
            match dimensions::of(&first) {
                Header::Known { width, height } if may_be_decoded(width, height) => return Ok(()),
                Header::Known { width, height } => return Err(Error::Unshown(Unshown::TooLarge { width, height })),
                Header::More if first.len() <= LONGEST_HEADER => {}
                Header::More | Header::Unreadable => return Err(Error::Unshown(Unshown::Broken)),
            }
            match rest.try_next().await.map_err(broken_off)? {
                Some(part) => first.extend_from_slice(&part),
                None => return Err(Error::Unshown(Unshown::Broken)),
            }
        }
    };
    timeout(PATIENCE, read).await.map_err(|_| Error::Unshown(Unshown::Slow))??;
    Ok(stream::once(std::future::ready(Ok(Bytes::from(first)))).chain(rest).boxed())
}

fn broken_off(_: std::io::Error) -> Error {
    Error::Persona(Failure::NoAnswer("the picture was cut off or is too large"))
}

#[derive(Debug)]
enum PreviewResult {
    Small(Vec<u8>),
    /// The preview would not be smaller.
    AsItCame,
    TooLarge,
    Slow,
    Encrypted,
    Broken,
}

/// Exit codes of the worker. If it was killed, the signal says why.
const TOO_LARGE: u8 = 10;
const BROKEN: u8 = 11;
const ENCRYPTED: u8 = 12;

async fn worked(program: &std::path::Path, job: Job, file: &[u8]) -> Result<PreviewResult, Error> {
    let failed = |what: &str, why: std::io::Error| Error::Internal(format!("a picture's process {what}: {why}"));
    let mut child = Command::new(program)
        .arg(WORKER)
        .arg(job.text())
        // The worker reads what strangers send, so it gets no secret of the desk's environment.
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|why| failed("was not started", why))?;
    let mut input = child.stdin.take();
    let feed = async {
        if let Some(input) = &mut input {
            // The worker may end before it has read everything; its exit code says why.
            let _ = input.write_all(file).await;
        }
        drop(input);
    };
    let (ended, ()) = tokio::join!(child.wait_with_output(), feed);
    let ended = ended.map_err(|why| failed("was lost", why))?;
    use std::os::unix::process::ExitStatusExt;
    Ok(match (ended.status.code(), ended.status.signal()) {
        (Some(0), _) if ended.stdout.is_empty() => PreviewResult::AsItCame,
        (Some(0), _) => PreviewResult::Small(ended.stdout),
        (Some(code), _) if code == i32::from(TOO_LARGE) => PreviewResult::TooLarge,
        (Some(code), _) if code == i32::from(BROKEN) => PreviewResult::Broken,
        (Some(code), _) if code == i32::from(ENCRYPTED) => PreviewResult::Encrypted,
        (_, Some(signal)) if signal == rustix::process::Signal::XCPU.as_raw() => PreviewResult::Slow,
        // Out of memory.
        (_, Some(signal)) if signal == rustix::process::Signal::ABORT.as_raw() => PreviewResult::TooLarge,
        // A PDF that makes its reader end in any other way is broken.
        _ if job != Job::Small => PreviewResult::Broken,
        _ => return Err(Error::Internal(format!("a picture's process ended with {}", ended.status))),
    })
}

/// Runs the worker: it reads a file from standard input and writes a preview to standard output, or nothing if the
/// preview would not be smaller.
pub fn worker(program: &std::path::Path, job: Option<&str>) -> ExitCode {
    let Some(job) = job.map_or(Some(Job::Small), Job::parse) else { return ExitCode::FAILURE };
    // Limits apply only to memory that is allocated later, and the allocator has allocated some already. So the worker
    // starts itself again from the beginning.
    let limit = Rlimit { current: Some(MEMORY), maximum: Some(MEMORY) };
    if getrlimit(Resource::Data).current != Some(MEMORY) {
        let seconds = Rlimit { current: Some(WORK), maximum: Some(WORK + 1) };
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        let limits = [(Resource::Data, limit), (Resource::Cpu, seconds), (Resource::Core, none)];
        if limits.into_iter().all(|(what, limit)| setrlimit(what, limit).is_ok()) {
            use std::os::unix::process::CommandExt;
            // Returns only when it fails.
            let mut again = std::process::Command::new(program);
            // Otherwise the allocator would reserve much more at once than it uses, and the limit counts reserved
            // memory.
            let _ = again.arg(WORKER).arg(job.text()).env("MIMALLOC_DISALLOW_ARENA_ALLOC", "1").exec();
        }
        return ExitCode::FAILURE;
    }
    let mut file = Vec::new();
    if std::io::stdin().read_to_end(&mut file).is_err() {
        return ExitCode::FAILURE;
    }
    let refused = |why| match why {
        Refused::Encrypted => ENCRYPTED,
        Refused::Broken => BROKEN,
        Refused::TooLarge => TOO_LARGE,
    };
    let made = match job {
        Job::Small => made_small(&file).map(Option::unwrap_or_default).map_err(|why| match why {
            ImageError::Limits(_) => TOO_LARGE,
            _ => BROKEN,
        }),
        Job::Pages => sheet::pages(file).map(|pages| pages.to_string().into_bytes()).map_err(refused),
        Job::Sheet(n, size) => sheet::drawn(file, n, size).map_err(refused),
    };
    match made.map(|made| std::io::stdout().write_all(&made)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(_)) => ExitCode::FAILURE,
        Err(code) => ExitCode::from(code),
    }
}

/// Returns `None` if the preview would not be smaller.
fn made_small(file: &[u8]) -> image::ImageResult<Option<Vec<u8>>> {
    let mut decoder = ImageReader::new(Cursor::new(file)).with_guessed_format()?.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if !may_be_decoded(width, height) || decoder.total_bytes() > LARGEST_INSIDE {
        let kind = image::error::LimitErrorKind::InsufficientMemory;
        return Err(ImageError::Limits(image::error::LimitError::from_kind(kind)));
    }
    // Read first, because the preview loses it: how the telephone was held, and what the colours mean. A picture whose
    // metadata cannot be read is shown all the same.
    let held = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let colours = decoder.icc_profile().ok().flatten();
    let mut picture = DynamicImage::from_decoder(decoder)?;
    // Scaled before the rotation, so that fewer pixels are rotated, and again afterwards, because the largest height is
    // smaller than the largest width.
    if picture.width().max(picture.height()) > WIDEST {
        picture = picture.thumbnail(WIDEST, WIDEST);
    }
    picture.apply_orientation(held);
    if picture.height() > HIGHEST {
        picture = picture.thumbnail(WIDEST, HIGHEST);
    }
    let mut small = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut small, QUALITY);
    let grey = !picture.color().has_color() && !picture.color().has_alpha();
    if let Some(colours) = colours.filter(|profile| describes(profile, grey)) {
        // If the profile cannot be written, the picture is shown as sRGB.
        let _ = encoder.set_icc_profile(colours);
    }
    if grey {
        picture.into_luma8().write_with_encoder(encoder)?;
    } else {
        on_white(picture).write_with_encoder(encoder)?;
    }
    Ok((small.len() < file.len()).then_some(small))
}

/// Whether a profile fits the pixels that are written. A CMYK picture has become RGB, and its profile would distort the
/// colours.
fn describes(profile: &[u8], grey: bool) -> bool {
    let space: &[u8] = if grey { b"GRAY" } else { b"RGB " };
    profile.len() <= LONGEST_PROFILE && profile.get(16..20) == Some(space)
}

/// Puts a picture on white, like the page on which it is shown: JPEG has no transparency.
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

    /// Left half red, right half blue, with enough grain that it does not compress well.
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
        // The sensor's left side, red, is at the top when the picture is rotated to the right.
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
        // Width and height are at bytes 16 and 20 of a PNG file, with a checksum after the header.
        huge[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        let sum = crc(&huge[12..29]);
        huge[29..33].copy_from_slice(&sum.to_be_bytes());
        assert!(matches!(made_small(&huge), Err(image::ImageError::Limits(_))));
        assert!(made_small(b"\x89PNG\r\n\x1a\nand then nothing").is_err());
        let whole = jpeg(&photograph(800, 800), None);
        // Half of the file: what arrived is shown, or nothing is read. Nothing breaks.
        let _ = made_small(&whole[..whole.len() / 2]);
    }

    #[test]
    fn a_profile_goes_along_with_the_pixels_that_it_describes_and_no_others() {
        let profile = |space: &[u8]| {
            let mut profile = vec![0; 128];
            profile[16..20].copy_from_slice(space);
            profile
        };
        let kept = |picture: DynamicImage, space: &[u8]| {
            let mut file = Vec::new();
            let mut encoder = JpegEncoder::new_with_quality(&mut file, 95);
            encoder.set_icc_profile(profile(space)).unwrap();
            picture.write_with_encoder(encoder).unwrap();
            let small = made_small(&file).unwrap().unwrap();
            let mut decoder = image::codecs::jpeg::JpegDecoder::new(Cursor::new(&small)).unwrap();
            (decoder.icc_profile().unwrap().is_some(), decoder.color_type().has_color())
        };
        let coloured = DynamicImage::from(photograph(1000, 700));
        let grey = DynamicImage::from(coloured.to_luma8());
        assert_eq!(kept(coloured.clone(), b"RGB "), (true, true));
        assert_eq!(kept(coloured.clone(), b"CMYK"), (false, true), "the pixels are no longer CMYK");
        assert_eq!(kept(coloured, b"GRAY"), (false, true));
        assert_eq!(kept(grey.clone(), b"GRAY"), (true, false));
        assert_eq!(kept(grey, b"RGB "), (false, false));
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
        })
    }
}
