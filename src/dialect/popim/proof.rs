//! What a request brings to prove who sent it (contract, section 1.7): the key of a server, or the token of a login.

use super::caller::{Who, shared};
use super::reply::{FOREIGN, Failure};
use crate::config::Popim;
use crate::dialect::caller::address;
use crate::dialect::limits::Limits;
use crate::domain::time;
use crate::error::ErrorKind;
use crate::service::Services;
use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, COOKIE, ORIGIN};
use actix_web::web::Query;
use md5::{Digest, Md5};
use sha2::Sha256;
use std::fmt::Write;

/// The cookie that holds the token of a login.
pub const COOKIE_NAME: &str = "PHPSESSID";
/// How many seconds old, or ahead, a server's older token may be.
const LEGACY: u64 = 300;

/// What a request proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Who sent it.
    Good(Who),
    /// A login that was ended.
    Ended,
    /// A token that is none.
    Bad,
    /// There is nothing in it.
    None,
}

impl Proof {
    /// Who sent the request, if that is proved.
    pub fn who(&self) -> Option<Who> {
        match self {
            Self::Good(who) => Some(*who),
            Self::Ended | Self::Bad | Self::None => None,
        }
    }

    /// Refuses whoever proves nothing.
    pub fn demand(&self) -> Result<(), Failure> {
        match self {
            Self::Good(_) => Ok(()),
            Self::Ended => Err(ErrorKind::SessionEnded.into()),
            Self::Bad | Self::None => Err(Failure::not_logged_in()),
        }
    }
}

/// What the headers and the query prove.
///
/// Code 3 for the wrong key of a server, and for a cookie that a page of somebody else's sends.
pub async fn in_head(http: &HttpRequest, services: &Services) -> Result<Proof, Failure> {
    let config = &services.core.config.popim;
    let query = Query::<Vec<(String, String)>>::from_query(http.query_string());
    let query = query.map(Query::into_inner).unwrap_or_default();
    let field = |name: &str| {
        let found = query
            .iter()
            .find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    };
    if let Some(key) = header(http, "x-api-key") {
        return server(is_api_key(config, key));
    }
    let bearer = header(http, AUTHORIZATION.as_str()).and_then(bearer);
    if bearer.is_some_and(|token| is_api_key(config, token)) {
        return server(true);
    }
    if let Some(token) = field("cpccc_token") {
        let timestamp = field("timestamp").and_then(|text| text.parse().ok());
        let now = time::now().div_euclid(1000);
        return server(is_legacy(&config.api_secret, timestamp, token, now));
    }
    if let Some(token) = header(http, "token").or(bearer).or(field("token")) {
        return of_sent(token, http, services).await;
    }
    match cookie(http, COOKIE_NAME) {
        None => Ok(Proof::None),
        Some(token) if !http.method().is_safe() && !is_own_page(http, services) => {
            // Only a cookie that is worth something is worth refusing.
            match of_sent(&token, http, services).await? {
                Proof::Good(_) => Err(Failure::code(FOREIGN, "来源不被允许")),
                other => Ok(other),
            }
        }
        Some(token) => of_sent(&token, http, services).await,
    }
}

/// What the token of a request proves. One that has to be looked up first is a stranger's until then.
pub async fn of_sent(
    token: &str,
    http: &HttpRequest,
    services: &Services,
) -> Result<Proof, Failure> {
    if !services.web_sessions.remembers(token) {
        shared::<Limits>(http)?.request_from(address(http))?;
    }
    of_token(token, services).await
}

/// What a token proves.
pub async fn of_token(token: &str, services: &Services) -> Result<Proof, Failure> {
    match services.web_sessions.prove(token).await {
        Ok(proven) => Ok(Proof::Good(Who::User(proven))),
        Err(error) if error.kind() == ErrorKind::NotLoggedIn => Ok(Proof::Bad),
        Err(error) if error.kind() == ErrorKind::SessionEnded => Ok(Proof::Ended),
        Err(error) => Err(error.into()),
    }
}

/// A cookie of a request.
pub fn cookie(http: &HttpRequest, wanted: &str) -> Option<String> {
    let cookies = http.headers().get_all(COOKIE);
    let pairs = cookies.flat_map(|line| line.to_str().unwrap_or_default().split(';'));
    let mut named = pairs.filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == wanted && !value.is_empty()).then(|| value.to_owned())
    });
    named.next()
}

/// What sets a cookie for so many seconds; no script can read it.
pub fn set_cookie(name: &str, value: &str, seconds: u64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

fn server(is_known: bool) -> Result<Proof, Failure> {
    if is_known {
        Ok(Proof::Good(Who::Server))
    } else {
        Err(Failure::code(FOREIGN, "接口密钥错误"))
    }
}

fn header<'a>(http: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let value = http.headers().get(name)?.to_str().ok()?.trim();
    (!value.is_empty()).then_some(value)
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    is_bearer
        .then(|| token.trim())
        .filter(|token| !token.is_empty())
}

