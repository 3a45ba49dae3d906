//! PopIM (泡泡IM): its HTTP API under `/api`, `/h5` and `/web`, and its push service, which speaks the Pusher protocol.
//!
//! To point a client at this node, give it the node's address in place of the product's. It logs in with `POST login/check`, which
//! sets a cookie, and `pop/get` tells it where the push service is. Other servers call `/api` with a key and name the account they
//! act as. Every answer is `{"code":0,"msg":"ok","data":...}`, with another code for a refusal.

mod account;
mod args;
mod caller;
mod captcha;
pub mod content;
pub mod escape;
mod faces_picture;
mod friends;
mod group_members;
mod groups;
mod home;
pub mod ids;
mod initials;
pub mod keys;
mod login;
mod messages;
mod middleware;
mod notices;
mod proof;
pub mod push;
mod qr;
mod replies;
mod reply;
pub mod settings;
mod treatment;
mod types;
pub mod uploads;

use self::push::auth;
pub use self::push::socket;
use self::reply::{Failure, Reply};
use crate::config::Config;
use crate::dialect::finish;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, ServiceConfig};
use actix_web::{Error, Scope, guard};

/// Under which the API is served, whole each time.
pub const PREFIXES: [&str; 3] = ["/api", "/h5", "/web"];

/// What an operation answers.
type Answer = Result<Reply, Failure>;

/// Makes the public table and the routes out of one list. `GET` stands for what only reads, which takes `POST` as well; what writes
/// takes `POST` alone, so that no page of somebody else's can do it by an address.
macro_rules! operations {
    ($($number:literal $method:ident $path:literal $handler:path;)*) => {
        /// Every operation: its number in the contract, its method there, and its path below each prefix.
        pub const ROUTES: &[(u8, &str, &str)] = &[$(($number, stringify!($method), $path)),*];

        fn operations(scope: Scope) -> Scope {
            scope$(.route(
                &$path.to_ascii_lowercase(),
                operations!(@$method).to($handler),
            ))*
        }
    };
    (@GET) => { web::route().guard(guard::Any(guard::Get()).or(guard::Post())) };
    (@POST) => { web::post() };
}

operations! {
    1 POST "/service/send_sms" account::send_code;
    2 POST "/user/send_sms_pass" account::send_password_code;
    3 POST "/service/forget_pass" account::forget_password;
    4 POST "/login/join" login::join;
    5 POST "/user/open_user" account::open_user;
    6 GET "/user/add" account::add;
    7 GET "/user/get" account::get;
    8 GET "/user/multiGet" account::get_all;
    9 POST "/user/update" account::update;
    10 POST "/user/updatepassword" account::change_password;
    11 POST "/friend/apply" friends::apply;
    12 POST "/friend/agree" friends::agree;
    13 POST "/friend/refuse" friends::refuse;
    14 POST "/friend/add" friends::add;
    15 POST "/friend/remark" friends::remark;
    16 GET "/friend/applylist" friends::requests;
    17 GET "/friend/getlist" friends::list;
    18 GET "/friend/get_temp_list" friends::strangers;
    19 GET "/friend/applycount" friends::request_count;
    20 GET "/friend/applydetail" friends::request;
    21 POST "/friend/delete" friends::delete;
    22 POST "/friend/update" friends::update;
    23 POST "/group/create" groups::create;
    24 POST "/group/delete" groups::delete;
    25 POST "/group/memberadd" group_members::add;
    26 POST "/group/join" group_members::join;
    27 GET "/group/members" group_members::list;
    28 POST "/group/memberdel" group_members::remove;
    29 GET "/group/detail" groups::detail;
    30 POST "/group/remark" groups::remark;
    31 POST "/group/manager" group_members::set_manager;
    32 POST "/group/ismanager" group_members::is_manager;
    33 POST "/group/forbiddenuser" group_members::mute;
    34 POST "/group/forbiddenall" groups::silence;
    35 POST "/group/leave" groups::leave;
    36 POST "/group/memberupdate" group_members::update_own;
    37 POST "/message/send" messages::send;
    38 GET "/message/get" messages::history;
    39 POST "/message/revoke" messages::revoke;
    40 POST "/message/delete" messages::delete;
    41 GET "/message/unreadcount" messages::unread_count;
    42 POST "/message/updateLastReadTime" messages::read;
    43 GET "/reply/get" replies::list;
    44 POST "/reply/add" replies::add;
    45 POST "/reply/update" replies::update;
    46 POST "/reply/delete" replies::delete;
    47 POST "/upload/avatar" uploads::avatar;
    48 POST "/upload/img" uploads::image;
    49 POST "/upload/file" uploads::file;
    50 GET "/qrcode/get" qr::get;
    51 GET "/pop/get" home::get;
    52 POST "/pop/delchat" home::put_away;
    53 GET "/pop/getsetting" settings::public;
    54 POST "/login/check" login::check;
    55 POST "/login/logout" login::leave;
    56 GET "/login/logincaptcha" captcha::login;
    57 GET "/login/joincaptcha" captcha::join;
    58 GET "/user/detail" account::detail;
    59 GET "/user/getbyname" account::find;
    60 POST "/group/update" groups::update;
    61 POST "/group/forbiddengroup" groups::close_mouths;
    62 POST "/group/chattinggroup" groups::open_mouths;
    63 POST "/upload/groupavatar" uploads::group_avatar;
    64 POST "/group/guaUpdate" groups::set_picture;
    65 GET "/group/avatar" faces_picture::get;
    66 POST "/push/auth" auth::sign;
    67 POST "/pusher/user-auth" auth::sign_in;
    68 POST "/push/emit" push::publish::emit;
}

/// Mounts the API and the push service.
pub fn mount(app: &mut ServiceConfig, config: &Config) {
    uploads::mount(app);
    socket::mount(app, config);
    for prefix in PREFIXES {
        app.service(surrounded(operations(web::scope(prefix))));
    }
    mount_signing(app);
}

/// Mounts what signs subscriptions where the libraries of the push protocol look for it.
fn mount_signing(app: &mut ServiceConfig) {
    let pusher = web::scope("/pusher")
        .route("/auth", web::post().to(auth::sign))
        .route("/user-auth", web::post().to(auth::sign_in));
    let webman = web::scope("/plugin/webman/push").route("/auth", web::post().to(auth::sign));
    for scope in [pusher, webman] {
        app.service(surrounded(scope));
    }
}

/// Puts around some routes what surrounds every request.
fn surrounded(
    scope: Scope,
) -> Scope<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    scope
        .default_service(web::to(astray))
        .wrap(from_fn(middleware::any_case))
        .wrap(from_fn(finish::to_the_end))
        .wrap(Compress::default())
        .wrap(from_fn(middleware::open_to_listed))
}

/// Answers what no operation does, a wrong method included.
async fn astray() -> Answer {
    Err(Failure::no_path())
}
