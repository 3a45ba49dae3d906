//! Connections by the device they come from, and which of them exclude each other.

use serde::{Deserialize, Serialize};

/// Kinds of device. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(i16)]
pub enum DeviceKind {
    /// A telephone: an account uses one at a time.
    App = 0,
    /// A browser.
    Web = 1,
    /// A program on a desktop.
    Desktop = 2,
    /// A program that acts for the account.
    System = 99,
}

impl DeviceKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::App, Self::Web, Self::Desktop, Self::System];

    /// The kind stored under a number.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as i16 == number)
    }
}

/// What a connection comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Device {
    /// Its kind.
    pub kind: DeviceKind,
    /// The client's own id of it.
    pub id: String,
}

/// How an older connection gives way to a newer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Displaced {
    /// Its user is told that the account is used elsewhere.
    Told,
    /// It was given up by the same device.
    Silently,
}

/// Whether an older connection of the same account has to end because of a newer one.
pub fn displaces(new: &Device, old: &Device) -> Option<Displaced> {
    match (new.kind == old.kind, new.id == old.id) {
        (true, true) => Some(Displaced::Silently),
        (true, false) if new.kind == DeviceKind::App => Some(Displaced::Told),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(kind: DeviceKind, id: &str) -> Device {
        Device {
            kind,
            id: id.to_owned(),
        }
    }

    #[test]
    fn a_device_that_connects_anew_gives_up_its_older_connection() {
        for kind in DeviceKind::ALL {
            let same = displaces(&device(kind, "a"), &device(kind, "a"));
            assert_eq!(same, Some(Displaced::Silently));
        }
    }

    #[test]
    fn an_account_has_one_telephone_and_many_browsers() {
        use DeviceKind::{App, Desktop, System, Web};
        let other = |kind| displaces(&device(kind, "a"), &device(kind, "b"));
        assert_eq!(other(App), Some(Displaced::Told));
        assert_eq!([Web, Desktop, System].map(other), [None; 3]);
        assert_eq!(displaces(&device(App, "a"), &device(Web, "a")), None);
    }

    #[test]
    fn a_stored_number_names_its_kind() {
        let read = DeviceKind::ALL.map(|kind| DeviceKind::from_number(kind as i16));
        assert_eq!(read, DeviceKind::ALL.map(Some));
        assert_eq!(DeviceKind::from_number(3), None);
    }
}
