use super::*;
use crate::dialect::wukong::crypto::{Cipher, KeyPair};
use bytes::Bytes;
use bytestring::ByteString;

const HI: &str = r#"{"content":"hi","type":1}"#;
const SALT: &str = "ABCDEFGHIJKLMNOP";
const ID: i64 = 1_234_567_890_123_456_789;

fn bytes(hex: &str) -> Bytes {
    let digit = |d: u8| (d as char).to_digit(16).unwrap() as u8;
    let pairs = hex.as_bytes().chunks_exact(2);
    pairs.map(|p| digit(p[0]) << 4 | digit(p[1])).collect()
}

fn client() -> KeyPair {
    KeyPair::new(*b"0123456789abcdef0123456789abcdef")
}

fn server() -> KeyPair {
    KeyPair::new(std::array::from_fn(|place| place as u8 + 1))
}

fn cipher() -> Cipher {
    Cipher::agree(&server(), &client().public(), SALT).unwrap()
}

fn connack() -> Packet {
    Packet::Connack(Connack {
        time_diff: 25,
        reason: SUCCESS,
        server_key: server().public().into(),
        salt: SALT.into(),
    })
}

fn connect(version: u8) -> Packet {
    Packet::Connect(Connect {
        version,
        device_flag: 1,
        device_id: "devA".into(),
        uid: "u1".into(),
        token: "tok1".into(),
        timestamp: 1_700_000_000_000,
        client_key: client().public().into(),
    })
}

fn said() -> Packet {
    let mut send = Send {
        flags: Flags::RED_DOT,
        setting: Setting::default(),
        client_seq: 1,
        client_msg_no: "c1".into(),
        stream_no: ByteString::new(),
        channel_id: "u2".into(),
        channel_type: 1,
        expire: 0,
        msg_key: ByteString::new(),
        topic: ByteString::new(),
        payload: cipher().seal(HI.as_bytes()).into(),
    };
    send.msg_key = cipher().message_key(send.sign()).into();
    Packet::Send(send)
}

fn told(recv: Recv, plain: &str) -> Packet {
    let mut recv = Recv {
        payload: cipher().seal(plain.as_bytes()).into(),
        ..recv
    };
    recv.msg_key = cipher().message_key(recv.sign()).into();
    Packet::Recv(recv)
}

fn recv() -> Recv {
    Recv {
        flags: Flags::RED_DOT,
        setting: Setting::default(),
        msg_key: ByteString::new(),
        from_uid: "u1".into(),
        channel_id: "u1".into(),
        channel_type: 1,
        expire: 0,
        client_msg_no: "c1".into(),
        message_id: ID,
        message_seq: 7,
        timestamp: 1_700_000_001,
        topic: ByteString::new(),
        payload: Bytes::new(),
    }
}

fn in_group() -> Packet {
    let recv = Recv {
        channel_id: "g1".into(),
        channel_type: 2,
        client_msg_no: "c2".into(),
        message_id: ID + 1,
        message_seq: 3,
        timestamp: 1_700_000_002,
        ..recv()
    };
    let plain = r#"{"content":"你好，悟空","type":1,"mention":{"uids":["u2"]}}"#;
    told(recv, plain)
}

fn command() -> Packet {
    let recv = Recv {
        flags: Flags::SYNC_ONCE,
        setting: Setting::QUIET,
        from_uid: ByteString::new(),
        channel_id: "u2".into(),
        client_msg_no: "s10".into(),
        message_id: ID + 2,
        message_seq: 5,
        timestamp: 1_700_000_003,
        ..recv()
    };
    let plain = r#"{"cmd":"channelUpdate","param":{"channel_id":"g1","channel_type":2},"type":99}"#;
    told(recv, plain)
}

