use super::*;
use crate::dialect::wukong::content;
use crate::dialect::wukong::ids::Ids;
use crate::domain::conversation::{Exchange, Target};
use crate::domain::{AccountId, Event, Message, MessageId, MessageStatus};
use crate::error::ErrorKind;
use crate::service::opaque::{Opaque, System};
use std::sync::Arc;

const ANN: AccountId = AccountId::FIRST;
const BOB: AccountId = AccountId(AccountId::FIRST.0 + 1);
/// Base64 of `{"content":"hi","type":1}`.
const HI: &str = "eyJjb250ZW50IjoiaGkiLCJ0eXBlIjoxfQ==";

fn ids() -> Ids {
    Ids {
        opaque: Opaque::new([7; 16]),
        system: Arc::new(System::default()),
    }
}

fn wire(me: AccountId) -> RpcWire {
    let speech = Speech::new(me, ids(), "http://x/v1/".to_owned());
    let id = RawValue::from_string("\"1\"".to_owned()).unwrap();
    let mut wire = RpcWire::new(speech, Some(id), 25);
    wire.hello(0).unwrap();
    wire
}

fn text(value: &str) -> Frame {
    Frame::Text(value.into())
}

fn json(frame: &Frame) -> Value {
    match frame {
        Frame::Text(text) => serde_json::from_str(text).unwrap(),
        Frame::Binary(_) => panic!("a binary frame"),
    }
}

fn reply(intents: &[Intent]) -> Value {
    match intents {
        [Intent::Reply(frame)] => json(frame),
        other => panic!("{other:?}"),
    }
}

fn send(params: Value) -> Frame {
    text(&json!({ "method": "send", "id": "7", "params": params }).to_string())
}

fn to_bob() -> Value {
    let uid = ids().uid(BOB);
    json!({ "clientMsgNo": "c1", "channelId": uid, "channelType": 1, "payload": HI })
}

#[test]
fn connect_is_answered_as_the_contract_shows() {
    let speech = Speech::new(ANN, ids(), String::new());
    let id = RawValue::from_string("\"1\"".to_owned()).unwrap();
    let mut wire = RpcWire::new(speech, Some(id), 25);
    let expected = r#"{"jsonrpc":"2.0","id":"1","result":{"serverKey":"","salt":"","timeDiff":25,"reasonCode":1,"serverVersion":5,"nodeId":1}}"#;
    assert_eq!(wire.hello(0), Some(text(expected)));
    assert_eq!(wire.hello(0), None);
}

#[test]
fn what_is_said_is_answered_under_its_id() {
    let mut wire = wire(ANN);
    let intents = wire.receive(&send(to_bob()), 0);
    let [Intent::Say(said)] = intents.as_slice() else {
        panic!("{intents:?}")
    };
    assert_eq!(said.to, Target::Account(BOB));
    assert_eq!(said.draft, content::plain("hi"));
    assert!(said.kept);
    let outcome = Outcome {
        ticket: said.ticket,
        said: Ok((MessageId(5), 7)),
    };
    let expected = json!({
        "jsonrpc": "2.0", "id": "7", "result": { "messageId": "5", "messageSeq": 7, "reasonCode": 1 },
    });
    assert_eq!(json(&wire.outcome(outcome.clone(), 0).unwrap()), expected);
    assert_eq!(wire.outcome(outcome, 0), None);
}

#[test]
fn what_is_not_said_gets_its_reason() {
    let mut wire = wire(ANN);
    let intents = wire.receive(&send(to_bob()), 0);
    let [Intent::Say(said)] = intents.as_slice() else {
        panic!("{intents:?}")
    };
    let outcome = Outcome {
        ticket: said.ticket,
        said: Err(ErrorKind::BlockedByPeer),
    };
    let answer = json(&wire.outcome(outcome, 0).unwrap());
    assert_eq!(answer["error"]["code"], 4);
}

