//! Protobuf by hand, from the contract's table of field numbers: nothing of the node's own code takes part.

use serde_json::{Value, json};

const VARINT: u64 = 0;
const LENGTH: u64 = 2;

/// Reads a frame into the names it has in JSON, but for the time, which stays in milliseconds.
pub fn decode(mut bytes: &[u8]) -> Value {
    // What is empty is not sent.
    let mut frame = json!({
        "id": 0, "fromId": 0, "toId": 0, "ope": "", "type": "", "body": "", "isPrivate": false, "status": "",
        "isRead": false,
    });
    while !bytes.is_empty() {
        let (number, field) = next(&mut bytes);
        let (name, value) = match number {
            1 => ("id", field.number().into()),
            2 => ("fromId", field.number().into()),
            3 => ("toId", field.number().into()),
            4 => ("ope", field.text().into()),
            5 => ("type", field.text().into()),
            6 => ("body", field.text().into()),
            7 => ("isPrivate", (field.number() == 1).into()),
            8 => ("status", field.text().into()),
            9 => ("isRead", (field.number() == 1).into()),
            10 => ("createdAt", millis(field.bytes()).into()),
            _ => panic!("there is no field {number}"),
        };
        frame[name] = value;
    }
    frame
}

/// One field of a message, as it is written.
pub fn number(number: u64, value: u64) -> Vec<u8> {
    [varint((number << 3) | VARINT), varint(value)].concat()
}

/// One field of a message, as it is written.
pub fn text(number: u64, value: &str) -> Vec<u8> {
    let length = varint(value.len() as u64);
    [varint((number << 3) | LENGTH), length, value.into()].concat()
}

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    fn number(&self) -> i64 {
        match self {
            Self::Number(number) => i64::try_from(*number).unwrap(),
            Self::Bytes(_) => panic!("bytes instead of a number"),
        }
    }

    fn bytes(&self) -> &'a [u8] {
        match self {
            Self::Number(_) => panic!("a number instead of bytes"),
            Self::Bytes(bytes) => bytes,
        }
    }

    fn text(&self) -> &'a str {
        std::str::from_utf8(self.bytes()).unwrap()
    }
}

fn next<'a>(bytes: &mut &'a [u8]) -> (u64, Field<'a>) {
    let tag = take_varint(bytes);
    let field = match tag & 7 {
        VARINT => Field::Number(take_varint(bytes)),
        LENGTH => {
            let length = take_varint(bytes) as usize;
            let (field, rest) = bytes.split_at(length);
            *bytes = rest;
            Field::Bytes(field)
        }
        kind => panic!("no field of the contract is of kind {kind}"),
    };
    (tag >> 3, field)
}

/// A `google.protobuf.Timestamp`: seconds and nanoseconds.
fn millis(mut bytes: &[u8]) -> i64 {
    let mut millis = 0;
    while !bytes.is_empty() {
        millis += match next(&mut bytes) {
            (1, seconds) => seconds.number() * 1000,
            (2, nanos) => nanos.number() / 1_000_000,
            (number, _) => panic!("a time has no field {number}"),
        };
    }
    millis
}

fn take_varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().expect("a number is cut off");
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return value;
        }
    }
    panic!("a number of more than 64 bits");
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push((value as u8 & 0x7f) | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