fn in_clear() -> Packet {
    Packet::Send(Send {
        flags: Flags::RED_DOT,
        setting: Setting::CLEAR,
        client_seq: 2,
        client_msg_no: "c9".into(),
        stream_no: ByteString::new(),
        channel_id: "g1".into(),
        channel_type: 2,
        expire: 0,
        msg_key: ByteString::new(),
        topic: ByteString::new(),
        payload: Bytes::from_static(HI.as_bytes()),
    })
}

#[test]
fn every_vector_of_the_contract_is_reproduced() {
    let sendack = Packet::Sendack(Sendack {
        flags: Flags::RED_DOT,
        message_id: ID,
        client_seq: 1,
        message_seq: 7,
        reason: SUCCESS,
    });
    let recvack = Packet::Recvack(Recvack {
        flags: Flags::RED_DOT,
        message_id: ID,
        message_seq: 7,
    });
    let disconnect = Packet::Disconnect {
        reason: 12,
        text: "login in other device".into(),
    };
    let key = "2c686c4637774d4f66364861335a47793134303767506139787a4c7257644644426170634b324d7641506e343d";
    let connect_rest = format!("01000464657641000275310004746f6b310000018bcfe5680000{key}");
    let connack_rest = "000000000000001901002c42364e38764251676b38693356647762454f687374435933537446717146507443392f41737268744848773d00104142434445464748494a4b4c4d4e4f50";
    let hi =
        "3068355670724e385a4c663744777a7351422f2f715572556c44767031455776784165724b584b674868493d";
    let vectors = [
        ("V1", 5, connect(5), format!("104805{connect_rest}")),
        ("V1", 2, connect(2), format!("104802{connect_rest}")),
        (
            "V2",
            5,
            connack(),
            format!("215205{connack_rest}0000000000000001"),
        ),
        ("V3", 2, connack(), format!("2049{connack_rest}")),
        (
            "V4",
            5,
            Packet::Connack(Connack::refused(2)),
            "200d00000000000000000200000000".to_owned(),
        ),
        (
            "V5",
            5,
            said(),
            format!(
                "326000000000010002633100027532010000000000203961323762373966626338643333616534626437333962653764313138356438{hi}"
            ),
        ),
        (
            "V6",
            2,
            said(),
            format!(
                "325c000000000100026331000275320100203961323762373966626338643333616534626437333962653764313138356438{hi}"
            ),
        ),
        (
            "V7",
            5,
            sendack,
            "4211112210f47de98115000000010000000701".to_owned(),
        ),
        (
            "V8",
            5,
            told(recv(), HI),
            format!(
                "527000002037663332323265653661613138643031313331653838306665663634373265620002753100027531010000000000026331112210f47de98115000000076553f101{hi}"
            ),
        ),
        (
            "V9",
            2,
            told(recv(), HI),
            format!(
                "526c000020376633323232656536616131386430313133316538383066656636343732656200027531000275310100026331112210f47de98115000000076553f101{hi}"
            ),
        ),
        (
            "V10",
            5,
            recvack,
            "620c112210f47de9811500000007".to_owned(),
        ),
        (
            "V11",
            5,
            in_group(),
            "52b00100002034343333386261643236653834363435333563363961333732396136376231640002753100026731020000000000026332112210f47de98116000000036553f10271396a4b7048626665315a4f7849674f67744b59562f4d34454754547a6a544d666a4a39666562474f44634262643633796f616a31684e506357794c6a363041316f553351334c38585373485537384c676a566877592b50752f56707a4e4442617937515749646f522f673d".to_owned(),
        ),
        (
            "V12",
            5,
            command(),
            "54af01400020666638366339336539306533333931343965363236393331313332613861396100000002753201000000000003733130112210f47de98117000000056553f103326d6c6c53747141515a476f484a6968446e4c4c373369767a346975385344497557723249703843414f643261474f3434336d454b2b746b75704c436a68346f4d573253532f727437656f55767a664c422f4e514c52426245455a626c6172574c733977515470737062513d".to_owned(),
        ),
        (
            "V13",
            5,
            in_clear(),
            "322d10000000020002633900026731020000000000007b22636f6e74656e74223a226869222c2274797065223a317d".to_owned(),
        ),
        (
            "V14",
            5,
            disconnect,
            "90180c00156c6f67696e20696e206f7468657220646576696365".to_owned(),
        ),
        ("V14", 5, Packet::Ping, "70".to_owned()),
        ("V14", 5, Packet::Pong, "80".to_owned()),
    ];
    for (name, version, packet, hex) in vectors {
        let frame = bytes(&hex);
        assert_eq!(packet.encode(version), frame, "{name}, version {version}");
        let mut decoder = Decoder::new(version);
        decoder.push(&frame);
        assert_eq!(
            decoder.next(),
            Ok(Some(packet)),
            "{name}, version {version}"
        );
        assert_eq!(decoder.next(), Ok(None));
    }
}

