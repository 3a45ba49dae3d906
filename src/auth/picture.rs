//! Pictures of digits that people read and scripts do not.

use crate::error::{Error, Result};
use captcha::Captcha;
use captcha::filters::Wave;
use image::imageops::{self, FilterType};
use image::{ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

const WIDTH: u32 = 82;
const HEIGHT: u32 = 32;
const LINES: usize = 2;
const DOTS: usize = 40;
/// More would not fit the crate's canvas.
const MOST: usize = 8;

/// A PNG of 82 x 32 pixels, 8-bit RGB: dark digits, lines and dots on white. Shows the digits 1 to 9 only, because the
/// font has no zero. Takes milliseconds; not for an async worker.
pub(super) fn draw(digits: &str) -> Result<Vec<u8>> {
    let mut picture = written(digits)?;
    (0..LINES).for_each(|_| line(&mut picture));
    (0..DOTS).for_each(|_| dot(&mut picture));
    let mut png = Cursor::new(Vec::new());
    picture
        .write_to(&mut png, ImageFormat::Png)
        .map_err(Error::internal)?;
    Ok(png.into_inner())
}

/// The digits along a random wave. They are some 39 pixels high and four of them up to 108 wide, so half as large again
/// as the picture leaves room for waves of 4 pixels.
fn written(digits: &str) -> Result<RgbImage> {
    let mut captcha = Captcha::new();
    let shown = digits.chars().filter(|c| ('1'..='9').contains(c));
    for digit in shown.take(MOST) {
        captcha.set_chars(&[digit]).add_char();
    }
    let area = captcha.text_area();
    let width = (WIDTH * 3 / 2).max(area.right - area.left + 15);
    let wave = Wave::new(rand::random_range(3.0..6.0), rand::random_range(2.0..4.0));
    captcha
        .apply_filter(wave.horizontal())
        .view(width, HEIGHT * 3 / 2);
    let png = captcha.as_png();
    let png = png.ok_or_else(|| Error::internal("the digits could not be drawn"))?;
    let large = image::load_from_memory_with_format(&png, ImageFormat::Png);
    let large = large.map_err(Error::internal)?.to_rgb8();
    Ok(imageops::resize(
        &large,
        WIDTH,
        HEIGHT,
        FilterType::Triangle,
    ))
}

/// From side to side.
fn line(picture: &mut RgbImage) {
    let ink = ink();
    let from = rand::random_range(0..HEIGHT);
    let to = rand::random_range(0..HEIGHT);
    for x in 0..WIDTH {
        let y = (from * (WIDTH - 1 - x) + to * x) / (WIDTH - 1);
        picture.put_pixel(x, y, ink);
    }
}

fn dot(picture: &mut RgbImage) {
    let x = rand::random_range(0..WIDTH);
    let y = rand::random_range(0..HEIGHT);
    picture.put_pixel(x, y, ink());
}

fn ink() -> Rgb<u8> {
    Rgb(std::array::from_fn(|_| rand::random_range(0..150)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How far all pixels together are from white.
    fn darkness(png: &[u8]) -> u64 {
        let picture = image::load_from_memory(png).unwrap().to_rgb8();
        picture.as_raw().iter().map(|&v| u64::from(255 - v)).sum()
    }

    #[test]
    fn a_picture_is_an_rgb_png_of_82_by_32_pixels() {
        let png = draw("2468").unwrap();
        assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");
        assert_eq!(png[12..16], *b"IHDR");
        assert_eq!(png[16..20], 82_u32.to_be_bytes());
        assert_eq!(png[20..24], 32_u32.to_be_bytes());
        assert_eq!((png[24], png[25]), (8, 2), "8 bits per sample, RGB");
    }

    #[test]
    fn the_digits_leave_ink_on_white() {
        let noise = darkness(&draw("").unwrap());
        let digits = darkness(&draw("2468").unwrap());
        assert!(digits > 2 * noise, "{digits} against {noise}");
        assert!(digits < u64::from(82 * 32 * 3 * 255_u32) / 2, "{digits}");
    }

    #[test]
    fn every_digit_fits_also_in_codes_longer_than_ours() {
        for digits in ["1111", "4444", "88888888", "12345678901234567890", "a0b"] {
            assert!(draw(digits).is_ok(), "{digits}");
        }
    }

    #[test]
    fn no_two_pictures_of_a_code_are_alike() {
        assert_ne!(draw("1234").unwrap(), draw("1234").unwrap());
    }
}
