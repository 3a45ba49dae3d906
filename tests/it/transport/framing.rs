//! Whole messages in one frame: every form of the length field, any way of arriving.

use super::case::{Case, Chop, LIMIT, octets, words};
use crate::support::echo;
use crate::support::raw_ws::Frame;

/// The last and first lengths of each form of the length field, and the ends of the whole range.
const SIZES: [usize; 7] = [0, 125, 126, 127, 128, 65_535, 65_536];

fn messages(size: usize) -> [Frame; 2] {
    [Frame::text(words(size)), Frame::binary(octets(size))]
}

#[tokio::test]
async fn a_message_comes_back_whatever_the_form_of_its_length() {
    let echo = echo::serve(LIMIT).await;
    for message in SIZES.into_iter().flat_map(messages) {
        let case = Case::new(format!("{message:?}")).echo(message);
        case.run_chopped(&echo, Chop::Whole).await;
        case.run_chopped(&echo, Chop::Bytes(997)).await;
    }
}

#[tokio::test]
async fn a_message_comes_back_when_it_arrives_byte_by_byte() {
    let echo = echo::serve(LIMIT).await;
    for message in SIZES[..5].iter().copied().flat_map(messages) {
        let case = Case::new(format!("{message:?}")).echo(message);
        case.run_chopped(&echo, Chop::Bytes(1)).await;
    }
}

#[tokio::test]
async fn messages_that_arrive_together_come_back_in_order() {
    let echo = echo::serve(LIMIT).await;
    let messages = (0..100).map(|n| Frame::text(format!("message {n}")));
    let case = messages.fold(Case::new("a hundred messages"), Case::echo);
    case.run(&echo).await;
}

#[tokio::test]
async fn an_unmasked_frame_fails_the_connection() {
    let echo = echo::serve(LIMIT).await;
    for frame in [Frame::text("bare"), Frame::ping(""), Frame::close(1000, "")] {
        Case::new(format!("unmasked {frame:?}"))
            .echo(Frame::text("masked"))
            .send_bytes(frame.encode_unmasked())
            .failed(&[1002])
            .run(&echo)
            .await;
    }
}
