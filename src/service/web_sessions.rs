//! Logins of web pages: nearly as many as an account likes, each ended by itself, by the account or with the password.

use super::{Caller, Core};
use crate::domain::AccountId;
use crate::domain::time::{self, DAY, Millis};
use crate::error::{ErrorKind, Result};
use crate::hub::wire::Farewell;
use crate::store::AnyConnection;
use crate::store::web_sessions::{self, WebSession, Which};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use moka::sync::Cache;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How many logins are remembered.
const REMEMBERED: u64 = 100_000;
/// For how long: what another process changes in the database counts after so long.
const FRESH: Duration = Duration::from_secs(60);
/// How often it is noted that a login is used.
const NOTED: Millis = 60 * 60 * 1000;
/// How many an account may have at a time; beyond that the oldest ends.
const LIVE: i64 = 100;
/// Random bytes of a token.
const TOKEN: usize = 32;

/// What a token proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proven {
    /// Whose it is.
    pub caller: Caller,
    /// The number of the login.
    pub session: i64,
}

/// The use cases.
pub struct WebSessions {
    core: Arc<Core>,
    known: Cache<Key, WebSession>,
    changes: AtomicU64,
}

/// By what a login is found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Digest(String),
    Number(i64),
}

impl WebSessions {
    pub(super) fn new(core: Arc<Core>) -> Self {
        let known = Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(FRESH)
            .build();
        Self {
            core,
            known,
            changes: AtomicU64::new(0),
        }
    }

