//! Times are Unix milliseconds everywhere in the core; each dialect formats its own.

use std::time::{SystemTime, UNIX_EPOCH};

/// Unix milliseconds.
pub type Millis = i64;

/// One day in milliseconds.
pub const DAY: Millis = 86_400_000;

/// The offset of China Standard Time, in which calendar days are counted, from UTC.
pub const CHINA: Millis = 8 * 3_600_000;

/// The time now.
pub fn now() -> Millis {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_millis() as Millis)
}

/// When the calendar day of `at` began in China.
pub fn day_start(at: Millis) -> Millis {
    at - (at + CHINA).rem_euclid(DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_sixteen_hours_utc() {
        let midnight = 1_669_824_000_000; // 2022-12-01T00:00+08:00
        assert_eq!(day_start(midnight), midnight);
        assert_eq!(day_start(midnight + DAY - 1), midnight);
        assert_eq!(day_start(midnight - 1), midnight - DAY);
    }
}
