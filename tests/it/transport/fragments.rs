//! Messages in several frames, with control frames between them, and all the ways to get that wrong.

use super::case::{Case, Chop, LIMIT, octets, words};
use crate::support::echo;
use crate::support::raw_ws::{Frame, RawWs};

#[tokio::test]
async fn a_fragmented_message_comes_back_whole() {
    let echo = echo::serve(LIMIT).await;
    for message in [Frame::text(words(40)), Frame::binary(octets(40))] {
        for size in [1, 7, 39] {
            Case::new(format!("{message:?} in pieces of {size}"))
                .send_all(message.clone().fragments(size))
                .hear(message.clone())
                .run(&echo)
                .await;
        }
    }
}

#[tokio::test]
async fn a_large_message_in_small_packets_comes_back_whole() {
    let echo = echo::serve(LIMIT).await;
    for message in [Frame::text(words(65_536)), Frame::binary(octets(65_536))] {
        let case = Case::new("64 KiB in frames of 1,300 bytes")
            .send_all(message.clone().fragments(1_300))
            .hear(message);
        case.run_chopped(&echo, Chop::Frames).await;
        case.run_chopped(&echo, Chop::Whole).await;
    }
}

#[tokio::test]
async fn empty_fragments_add_nothing() {
    let echo = echo::serve(LIMIT).await;
    Case::new("three empty fragments")
        .send(Frame::binary("").unfinished())
        .send(Frame::continuation("").unfinished())
        .send(Frame::continuation(""))
        .hear(Frame::binary(""))
        .run(&echo)
        .await;
    Case::new("a full fragment between empty ones")
        .send(Frame::binary("").unfinished())
        .send(Frame::continuation("all of it").unfinished())
        .send(Frame::continuation(""))
        .hear(Frame::binary("all of it"))
        .run(&echo)
        .await;
}

#[tokio::test]
async fn a_ping_between_fragments_is_answered_before_the_message() {
    let echo = echo::serve(LIMIT).await;
    Case::new("a ping between two fragments")
        .send(Frame::text("first, ").unfinished())
        .send(Frame::ping("in between"))
        .send(Frame::continuation("second"))
        .hear(Frame::pong("in between"))
        .hear(Frame::text("first, second"))
        .run(&echo)
        .await;
}

#[tokio::test]
async fn a_pong_between_fragments_is_ignored() {
    let echo = echo::serve(LIMIT).await;
    Case::new("a pong between two fragments")
        .send(Frame::text("first, ").unfinished())
        .send(Frame::pong("in between"))
        .send(Frame::continuation("second"))
        .hear(Frame::text("first, second"))
        .run(&echo)
        .await;
}

#[tokio::test]
async fn pings_are_answered_while_a_message_is_on_its_way() {
    let echo = echo::serve(LIMIT).await;
    let mut ws = RawWs::connect(echo.address(), "/").await;
    ws.send(&Frame::text("one ").unfinished()).await;
    ws.send(&Frame::continuation("two ").unfinished()).await;
    ws.send(&Frame::ping("early")).await;
    assert_eq!(ws.frame().await, Some(Frame::pong("early")));
    ws.send(&Frame::continuation("three ").unfinished()).await;
    ws.send(&Frame::continuation("four ").unfinished()).await;
    ws.send(&Frame::ping("late")).await;
    assert_eq!(ws.frame().await, Some(Frame::pong("late")));
    ws.send(&Frame::continuation("five")).await;
    let whole = Frame::text("one two three four five");
    assert_eq!(ws.frame().await, Some(whole));
    ws.expect_idle().await;
}

#[tokio::test]
async fn a_fragmented_control_frame_fails_the_connection() {
    let echo = echo::serve(LIMIT).await;
    for first in [Frame::ping("half"), Frame::pong("half"), Frame::closing("")] {
        Case::new(format!("{first:?} in two fragments"))
            .send(first.unfinished())
            .send(Frame::continuation("the rest"))
            .failed(&[1002])
            .run(&echo)
            .await;
    }
}

#[tokio::test]
async fn a_continuation_of_nothing_fails_the_connection() {
    let echo = echo::serve(LIMIT).await;
    let stray = Frame::continuation("stray");
    for stray in [stray.clone(), stray.unfinished()] {
        Case::new(format!("{stray:?} at the start"))
            .send(stray.clone())
            .send(Frame::text("too late"))
            .failed(&[1002])
            .run(&echo)
            .await;
        Case::new(format!("{stray:?} after a whole message"))
            .echo(Frame::text("whole"))
            .send(stray.clone())
            .failed(&[1002])
            .run(&echo)
            .await;
        Case::new(format!("{stray:?} after a fragmented message"))
            .send_all(Frame::text("in two fragments").fragments(8))
            .hear(Frame::text("in two fragments"))
            .send(stray.clone())
            .send(Frame::text("too late"))
            .failed(&[1002])
            .run(&echo)
            .await;
        Case::new(format!("{stray:?} before a fragmented message, twice"))
            .send(stray.clone())
            .send_all(Frame::text("too late, too").fragments(8))
            .send(stray)
            .send_all(Frame::text("too late, too").fragments(8))
            .failed(&[1002])
            .run(&echo)
            .await;
    }
}

#[tokio::test]
async fn a_new_message_inside_a_fragmented_one_fails_the_connection() {
    let echo = echo::serve(LIMIT).await;
    for (first, second) in [
        (Frame::text("one"), Frame::text("two")),
        (Frame::text("one"), Frame::text("two").unfinished()),
        (Frame::text("one"), Frame::binary("two")),
        (Frame::binary("one"), Frame::text("two")),
        (Frame::binary("one"), Frame::binary("two").unfinished()),
    ] {
        Case::new(format!("{second:?} inside {first:?}"))
            .send(first.unfinished())
            .send(second)
            .failed(&[1002])
            .run(&echo)
            .await;
    }
}
