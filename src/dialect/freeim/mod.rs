//! The API "IM v1.0.0" that is known as freeIM: 56 operations over HTTP and a socket that almost only pushes.
//!
//! To point a client at this node, set its base URL to `http(s)://<host>/api/v1` and its socket's to `ws(s)://<host>/api/v1/ws`.
//! It gets a token from `POST /register/basic` or `POST /login/basic` and sends it, bare, in the header `Authorization`, or in
//! the query as `t` where it cannot set headers; every answer brings a fresh one in the header of the same name. Fields may be
//! sent as query, form, multipart or JSON. Answers are `{"code", "result", "message"}` with `code` 0 for success.

mod args;
mod caller;
mod chat;
mod chat_groups;
mod codes;
pub mod content;
pub mod frame;
mod friend_groups;
mod friends;
mod login;
mod me;
mod middleware;
mod number;
mod others;
mod reply;
mod socket;
#[cfg(test)]
mod tests;
mod time;
mod types;
pub mod wire;

use self::reply::{Failure, Reply};
use crate::dialect::finish;
use crate::dialect::routes::operations;
use actix_web::http::header::{ContentType, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

/// What an operation answers.
type Answer = Result<Reply, Failure>;

/// Where the API begins.
const BASE: &str = "/api/v1";

operations! {
    1 GET "/captcha/image" codes::picture;
    2 GET "/captcha/email" codes::email;
    3 POST "/login/basic" login::basic;
    4 GET "/captcha/mobile" codes::mobile;
    5 POST "/register/basic" login::register;
    6 POST "/login/email" login::email;
    7 POST "/login/mobile" login::mobile;
    8 POST "/reset/password/email" login::reset_by_email;
    9 POST "/reset/password/mobile" login::reset_by_mobile;
    10 GET "/me/info" me::info;
    11 PUT "/me/update/password" me::change_password;
    12 PUT "/me/update/info" me::update;
    13 GET "/friends/search" friends::search;
    14 POST "/friends/add" friends::add;
    15 POST "/friends/add/reply" friends::reply;
    16 GET "/friends/add/applies" friends::applies;
    17 GET "/friends" friends::list;
    18 DELETE "/friends" friends::remove;
    19 POST "/friends/blaklist" friends::block;
    20 DELETE "/friends/blaklist" friends::unblock;
    21 PUT "/friends/remark" friends::set_remark;
    22 PUT "/friends/label" friends::set_label;
    23 POST "/friends/groups" friend_groups::create;
    24 DELETE "/friends/groups" friend_groups::delete;
    25 GET "/friends/groups" friend_groups::list;
    26 POST "/friends/groups/members" friend_groups::add_members;
    27 DELETE "/friends/groups/members" friend_groups::remove_members;
    28 GET "/friends/group" friend_groups::get;
    29 PUT "/friends/groups/name" friend_groups::rename;
    30 GET "/friends/info" friends::info;
    31 GET "/friends/verify" friends::verify;
    32 GET "/friends/near" friends::near;
    33 POST "/chatGroups" chat_groups::create;
    34 PUT "/chatGroups" chat_groups::update;
    35 GET "/chatGroups" chat_groups::mine;
    36 POST "/chatGroups/join" chat_groups::join;
    37 GET "/chatGroups/join" chat_groups::join_requests;
    38 POST "/chatGroups/join/reply" chat_groups::reply;
    39 GET "/chatGroups/info" chat_groups::info;
    40 POST "/chatGroups/dissolve" chat_groups::dissolve;
    41 POST "/chatGroups/exit" chat_groups::exit;
    42 POST "/chatGroups/transfer" chat_groups::transfer;
    43 POST "/chatGroups/kick" chat_groups::kick;
    44 POST "/chatGroups/manager" chat_groups::set_manager;
    45 POST "/chatGroups/banned" chat_groups::mute;
    46 POST "/chatGroups/search" chat_groups::search;
    47 GET "/chatGroups/common" chat_groups::common;
    48 GET "/chatGroups/near" chat_groups::near;
    49 POST "/chatGroups/invite" chat_groups::invite;
    50 GET "/ws" socket::connect;
    51 POST "/chat/send" chat::send;
    52 POST "/chat/revocation" chat::revoke;
    53 POST "/chat/read" chat::read;
    54 GET "/chat/messages" chat::messages;
    55 GET "/upload/qiniu/params" others::upload_parameters;
    56 GET "/discovers" others::discovers;
    57 GET "/configs" others::configs;
}

/// Mounts the API.
pub fn mount(app: &mut ServiceConfig) {
    let api = operations(web::scope(BASE)).default_service(web::to(astray));
    app.service(
        api.wrap(from_fn(finish::to_the_end))
            .wrap(from_fn(middleware::renew))
            .wrap(Compress::default())
            .wrap(middleware::cors()),
    );
}

/// Answers what no operation does, a wrong method included. A path that only has a slash too many is redirected.
async fn astray(req: HttpRequest) -> HttpResponse {
    let Some(location) = without_slash(&req) else {
        return HttpResponse::NotFound()
            .content_type(ContentType::plaintext())
            .body("404 page not found");
    };
    let status = match *req.method() {
        Method::GET => StatusCode::MOVED_PERMANENTLY,
        _ => StatusCode::TEMPORARY_REDIRECT,
    };
    HttpResponse::build(status)
        .insert_header((LOCATION, location))
        .finish()
}

fn without_slash(req: &HttpRequest) -> Option<String> {
    let path = req.path().strip_suffix('/')?;
    let operation = path.strip_prefix(BASE)?;
    let known = ROUTES.iter().any(|(_, _, path)| *path == operation);
    let query = req.query_string();
    known.then(|| {
        if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        }
    })
}
