//! Packets and bytes of every kind.

use super::*;
use bytes::Bytes;
use bytestring::ByteString;
use proptest::prelude::*;

fn text() -> impl Strategy<Value = ByteString> {
    proptest::collection::vec(any::<char>(), 0..12)
        .prop_map(|chars| chars.into_iter().collect::<String>().into())
}

fn payload() -> impl Strategy<Value = Bytes> {
    proptest::collection::vec(any::<u8>(), 0..300).prop_map(Bytes::from)
}

fn flags() -> impl Strategy<Value = Flags> {
    (0_u8..16).prop_map(Flags)
}

fn some_connect() -> impl Strategy<Value = Packet> {
    let numbers = (any::<u8>(), any::<u8>(), any::<i64>());
    (numbers, text(), text(), text(), text()).prop_map(
        |((version, device_flag, timestamp), device_id, uid, token, client_key)| {
            Packet::Connect(Connect {
                version,
                device_flag,
                device_id,
                uid,
                token,
                timestamp,
                client_key,
            })
        },
    )
}

fn some_connack() -> impl Strategy<Value = Packet> {
    (any::<i64>(), any::<u8>(), text(), text()).prop_map(|(time_diff, reason, server_key, salt)| {
        Packet::Connack(match reason {
            SUCCESS => Connack {
                time_diff,
                reason,
                server_key,
                salt,
            },
            reason => Connack::refused(reason),
        })
    })
}

fn some_send() -> impl Strategy<Value = Packet> {
    let numbers = (
        flags(),
        any::<u8>(),
        any::<u32>(),
        any::<u8>(),
        any::<u32>(),
    );
    let texts = (text(), text(), text(), text(), text());
    (numbers, texts, payload()).prop_map(
        |(
            (flags, setting, client_seq, channel_type, expire),
            (client_msg_no, stream_no, channel_id, msg_key, topic),
            payload,
        )| {
            Packet::Send(Send {
                flags,
                setting: Setting(setting),
                client_seq,
                client_msg_no,
                stream_no,
                channel_id,
                channel_type,
                expire,
                msg_key,
                topic,
                payload,
            })
        },
    )
}

fn some_recv() -> impl Strategy<Value = Packet> {
    let numbers = (
        flags(),
        any::<u8>(),
        any::<u8>(),
        any::<u32>(),
        any::<i64>(),
        any::<u32>(),
        any::<i32>(),
    );
    let texts = (text(), text(), text(), text(), text());
    (numbers, texts, payload()).prop_map(
        |(
            (flags, setting, channel_type, expire, message_id, message_seq, timestamp),
            (msg_key, from_uid, channel_id, client_msg_no, topic),
            payload,
        )| {
            Packet::Recv(Recv {
                flags,
                setting: Setting(setting),
                msg_key,
                from_uid,
                channel_id,
                channel_type,
                expire,
                client_msg_no,
                message_id,
                message_seq,
                timestamp,
                topic,
                payload,
            })
        },
    )
}

fn some_ack() -> impl Strategy<Value = Packet> {
    let numbers = (
        flags(),
        any::<i64>(),
        any::<u32>(),
        any::<u32>(),
        any::<u8>(),
    );
    (any::<bool>(), numbers).prop_map(
        |(sent, (flags, message_id, client_seq, message_seq, reason))| {
            if sent {
                Packet::Sendack(Sendack {
                    flags,
                    message_id,
                    client_seq,
                    message_seq,
                    reason,
                })
            } else {
                Packet::Recvack(Recvack {
                    flags,
                    message_id,
                    message_seq,
                })
            }
        },
    )
}

fn some_sub() -> impl Strategy<Value = Packet> {
    let numbers = (any::<bool>(), any::<u8>(), any::<u8>(), any::<u8>());
    (numbers, text(), text(), text()).prop_map(
        |((asked, byte, channel_type, action), sub_no, channel_id, param)| {
            if asked {
                Packet::Sub(Sub {
                    setting: Setting(byte),
                    sub_no,
                    channel_id,
                    channel_type,
                    action,
                    param,
                })
            } else {
                Packet::Suback(Suback {
                    sub_no,
                    channel_id,
                    channel_type,
                    action,
                    reason: byte,
                })
            }
        },
    )
}

fn packet() -> impl Strategy<Value = Packet> {
    prop_oneof![
        some_connect(),
        some_connack(),
        some_send(),
        some_recv(),
        some_ack(),
        some_sub(),
        Just(Packet::Ping),
        Just(Packet::Pong),
        (any::<u8>(), text()).prop_map(|(reason, text)| Packet::Disconnect { reason, text }),
    ]
}

/// The packet without what that version does not carry.
fn as_version(packet: &Packet, version: u8) -> Packet {
    let mut packet = packet.clone();
    match &mut packet {
        Packet::Send(send) => {
            if version < 3 {
                send.expire = 0;
            }
            if !send.setting.streams(version) {
                send.stream_no = ByteString::new();
            }
            if !send.setting.has(Setting::TOPIC) {
                send.topic = ByteString::new();
            }
        }
        Packet::Recv(recv) => {
            if version < 3 {
                recv.expire = 0;
            }
            if !recv.setting.has(Setting::TOPIC) {
                recv.topic = ByteString::new();
            }
        }
        _ => {}
    }
    packet
}

/// Pushes bytes in pieces of the given sizes, round and round, and takes out every packet.
fn decode(bytes: &[u8], cuts: &[usize], version: u8) -> Result<Vec<Packet>, Malformed> {
    let mut decoder = Decoder::new(version);
    let mut packets = Vec::new();
    let (mut rest, mut sizes) = (bytes, cuts.iter().cycle());
    while !rest.is_empty() {
        let size = sizes.next().copied().unwrap_or(usize::MAX);
        let (piece, after) = rest.split_at(size.min(rest.len()));
        rest = after;
        decoder.push(piece);
        while let Some(packet) = decoder.next()? {
            packets.push(packet);
        }
        assert!(decoder.waiting() <= MAX_BODY + 5);
    }
    Ok(packets)
}

proptest! {
    #[test]
    fn every_packet_survives_encoding_in_every_version(packet in packet(), version in 1_u8..=NEWEST) {
        let expected = as_version(&packet, version);
        prop_assert_eq!(decode(&packet.encode(version), &[], version), Ok(vec![expected]));
    }

    #[test]
    fn frames_are_found_however_the_bytes_are_cut(
        packets in proptest::collection::vec(packet(), 0..6),
        cuts in proptest::collection::vec(1_usize..40, 1..8),
    ) {
        let frames: Vec<u8> = packets.iter().flat_map(|packet| packet.encode(NEWEST)).collect();
        let expected: Vec<Packet> = packets.iter().map(|packet| as_version(packet, NEWEST)).collect();
        prop_assert_eq!(decode(&frames, &cuts, NEWEST), Ok(expected));
    }

    #[test]
    fn no_bytes_make_the_decoder_panic_or_grow(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        cuts in proptest::collection::vec(1_usize..40, 1..8),
        version in any::<u8>(),
    ) {
        // Whether it is an error does not depend on how the bytes came.
        prop_assert_eq!(decode(&bytes, &cuts, version).is_ok(), decode(&bytes, &[], version).is_ok());
    }

    #[test]
    fn a_changed_frame_is_a_packet_or_malformed(
        packet in packet(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        version in 1_u8..=NEWEST,
    ) {
        let mut frame = packet.encode(version).to_vec();
        let place = place.index(frame.len());
        frame[place] = byte;
        let _ = decode(&frame, &[], version);
    }
}
