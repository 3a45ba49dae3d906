//! Which geohash cells cover a circle on the earth.

use crate::domain::place::Point;
use crate::error::{Error, Result};
use geohash::Coord;
use std::ops::RangeInclusive;

/// The precision at which places are kept: cells of about five metres.
const FINEST: usize = 9;
/// How many cells cover a circle at most; so many cover the whole earth at precision 1.
const MOST: usize = 32;
/// Metres in a degree of latitude: less than any true value, so that what is covered is rather too large.
const DEGREE: f64 = 110_000.0;
/// The geohash of the pole itself wraps round to the other one.
const TOP: f64 = 89.999_999_9;

/// The cell of a point.
pub fn of(point: Point) -> Result<String> {
    let coord = Coord {
        x: point.longitude,
        y: point.latitude.min(TOP),
    };
    geohash::encode(coord, FINEST).map_err(Error::internal)
}

/// Cells that together hold every point within `metres` of the centre, and not very much more.
pub fn cover(centre: Point, metres: f64) -> Result<Vec<String>> {
    let area = Area::around(centre, metres);
    let fitting = (1..=FINEST)
        .rev()
        .map(Grid::new)
        .find(|grid| grid.count(&area) <= MOST);
    let grid = fitting.unwrap_or(Grid::new(1));
    let rows = grid.rows_of(&area);
    let cells = grid
        .columns_of(&area)
        .flat_map(|column| rows.clone().map(move |row| (column, row)));
    cells.map(|(column, row)| grid.cell(column, row)).collect()
}

/// A stretch of the earth in degrees; `west` and `east` may lie beyond the date line.
struct Area {
    west: f64,
    east: f64,
    south: f64,
    north: f64,
}

impl Area {
    /// The area that holds a circle.
    fn around(centre: Point, metres: f64) -> Self {
        let height = metres / DEGREE;
        let (south, north) = (centre.latitude - height, centre.latitude + height);
        let width = if south <= -90.0 || north >= 90.0 {
            180.0
        } else {
            // Where the circle touches its outermost meridians, not where it crosses its centre's parallel.
            let ratio = height.to_radians().sin() / centre.latitude.to_radians().cos();
            ratio.min(1.0).asin().to_degrees()
        };
        Self {
            west: centre.longitude - width,
            east: centre.longitude + width,
            south,
            north,
        }
    }
}

/// All cells of one precision.
struct Grid {
    precision: usize,
    columns: i64,
    rows: i64,
}

impl Grid {
    /// A geohash has five bits a letter, by turns for the longitude and the latitude.
    fn new(precision: usize) -> Self {
        let bits = 5 * precision;
        Self {
            precision,
            columns: 1 << bits.div_ceil(2),
            rows: 1 << (bits / 2),
        }
    }

    /// The columns of an area, counted on beyond the date line.
    fn columns_of(&self, area: &Area) -> RangeInclusive<i64> {
        let column =
            |degrees: f64| ((degrees + 180.0) / 360.0 * self.columns as f64).floor() as i64;
        let (first, last) = (column(area.west), column(area.east));
        if last - first >= self.columns {
            0..=self.columns - 1
        } else {
            first..=last
        }
    }

    fn rows_of(&self, area: &Area) -> RangeInclusive<i64> {
        let row = |degrees: f64| ((degrees + 90.0) / 180.0 * self.rows as f64).floor() as i64;
        row(area.south).clamp(0, self.rows - 1)..=row(area.north).clamp(0, self.rows - 1)
    }

    fn count(&self, area: &Area) -> usize {
        let length = |range: RangeInclusive<i64>| (range.end() - range.start() + 1) as usize;
        length(self.columns_of(area)).saturating_mul(length(self.rows_of(area)))
    }

    fn cell(&self, column: i64, row: i64) -> Result<String> {
        let middle =
            |index: i64, of: i64, span: f64| (index as f64 + 0.5) / of as f64 * span - span / 2.0;
        let x = middle(column.rem_euclid(self.columns), self.columns, 360.0);
        let y = middle(row, self.rows, 180.0);
        geohash::encode(Coord { x, y }, self.precision).map_err(Error::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const CENTRES: [(f64, f64); 10] = [
        (116.397_428, 39.909_23),
        (0.0, 0.0),
        (179.999_9, 12.0),
        (-180.0, -33.0),
        (180.0, 66.5),
        (25.0, 89.95),
        (-120.0, -89.999_99),
        (0.0, 90.0),
        (77.0, -90.0),
        (-0.000_1, 51.5),
    ];
    const RADII: [f64; 8] = [
        3.0,
        150.0,
        2400.0,
        38_400.0,
        614_000.0,
        1_000_000.0,
        9_000_000.0,
        20_100_000.0,
    ];

    /// The point one arrives at when going straight on.
    fn walk(from: Point, bearing: f64, metres: f64) -> Point {
        let (angle, bearing) = (metres / 6_371_008.8, bearing.to_radians());
        let (lon, lat) = (from.longitude.to_radians(), from.latitude.to_radians());
        let there = (lat.sin() * angle.cos() + lat.cos() * angle.sin() * bearing.cos())
            .clamp(-1.0, 1.0)
            .asin();
        let turn =
            (bearing.sin() * angle.sin() * lat.cos()).atan2(angle.cos() - lat.sin() * there.sin());
        let longitude = ((lon + turn).to_degrees() + 180.0).rem_euclid(360.0) - 180.0;
        Point {
            longitude,
            latitude: there.to_degrees().clamp(-90.0, 90.0),
        }
    }

    #[test]
    fn every_point_of_a_circle_is_covered() {
        for (longitude, latitude) in CENTRES {
            let centre = Point {
                longitude,
                latitude,
            };
            for radius in RADII {
                let covered = cover(centre, radius).unwrap();
                for bearing in 0..48 {
                    for part in [0.0, 0.3, 0.7, 0.95, 1.0] {
                        let point = walk(centre, f64::from(bearing) * 7.5, radius * part);
                        let cell = of(point).unwrap();
                        assert!(
                            covered
                                .iter()
                                .any(|prefix| cell.starts_with(prefix.as_str())),
                            "{point:?} within {radius} m of {centre:?} is in {cell}, not in {covered:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_cover_is_small_and_names_no_cell_twice() {
        for (longitude, latitude) in CENTRES {
            for radius in RADII {
                let covered = cover(
                    Point {
                        longitude,
                        latitude,
                    },
                    radius,
                )
                .unwrap();
                assert!(covered.len() <= MOST, "{}", covered.len());
                let distinct: HashSet<&String> = covered.iter().collect();
                assert_eq!(distinct.len(), covered.len());
            }
        }
    }

    #[test]
    fn a_small_circle_is_covered_by_small_cells() {
        let covered = cover(
            Point {
                longitude: 116.4,
                latitude: 39.9,
            },
            150.0,
        )
        .unwrap();
        assert!(covered.iter().all(|cell| cell.len() >= 7), "{covered:?}");
    }

    #[test]
    fn the_whole_earth_takes_every_cell_of_one_letter() {
        let covered = cover(
            Point {
                longitude: 10.0,
                latitude: 50.0,
            },
            20_100_000.0,
        )
        .unwrap();
        assert_eq!(covered.len(), 32);
        assert!(covered.iter().all(|cell| cell.len() == 1));
    }
}
