//! Who asks, and what they sent.

use super::args::Args;
use super::ids::{GROUP, Ids, PERSON};
use super::reply::{Failure, NO_GROUP, NO_USER};
use crate::dialect::body;
use crate::dialect::caller::address;
use crate::dialect::limits::Limits;
use crate::domain::conversation::Target;
use crate::domain::presence::DeviceKind;
use crate::domain::{AccountId, ChannelId};
use crate::error::{Error, Result};
use crate::service::grants::Granted;
use crate::service::{self, Services};
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use percent_encoding::percent_decode_str;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::timeout;

/// Bytes of a request without login. Its fields are short, and a stranger shall not make the node hold more.
const OPEN_BODY: usize = 64 * 1024;
/// How long a body may take to arrive, so that slow senders do not pile up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request as it was sent, whoever sent it.
pub struct Request {
    /// All use cases.
    pub services: Data<Services>,
    /// The names of accounts and channels.
    pub ids: Ids,
    /// What was sent.
    pub args: Args,
    http: HttpRequest,
}

/// A request of a logged-in account.
pub struct Authed {
    /// What they sent.
    pub request: Request,
    /// Who asks.
    pub caller: service::Caller,
    /// On what kind of device.
    pub kind: DeviceKind,
}

/// A request that needs no login.
pub struct Open {
    /// What was sent.
    pub request: Request,
    /// How often an address may try things.
    pub limits: Data<Limits>,
    /// Where it comes from.
    pub address: IpAddr,
}

/// A request that needs no login, but whose token has to be good if there is one.
pub struct Anyone(Request);

/// An account that has proved its login, for handlers that read the body themselves.
pub struct Proved(pub service::Caller);

impl Request {
    async fn read(http: HttpRequest, payload: Payload, limit: usize) -> Result<Self> {
        let services = shared::<Services>(&http)?;
        let body = timeout(PATIENCE, body::raw(&http, payload, limit)).await;
        let body = body.map_err(|_| Error::invalid("the body did not arrive in time"))??;
        Ok(Self {
            args: Args::read(&body, http.query_string())?,
            ids: Ids::of(&services.core),
            services,
            http,
        })
    }

    /// A part of the path.
    pub fn path(&self, name: &str) -> String {
        let part = self.http.match_info().get(name).unwrap_or_default();
        percent_decode_str(part)
            .decode_utf8_lossy()
            .replace('\0', "")
    }

    /// The host that the client reached the node by, with the port if it is not the usual one.
    pub fn host(&self) -> String {
        self.http.connection_info().host().to_owned()
    }

    /// An address below the API's root, as clients reach it.
    pub fn url(&self, path: &str) -> String {
        format!("{}{}{path}", self.services.core.public_url, super::BASE)
    }

    /// The account that the path names.
    pub fn account_in_path(&self, name: &str) -> Result<AccountId, Failure> {
        self.ids
            .account(&self.path(name))
            .ok_or_else(|| Failure::said(NO_USER))
    }

    /// The channel that the path names.
    pub fn group_in_path(&self) -> Result<ChannelId, Failure> {
        self.ids
            .channel(&self.path("group_no"))
            .ok_or_else(|| Failure::said(NO_GROUP))
    }

    /// The accounts behind names; unknown names are skipped, repetitions too.
    pub fn accounts(&self, names: &[String]) -> Vec<AccountId> {
        let mut accounts = Vec::with_capacity(names.len());
        for account in names.iter().filter_map(|name| self.ids.account(name)) {
            if !accounts.contains(&account) {
                accounts.push(account);
            }
        }
        accounts
    }

    /// The conversation that `channel_id` and `channel_type` name.
    pub fn target(&self) -> Result<Target, Failure> {
        self.target_of(&self.args)
    }

    /// The conversation that these two fields of some other arguments name.
    pub fn target_of(&self, args: &Args) -> Result<Target, Failure> {
        let id = args.text("channel_id")?.unwrap_or_default();
        self.conversation(&id, args.int("channel_type")?.unwrap_or_default())
    }

