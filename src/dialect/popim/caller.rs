//! Who asks, and what they sent (contract, section 1.7).

use super::args::{Args, missing};
use super::escape::Escape;
use super::proof::{self, Proof};
use super::reply::{FOREIGN, Failure};
use crate::dialect::body::Fields;
use crate::dialect::caller::address;
use crate::dialect::limits::Limits;
use crate::domain::{AccountId, time};
use crate::error::{Error, ErrorKind, Result};
use crate::service::standings::Standing;
use crate::service::web_sessions::Proven;
use crate::service::{self, Services};
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::timeout;

/// Bytes of a request without login. Its fields are short, and a stranger shall not make the node hold more.
const OPEN_BODY: usize = 64 * 1024;
/// How long a body may take to arrive, so that slow senders do not pile up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Under which prefix an operation was called. Some answer differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// `/api`: other servers.
    Api,
    /// `/h5`, and the paths outside of any prefix: pages on handsets.
    H5,
    /// `/web`: pages on desktops.
    Web,
}

/// Who sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// A server that may act as any account.
    Server,
    /// Somebody who has logged in.
    User(Proven),
    /// Somebody without a login.
    Nobody,
}

/// A request as it was sent, whoever sent it.
pub struct Request {
    /// All use cases.
    pub services: Data<Services>,
    /// How often anybody may try things.
    pub limits: Data<Limits>,
    /// What was sent.
    pub args: Args,
    /// Under which prefix.
    pub prefix: Prefix,
    /// Who sent it.
    pub who: Who,
    /// Where it comes from.
    pub address: IpAddr,
    /// How texts are answered.
    pub escape: Escape,
    proof: Proof,
    http: HttpRequest,
}

/// A request of an account, or of a server that names one: "auth U" of the contract.
pub struct Acting {
    /// What was sent.
    pub request: Request,
    /// As whom.
    pub caller: service::Caller,
    read_only: bool,
}

/// A request of an account, or of a server that need not name one.
pub struct Knowing {
    /// What was sent.
    pub request: Request,
    /// As whom, if anybody was named.
    pub caller: Option<service::Caller>,
}

/// A request of a server.
pub struct ServerOnly(pub Request);

/// A request that needs no login. Whoever sent one that is not good any more has none.
pub struct Open(pub Request);

impl Request {
    /// A request whose fields were read by a handler, with whatever proves who sent it.
    pub async fn of(http: HttpRequest, args: Args) -> Result<Self, Failure> {
        let services = shared::<Services>(&http)?;
        let proof = proof::in_head(&http, &services).await?;
        Self::complete(http, args, proof).await
    }

    async fn complete(http: HttpRequest, args: Args, head: Proof) -> Result<Self, Failure> {
        let (services, limits) = (shared::<Services>(&http)?, shared::<Limits>(&http)?);
        let proof = match args.text("token") {
            Some(token) if head == Proof::None => proof::of_sent(token, &http, &services).await?,
            _ => head,
        };
        let address = address(&http);
        match proof.who() {
            // Servers may ask as often as they like.
            Some(Who::Server) => {}
            Some(Who::User(proven)) => limits.request_by(proven.caller.id)?,
            Some(Who::Nobody) | None => limits.request_from(address)?,
        }
        Ok(Self {
            prefix: prefix(http.path()),
            who: proof.who().unwrap_or(Who::Nobody),
            escape: Escape::of(&services.core),
            services,
            limits,
            args,
            address,
            proof,
            http,
        })
    }

    /// A cookie of the request.
    pub fn cookie(&self, name: &str) -> Option<String> {
        proof::cookie(&self.http, name)
    }

    /// The host that the client reached the node by, with the port if it is not the usual one.
    pub fn host(&self) -> String {
        self.http.connection_info().host().to_owned()
    }

    /// Whether the client reached the node by TLS.
    pub fn is_secure(&self) -> bool {
        self.http.connection_info().scheme() == "https"
    }

    /// Whether a server sent it.
    pub fn by_server(&self) -> bool {
        self.who == Who::Server
    }

