use super::*;
use proptest::prelude::*;

/// 2022-12-01T00:00:00.58+08:00.
const NOW: Millis = 1_669_824_000_580;
const A: AccountId = AccountId(10_000_000);
const B: AccountId = AccountId(10_000_001);

fn message() -> Frame<'static> {
    Frame {
        id: 5,
        created_at: Time(NOW),
        updated_at: Time(NOW + 1420),
        from_id: A.0,
        to_id: 2,
        ope: GROUP.into(),
        kind: "text".into(),
        body: "嗨 \"😀\"\n".into(),
        is_private: true,
        status: REVOCATION.into(),
        read: None,
        is_read: true,
        own: None,
    }
}

#[test]
fn a_message_shows_its_members_in_order() {
    let head = r#"{"id":5,"createdAt":"2022-12-01T00:00:00.58+08:00","updatedAt":"2022-12-01T00:00:02+08:00","#;
    let rest = r#""fromId":10000000,"toId":2,"ope":"group","type":"text","body":"嗨 \"😀\"\n","#;
    let tail = r#""isPrivate":true,"status":"revocation","isRead":true}"#;
    assert_eq!(message().json(), format!("{head}{rest}{tail}").as_str());
    let history = Frame {
        own: Some(false),
        ..message()
    };
    let tail = tail.replace('}', r#","self":false}"#);
    assert_eq!(history.json(), format!("{head}{rest}{tail}").as_str());
}

#[test]
fn control_frames_are_empty_but_for_their_meaning() {
    let cases = [
        (
            Frame::ping(NOW),
            r#""fromId":0,"toId":0,"ope":"","type":"ping","body":"","isPrivate":false,"status":"""#,
            "",
        ),
        (
            Frame::typing(A, B, false, NOW),
            r#""fromId":10000000,"toId":10000001,"ope":"friend","type":"input","body":"","isPrivate":false,"status":"normal""#,
            "",
        ),
        (
            Frame::typing(A, B, true, NOW),
            r#""fromId":10000000,"toId":10000001,"ope":"friend","type":"input","body":"","isPrivate":false,"status":"finish""#,
            "",
        ),
        (
            Frame::read(A, B, NOW),
            r#""fromId":10000000,"toId":10000001,"ope":"friend","type":"read","body":"","isPrivate":false,"status":"normal""#,
            "read",
        ),
        (
            Frame::contact_request(A, B, NOW),
            r#""fromId":10000000,"toId":10000001,"ope":"system","type":"addFreind","body":"","isPrivate":false,"status":"normal""#,
            "",
        ),
        (
            Frame::join_request(A, ChannelId(4), NOW),
            r#""fromId":10000000,"toId":4,"ope":"system","type":"joinGroup","body":"","isPrivate":false,"status":"normal""#,
            "",
        ),
        (
            Frame::event("groupKick", A.0, 4, "{}".to_owned(), NOW),
            r#""fromId":10000000,"toId":4,"ope":"system","type":"groupKick","body":"{}","isPrivate":false,"status":"normal""#,
            "",
        ),
    ];
    let time = "2022-12-01T00:00:00.58+08:00";
    for (frame, middle, read) in cases {
        let tail = if read.is_empty() {
            r#""isRead":false"#
        } else {
            r#""read":true,"isRead":true"#
        };
        let expected =
            format!(r#"{{"id":0,"createdAt":"{time}","updatedAt":"{time}",{middle},{tail}}}"#);
        assert_eq!(frame.json(), expected.as_str());
    }
}

#[test]
fn protobuf_fields_have_the_numbers_of_the_api() {
    let mut expected = vec![0x08u8, 5]; // 1, varint
    expected.extend([0x10, 0x80, 0xad, 0xe2, 0x04]); // 2, varint
    expected.extend([0x18, 2]); // 3, varint
    expected.extend(b"\x22\x05group"); // 4, bytes
    expected.extend(b"\x2a\x04text"); // 5, bytes
    expected.extend(b"\x32\x0b\xe5\x97\xa8 \"\xf0\x9f\x98\x80\"\n"); // 6, bytes
    expected.extend([0x38, 1]); // 7, varint
    expected.extend(b"\x42\x0arevocation"); // 8, bytes
    expected.extend([0x48, 1]); // 9, varint
    expected.extend([0x52, 12]); // 10, a Timestamp
    expected.extend([0x08, 0x80, 0xfc, 0x9d, 0x9c, 0x06]); // its seconds
    expected.extend([0x10, 0x80, 0xb2, 0xc8, 0x94, 0x02]); // its nanoseconds
    assert_eq!(message().protobuf(), expected);
}

#[test]
fn a_protobuf_ping_leaves_out_what_is_zero() {
    assert_eq!(Frame::ping(0).protobuf(), b"\x2a\x04ping\x52\x00"[..]);
}

#[test]
fn typing_is_read_from_json() {
    let cases = [
        (
            r#"{"toId":10000001,"ope":"friend","type":"input","status":"normal"}"#,
            Some(false),
        ),
        (
            r#"{"toId":"10000001","fromId":"x","ope":"friend","type":"input","status":"finish","body":null}"#,
            Some(true),
        ),
        (
            r#"{"toId":10000001,"ope":"group","type":"input","status":"normal"}"#,
            None,
        ),
        (
            r#"{"toId":10000001,"type":"input","status":"normal"}"#,
            None,
        ),
        (
            r#"{"toId":10000001,"ope":"friend","type":"input","status":"revocation"}"#,
            None,
        ),
        (
            r#"{"toId":4,"ope":"friend","type":"input","status":"normal"}"#,
            None,
        ),
        (
            r#"{"toId":1e7,"ope":"friend","type":"input","status":"normal"}"#,
            None,
        ),
        (r#"{"ope":"friend","type":"input","status":"normal"}"#, None),
        (
            r#"{"toId":10000001,"ope":"friend","type":"text","status":"normal","body":"hi"}"#,
            None,
        ),
        (
            r#"{"toId":10000001,"ope":"friend","type":["input"],"status":"normal"}"#,
            None,
        ),
        (r#"[{"type":"ping"}]"#, None),
        ("null", None),
        ("{\"type\":\"input\"", None),
        ("", None),
    ];
    for (text, finished) in cases {
        let expected = finished.map(|finished| ClientFrame::Typing { to: B, finished });
        assert_eq!(ClientFrame::from_json(text.as_bytes()), expected, "{text}");
    }
    assert_eq!(
        ClientFrame::from_json(b"{\"type\":\"ping\",\"body\":\"\xff\"}"),
        None
    );
}

#[test]
fn a_ping_comes_back_with_the_accounts_own_id() {
    let text = br#"{"type":"ping","id":"9","fromId":1,"toId":2,"ope":"x","body":"y","isPrivate":true,"status":"z"}"#;
    let Some(ClientFrame::Ping(frame)) = ClientFrame::from_json(text) else {
        panic!("not a ping");
    };
    let time = "2022-12-01T00:00:00.58+08:00";
    let head = format!(
        r#"{{"id":9,"createdAt":"{time}","updatedAt":"{time}","fromId":10000000,"toId":2,"ope":"x","#
    );
    let tail = r#""type":"ping","body":"y","isPrivate":true,"status":"z","isRead":false}"#;
    assert_eq!(frame.echoed(A, NOW).json(), (head + tail).as_str());
}

#[test]
fn client_frames_are_read_from_protobuf() {
    let cases: [(&[u8], Option<ClientFrame>); 6] = [
        (
            b"\x18\x81\xad\xe2\x04\x22\x06friend\x2a\x05input\x42\x06finish",
            Some(ClientFrame::Typing {
                to: B,
                finished: true,
            }),
        ),
        (b"\x2a\x04ping", Some(ClientFrame::Ping(Frame::ping(0)))),
        (
            b"\x2a\x04ping\x5a\x01x",
            Some(ClientFrame::Ping(Frame::ping(0))),
        ), // and a field of number 11
        (b"\x2a\x05ping", None),
        (b"\x2a\x04ping\x32\x01\xff", None),
        (b"", None),
    ];
    for (bytes, expected) in cases {
        assert_eq!(
            ClientFrame::from_protobuf(bytes),
            expected,
            "{}",
            bytes.escape_ascii()
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = (ClientFrame::from_json(&bytes), ClientFrame::from_protobuf(&bytes));
    }
}
