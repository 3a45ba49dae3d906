//! Who may still be let in: what is asked of an account on every request, kept in memory for a while.

use super::Core;
use crate::domain::{AccountId, AccountStatus, time};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{AnyConnection, Store, account_extras, accounts};
use moka::sync::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How many accounts are remembered.
const ACCOUNTS: u64 = 100_000;
/// For how long: what another process changes in the database counts after so long.
const FRESH: Duration = Duration::from_secs(60);
/// Characters a password may have.
const PASSWORD: std::ops::RangeInclusive<usize> = 6..=50;

/// How an account stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Locked by an administrator.
    pub locked: bool,
    /// It may log in and read, nothing else.
    pub read_only: bool,
    /// An account of the platform's staff.
    pub manager: bool,
    /// Tokens issued before this Unix second are void.
    pub valid_from: i64,
    /// What others know it by.
    pub name: Arc<str>,
}

/// How accounts stand, as last read.
pub struct Standings {
    known: Cache<AccountId, Standing>,
    changes: AtomicU64,
}

impl Default for Standings {
    fn default() -> Self {
        let known = Cache::builder()
            .max_capacity(ACCOUNTS)
            .time_to_live(FRESH)
            .build();
        Self {
            known,
            changes: AtomicU64::new(0),
        }
    }
}

impl Standings {
    /// How an account stands, or `None` when there is no such account.
    pub async fn of(&self, store: &Store, id: AccountId) -> Result<Option<Standing>> {
        if let Some(known) = self.known.get(&id) {
            return Ok(Some(known));
        }
        let changes = self.changes.load(Ordering::SeqCst);
        let find = move |conn: &mut AnyConnection| {
            let Some(account) = accounts::find(conn, id)? else {
                return Ok(None);
            };
            Ok(Some((account, account_extras::of(conn, id)?)))
        };
        let Some((account, extras)) = store.read(find).await? else {
            return Ok(None);
        };
        let standing = Standing {
            locked: account.status == AccountStatus::Locked,
            read_only: extras.read_only,
            manager: account.manager,
            valid_from: account.valid_from,
            name: account.profile.nickname.into(),
        };
        self.known.insert(id, standing.clone());
        // What was read may have changed before it was remembered.
        if self.changes.load(Ordering::SeqCst) != changes {
            self.known.invalidate(&id);
        }
        Ok(Some(standing))
    }

    /// Forgets an account. Call it after a change is committed: the next request reads it anew.
    pub fn forget(&self, id: AccountId) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.known.invalidate(&id);
    }
}

/// Refuses passwords that are too short or too long (freeim contract, section 5.3).
pub(super) fn check_password(password: &str) -> Result<()> {
    if PASSWORD.contains(&password.chars().count()) {
        return Ok(());
    }
    Err(Error::invalid("a password has 6 to 50 characters"))
}

impl Core {
    /// Refuses an account that may only read. [`ErrorKind::ReadOnly`].
    pub(super) async fn check_may_write(&self, id: AccountId) -> Result<()> {
        let standing = self.standings.of(&self.store, id).await?;
        if standing.is_some_and(|standing| standing.read_only) {
            return Err(ErrorKind::ReadOnly.into());
        }
        Ok(())
    }

    /// A token that is good from now on.
    ///
    /// [`ErrorKind::NotLoggedIn`] when the account is locked or unknown.
    pub(super) async fn token(&self, id: AccountId) -> Result<String> {
        let standing = self
            .standings
            .of(&self.store, id)
            .await?
            .filter(|standing| !standing.locked);
        let standing = standing.ok_or(ErrorKind::NotLoggedIn)?;
        // Within the second of a password change, only a token dated ahead is newer than the void ones.
        self.tokens.issue(
            id.0,
            time::now().max(standing.valid_from.saturating_mul(1000)),
        )
    }

    /// Changes a password: all tokens are void, all sockets closed, all wrong tries forgiven.
    ///
    /// [`ErrorKind::Invalid`], [`ErrorKind::AccountUnknown`].
    pub(super) async fn set_password(&self, id: AccountId, password: String) -> Result<()> {
        check_password(&password)?;
        // Nobody is to log in to the node's own accounts.
        if self.system.holds(id) {
            return Err(ErrorKind::AccountUnknown.into());
        }
        let hash = self.passwords.hash(password).await?;
        let change =
            move |conn: &mut AnyConnection| accounts::set_password(conn, id, &hash, time::now());
        if !self.store.write(change).await? {
            return Err(ErrorKind::AccountUnknown.into());
        }
        self.standings.forget(id);
        self.failures.clear(id);
        self.hub.evict(id);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_six_to_fifty_characters() {
        for (password, fits) in [("12345", false), ("123456", true), ("密码密码密码", true)] {
            assert_eq!(check_password(password).is_ok(), fits, "{password}");
        }
        assert!(check_password(&"x".repeat(50)).is_ok());
        assert!(check_password(&"x".repeat(51)).is_err());
    }
}
