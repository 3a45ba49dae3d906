//! Operations 1, 2 and 4: codes in pictures, mails and text messages.

use super::cases::{self, cases};
use super::world::{CODE, World};
use crate::support::TestNode;
use crate::support::http::{Answer, Client};
use crate::support::mail::MailServer;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use uuid::{Uuid, Version};

const EXPIRED: &str = "验证码过期，请刷新后重试";
const WRONG: &str = "验证码错误";
const TOO_OFTEN: &str = "验证码发送过于频繁";

cases! {
    1 a_picture_to_log_in_with Succeeds "", |w| {
        w.guest.get("/captcha/image", json!({"type": "login"})).await
    };
    1 a_picture_for_nothing Fails "参数不合法", |w| w.guest.get("/captcha/image", json!({})).await;
    1 a_picture_for_an_empty_type Fails "参数不合法", |w| {
        w.guest.get("/captcha/image", json!({"type": ""})).await
    };
    1 a_picture_for_something_else Succeeds "", |w| {
        w.guest.get("/captcha/image", json!({"type": "reset"})).await
    };
    2 a_code_by_mail Succeeds "发送成功", |w| {
        w.guest.get("/captcha/email", json!({"email": w.email()})).await
    };
    2 a_mail_to_nobody Fails "参数不合法", |w| w.guest.get("/captcha/email", json!({})).await;
    2 a_mail_to_what_is_no_address Fails "参数不合法", |w| {
        w.guest.get("/captcha/email", json!({"email": "eve"})).await
    };
    2 a_mail_with_a_header_of_its_own Fails "参数不合法", |w| {
        w.guest.get("/captcha/email", json!({"email": "eve@mail.example\r\nBcc: dan@mail.example"})).await
    };
    4 a_code_by_text_message Succeeds "发送成功", |w| {
        w.guest.get("/captcha/mobile", json!({"mobile": w.mobile()})).await
    };
    4 a_text_message_to_nobody Fails "参数不合法", |w| w.guest.get("/captcha/mobile", json!({})).await;
}

#[tokio::test]
async fn every_case_of_codes_holds() {
    cases::run(CASES).await;
}

async fn picture(guest: &Client, kind: &str) -> Value {
    let answer = guest.get("/captcha/image", json!({"type": kind})).await;
    answer.succeeds("").clone()
}

/// Width, height, bits and colour type of a PNG, from its first chunk.
fn header(png: &[u8]) -> (u32, u32, u8, u8) {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!(&png[12..16], b"IHDR");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20), png[24], png[25])
}

#[tokio::test]
async fn a_picture_is_an_rgb_png_of_82_by_32_pixels_under_a_fresh_uuid() {
    let node = TestNode::start().await;
    for kind in ["login", "register"] {
        let result = picture(&node.guest(), kind).await;
        let png = STANDARD
            .decode(result["captcha"].as_str().unwrap())
            .unwrap();
        assert_eq!(header(&png), (82, 32, 8, 2));
        let key = result["key"].as_str().unwrap();
        let uuid = Uuid::parse_str(key).unwrap();
        assert_eq!(uuid.get_version(), Some(Version::Random));
        assert_eq!(uuid.hyphenated().to_string(), key);
    }
    let same = picture(&node.guest(), "login").await == picture(&node.guest(), "login").await;
    assert!(!same);
}

/// A node whose codes are known, and which asks for pictures at every login and registration.
async fn with_pictures() -> TestNode {
    let node = TestNode::with(|config| config.auth.fixed_code = CODE.to_owned()).await;
    node.admin().await.set("login_captcha", "true").await;
    node
}

async fn register(guest: &Client, name: &str, key: &Value, answer: &str) -> Answer {
    let fields = json!({
        "account": name, "password": "correct horse", "platform": "ios", "captchaKey": key, "captcha": answer,
    });
    guest.post("/register/basic", fields).await
}

