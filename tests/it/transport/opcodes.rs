//! Opcodes without a meaning end the connection.

use super::case::{Case, LIMIT};
use crate::support::echo;
use crate::support::raw_ws::Frame;

/// Reserved for further data frames, and for further control frames.
const RESERVED: [u8; 10] = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];

#[tokio::test]
async fn a_reserved_opcode_fails_the_connection() {
    let echo = echo::serve(LIMIT).await;
    for opcode in RESERVED {
        for payload in ["", "reserved"] {
            Case::new(format!("opcode {opcode} with {payload:?}"))
                .send(Frame::new(opcode, payload))
                .failed(&[1002])
                .run(&echo)
                .await;
        }
    }
}

#[tokio::test]
async fn a_reserved_opcode_ends_the_conversation_after_the_message_before_it() {
    let echo = echo::serve(LIMIT).await;
    for opcode in RESERVED {
        Case::new(format!("a good text, opcode {opcode}, a ping"))
            .echo(Frame::text("good"))
            .send(Frame::new(opcode, "reserved"))
            .send(Frame::ping("too late"))
            .failed(&[1002])
            .run(&echo)
            .await;
    }
}
