//! The PopIM dialect.

use super::key::section;
use super::mask;
use super::problem::Faults;
use super::server::is_base_url;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Characters of the secrets that let somebody act as any account; fewer could be guessed.
const SECRET: usize = 32;
/// Characters of a key of the push protocol at most, and of its secret at least.
const PUSH_KEY: usize = 64;
const PUSH_SECRET: usize = 16;

/// Which words the push protocol uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PushFlavour {
    /// Those of the Pusher protocol.
    Pusher,
    /// Those of the product's old library.
    Woker,
}

/// Who may listen to the plain channels of users and groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlainChannels {
    /// The user, and the members.
    Guarded,
    /// Whoever knows the key.
    Open,
}

section! {
    /// The PopIM dialect.
    Popim {
        /// Whether its API is served.
        enabled: bool = true;
        /// Address and port to listen on for its sockets, such as `0.0.0.0:6060`. Empty: none. The sockets at `/app/KEY`
        /// are there in any case.
        listen: String = String::new();
        /// Keys with which other servers call the API as any user, 32 characters or more each. Empty: no server may.
        api_keys: Vec<String> = Vec::new() => mask::whole;
        /// Secret of the older tokens of other servers, 32 characters or more. Empty: such tokens are refused.
        api_secret: String = String::new() => mask::whole;
        /// Key by which clients find the push service. Everybody may know it. Empty: made at the first start.
        app_key: String = String::new();
        /// Secret that signs subscriptions, 16 characters or more. Empty: made at the first start.
        app_secret: String = String::new() => mask::whole;
        /// Key by which clients ask for the `woker` flavour. Everybody may know it. Empty: made at the first start.
        woker_key: String = String::new();
        /// Which flavour of the push protocol clients are led to: `pusher`, or `woker` for the old library.
        push_flavour: PushFlavour = PushFlavour::Pusher;
        /// URL of the sockets as clients are told, such as `wss://im.example:443`. Empty: the host they ask and the port of
        /// `listen`, or else the port they ask.
        ws_address: String = String::new();
        /// Whether texts are escaped for HTML. Its web client shows them as HTML: off only for clients that do not.
        html_escape: bool = true;
        /// Who may listen to the channels `user-…` and `group-…`: `guarded` for the user and the members, `open` for
        /// whoever knows the key, which is for closed networks only.
        plain_channels: PlainChannels = PlainChannels::Guarded;
        /// Seconds within which a message may be taken back. 0: no limit.
        revoke_seconds: u64 = 300;
        /// Messages a user may send within ten seconds. 0: no limit of this dialect's own.
        sends_per_ten_seconds: u64 = 20;
        /// URL under which clients are told to read uploaded files, such as `//im.example`. Empty: the host they ask.
        public_base: String = String::new();
        /// Whether programs that have `app_secret` may publish events by HTTP under `/apps`.
        push_http_api: bool = false;
        /// Days until a login that is not used expires.
        session_days: u64 = 30;
        /// Pages, such as `https://im.example`, that may call the API from another host with the user's cookie.
        allowed_origins: Vec<String> = Vec::new();
        /// MiB of an uploaded picture; `media.max_mib` counts, too.
        image_mib: usize = 10;
        /// MiB of an uploaded file; `media.max_mib` counts, too.
        file_mib: usize = 20;
    }
}

impl Popim {
    /// Where to listen for sockets besides the HTTP port, if anywhere.
    pub fn own_port(&self) -> Option<SocketAddr> {
        self.listen.parse().ok()
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        let listen = self.listen.is_empty() || self.own_port().is_some();
        let address = "must be an address and port such as 0.0.0.0:6060, or empty";
        faults.unless(listen, "popim.listen", address);
        self.check_secrets(faults);
        self.check_addresses(faults);
        faults.zero("popim.session_days", self.session_days);
        faults.zero("popim.image_mib", self.image_mib);
        faults.zero("popim.file_mib", self.file_mib);
    }

    fn check_secrets(&self, faults: &mut Faults) {
        let long = "must have 32 characters or more, without spaces";
        let keys = self.api_keys.iter().all(|key| is_secret(key, SECRET));
        faults.unless(keys, "popim.api_keys", long);
        let secret = self.api_secret.is_empty() || is_secret(&self.api_secret, SECRET);
        faults.unless(secret, "popim.api_secret", long);
        let secret = self.app_secret.is_empty() || is_secret(&self.app_secret, PUSH_SECRET);
        let short = "must have 16 characters or more, without spaces";
        faults.unless(secret, "popim.app_secret", short);
        let word = "must be letters, digits, `_` and `-`, at most 64";
        faults.unless(is_push_key(&self.app_key), "popim.app_key", word);
        faults.unless(is_push_key(&self.woker_key), "popim.woker_key", word);
        let apart = self.woker_key.is_empty() || self.woker_key != self.app_key;
        faults.unless(apart, "popim.woker_key", "must not be popim.app_key");
    }

    fn check_addresses(&self, faults: &mut Faults) {
        let socket = self.ws_address.replacen("ws", "http", 1);
        let socket = self.ws_address.is_empty()
            || (self.ws_address.starts_with("ws") && is_base_url(&socket));
        let url = "must be a URL such as ws://im.example:6060";
        faults.unless(socket, "popim.ws_address", url);
        let base = &self.public_base;
        let read = base.is_empty() || is_base_url(base) || is_base_url(&format!("http:{base}"));
        let url = "must be a URL such as //im.example or https://im.example";
        faults.unless(read, "popim.public_base", url);
        let origin = |origin: &String| is_base_url(origin) && origin.matches('/').count() == 2;
        let origins = self.allowed_origins.iter().all(origin);
        let url = "must be origins such as https://im.example, without a path";
        faults.unless(origins, "popim.allowed_origins", url);
    }
}

fn is_secret(text: &str, least: usize) -> bool {
    text.len() >= least && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Clients put it into paths, where a dot ends it.
fn is_push_key(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    text.len() <= PUSH_KEY && text.bytes().all(plain)
}
