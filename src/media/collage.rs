//! One picture of several faces.

use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

/// How many faces fit in.
pub const MOST: usize = 9;
/// Pixels of a side.
const SIDE: u32 = 200;
/// Pixels around each face.
const GAP: u32 = 4;
/// What is behind the faces.
const GROUND: Rgb<u8> = Rgb([0xdd, 0xde, 0xe0]);

/// How many pixels a side has of each of so many faces.
pub fn side(count: usize) -> u32 {
    let columns = columns(count);
    (SIDE - GAP * (columns + 1)) / columns
}

/// The faces in rows, at most nine of them; the first row is the one that is not full.
pub fn collage<F: AsRef<RgbImage>>(faces: &[F]) -> RgbImage {
    let mut ground = RgbImage::from_pixel(SIDE, SIDE, GROUND);
    let faces = &faces[..faces.len().min(MOST)];
    let side = side(faces.len());
    for (face, (x, y)) in faces.iter().zip(places(faces.len())) {
        let face = face.as_ref();
        if face.dimensions() == (side, side) {
            imageops::replace(&mut ground, face, x.into(), y.into());
        } else {
            let face = imageops::resize(face, side, side, FilterType::Triangle);
            imageops::replace(&mut ground, &face, x.into(), y.into());
        }
    }
    ground
}

fn columns(count: usize) -> u32 {
    match count {
        0 | 1 => 1,
        2..=4 => 2,
        _ => 3,
    }
}

/// The upper left corner of each face; what is there is in the middle.
fn places(count: usize) -> impl Iterator<Item = (u32, u32)> {
    let (count, columns, step) = (count as u32, columns(count), side(count) + GAP);
    let rows = count.div_ceil(columns);
    let first = count - columns * rows.saturating_sub(1);
    let from = move |many: u32| (SIDE + GAP - many * step) / 2;
    (0..count).map(move |nth| {
        let (row, column, wide) = if nth < first {
            (0, nth, first)
        } else {
            let later = nth - first;
            (1 + later / columns, later % columns, columns)
        };
        (from(wide) + column * step, from(rows) + row * step)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const INK: Rgb<u8> = Rgb([1, 2, 3]);

    #[test]
    fn faces_stand_side_by_side_within_the_picture() {
        for count in 0..=MOST {
            let side = side(count);
            let places: Vec<_> = places(count).collect();
            assert_eq!(places.len(), count);
            for (nth, (x, y)) in places.iter().enumerate() {
                assert!(x + side <= SIDE && y + side <= SIDE, "{count}: {x} {y}");
                let apart =
                    |(ox, oy): &(u32, u32)| x.abs_diff(*ox) >= side || y.abs_diff(*oy) >= side;
                assert!(places[..nth].iter().all(apart), "{count}");
            }
        }
    }

    #[test]
    fn a_row_that_is_not_full_is_the_first_and_in_the_middle() {
        let places: Vec<_> = places(3).collect();
        assert_eq!(
            (places[0].0, places[1].1),
            (SIDE / 2 - side(3) / 2, places[2].1)
        );
        assert!(places[0].1 < places[1].1);
    }

    #[test]
    fn a_picture_shows_nine_faces_of_any_size_at_most() {
        let faces: Vec<_> = (1..=12)
            .map(|size| Arc::new(RgbImage::from_pixel(size * 10, size * 10, INK)))
            .collect();
        let picture = collage(&faces);
        assert_eq!(picture.dimensions(), (SIDE, SIDE));
        let inked = picture.pixels().filter(|pixel| **pixel == INK).count();
        assert_eq!(inked as u32, 9 * side(9) * side(9));
        assert_eq!(*collage::<Arc<RgbImage>>(&[]).get_pixel(9, 9), GROUND);
    }
}
