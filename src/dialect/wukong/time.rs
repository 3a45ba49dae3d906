//! Times as this API writes them: those of China, without a zone.

use crate::domain::time::{CHINA, Millis};
use ::time::OffsetDateTime;

/// `yyyy-MM-dd HH:mm:ss`.
pub fn second(at: Millis) -> String {
    let date = local(at);
    format!("{}:{:02}", minute(at), date.second())
}

/// `yyyy-MM-dd HH:mm`.
pub fn minute(at: Millis) -> String {
    let date = local(at);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}",
        date.year(),
        u8::from(date.month()),
        date.day(),
        date.hour(),
        date.minute()
    )
}

/// `MM月dd日`.
pub fn day(at: Millis) -> String {
    let date = local(at);
    format!("{:02}月{:02}日", u8::from(date.month()), date.day())
}

fn local(at: Millis) -> OffsetDateTime {
    let seconds = at.saturating_add(CHINA).div_euclid(1000);
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_china() {
        let at = 1_709_164_805_999;
        assert_eq!(second(at), "2024-02-29 08:00:05");
        assert_eq!(minute(at), "2024-02-29 08:00");
        assert_eq!(day(at), "02月29日");
        assert_eq!(second(-1), "1970-01-01 07:59:59");
        assert_eq!(second(Millis::MAX), "1970-01-01 00:00:00");
    }
}