    /// As whom it was sent, and how that account stands; nobody if a server names nobody.
    pub async fn named_or_own(&self) -> Result<Option<(service::Caller, Standing)>, Failure> {
        self.proof.demand()?;
        let named = self.args.agreed_int("login_uid")?.map(AccountId);
        let id = match self.who {
            Who::User(proven) if named.is_some_and(|named| named != proven.caller.id) => {
                return Err(Failure::code(FOREIGN, "不能以其他用户的身份操作"));
            }
            Who::User(proven) => Some(proven.caller.id),
            Who::Server | Who::Nobody => named,
        };
        let Some(id) = id else {
            return Ok(None);
        };
        let standing = self.services.accounts.standing(id).await?;
        let standing = standing.ok_or(ErrorKind::AccountUnknown)?;
        if standing.locked {
            return Err(ErrorKind::AccountLocked.into());
        }
        let caller = match self.who {
            Who::User(proven) => proven.caller,
            Who::Server | Who::Nobody => service::Caller {
                id,
                manager: standing.manager,
                since: time::now().div_euclid(1000),
            },
        };
        Ok(Some((caller, standing)))
    }

    /// The login by which it was sent, if there is one.
    pub fn session(&self) -> Option<i64> {
        match self.who {
            Who::User(proven) => Some(proven.session),
            Who::Server | Who::Nobody => None,
        }
    }
}

impl Acting {
    /// As whom a request is sent, see the contract's section 1.7.
    pub async fn of(request: Request) -> Result<Self, Failure> {
        let (caller, standing) = request.named_or_own().await?.ok_or_else(missing)?;
        Ok(Self {
            request,
            caller,
            read_only: standing.read_only,
        })
    }

    /// As whom.
    pub fn me(&self) -> AccountId {
        self.caller.id
    }

    /// Refuses an account that may only read.
    pub fn may_write(&self) -> Result<(), Failure> {
        if self.read_only {
            return Err(ErrorKind::ReadOnly.into());
        }
        Ok(())
    }
}

macro_rules! requests {
    ($($kind:ident . $field:tt),*) => {
        $(impl std::ops::Deref for $kind {
            type Target = Request;

            fn deref(&self) -> &Request {
                &self.$field
            }
        })*
    };
}

requests!(Acting.request, Knowing.request, ServerOnly.0, Open.0);

/// Reads a request. A stranger's is to be short.
async fn read(http: HttpRequest, payload: Payload) -> Result<Request, Failure> {
    let services = shared::<Services>(&http)?;
    let head = proof::in_head(&http, &services).await?;
    let mut most = services.core.config.limits.body_kib.saturating_mul(1024);
    if head.who().is_none() {
        most = most.min(OPEN_BODY);
    }
    let fields = timeout(PATIENCE, Fields::read(&http, payload, most)).await;
    let fields = fields.map_err(|_| Error::invalid("the body did not arrive in time"))??;
    Request::complete(http, Args::new(fields), head).await
}

async fn acting(http: HttpRequest, payload: Payload) -> Result<Acting, Failure> {
    Acting::of(read(http, payload).await?).await
}

async fn knowing(http: HttpRequest, payload: Payload) -> Result<Knowing, Failure> {
    let request = read(http, payload).await?;
    let acting = request.named_or_own().await?;
    Ok(Knowing {
        caller: acting.map(|(caller, _)| caller),
        request,
    })
}

async fn server_only(http: HttpRequest, payload: Payload) -> Result<ServerOnly, Failure> {
    let request = read(http, payload).await?;
    request.proof.demand()?;
    if !request.by_server() {
        return Err(Failure::not_allowed());
    }
    Ok(ServerOnly(request))
}

async fn open(http: HttpRequest, payload: Payload) -> Result<Open, Failure> {
    Ok(Open(read(http, payload).await?))
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
    Acting by acting;
    Knowing by knowing;
    ServerOnly by server_only;
    Open by open;
}

fn prefix(path: &str) -> Prefix {
    match path.split('/').nth(1) {
        Some("api") => Prefix::Api,
        Some("web") => Prefix::Web,
        _ => Prefix::H5,
    }
}

/// What the application shares among requests.
pub fn shared<T: 'static>(http: &HttpRequest) -> Result<Data<T>> {
    http.app_data::<Data<T>>()
        .cloned()
        .ok_or_else(|| Error::internal("the application was set up incompletely"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_part_of_the_path_is_the_prefix() {
        assert_eq!(prefix("/api/user/get"), Prefix::Api);
        assert_eq!(prefix("/web/user/get"), Prefix::Web);
        assert_eq!(prefix("/h5/user/get"), Prefix::H5);
        assert_eq!(prefix("/pusher/auth"), Prefix::H5);
    }
}