#[test]
fn an_event_is_passed_over_where_the_version_has_events() {
    let said = [0xc0, 0x03, 1, 2, 3, 0xc0, 0x00, 0x70];
    for (version, first) in [(4, Err(Malformed)), (5, Ok(Some(Packet::Ping)))] {
        let mut decoder = Decoder::new(version);
        decoder.push(&said);
        assert_eq!(decoder.next(), first);
    }
    let mut decoder = Decoder::bounded(5, 100);
    decoder.push(&[0xc0, 101]);
    assert_eq!(decoder.next(), Err(Malformed));
}

#[test]
fn an_absurd_length_is_refused_by_its_head() {
    let mut decoder = Decoder::new(NEWEST);
    decoder.push(&[0x32, 0xff, 0xff, 0xff, 0x7f]);
    assert_eq!(decoder.next(), Err(Malformed));
    let mut decoder = Decoder::bounded(NEWEST, 100);
    decoder.push(&[0x10, 101]);
    assert_eq!(decoder.next(), Err(Malformed));
}

#[test]
fn a_length_of_five_bytes_is_malformed() {
    let mut decoder = Decoder::new(NEWEST);
    decoder.push(&[0x32, 0x80, 0x80, 0x80, 0x80, 0x01]);
    assert_eq!(decoder.next(), Err(Malformed));
}

#[test]
fn types_that_are_none_and_texts_that_are_none_are_malformed() {
    let frames: [&[u8]; 7] = [
        &[0x00, 0x00],
        &[0xd0, 0x00],
        &[0xf0, 0x00],
        &[0x40, 0x00],
        // A text longer than its frame, one longer than allowed, and one that is not UTF-8.
        &[0x90, 0x03, 0x0c, 0x00, 0x01],
        &[0x90, 0x03, 0x0c, 0x80, 0x00],
        &[0x90, 0x04, 0x0c, 0x00, 0x01, 0xff],
    ];
    for frame in frames {
        let mut decoder = Decoder::new(NEWEST);
        decoder.push(frame);
        assert_eq!(decoder.next(), Err(Malformed), "{frame:x?}");
    }
}

#[test]
fn the_sdk_s_own_stream_bit_is_understood_in_version_2() {
    let mut send = match in_clear() {
        Packet::Send(send) => send,
        _ => unreachable!(),
    };
    send.setting = Setting(0x14);
    send.stream_no = "s".into();
    let packet = Packet::Send(send);
    let mut decoder = Decoder::new(2);
    decoder.push(&packet.encode(2));
    assert_eq!(decoder.next(), Ok(Some(packet)));
}

#[test]
fn a_long_frame_leaves_no_room_behind() {
    let mut decoder = Decoder::new(NEWEST);
    let Packet::Send(send) = in_clear() else {
        unreachable!()
    };
    let long = Packet::Send(Send {
        payload: vec![b'x'; MAX_BODY / 2].into(),
        ..send
    });
    decoder.push(&long.encode(NEWEST));
    assert_eq!(decoder.next(), Ok(Some(long)));
    assert_eq!(decoder.next(), Ok(None));
    assert_eq!(decoder.waiting(), 0);
}
