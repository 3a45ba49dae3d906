//! The envelope around every answer, and the words of this API.

use crate::dialect::answer;
use crate::error::{Error, ErrorKind};
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use serde::Serialize;
use serde_json::json;
use std::error::Error as StdError;
use std::fmt;

/// What a successful answer says. The spellings are the API's own.
pub mod said {
    /// Reads say nothing.
    pub const NOTHING: &str = "";
    /// Contact requests, revocations and read marks.
    pub const OK: &str = "成功";
    /// A new account.
    pub const REGISTERED: &str = "注册成功";
    /// A login.
    pub const LOGGED_IN: &str = "登陆成功";
    /// A password, profile, remark, label or role was set.
    pub const SET: &str = "设置成功";
    /// A code or a message was sent.
    pub const SENT: &str = "发送成功";
    /// A contact, contact group or its member was deleted.
    pub const DELETED: &str = "删除成功";
    /// Somebody was taken off the block list.
    pub const REMOVED: &str = "移除成功";
    /// Somebody was blocked, or put into a contact group.
    pub const ADDED: &str = "添加成功";
    /// A request to join was made.
    pub const APPLIED: &str = "申请成功";
    /// A manager's action on members was done.
    pub const HANDLED: &str = "处理成功";
    /// A channel was made.
    pub const CREATED: &str = "创建成功";
    /// A channel was changed.
    pub const CHANGED: &str = "修改成功";
    /// A channel was left.
    pub const LEFT: &str = "退出成功";
    /// A channel has a new owner.
    pub const TRANSFERRED: &str = "转让成功";
}

/// A finished answer.
pub struct Reply {
    status: StatusCode,
    body: String,
}

impl Reply {
    /// Success with a result. The message is one of [`said`].
    pub fn ok<T: Serialize + ?Sized>(message: &'static str, result: &T) -> Self {
        match serde_json::to_string(result) {
            Ok(json) => Self::rendered(message, &json),
            Err(cause) => Self::failed(&Error::internal(cause)),
        }
    }

    /// Success with nothing to show.
    pub fn done(message: &'static str) -> Self {
        Self::rendered(message, "null")
    }

    /// Success with a result that is JSON text already.
    pub fn rendered(message: &'static str, json: &str) -> Self {
        Self {
            status: StatusCode::OK,
            body: envelope(0, json, message),
        }
    }

    /// A whole list.
    pub fn items<T: Serialize>(items: &[T]) -> Self {
        Self::page(items, items.len() as i64)
    }

    /// A part of a list that has `total` items.
    pub fn page<T: Serialize>(items: &[T], total: i64) -> Self {
        Self::ok(said::NOTHING, &List { items, total })
    }

    fn failed(error: &Error) -> Self {
        if error.is_fault() {
            log::error!("{error}");
        }
        let refusal = Refusal::of_error(error);
        let body = match refusal {
            Refusal::Login => envelope(1, "null", "登录超时"),
            Refusal::Unproven => envelope(1, "null", "服务器错误"),
            Refusal::Argument(info) => {
                let result = json!({ "info": error.info().unwrap_or(info) });
                envelope(1, &result.to_string(), "参数不合法")
            }
            Refusal::Rule(text) => envelope(1, "{}", text),
        };
        Self {
            status: refusal.status(),
            body,
        }
    }
}

impl From<Reply> for HttpResponse {
    fn from(reply: Reply) -> Self {
        answer::json(reply.status, reply.body)
    }
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.into()
    }
}

#[derive(Serialize)]
struct List<'a, T> {
    items: &'a [T],
    total: i64,
}

