//! Where and how the node listens.

use super::key::section;
use super::problem::Faults;
use ipnet::IpNet;
use std::net::{Ipv4Addr, SocketAddr};

section! {
    /// Where and how the node listens.
    Server {
        /// Address and port to listen on.
        listen: SocketAddr = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 8080);
        /// URL under which clients reach the node, used in the addresses of files. Empty: `http://` and the address it
        /// listens on.
        public_url: String = String::new();
        /// Threads that serve requests. 0: one per processor core.
        workers: usize = 0;
        /// Networks, such as `10.0.0.0/8`, whose `X-Forwarded-For` header is believed.
        trusted_proxies: Vec<IpNet> = Vec::new();
        /// Seconds within which a stop is orderly; what is not done by then is cut off.
        shutdown_seconds: u64 = 30;
        /// Connections each worker holds at most; further ones wait.
        max_connections: usize = 25_000;
    }
}

impl Server {
    pub(super) fn check(&self, faults: &mut Faults) {
        let reachable = self.public_url.is_empty() || is_base_url(&self.public_url);
        faults.unless(
            reachable,
            "server.public_url",
            "must be a URL such as https://chat.example, without `?` or `#`",
        );
        faults.zero("server.shutdown_seconds", self.shutdown_seconds);
        faults.zero("server.max_connections", self.max_connections);
    }
}

/// Whether it is a URL that paths can be put behind.
pub(super) fn is_base_url(url: &str) -> bool {
    let rest = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && !rest.contains(['?', '#'])
            && !rest.contains(char::is_whitespace)
    })
}