#[tokio::test]
async fn a_picture_is_good_for_one_right_answer() {
    let node = with_pictures().await;
    let guest = node.guest();
    let key = &picture(&guest, "register").await["key"];
    register(&guest, "ann", key, "00000").await.fails(WRONG);
    register(&guest, "ann", key, CODE)
        .await
        .succeeds("注册成功");
    register(&guest, "bob", key, CODE).await.fails(EXPIRED);
}

#[tokio::test]
async fn a_picture_to_log_in_with_does_not_register_anybody() {
    let node = with_pictures().await;
    let guest = node.guest();
    for kind in ["login", "reset"] {
        let key = &picture(&guest, kind).await["key"];
        register(&guest, "ann", key, CODE).await.fails(EXPIRED);
    }
    register(&guest, "ann", &json!("nonsense"), CODE)
        .await
        .fails(EXPIRED);
}

#[tokio::test]
async fn three_wrong_answers_spoil_a_picture() {
    let node = with_pictures().await;
    let guest = node.guest();
    let key = &picture(&guest, "register").await["key"];
    for _ in 0..3 {
        register(&guest, "ann", key, "00000").await.fails(WRONG);
    }
    register(&guest, "ann", key, CODE).await.fails(EXPIRED);
}

async fn log_in(guest: &Client, email: &str, code: &str) -> Answer {
    let fields = json!({"email": email, "captcha": code, "platform": "h5"});
    guest.post("/login/email", fields).await
}

#[tokio::test]
async fn five_wrong_answers_spoil_a_code() {
    let node = World::node().await;
    let guest = node.guest();
    let fields = json!({"email": "ann@mail.example"});
    guest
        .get("/captcha/email", fields)
        .await
        .succeeds("发送成功");
    for _ in 0..5 {
        log_in(&guest, "ann@mail.example", "99999")
            .await
            .fails(WRONG);
    }
    log_in(&guest, "ann@mail.example", CODE)
        .await
        .fails(EXPIRED);
}

#[tokio::test]
async fn an_address_is_the_same_in_whatever_case_and_between_blanks() {
    let node = World::node().await;
    let guest = node.guest();
    let fields = json!({"email": " Ann@Mail.Example "});
    guest
        .get("/captcha/email", fields)
        .await
        .succeeds("发送成功");
    log_in(&guest, "ann@mail.example", CODE)
        .await
        .succeeds("登陆成功");
}

#[tokio::test]
async fn one_code_a_minute_goes_to_an_address() {
    let node = TestNode::with(|config| config.limits.code_interval_seconds = 60).await;
    let guest = node.guest();
    let to = |address: &str| json!({"email": address});
    guest
        .get("/captcha/email", to("ann@mail.example"))
        .await
        .succeeds("发送成功");
    guest
        .get("/captcha/email", to("ANN@mail.example"))
        .await
        .fails(TOO_OFTEN);
    guest
        .get("/captcha/email", to("bob@mail.example"))
        .await
        .succeeds("发送成功");
    assert_eq!(node.outbox("mail-").len(), 2);
}

#[tokio::test]
async fn so_many_codes_a_day_go_to_a_number() {
    let node = TestNode::with(|config| config.limits.codes_per_day = 2).await;
    let guest = node.guest();
    let fields = || json!({"mobile": "13800000001"});
    guest
        .get("/captcha/mobile", fields())
        .await
        .succeeds("发送成功");
    guest
        .get("/captcha/mobile", fields())
        .await
        .succeeds("发送成功");
    guest
        .get("/captcha/mobile", fields())
        .await
        .fails(TOO_OFTEN);
}

#[tokio::test]
async fn so_many_codes_an_hour_are_sent_for_one_network_address() {
    let node = TestNode::with(|config| config.limits.codes_per_hour = 2).await;
    let guest = node.guest();
    let fields = |n: u32| json!({"email": format!("{n}@mail.example")});
    guest
        .get("/captcha/email", fields(1))
        .await
        .succeeds("发送成功");
    let by_sms = json!({"mobile": "13800000001"});
    guest
        .get("/captcha/mobile", by_sms)
        .await
        .succeeds("发送成功");
    guest
        .get("/captcha/email", fields(2))
        .await
        .fails(TOO_OFTEN);
}