#[test]
fn what_cannot_be_said_is_refused_at_once() {
    let cases = [
        ("channelType", json!(3), 23),
        ("channelId", json!("nobody"), 3),
        ("payload", json!("%"), 9),
        ("payload", json!({}), 9),
        ("header", json!({ "syncOnce": true }), 20),
    ];
    for (key, value, code) in cases {
        let mut params = to_bob();
        params[key] = value;
        let answer = reply(&wire(ANN).receive(&send(params), 0));
        assert_eq!(answer["error"]["code"], code, "{key}");
        assert_eq!(answer["id"], "7");
    }
}

#[test]
fn a_header_says_how_it_is_delivered() {
    let mut params = to_bob();
    params["header"] = json!({ "noPersist": true, "redDot": false });
    let intents = wire(ANN).receive(&send(params), 0);
    assert!(matches!(&intents[..], [Intent::Say(said)] if !said.kept && said.draft.quiet));
}

#[test]
fn a_setting_is_a_byte_or_has_a_name_for_each_bit() {
    let named = json!({"receipt": true, "noUpdateConversation": true, "topic": true});
    assert_eq!(setting(&named), Setting(0xc0));
    assert_eq!(setting(&json!(0x40)), Setting::QUIET);
    assert_eq!(setting(&json!({"signal": false})), Setting::default());
}

#[test]
fn a_ping_is_answered_whatever_its_id() {
    for id in ["1", "\"x\"", "1e999", "null", "[1]"] {
        let ping = format!(r#"{{"method":"ping","id":{id}}}"#);
        let intents = wire(ANN).receive(&text(&ping), 0);
        assert!(matches!(&intents[..], [Intent::Reply(_)]), "{id}");
    }
    let answer = reply(&wire(ANN).receive(&text(r#"{"method":"ping","id":"p"}"#), 0));
    assert_eq!(answer, json!({ "jsonrpc": "2.0", "id": "p", "result": {} }));
}

#[test]
fn what_is_no_request_ends_the_connection() {
    let long = format!(r#"{{"method":"ping","id":"{}"}}"#, "x".repeat(200));
    for said in ["", "[]", "{}", "{", "null", long.as_str()] {
        assert_eq!(wire(ANN).receive(&text(said), 0), [Intent::Close(None)]);
    }
}

#[test]
fn unknown_methods_are_refused_and_unknown_notices_ignored() {
    let answer = reply(&wire(ANN).receive(&text(r#"{"method":"x","id":1}"#), 0));
    assert_eq!(answer["error"]["code"], NO_METHOD);
    assert!(wire(ANN).receive(&text(r#"{"method":"x"}"#), 0).is_empty());
}

#[test]
fn a_message_is_told_in_clear_until_it_is_acknowledged() {
    let message = Message {
        id: MessageId(5),
        conversation: Exchange::direct(ANN, BOB).key(),
        seq: 7,
        sender: ANN,
        draft: Arc::new(content::plain("hi")),
        client_id: Some("c1".to_owned()),
        status: MessageStatus::Normal,
        created_at: 1_700_000_001_000,
        updated_at: 0,
    };
    let mut bob = wire(BOB);
    let envelope = Envelope::new(Event::Posted(Arc::new(message)), 0);
    let told = json(&bob.render(&envelope).unwrap());
    assert_eq!(told["method"], "recv");
    let params = &told["params"];
    assert_eq!(params["payload"], HI);
    assert_eq!(params["messageId"], "5");
    assert_eq!(params["fromUid"], json!(ids().uid(ANN)));
    assert_eq!(params["channelId"], json!(ids().uid(ANN)));
    assert_eq!(params["header"]["redDot"], true);
    assert_eq!(json(&bob.beat(60_000)[0])["params"]["header"]["dup"], true);
    let ack = r#"{"method":"recvack","params":{"header":{},"messageId":"5","messageSeq":7}}"#;
    assert!(bob.receive(&text(ack), 0).is_empty());
    assert!(bob.beat(1_000_000).is_empty());
}

#[test]
fn whoever_is_displaced_is_told_so() {
    let farewell = json(&wire(ANN).farewell(Farewell::Replaced).unwrap());
    assert_eq!(farewell["method"], "disconnect");
    assert_eq!(farewell["params"]["reasonCode"], 12);
    assert_eq!(wire(ANN).farewell(Farewell::Shutdown), None);
}
