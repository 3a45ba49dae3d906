use bytes::Bytes;
use parlance::dialect::wukong::proto::{Connack, Recv, Recvack, Sendack};

use super::*;
use crate::dialect::Recipient;

const SALT: &str = "ABCDEFGHIJKLMNOP";

fn both() -> (Cipher, Cipher) {
    let (client, server) = (KeyPair::new([1; 32]), KeyPair::new([2; 32]));
    let agree = |mine, theirs: &KeyPair| match Cipher::agree(mine, &theirs.public(), SALT) {
        Ok(cipher) => cipher,
        Err(_) => panic!("good keys"),
    };
    (agree(&client, &server), agree(&server, &client))
}

fn decoded(frame: &[u8]) -> Option<Packet> {
    let mut decoder = Decoder::new(NEWEST);
    decoder.push(frame);
    decoder.next().ok().flatten()
}

fn said(payload: &[u8]) -> Said<'_> {
    Said {
        seq: 70_000,
        no: b"L1:0:1:2;",
        to: Recipient::Channel("0123"),
        payload,
    }
}

fn recv(no: &str, length: usize) -> Packet {
    Packet::Recv(Recv {
        flags: Flags::RED_DOT,
        setting: Setting::RECEIPT,
        msg_key: "key".into(),
        from_uid: "somebody".into(),
        channel_id: "somewhere".into(),
        channel_type: 1,
        expire: 9,
        client_msg_no: no.into(),
        message_id: 1 << 53,
        message_seq: 77,
        timestamp: 1,
        topic: "".into(),
        payload: Bytes::from(vec![b'x'; length]),
    })
}

fn heard(chunks: &[&[u8]]) -> (Vec<String>, Result<(), &'static str>) {
    let (mut log, mut rest) = (Vec::new(), crate::rest::Rest::default());
    let mut state = Ok(());
    for chunk in chunks {
        let mut on = |heard: Heard<'_>| log.push(format!("{heard:?}"));
        state = state.and(rest.feed(chunk, |bytes| cut(bytes, &mut on)));
    }
    (log, state)
}

#[test]
fn the_node_understands_what_is_sent_and_decrypts_it() {
    let (ours, theirs) = both();
    for length in [0, 50, 200, 20_000] {
        let payload = vec![b'y'; length];
        let mut frame = Vec::new();
        assert!(send(&said(&payload), Some(&ours), &mut frame).is_ok());
        let Some(Packet::Send(send)) = decoded(&frame) else {
            panic!("no SEND of {length} bytes")
        };
        assert_eq!(theirs.message_key(send.sign()), *send.msg_key);
        assert_eq!(theirs.open(&send.payload), Some(payload));
        assert_eq!((send.client_seq, send.flags), (70_000, Flags::RED_DOT));
        assert_eq!(&*send.client_msg_no, "L1:0:1:2;");
        assert_eq!((&*send.channel_id, send.channel_type), ("0123", 2));
        assert_eq!((send.setting, send.expire), (Setting::default(), 0));
    }
}

#[test]
fn in_clear_there_is_no_key() {
    let mut frame = Vec::new();
    assert!(send(&said(b"{}"), None, &mut frame).is_ok());
    let Some(Packet::Send(send)) = decoded(&frame) else {
        panic!("no SEND")
    };
    assert_eq!((send.setting, &*send.payload), (Setting::CLEAR, &b"{}"[..]));
    assert!(send.msg_key.is_empty());
}

#[test]
fn a_message_that_is_heard_is_confirmed() {
    let told = Told {
        flags: 2,
        no: b"",
        id: 1 << 40,
        seq: 5,
    };
    let mut frame = Vec::new();
    received(&told, &mut frame);
    let recvack = Recvack {
        flags: Flags::RED_DOT,
        message_id: 1 << 40,
        message_seq: 5,
    };
    assert_eq!(decoded(&frame), Some(Packet::Recvack(recvack)));
    frame.clear();
    ping(&mut frame);
    assert_eq!(decoded(&frame), Some(Packet::Ping));
}

#[test]
fn frames_are_the_same_however_the_bytes_are_cut() {
    let sendack = Packet::Sendack(Sendack {
        flags: Flags::RED_DOT,
        message_id: 5,
        client_seq: 300,
        message_seq: 6,
        reason: 1,
    });
    let disconnect = Packet::Disconnect {
        reason: 12,
        text: "gone".into(),
    };
    let packets = [sendack, Packet::Pong, recv("L1:0:1:2;", 300), disconnect];
    let stream: Vec<u8> = packets
        .iter()
        .flat_map(|packet| packet.encode(NEWEST))
        .collect();
    let whole = heard(&[&stream]);
    let expected = [
        "Answer { seq: 300, reason: 1 }".to_owned(),
        format!(
            "{:?}",
            Heard::Message(Told {
                flags: 2,
                no: b"L1:0:1:2;",
                id: 1 << 53,
                seq: 77
            })
        ),
        r#"End("ended by the node with reason 12: gone")"#.to_owned(),
    ];
    assert_eq!(whole, (expected.to_vec(), Ok(())));
    for at in 1..stream.len() {
        assert_eq!(heard(&[&stream[..at], &stream[at..]]), whole);
    }
}

#[test]
fn the_welcome_brings_key_and_salt() {
    let connack = Connack {
        time_diff: 1,
        reason: 1,
        server_key: "key".into(),
        salt: SALT.into(),
    };
    let refused = Connack::refused(2);
    for connack in [connack, refused] {
        let frame = Packet::Connack(connack.clone()).encode(NEWEST);
        assert_eq!(read(&frame), Ok(Some(Heard::Welcome(connack))));
    }
}

#[test]
fn huge_endless_and_torn_frames_are_refused() {
    assert!(heard(&[&[0x50, 0xff, 0xff, 0xff, 0x7f]]).1.is_err());
    assert!(heard(&[&[0x50, 0x80, 0x80, 0x80, 0x80]]).1.is_err());
    assert!(heard(&[&[0x40, 1, 0]]).1.is_err());
    assert!(heard(&[&[0x30, 0]]).1.is_err());
    assert_eq!(heard(&[&[0x50, 0x80, 0x80]]), (Vec::new(), Ok(())));
}

#[test]
fn the_node_is_told_who_connects() {
    let account = Account {
        id: "u".into(),
        token: "t".into(),
    };
    let mut frame = Vec::new();
    connect(&account, &KeyPair::new([1; 32]), &mut frame);
    let Some(Packet::Connect(connect)) = decoded(&frame) else {
        panic!("no CONNECT")
    };
    assert_eq!((&*connect.uid, &*connect.token), ("u", "t"));
    assert_eq!(
        (connect.version, connect.device_flag),
        (NEWEST, DEVICE_FLAG)
    );
}
