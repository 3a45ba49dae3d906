//! No extension is ever agreed on, so a set reserved bit ends the connection.

use super::case::{Case, LIMIT};
use crate::support::echo;
use crate::support::raw_ws::Frame;

#[tokio::test]
async fn a_reserved_bit_fails_the_connection() {
    let echo = echo::serve(LIMIT).await;
    let frames = [
        Frame::text("reserved"),
        Frame::text(""),
        Frame::text("reserved").unfinished(),
        Frame::binary(b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"),
        Frame::ping("reserved"),
        Frame::pong("reserved"),
        Frame::close(1000, ""),
    ];
    for frame in frames {
        for rsv in 1..=7 {
            let frame = frame.clone().with_rsv(rsv);
            Case::new(format!("{frame:?}"))
                .send(frame)
                .failed(&[1002])
                .run(&echo)
                .await;
        }
    }
}

#[tokio::test]
async fn a_reserved_bit_ends_the_conversation_after_the_message_before_it() {
    let echo = echo::serve(LIMIT).await;
    for rsv in 1..=7 {
        Case::new(format!("a good text, one with reserved bits {rsv}, a ping"))
            .echo(Frame::text("good"))
            .send(Frame::text("reserved").with_rsv(rsv))
            .send(Frame::ping("too late"))
            .failed(&[1002])
            .run(&echo)
            .await;
    }
}

#[tokio::test]
async fn a_reserved_bit_in_a_continuation_fails_the_connection() {
    let echo = echo::serve(LIMIT).await;
    Case::new("a good first fragment, a last one with a reserved bit")
        .send(Frame::text("good ").unfinished())
        .send(Frame::continuation("reserved").with_rsv(4))
        .failed(&[1002])
        .run(&echo)
        .await;
}
