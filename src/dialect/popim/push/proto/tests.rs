//! What is read and written, against the contract's own frames.

use super::*;
use proptest::prelude::*;
use serde_json::json;

const PUSHER: Flavour = Flavour::Pusher;

fn said(text: &str) -> Said {
    read(PUSHER, text).unwrap()
}

#[test]
fn every_frame_of_the_contract_is_read() {
    let subscribe = |channel: &str, auth: Option<&str>, data: Option<&str>| {
        Said::Subscribe(Subscribe {
            channel: channel.to_owned(),
            auth: auth.map(str::to_owned),
            channel_data: data.map(str::to_owned),
        })
    };
    let cases = [
        (r#"{"event":"pusher:ping","data":{}}"#, Said::Ping),
        (r#"{"event":"pusher:ping"}"#, Said::Ping),
        (r#"{"event":"pusher:pong","data":{}}"#, Said::Pong),
        (
            r#"{"event":"pusher:subscribe","data":{"auth":"","channel":"user-9"}}"#,
            subscribe("user-9", Some(""), None),
        ),
        (
            r#"{"event":"pusher:subscribe","data":{"channel":"user-9"}}"#,
            subscribe("user-9", None, None),
        ),
        (
            r#"{"data":{"x":1,"auth":"K:h","channel_data":"{\"user_id\":\"9\"}","channel":"presence-group-50"},"event":"pusher:subscribe"}"#,
            subscribe("presence-group-50", Some("K:h"), Some(r#"{"user_id":"9"}"#)),
        ),
        (
            r#"{"event":"pusher:subscribe","data":"{\"channel\":\"global\"}"}"#,
            subscribe("global", None, None),
        ),
        (
            r#"{"event":"pusher:subscribe","data":{"channel":"global","auth":7,"channel_data":{}}}"#,
            subscribe("global", None, None),
        ),
        (
            r#"{"event":"pusher:unsubscribe","data":{"channel":"user-9"}}"#,
            Said::Unsubscribe("user-9".to_owned()),
        ),
        (
            r#"{"event":"pusher:signin","data":{"auth":"K:h","user_data":"{}"}}"#,
            Said::SignIn(SignIn {
                auth: "K:h".to_owned(),
                user_data: "{}".to_owned(),
            }),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(said(text), expected, "{text}");
    }
}

#[test]
fn the_data_of_a_client_event_is_a_text_whatever_was_sent() {
    let data = |data: &str| {
        let text = format!(r#"{{"event":"client-typing","channel":"private-group-50"{data}}}"#);
        match said(&text) {
            Said::Client(event) => event.data,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(data(r#","data":{"a": 1}"#), r#"{"a": 1}"#);
    assert_eq!(data(r#","data":"a\"b""#), "a\"b");
    assert_eq!(data(r#","data":7"#), "7");
    assert_eq!(data(r#","data":null"#), "{}");
    assert_eq!(data(""), "{}");
}

#[test]
fn what_cannot_be_read_is_a_bad_request() {
    for text in [
        "",
        "x",
        "[]",
        "7",
        r#"{"event":7}"#,
        r#"{"data":{}}"#,
        r#"{"event":"message"}"#,
        r#"{"event":"pusher:subscribe"}"#,
        r#"{"event":"pusher:subscribe","data":{}}"#,
        r#"{"event":"pusher:subscribe","data":{"channel":7}}"#,
        r#"{"event":"pusher:signin","data":{"auth":"x"}}"#,
        r#"{"event":"client-typing","data":{}}"#,
        r#"{"event":"woker:ping"}"#,
        r#"{"event":"pusher_internal:subscription_succeeded"}"#,
    ] {
        assert!(read(PUSHER, text).is_err(), "{text}");
    }
}

#[test]
fn the_old_library_says_the_same_with_another_word() {
    let woker = Flavour::Woker;
    assert_eq!(read(woker, r#"{"event":"woker:ping"}"#), Ok(Said::Ping));
    assert!(read(woker, r#"{"event":"pusher:ping"}"#).is_err());
    assert_eq!(&*pong(woker), r#"{"event":"woker:pong","data":"{}"}"#);
    assert_eq!(
        &*subscribed(woker, "user-9", "{}"),
        r#"{"event":"woker_internal:subscription_succeeded","channel":"user-9","data":"{}"}"#
    );
}

#[test]
fn the_frames_of_the_node_are_the_contracts() {
    let cases = [
        (
            established(PUSHER, "1234.5678", 60),
            r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1234.5678\",\"activity_timeout\":60}"}"#,
        ),
        (pong(PUSHER), r#"{"event":"pusher:pong","data":"{}"}"#),
        (
            subscribed(PUSHER, "user-9", "{}"),
            r#"{"event":"pusher_internal:subscription_succeeded","channel":"user-9","data":"{}"}"#,
        ),
        (
            not_subscribed(PUSHER, "user-10", "not allowed", 403),
            r#"{"event":"pusher:subscription_error","channel":"user-10","data":"{\"type\":\"AuthError\",\"error\":\"not allowed\",\"status\":403}"}"#,
        ),
        (
            subscribed(
                PUSHER,
                "presence-group-50",
                &presence(
                    2,
                    [("9", r#"{"name":"tom"}"#), ("10", r#"{"name":"jerry"}"#)].into_iter(),
                ),
            ),
            r#"{"event":"pusher_internal:subscription_succeeded","channel":"presence-group-50","data":"{\"presence\":{\"count\":2,\"ids\":[\"9\",\"10\"],\"hash\":{\"9\":{\"name\":\"tom\"},\"10\":{\"name\":\"jerry\"}}}}"}"#,
        ),
        (
            member_added(PUSHER, "presence-group-50", "10", "{}"),
            r#"{"event":"pusher_internal:member_added","channel":"presence-group-50","data":"{\"user_id\":\"10\",\"user_info\":{}}"}"#,
        ),
        (
            member_removed(PUSHER, "presence-group-50", "10"),
            r#"{"event":"pusher_internal:member_removed","channel":"presence-group-50","data":"{\"user_id\":\"10\"}"}"#,
        ),
        (
            error(PUSHER, Some(4001), "unknown app key"),
            r#"{"event":"pusher:error","data":{"code":4001,"message":"unknown app key"}}"#,
        ),
        (
            error(PUSHER, None, "a \"b\""),
            r#"{"event":"pusher:error","data":{"code":null,"message":"a \"b\""}}"#,
        ),
        (
            signed_in(PUSHER, r#"{"id":"9"}"#),
            r#"{"event":"pusher:signin_success","data":"{\"user_data\":\"{\\\"id\\\":\\\"9\\\"}\"}"}"#,
        ),
        (
            event("message", "user-9", r#"{"mid":845}"#),
            r#"{"event":"message","channel":"user-9","data":"{\"mid\":845}"}"#,
        ),
        (
            member_event("client-a", "presence-a", "x", "9"),
            r#"{"event":"client-a","channel":"presence-a","data":"x","user_id":"9"}"#,
        ),
    ];
    for (frame, expected) in cases {
        assert_eq!(&*frame, expected);
    }
}

#[test]
fn nobody_publishes_the_protocols_own_events() {
    for event in [
        "pusher:ping",
        "pusher_internal:x",
        "woker:error",
        "woker_internal:x",
        "pusher",
    ] {
        assert!(is_reserved(event), "{event}");
    }
    for event in ["message", "pushers:x", "client-pusher", "pusherx"] {
        assert!(!is_reserved(event), "{event}");
    }
}

#[test]
fn who_comes_has_an_id() {
    let tom = comer(r#"{"user_id":"9","user_info":{"name":"tom"}}"#).unwrap();
    assert_eq!((&*tom.id, &*tom.info), ("9", r#"{"name":"tom"}"#));
    assert_eq!(comer(r#"{"user_id":9}"#).unwrap().id, "9");
    for data in [
        "",
        "{}",
        r#"{"user_id":""}"#,
        r#"{"user_id":null}"#,
        r#"{"user_id":{}}"#,
    ] {
        assert_eq!(comer(data), None, "{data}");
    }
    assert_eq!(
        comer(&json!({ "user_id": "9".repeat(129) }).to_string()),
        None
    );
    let long = json!({ "user_id": "9", "user_info": "x".repeat(2048) });
    assert_eq!(comer(&long.to_string()), None);
    assert_eq!(
        user_id(r#"{"id":"9","user_info":{}}"#).as_deref(),
        Some("9")
    );
    assert_eq!(user_id(r#"{"id":""}"#), None);
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((".{0,8}", inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,300}", woker in any::<bool>()) {
        let flavour = if woker { Flavour::Woker } else { PUSHER };
        let _ = read(flavour, &text);
        let _ = comer(&text);
        let _ = user_id(&text);
    }

    #[test]
    fn no_object_makes_the_parser_panic(
        event in prop_oneof![
            Just("pusher:subscribe".to_owned()), Just("pusher:unsubscribe".to_owned()),
            Just("pusher:signin".to_owned()), Just("client-x".to_owned()), ".{0,12}",
        ],
        channel in prop::option::of(json_value()),
        data in json_value(),
    ) {
        let frame = json!({ "event": event, "channel": channel, "data": data });
        let _ = read(PUSHER, &frame.to_string());
    }

    #[test]
    fn a_frame_of_the_node_is_json_whatever_it_carries(
        name in ".{0,40}", channel in ".{0,40}", data in ".{0,200}",
    ) {
        let frames = [
            event(&name, &channel, &data), member_event(&name, &channel, &data, &name),
            subscribed(PUSHER, &channel, &data), not_subscribed(PUSHER, &channel, &data, 403),
            signed_in(PUSHER, &data), established(PUSHER, &name, 60),
        ];
        for frame in frames {
            let frame: Value = serde_json::from_str(&frame).unwrap();
            prop_assert!(frame["event"].is_string() && frame["data"].is_string());
        }
        let fault: Value = serde_json::from_str(&error(PUSHER, None, &data)).unwrap();
        prop_assert_eq!(fault["data"]["message"].as_str(), Some(&*data));
    }

    #[test]
    fn what_one_client_says_another_hears_unchanged(data in json_value(), channel in "[a-z]{1,9}") {
        let frame = json!({ "event": "client-x", "channel": channel, "data": data });
        let Ok(Said::Client(heard)) = read(PUSHER, &frame.to_string()) else {
            return Err(TestCaseError::fail("not read"));
        };
        let told: Value = serde_json::from_str(&event(&heard.event, &heard.channel, &heard.data)).unwrap();
        let told = told["data"].as_str().unwrap();
        match &data {
            Value::String(text) => prop_assert_eq!(told, text),
            // Nothing is told as an empty object, because one of the clients parses what there is.
            Value::Null => prop_assert_eq!(told, "{}"),
            data => prop_assert_eq!(&serde_json::from_str::<Value>(told).unwrap(), data),
        }
    }
}
