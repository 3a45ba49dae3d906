//! What surrounds every request of this API.

use super::caller::shared;
use super::proof::is_listed;
use crate::service::Services;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, HeaderName, HeaderValue, ORIGIN, VARY,
};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{Method, Uri};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

/// What pages of listed origins are told on every answer.
const HEADERS: [(HeaderName, &str); 4] = [
    (ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
    (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
    (
        ACCESS_CONTROL_ALLOW_HEADERS,
        "Content-Type, token, Authorization, X-Api-Key, X-Requested-With",
    ),
    (ACCESS_CONTROL_MAX_AGE, "3600"),
];

/// Lets pages of listed origins call the API with the user's cookie. What browsers ask before is answered here.
pub async fn open_to_listed<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let origin = listed_origin(&req);
    let mut response = if req.method() == Method::OPTIONS {
        let nothing = HttpResponse::NoContent().finish();
        req.into_response(nothing).map_into_right_body()
    } else {
        next.call(req).await?.map_into_left_body()
    };
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        for (name, value) in HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    Ok(response)
}

fn listed_origin(req: &ServiceRequest) -> Option<HeaderValue> {
    let origin = req.headers().get(ORIGIN)?;
    let services = shared::<Services>(req.request()).ok()?;
    is_listed(&services.core.config.popim, origin.to_str().ok()?).then(|| origin.clone())
}

/// Lets every letter case and a slash at the end pass: the routes are in lower case, without one.
pub async fn any_case<B: MessageBody + 'static>(
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if let Some(uri) = plain(req.uri()) {
        // Nothing in front of the operation gets shorter, so what the router has read of the path stays true.
        req.match_info_mut().get_mut().update(&uri);
        req.head_mut().uri = uri;
    }
    next.call(req).await
}

/// The same address in the routes' spelling, if that is another one.
fn plain(uri: &Uri) -> Option<Uri> {
    let path = uri.path().trim_end_matches('/').to_ascii_lowercase();
    if path == uri.path() {
        return None;
    }
    let path = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::from_maybe_shared(path).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_spelt_as_the_routes_and_the_query_is_left_alone() {
        let spelt = |uri: &str| plain(&uri.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(
            spelt("/api/User/multiGet/?A=B").as_deref(),
            Some("/api/user/multiget?A=B")
        );
        assert_eq!(
            spelt("http://h/api/user/get/").as_deref(),
            Some("http://h/api/user/get")
        );
        assert_eq!(spelt("/api/user/get?A=B"), None);
    }
}
