//! The keys of the configuration. [`section!`] declares them once, as documented fields; types, defaults, the
//! README's table and the masks follow from that.

use super::{Config, SECTIONS};
use std::fmt::Write;
use toml::{Table, Value};

/// What [`section!`] knows of a key besides its type and default.
pub(super) struct Spec {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    /// Hides what is secret in the value; `None` where nothing is.
    pub(super) mask: Option<fn(&str) -> String>,
}

/// One key, as it is documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The TOML table it stands in.
    pub section: &'static str,
    /// Its name in that table.
    pub name: &'static str,
    /// Its default, as TOML.
    pub default: String,
    /// The environment variable that sets it.
    pub env: String,
    /// What it does, in Markdown.
    pub what: &'static str,
}

/// All keys, in the order of the sections.
pub fn keys() -> Vec<Key> {
    let defaults = defaults();
    let specs = SECTIONS
        .into_iter()
        .flat_map(|(section, specs)| specs.iter().map(move |spec| (section, spec)));
    specs
        .map(|(section, spec)| Key {
            section,
            name: spec.name,
            default: default_of(&defaults, section, spec.name)
                .map(Value::to_string)
                .unwrap_or_default(),
            env: env_name(section, spec.name),
            what: spec.what.trim(),
        })
        .collect()
}

/// The table of all keys that the README shows, in Markdown.
pub fn readme_table() -> String {
    let mut table = String::from("| Key | Default | Meaning |\n|---|---|---|\n");
    for Key {
        section,
        name,
        default,
        what,
        ..
    } in keys()
    {
        // Writing to a string cannot fail.
        let _ = writeln!(table, "| `{section}.{name}` | `{default}` | {what} |");
    }
    table
}

/// The environment variable of a key.
fn env_name(section: &str, name: &str) -> String {
    format!(
        "PARLANCE__{}__{}",
        section.to_uppercase(),
        name.to_uppercase()
    )
}

/// The production defaults as TOML; their types are the keys' types.
pub(super) fn defaults() -> Table {
    Table::try_from(Config::default()).unwrap_or_default()
}

/// A key's value in `defaults`.
pub(super) fn default_of<'a>(defaults: &'a Table, section: &str, name: &str) -> Option<&'a Value> {
    defaults.get(section)?.get(name)
}

/// Declares a section: `/// what it is for` before each `key: Type = default;`, with `=> mask` for a secret.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $Section:ident {
            $( $(#[doc = $what:literal])+ $key:ident: $type:ty = $default:expr $(=> $mask:path)?; )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $Section {
            $( $(#[doc = $what])+ pub $key: $type, )+
        }

        impl Default for $Section {
            fn default() -> Self {
                Self { $($key: $default,)+ }
            }
        }

        /// Shows no values: some are secret.
        impl std::fmt::Debug for $Section {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($Section)).finish_non_exhaustive()
            }
        }

        impl $Section {
            pub(super) const SPECS: &'static [$crate::config::key::Spec] = &[
                $( $crate::config::key::Spec {
                    name: stringify!($key),
                    what: concat!($($what),+),
                    mask: section!(@mask $($mask)?),
                }, )+
            ];
        }
    };
    (@mask) => { None };
    (@mask $mask:path) => { Some($mask) };
}
pub(super) use section;