#[tokio::test]
async fn so_many_pictures_a_minute_are_drawn_for_one_network_address() {
    let node = TestNode::with(|config| config.limits.codes_per_minute = 1).await;
    let guest = node.guest();
    picture(&guest, "login").await;
    let fields = json!({"type": "register"});
    guest.get("/captcha/image", fields).await.fails(TOO_OFTEN);
}

/// The five digits of a text that has no others.
fn code_in(text: &str) -> &str {
    let codes = text.split(|c: char| !c.is_ascii_digit());
    let mut codes = codes.filter(|digits| digits.len() == 5);
    codes.next().unwrap_or_else(|| panic!("no code: {text}"))
}

#[tokio::test]
async fn a_mail_goes_to_the_server_with_the_settings_words() {
    let mut server = MailServer::start().await;
    let node = TestNode::with(|config| config.mail.smtp_url = server.url()).await;
    let admin = node.admin().await;
    admin.set("email_title", "Welcome").await;
    admin
        .set("email_template", "Type {code}, not {code}.")
        .await;
    admin.set("email_from", "node@chat.example").await;

    let fields = json!({"email": "ann@mail.example"});
    node.guest()
        .get("/captcha/email", fields)
        .await
        .succeeds("发送成功");
    let mail = server.next().await;
    assert!(mail.from.contains("<node@chat.example>"), "{mail:?}");
    assert!(mail.to.contains("<ann@mail.example>"), "{mail:?}");
    assert!(mail.data.contains("Subject: Welcome\n"), "{mail:?}");
    let (_, text) = mail.data.split_once("\n\n").unwrap();
    let code = code_in(text);
    assert_eq!(text.trim_end(), format!("Type {code}, not {{code}}."));
    let login = log_in(&node.guest(), "ann@mail.example", code).await;
    assert_eq!(login.succeeds("登陆成功")["needUpdatePassword"], true);
    assert!(node.outbox("mail-").is_empty());
}

#[tokio::test]
async fn without_a_server_a_mail_becomes_a_file() {
    let node = TestNode::start().await;
    let fields = json!({"email": "ann@mail.example"});
    node.guest()
        .get("/captcha/email", fields)
        .await
        .succeeds("发送成功");
    let mails = node.outbox("mail-");
    let [mail] = &mails[..] else {
        panic!("{mails:?}")
    };
    assert!(mail.contains("To: ann@mail.example\n"), "{mail}");
    let (_, text) = mail.split_once("\n\n").unwrap();
    let login = log_in(&node.guest(), "ann@mail.example", code_in(text)).await;
    login.succeeds("登陆成功");
}

#[tokio::test]
async fn without_a_gateway_a_text_message_becomes_a_file() {
    let node = TestNode::start().await;
    node.admin().await.set("sms_sign", "Chat").await;
    let fields = json!({"mobile": "13800000001"});
    node.guest()
        .get("/captcha/mobile", fields)
        .await
        .succeeds("发送成功");
    let texts = node.outbox("sms-");
    let [text] = &texts[..] else {
        panic!("{texts:?}")
    };
    let (to, text) = text.split_once("\n\n").unwrap();
    assert_eq!(to, "To: 13800000001");
    assert!(text.starts_with("【Chat】 "), "{text}");
    let fields = json!({"mobile": "13800000001", "captcha": code_in(text), "platform": "ios"});
    node.guest()
        .post("/login/mobile", fields)
        .await
        .succeeds("登陆成功");
}

#[tokio::test]
async fn a_code_that_cannot_be_sent_is_void() {
    let node = TestNode::with(|config| {
        config.auth.fixed_code = CODE.to_owned();
        // The port of echoes, which nobody serves.
        config.mail.smtp_url = "smtp://127.0.0.1:7".to_owned();
    })
    .await;
    let guest = node.guest();
    let fields = json!({"email": "ann@mail.example"});
    guest
        .get("/captcha/email", fields)
        .await
        .fails("服务器错误");
    log_in(&guest, "ann@mail.example", CODE)
        .await
        .fails(EXPIRED);
}
