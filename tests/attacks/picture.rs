//! Pictures that need more memory or time than allowed: a separate process scales them down, and they are never passed
//! on unchanged.
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use axum::body::Bytes;
use countersign::domain::picture::Unshown;
use countersign::server::Error;
use countersign::server::http::preview::{WORKER, preview, whole};
use countersign::server::persona::PictureStream;
use futures::{StreamExt, TryStreamExt};

use crate::desk::Desk;
use crate::flow;

/// A real PNG, all black: 16,384 × 16,384 pixels are 800 kB.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8], data: &[u8]| {
        file.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        let body = [kind, data].concat();
        let sum = !body.iter().fold(!0u32, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
        });
        file.extend(body);
        file.extend(sum.to_be_bytes());
    };
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    chunk(b"IHDR", &head);
    // Each row is a filter byte and three bytes a pixel. One deflate block with the fixed codes: a zero, then matches
    // of 258.
    let zeros = u64::from(height) * (u64::from(width) * 3 + 1);
    let mut bits = Bits::default();
    bits.put(0b011, 3);
    let code = |bits: &mut Bits, literal: u32| match literal {
        0..=143 => bits.huffman(0x30 + literal, 8),
        256..=279 => bits.huffman(literal - 256, 7),
        _ => bits.huffman(0xc0 + literal - 280, 8),
    };
    code(&mut bits, 0);
    for _ in 0..(zeros - 1) / 258 {
        code(&mut bits, 285);
        bits.huffman(0, 5);
    }
    for _ in 0..(zeros - 1) % 258 {
        code(&mut bits, 0);
    }
    code(&mut bits, 256);
    let sum = u32::try_from(zeros % 65_521).unwrap() << 16 | 1;
    chunk(b"IDAT", &[&[0x78, 0x01][..], &bits.done(), &sum.to_be_bytes()].concat());
    chunk(b"IEND", &[]);
    file
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        for n in 0..count {
            self.held |= ((value >> n) & 1) << self.count;
            self.count += 1;
            if self.count == 8 {
                self.bytes.push(u8::try_from(self.held).unwrap());
                (self.held, self.count) = (0, 0);
            }
        }
    }

    /// Huffman codes begin with their highest bit.
    fn huffman(&mut self, code: u32, count: u32) {
        self.put(code.reverse_bits() >> (32 - count), count);
    }

    fn done(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.bytes.push(u8::try_from(self.held).unwrap());
        }
        self.bytes
    }
}

fn riff(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, data) in chunks {
        body.extend(*kind);
        body.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        body.extend(data);
        body.resize(body.len().next_multiple_of(2), 0);
    }
    [&b"RIFF"[..], &u32::try_from(body.len()).unwrap().to_le_bytes(), &body].concat()
}

/// A lossless WebP of 4 × 4 pixels with 65,536 groups of five tables, each of 4 kB: 1.3 GB from 3.8 MB.
fn webp_of_tables() -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0x2f, 8);
    bits.put(3, 14);
    bits.put(3, 14);
    // No alpha, version 0, no transform, no colour cache. Groups are used; an image of one pixel chooses them, and
    // names the last one.
    bits.put(0, 6);
    bits.put(1, 1);
    bits.put(0, 4);
    for symbol in [255, 255, 0, 0, 0] {
        // A simple code of one symbol of eight bits.
        bits.put(0b101, 3);
        bits.put(symbol, 8);
    }
    for _ in 0..65_536 * 5 {
        // Lengths 1 to 10, the last one twice, so that a table has 1,024 entries.
        bits.put(0, 1);
        bits.put(10, 4);
        for length in [0, 0, 0, 3, 3, 3, 3, 3, 0, 3, 4, 4, 4, 4] {
            bits.put(length, 3);
        }
        bits.put(1, 1);
        bits.put(1, 3);
        bits.put(9, 4);
        for length in (1..=10).chain([10]) {
            if length <= 6 { bits.huffman(length - 1, 3) } else { bits.huffman(12 + length - 7, 4) }
        }
    }
    riff(&[(b"VP8L", [bits.done(), vec![0; 100]].concat())])
}

