//! Pictures that the node makes: smaller ones of those that were uploaded, and the face of whoever has shown none. What is
//! uploaded is trusted by nobody: its size is looked at before it is unpacked.

use crate::error::{Error, Result};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use std::io::Cursor;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Pixels of a side at most.
const SIDE: u32 = 16_384;
/// Bytes of an unpacked picture at most: 24 million pixels of 4 bytes.
const MEMORY: u64 = 96 << 20;
/// Pictures worked on at a time, since each may take that much.
const AT_ONCE: usize = 2;
/// Of 100.
const QUALITY: u8 = 85;
/// The colours of the face of whoever has shown none.
const BEHIND: Rgb<u8> = Rgb([0xc9, 0xce, 0xd6]);
const FACE: Rgb<u8> = Rgb([0xff, 0xff, 0xff]);

/// Does what takes a processor's time and memory, where it stands in nobody's way, when it is its turn.
pub async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);
    let turn = TURNS.acquire().await.map_err(Error::internal)?;
    let worked = spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    worked.await.map_err(Error::internal)?
}

/// A picture as one of at most so many pixels a side, in JPEG, or in PNG if parts of it are transparent. Nothing else that its
/// maker's camera put in is left. `None`: it is no larger, or may be animated, and can stay as it is.
///
/// [`Invalid`](crate::error::ErrorKind::Invalid) when it is no picture, or too large to be unpacked.
pub fn reduced(bytes: &[u8], side: u32) -> Result<Option<Vec<u8>>> {
    let reader = opened(bytes)?;
    let may_move = reader.format() == Some(ImageFormat::Gif);
    let decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    if may_move || width.max(height) <= side {
        return Ok(None);
    }
    let small = unpacked(decoder)?.thumbnail(side, side);
    if !small.has_alpha() {
        return jpeg(&small.into_rgb8()).map(Some);
    }
    let mut png = Cursor::new(Vec::new());
    small
        .write_to(&mut png, ImageFormat::Png)
        .map_err(Error::internal)?;
    Ok(Some(png.into_inner()))
}

/// The middle square of a picture, with so many pixels a side.
///
/// [`Invalid`](crate::error::ErrorKind::Invalid) when it is no picture, or too large to be unpacked.
pub fn square(bytes: &[u8], side: u32) -> Result<RgbImage> {
    let decoder = opened(bytes)?.into_decoder().map_err(unreadable)?;
    let picture = unpacked(decoder)?;
    let picture = picture.resize_to_fill(side, side, FilterType::Triangle);
    let mut ground = DynamicImage::ImageRgb8(RgbImage::from_pixel(side, side, FACE));
    imageops::overlay(&mut ground, &picture, 0, 0);
    Ok(ground.into_rgb8())
}

/// The face of whoever has shown none: head and shoulders, with so many pixels a side.
pub fn face(side: u32) -> RgbImage {
    let unit = f64::from(side.max(1));
    RgbImage::from_fn(side, side, |x, y| {
        let (x, y) = ((f64::from(x) + 0.5) / unit, (f64::from(y) + 0.5) / unit);
        let within = |middle: f64, radius: f64| (x - 0.5).hypot(y - middle) < radius;
        if within(0.38, 0.18) || within(0.96, 0.35) {
            FACE
        } else {
            BEHIND
        }
    })
}

/// A picture as JPEG.
pub fn jpeg(picture: &RgbImage) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode_image(picture)
        .map_err(Error::internal)?;
    Ok(bytes)
}

fn opened(bytes: &[u8]) -> Result<ImageReader<Cursor<&[u8]>>> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(Error::internal)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    Ok(reader)
}

/// The picture, the right way up.
fn unpacked(mut decoder: impl ImageDecoder) -> Result<DynamicImage> {
    if decoder.total_bytes() > MEMORY {
        return Err(Error::invalid("the picture has too many pixels"));
    }
    let turned = decoder.orientation().map_err(unreadable)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    picture.apply_orientation(turned);
    Ok(picture)
}

fn unreadable(error: image::ImageError) -> Error {
    Error::invalid(format!("the picture cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use image::{Rgba, RgbaImage};

    fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let picture: DynamicImage = picture.into();
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn size(bytes: &[u8]) -> (ImageFormat, u32, u32) {
        let picture = image::load_from_memory(bytes).unwrap();
        let format = image::guess_format(bytes).unwrap();
        (format, picture.width(), picture.height())
    }

    #[test]
    fn a_large_picture_is_reduced_and_keeps_its_shape() {
        let small = reduced(&png(RgbImage::new(400, 200)), 100).unwrap();
        assert_eq!(size(&small.unwrap()), (ImageFormat::Jpeg, 100, 50));
        let clear = RgbaImage::from_pixel(200, 200, Rgba([1, 2, 3, 0]));
        let small = reduced(&png(clear), 100).unwrap();
        assert_eq!(size(&small.unwrap()), (ImageFormat::Png, 100, 100));
    }

    #[test]
    fn a_small_picture_stays_as_it_is() {
        assert_eq!(reduced(&png(RgbImage::new(100, 20)), 100).unwrap(), None);
    }

    #[test]
    fn what_is_no_picture_or_far_too_large_is_refused() {
        let page = b"<html>".to_vec();
        let mut cut = png(RgbImage::new(200, 200));
        cut.truncate(60);
        let wide = png(RgbImage::new(SIDE + 1, 1));
        for bytes in [page, cut, wide] {
            assert_eq!(reduced(&bytes, 8).unwrap_err().kind(), ErrorKind::Invalid);
            assert_eq!(square(&bytes, 8).unwrap_err().kind(), ErrorKind::Invalid);
        }
    }

    #[test]
    fn a_square_is_cut_from_the_middle_and_laid_on_white() {
        let mut picture = RgbImage::from_pixel(300, 100, Rgb([255, 0, 0]));
        imageops::replace(&mut picture, &RgbImage::new(100, 100), 100, 0);
        let cut = square(&png(picture), 10).unwrap();
        assert_eq!(cut.dimensions(), (10, 10));
        assert_eq!(*cut.get_pixel(5, 5), Rgb([0, 0, 0]));
        let clear = RgbaImage::from_pixel(20, 20, Rgba([0, 0, 0, 0]));
        assert_eq!(*square(&png(clear), 10).unwrap().get_pixel(5, 5), FACE);
    }

    #[test]
    fn the_face_is_light_on_a_darker_ground() {
        let face = face(80);
        assert_eq!(*face.get_pixel(40, 30), FACE);
        assert_eq!(*face.get_pixel(2, 2), BEHIND);
        let jpeg = jpeg(&face).unwrap();
        assert_eq!(size(&jpeg), (ImageFormat::Jpeg, 80, 80));
        assert!(jpeg.len() < 4096, "{}", jpeg.len());
    }

    #[tokio::test]
    async fn work_waits_for_its_turn() {
        assert_eq!(in_turn(|| Ok(7)).await.unwrap(), 7);
        let failed = in_turn(|| Err::<(), _>(Error::invalid("x"))).await;
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::Invalid);
    }
}
