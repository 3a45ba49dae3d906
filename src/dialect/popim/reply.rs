//! The shapes of all answers, and the codes and words of this API (contract, sections 1.4 and 1.8).

use crate::error::{Error, ErrorKind};
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, SET_COOKIE};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::{self, Write};

/// Nobody is logged in.
pub const NOT_LOGGED_IN: i64 = -1;
/// The login was ended.
pub const SESSION_ENDED: i64 = -2;
/// A field is missing.
pub const MISSING: i64 = 1;
/// A bad value, or not allowed.
pub const BAD: i64 = 2;
/// A wrong proof, somebody else's name, or a request that is not there.
pub const FOREIGN: i64 = 3;
/// The caller is muted in the group.
pub const MUTED: i64 = 4;
/// Messages of that type are switched off.
pub const CHAT_OFF: i64 = 83;
/// Messages go between friends only.
pub const STRANGER: i64 = 84;
/// The account or the group is disabled.
pub const DISABLED: i64 = 85;
/// There is no such user.
pub const NO_USER: i64 = 101;
/// The whole group is muted.
pub const ALL_MUTED: i64 = 200;
/// Adding friends is switched off.
pub const ADDING_OFF: i64 = 202;
/// The friend request was answered the other way.
pub const ANSWERED: i64 = 210;
/// There is no such message, or no such path.
pub const NOT_FOUND: i64 = 404;
/// Too many requests.
pub const TOO_MANY: i64 = 429;
/// A fault of the node.
pub const FAULT: i64 = 500;
/// The message is too old to be revoked.
pub const TOO_OLD: i64 = 505;
/// There is no such group.
pub const NO_GROUP: i64 = 701;
/// Creating groups is switched off.
pub const CREATING_OFF: i64 = 702;
/// The name is taken.
pub const NAME_TAKEN: i64 = 901;
/// Wrong name or password.
pub const WRONG_LOGIN: i64 = 902;
/// A wrong answer to a picture.
pub const WRONG_CAPTCHA: i64 = 903;
/// A wrong or expired code.
pub const WRONG_CODE: i64 = 904;
/// The upload is refused.
pub const UPLOAD_REFUSED: i64 = 905;
/// Registration is switched off.
pub const SIGNUP_OFF: i64 = 906;

const OK: &str = "ok";
const JSON: &str = "application/json;charset=utf-8";
/// Nothing, as this API writes it: also where a map or an object is expected.
const NOTHING: &str = "[]";

/// A finished answer.
pub struct Reply {
    body: Body,
    cookie: Option<String>,
}

enum Body {
    /// `data` and `extra` are JSON texts.
    Envelope {
        code: i64,
        msg: Cow<'static, str>,
        data: String,
        extra: String,
    },
    File {
        bytes: Bytes,
        kind: &'static str,
        caching: &'static str,
    },
}

impl Reply {
    /// Success with nothing to show.
    pub fn nothing() -> Self {
        Self::envelope(0, OK.into(), NOTHING.to_owned())
    }

    /// Success where there was nothing to do, with a note about that.
    pub fn noted(note: &'static str) -> Self {
        Self::envelope(0, note.into(), NOTHING.to_owned())
    }

    /// Success with data.
    pub fn data<T: Serialize + ?Sized>(data: &T) -> Self {
        match serde_json::to_string(data) {
            Ok(data) => Self::envelope(0, OK.into(), data),
            Err(cause) => Failure::from(Error::internal(cause)).reply(),
        }
    }

    /// Success with a map; an empty one is nothing.
    pub fn map<T: Serialize + ?Sized>(map: &T) -> Self {
        match serde_json::to_string(map) {
            Ok(map) if map == "{}" => Self::nothing(),
            Ok(map) => Self::envelope(0, OK.into(), map),
            Err(cause) => Failure::from(Error::internal(cause)).reply(),
        }
    }

