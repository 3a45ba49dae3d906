//! Grants: revocable proofs of login, one per account and kind of device. The store knows only their digests.

use super::{Caller, Core};
use crate::domain::AccountId;
use crate::domain::presence::DeviceKind;
use crate::domain::time::{self, Millis};
use crate::error::{ErrorKind, Result};
use crate::hub::wire::Farewell;
use crate::store::AnyConnection;
use crate::store::grants::{self, Grant};
use hmac::{Hmac, KeyInit, Mac};
use moka::sync::Cache;
use sha2::{Digest, Sha256, Sha512};
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How many grants are remembered.
const REMEMBERED: u64 = 100_000;
/// For how long: what another process changes in the database counts after so long.
const FRESH: Duration = Duration::from_secs(60);
/// Bytes of a token, which is shown in hexadecimal.
const TOKEN: usize = 16;

/// What a token proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted {
    /// Whose it is.
    pub caller: Caller,
    /// On what kind of device.
    pub kind: DeviceKind,
}

/// What tokens are made with.
#[derive(Clone)]
pub struct GrantKey(Hmac<Sha256>);

impl GrantKey {
    /// A key made from the secret, which signs login tokens of another sort: neither can be made into the other.
    pub fn new(secret: &[u8]) -> Self {
        let key = Sha512::new_with_prefix("grant").chain_update(secret);
        Self(KeyInit::new(&key.finalize()))
    }

    /// The token with a serial number: the node need not keep it to give it again.
    fn token(&self, account: AccountId, kind: DeviceKind, serial: i64) -> String {
        let named = format!("{account}|{}|{serial}", kind as i16);
        let mac = self.0.clone().chain_update(named).finalize();
        hex(&mac.into_bytes()[..TOKEN])
    }

    /// The key by which the push service knows a login of a web page.
    pub(super) fn push_key(&self, session: i64) -> String {
        let mac = self.push_mac(session).finalize().into_bytes();
        format!("{session}-{}", hex(&mac[..TOKEN]))
    }

    /// The login that such a key is of, if it is one of ours.
    pub(super) fn session_of(&self, push_key: &str) -> Option<i64> {
        let (session, proof) = push_key.split_once('-')?;
        let proof: Vec<u8> = (0..proof.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(proof.get(at..at + 2)?, 16).ok())
            .collect::<Option<_>>()?;
        let session = session.parse().ok()?;
        let whole = proof.len() == TOKEN;
        let verdict = self.push_mac(session).verify_truncated_left(&proof);
        (whole && verdict.is_ok()).then_some(session)
    }

    fn push_mac(&self, session: i64) -> Hmac<Sha256> {
        self.0.clone().chain_update(format!("push|{session}"))
    }
}

/// The use cases.
pub struct Grants {
    core: Arc<Core>,
    known: Cache<String, Grant>,
    changes: AtomicU64,
}

impl Grants {
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

    /// A token for a kind of device, good for `age`. The one app of an account gets a new token, and whoever holds the old one is
    /// sent away; the others share a token as long as it is good.
    ///
    /// [`ErrorKind::NotLoggedIn`] when the account is locked or unknown.
    pub async fn issue(&self, account: AccountId, kind: DeviceKind, age: Millis) -> Result<String> {
        let valid_from = self
            .standing(account)
            .await?
            .valid_from
            .saturating_mul(1000);
        let key = self.core.grant_key.clone();
        let issue = move |conn: &mut AnyConnection| {
            let now = time::now().max(valid_from);
            let old = grants::find(conn, account, kind)?;
            if let Some(old) = old
                .as_ref()
                .filter(|old| kind != DeviceKind::App && holds(old, now, valid_from))
            {
                let token = key.token(account, kind, old.serial);
                // Under another key it would be another token.
                if digest(&token) == old.digest {
                    return Ok((token, None));
                }
            }
            let serial = old.as_ref().map_or(1, |old| old.serial + 1);
            let token = key.token(account, kind, serial);
            let grant = Grant {
                account,
                kind,
                digest: digest(&token),
                serial,
                issued_at: now,
                expires_at: now.saturating_add(age),
            };
            grants::put(conn, &grant)?;
            Ok((token, old))
        };
        let (token, old) = self.core.store.write(issue).await?;
        if let Some(old) = old {
            self.forget(&old);
        }
        if kind == DeviceKind::App {
            self.core.hub.expel(
                account,
                |device| device.kind == kind,
                Farewell::LoggedInAnew,
            );
        }
        Ok(token)
    }

