//! The administrators of the dashboard, what they did, and how much there is.

pub use crate::store::audit::{Entry as AuditEntry, Record as AuditRecord};

use super::Core;
use crate::auth::generate_password;
use crate::domain::time::{self, Millis};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{AnyConnection, accounts, admins, audit, channels, messages};
use moka::sync::Cache;
use rand::distr::{Alphanumeric, SampleString};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// The administrator that the first start makes.
const FIRST: &str = "admin";
/// Characters of a session's token: 256 bits.
const TOKEN: usize = 43;
/// How many are logged in at most; the longest unused makes room.
const SESSIONS: u64 = 1000;
/// A session unused for so long ends.
const IDLE: Duration = Duration::from_secs(30 * 60);
/// A session ends after so long in any case.
const LONGEST: Duration = Duration::from_secs(12 * 3600);
/// How often one network address may fail to log in before it has to pause.
const FORGIVEN: u32 = 5;
/// How long it has to pause.
const PAUSE: Duration = Duration::from_secs(15 * 60);
/// How many addresses that failed are remembered.
const REMEMBERED: u64 = 100_000;
/// Characters of a password.
const PASSWORD: std::ops::RangeInclusive<usize> = 10..=128;
/// Characters of the table's `target`.
const TARGET: usize = 191;
/// Characters kept of a value before and after.
const VALUE: usize = 10_000;
/// How many entries of the audit log are on a page.
const PAGE: i64 = 50;

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// Live sockets.
    pub sessions: usize,
    /// Accounts.
    pub accounts: i64,
    /// Channels that were not dissolved.
    pub channels: i64,
    /// Stored messages.
    pub messages: i64,
}

/// A login of the dashboard. It is in memory only: after a restart administrators log in again.
#[derive(Clone)]
struct Login {
    name: String,
    at: Millis,
}

/// The use cases.
pub struct Admins {
    core: Arc<Core>,
    logins: Cache<String, Login>,
    attempts: Cache<IpAddr, u32>,
}

impl Admins {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            logins: Cache::builder()
                .max_capacity(SESSIONS)
                .time_to_idle(IDLE)
                .time_to_live(LONGEST)
                .build(),
            attempts: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(PAUSE)
                .build(),
        }
    }

    /// Makes the first administrator, when there is none, and returns the password, which nothing else knows.
    pub async fn ensure_first(&self) -> Result<Option<String>> {
        if !self.core.store.read(admins::is_empty).await? {
            return Ok(None);
        }
        let password = generate_password();
        let hash = self.core.passwords.hash(password.clone()).await?;
        self.core
            .store
            .write(move |conn| admins::put(conn, FIRST, &hash, time::now()))
            .await?;
        Ok(Some(password))
    }

    /// Logs in and returns the session's token.
    ///
    /// [`ErrorKind::WrongPassword`] also for an unknown name; [`ErrorKind::LoginsExhausted`] when the address failed too often.
    pub async fn login(&self, name: String, password: String, from: IpAddr) -> Result<String> {
        // Counted before the password is looked at, so that many attempts at the same time count as many.
        let attempts = self
            .attempts
            .entry(from)
            .and_upsert_with(|before| before.map_or(1, |n| n.into_value() + 1));
        if attempts.into_value() > FORGIVEN {
            return Err(ErrorKind::LoginsExhausted.into());
        }
        if !self.matches(name.clone(), password).await? {
            return Err(ErrorKind::WrongPassword.into());
        }
        self.attempts.invalidate(&from);
        let token = Alphanumeric.sample_string(&mut rand::rng(), TOKEN);
        self.logins.insert(
            token.clone(),
            Login {
                name,
                at: time::now(),
            },
        );
        Ok(token)
    }

    /// The name of the administrator whose session it is; [`ErrorKind::NotLoggedIn`] when it is nobody's any more.
    pub async fn check(&self, token: &str) -> Result<String> {
        let login = self.logins.get(token).ok_or(ErrorKind::NotLoggedIn)?;
        let name = login.name.clone();
        let admin = self
            .core
            .store
            .read(move |conn| admins::find(conn, &name))
            .await?;
        match admin {
            Some(admin) if admin.valid_from <= login.at => Ok(login.name),
            _ => Err(ErrorKind::NotLoggedIn.into()),
        }
    }

    /// Ends a session.
    pub fn logout(&self, token: &str) {
        self.logins.invalidate(token);
    }

    /// Changes an administrator's own password, which ends all their sessions. [`ErrorKind::WrongPassword`] for the old one.
    pub async fn set_password(&self, name: String, old: String, new: String) -> Result<()> {
        if !PASSWORD.contains(&new.chars().count()) {
            return Err(Error::invalid(
                "an administrator's password has 10 to 128 characters",
            ));
        }
        if !self.matches(name.clone(), old).await? {
            return Err(ErrorKind::WrongPassword.into());
        }
        let hash = self.core.passwords.hash(new).await?;
        self.core
            .store
            .write(move |conn| admins::put(conn, &name, &hash, time::now()))
            .await
    }

    /// Notes what an administrator did. What is too long for the table is cut.
    pub async fn audit(&self, entry: AuditEntry) -> Result<()> {
        let cut = |text: String, most| text.chars().take(most).collect();
        let entry = AuditEntry {
            target: cut(entry.target, TARGET),
            before: cut(entry.before, VALUE),
            after: cut(entry.after, VALUE),
            ..entry
        };
        self.core
            .store
            .write(move |conn| audit::insert(conn, &entry, time::now()))
            .await
    }

    /// A page, from 1, of what administrators did, newest first, and how many entries there are.
    pub async fn audit_log(&self, page: i64) -> Result<(Vec<AuditRecord>, i64)> {
        let offset = page.saturating_sub(1).max(0).saturating_mul(PAGE);
        self.core
            .store
            .read(move |conn| audit::list(conn, offset, PAGE))
            .await
    }

    /// How much there is.
    pub async fn stats(&self) -> Result<Stats> {
        let sessions = self.core.hub.census().sessions;
        let count = move |conn: &mut AnyConnection| {
            Ok(Stats {
                sessions,
                accounts: accounts::count(conn)?,
                channels: channels::count(conn)?,
                messages: messages::count(conn)?,
            })
        };
        self.core.store.read(count).await
    }

    async fn matches(&self, name: String, password: String) -> Result<bool> {
        match self
            .core
            .store
            .read(move |conn| admins::find(conn, &name))
            .await?
        {
            Some(admin) => self.core.passwords.verify(password, admin.password).await,
            // As much work as for a name that exists, so that the time does not tell which names do.
            None => self.core.passwords.hash(password).await.map(|_| false),
        }
    }
}
