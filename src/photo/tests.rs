//! What is taken, what is refused, and what never survives.

use super::samples::{
    MAKER, claiming, cmyk, jpeg, noisy, plain, png, segments, swelling_profile, swelling_text,
    with_exif, with_segment, written,
};
use super::*;
use image::{DynamicImage, ImageFormat};

/// What must come of something sent.
enum Fate {
    /// A photo.
    Safe,
    /// A refusal with this code.
    Refused(&'static str),
    /// Either: a decoder may show what is left of a broken file.
    Either,
}
use Fate::{Either, Refused, Safe};

/// A photo that may be kept: small enough, named rightly, and nothing but pixels in it.
#[track_caller]
fn assert_safe(photo: &Prepared, name: &str) {
    for (bytes, most) in [
        (&photo.full, FULL_BYTES_MAX),
        (&photo.thumb, THUMB_BYTES_MAX),
    ] {
        assert!(bytes.len() <= most, "{name}: {} octets", bytes.len());
        let markers: Vec<u8> = segments(bytes).iter().map(|(marker, _)| *marker).collect();
        let known = [0xe0, 0xdb, 0xc0, 0xc4, 0xda];
        let strange: Vec<_> = markers.iter().filter(|m| !known.contains(m)).collect();
        assert!(strange.is_empty(), "{name}: {strange:x?}");
        assert!(bytes.ends_with(&[0xff, 0xd9]), "{name}: something follows");
        for word in [MAKER, b"Exif", b"<script", b"PK\x03\x04"] {
            let is_there = bytes.windows(word.len()).any(|part| part == word);
            assert!(!is_there, "{name}: {word:?} survived");
        }
    }
    assert!(photo.width.max(photo.height) <= FULL_SIDE_MAX, "{name}");
    assert_eq!(photo.hash, Prepared::hash_of(&photo.full), "{name}");
    let again = image::load_from_memory(&photo.full).expect("a picture");
    assert_eq!(
        (again.width(), again.height()),
        (photo.width, photo.height),
        "{name}"
    );
}

#[track_caller]
fn check(name: &str, sent: &[u8], fate: &Fate) {
    match (prepare(sent), fate) {
        (Ok(photo), Safe | Either) => assert_safe(&photo, name),
        (Err(fault), Refused(code)) => assert_eq!(fault.code(), *code, "{name}"),
        (Err(PhotoFault::Broken), Either) => {}
        (Ok(_), Refused(code)) => panic!("{name} was taken, not refused as {code}"),
        (Err(fault), _) => panic!("{name}: {fault}"),
    }
}

const NOT_IMAGE: Fate = Refused("photo_not_image");
const BROKEN: Fate = Refused("photo_broken");
const PIXELS: Fate = Refused("photo_too_many_pixels");

#[test]
fn files_that_only_look_like_pictures_are_refused() {
    let zip = b"PK\x03\x04\x14\0\0\0\0\0".to_vec();
    let jpeg_head = jpeg(&plain(16, 16, [9, 9, 9]), 80)[..2].to_vec();
    let gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let bmp = [b"BM".as_slice(), &[0; 60]].concat();
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
    let cases: [(&str, Vec<u8>, Fate); 14] = [
        ("nothing", Vec::new(), Refused("photo_empty")),
        ("one octet", vec![0xff], NOT_IMAGE),
        ("a GIF", gif.to_vec(), NOT_IMAGE),
        ("an SVG", svg.to_vec(), NOT_IMAGE),
        ("HTML", b"<html><script>1</script>".to_vec(), NOT_IMAGE),
        ("a ZIP", zip, NOT_IMAGE),
        ("a BMP", bmp, NOT_IMAGE),
        ("a TIFF", b"II*\0\x08\0\0\0\0\0".to_vec(), NOT_IMAGE),
        ("a HEIC", heic.to_vec(), NOT_IMAGE),
        ("a PDF", b"%PDF-1.7\n".to_vec(), NOT_IMAGE),
        ("zeros", vec![0; 5000], NOT_IMAGE),
        ("the magic of a JPEG alone", jpeg_head, NOT_IMAGE),
        (
            "a JPEG's magic before HTML",
            b"\xff\xd8\xff\xe0<html>".to_vec(),
            BROKEN,
        ),
        (
            "a WebP's magic before nothing",
            b"RIFF\x10\0\0\0WEBPVP8 ".to_vec(),
            BROKEN,
        ),
    ];
    for (name, sent, fate) in &cases {
        check(name, sent, fate);
    }
}

#[test]
fn claims_are_judged_before_anything_is_decoded() {
    let small = jpeg(&plain(16, 16, [90, 90, 90]), 80);
    let cases: [(&str, Vec<u8>, Fate); 9] = [
        ("a PNG of 65535²", png([65_535; 2], 8, 1000, None), PIXELS),
        (
            "a PNG of 2³¹",
            png([0x7fff_ffff; 2], 8, 1000, None),
            Fate::Either,
        ),
        ("a PNG of no width", png([0, 9], 8, 9, None), BROKEN),
        ("a JPEG of 65535²", claiming(&small, 65_535, 65_535), PIXELS),
        ("a JPEG of 7072²", claiming(&small, 7072, 7072), PIXELS),
        ("a JPEG of no width", claiming(&small, 0, 16), BROKEN),
        (
            "a PNG that ends too soon",
            png([3000; 2], 8, 1000, None),
            BROKEN,
        ),
        (
            "zeros that swell to 49 million pixels",
            png([7000; 2], 8, 7001 * 7000, None),
            Safe,
        ),
        (
            "zeros of 16 bits",
            png([4000; 2], 16, 8001 * 4000, None),
            Safe,
        ),
    ];
    for (name, sent, fate) in &cases {
        match (fate, prepare(sent)) {
            (Either, outcome) => assert!(outcome.is_err(), "{name}"),
            _ => check(name, sent, fate),
        }
    }
}

#[test]
fn what_hides_in_a_picture_does_not_survive() {
    let honest = jpeg(&noisy(64, 48), 85);
    let tail = |more: &[u8]| [&honest, more].concat();
    let text = png([20; 2], 8, 420, Some((b"zTXt", swelling_text())));
    let profile = png([20; 2], 8, 420, Some((b"iCCP", swelling_profile())));
    let script = b"<script>alert(1)</script>";
    let cases: [(&str, Vec<u8>, Fate); 8] = [
        ("HTML behind a JPEG", tail(script), Safe),
        ("a ZIP behind a JPEG", tail(b"PK\x03\x04rest"), Safe),
        (
            "a script in a comment",
            with_segment(&honest, 0xfe, script),
            Safe,
        ),
        (
            "a script in a profile",
            with_segment(&honest, 0xe2, script),
            Safe,
        ),
        ("GPS and maker", with_exif(&honest, 1), Safe),
        ("an unknown orientation", with_exif(&honest, 99), Safe),
        ("text that swells in a PNG", text, Either),
        ("a profile that swells in a PNG", profile, Either),
    ];
    for (name, sent, fate) in &cases {
        check(name, sent, fate);
    }
    let sent = with_exif(&honest, 1);
    assert!(sent.windows(MAKER.len()).any(|part| part == MAKER));
}

#[test]
fn odd_kinds_of_pictures_are_taken() {
    let picture = DynamicImage::ImageRgb8(noisy(60, 40));
    let clear = DynamicImage::ImageRgba8(image::RgbaImage::new(30, 30));
    for (name, sent) in [
        ("one pixel", jpeg(&plain(1, 1, [200, 0, 0]), 80)),
        ("a line", jpeg(&noisy(6000, 1), 80)),
        ("printer's colours", cmyk()),
        ("a PNG", written(&picture, ImageFormat::Png)),
        ("a WebP", written(&picture, ImageFormat::WebP)),
        (
            "16 bits",
            written(&picture.to_rgb16().into(), ImageFormat::Png),
        ),
        (
            "16 bits with alpha",
            written(&picture.to_rgba16().into(), ImageFormat::Png),
        ),
        (
            "grey",
            written(&picture.to_luma8().into(), ImageFormat::Jpeg),
        ),
        ("nothing but alpha", written(&clear, ImageFormat::Png)),
    ] {
        check(name, &sent, &Safe);
    }
    let shown = prepare(&written(&clear, ImageFormat::Png)).expect("a photo");
    let shown = image::load_from_memory(&shown.full).expect("a picture");
    assert!(shown.to_rgb8().pixels().all(|pixel| pixel.0[0] > 250));
}

#[test]
fn truncated_pictures_end_somehow() {
    let picture = DynamicImage::ImageRgb8(noisy(300, 200));
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let whole = written(&picture, format);
        for hundredth in [1, 5, 20, 40, 60, 80, 95, 99] {
            let cut = &whole[..(whole.len() * hundredth / 100).max(20)];
            check(&format!("{format:?} at {hundredth}%"), cut, &Either);
        }
        // A flipped octet here and there.
        for at in (10..whole.len()).step_by(whole.len() / 12) {
            let mut hurt = whole.clone();
            hurt[at] ^= 0x5a;
            let _ended = prepare(&hurt);
        }
    }
}

