use super::*;
use crate::dialect::wukong::content;
use crate::dialect::wukong::crypto::KeyPair;
use crate::dialect::wukong::ids::{GROUP, Ids, PERSON};
use crate::dialect::wukong::proto::{Flags, NEWEST, Recvack, SUCCESS, Sub};
use crate::domain::conversation::{Exchange, Target};
use crate::domain::message::Draft;
use crate::domain::{AccountId, ChannelId, Event, Lasting, Message, MessageId, MessageStatus};
use crate::service::opaque::{Opaque, System};
use bytes::Bytes;
use bytestring::ByteString;
use std::sync::Arc;

const ANN: AccountId = AccountId::FIRST;
const BOB: AccountId = AccountId(AccountId::FIRST.0 + 1);
const TEAM: ChannelId = ChannelId(7);
const SALT: &str = "ABCDEFGHIJKLMNOP";
const HI: &str = r#"{"content":"hi","type":1}"#;

fn ids() -> Ids {
    Ids {
        opaque: Opaque::new([7; 16]),
        system: Arc::new(System::default()),
    }
}

fn cipher() -> Cipher {
    let (client, server) = (KeyPair::new([1; 32]), KeyPair::new([2; 32]));
    Cipher::agree(&server, &client.public(), SALT).unwrap()
}

/// A connection that has not been welcomed yet.
fn new(me: AccountId) -> WukongWire {
    let welcome = Connack {
        time_diff: 25,
        reason: SUCCESS,
        server_key: "key".into(),
        salt: SALT.into(),
    };
    let speech = Speech::new(me, ids(), "http://x/v1/".to_owned());
    WukongWire::new(speech, cipher(), NEWEST, welcome)
}

fn wire(me: AccountId) -> WukongWire {
    let mut wire = new(me);
    wire.hello(0).unwrap();
    wire
}

/// A message from a client to `place`, as it would send it.
fn send(place: Target) -> Send {
    let (channel, channel_type) = ids().place(place);
    signed(Send {
        flags: Flags::RED_DOT,
        setting: Setting::default(),
        client_seq: 1,
        client_msg_no: "c1".into(),
        stream_no: ByteString::new(),
        channel_id: (&*channel).into(),
        channel_type,
        expire: 0,
        msg_key: ByteString::new(),
        topic: ByteString::new(),
        payload: cipher().seal(HI.as_bytes()).into(),
    })
}

fn signed(mut send: Send) -> Send {
    send.msg_key = cipher().message_key(send.sign()).into();
    send
}

fn to_bob() -> Send {
    send(Target::Account(BOB))
}

fn frame(packets: &[Packet]) -> Frame {
    let bytes = packets.iter().flat_map(|packet| packet.encode(NEWEST));
    Frame::Binary(bytes.collect())
}

fn packet(frame: &Frame) -> Packet {
    let Frame::Binary(bytes) = frame else {
        panic!("a text frame")
    };
    let mut decoder = Decoder::new(NEWEST);
    decoder.push(bytes);
    let packet = decoder.next().unwrap().unwrap();
    assert_eq!(decoder.next(), Ok(None), "one packet in a frame");
    packet
}

fn reply(intents: &[Intent]) -> Packet {
    match intents {
        [Intent::Reply(frame)] => packet(frame),
        other => panic!("{other:?}"),
    }
}

/// The reason for which a message is refused.
fn refused(send: Send) -> u8 {
    let mut wire = wire(ANN);
    match reply(&wire.receive(&frame(&[Packet::Send(send.clone())]), 0)) {
        Packet::Sendack(ack) => {
            assert_eq!((ack.flags, ack.client_seq), (send.flags, send.client_seq));
            assert_eq!((ack.message_id, ack.message_seq), (0, 0));
            ack.reason
        }
        other => panic!("{other:?}"),
    }
}

fn message(sender: AccountId, exchange: Exchange, draft: Draft) -> Arc<Message> {
    Arc::new(Message {
        id: MessageId(1234),
        conversation: exchange.key(),
        seq: 7,
        sender,
        draft: Arc::new(draft),
        client_id: Some("c1".to_owned()),
        status: MessageStatus::Normal,
        created_at: 1_700_000_001_999,
        updated_at: 0,
    })
}

fn posted(sender: AccountId, exchange: Exchange) -> Envelope {
    let message = message(sender, exchange, content::plain("hi"));
    Envelope::new(Event::Posted(message), 0)
}

