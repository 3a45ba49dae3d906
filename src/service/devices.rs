//! The devices an account logs in from.

pub use crate::store::devices::KnownDevice;

use super::{Core, fields};
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

/// What a device says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Its id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// What it is.
    pub model: String,
}

/// The use cases.
pub struct Devices {
    core: Arc<Core>,
    unproven: Cache<AccountId, DeviceInfo>,
}

impl Devices {
    pub(super) fn new(core: Arc<Core>) -> Self {
        let unproven = Cache::builder()
            .max_capacity(WAITING)
            .time_to_live(UNPROVEN)
            .build();
        Self { core, unproven }
    }

    /// Notes that the account logs in from a device. One without an id is not noted. [`ErrorKind::Invalid`].
    pub async fn seen(&self, account: AccountId, device: DeviceInfo) -> Result<()> {
        if device.id.is_empty() {
            return Ok(());
        }
        let DeviceInfo { id, name, model } = checked(device)?;
        let note = move |conn: &mut AnyConnection| {
            devices::seen(conn, account, &id, &name, &model, time::now())
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

    /// One of the account's devices. [`ErrorKind::NotFound`].
    pub async fn find(&self, account: AccountId, device: String) -> Result<KnownDevice> {
        let found = self
            .core
            .store
            .read(move |conn| devices::find(conn, account, &device))
            .await?;
        Ok(found.ok_or(ErrorKind::NotFound)?)
    }

    /// Forgets a device, if it is known, and ends its sessions.
    pub async fn remove(&self, account: AccountId, device: String) -> Result<()> {
        let forgotten = device.clone();
        self.core
            .store
            .write(move |conn| devices::remove(conn, account, &forgotten))
            .await?;
        self.core
            .hub
            .expel(account, |live| live.id == device, Farewell::Replaced);
        Ok(())
    }

    /// Remembers a device from which somebody has given the right password, and which has to prove itself now.
    pub fn hold(&self, account: AccountId, device: DeviceInfo) -> Result<()> {
        self.unproven.insert(account, checked(device)?);
        Ok(())
    }

    /// The device that has to prove itself. [`ErrorKind::DeviceUnproven`] when there is none, or it took too long.
    pub fn held(&self, account: AccountId) -> Result<DeviceInfo> {
        Ok(self
            .unproven
            .get(&account)
            .ok_or(ErrorKind::DeviceUnproven)?)
    }
}

/// The device as it is stored: a name is cut, an id is not.
fn checked(mut device: DeviceInfo) -> Result<DeviceInfo> {
    fields::at_most("device_id", &device.id, LENGTH)?;
    if device.id.contains(char::is_control) {
        return Err(Error::invalid("device_id must be printable"));
    }
    let cut = |text: String| text.chars().take(LENGTH).collect();
    device.name = cut(device.name);
    device.model = cut(device.model);
    Ok(device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_and_a_long_id_refused() {
        let named = DeviceInfo {
            name: "机".repeat(200),
            ..DeviceInfo::default()
        };
        assert_eq!(checked(named).unwrap().name.chars().count(), 191);
        let long = DeviceInfo {
            id: "x".repeat(192),
            ..DeviceInfo::default()
        };
        assert!(checked(long).is_err());
    }
}
