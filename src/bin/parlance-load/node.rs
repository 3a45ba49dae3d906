//! Where the node is, and connections to it.

use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};

use tokio::net::{TcpSocket, TcpStream};

use crate::Result;

/// A source address has about 28,000 ports and the node may limit connections per address, so
/// connections to this machine are spread over 127.0.0.1 to 127.0.0.250.
const SOURCES: usize = 250;

/// The address of the node under test.
pub struct Node {
    /// What goes into the `Host` header.
    pub host: String,
    address: SocketAddr,
}

impl Node {
    /// Reads `http://host:port` and looks the name up.
    pub fn from_url(url: &str) -> Result<Self> {
        let host = url
            .strip_prefix("http://")
            .map(|rest| rest.trim_end_matches('/'))
            .filter(|host| !host.is_empty());
        let Some(host) = host.filter(|host| !host.contains('/')) else {
            return Err(format!("--url must look like http://127.0.0.1:8080, not {url}").into());
        };
        let has_port = host
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let full = if has_port {
            host.to_owned()
        } else {
            format!("{host}:80")
        };
        let found: Vec<SocketAddr> = full
            .to_socket_addrs()
            .map_err(|error| format!("{url}: {error}"))?
            .collect();
        let address = found
            .iter()
            .find(|address| address.is_ipv4())
            .or(found.first());
        let address = *address.ok_or_else(|| format!("{url}: no address"))?;
        Ok(Self {
            host: host.to_owned(),
            address,
        })
    }

    /// Opens the `nth` connection.
    pub async fn connect(&self, nth: usize) -> std::io::Result<TcpStream> {
        let socket = if self.address.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        if let Some(source) = self.source(nth) {
            socket.bind(source)?;
        }
        let stream = socket.connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    fn source(&self, nth: usize) -> Option<SocketAddr> {
        let local = self.address.is_ipv4() && self.address.ip().is_loopback();
        local.then(|| SocketAddr::from((Ipv4Addr::new(127, 0, 0, 1 + (nth % SOURCES) as u8), 0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_from_a_url() {
        let port = |url: &str| Node::from_url(url).map(|node| node.address.port()).ok();
        assert_eq!(port("http://127.0.0.1:8080/"), Some(8080));
        assert_eq!(port("http://[::1]"), Some(80));
        assert_eq!(port("https://127.0.0.1"), None);
        assert_eq!(port("http://127.0.0.1/api"), None);
    }

    #[test]
    fn connections_to_this_machine_come_from_many_addresses() {
        let Ok(node) = Node::from_url("http://127.0.0.1:1") else {
            panic!("a plain URL")
        };
        assert_eq!(
            node.source(0).map(|source| source.to_string()).as_deref(),
            Some("127.0.0.1:0")
        );
        assert_eq!(
            node.source(499).map(|source| source.to_string()).as_deref(),
            Some("127.0.0.250:0")
        );
    }
}