fn told(wire: &mut WukongWire, envelope: &Envelope) -> Recv {
    match packet(&wire.render(envelope).unwrap()) {
        Packet::Recv(recv) => recv,
        other => panic!("{other:?}"),
    }
}

fn plain(recv: &Recv) -> String {
    assert_eq!(cipher().message_key(recv.sign()), *recv.msg_key);
    String::from_utf8(cipher().open(&recv.payload).unwrap()).unwrap()
}

#[test]
fn what_is_said_is_handed_on() {
    let mut wire = wire(ANN);
    let mut said = to_bob();
    said.expire = 9;
    said.setting = Setting(Setting::RECEIPT.0 | Setting::QUIET.0);
    let intents = wire.receive(&frame(&[Packet::Send(said)]), 0);
    let [Intent::Say(utterance)] = intents.as_slice() else {
        panic!("{intents:?}")
    };
    assert_eq!(utterance.to, Target::Account(BOB));
    assert_eq!(utterance.client_id.as_deref(), Some("c1"));
    assert!(utterance.kept && !utterance.draft.quiet);
    assert_eq!(content::setting(&utterance.draft), 0xc0);
    assert_eq!(content::expire(&utterance.draft), 9);
}

#[test]
fn five_messages_in_one_and_halves_of_them_are_heard() {
    let mut wire = wire(ANN);
    let five = vec![Packet::Send(to_bob()); 5];
    let Frame::Binary(bytes) = frame(&five) else {
        unreachable!()
    };
    assert_eq!(wire.receive(&Frame::Binary(bytes.clone()), 0).len(), 5);
    let (one, two) = (bytes.slice(..100), bytes.slice(100..));
    let heard = wire.receive(&Frame::Binary(one), 0).len();
    assert_eq!(heard + wire.receive(&Frame::Binary(two), 0).len(), 5);
}

#[test]
fn a_wrong_message_key_gets_reason_9() {
    let mut changed = to_bob();
    changed.client_msg_no = "c2".into();
    assert_eq!(refused(changed), 9);
}

#[test]
fn a_payload_that_is_none_gets_reason_9() {
    let mut garbage = to_bob();
    garbage.payload = Bytes::from_static(b"garbage");
    assert_eq!(refused(signed(garbage.clone())), 9);
    garbage.payload = cipher().seal(b"no object").into();
    assert_eq!(refused(signed(garbage.clone())), 9);
    garbage.payload = cipher().seal(&[b'x'; 40_000]).into();
    assert_eq!(refused(signed(garbage)), 9);
}

#[test]
fn sync_once_from_a_client_gets_20() {
    let mut command = to_bob();
    command.flags = Flags::SYNC_ONCE;
    assert_eq!(refused(command), 20);
}

#[test]
fn names_and_types_of_no_channel_get_their_reasons() {
    let long = "x".repeat(41);
    let cases = [
        (PERSON, "nobody", 3),
        (GROUP, "nothing", 5),
        (PERSON, "", 16),
        (PERSON, "a@b", 16),
        (GROUP, long.as_str(), 16),
        (3, "x", 23),
        (7, "x", 23),
    ];
    for (channel_type, channel, reason) in cases {
        let mut said = to_bob();
        said.channel_type = channel_type;
        said.channel_id = channel.into();
        assert_eq!(refused(signed(said)), reason, "{channel_type} {channel}");
    }
}

#[test]
fn what_is_said_in_clear_needs_no_key() {
    let mut wire = wire(ANN);
    let mut clear = to_bob();
    clear.setting = Setting::CLEAR;
    clear.msg_key = ByteString::new();
    clear.payload = Bytes::from_static(HI.as_bytes());
    let intents = wire.receive(&frame(&[Packet::Send(clear)]), 0);
    assert!(matches!(&intents[..], [Intent::Say(said)] if said.draft == content::plain("hi")));
}

