//! What administrators can set while the node runs: kept in the store, in memory as parsed, effective at once.

mod keys;

use super::policy::Policy;
use crate::domain::time;
use crate::error::{Error, Result};
use crate::store::settings::First;
use crate::store::{Store, settings};
use arc_swap::ArcSwap;
use keys::{ALIASES, KEYS, Shown};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{Mutex, watch};

/// Characters of a setting's name.
const NAME: usize = 50;
/// Characters of a setting's value.
const VALUE: usize = 2000;

/// A setting as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Its value in a new installation; `None` when an administrator added it.
    pub default: Option<&'static str>,
    /// What it does.
    pub meaning: &'static str,
    /// Whether every account gets to see the value.
    pub public: bool,
}

/// The settings. Cheap to clone.
#[derive(Clone)]
pub struct Settings {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
    current: ArcSwap<Current>,
    /// Held while a value changes, so that memory follows the store in the same order.
    changing: Mutex<()>,
    /// Marked whenever a value has changed.
    changed: watch::Sender<()>,
}

struct Current {
    values: BTreeMap<String, String>,
    policy: Arc<Policy>,
}

impl Current {
    fn new(values: BTreeMap<String, String>) -> Result<Self> {
        let policy = Arc::new(Policy::parse(|name| value_of(&values, name))?);
        Ok(Self { values, policy })
    }
}

fn value_of<'a>(values: &'a BTreeMap<String, String>, name: &str) -> &'a str {
    values.get(name).map_or("", String::as_str)
}

impl Settings {
    /// Reads the settings; those that are missing are created with their defaults, the others stay as they are.
    pub async fn load(store: &Store) -> Result<Self> {
        let first: Vec<First> = KEYS.iter().map(|key| key.first).collect();
        let values = store
            .write(move |conn| {
                settings::insert_missing(conn, &first, time::now())?;
                settings::all(conn)
            })
            .await?;
        let current = ArcSwap::from_pointee(Current::new(values)?);
        Ok(Self {
            shared: Arc::new(Shared {
                store: store.clone(),
                current,
                changing: Mutex::new(()),
                changed: watch::Sender::new(()),
            }),
        })
    }

    /// What the settings mean now.
    pub fn policy(&self) -> Arc<Policy> {
        self.shared.current.load().policy.clone()
    }

    /// The value of a setting that no rule of the services depends on; empty when there is none of that name.
    pub fn value(&self, name: &str) -> String {
        value_of(&self.shared.current.load().values, name).to_owned()
    }

    /// Is marked as changed whenever a value may have changed.
    pub fn watch(&self) -> watch::Receiver<()> {
        self.shared.changed.subscribe()
    }

    /// What every account may see, in the order of freeIM's document; then the settings it does not know, the newer names,
    /// and what administrators added.
    pub fn all_public(&self) -> Vec<(String, String)> {
        let current = self.shared.current.load();
        let of = |name: &str| value_of(&current.values, name).to_owned();
        let known = KEYS.iter().filter_map(|key| match key.shown {
            Shown::ToAll => Some((key.first.name.to_owned(), of(key.first.name))),
            Shown::Blank => Some((key.first.name.to_owned(), String::new())),
            Shown::Hidden => None,
        });
        let aliases = ALIASES
            .iter()
            .map(|(alias, name)| ((*alias).to_owned(), of(name)));
        let added = current
            .values
            .iter()
            .filter(|(name, _)| !is_known(name))
            .map(|(n, v)| (n.clone(), v.clone()));
        known.chain(aliases).chain(added).collect()
    }

    /// Everything, for administrators.
    pub fn list(&self) -> Vec<Setting> {
        let current = self.shared.current.load();
        let known = KEYS.iter().map(|key| Setting {
            name: key.first.name.to_owned(),
            value: value_of(&current.values, key.first.name).to_owned(),
            default: Some(key.first.value),
            meaning: key.first.what,
            public: key.shown == Shown::ToAll,
        });
        let added = current
            .values
            .iter()
            .filter(|(name, _)| !is_known(name))
            .map(|(name, value)| Setting {
                name: name.clone(),
                value: value.clone(),
                default: None,
                meaning: "",
                public: true,
            });
        known.chain(added).collect()
    }

    /// Sets a value, effective at once, and returns the one before. A name not known yet is added and shown to every account.
    ///
    /// [`Invalid`](crate::error::ErrorKind::Invalid) for a name or value that is too long and for a newer name of freeIM's.
    pub async fn set(&self, name: &str, value: &str) -> Result<String> {
        check(name, value)?;
        let _changing = self.shared.changing.lock().await;
        let mut values = self.shared.current.load().values.clone();
        let before = values
            .insert(name.to_owned(), value.to_owned())
            .unwrap_or_default();
        let next = Current::new(values)?;
        let (name, value) = (name.to_owned(), value.to_owned());
        self.shared
            .store
            .write(move |conn| settings::put(conn, &name, &value, time::now()))
            .await?;
        self.shared.current.store(Arc::new(next));
        self.shared.changed.send_replace(());
        Ok(before)
    }
}

fn is_known(name: &str) -> bool {
    KEYS.iter().any(|key| key.first.name == name)
}

fn check(name: &str, value: &str) -> Result<()> {
    if name.is_empty() || name.chars().count() > NAME {
        return Err(Error::invalid("a setting's name has 1 to 50 characters"));
    }
    if value.chars().count() > VALUE {
        return Err(Error::invalid(
            "a setting's value has at most 2000 characters",
        ));
    }
    if let Some((alias, name)) = ALIASES.iter().find(|(alias, _)| *alias == name) {
        return Err(Error::invalid(format!("{alias} cannot be set: set {name}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::keys::DOCUMENTED;
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_documented_setting_is_shown_and_no_name_is_used_twice() {
        let names: HashSet<&str> = KEYS.iter().map(|key| key.first.name).collect();
        assert_eq!(names.len(), KEYS.len());
        assert!(
            ALIASES
                .iter()
                .all(|(alias, name)| !names.contains(alias) && names.contains(name))
        );
        assert!(
            KEYS[..DOCUMENTED]
                .iter()
                .all(|key| key.shown != Shown::Hidden)
        );
        assert_eq!(
            KEYS.iter().filter(|key| key.shown == Shown::Blank).count(),
            4
        );
    }

    #[test]
    fn the_defaults_leave_everything_open_and_nothing_required() {
        let values = KEYS
            .iter()
            .map(|key| (key.first.name.to_owned(), key.first.value.to_owned()))
            .collect();
        let policy = Current::new(values).unwrap().policy;
        assert!(
            policy.contact_requests_open && policy.channel_creation_open && policy.signup_by_name
        );
        assert!(
            !policy.captcha_required
                && !policy.invite_required
                && !policy.manager_addresses_limited
        );
        assert_eq!(policy.channel_members_limit, 500);
        assert_eq!(policy.channels_per_owner, 20);
    }

    #[test]
    fn names_and_values_have_limits_and_newer_names_cannot_be_set() {
        assert!(check("", "x").is_err());
        assert!(check(&"n".repeat(51), "x").is_err());
        assert!(check("new_key", &"v".repeat(2001)).is_err());
        assert!(check("login_vcode_captcha", "true").is_err());
        assert!(check("new_key", &"值".repeat(2000)).is_ok());
    }
}
