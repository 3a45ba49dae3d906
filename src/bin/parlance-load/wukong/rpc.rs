//! The JSON-RPC form of the protocol: one object per text message. A request's id is its number; that of the login is 0.

use std::borrow::Cow;
use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parlance::dialect::wukong::proto::{Connack, SUCCESS};
use serde::Deserialize;

use super::DEVICE_FLAG;
use super::packets::{Heard, Said, Told};
use crate::dialect::Account;

/// The id of the login.
const LOGIN: u32 = 0;

/// Says who connects.
pub fn connect(account: &Account, out: &mut Vec<u8>) -> io::Result<()> {
    let Account { id, token } = account;
    write!(
        out,
        r#"{{"jsonrpc":"2.0","id":{LOGIN},"method":"connect","params":{{"uid":"{id}","token":"{token}","deviceId":"load","deviceFlag":{DEVICE_FLAG},"clientTimestamp":0}}}}"#
    )
}

/// Says a message, which counts as unread.
pub fn send(said: &Said<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    let (id, kind) = said.place();
    let (seq, payload) = (said.seq, STANDARD.encode(said.payload));
    write!(
        out,
        r#"{{"jsonrpc":"2.0","id":{seq},"method":"send","params":{{"clientMsgNo":""#
    )?;
    out.extend_from_slice(said.no);
    write!(
        out,
        r#"","channelId":"{id}","channelType":{kind},"payload":"{payload}"}}}}"#
    )
}

/// Confirms a message.
pub fn received(told: &Told<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    let Told { id, seq, .. } = told;
    write!(
        out,
        r#"{{"jsonrpc":"2.0","method":"recvack","params":{{"messageId":"{id}","messageSeq":{seq}}}}}"#
    )
}

/// A sign of life.
pub fn ping(out: &mut Vec<u8>) {
    out.extend_from_slice(br#"{"jsonrpc":"2.0","method":"ping"}"#);
}

/// As much as is needed of what the node says.
#[derive(Deserialize)]
struct Incoming<'a> {
    #[serde(default)]
    method: Cow<'a, str>,
    id: Option<u32>,
    error: Option<Problem>,
    #[serde(borrow, default)]
    params: Params<'a>,
}

#[derive(Deserialize)]
struct Problem {
    code: i64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Params<'a> {
    #[serde(borrow)]
    client_msg_no: Cow<'a, str>,
    #[serde(borrow)]
    message_id: Cow<'a, str>,
    message_seq: u32,
    reason_code: u8,
}

/// Reads one message.
pub fn read(message: &[u8], on: &mut impl FnMut(Heard<'_>)) -> Result<(), &'static str> {
    let incoming: Incoming<'_> =
        serde_json::from_slice(message).map_err(|_| "a message that is no JSON-RPC")?;
    let params = &incoming.params;
    match (&*incoming.method, incoming.id) {
        ("recv", _) => on(Heard::Message(Told {
            flags: 0,
            no: params.client_msg_no.as_bytes(),
            id: params.message_id.parse().map_err(|_| "a bad message id")?,
            seq: params.message_seq,
        })),
        ("disconnect", _) => on(Heard::End(format!(
            "ended by the node with reason {}",
            params.reason_code
        ))),
        ("", Some(LOGIN)) => on(Heard::Welcome(Connack::refused(incoming.reason()))),
        ("", Some(seq)) => on(Heard::Answer {
            seq,
            reason: incoming.reason(),
        }),
        _ => {}
    }
    Ok(())
}

impl Incoming<'_> {
    fn reason(&self) -> u8 {
        let code = self.error.as_ref().map(|problem| problem.code);
        // What is no reason code counts as unknown.
        code.map_or(SUCCESS, |code| u8::try_from(code).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::dialect::Recipient;

    fn heard(message: &str) -> (Vec<String>, Result<(), &'static str>) {
        let mut log = Vec::new();
        let state = read(message.as_bytes(), &mut |heard| {
            log.push(format!("{heard:?}"));
        });
        (log, state)
    }

    #[test]
    fn what_is_sent_is_one_object() {
        let said = Said {
            seq: 7,
            no: b"L1:0:1:2;",
            to: Recipient::Account("u"),
            payload: b"{}",
        };
        let told = Told {
            flags: 0,
            no: b"",
            id: 9,
            seq: 3,
        };
        let account = Account {
            id: "u".into(),
            token: "t".into(),
        };
        let mut messages = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
        assert!(send(&said, &mut messages[0]).is_ok());
        assert!(received(&told, &mut messages[1]).is_ok());
        assert!(connect(&account, &mut messages[2]).is_ok());
        ping(&mut messages[3]);
        let values = messages.map(|message| serde_json::from_slice::<Value>(&message).ok());
        let [Some(send), Some(received), Some(connect), Some(ping)] = values else {
            panic!("no JSON")
        };
        assert_eq!((&send["id"], &send["method"]), (&json!(7), &json!("send")));
        assert_eq!(
            send["params"],
            json!({ "clientMsgNo": "L1:0:1:2;", "channelId": "u", "channelType": 1, "payload": "e30=" })
        );
        assert_eq!(
            received["params"],
            json!({ "messageId": "9", "messageSeq": 3 })
        );
        assert_eq!(connect["params"]["token"], "t");
        assert_eq!(ping["method"], "ping");
    }

    #[test]
    fn answers_and_messages_are_told_apart() {
        let cases = [
            (
                r#"{"jsonrpc":"2.0","id":7,"result":{"messageId":"1"}}"#,
                "Answer { seq: 7, reason: 1 }",
            ),
            (
                r#"{"jsonrpc":"2.0","id":8,"error":{"code":13,"message":"no"}}"#,
                "Answer { seq: 8, reason: 13 }",
            ),
            (
                r#"{"jsonrpc":"2.0","method":"disconnect","params":{"reasonCode":12,"reason":"x"}}"#,
                r#"End("ended by the node with reason 12")"#,
            ),
        ];
        for (message, expected) in cases {
            assert_eq!(heard(message), (vec![expected.to_owned()], Ok(())));
        }
        let recv = r#"{"jsonrpc":"2.0","method":"recv","params":{"header":{},"messageId":"5","messageSeq":6,"clientMsgNo":"m"}}"#;
        let told = Told {
            flags: 0,
            no: b"m",
            id: 5,
            seq: 6,
        };
        assert_eq!(
            heard(recv),
            (vec![format!("{:?}", Heard::Message(told))], Ok(()))
        );
    }

    #[test]
    fn an_answered_ping_says_nothing_and_nonsense_is_refused() {
        let pong = r#"{"jsonrpc":"2.0","id":null,"result":{}}"#;
        assert_eq!(heard(pong), (Vec::new(), Ok(())));
        assert!(heard("nonsense").1.is_err());
    }

    #[test]
    fn the_login_is_answered_with_a_reason() {
        let welcome = r#"{"jsonrpc":"2.0","id":0,"result":{"reasonCode":1}}"#;
        let refusal = r#"{"jsonrpc":"2.0","id":0,"error":{"code":2,"message":"no"}}"#;
        for (message, reason) in [(welcome, 1), (refusal, 2)] {
            let expected = format!("{:?}", Heard::Welcome(Connack::refused(reason)));
            assert_eq!(heard(message).0, [expected]);
        }
    }
}
