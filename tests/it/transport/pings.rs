//! Pings are answered with what they carry, in order; pongs are not answered at all.

use super::case::{Case, Chop, LIMIT};
use crate::support::echo;
use crate::support::raw_ws::Frame;

#[tokio::test]
async fn a_ping_is_answered_with_its_payload() {
    let echo = echo::serve(LIMIT).await;
    let payloads: [&[u8]; 4] = [
        b"",
        b"are you there?",
        b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff",
        &[0xfe; 125],
    ];
    for payload in payloads {
        Case::new(format!("a ping of {} bytes", payload.len()))
            .send(Frame::ping(payload))
            .hear(Frame::pong(payload))
            .run(&echo)
            .await;
    }
}

#[tokio::test]
async fn a_control_frame_of_more_than_125_bytes_fails_the_connection() {
    let echo = echo::serve(LIMIT).await;
    for size in [126, 65_536] {
        for frame in [
            Frame::ping(vec![0xfe_u8; size]),
            Frame::pong(vec![0xfe_u8; size]),
        ] {
            Case::new(format!("{frame:?}"))
                .send(frame)
                .failed(&[1002])
                .run_chopped(&echo, Chop::Frames)
                .await;
        }
    }
}

#[tokio::test]
async fn an_unsolicited_pong_is_ignored() {
    let echo = echo::serve(LIMIT).await;
    for payload in ["", "nobody asked"] {
        Case::new(format!("a pong with {payload:?}"))
            .send(Frame::pong(payload))
            .run(&echo)
            .await;
        Case::new(format!("a pong with {payload:?}, then a ping"))
            .send(Frame::pong(payload))
            .send(Frame::ping("a question"))
            .hear(Frame::pong("a question"))
            .run(&echo)
            .await;
    }
}

#[tokio::test]
async fn pings_are_answered_in_their_order() {
    let echo = echo::serve(LIMIT).await;
    let case = (0..10).fold(Case::new("ten pings"), |case, n| {
        let payload = format!("ping {n}");
        case.send(Frame::ping(payload.as_str()))
            .hear(Frame::pong(payload))
    });
    case.run(&echo).await;
}
