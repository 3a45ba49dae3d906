//! Accounts.

use super::ids::AccountId;
use super::time::Millis;

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountStatus {
    /// In use.
    Normal,
    /// Locked by an administrator: no login, no token, no socket.
    Locked,
}

/// What an account shows of itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// The name shown to others.
    pub nickname: String,
    /// Address or key of the picture.
    pub avatar: String,
    /// Gender as the dialect writes it.
    pub gender: String,
    /// Date of birth, ISO 8601, or empty.
    pub birth: String,
    /// A personal text.
    pub intro: String,
    /// Degrees east; 0 when unknown.
    pub longitude: f64,
    /// Degrees north; 0 when unknown.
    pub latitude: f64,
    /// Country.
    pub country: String,
    /// Province.
    pub province: String,
    /// City.
    pub city: String,
    /// District.
    pub district: String,
}

/// One account.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The login name.
    pub name: String,
    /// E-mail address, lower case.
    pub email: Option<String>,
    /// Phone number.
    pub mobile: Option<String>,
    /// A name chosen once, by which others find the account.
    pub short_no: Option<String>,
    /// What it shows of itself.
    pub profile: Profile,
    /// Whether it may be used.
    pub status: AccountStatus,
    /// An account of the platform's staff.
    pub manager: bool,
    /// Whether a password is set.
    pub has_password: bool,
    /// When it was made.
    pub created_at: Millis,
    /// Proofs of login issued before this Unix second are void.
    pub valid_from: i64,
}

impl Account {
    /// Whole years since birth on the day of `now`, or 0 when the date is unknown.
    pub fn age(&self, now: Millis) -> i64 {
        let format = time::macros::format_description!("[year]-[month]-[day]");
        let (Ok(born), Ok(today)) = (
            time::Date::parse(&self.profile.birth, &format),
            time::OffsetDateTime::from_unix_timestamp((now + super::time::CHINA) / 1000)
                .map(|t| t.date()),
        ) else {
            return 0;
        };
        let had_birthday = (today.month() as u8, today.day()) >= (born.month() as u8, born.day());
        i64::from(today.year() - born.year() - i32::from(!had_birthday)).max(0)
    }
}