    /// Begins a login; its token is known to nobody else. [`ErrorKind::NotLoggedIn`] when the account is locked or unknown.
    pub async fn open(&self, account: AccountId) -> Result<String> {
        let standing = self.core.standings.of(&self.core.store, account).await?;
        let standing = standing.filter(|standing| !standing.locked);
        let valid_from = standing.ok_or(ErrorKind::NotLoggedIn)?.valid_from;
        let token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; TOKEN]>());
        let digest = digest(&token);
        // Within the second of a change of the password, only a login dated ahead outlives it.
        let now = time::now().max(valid_from.saturating_mul(1000));
        let begin = move |conn: &mut AnyConnection| {
            web_sessions::insert(conn, account, &digest, now)?;
            web_sessions::end_oldest(conn, account, LIVE, now)
        };
        let ended = self.core.store.write(begin).await?;
        self.ended(account, &ended);
        Ok(token)
    }

    /// Whose token it is.
    ///
    /// [`ErrorKind::NotLoggedIn`] when it is unknown or was not used for too long; [`ErrorKind::SessionEnded`] when the login was
    /// ended, or the account is locked, or was locked or given another password since.
    pub async fn prove(&self, token: &str) -> Result<Proven> {
        self.proven(Key::Digest(digest(token))).await
    }

    /// Whether the login of a token is known without asking the database.
    pub fn remembers(&self, token: &str) -> bool {
        self.known.contains_key(&Key::Digest(digest(token)))
    }

    /// Whose key for the push service it is; as [`WebSessions::prove`].
    pub async fn prove_push_key(&self, key: &str) -> Result<Proven> {
        let number = self.core.grant_key.session_of(key);
        let number = number.ok_or(ErrorKind::NotLoggedIn)?;
        self.proven(Key::Number(number)).await
    }

    /// The key by which the push service knows a login: letters, digits and `-`. It is good for as long as the login is.
    pub fn push_key(&self, session: i64) -> String {
        self.core.grant_key.push_key(session)
    }

    /// What the ids of a login's devices begin with.
    pub fn device_prefix(session: i64) -> String {
        format!("popim-{session}-")
    }

    /// Ends a login of the account, and its sockets.
    pub async fn end(&self, account: AccountId, session: i64) -> Result<()> {
        self.end_those(account, Which::One(session)).await
    }

    /// Ends all logins of an account but one, and their sockets.
    pub async fn end_all(&self, account: AccountId, except: Option<i64>) -> Result<()> {
        let which = except.map_or(Which::All, Which::AllBut);
        self.end_those(account, which).await
    }

    /// Lets a login outlive a change of the password that was made by it; the others are ended.
    pub async fn outlive(&self, account: AccountId, session: i64) -> Result<()> {
        let standing = self.core.standings.of(&self.core.store, account).await?;
        let valid_from = standing.ok_or(ErrorKind::NotLoggedIn)?.valid_from;
        let from = time::now().max(valid_from.saturating_mul(1000));
        let renew = move |conn: &mut AnyConnection| {
            web_sessions::renew(conn, session, from)?;
            web_sessions::find(conn, session)
        };
        if let Some(renewed) = self.core.store.write(renew).await? {
            self.forget(&renewed);
        }
        self.end_all(account, Some(session)).await
    }

    /// Forgets logins that were not used for too long.
    pub async fn tidy(&self) -> Result<()> {
        // Somewhat later, since their use is noted now and then only.
        let before = time::now() - self.idle_life() - NOTED;
        self.core
            .store
            .write(move |conn| web_sessions::prune(conn, before))
            .await
    }

    async fn end_those(&self, account: AccountId, which: Which) -> Result<()> {
        let end =
            move |conn: &mut AnyConnection| web_sessions::end(conn, account, which, time::now());
        let ended = self.core.store.write(end).await?;
        self.ended(account, &ended);
        Ok(())
    }

    /// Forgets logins that were ended, and ends their sockets.
    fn ended(&self, account: AccountId, sessions: &[WebSession]) {
        if sessions.is_empty() {
            return;
        }
        for session in sessions {
            self.forget(session);
        }
        let prefixes: Vec<String> = sessions
            .iter()
            .map(|session| Self::device_prefix(session.id))
            .collect();
        self.core.hub.expel(
            account,
            |device| prefixes.iter().any(|prefix| device.id.starts_with(prefix)),
            Farewell::Refused,
        );
    }

    async fn proven(&self, key: Key) -> Result<Proven> {
        let session = self.look_up(key).await?;
        let standing = self.core.standings.of(&self.core.store, session.account);
        let standing = standing.await?.ok_or(ErrorKind::SessionEnded)?;
        let now = time::now();
        if now - session.seen_at >= self.idle_life() {
            return Err(ErrorKind::NotLoggedIn.into());
        }
        if standing.locked || !holds(&session, standing.valid_from.saturating_mul(1000)) {
            return Err(ErrorKind::SessionEnded.into());
        }
        if now - session.seen_at >= NOTED {
            self.note(&session, now).await;
        }
        let caller = Caller {
            id: session.account,
            manager: standing.manager,
            since: session.created_at.div_euclid(1000),
        };
        Ok(Proven {
            caller,
            session: session.id,
        })
    }

    /// Notes that a login is used. If that fails, the next request tries it again.
    async fn note(&self, session: &WebSession, now: Millis) {
        let id = session.id;
        let touch = move |conn: &mut AnyConnection| web_sessions::touch(conn, id, now);
        match self.core.store.write(touch).await {
            Ok(()) => self.forget(session),
            Err(fault) => log::warn!("the use of a login could not be noted: {fault}"),
        }
    }

    async fn look_up(&self, key: Key) -> Result<WebSession> {
        if let Some(known) = self.known.get(&key) {
            return Ok(known);
        }
        let changes = self.changes.load(Ordering::SeqCst);
        let asked = key.clone();
        let find = move |conn: &mut AnyConnection| match &asked {
            Key::Digest(digest) => web_sessions::find_by_digest(conn, digest),
            Key::Number(number) => web_sessions::find(conn, *number),
        };
        let found = self.core.store.read(find).await?;
        let session = found.ok_or(ErrorKind::NotLoggedIn)?;
        self.known.insert(key.clone(), session.clone());
        // What was read may have changed before it was remembered.
        if self.changes.load(Ordering::SeqCst) != changes {
            self.known.invalidate(&key);
        }
        Ok(session)
    }

    /// Forgets a login that changed. Call it once that is committed.
    fn forget(&self, session: &WebSession) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.known.invalidate(&Key::Number(session.id));
        self.known.invalidate(&Key::Digest(session.digest.clone()));
    }

    fn idle_life(&self) -> Millis {
        self.core.config.popim.session_days as i64 * DAY
    }
}

/// Whether a login is good; those from before `valid_from` were ended with the password.
fn holds(session: &WebSession, valid_from: Millis) -> bool {
    session.ended_at.is_none() && session.created_at >= valid_from
}

fn digest(token: &str) -> String {
    let digest = Sha256::digest(token);
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_ends_by_itself_or_with_the_password() {
        let session = WebSession {
            id: 1,
            digest: String::new(),
            account: AccountId::FIRST,
            created_at: 1000,
            seen_at: 1000,
            ended_at: None,
        };
        assert!(holds(&session, 1000));
        assert!(!holds(&session, 1001));
        let ended = WebSession {
            ended_at: Some(1500),
            ..session
        };
        assert!(!holds(&ended, 1000));
    }

    #[test]
    fn tokens_are_known_by_their_digest_only() {
        assert_eq!(
            digest("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
