//! Large messages, many messages, and those too large to be taken.

use super::case::{Case, Chop, LIMIT, octets, words};
use crate::support::echo;
use crate::support::raw_ws::{Frame, RawWs};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
const SIZES: [usize; 4] = [64 * KIB, MIB, 4 * MIB, 16 * MIB];

/// Three bytes to a character, so that fragments of a round size cut through some.
fn euros(size: usize) -> String {
    "€".repeat(size / 3)
}

#[tokio::test]
async fn large_texts_come_back() {
    let echo = echo::serve(LIMIT).await;
    for size in SIZES {
        Case::new(format!("a text of {size} bytes"))
            .echo(Frame::text(words(size)))
            .run_chopped(&echo, Chop::Whole)
            .await;
    }
}

#[tokio::test]
async fn large_binary_messages_come_back() {
    let echo = echo::serve(LIMIT).await;
    for size in SIZES {
        Case::new(format!("{size} bytes"))
            .echo(Frame::binary(octets(size)))
            .run_chopped(&echo, Chop::Whole)
            .await;
    }
}

#[tokio::test]
async fn large_messages_come_back_from_large_fragments() {
    let echo = echo::serve(LIMIT).await;
    for message in [Frame::text(euros(4 * MIB)), Frame::binary(octets(4 * MIB))] {
        Case::new(format!("{message:?} in fragments of 64 KiB"))
            .send_all(message.clone().fragments(64 * KIB))
            .hear(message)
            .run_chopped(&echo, Chop::Frames)
            .await;
    }
}

#[tokio::test]
async fn large_messages_come_back_from_tiny_fragments() {
    let echo = echo::serve(LIMIT).await;
    for message in [Frame::text(euros(MIB)), Frame::binary(octets(MIB))] {
        Case::new(format!("{message:?} in fragments of 64 bytes"))
            .send_all(message.clone().fragments(64))
            .hear(message)
            .run_chopped(&echo, Chop::Whole)
            .await;
    }
}

#[tokio::test]
async fn large_messages_come_back_when_they_trickle_in() {
    let echo = echo::serve(LIMIT).await;
    for chop in [64, 1_024] {
        for message in [Frame::text(words(MIB)), Frame::binary(octets(MIB))] {
            Case::new(format!("{message:?}"))
                .echo(message)
                .run_chopped(&echo, Chop::Bytes(chop))
                .await;
        }
    }
}

#[tokio::test]
async fn a_thousand_round_trips_each_bring_the_message_back() {
    let echo = echo::serve(LIMIT).await;
    let mut ws = RawWs::connect(echo.address(), "/").await;
    for size in [0, 16, 256, 1_024, 4_096] {
        for message in [Frame::text(words(size)), Frame::binary(octets(size))] {
            for _ in 0..100 {
                ws.send(&message).await;
                assert_eq!(ws.frame().await.as_ref(), Some(&message));
            }
        }
    }
    ws.expect_idle().await;
}

#[tokio::test]
async fn a_message_of_exactly_the_limit_is_taken() {
    let echo = echo::serve(64 * KIB).await;
    let message = Frame::text(words(64 * KIB));
    Case::new("64 KiB in one frame")
        .echo(message.clone())
        .run_chopped(&echo, Chop::Whole)
        .await;
    Case::new("64 KiB in fragments")
        .send_all(message.clone().fragments(1_000))
        .hear(message)
        .run_chopped(&echo, Chop::Whole)
        .await;
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused() {
    let echo = echo::serve(64 * KIB).await;
    let message = Frame::text(words(64 * KIB + 1));
    Case::new("one byte too many in one frame")
        .echo(Frame::text("small"))
        .send(message.clone())
        .failed(&[1009])
        .run_chopped(&echo, Chop::Whole)
        .await;
    Case::new("one byte too many in fragments")
        .echo(Frame::text("small"))
        .send_all(message.fragments(1_000))
        .failed(&[1009])
        .run_chopped(&echo, Chop::Whole)
        .await;
}

/// A peer must not be made to wait for, or to keep, what it is going to refuse.
#[tokio::test]
async fn an_announced_length_over_the_limit_is_refused_before_it_arrives() {
    let echo = echo::serve(64 * KIB).await;
    for length in [64 * 1024 + 1, u64::from(u32::MAX) + 1, 1 << 62] {
        Case::new(format!("{length} bytes announced"))
            .send_bytes(announce(length))
            .failed(&[1009])
            .run(&echo)
            .await;
    }
}

/// The highest bit of a length is always 0 (RFC 6455, section 5.2).
#[tokio::test]
async fn a_negative_length_fails_the_connection() {
    let echo = echo::serve(64 * KIB).await;
    for length in [1 << 63, u64::MAX] {
        Case::new(format!("{length} bytes announced"))
            .send_bytes(announce(length))
            .failed(&[1002, 1009])
            .run(&echo)
            .await;
    }
}

/// The header and masking key of a binary frame that never comes.
fn announce(length: u64) -> Vec<u8> {
    [&[0x82, 0xff][..], &length.to_be_bytes()[..], b"mask"].concat()
}