/// None of this API's messages holds a character that JSON would escape.
fn envelope(code: u8, result: &str, message: &'static str) -> String {
    format!(r#"{{"code":{code},"result":{result},"message":"{message}"}}"#)
}

/// An error on its way to a client. Faults of the node are logged when it is rendered.
#[derive(Debug)]
pub struct Failure(Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<ErrorKind> for Failure {
    #[track_caller]
    fn from(kind: ErrorKind) -> Self {
        Self(kind.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        Refusal::of_error(&self.0).status()
    }

    fn error_response(&self) -> HttpResponse {
        Reply::failed(&self.0).into()
    }
}

/// The cause of an error that arose while a login was checked (contract, section 1.5).
#[derive(Debug)]
pub struct Unproven(pub Error);

impl fmt::Display for Unproven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Unproven {}

/// How this API refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// Nobody is logged in.
    Login,
    /// Whether somebody is logged in could not be found out. Like [`Refusal::Login`] it has a status of its own.
    Unproven,
    /// With a text for the client's developer, here the one to give if the error has none.
    Argument(&'static str),
    /// With a text for the user.
    Rule(&'static str),
}

impl Refusal {
    fn status(self) -> StatusCode {
        match self {
            Self::Login => StatusCode::UNAUTHORIZED,
            Self::Unproven => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Argument(_) | Self::Rule(_) => StatusCode::OK,
        }
    }

    fn of_error(error: &Error) -> Self {
        match error.source() {
            Some(cause) if cause.is::<Unproven>() => Self::Unproven,
            _ => Self::of(error.kind()),
        }
    }

    fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::NotLoggedIn | ErrorKind::SessionEnded => Self::Login,
            ErrorKind::Invalid => Self::Argument("a field is invalid"),
            ErrorKind::TooLarge => Self::Argument("body: too large"),
            ErrorKind::NotFound => Self::Argument("no such thing"),

            ErrorKind::AccountUnknown => Self::Rule("账号不存在"),
            ErrorKind::WrongPassword => Self::Rule("账号或密码错误"),
            ErrorKind::AccountLocked | ErrorKind::ReadOnly => Self::Rule("账号被封禁"),
            ErrorKind::LoginsExhausted => Self::Rule("登录失败次数过多，请稍后再试"),
            ErrorKind::AddressNotAllowed => Self::Rule("您的IP无法登录"),
            ErrorKind::CodeWrong => Self::Rule("验证码错误"),
            ErrorKind::CodeExpired => Self::Rule("验证码过期，请刷新后重试"),
            ErrorKind::CodesTooOften => Self::Rule("验证码发送过于频繁"),
            ErrorKind::HandleTaken => Self::Rule("短号已存在"),
            ErrorKind::HandleFixed => Self::Rule("短号只能修改一次"),
            ErrorKind::DeviceUnproven => Self::Rule("当前设备未经验证"),
            ErrorKind::NameTaken => Self::Rule("账号已存在"),
            ErrorKind::NameNotAllowed => Self::Rule("用户名不能包含中文"),
            ErrorKind::InviteInvalid => Self::Rule("非法邀请码"),
            ErrorKind::AddressBanned => Self::Rule("您的IP无法注册"),
            ErrorKind::AddressLimited => Self::Rule("您的IP受到注册限制"),
            ErrorKind::SignupClosed => Self::Rule("账号注册通道已关闭"),
            ErrorKind::EmailSignupClosed => Self::Rule("邮箱注册通道已关闭"),
            ErrorKind::MobileSignupClosed => Self::Rule("手机号注册通道已关闭"),

            ErrorKind::NotContact => Self::Rule("对方还不是您的好友"),
            ErrorKind::AlreadyContact => Self::Rule("对方已经是您的好友"),
            ErrorKind::RequestPending => Self::Rule("对方还未验证您的好友请求"),
            ErrorKind::RequestUnknown => Self::Rule("请求不存在"),
            ErrorKind::RequestQuota => Self::Rule("好友请求次数已达上限"),
            ErrorKind::NotBlocked => Self::Rule("黑名单不存在"),
            ErrorKind::ContactGroupTaken => Self::Rule("分组已存在"),
            ErrorKind::ContactGroupUnknown => Self::Rule("分组不存在"),
            ErrorKind::ContactsClosed => Self::Rule("添加好友通道已关闭"),
            ErrorKind::ContactNotAllowed => Self::Rule("当前不允许添加该用户为好友"),
            ErrorKind::SelfTarget => Self::Rule("不能对自己进行此操作"),

            ErrorKind::ChannelUnknown | ErrorKind::ChannelDissolved => Self::Rule("群聊不存在"),
            ErrorKind::InvitesClosed => Self::Rule("当前群聊不允许成员邀请"),
            ErrorKind::JoinClosed => Self::Rule("当前群聊禁止新成员加入"),
            ErrorKind::ChannelFull => Self::Rule("当前群聊人数已满"),
            ErrorKind::JoinRequestUnknown => Self::Rule("加群申请不存在"),
            ErrorKind::JoinRequestPending => Self::Rule("已发送过加群申请"),
            ErrorKind::AlreadyMember => Self::Rule("你已经是此群聊成员"),
            ErrorKind::NotManager => Self::Rule("您不是群聊管理员"),
            ErrorKind::NotOwner => Self::Rule("您不是群主"),
            ErrorKind::NotMember => Self::Rule("你不是是此群聊成员"),
            ErrorKind::OwnerMustStay => Self::Rule("群主无法退群，请转让群"),
            ErrorKind::RankTooHigh => Self::Rule("不允许踢出群主或管理员"),
            ErrorKind::TargetNotMember => Self::Rule("成员不在本群聊"),
            ErrorKind::ChannelQuota => Self::Rule("您的创建群聊数量超过限制"),
            ErrorKind::ChannelsPerDay => Self::Rule("您今天创建群聊的次数已达上限"),
            ErrorKind::ChannelCreationClosed => Self::Rule("创建群聊通道已关闭"),
            ErrorKind::LeavingClosed => Self::Rule("当前不允许退出群聊"),

            ErrorKind::NotYourMessage => Self::Rule("只能撤回自己的消息"),
            ErrorKind::RevokeTooLate => Self::Rule("超过2分钟消息无法撤回"),
            ErrorKind::Muted => Self::Rule("您已被禁言"),
            ErrorKind::Barred => Self::Rule("您已被限制发言"),
            ErrorKind::BlockedByPeer => Self::Rule("对方已将您拉黑"),
            ErrorKind::TooFast | ErrorKind::Busy => Self::Rule("发送过于频繁，请稍后再试"),
            ErrorKind::Repeated => Self::Rule("请勿重复发送相同内容"),
            ErrorKind::MessageTooLong => Self::Rule("消息内容超过长度限制"),
            ErrorKind::BannedWords => Self::Rule("消息包含敏感词，无法发送"),

            ErrorKind::DeliveryFailed | ErrorKind::Stopping | ErrorKind::Internal => {
                Self::Rule("服务器错误")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(error: impl Into<Failure>) -> (u16, String) {
        let failure = error.into();
        let reply = Reply::failed(&failure.0);
        assert_eq!(failure.status_code(), reply.status);
        (reply.status.as_u16(), reply.body)
    }

    #[test]
    fn a_success_shows_code_result_and_message_in_this_order() {
        let cases = [
            (
                Reply::done(said::SET),
                r#"{"code":0,"result":null,"message":"设置成功"}"#,
            ),
            (
                Reply::ok(said::NOTHING, &json!({"b": 1, "a": "\""})),
                r#"{"code":0,"result":{"b":1,"a":"\""},"message":""}"#,
            ),
            (
                Reply::rendered(said::SENT, r#"{"id":1}"#),
                r#"{"code":0,"result":{"id":1},"message":"发送成功"}"#,
            ),
            (
                Reply::items::<u8>(&[]),
                r#"{"code":0,"result":{"items":[],"total":0},"message":""}"#,
            ),
            (
                Reply::items(&["x", "y"]),
                r#"{"code":0,"result":{"items":["x","y"],"total":2},"message":""}"#,
            ),
            (
                Reply::page(&[3], 9),
                r#"{"code":0,"result":{"items":[3],"total":9},"message":""}"#,
            ),
        ];
        for (reply, body) in cases {
            assert_eq!((reply.status, reply.body.as_str()), (StatusCode::OK, body));
        }
    }

    #[test]
    fn a_failure_has_the_shape_of_its_kind() {
        let cases: [(Failure, u16, &str); 8] = [
            (
                ErrorKind::NotLoggedIn.into(),
                401,
                r#"{"code":1,"result":null,"message":"登录超时"}"#,
            ),
            (
                ErrorKind::AccountUnknown.into(),
                200,
                r#"{"code":1,"result":{},"message":"账号不存在"}"#,
            ),
            (
                ErrorKind::NotMember.into(),
                200,
                r#"{"code":1,"result":{},"message":"你不是是此群聊成员"}"#,
            ),
            (
                Error::invalid("field `to\"Id`").into(),
                200,
                r#"{"code":1,"result":{"info":"field `to\"Id`"},"message":"参数不合法"}"#,
            ),
            (
                ErrorKind::TooLarge.into(),
                200,
                r#"{"code":1,"result":{"info":"body: too large"},"message":"参数不合法"}"#,
            ),
            (
                ErrorKind::MessageTooLong.into(),
                200,
                r#"{"code":1,"result":{},"message":"消息内容超过长度限制"}"#,
            ),
            (
                ErrorKind::Busy.into(),
                200,
                r#"{"code":1,"result":{},"message":"发送过于频繁，请稍后再试"}"#,
            ),
            (
                ErrorKind::Stopping.into(),
                200,
                r#"{"code":1,"result":{},"message":"服务器错误"}"#,
            ),
        ];
        for (failure, status, body) in cases {
            assert_eq!(refused(failure), (status, body.to_owned()));
        }
    }

    #[test]
    fn the_cause_of_a_fault_is_not_shown() {
        let (status, body) = refused(Error::internal("disk full"));
        assert_eq!(
            (status, body.as_str()),
            (200, r#"{"code":1,"result":{},"message":"服务器错误"}"#)
        );
        let fault = Error::internal("disk full");
        let (status, body) = refused(Error::internal(Unproven(fault)));
        assert_eq!(
            (status, body.as_str()),
            (500, r#"{"code":1,"result":null,"message":"服务器错误"}"#)
        );
    }

    #[test]
    fn a_result_that_cannot_be_rendered_is_a_fault() {
        let unprintable = std::collections::BTreeMap::from([((1, 2), 3)]);
        let reply = Reply::ok(said::OK, &unprintable);
        assert!(reply.body.starts_with(r#"{"code":1,"#), "{}", reply.body);
    }
}
