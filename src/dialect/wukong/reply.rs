//! The shapes of all answers, and the words of this API (contract, sections 1.2 and 1.3).

use crate::dialect::answer;
use crate::error::{Error, ErrorKind};
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError, web};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::fmt;

/// A field has the wrong type, or the body is no JSON.
pub const MALFORMED: &str = "数据格式有误！";
/// An account is unknown.
pub const NO_USER: &str = "用户不存在！";
/// A channel is unknown.
pub const NO_GROUP: &str = "群不存在";
/// A permission is missing.
pub const NOT_ALLOWED: &str = "没有权限！";
/// A texted code is wrong, used or too old.
pub const BAD_CODE: &str = "验证码无效！";

/// A finished answer.
pub struct Reply {
    status: StatusCode,
    body: String,
}

impl Reply {
    /// Success with nothing to show.
    pub fn ok() -> Self {
        Self::json(r#"{"status":200}"#.to_owned())
    }

    /// Success with a bare object or list.
    pub fn data<T: Serialize + ?Sized>(data: &T) -> Self {
        match serde_json::to_string(data) {
            Ok(body) => Self::json(body),
            Err(cause) => Failure::from(Error::internal(cause)).reply(),
        }
    }

    /// An answer that may be so large that a worker would be held up by writing it.
    pub async fn written(write: impl FnOnce() -> Self + Send + 'static) -> Result<Self, Failure> {
        let written = web::block(write).await;
        Ok(written.map_err(Error::internal)?)
    }

    /// Success with an object that also says so, for the calls whose documented answer is the bare envelope.
    pub fn data_with_status<T: Serialize>(data: &T) -> Self {
        match serde_json::to_value(data) {
            Ok(Value::Object(mut fields)) => {
                fields.insert("status".to_owned(), 200.into());
                Self::json(Value::Object(fields).to_string())
            }
            Ok(_) => Failure::from(Error::internal("an answer with a status is no object")).reply(),
            Err(cause) => Failure::from(Error::internal(cause)).reply(),
        }
    }

    fn json(body: String) -> Self {
        Self {
            status: StatusCode::OK,
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

/// A refusal on its way to a client. Faults of the node are logged when it is rendered.
#[derive(Debug)]
pub struct Failure {
    cause: Cause,
    /// What the answer holds beside status and text.
    extra: Box<Map<String, Value>>,
}

#[derive(Debug)]
enum Cause {
    /// No token was sent.
    NoToken,
    /// A text of one operation, with the status in the body.
    Said(u16, Cow<'static, str>),
    /// An error in the words that hold everywhere.
    Error(Error),
}

impl Failure {
    /// A refusal in an operation's own words.
    pub fn said(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Cause::Said(400, text.into()))
    }

    /// A refusal that clients tell by its number (contract, operation 2).
    pub fn numbered(status: u16, text: &'static str, extra: Map<String, Value>) -> Self {
        Self {
            cause: Cause::Said(status, text.into()),
            extra: extra.into(),
        }
    }

    /// The answer to who sent no token.
    pub fn no_token() -> Self {
        Self::new(Cause::NoToken)
    }

    /// What went wrong in the core's terms, unless an operation said it in its own words.
    pub fn kind(&self) -> Option<ErrorKind> {
        match &self.cause {
            Cause::Error(error) => Some(error.kind()),
            Cause::NoToken | Cause::Said(..) => None,
        }
    }

    fn new(cause: Cause) -> Self {
        Self {
            cause,
            extra: Box::default(),
        }
    }

    fn is_login(&self) -> bool {
        match &self.cause {
            Cause::NoToken => true,
            Cause::Said(..) => false,
            Cause::Error(error) => matches!(
                error.kind(),
                ErrorKind::NotLoggedIn | ErrorKind::SessionEnded
            ),
        }
    }

    fn reply(&self) -> Reply {
        let (number, text) = match &self.cause {
            Cause::NoToken => (401, "token不能为空，请先登录！"),
            Cause::Said(number, text) => (*number, &**text),
            Cause::Error(error) => {
                if error.is_fault() {
                    log::error!("{error}");
                }
                (if self.is_login() { 401 } else { 400 }, text(error.kind()))
            }
        };
        let mut body = json!({ "status": number, "msg": text });
        if let Value::Object(fields) = &mut body {
            fields.extend(Map::clone(&self.extra));
        }
        Reply {
            status: self.status_code(),
            body: body.to_string(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(Cause::Error(error))
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
            Cause::NoToken => f.write_str("no token"),
            Cause::Said(_, text) => f.write_str(text),
            Cause::Error(error) => error.fmt(f),
        }
    }
}

impl ResponseError for Failure {
    /// Clients drop their login at 401, so that nothing but a missing login may be answered with it.
    fn status_code(&self) -> StatusCode {
        if self.is_login() {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::BAD_REQUEST
        }
    }

    fn error_response(&self) -> HttpResponse {
        self.reply().into()
    }
}

/// Gives an operation its own words for some errors.
pub trait Wording<T> {
    /// The same, with these texts for these kinds.
    fn worded(self, words: &[(ErrorKind, &'static str)]) -> Result<T, Failure>;
}

impl<T> Wording<T> for Result<T, Error> {
    fn worded(self, words: &[(ErrorKind, &'static str)]) -> Result<T, Failure> {
        self.map_err(|error| {
            let own = words.iter().find(|(kind, _)| *kind == error.kind());
            own.map_or_else(|| error.into(), |(_, text)| Failure::said(*text))
        })
    }
}

/// What is said wherever an operation has no words of its own.
fn text(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Invalid => MALFORMED,
        ErrorKind::TooLarge => "请求数据过大！",
        ErrorKind::NotLoggedIn | ErrorKind::SessionEnded => "请先登录！",
        ErrorKind::NotFound => "数据不存在！",

        ErrorKind::AccountUnknown => NO_USER,
        ErrorKind::WrongPassword => "密码不正确！",
        ErrorKind::AccountLocked | ErrorKind::ReadOnly => "该用户已被禁用",
        ErrorKind::LoginsExhausted => "登录失败次数过多，请稍后再试",
        ErrorKind::AddressNotAllowed => "此账号不允许登录",
        ErrorKind::DeviceUnproven => "需要验证手机号码！",
        ErrorKind::CodeWrong | ErrorKind::CodeExpired => BAD_CODE,
        ErrorKind::CodesTooOften => "发送过于频繁，请1分钟后再试",
        ErrorKind::NameTaken => "该用户已存在",
        ErrorKind::NameNotAllowed => "用户名不能包含中文",
        ErrorKind::HandleTaken => "已存在，请换一个！",
        ErrorKind::HandleFixed => "用户短编号只能修改一次",
        ErrorKind::InviteInvalid => "邀请码不存在",
        ErrorKind::AddressBanned | ErrorKind::AddressLimited => "注册通道暂不开放，请稍后再试",
        ErrorKind::SignupClosed | ErrorKind::EmailSignupClosed | ErrorKind::MobileSignupClosed => {
            "注册通道暂不开放"
        }

        ErrorKind::NotContact => "对方不是你的好友",
        ErrorKind::AlreadyContact => "已经是好友，不能再申请！",
        ErrorKind::RequestPending => "好友申请已发送，请等待对方确认",
        ErrorKind::RequestUnknown => "好友申请无效或已过期！",
        ErrorKind::RequestQuota => "当天好友申请数量已达上限",
        ErrorKind::NotBlocked => "用户不在黑名单内",
        ErrorKind::ContactGroupTaken => "标签名字已存在",
        ErrorKind::ContactGroupUnknown => "标签不存在",
        ErrorKind::ContactsClosed | ErrorKind::ContactNotAllowed => "当前不允许添加该用户为好友",
        ErrorKind::SelfTarget => "不能对自己进行此操作",

        ErrorKind::ChannelUnknown | ErrorKind::ChannelDissolved => NO_GROUP,
        ErrorKind::JoinClosed => "该群禁止加入",
        ErrorKind::ChannelFull => "群成员数量已达上限",
        ErrorKind::JoinRequestUnknown => "加群申请不存在",
        ErrorKind::JoinRequestPending => "已申请加群，请等待确认",
        ErrorKind::AlreadyMember => "已在群内",
        ErrorKind::NotManager | ErrorKind::NotOwner | ErrorKind::NotMember => NOT_ALLOWED,
        ErrorKind::InvitesClosed => "群开启了邀请模式，不能添加群成员！",
        ErrorKind::Barred => "你已被加入群黑名单",
        ErrorKind::OwnerMustStay => "群主不能退群",
        ErrorKind::RankTooHigh => "操作用户权限不够",
        ErrorKind::TargetNotMember => "成员信息不存在！",
        ErrorKind::ChannelQuota | ErrorKind::ChannelsPerDay => "当天建群数量已达上限",
        ErrorKind::ChannelCreationClosed => "建群功能暂不开放",
        ErrorKind::LeavingClosed => "当前不允许退出群聊",

        ErrorKind::NotYourMessage | ErrorKind::RevokeTooLate => "无权限撤回此消息！",
        ErrorKind::Muted => "已被禁言",
        ErrorKind::BlockedByPeer => "对方已将你拉黑",
        ErrorKind::TooFast | ErrorKind::Busy => "操作过于频繁，请稍后再试",
        ErrorKind::Repeated => "请勿重复发送相同内容",
        ErrorKind::MessageTooLong => "消息内容过长",
        ErrorKind::BannedWords => "消息包含敏感词",

        ErrorKind::DeliveryFailed => "验证码发送失败，请稍后再试",
        ErrorKind::Stopping | ErrorKind::Internal => "服务器错误，请稍后再试",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(failure: Failure) -> (u16, String) {
        let reply = failure.reply();
        (reply.status.as_u16(), reply.body)
    }

    #[test]
    fn a_success_has_no_envelope() {
        assert_eq!(Reply::ok().body, r#"{"status":200}"#);
        assert_eq!(Reply::data(&[1, 2]).body, "[1,2]");
        assert_eq!(
            Reply::data_with_status(&json!({"exist": 0})).body,
            r#"{"exist":0,"status":200}"#
        );
    }

    #[test]
    fn only_a_missing_login_is_401() {
        let cases = [
            (Failure::no_token(), 401, "token不能为空，请先登录！"),
            (ErrorKind::NotLoggedIn.into(), 401, "请先登录！"),
            (ErrorKind::NotOwner.into(), 400, "没有权限！"),
            (Failure::said(NO_GROUP), 400, "群不存在"),
            (Error::invalid("field `x`").into(), 400, "数据格式有误！"),
        ];
        for (failure, status, text) in cases {
            let body = format!(r#"{{"status":{status},"msg":"{text}"}}"#);
            assert_eq!(rendered(failure), (status, body));
        }
    }

    #[test]
    fn a_numbered_refusal_holds_more_than_its_text() {
        let extra = Map::from_iter([("uid".to_owned(), "u1".into())]);
        assert_eq!(
            rendered(Failure::numbered(110, "需要验证手机号码！", extra)),
            (
                400,
                r#"{"status":110,"msg":"需要验证手机号码！","uid":"u1"}"#.to_owned()
            )
        );
    }

    #[test]
    fn an_operation_has_its_own_words() {
        let error: Result<(), Error> = Err(ErrorKind::AccountUnknown.into());
        let failure = error
            .worded(&[(ErrorKind::AccountUnknown, "该用户不存在")])
            .unwrap_err();
        assert_eq!(failure.to_string(), "该用户不存在");
        let other: Result<(), Error> = Err(ErrorKind::Busy.into());
        assert_eq!(other.worded(&[]).unwrap_err().kind(), Some(ErrorKind::Busy));
    }

    #[test]
    fn the_cause_of_a_fault_is_not_shown() {
        let (status, body) = rendered(Error::internal("disk full").into());
        assert_eq!((status, body.contains("disk")), (400, false));
    }
}
