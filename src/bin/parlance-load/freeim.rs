//! Requests and answers of the freeim API. Numbers in comments are its operations.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use memchr::memmem;
use serde_json::{Value, json};

use crate::Result;
use crate::dialect::{Account, Post, Proof, Recipient, Requests};
use crate::http::{Answer, Http, Request};

/// Where sockets are opened.
pub const SOCKET_PATH: &str = "/api/v1/ws";
/// Accounts invited to a group in one request.
const INVITED_AT_ONCE: usize = 100;
/// How messages are sent.
pub const REQUESTS: Requests = Requests { post, accepted };

/// By code: 4 and 7. By password: 5, or 3 if the account exists.
pub async fn sign_in(http: &mut Http, name: &str, proof: Proof<'_>) -> Result<Account> {
    let result = match proof {
        Proof::Code(code) => {
            let path = format!("/api/v1/captcha/mobile?mobile={name}");
            ask(
                http,
                &Request {
                    method: "GET",
                    path: &path,
                    login: None,
                    json: None,
                },
            )
            .await?;
            let body = json!({ "mobile": name, "captcha": code, "platform": "pc" });
            tell(http, "/api/v1/login/mobile", None, &body).await?
        }
        Proof::Password(password) => {
            let body = json!({ "account": name, "password": password, "platform": "pc" });
            match tell(http, "/api/v1/register/basic", None, &body).await {
                Ok(result) => result,
                Err(taken) => tell(http, "/api/v1/login/basic", None, &body)
                    .await
                    .map_err(|error| format!("{taken}\n{error}"))?,
            }
        }
    };
    let token = result
        .get("token")
        .and_then(Value::as_str)
        .ok_or("the login's answer has no token")?;
    let id = account_id(token).ok_or("the token names no account")?;
    Ok(Account {
        id,
        token: token.to_owned(),
    })
}

/// 33, then 49 for the members.
pub async fn create_channel(http: &mut Http, owner: &Account, members: &[&str]) -> Result<String> {
    let token = Some(owner.token.as_str());
    let group = tell(
        http,
        "/api/v1/chatGroups",
        token,
        &json!({ "name": "load" }),
    )
    .await?;
    let id = group
        .get("id")
        .and_then(Value::as_u64)
        .ok_or("the new group has no id")?;
    for some in members.chunks(INVITED_AT_ONCE) {
        let some: Vec<u64> = some.iter().map(|id| id.parse()).collect::<Result<_, _>>()?;
        let body = json!({ "groupId": id, "toIdList": some });
        tell(http, "/api/v1/chatGroups/invite", token, &body).await?;
    }
    Ok(id.to_string())
}

/// 40.
pub async fn dissolve_channel(http: &mut Http, owner: &Account, channel: &str) -> Result<()> {
    let body = json!({ "groupId": channel.parse::<u64>()? });
    tell(
        http,
        "/api/v1/chatGroups/dissolve",
        Some(&owner.token),
        &body,
    )
    .await?;
    Ok(())
}

/// 51.
fn post<'a>(
    sender: &'a Account,
    post: &Post<'_>,
    json: &'a mut Vec<u8>,
) -> io::Result<Request<'a>> {
    let (ope, to) = match post.to {
        Recipient::Account(id) => ("friend", id),
        Recipient::Channel(id) => ("group", id),
    };
    json.clear();
    write!(
        json,
        r#"{{"toId":{to},"ope":"{ope}","type":"text","isPrivate":false,"body":""#
    )?;
    json.extend_from_slice(post.text);
    if let Some(client_id) = post.client_id {
        json.extend_from_slice(br#"","clientMsgId":""#);
        json.extend_from_slice(client_id);
    }
    json.extend_from_slice(br#""}"#);
    Ok(Request {
        method: "POST",
        path: "/api/v1/chat/send",
        login: login(Some(&sender.token)),
        json: Some(json.as_slice()),
    })
}

/// The envelope begins with its code: 0 is success, 1 everything else.
fn accepted(answer: &Answer<'_>) -> bool {
    let start = &answer.body[..answer.body.len().min(32)];
    answer.status == 200 && memmem::find(start, br#""code":0,"#).is_some()
}

async fn tell(http: &mut Http, path: &str, token: Option<&str>, body: &Value) -> Result<Value> {
    let body = serde_json::to_vec(body)?;
    ask(
        http,
        &Request {
            method: "POST",
            path,
            login: login(token),
            json: Some(&body),
        },
    )
    .await
}

fn login(token: Option<&str>) -> Option<(&'static str, &str)> {
    token.map(|token| ("Authorization", token))
}

/// Asks, and returns the envelope's result.
async fn ask(http: &mut Http, request: &Request<'_>) -> Result<Value> {
    let path = request.path.split('?').next().unwrap_or_default();
    let answer = http
        .call(request)
        .await
        .map_err(|error| format!("{path}: {error}"))?;
    let mut envelope: Value = serde_json::from_slice(answer.body).unwrap_or_default();
    if accepted(&answer) {
        return Ok(envelope
            .get_mut("result")
            .map(Value::take)
            .unwrap_or_default());
    }
    Err(format!(
        "{path} was refused: {answer}\nA load run needs a node without rate limits: set every key of \
         its [limits] section (limits.*) to 0, and auth.fixed_code to what --code says."
    )
    .into())
}

/// The claim `id` of the token, which is a JWT.
fn account_id(token: &str) -> Option<String> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Value>(&claims)
        .ok()?
        .get("id")?
        .as_u64()
        .map(|id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_accepted(status: u16, body: &str) -> bool {
        accepted(&Answer {
            status,
            body: body.as_bytes(),
        })
    }

    #[test]
    fn only_code_0_is_an_acknowledgement() {
        assert!(is_accepted(
            200,
            r#"{"code":0,"result":{"id":1},"message":""}"#
        ));
        assert!(!is_accepted(
            200,
            r#"{"code":1,"result":{},"message":"\"code\":0,"}"#
        ));
        assert!(!is_accepted(
            401,
            r#"{"code":0,"result":null,"message":""}"#
        ));
        assert!(!is_accepted(200, ""));
    }

    #[test]
    fn a_message_is_a_json_object() {
        let sender = Account {
            id: "1".into(),
            token: "t".into(),
        };
        let post_to = Post {
            to: Recipient::Channel("5"),
            text: b"hi",
            client_id: Some(b"c1"),
        };
        let mut json = Vec::new();
        let Ok(request) = post(&sender, &post_to, &mut json) else {
            panic!("a Vec takes everything")
        };
        let value: Option<Value> = request
            .json
            .and_then(|json| serde_json::from_slice(json).ok());
        let expected = json!({
            "toId": 5, "ope": "group", "type": "text", "isPrivate": false, "body": "hi", "clientMsgId": "c1",
        });
        assert_eq!(
            (value, request.login),
            (Some(expected), Some(("Authorization", "t")))
        );
    }

    #[test]
    fn the_token_names_its_account() {
        let token = format!(
            "h.{}.s",
            URL_SAFE_NO_PAD.encode(r#"{"id":10000007,"iss":"SZKJ"}"#)
        );
        assert_eq!(account_id(&token).as_deref(), Some("10000007"));
        assert_eq!(account_id("h.e.s"), None);
    }
}
