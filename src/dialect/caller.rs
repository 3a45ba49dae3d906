//! Where a request comes from.

use actix_web::HttpRequest;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The proxies whose word about a client's address is believed.
pub struct TrustedProxies(pub Vec<IpNet>);

impl TrustedProxies {
    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }
}

/// The client's address: the peer's, or what trusted proxies say of it. Of a forwarding chain the last address that is not a
/// trusted proxy counts, since everything before it may be invented. What cannot be read ends the chain, and the peer counts.
pub fn address(request: &HttpRequest) -> IpAddr {
    let peer = request
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip())
        .to_canonical();
    let Some(proxies) = request.app_data::<actix_web::web::Data<TrustedProxies>>() else {
        return peer;
    };
    if !proxies.trusts(peer) {
        return peer;
    }
    let forwarded = request.headers().get_all("x-forwarded-for");
    let hops: Vec<Option<IpAddr>> = forwarded
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .map(hop)
        .collect();
    hops.into_iter()
        .rev()
        .find(|hop| hop.is_none_or(|address| !proxies.trusts(address)))
        .flatten()
        .unwrap_or(peer)
}

/// An address in a forwarding chain, to which some proxies add the port.
fn hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let with_port = || text.parse().ok().map(|socket: SocketAddr| socket.ip());
    let address: Option<IpAddr> = text.parse().ok().or_else(with_port);
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use actix_web::web::Data;

    fn seen(peer: &str, forwarded: &str) -> String {
        let proxies = TrustedProxies(vec!["10.0.0.0/8".parse().unwrap()]);
        let request = TestRequest::default()
            .peer_addr(format!("{peer}:1").parse().unwrap())
            .insert_header(("X-Forwarded-For", forwarded))
            .app_data(Data::new(proxies))
            .to_http_request();
        address(&request).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(seen("1.2.3.4", "5.6.7.8"), "1.2.3.4");
        assert_eq!(seen("10.0.0.1", "5.6.7.8"), "5.6.7.8");
        assert_eq!(seen("10.0.0.1", "9.9.9.9, 5.6.7.8, 10.0.0.2"), "5.6.7.8");
        assert_eq!(seen("10.0.0.1", "nonsense"), "10.0.0.1");
        assert_eq!(seen("[::ffff:10.0.0.1]", "5.6.7.8"), "5.6.7.8");
    }

    #[test]
    fn a_hop_may_have_a_port_or_be_a_mapped_address() {
        for hop in ["5.6.7.8:90", "::ffff:5.6.7.8", "[::ffff:5.6.7.8]:90"] {
            assert_eq!(seen("10.0.0.1", hop), "5.6.7.8", "{hop}");
        }
        assert_eq!(seen("10.0.0.1", "[2001:db8::1]:90"), "2001:db8::1");
        assert_eq!(seen("10.0.0.1", "5.6.7.8, ::ffff:10.0.0.2"), "5.6.7.8");
    }

    #[test]
    fn nothing_before_an_unreadable_hop_is_believed() {
        for chain in ["5.6.7.8, unknown", "5.6.7.8, , 10.0.0.2", "5.6.7.8,"] {
            assert_eq!(seen("10.0.0.1", chain), "10.0.0.1", "{chain}");
        }
        assert_eq!(seen("10.0.0.1", "unknown, 5.6.7.8"), "5.6.7.8");
    }
}
