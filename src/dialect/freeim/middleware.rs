//! What surrounds every request of this API.

use super::caller::Renewal;
use crate::service::Services;
use actix_cors::Cors;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCESS_CONTROL_EXPOSE_HEADERS, AUTHORIZATION, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};

/// Lets pages of every origin call the API. There are no cookies they could misuse.
pub fn cors() -> Cors {
    Cors::default()
        .allow_any_origin()
        .send_wildcard()
        .allow_any_method()
        .allow_any_header()
        .max_age(3600)
}

/// Gives every caller a fresh token with the answer.
///
/// It is made after the request was handled: a new password voids the tokens made before it.
pub async fn renew<B>(req: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(req).await?;
    if let Some(token) = fresh_token(&response).await {
        let headers = response.headers_mut();
        headers.insert(AUTHORIZATION, token);
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("Authorization"),
        );
    }
    Ok(response)
}

/// A token for an answer to a caller, unless it is the refusal of their login or the opening of a socket.
async fn fresh_token<B>(response: &ServiceResponse<B>) -> Option<HeaderValue> {
    if matches!(
        response.status(),
        StatusCode::UNAUTHORIZED | StatusCode::SWITCHING_PROTOCOLS
    ) {
        return None;
    }
    let request = response.request();
    let Renewal(account) = request.extensions().get::<Renewal>().copied()?;
    let services = request.app_data::<Data<Services>>()?;
    match services.accounts.fresh_token(account).await {
        Ok(token) => HeaderValue::from_str(&token).ok(),
        Err(error) => {
            // It is none when the account was locked in the meantime.
            if error.is_fault() {
                log::error!("a token could not be renewed: {error}");
            }
            None
        }
    }
}
