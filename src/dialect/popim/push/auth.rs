//! The signatures that clients need for private and presence channels, and for signing in (contract, sections 3.6 and 3.7). Nobody
//! gets one for what they may not hear.

use super::names::{Kind, Name, of_all};
use super::proto;
use super::sign::{self, Signer};
use super::wire::is_socket_id;
use crate::config::Popim;
use crate::dialect::popim::args::{bad, missing};
use crate::dialect::popim::caller::{Open, Request};
use crate::dialect::popim::reply::{FAULT, Failure};
use crate::dialect::popim::types;
use crate::domain::AccountId;
use crate::error::ErrorKind;
use crate::service::faces::Wanted;
use crate::service::vouchers::Voucher;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::json;

/// What signs with the configured key and secret.
pub fn signer(config: &Popim) -> Signer {
    Signer::new(&config.app_key, &config.app_secret)
}

/// A signature, with what it covers beside the names.
#[derive(Serialize)]
struct Signed {
    auth: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_data: Option<String>,
}

/// 66: signs a subscription.
pub async fn sign(request: Result<Open, Failure>) -> HttpResponse {
    answer(match request {
        Ok(request) => subscription(&request).await,
        Err(failure) => Err(failure),
    })
}

/// 67: signs a sign-in.
pub async fn sign_in(request: Result<Open, Failure>) -> HttpResponse {
    answer(match request {
        Ok(request) => user(&request).await,
        Err(failure) => Err(failure),
    })
}

/// Here clients do look at the status.
fn answer(signed: Result<Signed, Failure>) -> HttpResponse {
    match signed {
        Ok(signed) => HttpResponse::Ok().json(signed),
        Err(failure) => {
            let mut response = failure.error_response();
            if response.status() == StatusCode::OK {
                *response.status_mut() = match failure.number() {
                    FAULT => StatusCode::INTERNAL_SERVER_ERROR,
                    _ => StatusCode::FORBIDDEN,
                };
            }
            response
        }
    }
}

async fn subscription(request: &Request) -> Result<Signed, Failure> {
    // Who has no login is told so first.
    let named = request.named_or_own().await?;
    let me = named.map(|(caller, _)| caller.id);
    let socket_id = socket_id(request)?;
    let channel = request.args.need("channel_name")?;
    let name = Name::read(channel).ok_or_else(Failure::not_allowed)?;
    check(request, me, channel, name).await?;
    let channel_data = match (name.kind(), me) {
        (Kind::Presence, Some(me)) => Some(sign::channel_data(me.0, &info(request, me).await?)),
        (Kind::Presence, None) => Some(comer(request)?.to_owned()),
        _ => None,
    };
    vouch(request, socket_id, me);
    let signer = signer(&request.services.core.config.popim);
    Ok(Signed {
        auth: signer.channel(socket_id, channel, channel_data.as_deref()),
        channel_data,
        user_data: None,
    })
}

async fn user(request: &Request) -> Result<Signed, Failure> {
    let named = request.named_or_own().await?;
    let (me, _) = named.ok_or_else(missing)?;
    let socket_id = socket_id(request)?;
    let user_data = sign::user_data(me.id.0, &info(request, me.id).await?);
    vouch(request, socket_id, Some(me.id));
    let signer = signer(&request.services.core.config.popim);
    Ok(Signed {
        auth: signer.user(socket_id, &user_data),
        channel_data: None,
        user_data: Some(user_data),
    })
}

fn socket_id(request: &Request) -> Result<&str, Failure> {
    let socket_id = request.args.need("socket_id")?;
    if is_socket_id(socket_id) {
        Ok(socket_id)
    } else {
        Err(bad())
    }
}

/// Refuses what the caller may not hear. Servers may let anybody hear what needs a signature.
async fn check(
    request: &Request,
    me: Option<AccountId>,
    channel: &str,
    name: Name,
) -> Result<(), Failure> {
    let services = &request.services;
    let needs_one = matches!(name.kind(), Kind::Private | Kind::Presence);
    let may = match (name, me) {
        _ if !needs_one => false,
        _ if request.by_server() => true,
        (Name::User(account, _), Some(me)) => account == me,
        (Name::Group(group, _), Some(me)) => services.channels.is_member(me, group).await?,
        (Name::Other(_), Some(_)) => of_all().iter().any(|all| all == channel),
        _ => false,
    };
    if may {
        Ok(())
    } else {
        Err(Failure::not_allowed())
    }
}

/// Who comes, as a server says that names no account.
fn comer(request: &Request) -> Result<&str, Failure> {
    let data = request.args.need("channel_data")?;
    proto::comer(data).ok_or_else(bad)?;
    Ok(data)
}

/// What others are told of an account, as JSON text.
async fn info(request: &Request, account: AccountId) -> Result<String, Failure> {
    let faces = &request.services.faces;
    let wanted = Wanted {
        accounts: [account].into(),
        ..Wanted::default()
    };
    faces.ensure(wanted).await?;
    let face = faces.account(account).ok_or(ErrorKind::AccountUnknown)?;
    let name = request.escape.text(face.name());
    let avatar = types::avatar(request, &face.avatar);
    Ok(json!({ "name": name, "avatar": avatar }).to_string())
}

/// The socket cannot prove its login everywhere as this request has.
fn vouch(request: &Request, socket_id: &str, me: Option<AccountId>) {
    if let Some(account) = me {
        let session = request.session();
        let voucher = Voucher { account, session };
        request.services.vouchers.note(socket_id, voucher);
    }
}