    /// Whose token it is, and for what kind of device.
    ///
    /// [`ErrorKind::NotLoggedIn`] when it is forged, expired or withdrawn, or when the account is gone, locked, or was locked or
    /// given another password since.
    pub async fn prove(&self, token: &str) -> Result<Granted> {
        let grant = self.look_up(digest(token)).await?;
        let standing = self.standing(grant.account).await?;
        if !holds(
            &grant,
            time::now(),
            standing.valid_from.saturating_mul(1000),
        ) {
            return Err(ErrorKind::NotLoggedIn.into());
        }
        let caller = Caller {
            id: grant.account,
            manager: standing.manager,
            since: grant.issued_at.div_euclid(1000),
        };
        Ok(Granted {
            caller,
            kind: grant.kind,
        })
    }

    /// Voids the tokens of some kinds of devices and ends their sessions.
    pub async fn withdraw(&self, account: AccountId, kinds: &[DeviceKind]) -> Result<()> {
        let wanted = kinds.to_vec();
        let void = move |conn: &mut AnyConnection| {
            let mut voided = Vec::new();
            for kind in wanted {
                voided.extend(void_in(conn, account, kind)?);
            }
            Ok(voided)
        };
        for grant in self.core.store.write(void).await? {
            self.forget(&grant);
        }
        self.core.hub.expel(
            account,
            |device| kinds.contains(&device.kind),
            Farewell::Replaced,
        );
        Ok(())
    }

    async fn look_up(&self, digest: String) -> Result<Grant> {
        if let Some(known) = self.known.get(&digest) {
            return Ok(known);
        }
        let changes = self.changes.load(Ordering::SeqCst);
        let asked = digest.clone();
        let found = self
            .core
            .store
            .read(move |conn| grants::find_by_digest(conn, &asked))
            .await?;
        let grant = found.ok_or(ErrorKind::NotLoggedIn)?;
        self.known.insert(digest.clone(), grant.clone());
        // What was read may have changed before it was remembered.
        if self.changes.load(Ordering::SeqCst) != changes {
            self.known.invalidate(&digest);
        }
        Ok(grant)
    }

    /// Forgets a grant that was voided. Call it once that is committed.
    pub(super) fn forget(&self, grant: &Grant) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.known.invalidate(&grant.digest);
    }

    async fn standing(&self, account: AccountId) -> Result<super::standings::Standing> {
        let standing = self.core.standings.of(&self.core.store, account).await?;
        Ok(standing
            .filter(|standing| !standing.locked)
            .ok_or(ErrorKind::NotLoggedIn)?)
    }
}

/// Voids the token of a kind of device in a unit; what it was is to be [forgotten](Grants::forget).
pub(super) fn void_in(
    conn: &mut AnyConnection,
    account: AccountId,
    kind: DeviceKind,
) -> Result<Option<Grant>> {
    let grant = grants::find(conn, account, kind)?;
    grants::void(conn, account, kind)?;
    Ok(grant)
}

/// Whether a grant is good at `now`; those issued before `valid_from` were voided with the password.
fn holds(grant: &Grant, now: Millis, valid_from: Millis) -> bool {
    now < grant.expires_at && grant.issued_at >= valid_from
}

fn digest(token: &str) -> String {
    hex(&Sha256::digest(token))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: AccountId = AccountId::FIRST;

    #[test]
    fn every_account_kind_and_serial_has_a_token_of_its_own() {
        let key = GrantKey::new(b"key");
        let base = key.token(ME, DeviceKind::Web, 1);
        let others = [
            GrantKey::new(b"other").token(ME, DeviceKind::Web, 1),
            key.token(AccountId(ME.0 + 1), DeviceKind::Web, 1),
            key.token(ME, DeviceKind::App, 1),
            key.token(ME, DeviceKind::Web, 2),
        ];
        assert_eq!(base, key.token(ME, DeviceKind::Web, 1));
        assert!(base.len() == 32 && base.bytes().all(|b| b.is_ascii_hexdigit()));
        assert!(others.iter().all(|other| *other != base));
    }

    #[test]
    fn a_push_key_tells_its_login_and_cannot_be_made_up() {
        let key = GrantKey::new(b"key");
        let mine = key.push_key(7);
        assert_eq!(key.session_of(&mine), Some(7));
        let forged = [
            mine.replacen('7', "8", 1),
            mine[..mine.len() - 2].to_owned(),
            format!("{mine}00"),
            "7-".to_owned(),
            "7".to_owned(),
            "7-é".to_owned(),
            GrantKey::new(b"other").push_key(7),
        ];
        for forged in forged {
            assert_eq!(key.session_of(&forged), None, "{forged}");
        }
    }

    #[test]
    fn a_grant_ends_with_its_time_and_with_the_password() {
        let grant = Grant {
            account: ME,
            kind: DeviceKind::App,
            digest: String::new(),
            serial: 1,
            issued_at: 1000,
            expires_at: 2000,
        };
        assert!(holds(&grant, 1999, 1000));
        assert!(!holds(&grant, 2000, 1000));
        assert!(!holds(&grant, 1500, 1001));
    }
}