    /// The same with one more key beside the data.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        if let Body::Envelope { extra, .. } = &mut self.body {
            // Writing to a string does not fail.
            let _ = write!(extra, ",\"{name}\":{}", value.into());
        }
        self
    }

    /// A file, with how long it may be cached: a value of `Cache-Control`.
    pub fn file(bytes: impl Into<Bytes>, kind: &'static str, caching: &'static str) -> Self {
        Self {
            body: Body::File {
                bytes: bytes.into(),
                kind,
                caching,
            },
            cookie: None,
        }
    }

    /// A picture that nobody is to keep.
    pub fn image(bytes: impl Into<Bytes>, kind: &'static str) -> Self {
        Self::file(bytes, kind, "no-store")
    }

    /// The same with a cookie: a value of `Set-Cookie`.
    pub fn with_cookie(mut self, cookie: String) -> Self {
        self.cookie = Some(cookie);
        self
    }

    fn envelope(code: i64, msg: Cow<'static, str>, data: String) -> Self {
        Self {
            body: Body::Envelope {
                code,
                msg,
                data,
                extra: String::new(),
            },
            cookie: None,
        }
    }

    fn respond(self, status: StatusCode) -> HttpResponse {
        let mut response = HttpResponse::build(status);
        if let Some(cookie) = self.cookie {
            response.insert_header((SET_COOKIE, cookie));
        }
        match self.body {
            Body::Envelope {
                code,
                msg,
                data,
                extra,
            } => {
                let msg = Value::from(msg);
                let body = format!(r#"{{"code":{code},"msg":{msg},"data":{data}{extra}}}"#);
                response.content_type(JSON).body(body)
            }
            Body::File {
                bytes,
                kind,
                caching,
            } => response
                .content_type(kind)
                .insert_header((CACHE_CONTROL, caching))
                .body(bytes),
        }
    }
}

impl From<Reply> for HttpResponse {
    fn from(reply: Reply) -> Self {
        reply.respond(StatusCode::OK)
    }
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.into()
    }
}

/// A map whose keys stay in their order. An empty one is written as a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedMap<K, V>(pub Vec<(K, V)>);

impl<K: Serialize, V: Serialize> Serialize for IndexedMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_empty() {
            return serializer.collect_seq(&self.0);
        }
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// A refusal on its way to a client. Faults of the node are logged when it is rendered.
#[derive(Debug)]
pub struct Failure {
    cause: Cause,
    status: StatusCode,
}

#[derive(Debug)]
enum Cause {
    /// A text of one operation.
    Said(i64, Cow<'static, str>),
    /// An error in the words that hold everywhere.
    Error(Error),
}

impl Failure {
    /// A refusal with its number and text.
    pub fn code(code: i64, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            cause: Cause::Said(code, text.into()),
            status: StatusCode::OK,
        }
    }

    /// The refusal of who is not logged in.
    pub fn not_logged_in() -> Self {
        ErrorKind::NotLoggedIn.into()
    }

    /// The refusal of what the caller may not do.
    pub fn not_allowed() -> Self {
        Self::code(BAD, "没有权限")
    }

    /// The answer where there is nothing.
    pub fn no_path() -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            ..Self::code(NOT_FOUND, "接口不存在")
        }
    }

    /// Its number.
    pub fn number(&self) -> i64 {
        match &self.cause {
            Cause::Said(code, _) => *code,
            Cause::Error(error) => words(error.kind()).0,
        }
    }

    /// What went wrong in the core's terms, unless an operation said it in its own words.
    pub fn kind(&self) -> Option<ErrorKind> {
        match &self.cause {
            Cause::Error(error) => Some(error.kind()),
            Cause::Said(..) => None,
        }
    }

    fn reply(&self) -> Reply {
        let (code, text) = match &self.cause {
            Cause::Said(code, text) => (*code, text.clone()),
            Cause::Error(error) => {
                if error.is_fault() {
                    log::error!("{error}");
                }
                let (code, text) = words(error.kind());
                (code, text.into())
            }
        };
        Reply::envelope(code, text, NOTHING.to_owned())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = match error.kind() {
            ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::OK,
        };
        Self {
            cause: Cause::Error(error),
            status,
        }
    }
}

impl From<ErrorKind> for Failure {
    #[track_caller]
    fn from(kind: ErrorKind) -> Self {
        Self::from(Error::new(kind))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Said(code, text) => write!(f, "{code} {text}"),
            Cause::Error(error) => error.fmt(f),
        }
    }
}

impl ResponseError for Failure {
    /// Clients look at the number in the answer, not at the status.
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        self.reply().respond(self.status)
    }
}

