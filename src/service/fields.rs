//! Checks that the fields of several nouns share.

use crate::domain::place::Point;
use crate::error::{Error, Result};

/// Refuses a text of more than `most` characters.
pub(super) fn at_most(field: &str, text: &str, most: usize) -> Result<()> {
    if text.chars().count() > most {
        return Err(Error::invalid(format!(
            "{field} has at most {most} characters"
        )));
    }
    Ok(())
}

/// Refuses an empty text and one of more than `most` characters.
pub(super) fn filled(field: &str, text: &str, most: usize) -> Result<()> {
    if text.is_empty() {
        return Err(Error::invalid(format!("{field} must not be empty")));
    }
    at_most(field, text, most)
}

/// Refuses degrees that are not on the globe, and keeps six decimals of the others: a tenth of a metre.
pub(super) fn place(longitude: f64, latitude: f64) -> Result<(f64, f64)> {
    let six = |degrees: f64| (degrees * 1e6).round() / 1e6;
    Point::new(longitude, latitude)
        .map(|point| (six(point.longitude), six(point.latitude)))
        .ok_or_else(|| Error::invalid("longitude or latitude is not on the globe"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(filled("name", "群聊", 2).is_ok());
        assert!(filled("name", "群聊吧", 2).is_err());
        assert!(filled("name", "", 2).is_err());
        assert!(at_most("intro", "", 2).is_ok());
    }

    #[test]
    fn a_place_is_on_the_globe_and_has_six_decimals() {
        assert_eq!(place(116.123_456_78, -39.9).unwrap(), (116.123_457, -39.9));
        assert!(place(180.1, 0.0).is_err());
        assert!(place(f64::NAN, 0.0).is_err());
    }
}
