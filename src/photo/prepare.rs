//! What was sent becomes a small JPEG and a thumbnail: upright, without metadata, bounded in size.
//!
//! Only pixels pass: the octets kept are made by our own encoder, so nothing of the file sent
//! survives, be it a place, a name, or something that only looks like a picture.

use super::PhotoFault;
use crate::core::PhotoHash;
use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::imageops::FilterType;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageFormat, Limits, RgbImage};
use sha2::{Digest as _, Sha256};
use std::io::Cursor;

/// The longest side of a photo.
pub const FULL_SIDE_MAX: u32 = 1280;
/// The most octets of a photo.
pub const FULL_BYTES_MAX: usize = 150_000;
/// The most octets of its small form.
pub const THUMB_BYTES_MAX: usize = 12_000;

/// More pixels than this are refused before any is decoded.
const PIXELS_MAX: u64 = 50_000_000;
/// What a decoder may allocate.
const ALLOCATION_MAX: u64 = 256 * 1024 * 1024;
/// Sides and qualities to try, the best first.
const FULL_STEPS: &[(u32, &[u8])] = &[
    (FULL_SIDE_MAX, &[82, 74, 66, 58, 50]),
    (1024, &[66, 54, 42]),
    (800, &[60, 44]),
    (640, &[50, 30]),
    (480, &[40, 15]),
];
const THUMB_STEPS: &[(u32, &[u8])] = &[(240, &[72, 60, 46]), (180, &[54, 36]), (120, &[40, 10])];
/// The mean brightness of 255 below which a photo shows too little.
const DARK_BELOW: u64 = 40;

/// A photo ready to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// JPEG, its longest side at most [`FULL_SIDE_MAX`], at most [`FULL_BYTES_MAX`] octets.
    pub full: Vec<u8>,
    /// JPEG of at most [`THUMB_BYTES_MAX`] octets.
    pub thumb: Vec<u8>,
    /// SHA-256 of `full`.
    pub hash: PhotoHash,
    /// Of `full`, in pixels.
    pub width: u32,
    /// Of `full`, in pixels.
    pub height: u32,
    /// Whether it is so dark that it shows little: to be said, not to be refused.
    pub dark: bool,
}

impl Prepared {
    /// The name of these octets.
    #[must_use]
    pub fn hash_of(full: &[u8]) -> PhotoHash {
        Sha256::digest(full).into()
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(ALLOCATION_MAX);
    limits
}

/// Opens a decoder by what the octets are, not by what they are called.
fn decoder(sent: &[u8]) -> Result<Box<dyn ImageDecoder + '_>, PhotoFault> {
    if sent.is_empty() {
        return Err(PhotoFault::Empty);
    }
    let format = image::guess_format(sent).map_err(|_| PhotoFault::NotAnImage)?;
    let from = Cursor::new(sent);
    let broken = |_| PhotoFault::Broken;
    let mut decoder: Box<dyn ImageDecoder> = match format {
        ImageFormat::Jpeg => Box::new(JpegDecoder::new(from).map_err(broken)?),
        ImageFormat::Png => Box::new(PngDecoder::with_limits(from, limits()).map_err(broken)?),
        ImageFormat::WebP => Box::new(WebPDecoder::new(from).map_err(broken)?),
        _ => return Err(PhotoFault::NotAnImage),
    };
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > PIXELS_MAX || decoder.total_bytes() > ALLOCATION_MAX {
        return Err(PhotoFault::TooManyPixels { width, height });
    }
    if pixels == 0 {
        return Err(PhotoFault::Broken);
    }
    decoder.set_limits(limits()).map_err(broken)?;
    Ok(decoder)
}

/// How many pixels a file claims, when it may be decoded at all. Reads the head only.
///
/// # Errors
/// [`PhotoFault`].
pub fn look(sent: &[u8]) -> Result<u64, PhotoFault> {
    let (width, height) = decoder(sent)?.dimensions();
    Ok(u64::from(width) * u64::from(height))
}

/// Makes a photo of what was sent. Takes time and memory: see [`super::Photos::take`].
///
/// # Errors
/// [`PhotoFault`]: why it is none.
pub fn prepare(sent: &[u8]) -> Result<Prepared, PhotoFault> {
    let mut decoder = decoder(sent)?;
    let orientation = decoder.orientation().map_err(|_| PhotoFault::Broken)?;
    let decoded = DynamicImage::from_decoder(decoder).map_err(|_| PhotoFault::Broken)?;
    let mut small = shrunk(decoded, FULL_SIDE_MAX);
    small.apply_orientation(orientation);
    let upright = on_white(small);
    let (full, (width, height)) = encoded(&upright, FULL_STEPS, FULL_BYTES_MAX)?;
    let (thumb, _) = encoded(&upright, THUMB_STEPS, THUMB_BYTES_MAX)?;
    Ok(Prepared {
        hash: Prepared::hash_of(&full),
        dark: is_dark(&upright),
        full,
        thumb,
        width,
        height,
    })
}

/// The same picture with no side longer than `side`. A large one goes by a cheap filter first,
/// which needs no room beside its result.
fn shrunk(picture: DynamicImage, side: u32) -> DynamicImage {
    let longest = |picture: &DynamicImage| picture.width().max(picture.height());
    let mut picture = picture;
    if longest(&picture) > side * 2 {
        picture = picture.thumbnail(side * 2, side * 2);
    }
    if longest(&picture) > side {
        picture = picture.resize(side, side, FilterType::Triangle);
    }
    picture
}

/// Pixels without transparency; what shines through is white.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let from = picture.into_rgba8();
    let mut onto = RgbImage::new(from.width(), from.height());
    for (to, pixel) in onto.pixels_mut().zip(from.pixels()) {
        let [red, green, blue, alpha] = pixel.0.map(u32::from);
        let over = |part: u32| u8::try_from((part * alpha + 255 * (255 - alpha)) / 255);
        to.0 = [red, green, blue].map(|part| over(part).unwrap_or(u8::MAX));
    }
    onto
}

type Encoded = (Vec<u8>, (u32, u32));

fn encoded(
    picture: &RgbImage,
    steps: &[(u32, &[u8])],
    bytes_max: usize,
) -> Result<Encoded, PhotoFault> {
    for (side, qualities) in steps {
        let longest = picture.width().max(picture.height());
        let smaller;
        let sized = if longest > *side {
            let whole = DynamicImage::ImageRgb8(picture.clone());
            smaller = shrunk(whole, *side).into_rgb8();
            &smaller
        } else {
            picture
        };
        let (width, height) = sized.dimensions();
        for quality in *qualities {
            let mut out = Vec::new();
            let mut encoder = JpegEncoder::new_with_quality(&mut out, *quality);
            let done = encoder.encode(sized.as_raw(), width, height, ExtendedColorType::Rgb8);
            done.map_err(|_| PhotoFault::Broken)?;
            if out.len() <= bytes_max {
                return Ok((out, (width, height)));
            }
        }
    }
    Err(PhotoFault::Broken)
}

fn is_dark(picture: &RgbImage) -> bool {
    let light = |[red, green, blue]: [u8; 3]| {
        (u64::from(red) * 299 + u64::from(green) * 587 + u64::from(blue) * 114) / 1000
    };
    let sum: u64 = picture.pixels().map(|pixel| light(pixel.0)).sum();
    let count = u64::from(picture.width()) * u64::from(picture.height());
    sum / count.max(1) < DARK_BELOW
}
