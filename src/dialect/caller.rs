//! Where a request comes from.

use actix_web::HttpRequest;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr};

/// The proxies whose word about a client's address is believed.
pub struct TrustedProxies(pub Vec<IpNet>);

impl TrustedProxies {
    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }
}

/// The client's address: the peer's, or what trusted proxies say of it. Of a forwarding chain the last address that is not a
/// trusted proxy counts, since everything before it may be invented.
pub fn address(request: &HttpRequest) -> IpAddr {
    let peer = request
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    let Some(proxies) = request.app_data::<actix_web::web::Data<TrustedProxies>>() else {
        return peer;
    };
    if !proxies.trusts(peer) {
        return peer;
    }
    let forwarded = request
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok());
    let chain: Vec<IpAddr> = forwarded
        .flat_map(|value| value.split(','))
        .filter_map(|part| part.trim().parse().ok())
        .collect();
    chain
        .iter()
        .rev()
        .copied()
        .find(|address| !proxies.trusts(*address))
        .unwrap_or(peer)
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
    }
}
