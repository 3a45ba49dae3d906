//! Operations 10 and 11: the devices an account logs in from.

use super::Answer;
use super::caller::Authed;
use super::reply::Reply;
use super::time;
use crate::error::{ErrorKind, Result};
use crate::service::devices::KnownDevice;
use serde::Serialize;

/// A device as its owner sees it.
#[derive(Serialize)]
struct Device {
    id: i64,
    device_id: String,
    device_name: String,
    device_model: String,
    last_login: String,
    #[serde(rename = "self")]
    own: u8,
}

/// 10: the caller's devices, last used first.
pub async fn list(ask: Authed) -> Answer {
    Ok(Reply::data(&devices(&ask).await?))
}

/// One of the caller's devices.
pub async fn find(ask: Authed) -> Answer {
    let wanted = ask.path("device_id");
    let mut devices = devices(&ask).await?.into_iter();
    let device = devices.find(|device| device.device_id == wanted);
    Ok(Reply::data(&device.ok_or(ErrorKind::NotFound)?))
}

async fn devices(ask: &Authed) -> Result<Vec<Device>> {
    let known = ask.services.devices.list(ask.me()).await?;
    let asking = ask.args.text("device_id")?;
    // The token does not tell the device; the one that logged in last on this kind of client does.
    let own = asking.or_else(|| {
        let alike = known.iter().find(|device| device.kind == ask.kind);
        alike.map(|device| device.device.clone())
    });
    let shown = known.into_iter().map(|device| {
        let own = own.as_ref() == Some(&device.device);
        shown(device, own)
    });
    Ok(shown.collect())
}

/// 11: forgets a device and logs it out.
pub async fn remove(ask: Authed) -> Answer {
    let device = ask.path("device_id");
    ask.services.devices.remove(ask.me(), device).await?;
    Ok(Reply::ok())
}

fn shown(known: KnownDevice, own: bool) -> Device {
    let mark = if own { "（本机）" } else { "" };
    Device {
        id: known.id,
        device_id: known.device,
        device_name: known.name + mark,
        device_model: known.model,
        last_login: time::minute(known.last_login_at),
        own: own.into(),
    }
}
