//! How often one account or address may ask. The same for all dialects; each says so in its own words.

use crate::config;
use crate::domain::AccountId;
use crate::domain::address::network;
use crate::error::ErrorKind;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;

/// A limit per key; `None` is off.
struct Limiter<K: Hash + Eq + Clone>(Option<DefaultKeyedRateLimiter<K>>);

impl<K: Hash + Eq + Clone> Limiter<K> {
    fn new(quota: Option<Quota>) -> Self {
        Self(quota.map(RateLimiter::keyed))
    }

    fn check(&self, key: &K, kind: ErrorKind) -> Result<(), ErrorKind> {
        match &self.0 {
            Some(limiter) if limiter.check_key(key).is_err() => Err(kind),
            _ => Ok(()),
        }
    }

    fn tidy(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
        }
    }
}

/// All limits on requests.
pub struct Limits {
    accounts: Limiter<AccountId>,
    addresses: Limiter<IpAddr>,
    logins: Limiter<IpAddr>,
    registrations: Limiter<IpAddr>,
    uploads: Limiter<AccountId>,
}

impl Limits {
    /// The configured limits.
    pub fn new(config: &config::Limits) -> Self {
        let number = |n: u64| NonZeroU32::new(n as u32);
        let second =
            |n: u64| number(n).map(|n| Quota::per_second(n).allow_burst(n.saturating_add(n.get())));
        let minute = |n: u64| number(n).map(Quota::per_minute);
        Self {
            accounts: Limiter::new(second(config.requests_per_second)),
            addresses: Limiter::new(second(config.requests_per_second)),
            logins: Limiter::new(minute(config.logins_per_minute)),
            registrations: Limiter::new(minute(config.registrations_per_minute)),
            uploads: Limiter::new(minute(config.uploads_per_minute)),
        }
    }

    /// A request of a logged-in account.
    pub fn request_by(&self, account: AccountId) -> Result<(), ErrorKind> {
        self.accounts.check(&account, ErrorKind::TooFast)
    }

    /// A request without login.
    pub fn request_from(&self, address: IpAddr) -> Result<(), ErrorKind> {
        self.addresses.check(&network(address), ErrorKind::TooFast)
    }

    /// An attempt to log in or to reset a password.
    pub fn login(&self, address: IpAddr) -> Result<(), ErrorKind> {
        self.logins
            .check(&network(address), ErrorKind::LoginsExhausted)
    }

    /// An attempt to register.
    pub fn registration(&self, address: IpAddr) -> Result<(), ErrorKind> {
        self.registrations
            .check(&network(address), ErrorKind::TooFast)
    }

    /// An upload.
    pub fn upload(&self, account: AccountId) -> Result<(), ErrorKind> {
        self.uploads.check(&account, ErrorKind::TooFast)
    }

    /// Forgets who has not asked for a while.
    pub fn tidy(&self) {
        self.accounts.tidy();
        self.addresses.tidy();
        self.logins.tidy();
        self.registrations.tidy();
        self.uploads.tidy();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_share_a_limit() {
        let config = config::Limits {
            logins_per_minute: 1,
            ..config::Limits::default()
        };
        let limits = Limits::new(&config);
        let allowed = |address: &str| limits.login(address.parse().unwrap()).is_ok();
        assert!(allowed("2001:db8::1"));
        assert!(!allowed("2001:db8::2"));
        assert!(allowed("2001:db8:0:1::1"));
        assert!(allowed("192.0.2.1"));
        assert!(!allowed("::ffff:192.0.2.1"));
    }
}