#[test]
fn an_outcome_is_acknowledged_with_the_flags_of_its_send() {
    let mut wire = wire(ANN);
    let mut said = to_bob();
    said.flags = Flags::RED_DOT.with(Flags::NO_PERSIST);
    said.client_seq = u32::MAX;
    let intents = wire.receive(&frame(&[Packet::Send(signed(said.clone()))]), 0);
    let [Intent::Say(utterance)] = intents.as_slice() else {
        panic!("{intents:?}")
    };
    assert!(!utterance.kept);
    let mut answer = |outcome| {
        let outcome = Outcome {
            ticket: utterance.ticket,
            said: outcome,
        };
        match packet(&wire.outcome(outcome, 0).unwrap()) {
            Packet::Sendack(ack) => {
                assert_eq!((ack.flags, ack.client_seq), (said.flags, u32::MAX));
                (ack.message_id, ack.message_seq, ack.reason)
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(answer(Ok((MessageId(5), 7))), (5, 7, 1));
    assert_eq!(answer(Err(ErrorKind::NotContact)), (0, 0, 13));
    assert_eq!(answer(Ok((MessageId(5), 1 << 32))), (0, 0, 29));
}

#[test]
fn what_a_stopping_node_does_not_take_has_no_answer() {
    let stopping = Outcome {
        ticket: 0,
        said: Err(ErrorKind::Stopping),
    };
    assert_eq!(wire(ANN).outcome(stopping, 0), None);
}

#[test]
fn the_channel_of_a_direct_message_is_the_other_side() {
    let envelope = posted(ANN, Exchange::direct(ANN, BOB));
    for (me, other) in [(ANN, BOB), (BOB, ANN)] {
        let recv = told(&mut wire(me), &envelope);
        assert_eq!(&*recv.channel_id, &*ids().uid(other));
        assert_eq!(&*recv.from_uid, &*ids().uid(ANN));
        assert_eq!(recv.channel_type, PERSON);
    }
}

#[test]
fn an_own_device_hears_without_a_red_dot() {
    let envelope = posted(ANN, Exchange::Channel(TEAM));
    assert_eq!(told(&mut wire(ANN), &envelope).flags, Flags::default());
    let recv = told(&mut wire(BOB), &envelope);
    assert_eq!(recv.flags, Flags::RED_DOT);
    assert_eq!(&*recv.channel_id, &*ids().group(TEAM));
    assert_eq!((recv.message_id, recv.message_seq), (1234, 7));
    assert_eq!(recv.timestamp, 1_700_000_001);
    assert_eq!(&*recv.client_msg_no, "c1");
}

#[test]
fn the_sender_s_clear_text_is_encrypted_for_the_receiver() {
    let mut draft = content::plain("hi");
    draft.marks = content::marks(Setting(0xff), 0);
    let message = message(ANN, Exchange::direct(ANN, BOB), draft);
    let envelope = Envelope::new(Event::Posted(message), 0);
    let recv = told(&mut wire(BOB), &envelope);
    assert_eq!(plain(&recv), HI);
    assert_eq!(recv.setting, Setting(0xe0));
}

#[test]
fn what_is_for_others_eyes_is_not_told() {
    let mut draft = content::plain("hi");
    draft.audience = Some([ANN].into());
    let message = message(ANN, Exchange::Channel(TEAM), draft);
    let envelope = Envelope::new(Event::Posted(message), 0);
    assert_eq!(wire(BOB).render(&envelope), None);
    assert!(wire(ANN).render(&envelope).is_some());
}

#[test]
fn what_passes_is_neither_stored_nor_told_again() {
    let passed = Event::Passed(message(
        ANN,
        Exchange::direct(ANN, BOB),
        content::plain("hi"),
    ));
    let mut bob = wire(BOB);
    let recv = told(&mut bob, &Envelope::new(passed, 0));
    assert!(recv.flags.has(Flags::NO_PERSIST));
    assert!(bob.beat(100_000).is_empty());
}

#[test]
fn what_is_not_acknowledged_is_told_again_and_no_longer_after() {
    let mut bob = wire(BOB);
    let recv = told(&mut bob, &posted(ANN, Exchange::direct(ANN, BOB)));
    let again = bob.beat(60_000);
    let [frame_again] = again.as_slice() else {
        panic!("{again:?}")
    };
    assert!(matches!(packet(frame_again), Packet::Recv(r) if r.flags.has(Flags::DUP)));
    let ack = Recvack {
        flags: recv.flags,
        message_id: recv.message_id,
        message_seq: recv.message_seq,
    };
    assert!(bob.receive(&frame(&[Packet::Recvack(ack)]), 0).is_empty());
    assert!(bob.beat(1_000_000).is_empty());
}

#[test]
fn a_kept_command_has_its_number_and_one_that_passes_has_not() {
    let dissolved = Event::Kept(Lasting::Dissolved {
        channel: TEAM,
        by: ANN,
    });
    let kept = Envelope::new(dissolved, 3000).stored_as(Some(5));
    let recv = told(&mut wire(BOB), &kept);
    assert_eq!(
        (recv.flags, recv.setting),
        (Flags::SYNC_ONCE, Setting::QUIET)
    );
    assert_eq!((recv.message_id, recv.message_seq), ((1 << 52) + 5, 5));
    assert_eq!(&*recv.channel_id, &*ids().group(TEAM));
    assert!(recv.from_uid.is_empty() && plain(&recv).contains("channelUpdate"));
    let online = Event::Presence {
        account: ANN,
        online: true,
        kind: None,
        main: None,
        alone: true,
    };
    let passing = Envelope::new(online, 0);
    let recv = told(&mut wire(BOB), &passing);
    assert!(recv.flags.has(Flags::NO_PERSIST));
    assert_eq!(recv.message_id, passing.number);
    assert_eq!(&*recv.channel_id, &*ids().uid(BOB));
}

#[test]
fn pings_are_answered_once_a_message() {
    let mut wire = wire(ANN);
    assert_eq!(
        reply(&wire.receive(&frame(&[Packet::Ping]), 0)),
        Packet::Pong
    );
    let flood = Frame::Binary(Bytes::from(vec![0x70; 100_000]));
    assert_eq!(reply(&wire.receive(&flood, 0)), Packet::Pong);
}

#[test]
fn a_subscription_is_refused() {
    let sub = Packet::Sub(Sub {
        setting: Setting::default(),
        sub_no: "s".into(),
        channel_id: "c".into(),
        channel_type: 7,
        action: 0,
        param: ByteString::new(),
    });
    let answer = reply(&wire(ANN).receive(&frame(&[sub]), 0));
    assert!(matches!(answer, Packet::Suback(ack) if ack.reason == 23 && ack.sub_no == "s"));
}

#[test]
fn what_a_client_does_not_say_ends_the_connection() {
    let disconnect = Packet::Disconnect {
        reason: 0,
        text: ByteString::new(),
    };
    for said in [
        Packet::Pong,
        disconnect,
        Packet::Connack(Connack::refused(2)),
    ] {
        let intents = wire(ANN).receive(&frame(&[said, Packet::Ping]), 0);
        assert_eq!(intents, [Intent::Close(None)]);
    }
    let garbage = Frame::Binary(Bytes::from_static(&[0xff; 9]));
    assert_eq!(wire(ANN).receive(&garbage, 0), [Intent::Close(None)]);
}

#[test]
fn too_much_in_one_message_ends_the_connection() {
    let mut wrong = to_bob();
    wrong.msg_key = ByteString::new();
    let flood = vec![Packet::Send(wrong); AT_ONCE + 1];
    let intents = wire(ANN).receive(&frame(&flood), 0);
    assert_eq!(intents.len(), AT_ONCE + 1);
    assert_eq!(intents.last(), Some(&Intent::Close(None)));
}

#[test]
fn the_welcome_comes_once_and_a_farewell_before_it_refuses() {
    let mut wire = new(ANN);
    let before = wire.farewell(Farewell::Refused).unwrap();
    assert_eq!(packet(&before), Packet::Connack(Connack::refused(2)));
    assert!(matches!(
        packet(&wire.hello(0).unwrap()),
        Packet::Connack(ack) if ack.reason == SUCCESS && ack.time_diff == 25
    ));
    assert_eq!(wire.hello(0), None);
    for (farewell, reason, text) in [
        (Farewell::Replaced, 12, "login in other device"),
        (Farewell::LoggedInAnew, 12, "账号在其他设备上登录"),
        (Farewell::Refused, 2, "authentication failed"),
    ] {
        let after = wire.farewell(farewell).unwrap();
        let text = text.into();
        assert_eq!(packet(&after), Packet::Disconnect { reason, text });
    }
}

#[test]
fn who_shall_come_back_is_told_no_reason() {
    for farewell in [Farewell::Shutdown, Farewell::TooSlow, Farewell::Gone] {
        assert_eq!(wire(ANN).farewell(farewell), None);
        assert_eq!(new(ANN).farewell(farewell), None);
    }
}