/// Gives an operation its own numbers and words for some errors.
pub trait Wording<T> {
    /// The same, with these for these kinds.
    fn worded(self, words: &[(ErrorKind, i64, &'static str)]) -> Result<T, Failure>;
}

impl<T> Wording<T> for Result<T, Error> {
    fn worded(self, words: &[(ErrorKind, i64, &'static str)]) -> Result<T, Failure> {
        self.map_err(|error| {
            let own = words.iter().find(|(kind, ..)| *kind == error.kind());
            own.map_or_else(
                || error.into(),
                |(_, code, text)| Failure::code(*code, *text),
            )
        })
    }
}

/// What is said wherever an operation has no words of its own.
fn words(kind: ErrorKind) -> (i64, &'static str) {
    match kind {
        ErrorKind::Invalid => (BAD, "参数错误"),
        ErrorKind::TooLarge => (BAD, "请求数据过大"),
        ErrorKind::NotLoggedIn => (NOT_LOGGED_IN, "请先登录"),
        ErrorKind::SessionEnded => (SESSION_ENDED, "登录已失效，请重新登录"),
        ErrorKind::NotFound => (BAD, "数据不存在"),

        ErrorKind::AccountUnknown => (NO_USER, "用户不存在"),
        ErrorKind::WrongPassword | ErrorKind::AddressNotAllowed => {
            (WRONG_LOGIN, "用户名或密码错误")
        }
        ErrorKind::AccountLocked | ErrorKind::ReadOnly => (DISABLED, "账号已被禁用"),
        ErrorKind::LoginsExhausted => (TOO_MANY, "登录过于频繁，请稍后再试"),
        ErrorKind::DeviceUnproven => (WRONG_LOGIN, "设备未经验证"),
        ErrorKind::CodeWrong | ErrorKind::CodeExpired => (WRONG_CODE, "验证码错误或已过期"),
        ErrorKind::CodesTooOften => (TOO_MANY, "验证码发送过于频繁，请稍后再试"),
        ErrorKind::NameTaken | ErrorKind::HandleTaken => (NAME_TAKEN, "用户名已被占用"),
        ErrorKind::HandleFixed => (BAD, "不能再次修改"),
        ErrorKind::NameNotAllowed => (BAD, "用户名只能由字母和数字组成"),
        ErrorKind::InviteInvalid => (BAD, "邀请码不存在"),
        ErrorKind::AddressBanned
        | ErrorKind::AddressLimited
        | ErrorKind::SignupClosed
        | ErrorKind::EmailSignupClosed
        | ErrorKind::MobileSignupClosed => (SIGNUP_OFF, "注册功能已关闭"),

        ErrorKind::NotContact => (STRANGER, "你们还不是好友"),
        ErrorKind::AlreadyContact => (0, "你们已经是好友"),
        ErrorKind::RequestPending => (0, "好友请求已发送"),
        ErrorKind::RequestUnknown => (FOREIGN, "好友请求不存在"),
        ErrorKind::RequestQuota => (TOO_MANY, "好友请求过于频繁，请稍后再试"),
        ErrorKind::ContactsClosed => (ADDING_OFF, "添加好友功能已关闭"),
        ErrorKind::ContactNotAllowed => (BAD, "不能添加该用户为好友"),
        ErrorKind::NotBlocked
        | ErrorKind::ContactGroupTaken
        | ErrorKind::ContactGroupUnknown
        | ErrorKind::SelfTarget => (BAD, "不能进行此操作"),

        ErrorKind::ChannelUnknown => (NO_GROUP, "群组不存在"),
        ErrorKind::ChannelDissolved => (DISABLED, "群组已被禁用"),
        ErrorKind::NotMember => (BAD, "你不是群成员"),
        ErrorKind::TargetNotMember => (BAD, "对方不是群成员"),
        ErrorKind::NotManager | ErrorKind::NotOwner | ErrorKind::RankTooHigh => (BAD, "没有权限"),
        ErrorKind::OwnerMustStay | ErrorKind::LeavingClosed => (BAD, "不能退出群组"),
        ErrorKind::InvitesClosed | ErrorKind::JoinClosed => (BAD, "该群组不能加入"),
        ErrorKind::JoinRequestUnknown => (FOREIGN, "入群请求不存在"),
        ErrorKind::JoinRequestPending => (0, "入群请求已发送"),
        ErrorKind::AlreadyMember => (0, "已经是群成员"),
        ErrorKind::ChannelFull => (BAD, "群成员数量已达上限"),
        ErrorKind::ChannelQuota | ErrorKind::ChannelsPerDay => (TOO_MANY, "建群数量已达上限"),
        ErrorKind::ChannelCreationClosed => (CREATING_OFF, "建群功能已关闭"),

        ErrorKind::NotYourMessage => (NOT_FOUND, "消息不存在"),
        ErrorKind::RevokeTooLate => (TOO_OLD, "消息已超过可撤回时间"),
        ErrorKind::Muted | ErrorKind::Barred => (MUTED, "你已被禁言"),
        ErrorKind::BlockedByPeer => (STRANGER, "对方拒绝接收你的消息"),
        ErrorKind::TooFast | ErrorKind::Repeated | ErrorKind::Busy => {
            (TOO_MANY, "操作过于频繁，请稍后再试")
        }
        ErrorKind::MessageTooLong => (BAD, "消息内容过长"),
        ErrorKind::BannedWords => (BAD, "消息包含敏感词"),

        ErrorKind::DeliveryFailed => (FAULT, "验证码发送失败，请稍后再试"),
        ErrorKind::Stopping | ErrorKind::Internal => (FAULT, "服务器错误，请稍后再试"),
    }
}

#[cfg(test)]
mod tests;
