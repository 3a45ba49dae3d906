//! Numbers as this API writes them.

use serde::Serializer;

/// 2^53: every whole number below it is an exact double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// For `serialize_with`: a whole number is written without a fraction, since clients read coordinates of 0 as integers.
pub fn number<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.fract() == 0.0 && value.abs() < EXACT {
        serializer.serialize_i64(*value as i64)
    } else {
        serializer.serialize_f64(*value)
    }
}

#[cfg(test)]
mod tests {
    #[derive(serde::Serialize)]
    struct Place(#[serde(serialize_with = "super::number")] f64);

    #[test]
    fn whole_numbers_have_no_fraction() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (121.0, "121"),
            (-33.0, "-33"),
            (113.264385, "113.264385"),
            (-0.5, "-0.5"),
        ];
        for (value, text) in cases {
            assert_eq!(serde_json::to_string(&Place(value)).unwrap(), text);
        }
    }
}
