//! The WuKong dialect.

use super::key::section;
use super::problem::Faults;
use std::net::SocketAddr;

section! {
    /// The WuKong dialect.
    Wukong {
        /// Whether its API is served.
        enabled: bool = true;
        /// Address and port to listen on for its clients over TCP, such as `0.0.0.0:5100`. Empty: none.
        tcp_listen: String = String::new();
        /// The same for clients over WebSocket, such as `0.0.0.0:5200`. The socket at `/v1/ws` is there in any case.
        ws_listen: String = String::new();
        /// Host and port of the TCP listener as clients are told. Empty: the host they ask and the port of `tcp_listen`.
        tcp_address: String = String::new();
        /// URL of the WebSocket as clients are told. Empty: the host they ask and the port of `ws_listen`, or `/v1/ws`.
        ws_address: String = String::new();
        /// URL of an encrypted WebSocket as clients are told. Empty: derived from `server.public_url` if that is `https`.
        wss_address: String = String::new();
        /// Seconds within which a new connection must prove its login.
        connect_seconds: u64 = 5;
        /// Whether messages go between friends only.
        require_friend: bool = true;
        /// Whether a group begins with its creator's friends only.
        friends_in_groups_only: bool = true;
        /// Groups an account may make a day. 0: no limit.
        groups_per_day: u64 = 10;
        /// Days until a login expires.
        token_days: u64 = 30;
        /// Country prefix that is left out of phone numbers.
        home_zone: String = "0086".to_owned();
        /// What whoever registers or logs in is told by the system's account. Empty: nothing.
        welcome_text: String = String::new();
        /// Seconds within which clients offer to take a message back. They are told it, no more.
        revoke_seconds: u64 = 120;
        /// Whether fetched commands carry their payload as an object instead of Base64.
        sync_objects: bool = false;
        /// Days that commands are kept for clients that are away.
        events_days: u64 = 30;
    }
}

impl Wukong {
    /// Where to listen for TCP, if anywhere.
    pub fn tcp(&self) -> Option<SocketAddr> {
        self.tcp_listen.parse().ok()
    }

    /// Where to listen for WebSockets besides the HTTP port, if anywhere.
    pub fn ws(&self) -> Option<SocketAddr> {
        self.ws_listen.parse().ok()
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        let address = "must be an address and port such as 0.0.0.0:5100, or empty";
        let tcp = self.tcp_listen.is_empty() || self.tcp().is_some();
        faults.unless(tcp, "wukong.tcp_listen", address);
        let ws = self.ws_listen.is_empty() || self.ws().is_some();
        faults.unless(ws, "wukong.ws_listen", address);
        let zone = self.home_zone.bytes().all(|byte| byte.is_ascii_digit());
        faults.unless(zone, "wukong.home_zone", "must be digits such as 0086");
        faults.zero("wukong.connect_seconds", self.connect_seconds);
        faults.zero("wukong.token_days", self.token_days);
        faults.zero("wukong.events_days", self.events_days);
    }
}