#[test]
fn photos_stand_upright_however_the_phone_was_held() {
    // Red in the corner that is stored first.
    let picture = red_corner(64, 32);
    let corners = ["", "tl", "tr", "br", "bl", "tl", "tr", "br", "bl"];
    for orientation in 1..=8_u8 {
        let photo = prepare(&with_exif(&jpeg(&picture, 95), orientation)).expect("a photo");
        let sides = if orientation < 5 { (64, 32) } else { (32, 64) };
        assert_eq!((photo.width, photo.height), sides, "{orientation}");
        let shown = image::load_from_memory(&photo.full)
            .expect("a picture")
            .to_rgb8();
        let (right, bottom) = (photo.width - 4, photo.height - 4);
        let red = [
            ("tl", 3, 3),
            ("tr", right, 3),
            ("br", right, bottom),
            ("bl", 3, bottom),
        ]
        .into_iter()
        .filter(|(_, x, y)| {
            let [red, green, _] = shown.get_pixel(*x, *y).0;
            red > 150 && green < 110
        })
        .map(|(name, _, _)| name)
        .collect::<Vec<_>>();
        assert_eq!(red, [corners[usize::from(orientation)]], "{orientation}");
        assert_safe(&photo, "upright");
    }
}

fn red_corner(width: u32, height: u32) -> image::RgbImage {
    image::RgbImage::from_fn(width, height, |x, y| {
        let is_corner = x < width / 4 && y < height / 4;
        image::Rgb(if is_corner { [230, 20, 20] } else { [200; 3] })
    })
}

