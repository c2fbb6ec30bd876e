//! Pictures that tests make: honest ones, and the kinds that are sent to break a decoder.

use flate2::{Compression, Crc, write::ZlibEncoder};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, RgbImage};
use std::io::{Cursor, Write as _};

/// A picture with detail everywhere, so that it does not compress well.
pub fn noisy(width: u32, height: u32) -> RgbImage {
    let mut state = 7_u32;
    RgbImage::from_fn(width, height, |x, y| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = state >> 25;
        let part = |by: u32| u8::try_from((by / 16 % 96) + 60 + noise / 2).unwrap_or(u8::MAX);
        image::Rgb([part(x), part(y), part(x + y)])
    })
}

/// One colour.
pub fn plain(width: u32, height: u32, colour: [u8; 3]) -> RgbImage {
    RgbImage::from_pixel(width, height, image::Rgb(colour))
}

/// As a camera writes it.
pub fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut out, quality);
    encoder.encode_image(picture).expect("a picture");
    out
}

/// As another format.
pub fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).expect("a picture");
    out.into_inner()
}

/// The octets that GPS and the camera's name leave in a file.
pub const MAKER: &[u8] = b"SECRETCAM";
const LATITUDE: &[u8] = &[28, 0, 0, 0, 1, 0, 0, 0, 41, 0, 0, 0, 1, 0, 0, 0];

/// An EXIF segment with an orientation, the camera's name, and where it was.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x03\0".to_vec();
    // Make, 10 octets at 50; orientation; the GPS table at 60.
    tiff.extend([0x0f, 1, 2, 0, 10, 0, 0, 0, 50, 0, 0, 0]);
    tiff.extend([0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    tiff.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 60, 0, 0, 0]);
    tiff.extend([0; 4]);
    tiff.extend(MAKER);
    tiff.push(0);
    // Latitude, three rationals at 78.
    tiff.extend([1, 0, 2, 0, 5, 0, 3, 0, 0, 0, 78, 0, 0, 0, 0, 0, 0, 0]);
    tiff.extend(LATITUDE);
    tiff.extend([30, 0, 0, 0, 1, 0, 0, 0]);
    [b"Exif\0\0".as_slice(), &tiff].concat()
}

/// A segment of a JPEG.
fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).expect("a segment");
    [&[0xff, marker], length.to_be_bytes().as_slice(), body].concat()
}

/// The JPEG with a segment right after its beginning.
pub fn with_segment(jpeg: &[u8], marker: u8, body: &[u8]) -> Vec<u8> {
    [&jpeg[..2], &segment(marker, body), &jpeg[2..]].concat()
}

/// The JPEG as a phone held in some way writes it, with GPS.
pub fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    with_segment(jpeg, 0xe1, &exif(orientation))
}

/// Marker and body of each segment up to the data.
pub fn segments(jpeg: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut found = Vec::new();
    let mut at = 2;
    while jpeg[at] == 0xff {
        let length = usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        let marker = jpeg[at + 1];
        found.push((marker, jpeg[at + 4..at + 2 + length].to_vec()));
        if marker == 0xda {
            break;
        }
        at += 2 + length;
    }
    found
}

/// The JPEG with other sides in its head.
pub fn claiming(jpeg: &[u8], width: u16, height: u16) -> Vec<u8> {
    let mut jpeg = jpeg.to_vec();
    let at = jpeg
        .windows(2)
        .position(|two| two == [0xff, 0xc0])
        .expect("a frame");
    jpeg[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    jpeg[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    jpeg
}

/// Eight by eight pixels of printer's colours, as no encoder at hand makes them.
pub fn cmyk() -> Vec<u8> {
    let grey = written(
        &DynamicImage::ImageLuma8(image::GrayImage::new(8, 8)),
        ImageFormat::Jpeg,
    );
    let mut out = vec![0xff, 0xd8];
    out.extend(segment(0xee, b"Adobe\0\x64\0\0\0\0\0"));
    let known = segments(&grey);
    for (marker, body) in known
        .iter()
        .filter(|(marker, _)| [0xdb, 0xc4].contains(marker))
    {
        out.extend(segment(*marker, body));
    }
    let part = |no: u8| [no, 0x11, 0];
    let parts: Vec<u8> = (1..=4).flat_map(part).collect();
    out.extend(segment(
        0xc0,
        &[&[8, 0, 8, 0, 8, 4], parts.as_slice()].concat(),
    ));
    let scan: Vec<u8> = (1..=4).flat_map(|no| [no, 0]).collect();
    out.extend(segment(
        0xda,
        &[&[4], scan.as_slice(), &[0, 63, 0]].concat(),
    ));
    // Four blocks, each "no difference" and "end of block".
    out.extend([0x28, 0xa2, 0x8a, 0xff, 0xd9]);
    out
}

fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(body);
    let length = u32::try_from(body.len()).expect("a chunk").to_be_bytes();
    [&length, kind.as_slice(), body, &crc.sum().to_be_bytes()].concat()
}

/// As many zeros, packed.
fn packed_zeros(count: usize) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
    let zeros = vec![0; 1 << 16];
    for _ in 0..count / zeros.len() + 1 {
        packer.write_all(&zeros).expect("memory");
    }
    packer.finish().expect("memory")
}

/// A PNG that claims these sides, with this much data behind it, and a chunk more.
pub fn png(sides: [u32; 2], depth: u8, zeros: usize, more: Option<(&[u8; 4], Vec<u8>)>) -> Vec<u8> {
    let [width, height] = sides.map(u32::to_be_bytes);
    let head = [&width, &height, [depth, 0, 0, 0, 0].as_slice()].concat();
    let more = more.map(|(kind, body)| chunk(kind, &body));
    [
        b"\x89PNG\r\n\x1a\n".as_slice(),
        &chunk(b"IHDR", &head),
        &more.unwrap_or_default(),
        &chunk(b"IDAT", &packed_zeros(zeros)),
        &chunk(b"IEND", &[]),
    ]
    .concat()
}

/// A text in a PNG that is 16 megabytes when it is unpacked.
pub fn swelling_text() -> Vec<u8> {
    [b"Comment\0\0".as_slice(), &packed_zeros(16 << 20)].concat()
}

/// A colour profile that is 16 megabytes when it is unpacked.
pub fn swelling_profile() -> Vec<u8> {
    [b"icc\0\0".as_slice(), &packed_zeros(16 << 20)].concat()
}
