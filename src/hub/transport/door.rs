//! How many connections one address may hold and open.

use crate::domain::address::network;
use dashmap::DashMap;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use ipnet::IpNet;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

/// Lets connections in.
pub struct Door {
    most: usize,
    inside: DashMap<IpAddr, usize>,
    rate: Option<DefaultKeyedRateLimiter<IpAddr>>,
    trusted: Vec<IpNet>,
}

/// A connection inside; leaves when dropped.
pub struct Admission {
    door: Arc<Door>,
    address: Option<IpAddr>,
}

impl Door {
    /// At most `most` connections at a time and `per_minute` new ones a minute from one address; 0 is no limit. Proxies that
    /// speak for many are not limited.
    pub fn new(most: usize, per_minute: u32, trusted: Vec<IpNet>) -> Arc<Self> {
        let rate = NonZeroU32::new(per_minute).map(|n| RateLimiter::keyed(Quota::per_minute(n)));
        Arc::new(Self {
            most,
            inside: DashMap::new(),
            rate,
            trusted,
        })
    }

    /// Lets a connection in, or not.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Admission> {
        let address = address.to_canonical();
        if self.trusted.iter().any(|net| net.contains(&address)) {
            return Some(Admission {
                door: self.clone(),
                address: None,
            });
        }
        let address = network(address);
        if self
            .rate
            .as_ref()
            .is_some_and(|rate| rate.check_key(&address).is_err())
        {
            return None;
        }
        let mut inside = self.inside.entry(address).or_insert(0);
        if self.most > 0 && *inside >= self.most {
            return None;
        }
        *inside += 1;
        Some(Admission {
            door: self.clone(),
            address: Some(address),
        })
    }

    /// Forgets addresses that have not come for a while.
    pub fn tidy(&self) {
        if let Some(rate) = &self.rate {
            rate.retain_recent();
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        if let dashmap::Entry::Occupied(mut inside) = self.door.inside.entry(address) {
            *inside.get_mut() -= 1;
            if *inside.get() == 0 {
                inside.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_only_so_many_connections() {
        let door = Door::new(1, 0, vec![]);
        let (one, two) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        let first = door.admit(one);
        assert!(first.is_some());
        assert!(door.admit(one).is_none());
        assert!(door.admit(two).is_some());
        drop(first);
        assert!(door.admit(one).is_some());
    }

    #[test]
    fn a_trusted_proxy_is_not_limited() {
        let door = Door::new(1, 1, vec!["10.0.0.0/8".parse().unwrap()]);
        let all: Vec<_> = (0..9).map(|_| door.admit([10, 0, 0, 1].into())).collect();
        assert!(all.iter().all(Option::is_some));
        assert!(door.admit("::ffff:10.0.0.1".parse().unwrap()).is_some());
    }

    #[test]
    fn addresses_of_one_network_count_as_one() {
        let door = Door::new(1, 0, vec![]);
        let admit = |address: &str| door.admit(address.parse().unwrap());
        let _inside = [admit("2001:db8::1"), admit("192.0.2.1")];
        assert!(admit("2001:db8::2").is_none());
        assert!(admit("::ffff:192.0.2.1").is_none());
        assert!(admit("2001:db8:0:1::1").is_some());
    }
}