#[test]
fn a_camera_s_eight_megabytes_become_small() {
    let picture = noisy(4000, 3000);
    let sent = with_exif(&jpeg(&picture, 97), 6);
    assert!(sent.len() > 8_000_000, "{}", sent.len());
    let photo = prepare(&sent).expect("a photo");
    assert_safe(&photo, "eight megabytes");
    assert_eq!((photo.width, photo.height), (960, 1280));
    assert!(!photo.dark);
    assert_eq!(prepare(&sent).expect("a photo").hash, photo.hash);
}

#[test]
fn noise_that_no_quality_makes_small_loses_size() {
    let mut state = 1_u32;
    let picture = image::RgbImage::from_fn(1280, 1280, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [a, b, c, _] = state.to_be_bytes();
        image::Rgb([a, b.rotate_left(3), c])
    });
    let photo = prepare(&written(&picture.into(), ImageFormat::Png)).expect("a photo");
    assert_safe(&photo, "noise");
}

#[test]
fn darkness_is_said() {
    for (light, dark) in [(8, true), (30, true), (60, false), (200, false)] {
        let photo = prepare(&jpeg(&plain(80, 60, [light; 3]), 80)).expect("a photo");
        assert_eq!(photo.dark, dark, "{light}");
    }
}

#[tokio::test]
async fn a_photo_is_kept_and_found_again_and_damage_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = crate::config::Settings::demo(&Default::default()).expect("settings");
    let kept = folder.path().join("photos");
    let photos = Photos::open(&settings.photos, kept.clone()).expect("a place");
    assert!(!kept.exists(), "made when the first photo comes");
    let sent = jpeg(&noisy(90, 70), 90);
    let photo = photos.take(sent.into()).await.expect("a photo");
    assert_eq!(photos.get(7, &photo.hash, Form::Full).await, Ok(None));
    photos.put(7, &photo).await.expect("kept");
    photos.put(7, &photo).await.expect("kept again");
    let full = photos.get(7, &photo.hash, Form::Full).await;
    assert_eq!(full.expect("an answer").expect("a photo"), photo.full);
    let thumb = photos.get(7, &photo.hash, Form::Thumb).await;
    assert_eq!(thumb.expect("an answer").expect("a photo"), photo.thumb);
    assert_eq!(photos.get(8, &photo.hash, Form::Full).await, Ok(None));
    let hex = hex::encode(photo.hash);
    let file = kept.join("7").join(&hex[..2]).join(hex.clone() + ".jpg");
    std::fs::write(file, b"something else").expect("written");
    assert_eq!(photos.get(7, &photo.hash, Form::Full).await, Ok(None));
    let large = vec![0; settings.photos.upload_bytes + 1];
    let fault = photos.take(large.into()).await.expect_err("too large");
    assert_eq!(fault.code(), "photo_too_large");
}
