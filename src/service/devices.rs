//! The devices an account logs in from.

pub use crate::store::devices::KnownDevice;

use super::grants::{self, Grants};
use super::{Core, fields};
use crate::domain::presence::DeviceKind;
use crate::domain::{AccountId, time};
use crate::error::{Error, ErrorKind, Result};
use crate::hub::wire::Farewell;
use crate::store::{AnyConnection, devices};
use moka::sync::Cache;
use std::sync::Arc;
use std::time::Duration;

/// Characters of an id, a name and a model.
const LENGTH: usize = 191;
/// How long an unknown device may take to prove itself.
const UNPROVEN: Duration = Duration::from_secs(300);
/// How many of them are remembered.
const WAITING: u64 = 10_000;

/// What a device says of itself, which may be nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceInfo {
    id: String,
    name: String,
    model: String,
}

impl DeviceInfo {
    /// Its id, what its owner calls it, and what it is: a name is cut, an id is not. [`ErrorKind::Invalid`].
    pub fn new(id: String, name: String, model: String) -> Result<Self> {
        fields::at_most("device_id", &id, LENGTH)?;
        if id.contains(char::is_control) {
            return Err(Error::invalid("device_id must be printable"));
        }
        let cut = |text: String| text.chars().take(LENGTH).collect();
        Ok(Self {
            id,
            name: cut(name),
            model: cut(model),
        })
    }
}

/// The use cases.
pub struct Devices {
    core: Arc<Core>,
    grants: Arc<Grants>,
    unproven: Cache<AccountId, (DeviceInfo, DeviceKind)>,
}

impl Devices {
    pub(super) fn new(core: Arc<Core>, grants: Arc<Grants>) -> Self {
        let unproven = Cache::builder()
            .max_capacity(WAITING)
            .time_to_live(UNPROVEN)
            .build();
        Self {
            core,
            grants,
            unproven,
        }
    }

    /// Notes that the account logs in from a device. One without an id is not noted.
    pub async fn seen(
        &self,
        account: AccountId,
        device: DeviceInfo,
        kind: DeviceKind,
    ) -> Result<()> {
        if device.id.is_empty() {
            return Ok(());
        }
        let note = move |conn: &mut AnyConnection| {
            let DeviceInfo { id, name, model } = &device;
            devices::seen(conn, account, (id, name, model), kind, time::now())
        };
        self.core.store.write(note).await
    }

    /// The account's devices, last used first.
    pub async fn list(&self, account: AccountId) -> Result<Vec<KnownDevice>> {
        self.core
            .store
            .read(move |conn| devices::list(conn, account))
            .await
    }

    /// Whether the account has logged in from a device before. One without an id is known to nobody.
    pub async fn knows(&self, account: AccountId, device: &DeviceInfo) -> Result<bool> {
        let id = device.id.clone();
        let find = move |conn: &mut AnyConnection| devices::find(conn, account, &id);
        Ok(self.core.store.read(find).await?.is_some())
    }

    /// Forgets a device, if it is known, and logs it out: its sessions end, and its token is void, unless that is shared with
    /// other devices of the kind.
    pub async fn remove(&self, account: AccountId, device: String) -> Result<()> {
        let forgotten = device.clone();
        let remove = move |conn: &mut AnyConnection| {
            let Some(gone) = devices::remove(conn, account, &forgotten)? else {
                return Ok(None);
            };
            if devices::list(conn, account)?
                .iter()
                .any(|other| keeps_token(other, &gone))
            {
                return Ok(None);
            }
            grants::void_in(conn, account, gone.kind)
        };
        let voided = self.core.store.write(remove).await?;
        if let Some(grant) = &voided {
            self.grants.forget(grant);
        }
        let kind = voided.map(|grant| grant.kind);
        self.core.hub.expel(
            account,
            |live| live.id == device || kind == Some(live.kind),
            Farewell::Replaced,
        );
        Ok(())
    }

    /// Remembers a device from which somebody has given the right password, and which has to prove itself now.
    pub fn hold(&self, account: AccountId, device: DeviceInfo, kind: DeviceKind) {
        self.unproven.insert(account, (device, kind));
    }

    /// The device that has to prove itself, and its kind. [`ErrorKind::DeviceUnproven`] when there is none, or it took too long.
    pub fn held(&self, account: AccountId) -> Result<(DeviceInfo, DeviceKind)> {
        Ok(self
            .unproven
            .get(&account)
            .ok_or(ErrorKind::DeviceUnproven)?)
    }
}

/// Whether the token that a removed device may have is another one's: the one telephone that logged in later took it over, all
/// others of a kind share theirs.
fn keeps_token(other: &KnownDevice, gone: &KnownDevice) -> bool {
    let later = other.last_login_at >= gone.last_login_at;
    other.kind == gone.kind && (gone.kind != DeviceKind::App || later)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: &str, name: &str) -> Result<DeviceInfo> {
        DeviceInfo::new(id.to_owned(), name.to_owned(), String::new())
    }

    #[test]
    fn a_long_name_is_cut_and_a_long_id_refused() {
        assert_eq!(
            named("", &"机".repeat(200)).unwrap().name.chars().count(),
            191
        );
        assert!(named(&"x".repeat(192), "").is_err());
        assert!(named("a\nb", "").is_err());
    }

    #[test]
    fn a_token_goes_with_the_last_device_that_may_have_it() {
        use DeviceKind::{App, Web};
        let device = |kind, last_login_at| KnownDevice {
            id: 1,
            device: String::new(),
            name: String::new(),
            model: String::new(),
            kind,
            last_login_at,
        };
        assert!(keeps_token(&device(Web, 1), &device(Web, 2)));
        assert!(!keeps_token(&device(App, 1), &device(Web, 2)));
        assert!(!keeps_token(&device(App, 1), &device(App, 2)));
        assert!(keeps_token(&device(App, 2), &device(App, 1)));
    }
}