/// A WebP that declares one pixel and contains a frame of 16,383 × 16,383.
fn webp_of_another_size() -> Vec<u8> {
    let frame = [&[0x10, 0, 0, 0x9d, 0x01, 0x2a, 0xff, 0x3f, 0xff, 0x3f][..], &[0; 2000]].concat();
    riff(&[(b"VP8X", vec![0; 10]), (b"VP8 ", frame)])
}

/// A GIF with a screen of one pixel, whose only frame has the largest size that GIF can declare.
fn gif_of_another_size() -> Vec<u8> {
    b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x4c\x01\0;".to_vec()
}

fn picture(kind: &'static str, file: &[u8]) -> PictureStream {
    let parts: Vec<_> = file.chunks(16 << 10).map(|part| Ok(Bytes::copy_from_slice(part))).collect();
    PictureStream { kind, bytes: futures::stream::iter(parts).boxed() }
}

/// Peak memory of a process in KiB.
fn peak(process: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Exit status of the worker for a file, the length of its output, and its peak memory.
fn worked(file: &[u8]) -> (std::process::ExitStatus, usize, u64) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .arg(WORKER)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut input, id) = (child.stdin.take().unwrap(), child.id().to_string());
    let most = std::thread::scope(|scope| {
        scope.spawn(move || input.write_all(file));
        let mut most = 0;
        while child.try_wait().unwrap().is_none() {
            most = most.max(peak(&id));
            std::thread::sleep(Duration::from_millis(1));
        }
        most
    });
    let ended = child.wait_with_output().unwrap();
    (ended.status, ended.stdout.len(), most)
}

#[test]
fn the_worker_makes_what_cameras_take_small_and_never_takes_more_than_its_memory() {
    let (ended, length, most) = worked(&png(8000, 6000));
    assert!(ended.success() && length > 0, "48 megapixels: {ended}, {length} bytes");
    println!("48 megapixels: {} MiB", most / 1024);
    for (what, file) in [
        ("a PNG of 16,384 x 16,384", png(16_384, 16_384)),
        ("a WebP of tables", webp_of_tables()),
        ("a WebP of another size", webp_of_another_size()),
        ("a GIF of another size", gif_of_another_size()),
    ] {
        let (ended, length, most) = worked(&file);
        println!("{what}, {} bytes: {ended}, {} MiB", file.len(), most / 1024);
        assert!(!ended.success() && length == 0, "{what}: {ended}");
        // The limit does not include its own code, which the kernel counts as well.
        assert!(most < (256 + 64) << 10, "{what}: {most} KiB");
    }
}

flow! {
    async fn what_is_too_large_or_broken_is_refused_small_and_whole(desk: Desk) {
        let before = peak("self");
        let bomb = png(16_384, 16_384);
        let refused = |done: Result<(), Error>| match done {
            Err(Error::Unshown(why)) => why,
            other => panic!("not refused: {other:?}"),
        };
        let small = async |kind, file: &[u8]| refused(preview(&desk.app, picture(kind, file)).await.map(|_| ()));
        let large = async |kind, file: &[u8]| refused(whole(picture(kind, file)).await.map(|_| ()));
        let told = Unshown::TooLarge { width: 16_384, height: 16_384 };
        assert_eq!((small("image/png", &bomb).await, large("image/png", &bomb).await), (told, told));
        let told = Unshown::TooLarge { width: 65_535, height: 65_535 };
        let gif = gif_of_another_size();
        assert_eq!((small("image/gif", &gif).await, large("image/gif", &gif).await), (told, told));
        assert_eq!(small("image/webp", &webp_of_tables()).await, Unshown::TooLarge { width: 4, height: 4 });
        let cut = &png(900, 900)[..60];
        assert_eq!(small("image/png", cut).await, Unshown::Broken);
        assert_eq!(large("image/jpeg", b"\xff\xd8\xff\xda").await, Unshown::Broken);
        assert!(peak("self") - before < 64 << 10, "{} KiB more", peak("self") - before);
        // Other pictures are served as before, and unchanged byte for byte in full size.
        let good = png(900, 900);
        let (kind, made) = preview(&desk.app, picture("image/png", &good)).await.unwrap();
        assert!(kind == "image/jpeg" || made == good);
        let parts: Vec<Bytes> = whole(picture("image/png", &good)).await.unwrap().try_collect().await.unwrap();
        assert_eq!(parts.concat(), good);
    }
}
