//! The sockets: how they are opened, by what they are known, and who acts for them.

use super::auth::signer;
use super::events;
use super::http_api;
use super::proto::{self, Flavour};
use super::wire::{self, Identity, Me, Options, PopimWire, code};
use crate::config::{Config, PlainChannels, Popim};
use crate::dialect::popim::caller::Who;
use crate::dialect::popim::escape::Escape;
use crate::dialect::popim::proof::{self, COOKIE_NAME, Proof, is_listed};
use crate::domain::{AccountId, ChannelId, time};
use crate::error::{ErrorKind, Result};
use crate::hub::envelope::{Envelope, Frame};
use crate::hub::transport::ws;
use crate::hub::wire::{Commands, Intent};
use crate::service::Services;
use crate::service::faces::Wanted;
use crate::service::standings::Standing;
use crate::service::web_sessions::Proven;
use actix_web::http::header::ORIGIN;
use actix_web::web::{self, Data, Path, Payload, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

/// Where sockets are opened.
const PATHS: [&str; 2] = ["/app/{key}", "/ws/app/{key}"];
/// The versions of the protocol that are spoken; they differ in nothing that matters here.
const VERSIONS: std::ops::RangeInclusive<u32> = 4..=7;

/// Mounts the sockets, and, where it is switched on, what other servers publish by.
pub fn mount(app: &mut ServiceConfig, config: &Config) {
    for path in PATHS {
        app.route(path, web::get().to(open));
    }
    if config.popim.push_http_api {
        app.service(http_api::routes());
    }
}

/// Why a socket is refused: the protocol's code and words.
type Refusal = (u16, &'static str);

const UNKNOWN_KEY: Refusal = (code::UNKNOWN_KEY, "there is no such app key");

#[derive(Deserialize)]
struct Wishes {
    protocol: Option<String>,
    token: Option<String>,
}

/// Opens a socket.
pub async fn open(
    request: HttpRequest,
    payload: Payload,
    services: Data<Services>,
    key: Path<String>,
) -> actix_web::Result<HttpResponse> {
    let config = &services.core.config.popim;
    let (base, own) = match key.split_once('.') {
        Some((base, own)) => (base, Some(own)),
        None => (key.as_str(), None),
    };
    let flavour = flavour(config, base);
    let refuse = |(code, message): Refusal, payload| {
        let frame = proto::error(flavour.unwrap_or(Flavour::Pusher), Some(code), message);
        ws::refuse(&request, payload, Frame::Text(frame), code)
    };
    let Some(flavour) = flavour else {
        return refuse(UNKNOWN_KEY, payload);
    };
    let wishes = Query::<Wishes>::from_query(request.query_string());
    let wishes = wishes.map_or(
        Wishes {
            protocol: None,
            token: None,
        },
        Query::into_inner,
    );
    if !is_spoken(wishes.protocol.as_deref()) {
        let message = "protocol versions 4 to 7 are supported";
        return refuse((code::VERSION, message), payload);
    }
    let proven = match proven(&request, &services, own, wishes.token.as_deref()).await {
        Ok(proven) => proven,
        Err(refusal) => return refuse(refusal, payload),
    };
    let account = proven.map(|proven| proven.caller.id);
    let session = proven.map(|proven| proven.session);
    let me: Me = Rc::new(Identity {
        account: Cell::new(account),
        session: Cell::new(session),
        opened: time::now(),
    });
    let options = Options {
        flavour,
        socket_id: wire::socket_id(),
        signer: signer(config),
        keys: keys(config, &key),
        open: config.plain_channels == PlainChannels::Open,
        escape: Escape::of(&services.core),
        public_url: services.core.public_url.clone(),
    };
    // A visitor's is known once it is known who they are.
    let device = session.map(|session| wire::device(Some(session), &options.socket_id));
    let looks = Box::new(services.faces.clone());
    let vouching = services.clone();
    let vouched = Box::new(
        move |socket_id: &str, account: Option<AccountId>| match account {
            Some(account) => vouching.vouchers.of(socket_id, account),
            None => vouching.vouchers.lately(socket_id),
        },
    );
    let wire = PopimWire::new(options, me.clone(), looks, vouched);
    let listener = Listener {
        me,
        services: services.clone(),
    };
    ws::open_visitor(
        &request,
        payload,
        &services.core.hub,
        (account, device),
        Box::new(wire),
        Box::new(listener),
        ws::MAX_MESSAGE,
    )
}

/// Which words belong to a key; `None` if it is none of the node's.
fn flavour(config: &Popim, key: &str) -> Option<Flavour> {
    match key {
        "" => None,
        key if key == config.app_key => Some(Flavour::Pusher),
        key if key == config.woker_key => Some(Flavour::Woker),
        _ => None,
    }
}

/// The keys under which the signatures of a socket may be made: clients that have one of a login use that.
fn keys(config: &Popim, own: &str) -> Vec<String> {
    let mut keys = vec![config.app_key.clone(), config.woker_key.clone()];
    if !keys.iter().any(|key| key == own) {
        keys.push(own.to_owned());
    }
    keys
}

/// Some clients say nothing of their version.
fn is_spoken(protocol: Option<&str>) -> bool {
    let spoken = |version: &str| version.parse().is_ok_and(|v| VERSIONS.contains(&v));
    protocol.is_none_or(spoken)
}

/// Whose socket it is: by the login in the key, by the cookie, or by a token. One that proves nothing is a visitor's; only a key
/// that was good once is worth a word.
async fn proven(
    request: &HttpRequest,
    services: &Services,
    key: Option<&str>,
    token: Option<&str>,
) -> std::result::Result<Option<Proven>, Refusal> {
    if let Some(key) = key {
        return match services.web_sessions.prove_push_key(key).await {
            Ok(proven) => Ok(Some(proven)),
            Err(error) if error.kind() == ErrorKind::SessionEnded => {
                Err((code::UNAUTHORISED, "the login has ended"))
            }
            Err(error) if error.kind() == ErrorKind::NotLoggedIn => Err(UNKNOWN_KEY),
            Err(fault) => Err(failed(&fault)),
        };
    }
    let cookie = proof::cookie(request, COOKIE_NAME).filter(|_| is_own_page(request, services));
    for token in [cookie.as_deref(), token].into_iter().flatten() {
        match proof::of_token(token, services).await {
            Ok(Proof::Good(Who::User(proven))) => return Ok(Some(proven)),
            Ok(_) => {}
            Err(fault) => return Err(failed(&fault)),
        }
    }
    Ok(None)
}

fn failed(fault: &impl std::fmt::Display) -> Refusal {
    log::error!("a socket could not be opened: {fault}");
    (code::NO_ROOM, "try again later")
}

/// Browsers send the cookie along for whatever page opens a socket. Pages of this host count, whatever their port.
fn is_own_page(request: &HttpRequest, services: &Services) -> bool {
    let Some(origin) = request.headers().get(ORIGIN) else {
        return true;
    };
    let origin = origin.to_str().unwrap_or_default();
    let info = request.connection_info();
    let own = host_of(origin).is_some_and(|host| {
        [info.host(), &services.core.public_url]
            .into_iter()
            .any(|own| host_of(own).is_some_and(|own| own.eq_ignore_ascii_case(host)))
    });
    own || is_listed(&services.core.config.popim, origin)
}

/// The host in an origin, a URL or a `Host` header, without its port.
fn host_of(text: &str) -> Option<&str> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next(),
        None => authority.split(':').next(),
    };
    host.filter(|host| !host.is_empty())
}

