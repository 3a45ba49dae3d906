//! Operation 50: a text as a QR code.

use super::Answer;
use super::args::{at_most, bad};
use super::caller::Open;
use super::reply::Reply;
use crate::error::{Error, Result};
use actix_web::web;
use image::{GrayImage, ImageFormat, Luma};
use qrcode::{Color, QrCode};
use std::io::Cursor;

/// Bytes of a text.
const CONTENT: usize = 1024;
/// Pixels of a picture's side, more or less: a dot has a whole number of them.
const SIDE: u32 = 300;
/// Pixels of a dot at least.
const DOT: u32 = 2;
/// Dots that stay free around a code.
const QUIET: u32 = 4;

/// 50: a text as a QR code.
pub async fn get(ask: Open) -> Answer {
    let content = at_most(ask.args.need("content")?, CONTENT)?.to_owned();
    let drawn = web::block(move || drawn(&content)).await;
    let png = drawn.map_err(Error::internal)??.ok_or_else(bad)?;
    Ok(Reply::file(png, "image/png", "public, max-age=86400"))
}

/// The code as PNG; `None` when the text is too long for one.
fn drawn(content: &str) -> Result<Option<Vec<u8>>> {
    let Ok(code) = QrCode::new(content) else {
        return Ok(None);
    };
    let dots = code.width() as u32;
    let all = dots + 2 * QUIET;
    let scale = ((SIDE + all / 2) / all).max(DOT);
    let picture = GrayImage::from_fn(all * scale, all * scale, |x, y| {
        let dot = |at: u32| (at / scale).checked_sub(QUIET).filter(|dot| *dot < dots);
        let dark = match (dot(x), dot(y)) {
            (Some(x), Some(y)) => code[(x as usize, y as usize)] == Color::Dark,
            _ => false,
        };
        Luma([if dark { 0 } else { u8::MAX }])
    });
    let mut png = Cursor::new(Vec::new());
    picture
        .write_to(&mut png, ImageFormat::Png)
        .map_err(Error::internal)?;
    Ok(Some(png.into_inner()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(content: &str) -> GrayImage {
        let png = drawn(content).unwrap().unwrap();
        image::load_from_memory(&png).unwrap().into_luma8()
    }

    #[test]
    fn a_code_has_three_eyes_and_a_free_border() {
        let picture = picture("https://im.example/h5/user/detail/9");
        let side = picture.width();
        assert_eq!(side, picture.height());
        assert!((250..350).contains(&side), "{side}");
        let edge = (0..side).map(|at| *picture.get_pixel(at, 0));
        assert!(edge.eq((0..side).map(|_| Luma([255]))));
        let first = (0..side).find(|at| picture.get_pixel(*at, *at)[0] == 0);
        let first = first.unwrap();
        let last = side - 1 - first;
        let corners = [(first, first), (last, first), (first, last)];
        assert!(
            corners
                .iter()
                .all(|(x, y)| picture.get_pixel(*x, *y)[0] == 0)
        );
    }

    #[test]
    fn the_longest_text_fits_and_dots_stay_large_enough() {
        assert!(picture(&"界".repeat(CONTENT / 3)).width() >= SIDE);
        assert!(drawn(&"x".repeat(4000)).unwrap().is_none());
    }
}
