//! Times as this API writes them.

use crate::domain::time::{CHINA, Millis};
use ::time::OffsetDateTime;
use serde::{Serialize, Serializer};
use std::fmt;

/// A time that shows as RFC 3339 at +08:00, with as many as three fraction digits but no trailing zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time(pub Millis);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.0.saturating_add(CHINA);
        let date = OffsetDateTime::from_unix_timestamp(local.div_euclid(1000))
            .unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let fraction = local.rem_euclid(1000) as u32;
        let mut text = *b"0000-00-00T00:00:00.000";
        digits(&mut text[0..4], u32::try_from(date.year()).unwrap_or(0));
        digits(&mut text[5..7], u8::from(date.month()).into());
        digits(&mut text[8..10], date.day().into());
        digits(&mut text[11..13], date.hour().into());
        digits(&mut text[14..16], date.minute().into());
        digits(&mut text[17..19], date.second().into());
        digits(&mut text[20..23], fraction);
        let end = match fraction {
            0 => 19,
            n if n % 100 == 0 => 21,
            n if n % 10 == 0 => 22,
            _ => 23,
        };
        f.write_str(std::str::from_utf8(&text[..end]).map_err(|_| fmt::Error)?)?;
        f.write_str("+08:00")
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn digits(place: &mut [u8], mut number: u32) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_china_without_trailing_zeros() {
        let cases = [
            (1_669_824_000_000, "2022-12-01T00:00:00+08:00"),
            (1_669_824_000_287, "2022-12-01T00:00:00.287+08:00"),
            (1_669_824_000_580, "2022-12-01T00:00:00.58+08:00"),
            (1_669_824_000_500, "2022-12-01T00:00:00.5+08:00"),
            (1_669_824_000_007, "2022-12-01T00:00:00.007+08:00"),
            (1_669_823_999_999, "2022-11-30T23:59:59.999+08:00"),
            (1_709_164_800_010, "2024-02-29T08:00:00.01+08:00"),
            (0, "1970-01-01T08:00:00+08:00"),
            (-1, "1970-01-01T07:59:59.999+08:00"),
            (253_402_271_999_999, "9999-12-31T23:59:59.999+08:00"),
        ];
        for (millis, text) in cases {
            assert_eq!(Time(millis).to_string(), text);
            assert_eq!(
                serde_json::to_string(&Time(millis)).unwrap(),
                format!("\"{text}\"")
            );
        }
    }

    #[test]
    fn no_number_panics() {
        for millis in [i64::MIN, i64::MAX, 1 << 50, -(1 << 50)] {
            assert!(Time(millis).to_string().ends_with("+08:00"));
        }
    }
}
