//! WuKong chat (悟空聊天IM API 1.0.0): its HTTP API, and the WuKongIM socket protocol that its clients speak.
//!
//! To point a client at this node, set its API's address to `http(s)://<host>/v1/`. It gets a token from `POST user/register` or
//! `POST user/login` and sends it in the header `token`; `users/{uid}/im` tells it where the sockets are. Bodies are JSON; answers
//! are bare objects and lists, or `{"status":400,"msg":...}`.

mod args;
mod caller;
mod channel_sync;
pub mod command;
mod common;
pub mod content;
mod conversations;
pub mod crypto;
mod devices;
mod edits;
mod favorites;
mod files;
mod friends;
pub mod greeter;
mod group_members;
mod groups;
pub mod ids;
mod invites;
mod labels;
mod login;
mod messages;
mod middleware;
pub mod notice;
pub mod proto;
mod qr;
mod reactions;
pub mod reason;
mod reply;
pub mod rpc;
mod settings;
pub mod socket;
pub mod speech;
pub mod time;
mod types;
pub mod unacked;
mod user;
pub mod wire;

use self::reply::{Failure, Reply};
use crate::dialect::routes::operations;
use crate::dialect::{files as shared_files, finish};
use actix_web::http::Method;
use actix_web::http::header::ContentType;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Scope};

/// Under which the API has all its paths.
pub const BASE: &str = "/v1";

/// What an operation answers.
type Answer = Result<Reply, Failure>;

operations! {
    1 POST "/user/register" login::register;
    2 POST "/user/login" login::log_in;
    3 GET "/user/search" user::search;
    4 GET "/users/{uid}" user::get;
    5 PUT "/users/{uid}/setting" user::change;
    6 POST "/user/device_token" settings::set_push;
    7 DELETE "/user/device_token" settings::clear_push;
    8 POST "/user/device_badge" settings::set_badge;
    9 GET "/user/grant_login" qr::grant;
    10 GET "/user/devices" devices::list;
    11 DELETE "/user/devices/{device_id}" devices::remove;
    12 GET "/user/customerservices" user::staff;
    13 POST "/user/chatpwd" settings::set_chat_password;
    14 GET "/user/blacklists" user::blocked;
    15 DELETE "/user/blacklist/{uid}" user::unblock;
    16 POST "/user/blacklist/{uid}" user::block;
    17 POST "/user/sms/login_check_phone" login::send_device_code;
    18 POST "/user/login/check_phone" login::log_in_by_code;
    19 POST "/user/sms/registercode" login::send_code;
    20 POST "/users/{uid}/im" user::sockets;
    21 PUT "/users/current" user::update;
    22 GET "/user/chat/online" user::online;
    23 POST "/friend/apply" friends::apply;
    24 POST "/friend/sure" friends::accept;
    25 POST "/friend/sync" friends::sync_by_key;
    26 POST "/friend/online" user::friends_online;
    27 POST "/message/sync" messages::sync;
    28 DELETE "/message" messages::delete;
    29 POST "/message/revoke" messages::revoke;
    30 POST "/message/syncack/{last_message_seq}" messages::acknowledge;
    31 POST "/group/create" groups::create;
    32 GET "/groups/{group_no}" groups::get;
    33 PUT "/groups/{group_no}" groups::update;
    34 PUT "/groups/{group_no}/setting" groups::set;
    35 POST "/groups/{group_no}/members" group_members::add;
    36 DELETE "/groups/{group_no}/members" group_members::remove;
    37 PUT "/groups/{group_no}/members/{uid}" group_members::set_alias;
    38 GET "/groups/{group_no}/membersync" group_members::sync;
    39 POST "/groups/{group_no}/managers" group_members::appoint;
    40 DELETE "/groups/{group_no}/managers" group_members::dismiss;
    41 POST "/groups/{group_no}/forbidden/{on}" groups::silence;
    42 GET "/groups/{group_no}/qrcode" groups::picture;
    43 POST "/groups/{group_no}/transfer/{to_uid}" groups::transfer;
    44 POST "/groups/{group_no}/member/invite" invites::propose;
    45 GET "/groups/{group_no}/member/h5confirm" invites::confirmation;
    46 GET "/conversations" conversations::list;
    47 GET "/qrcode/{code}" qr::resolve;
    48 GET "/favorite/my" favorites::list;
    49 POST "/favorites" favorites::add;
    50 DELETE "/favorites/{no}" favorites::remove;
    80 POST "/label" labels::create;
    81 GET "/label" labels::list;
    82 PUT "/label/{id}" labels::replace;
    83 DELETE "/label/{id}" labels::delete;
    84 GET "/label/{id}" labels::get;
}

