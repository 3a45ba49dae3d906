//! Garbage on an open socket of a logged-in account.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{Target, expect_open, throw};
use crate::support::raw_ws::{Frame, RawWs};

/// Sends bytes on an open socket and hangs up: the node has to let go, with well-formed frames until then.
async fn rave(target: Target, bytes: Vec<u8>) {
    let mut ws = RawWs::connect(target.address, &target.path).await;
    // The node may have hung up already.
    let _ = ws.write(&bytes, usize::MAX).await;
    ws.hang_up().await;
    while ws.frame().await.is_some() {}
}

fn any_frame() -> impl Strategy<Value = Frame> {
    let rsv = prop_oneof![9 => Just(0u8), 1 => 1..8u8];
    let payload = vec(any::<u8>(), 0..300);
    (any::<bool>(), rsv, 0..16u8, payload).prop_map(|(fin, rsv, opcode, payload)| Frame {
        fin,
        rsv,
        opcode,
        payload,
    })
}

#[test]
fn random_bytes_on_a_socket_harm_nobody_else() {
    throw(vec(any::<u8>(), 0..2_048), rave);
}

#[test]
fn random_frames_on_a_socket_harm_nobody_else() {
    throw(vec(any_frame(), 0..12), |target, frames: Vec<Frame>| {
        rave(target, frames.iter().flat_map(Frame::encode).collect())
    });
}

#[test]
fn frames_cut_short_harm_nobody_else() {
    let cut = (any_frame(), any::<Index>()).prop_map(|(frame, end)| {
        let mut bytes = frame.encode();
        bytes.truncate(end.index(bytes.len()));
        bytes
    });
    throw(cut, rave);
}

/// Values that are wrong for most fields, some of them no JSON at all.
#[rustfmt::skip]
const VALUES: &[&str] = &[
    "null", "true", "nul", "", "[]", "{}", "-1", "0", "0.5", "1e400", "10000000", "9223372036854775808",
    r#""""#, r#""10000001""#, r#""ping""#, r#""input""#, r#""friend""#, r#""group""#, r#""system""#, r#""normal""#,
    r#""finish""#, r#""' OR 1=1 --""#, r#""<script>""#, r#""\u0000""#, r#""\ud800""#, r#""😀""#,
];

/// The fields of a frame, and names that are nearly or not at all such.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "id", "fromId", "toId", "ope", "type", "body", "status", "isPrivate", "read", "TYPE", "", "__proto__",
];

/// One of [`VALUES`], or something long or deep. Eight of them fit a frame of 64 KiB, the largest the node takes.
fn hostile_value() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => select(VALUES).prop_map(str::to_owned),
        1 => any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        1 => (1..5_000usize).prop_map(|depth| "[".repeat(depth)),
        1 => (1..5_000usize).prop_map(|length| format!("\"{}\"", "x".repeat(length))),
    ]
}

/// Objects with the names of a frame's fields, repeated and misspelt too, and any text.
fn hostile_text() -> impl Strategy<Value = String> {
    let field = (select(NAMES), hostile_value());
    let object = vec(field, 0..8).prop_map(|fields| {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        format!("{{{}}}", fields.join(","))
    });
    prop_oneof![3 => object, 1 => hostile_value(), 1 => any::<String>()]
}

#[test]
fn a_text_the_node_does_not_understand_leaves_the_socket_open() {
    throw(hostile_text(), |target: Target, text: String| async move {
        let mut ws = RawWs::connect(target.address, &target.path).await;
        ws.send(&Frame::text(text)).await;
        expect_open(ws).await;
    });
}

#[test]
fn a_binary_frame_the_node_does_not_understand_leaves_the_socket_open() {
    let frame = (select(vec!["json", "proto"]), vec(any::<u8>(), 0..512));
    throw(
        frame,
        |target: Target, frame: (&'static str, Vec<u8>)| async move {
            let (protocol, bytes) = frame;
            let path = format!("{}&protocol={protocol}", target.path);
            let mut ws = RawWs::connect(target.address, &path).await;
            ws.send(&Frame::binary(bytes)).await;
            expect_open(ws).await;
        },
    );
}
