//! What an operator can set, one struct per concern. Later layers win: defaults, TOML file, environment
//! (`PARLANCE__SECTION__KEY`), flags. Every fault of every layer is reported at once.

mod auth;
mod data;
mod database;
mod freeim;
mod key;
mod limits;
mod load;
mod log;
mod mail;
mod mask;
mod media;
mod metrics;
mod popim;
mod problem;
mod process;
mod server;
mod session;
mod sms;
#[cfg(test)]
mod tests;
mod wukong;

pub use self::auth::Auth;
pub use self::data::Data;
pub use self::database::Database;
pub use self::freeim::Freeim;
pub use self::key::{Key, keys, readme_table};
pub use self::limits::Limits;
pub use self::load::Overrides;
pub use self::log::{Log, LogFormat};
pub use self::mail::Mail;
pub use self::media::Media;
pub use self::metrics::Metrics;
pub use self::popim::{PlainChannels, Popim, PushFlavour};
pub use self::problem::Problem;
pub use self::process::open_file_limit;
pub use self::server::Server;
pub use self::session::Session;
pub use self::sms::Sms;
pub use self::wukong::Wukong;

use self::key::Spec;
use self::load::Layers;
use self::problem::Faults;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

/// Everything a node can be told. The default is fit for production on one machine.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where and how the node listens.
    pub server: Server,
    /// Where the node keeps its files.
    pub data: Data,
    /// Which database, and how hard it is used.
    pub database: Database,
    /// What is logged, and in which form.
    pub log: Log,
    /// Proof of who somebody is.
    pub auth: Auth,
    /// How often anybody may do something.
    pub limits: Limits,
    /// Live connections and the actors behind them.
    pub session: Session,
    /// Outgoing e-mail.
    pub mail: Mail,
    /// Outgoing text messages.
    pub sms: Sms,
    /// Uploaded files.
    pub media: Media,
    /// Who may read the metrics.
    pub metrics: Metrics,
    /// The freeim dialect.
    pub freeim: Freeim,
    /// The WuKong dialect.
    pub wukong: Wukong,
    /// The PopIM dialect.
    pub popim: Popim,
}

/// Every section with its keys, in the order of [`Config`].
const SECTIONS: [(&str, &[Spec]); 14] = [
    ("server", Server::SPECS),
    ("data", Data::SPECS),
    ("database", Database::SPECS),
    ("log", Log::SPECS),
    ("auth", Auth::SPECS),
    ("limits", Limits::SPECS),
    ("session", Session::SPECS),
    ("mail", Mail::SPECS),
    ("sms", Sms::SPECS),
    ("media", Media::SPECS),
    ("metrics", Metrics::SPECS),
    ("freeim", Freeim::SPECS),
    ("wukong", Wukong::SPECS),
    ("popim", Popim::SPECS),
];

impl Config {
    /// Reads all layers. Variables that do not begin with `PARLANCE__` are none of ours.
    ///
    /// # Errors
    /// All unknown keys, malformed values and contradictions of all layers together.
    pub fn load(
        file: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
        overrides: Overrides,
    ) -> Result<Self, Vec<Problem>> {
        let mut layers = Layers::default();
        if let Some(path) = file {
            layers.file(path);
        }
        layers.environment(env);
        layers.flags(overrides);
        layers.finish()
    }

    /// The configuration as TOML, without its secrets. It can be shown to anybody who may see the host's settings.
    pub fn effective(&self) -> String {
        mask::masked(self).unwrap_or_else(|fault| format!("# cannot be shown: {fault}\n"))
    }

    /// The database's URL: the configured one, or the SQLite file in the data directory. Holds the password.
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            format!("sqlite:{}", self.data.dir.join("parlance.db").display())
        } else {
            self.database.url.clone()
        }
    }

    /// The URL, without a final slash, under which clients reach a node that listens on `bound`.
    pub fn public_url(&self, bound: SocketAddr) -> String {
        if !self.server.public_url.is_empty() {
            return self.server.public_url.trim_end_matches('/').to_owned();
        }
        let host = match bound.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        format!("http://{}", SocketAddr::new(host, bound.port()))
    }

    /// How many workers serve requests.
    pub fn workers(&self) -> usize {
        process::or_cores(self.server.workers)
    }

    /// How many passwords may be hashed at the same time.
    pub fn bcrypt_threads(&self) -> usize {
        process::or_cores(self.auth.bcrypt_threads)
    }

    /// What the single values' types cannot rule out.
    fn faults(&self) -> Faults {
        let mut faults = Faults::default();
        self.server.check(&mut faults);
        self.data.check(&mut faults);
        self.database.check(&mut faults);
        self.log.check(&mut faults);
        self.auth.check(&mut faults);
        self.limits.check(&mut faults);
        self.session.check(&mut faults);
        self.mail.check(&mut faults);
        self.sms.check(&mut faults);
        self.media.check(&mut faults);
        self.metrics.check(&mut faults);
        self.wukong.check(&mut faults);
        self.popim.check(&mut faults);
        faults
    }
}

/// As [`Config::effective`], so that no secret gets into a log by way of `{:?}`.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.effective())
    }
}
