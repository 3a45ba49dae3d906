//! Who somebody on a socket is, as the node itself has said: whoever asks for a signature for a socket has proved their login
//! with the request, which the socket cannot do everywhere. The login has to be found again whenever the signature is used, lest
//! it outlives the login.

use crate::domain::AccountId;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use std::time::Duration;

/// How long it is remembered.
const LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long it says who is there, where the signature does not: clients use one at once.
const LATELY: Duration = Duration::from_secs(60);
/// For how many sockets at a time; beyond that the oldest is forgotten.
const SOCKETS: u64 = 100_000;

/// Who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Voucher {
    /// The account.
    pub account: AccountId,
    /// The login that proved it, unless another server spoke for the account.
    pub session: Option<i64>,
}

/// What the node has said.
pub struct Vouchers {
    /// Of each account apart, so that another's word does not hide it.
    said: Cache<(String, AccountId), Voucher>,
    lately: Cache<String, Voucher>,
}

impl Default for Vouchers {
    fn default() -> Self {
        let said = Cache::builder().max_capacity(SOCKETS).time_to_live(LIFE);
        let lately = Cache::builder().max_capacity(SOCKETS).time_to_live(LATELY);
        Self {
            said: said.eviction_policy(EvictionPolicy::lru()).build(),
            lately: lately.eviction_policy(EvictionPolicy::lru()).build(),
        }
    }
}

impl Vouchers {
    /// Notes who is on a socket.
    pub fn note(&self, socket: &str, voucher: Voucher) {
        self.said
            .insert((socket.to_owned(), voucher.account), voucher);
        self.lately.insert(socket.to_owned(), voucher);
    }

    /// What was said last of an account on a socket.
    pub fn of(&self, socket: &str, account: AccountId) -> Option<Voucher> {
        self.said.get(&(socket.to_owned(), account))
    }

    /// Who is on a socket, if anybody said so within the last minute.
    pub fn lately(&self, socket: &str) -> Option<Voucher> {
        self.lately.get(socket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voucher_is_for_one_socket_and_not_hidden_by_another_account_s() {
        let vouchers = Vouchers::default();
        let tom = Voucher {
            account: AccountId::FIRST,
            session: Some(1),
        };
        let jerry = Voucher {
            account: AccountId(AccountId::FIRST.0 + 1),
            session: Some(2),
        };
        vouchers.note("1.2", tom);
        assert_eq!(vouchers.lately("1.2"), Some(tom));
        vouchers.note("1.2", jerry);
        assert_eq!(vouchers.lately("1.2"), Some(jerry));
        assert_eq!(vouchers.of("1.2", tom.account), Some(tom));
        assert_eq!(vouchers.of("1.2", jerry.account), Some(jerry));
        assert_eq!(vouchers.of("1.3", tom.account), None);
        assert_eq!(vouchers.lately("1.3"), None);
    }
}