/// Makes routes out of a list.
macro_rules! helpers {
    ($($method:ident $path:literal $handler:path;)*) => {
        /// What real clients call beside the operations of the document, and other forms of those: method and path below `/v1`.
        pub const HELPERS: &[(&str, &str)] = &[$((stringify!($method), $path)),*];

        fn helpers(scope: Scope) -> Scope {
            scope$(.route($path, web::method(Method::$method).to($handler)))*
        }
    };
}

helpers! {
    GET "/health" common::health;
    GET "/common/appconfig" common::app_config;
    GET "/common/countries" common::countries;
    GET "/ws" socket::open;

    GET "/users/{uid}/im" user::sockets;
    PUT "/user/current" user::update;
    GET "/friend/sync" friends::sync_by_version;
    POST "/groups/{group_no}/members_delete" group_members::remove;

    POST "/user/usernameregister" login::register_strictly;
    POST "/user/usernamelogin" login::log_in;
    POST "/user/sms/forgetpwd" login::send_reset_code;
    POST "/user/pwdforget" login::reset_password;
    GET "/user/loginuuid" qr::begin;
    GET "/user/loginstatus" qr::status;
    POST "/user/login_authcode/{auth_code}" qr::redeem;
    POST "/user/quit" login::quit;
    POST "/user/pc/quit" login::quit_desktops;
    PUT "/user/my/setting" settings::change;
    GET "/user/qrcode" qr::card;
    GET "/user/reddot/friendApply" friends::red_dot;
    DELETE "/user/reddot/friendApply" friends::clear_red_dot;
    GET "/user/devices/{device_id}" devices::find;
    GET "/user/online" user::all_online;
    POST "/user/online" user::these_online;
    GET "/users/{uid}/avatar" files::avatar;
    POST "/users/{uid}/avatar" files::set_avatar;
    GET "/groups/{group_no}/avatar" files::group_avatar;
    POST "/groups/{group_no}/avatar" files::set_group_avatar;
    GET "/file/upload" files::grant;
    POST "/file/upload" files::upload;
    GET "/file/preview/{key:.+}" shared_files::read;

    GET "/friend/apply" friends::requests;
    DELETE "/friend/apply/{to_uid}" friends::forget_request;
    PUT "/friend/refuse/{to_uid}" friends::refuse;
    PUT "/friend/remark" friends::set_remark;
    GET "/friend/search" friends::search;
    DELETE "/friends/{uid}" friends::remove;

    GET "/group/my" groups::saved;
    GET "/group/forbidden_times" groups::mutes;
    GET "/groups/{group_no}/detail" groups::detail;
    POST "/groups/{group_no}/exit" groups::exit;
    DELETE "/groups/{group_no}/disband" groups::disband;
    GET "/groups/{group_no}/members" group_members::list;
    POST "/groups/{group_no}/blacklist/{action}" group_members::bar;
    POST "/groups/{group_no}/forbidden_with_member" group_members::mute;
    GET "/groups/{group_no}/scanjoin" invites::join;
    GET "/group/invites/{invite_no}" invites::get;
    POST "/group/invite/sure" invites::confirm;

    GET "/channels/{id}/{type}" conversations::channel;
    POST "/conversation/sync" conversations::sync;
    POST "/conversation/syncack" conversations::acknowledge;
    POST "/conversation/extra/sync" conversations::extras;
    POST "/conversations/{id}/{type}/extra" conversations::save_extra;
    DELETE "/conversations/{id}/{type}" conversations::close;
    PUT "/coversation/clearUnread" conversations::clear_unread;
    POST "/message/channel/sync" channel_sync::messages;
    POST "/message/extra/sync" channel_sync::extras;
    POST "/message/readed" channel_sync::read;
    GET "/messages/{message_id}/receipt" channel_sync::receipt;
    POST "/message/edit" edits::edit;
    DELETE "/message/mutual" edits::delete;
    POST "/reactions" reactions::react;
    POST "/reaction/sync" reactions::sync;
    POST "/message/offset" channel_sync::clear;
    POST "/message/typing" channel_sync::typing;
    PUT "/message/voicereaded" channel_sync::voice_read;
    GET "/message/prohibit_words/sync" channel_sync::prohibited_words;
    POST "/message/reminder/sync" channel_sync::reminders;
    POST "/message/reminder/done" channel_sync::reminders_done;
}

/// Mounts the API.
pub fn mount(app: &mut ServiceConfig) {
    let api = helpers(operations(web::scope(BASE))).default_service(web::to(astray));
    app.service(
        api.wrap(from_fn(finish::to_the_end))
            .wrap(Compress::default())
            .wrap(from_fn(middleware::open_to_all)),
    );
}

/// Answers what no operation does, a wrong method included.
async fn astray() -> HttpResponse {
    HttpResponse::NotFound()
        .content_type(ContentType::plaintext())
        .body("404 page not found")
}
