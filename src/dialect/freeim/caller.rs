//! Who asks, and what they sent.

use super::args::Args;
use super::reply::{Failure, Unproven};
use crate::dialect::body::Fields;
use crate::dialect::caller::address;
use crate::dialect::limits::Limits;
use crate::domain::AccountId;
use crate::error::{Error, ErrorKind, Result};
use crate::service::{self, Services};
use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{Data, Query};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::timeout;

/// Bytes of a request without login. Its fields are short, and a stranger shall not make the node hold more.
const OPEN_BODY: usize = 64 * 1024;
/// How long a body may take to arrive, so that slow senders do not pile up.
const PATIENCE: Duration = Duration::from_secs(30);

/// An account that has proved its login.
pub struct Caller(pub service::Caller);

/// Left with a request whose caller is known: the answer brings a fresh token.
#[derive(Clone, Copy)]
pub struct Renewal(pub AccountId);

/// A request of a logged-in account.
pub struct Authed {
    /// All use cases.
    pub services: Data<Services>,
    /// Who asks.
    pub caller: service::Caller,
    /// What they sent.
    pub args: Args,
}

/// A request that needs no login.
pub struct Open {
    /// All use cases.
    pub services: Data<Services>,
    /// How often an address may try things.
    pub limits: Data<Limits>,
    /// Where it comes from.
    pub address: IpAddr,
    /// What was sent.
    pub args: Args,
}

impl Caller {
    async fn prove(req: &HttpRequest) -> Result<Self> {
        let token = token(req).ok_or(ErrorKind::NotLoggedIn)?;
        let caller = shared::<Services>(req)?
            .accounts
            .authenticate(&token)
            .await
            .map_err(unproven)?;
        req.extensions_mut().insert(Renewal(caller.id));
        shared::<Limits>(req)?.request_by(caller.id)?;
        Ok(Self(caller))
    }
}

impl Authed {
    /// Reads a request. Its body may have `room` bytes even where less is configured.
    ///
    /// The login comes first: who has none is not told what else is wrong.
    pub async fn read(req: &HttpRequest, payload: Payload, room: usize) -> Result<Self> {
        let Caller(caller) = Caller::prove(req).await?;
        let services = shared::<Services>(req)?;
        let limit = body_limit(&services).max(room);
        let args = arrived(req, payload, limit, PATIENCE).await?;
        Ok(Self {
            services,
            caller,
            args,
        })
    }
}

impl Open {
    async fn read(req: &HttpRequest, payload: Payload) -> Result<Self> {
        let (services, limits) = (shared::<Services>(req)?, shared::<Limits>(req)?);
        let address = address(req);
        limits.request_from(address)?;
        let limit = body_limit(&services).min(OPEN_BODY);
        let args = arrived(req, payload, limit, PATIENCE).await?;
        Ok(Self {
            services,
            limits,
            address,
            args,
        })
    }
}

impl FromRequest for Caller {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { Ok(Self::prove(&req).await?) })
    }
}

impl FromRequest for Authed {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move { Ok(Self::read(&req, payload, 0).await?) })
    }
}

impl FromRequest for Open {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move { Ok(Self::read(&req, payload).await?) })
    }
}

/// The fields of a request, if they arrive in time.
async fn arrived(
    req: &HttpRequest,
    payload: Payload,
    limit: usize,
    patience: Duration,
) -> Result<Args> {
    let fields = timeout(patience, Fields::read(req, payload, limit)).await;
    let fields = fields.map_err(|_| Error::invalid("the body did not arrive in time"))?;
    Ok(Args(fields?))
}

/// Sets a fault in checking a login apart from all others.
fn unproven(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Internal => Error::internal(Unproven(error)),
        _ => error,
    }
}

/// What the application shares among requests.
fn shared<T: 'static>(req: &HttpRequest) -> Result<Data<T>> {
    req.app_data::<Data<T>>()
        .cloned()
        .ok_or_else(|| Error::internal("the application was set up incompletely"))
}

fn body_limit(services: &Services) -> usize {
    services.core.config.limits.body_kib.saturating_mul(1024)
}

/// The token in the header, or else in the query: browsers cannot set the headers of a socket.
fn token(req: &HttpRequest) -> Option<String> {
    let header = req
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let bare = header.strip_prefix("Bearer ").unwrap_or(header).trim();
    if !bare.is_empty() {
        return Some(bare.to_owned());
    }
    let query = Query::<Vec<(String, String)>>::from_query(req.query_string())
        .ok()?
        .into_inner();
    query
        .into_iter()
        .find(|(name, _)| name == "t")
        .map(|(_, token)| token)
        .filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::ResponseError;
    use actix_web::test::TestRequest;
    use futures_util::stream;

    #[actix_web::test]
    async fn a_body_that_does_not_arrive_is_not_waited_for() {
        let request = TestRequest::post()
            .insert_header(("Content-Type", "application/json"))
            .to_http_request();
        let payload: Payload = Payload::Stream {
            payload: Box::pin(stream::pending()),
        };
        let found = arrived(&request, payload, 10, Duration::ZERO).await;
        let error = found.err().unwrap();
        assert_eq!(error.info(), Some("the body did not arrive in time"));
    }

    #[test]
    fn only_a_fault_in_checking_a_login_is_set_apart() {
        for (error, status) in [
            (Error::internal("disk full"), 500),
            (ErrorKind::NotLoggedIn.into(), 401),
            (ErrorKind::Busy.into(), 200),
        ] {
            assert_eq!(Failure::from(unproven(error)).status_code(), status);
        }
    }

    #[test]
    fn a_token_is_bare_or_a_bearers_or_in_the_query() {
        let cases = [
            (Some("abc"), "/ws", Some("abc")),
            (Some("Bearer abc"), "/ws", Some("abc")),
            (Some("abc"), "/ws?t=other", Some("abc")),
            (Some(""), "/ws?t=abc", Some("abc")),
            (None, "/ws?platform=h5&t=abc&t=other", Some("abc")),
            (None, "/ws?t=", None),
            (None, "/ws", None),
        ];
        for (header, uri, expected) in cases {
            let mut request = TestRequest::with_uri(uri);
            if let Some(header) = header {
                request = request.insert_header((AUTHORIZATION, header));
            }
            assert_eq!(
                token(&request.to_http_request()).as_deref(),
                expected,
                "{header:?} {uri}"
            );
        }
    }
}