/// Acts for one socket.
struct Listener {
    me: Me,
    services: Data<Services>,
}

impl Commands for Listener {
    /// Over these sockets nothing is asked for but to listen.
    fn heard(&self, _intent: Intent) {}

    fn still_welcome(&self) -> LocalBoxFuture<'static, Result<()>> {
        let services = self.services.clone();
        let (account, session) = (self.me.account.get(), self.me.session.get());
        let opened = self.me.opened.div_euclid(1000);
        Box::pin(async move {
            if let Some(session) = session {
                let key = services.web_sessions.push_key(session);
                return match services.web_sessions.prove_push_key(&key).await {
                    Err(error) if error.is_fault() => Err(error),
                    Err(_) => Err(ErrorKind::NotLoggedIn.into()),
                    Ok(_) => Ok(()),
                };
            }
            let Some(account) = account else {
                return Ok(());
            };
            let standing = services.accounts.standing(account).await?;
            // A signature on a socket from before the password changed may be from before, too.
            let holds = |standing: Standing| !standing.locked && standing.valid_from <= opened;
            if standing.is_some_and(holds) {
                Ok(())
            } else {
                Err(ErrorKind::NotLoggedIn.into())
            }
        })
    }

    fn prepare(&self, envelopes: &[Arc<Envelope>]) -> Option<LocalBoxFuture<'static, ()>> {
        let me = self.me.account.get()?;
        let faces = self.services.faces.clone();
        let mut wanted = Wanted::default();
        for envelope in envelopes {
            events::outdate(envelope, &faces);
            wanted.add(events::wanted(envelope, me));
        }
        let unknown = faces.unknown(wanted)?;
        Some(Box::pin(async move {
            if let Err(fault) = faces.ensure(unknown).await {
                log::error!("names for a push could not be read: {fault}");
            }
        }))
    }

    fn belongs(&self, account: AccountId, channel: ChannelId) -> LocalBoxFuture<'static, bool> {
        let services = self.services.clone();
        Box::pin(async move {
            let member = services.channels.is_member(account, channel).await;
            member.unwrap_or_else(|fault| {
                log::error!("a membership could not be read: {fault}");
                false
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Popim {
        Popim {
            app_key: "base".to_owned(),
            woker_key: "old".to_owned(),
            ..Popim::default()
        }
    }

    #[test]
    fn the_key_says_which_words_a_socket_uses() {
        let flavour = |key: &str| flavour(&config(), key);
        assert_eq!(flavour("base"), Some(Flavour::Pusher));
        assert_eq!(flavour("old"), Some(Flavour::Woker));
        assert_eq!(
            (flavour(""), flavour("Base"), flavour("x")),
            (None, None, None)
        );
        assert_eq!(super::flavour(&Popim::default(), ""), None);
    }

    #[test]
    fn signatures_are_made_under_the_apps_keys_or_the_sockets_own() {
        assert_eq!(keys(&config(), "base"), ["base", "old"]);
        assert_eq!(keys(&config(), "base.7-ab"), ["base", "old", "base.7-ab"]);
    }

    #[test]
    fn versions_4_to_7_and_none_are_spoken() {
        for version in [None, Some("4"), Some("7")] {
            assert!(is_spoken(version), "{version:?}");
        }
        for version in ["3", "8", "", "x", "-7"] {
            assert!(!is_spoken(Some(version)), "{version}");
        }
    }

    #[test]
    fn hosts_are_compared_without_their_ports() {
        for text in [
            "http://im.example",
            "https://im.example:8080/x",
            "im.example:80",
        ] {
            assert_eq!(host_of(text), Some("im.example"), "{text}");
        }
        assert_eq!(host_of("http://[::1]:80"), Some("::1"));
        assert_eq!((host_of(""), host_of("http://")), (None, None));
    }
}