fn is_api_key(config: &Popim, key: &str) -> bool {
    // All of them are looked at, so that the time it takes tells nothing.
    let keys = config.api_keys.iter();
    keys.fold(false, |known, one| known | is_same(one, key))
}

/// Whether an older token of a server is good: the MD5 of the time and the secret.
fn is_legacy(secret: &str, timestamp: Option<i64>, token: &str, now: i64) -> bool {
    let Some(timestamp) = timestamp.filter(|_| !secret.is_empty()) else {
        return false;
    };
    let digest = Md5::digest(format!("{timestamp}{secret}"));
    let right = digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    let timely = now.abs_diff(timestamp) <= LEGACY;
    is_same(&right, token) & timely
}

/// Whether two texts are the same, in a time that tells nothing of where they differ.
fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (Sha256::digest(a), Sha256::digest(b));
    a.iter().zip(b.iter()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// Whether a request comes from a page of ours, or from one that may send the user's cookie, or not from a page at all.
fn is_own_page(http: &HttpRequest, services: &Services) -> bool {
    let Some(origin) = http.headers().get(ORIGIN) else {
        return true;
    };
    let origin = origin.to_str().unwrap_or_default();
    let info = http.connection_info();
    is_own(origin, info.host(), &services.core.public_url)
        || is_listed(&services.core.config.popim, origin)
}

/// Whether an origin is one from which the user's cookie may be sent.
pub fn is_listed(config: &Popim, origin: &str) -> bool {
    let mut listed = config.allowed_origins.iter();
    listed.any(|one| one.trim_end_matches('/').eq_ignore_ascii_case(origin))
}

fn is_own(origin: &str, host: &str, public_url: &str) -> bool {
    let site = |url: &str| url.split('/').take(3).collect::<Vec<_>>().join("/");
    let at_host = origin.split_once("://").map(|(_, host)| host);
    at_host.is_some_and(|at| at.eq_ignore_ascii_case(host))
        || site(public_url).eq_ignore_ascii_case(origin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    const SECRET: &str = "api-secret-demo";
    const TOKEN: &str = "d527a9b9a3a2eae8bfb4affa579070f6";
    const THEN: i64 = 1_700_000_000;

    #[test]
    fn an_older_token_is_good_for_five_minutes_either_way() {
        let good = |now| is_legacy(SECRET, Some(THEN), TOKEN, now);
        assert!(good(THEN) && good(THEN + 300) && good(THEN - 300));
        assert!(!good(THEN + 301) && !good(THEN - 301));
    }

    #[test]
    fn an_older_token_needs_its_time_and_a_secret() {
        assert!(!is_legacy(SECRET, None, TOKEN, THEN));
        assert!(!is_legacy(SECRET, Some(THEN + 1), TOKEN, THEN));
        assert!(!is_legacy("", Some(THEN), TOKEN, THEN));
        let of_no_secret = "57cd2b58a52de5e2dcbb4ef0a2dbe0bb";
        assert!(!is_legacy("", Some(THEN), of_no_secret, THEN));
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let of = |cookies: &'static str| {
            let request = TestRequest::default().insert_header(("cookie", cookies));
            cookie(&request.to_http_request(), COOKIE_NAME)
        };
        assert_eq!(of("a=b; PHPSESSID=x-_1; c=d").as_deref(), Some("x-_1"));
        assert_eq!(of("PHPSESSID="), None);
        assert_eq!(of("XPHPSESSID=x"), None);
        assert_eq!(
            set_cookie(COOKIE_NAME, "x", 60, true),
            "PHPSESSID=x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
    }

    #[test]
    fn a_token_may_stand_behind_the_word_bearer() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        for other in ["abc", "Basic abc", "Bearer "] {
            assert_eq!(bearer(other), None, "{other}");
        }
    }

    #[test]
    fn only_pages_of_this_host_or_of_the_public_one_are_ours() {
        let own = |origin| is_own(origin, "10.0.0.5:8080", "https://im.example/chat");
        assert!(own("http://10.0.0.5:8080") && own("https://im.example"));
        for other in [
            "http://10.0.0.5",
            "https://im.example.evil",
            "https://evil",
            "null",
            "",
        ] {
            assert!(!own(other), "{other}");
        }
    }

    #[test]
    fn all_keys_of_servers_are_known_and_nothing_else() {
        let config = Popim {
            api_keys: vec!["a".repeat(32), "b".repeat(32)],
            ..Popim::default()
        };
        assert!(is_api_key(&config, &"a".repeat(32)) && is_api_key(&config, &"b".repeat(32)));
        assert!(!is_api_key(&config, &"a".repeat(31)) && !is_api_key(&config, ""));
        assert!(!is_api_key(&Popim::default(), ""));
    }
}