    /// The conversation that the parts `id` and `type` of the path name.
    pub fn target_in_path(&self) -> Result<Target, Failure> {
        let kind = self.path("type").parse().unwrap_or_default();
        self.conversation(&self.path("id"), kind)
    }

    fn conversation(&self, id: &str, kind: i64) -> Result<Target, Failure> {
        match u8::try_from(kind).unwrap_or_default() {
            PERSON => match self.ids.account(id) {
                Some(account) => Ok(Target::Account(account)),
                None => Err(Failure::said(NO_USER)),
            },
            GROUP => match self.ids.channel(id) {
                Some(channel) => Ok(Target::Channel(channel)),
                None => Err(Failure::said(NO_GROUP)),
            },
            _ => Err(Error::invalid("field `channel_type`: 1 or 2 is needed").into()),
        }
    }
}

impl std::ops::Deref for Authed {
    type Target = Request;

    fn deref(&self) -> &Request {
        &self.request
    }
}

impl std::ops::Deref for Open {
    type Target = Request;

    fn deref(&self) -> &Request {
        &self.request
    }
}

impl std::ops::Deref for Anyone {
    type Target = Request;

    fn deref(&self) -> &Request {
        &self.0
    }
}

impl Authed {
    /// Who asks.
    pub fn me(&self) -> AccountId {
        self.caller.id
    }
}

/// Whose token a request has.
async fn prove(http: &HttpRequest) -> Result<Granted, Failure> {
    let token = token(http).ok_or_else(Failure::no_token)?;
    let granted = shared::<Services>(http)?.grants.prove(&token).await?;
    shared::<Limits>(http)?.request_by(granted.caller.id)?;
    Ok(granted)
}

async fn authed(http: HttpRequest, payload: Payload) -> Result<Authed, Failure> {
    let granted = prove(&http).await?;
    let limit = body_limit(&http)?;
    Ok(Authed {
        request: Request::read(http, payload, limit).await?,
        caller: granted.caller,
        kind: granted.kind,
    })
}

async fn open(http: HttpRequest, payload: Payload) -> Result<Open, Failure> {
    let (limits, address) = (shared::<Limits>(&http)?, address(&http));
    limits.request_from(address)?;
    let limit = body_limit(&http)?.min(OPEN_BODY);
    Ok(Open {
        request: Request::read(http, payload, limit).await?,
        limits,
        address,
    })
}

async fn anyone(http: HttpRequest, payload: Payload) -> Result<Anyone, Failure> {
    let request = if token(&http).is_some() {
        authed(http, payload).await?.request
    } else {
        open(http, payload).await?.request
    };
    Ok(Anyone(request))
}

macro_rules! extracted {
    ($($kind:ident by $reader:path;)*) => {
        $(impl FromRequest for $kind {
            type Error = Failure;
            type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

            fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
                Box::pin($reader(req.clone(), payload.take()))
            }
        })*
    };
}

extracted! {
    Authed by authed;
    Open by open;
    Anyone by anyone;
}

impl FromRequest for Proved {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { Ok(Self(prove(&req).await?.caller)) })
    }
}

/// The header `token`, unless it is empty.
fn token(http: &HttpRequest) -> Option<String> {
    let token = http.headers().get("token")?.to_str().ok()?.trim();
    (!token.is_empty()).then(|| token.to_owned())
}

/// What the application shares among requests.
fn shared<T: 'static>(http: &HttpRequest) -> Result<Data<T>> {
    http.app_data::<Data<T>>()
        .cloned()
        .ok_or_else(|| Error::internal("the application was set up incompletely"))
}

fn body_limit(http: &HttpRequest) -> Result<usize> {
    let services = shared::<Services>(http)?;
    Ok(services.core.config.limits.body_kib.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    #[test]
    fn a_token_stands_in_its_header() {
        let of = |token: &'static str| {
            let request = TestRequest::default().insert_header(("token", token));
            super::token(&request.to_http_request())
        };
        assert_eq!(of(" abc ").as_deref(), Some("abc"));
        assert_eq!(of(""), None);
        assert_eq!(
            super::token(&TestRequest::default().to_http_request()),
            None
        );
    }
}
