//! Logging in on one device by scanning its picture with another, on which somebody is logged in. In memory only: a restart ends
//! every attempt.

use super::Caller;
use super::devices::DeviceInfo;
use crate::domain::AccountId;
use crate::error::{ErrorKind, Result};
use moka::sync::Cache;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long a picture may wait to be scanned and authorised.
const LIFE: Duration = Duration::from_secs(60);
/// How long an authorised login may wait to be fetched.
const REDEEMABLE: Duration = Duration::from_secs(300);
/// How long somebody may wait to hear that something changed.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many attempts there are at a time; beyond that the oldest is forgotten.
const ATTEMPTS: u64 = 10_000;

/// How far an attempt has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QrStatus {
    /// Nobody has scanned the picture.
    Waiting,
    /// Somebody has, and is asked.
    Scanned(AccountId),
    /// They have agreed: the code logs in once.
    Authorized {
        /// Who.
        account: AccountId,
        /// The code.
        code: String,
    },
    /// It is over.
    Expired,
}

#[derive(Clone)]
struct Attempt {
    status: Arc<watch::Sender<QrStatus>>,
    device: DeviceInfo,
}

/// Somebody who scanned and may now agree.
#[derive(Clone)]
struct Scan {
    attempt: Attempt,
    by: AccountId,
}

/// The use cases.
pub struct QrLogin {
    attempts: Cache<String, Attempt>,
    scans: Cache<String, Scan>,
    logins: Cache<String, (AccountId, DeviceInfo)>,
}

impl QrLogin {
    pub(super) fn new() -> Self {
        Self {
            attempts: waiting(LIFE),
            scans: waiting(LIFE),
            logins: waiting(REDEEMABLE),
        }
    }

    /// Begins an attempt and names it.
    pub fn begin(&self, device: DeviceInfo) -> String {
        let name = secret();
        let status = Arc::new(watch::Sender::new(QrStatus::Waiting));
        self.attempts
            .insert(name.clone(), Attempt { status, device });
        name
    }

    /// Notes that the caller has scanned the picture; gives the code with which they agree. [`ErrorKind::CodeExpired`].
    pub fn scan(&self, caller: Caller, attempt: &str) -> Result<String> {
        let attempt = self.attempts.get(attempt).ok_or(ErrorKind::CodeExpired)?;
        let by = caller.id;
        let mut taken = false;
        attempt.status.send_if_modified(|status| {
            taken = matches!(status, QrStatus::Authorized { .. });
            if !taken {
                *status = QrStatus::Scanned(by);
            }
            !taken
        });
        if taken {
            return Err(ErrorKind::CodeExpired.into());
        }
        let code = secret();
        self.scans.insert(code.clone(), Scan { attempt, by });
        Ok(code)
    }

    /// The caller agrees to what they have scanned.
    ///
    /// In this order: [`ErrorKind::CodeExpired`], [`ErrorKind::CodeWrong`] when somebody else scanned it.
    pub fn authorize(&self, caller: Caller, code: &str) -> Result<()> {
        let scan = self.scans.get(code).ok_or(ErrorKind::CodeExpired)?;
        if scan.by != caller.id {
            return Err(ErrorKind::CodeWrong.into());
        }
        let code = self
            .scans
            .remove(code)
            .map(|_| secret())
            .ok_or(ErrorKind::CodeExpired)?;
        let mut agreed = false;
        scan.attempt.status.send_if_modified(|status| {
            // Somebody else may have scanned it meanwhile.
            agreed = *status == QrStatus::Scanned(scan.by);
            if agreed {
                let login = (scan.by, scan.attempt.device.clone());
                self.logins.insert(code.clone(), login);
                *status = QrStatus::Authorized {
                    account: scan.by,
                    code: code.clone(),
                };
            }
            agreed
        });
        if agreed {
            Ok(())
        } else {
            Err(ErrorKind::CodeExpired.into())
        }
    }

    /// How far an attempt has come; waits up to ten seconds for it to become other than `known`.
    pub async fn status(&self, attempt: &str, known: &QrStatus) -> QrStatus {
        let Some(attempt) = self.attempts.get(attempt) else {
            return QrStatus::Expired;
        };
        let mut status = attempt.status.subscribe();
        let changed = status.wait_for(|status| status != known);
        match tokio::time::timeout(PATIENCE, changed).await {
            Ok(Ok(status)) => status.clone(),
            _ => attempt.status.borrow().clone(),
        }
    }

    /// Whose login a code is, once, and on what device. [`ErrorKind::CodeExpired`].
    pub fn redeem(&self, code: &str) -> Result<(AccountId, DeviceInfo)> {
        Ok(self.logins.remove(code).ok_or(ErrorKind::CodeExpired)?)
    }
}

fn waiting<V: Clone + Send + Sync + 'static>(life: Duration) -> Cache<String, V> {
    Cache::builder()
        .max_capacity(ATTEMPTS)
        .time_to_live(life)
        .build()
}

/// 32 hexadecimal digits that nobody can guess.
fn secret() -> String {
    format!("{:032x}", rand::random::<u128>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(number: i64) -> Caller {
        Caller {
            id: AccountId(AccountId::FIRST.0 + number),
            manager: false,
            since: 0,
        }
    }

    #[tokio::test]
    async fn who_scanned_agrees_and_the_device_is_logged_in_once() {
        let logins = QrLogin::new();
        let device = DeviceInfo::new("d".to_owned(), String::new(), String::new()).unwrap();
        let attempt = logins.begin(device.clone());
        let code = logins.scan(caller(1), &attempt).unwrap();
        let scanned = QrStatus::Scanned(caller(1).id);
        assert_eq!(logins.status(&attempt, &QrStatus::Waiting).await, scanned);
        logins.authorize(caller(1), &code).unwrap();
        let QrStatus::Authorized { account, code } = logins.status(&attempt, &scanned).await else {
            panic!("not authorised");
        };
        assert_eq!(account, caller(1).id);
        assert_eq!(logins.redeem(&code).unwrap(), (account, device));
        assert!(logins.redeem(&code).is_err());
    }

    #[test]
    fn nobody_agrees_for_somebody_else() {
        let logins = QrLogin::new();
        let attempt = logins.begin(DeviceInfo::default());
        let code = logins.scan(caller(1), &attempt).unwrap();
        let refused = logins.authorize(caller(2), &code).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::CodeWrong);
        assert!(logins.authorize(caller(1), &code).is_ok());
        assert!(logins.authorize(caller(1), &code).is_err());
    }

    #[test]
    fn who_scans_last_is_who_agrees() {
        let logins = QrLogin::new();
        let attempt = logins.begin(DeviceInfo::default());
        let first = logins.scan(caller(1), &attempt).unwrap();
        let last = logins.scan(caller(2), &attempt).unwrap();
        assert!(logins.authorize(caller(1), &first).is_err());
        assert!(logins.authorize(caller(2), &last).is_ok());
        assert!(logins.scan(caller(3), &attempt).is_err());
    }

    #[tokio::test]
    async fn an_attempt_nobody_began_is_over() {
        let logins = QrLogin::new();
        assert_eq!(
            logins.status("x", &QrStatus::Waiting).await,
            QrStatus::Expired
        );
        assert!(logins.scan(caller(1), "x").is_err());
    }
}
