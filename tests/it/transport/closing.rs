//! How connections end: the handshake of close frames, what they may carry, and nothing after them.

use super::case::{Case, Chop, LIMIT, words};
use crate::support::echo;
use crate::support::raw_ws::{Frame, NO_CODE, RawWs};

#[tokio::test]
async fn messages_are_answered_before_the_close_that_follows_them() {
    let echo = echo::serve(LIMIT).await;
    let case = Case::new("a large and a small text, then a close")
        .echo(Frame::text(words(256 * 1024)))
        .echo(Frame::text("the last word"))
        .send(Frame::close(1000, ""))
        .closed(&[1000]);
    case.run_chopped(&echo, Chop::Whole).await;
    case.run_chopped(&echo, Chop::Frames).await;
}

#[tokio::test]
async fn what_follows_a_close_is_ignored() {
    let echo = echo::serve(LIMIT).await;
    for late in [
        Frame::close(1000, ""),
        Frame::close(1001, "again"),
        Frame::ping("late"),
        Frame::text("late"),
        Frame::text("not even legal").with_rsv(7),
    ] {
        Case::new(format!("a close, then {late:?}"))
            .send(Frame::close(1000, ""))
            .send(late)
            .closed(&[1000])
            .run(&echo)
            .await;
    }
}

#[tokio::test]
async fn a_close_inside_a_fragmented_message_drops_the_message() {
    let echo = echo::serve(LIMIT).await;
    Case::new("a fragment, a close, the other fragment")
        .send(Frame::text("first ").unfinished())
        .send(Frame::close(1000, ""))
        .send(Frame::continuation("second"))
        .closed(&[1000])
        .run(&echo)
        .await;
}

#[tokio::test]
async fn a_close_without_a_code_is_answered() {
    let echo = echo::serve(LIMIT).await;
    Case::new("an empty close")
        .send(Frame::closing(""))
        .closed(&[NO_CODE, 1000])
        .run(&echo)
        .await;
}

#[tokio::test]
async fn a_close_is_answered_with_its_own_code() {
    let echo = echo::serve(LIMIT).await;
    for code in [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999,
    ] {
        for reason in ["", "enough said", "genug für heute, 再见"] {
            Case::new(format!("code {code} with {reason:?}"))
                .send(Frame::close(code, reason))
                .closed(&[code])
                .run(&echo)
                .await;
        }
    }
}

#[tokio::test]
async fn a_reason_of_123_bytes_fits_and_none_is_invented() {
    let echo = echo::serve(LIMIT).await;
    let reason = words(123);
    let mut ws = RawWs::connect(echo.address(), "/").await;
    ws.send(&Frame::close(1000, &reason)).await;
    let answer = ws.expect_close(&[1000]).await;
    let allowed = [reason.as_bytes(), b""];
    assert!(allowed.contains(&answer.close_reason()), "{answer:?}");
}

#[tokio::test]
async fn a_close_of_an_impossible_length_fails_the_connection() {
    let echo = echo::serve(LIMIT).await;
    for close in [Frame::closing("?"), Frame::close(1000, words(124))] {
        Case::new(format!("{close:?}"))
            .send(close)
            .failed(&[1002])
            .run(&echo)
            .await;
    }
}

#[tokio::test]
async fn a_reason_that_is_not_utf8_fails_the_connection() {
    let echo = echo::serve(LIMIT).await;
    let reasons: [&[u8]; 3] = [
        b"\xff",
        b"cut \xe2\x82",
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
    ];
    for reason in reasons {
        Case::new(format!("reason {}", reason.escape_ascii()))
            .send(Frame::close(1000, reason))
            .failed(&[1002, 1007])
            .run(&echo)
            .await;
    }
}

#[tokio::test]
async fn a_code_nobody_may_send_fails_the_connection() {
    let echo = echo::serve(LIMIT).await;
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999] {
        for reason in ["", "because"] {
            Case::new(format!("code {code} with {reason:?}"))
                .send(Frame::close(code, reason))
                .failed(&[1002])
                .run(&echo)
                .await;
        }
    }
}

/// RFC 6455 says nothing of codes from 5000 on: they may be taken or refused, but the connection ends.
#[tokio::test]
async fn a_code_beyond_all_ranges_ends_the_connection() {
    let echo = echo::serve(LIMIT).await;
    for code in [5000, u16::MAX] {
        Case::new(format!("code {code}"))
            .send(Frame::close(code, ""))
            .failed(&[1000, 1002, code])
            .run(&echo)
            .await;
    }
}

#[tokio::test]
async fn a_peer_that_hangs_up_without_a_close_is_let_go() {
    let echo = echo::serve(LIMIT).await;
    for unsaid in [Vec::new(), Frame::text("half of it").encode()[..9].to_vec()] {
        let mut ws = RawWs::connect(echo.address(), "/").await;
        ws.write(&unsaid, usize::MAX).await.unwrap();
        ws.hang_up().await;
        ws.expect_failure(&[NO_CODE, 1000, 1002]).await;
    }
}
