//! How often one account or address may ask. The same for all dialects; each says so in its own words.

use crate::config::Config;
use crate::domain::address::network;
use crate::domain::time::{self, Millis};
use crate::domain::{AccountId, Dialect};
use crate::error::ErrorKind;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use moka::Entry;
use moka::ops::compute::{CompResult, Op};
use moka::sync::Cache;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

/// Within which time a dialect counts what an account says.
const WINDOW: Duration = Duration::from_secs(10);
/// How often a PopIM user may ask others to become friends (popim contract, operation 11).
const ASKS_PER_HOUR: u64 = 30;
/// How many accounts are counted at a time.
const COUNTED: u64 = 100_000;

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

/// So many within [`WINDOW`], which begins with the first; 0 is no limit.
struct Window {
    most: u64,
    counts: Cache<AccountId, (Millis, u64)>,
}

impl Window {
    fn new(most: u64) -> Self {
        let counts = Cache::builder()
            .max_capacity(COUNTED)
            .time_to_live(WINDOW)
            .build();
        Self { most, counts }
    }

    /// Counts one more, unless that is too much.
    fn check(&self, account: AccountId, now: Millis) -> Result<(), ErrorKind> {
        if self.most == 0 {
            return Ok(());
        }
        let window = WINDOW.as_millis() as Millis;
        let counted = self.counts.entry(account).and_compute_with(|entry| {
            match entry.map(Entry::into_value) {
                Some((began, count)) if now < began + window && count >= self.most => Op::Nop,
                Some((began, count)) if now < began + window => Op::Put((began, count + 1)),
                _ => Op::Put((now, 1)),
            }
        });
        match counted {
            CompResult::Unchanged(_) => Err(ErrorKind::TooFast),
            _ => Ok(()),
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
    popim_sends: Window,
    popim_asks: Limiter<AccountId>,
}

impl Limits {
    /// The configured limits.
    pub fn new(config: &Config) -> Self {
        let popim_sends = Window::new(config.popim.sends_per_ten_seconds);
        let config = &config.limits;
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
            popim_sends,
            popim_asks: Limiter::new(number(ASKS_PER_HOUR).map(Quota::per_hour)),
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

    /// A message that an account says through a dialect, where that has a limit of its own. The core's limit holds for all.
    pub fn send(&self, dialect: Dialect, account: AccountId) -> Result<(), ErrorKind> {
        match dialect {
            Dialect::Popim => self.popim_sends.check(account, time::now()),
            Dialect::Freeim | Dialect::Wukong | Dialect::Eggchat | Dialect::Dtalk => Ok(()),
        }
    }

    /// A request to become contacts that an account makes through a dialect, where that has a limit of its own. The core's
    /// limit holds for all.
    pub fn ask(&self, dialect: Dialect, account: AccountId) -> Result<(), ErrorKind> {
        match dialect {
            Dialect::Popim => self.popim_asks.check(&account, ErrorKind::RequestQuota),
            Dialect::Freeim | Dialect::Wukong | Dialect::Eggchat | Dialect::Dtalk => Ok(()),
        }
    }

    /// Forgets who has not asked for a while.
    pub fn tidy(&self) {
        self.accounts.tidy();
        self.addresses.tidy();
        self.logins.tidy();
        self.registrations.tidy();
        self.uploads.tidy();
        self.popim_asks.tidy();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_share_a_limit() {
        let mut config = Config::default();
        config.limits.logins_per_minute = 1;
        let limits = Limits::new(&config);
        let allowed = |address: &str| limits.login(address.parse().unwrap()).is_ok();
        assert!(allowed("2001:db8::1"));
        assert!(!allowed("2001:db8::2"));
        assert!(allowed("2001:db8:0:1::1"));
        assert!(allowed("192.0.2.1"));
        assert!(!allowed("::ffff:192.0.2.1"));
    }

    #[test]
    fn so_many_messages_fit_into_ten_seconds_and_no_more() {
        let window = Window::new(2);
        let (ann, bob) = (AccountId(1), AccountId(2));
        let fits = |account, now| window.check(account, now).is_ok();
        assert!(fits(ann, 5) && fits(ann, 6) && !fits(ann, 10_004));
        assert!(fits(bob, 10_004));
        assert!(fits(ann, 10_005) && fits(ann, 10_006) && !fits(ann, 10_007));
        let off = Window::new(0);
        assert!((0..100).all(|_| off.check(ann, 5).is_ok()));
    }
}
