//! Places on the earth.

/// A point on the earth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Degrees east, -180 to 180.
    pub longitude: f64,
    /// Degrees north, -90 to 90.
    pub latitude: f64,
}

/// The mean radius of the earth in metres (IUGG).
const EARTH: f64 = 6_371_008.8;

impl Point {
    /// A point, if the degrees are on the globe.
    pub fn new(longitude: f64, latitude: f64) -> Option<Self> {
        let on_globe = (-180.0..=180.0).contains(&longitude) && (-90.0..=90.0).contains(&latitude);
        on_globe.then_some(Self {
            longitude,
            latitude,
        })
    }

    /// The great-circle distance in metres, by the haversine formula.
    pub fn metres_to(self, other: Self) -> f64 {
        let (a, b) = (self.latitude.to_radians(), other.latitude.to_radians());
        let half = |x: f64| (x / 2.0).sin().powi(2);
        let h =
            half(b - a) + a.cos() * b.cos() * half((other.longitude - self.longitude).to_radians());
        2.0 * EARTH * h.clamp(0.0, 1.0).sqrt().asin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_is_111_kilometres() {
        let metres = Point {
            longitude: 120.0,
            latitude: 30.0,
        }
        .metres_to(Point {
            longitude: 120.0,
            latitude: 31.0,
        });
        assert!((metres - 111_195.0).abs() < 10.0, "{metres}");
    }

    #[test]
    fn the_date_line_is_no_wall() {
        let metres = Point {
            longitude: 179.99,
            latitude: 0.0,
        }
        .metres_to(Point {
            longitude: -179.99,
            latitude: 0.0,
        });
        assert!(metres < 2_300.0, "{metres}");
    }
}
