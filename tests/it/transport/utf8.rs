//! Text has to be UTF-8, however it is cut into fragments. The strings are the classes of Markus Kuhn's UTF-8 stress
//! test: boundaries of every sequence length, strays, truncations, overlong forms, surrogates.

use super::case::{Case, Chop, LIMIT};
use crate::support::echo::{self, Echo};
use crate::support::raw_ws::Frame;

const COSMOS: &[u8] = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";

const VALID: [&[u8]; 21] = [
    b"",
    b"hello\x24world",
    b"hello\xc2\xa2world",
    b"hello\xe2\x82\xacworld",
    b"hello\xf0\xa4\xad\xa2world",
    COSMOS,
    // The first code point of each length, and the last.
    b"\x00",
    b"\xc2\x80",
    b"\xe0\xa0\x80",
    b"\xf0\x90\x80\x80",
    b"\x7f",
    b"\xdf\xbf",
    b"\xef\xbf\xbf",
    b"\xf4\x8f\xbf\xbf",
    // Around the surrogates.
    b"\xed\x9f\xbf",
    b"\xee\x80\x80",
    // The specials, the replacement character among them.
    b"\xef\xbf\xb9",
    b"\xef\xbf\xba",
    b"\xef\xbf\xbb",
    b"\xef\xbf\xbc",
    b"\xef\xbf\xbd",
];

const BEYOND_UNICODE: [&[u8]; 6] = [
    b"\xf4\x90\x80\x80",
    b"\xf7\xbf\xbf\xbf",
    b"\xf8\x88\x80\x80\x80",
    b"\xfb\xbf\xbf\xbf\xbf",
    b"\xfc\x84\x80\x80\x80\x80",
    b"\xfd\xbf\xbf\xbf\xbf\xbf",
];

const STRAY: [&[u8]; 12] = [
    b"\x80",
    b"\xbf",
    b"\x80\xbf",
    b"\x80\xbf\x80",
    b"\x80\xbf\x80\xbf",
    b"\x80\xbf\x80\xbf\x80",
    b"\x80\xbf\x80\xbf\x80\xbf",
    b"\xfe",
    b"\xff",
    b"\xfe\xfe\xff\xff",
    b"\xf5\x80\x80\x80",
    b"caf\xe9",
];

const TRUNCATED: [&[u8]; 12] = [
    b"\xc0",
    b"\xe0\x80",
    b"\xf0\x80\x80",
    b"\xf8\x80\x80\x80",
    b"\xfc\x80\x80\x80\x80",
    b"\xdf",
    b"\xe2\x82",
    b"\xef\xbf",
    b"\xf0\x90\x80",
    b"\xf7\xbf\xbf",
    b"\xfb\xbf\xbf\xbf",
    b"\xfd\xbf\xbf\xbf\xbf",
];

const OVERLONG: [&[u8]; 15] = [
    b"\xc0\xaf",
    b"\xe0\x80\xaf",
    b"\xf0\x80\x80\xaf",
    b"\xf8\x80\x80\x80\xaf",
    b"\xfc\x80\x80\x80\x80\xaf",
    b"\xc1\xbf",
    b"\xe0\x9f\xbf",
    b"\xf0\x8f\xbf\xbf",
    b"\xf8\x87\xbf\xbf\xbf",
    b"\xfc\x83\xbf\xbf\xbf\xbf",
    b"\xc0\x80",
    b"\xe0\x80\x80",
    b"\xf0\x80\x80\x80",
    b"\xf8\x80\x80\x80\x80",
    b"\xfc\x80\x80\x80\x80\x80",
];

const SURROGATES: [&[u8]; 15] = [
    b"\xed\xa0\x80",
    b"\xed\xad\xbf",
    b"\xed\xae\x80",
    b"\xed\xaf\xbf",
    b"\xed\xb0\x80",
    b"\xed\xbe\x80",
    b"\xed\xbf\xbf",
    b"\xed\xa0\x80\xed\xb0\x80",
    b"\xed\xa0\x80\xed\xbf\xbf",
    b"\xed\xad\xbf\xed\xb0\x80",
    b"\xed\xad\xbf\xed\xbf\xbf",
    b"\xed\xae\x80\xed\xb0\x80",
    b"\xed\xae\x80\xed\xbf\xbf",
    b"\xed\xaf\xbf\xed\xb0\x80",
    b"\xed\xaf\xbf\xed\xbf\xbf",
];

/// The text comes back, sent in one frame and sent byte by byte in frames of their own.
async fn is_accepted(echo: &Echo, text: &[u8]) {
    Case::new(text.escape_ascii().to_string())
        .echo(Frame::text(text))
        .send_all(Frame::text(text).fragments(1))
        .hear(Frame::text(text))
        .run_chopped(echo, Chop::Whole)
        .await;
}

/// The text ends the connection, sent in one frame, in the middle of others, and cut to bytes.
async fn is_refused(echo: &Echo, text: &[u8]) {
    let about = text.escape_ascii().to_string();
    let surrounded = [COSMOS, text, b"edited"].concat();
    for text in [text, surrounded.as_slice()] {
        for frames in [
            vec![Frame::text(text)],
            Frame::text(text).fragments(1),
            vec![
                Frame::text("good so far, ").unfinished(),
                Frame::continuation(text),
            ],
        ] {
            Case::new(about.as_str())
                .send_all(frames)
                .failed(&[1007])
                .run_chopped(echo, Chop::Whole)
                .await;
        }
    }
}

#[tokio::test]
async fn text_of_every_sequence_length_comes_back() {
    let echo = echo::serve(LIMIT).await;
    for text in VALID {
        is_accepted(&echo, text).await;
    }
}

#[tokio::test]
async fn noncharacters_are_valid_text() {
    let echo = echo::serve(LIMIT).await;
    for plane in 0..=16 {
        for last in [0xfffe, 0xffff] {
            let text = char::from_u32((plane << 16) | last).unwrap().to_string();
            is_accepted(&echo, text.as_bytes()).await;
        }
    }
}

#[tokio::test]
async fn text_cut_inside_a_character_is_refused() {
    let echo = echo::serve(LIMIT).await;
    for length in 1..=COSMOS.len() {
        // The characters take 2, 3, 2, 2 and 2 bytes.
        let prefix = &COSMOS[..length];
        if [2, 5, 7, 9, 11].contains(&length) {
            is_accepted(&echo, prefix).await;
        } else {
            Case::new(prefix.escape_ascii().to_string())
                .send(Frame::text(prefix))
                .failed(&[1007])
                .run(&echo)
                .await;
        }
    }
    for text in TRUNCATED {
        is_refused(&echo, text).await;
    }
    is_refused(&echo, &TRUNCATED.concat()).await;
}

#[tokio::test]
async fn code_points_beyond_unicode_are_refused() {
    let echo = echo::serve(LIMIT).await;
    for text in BEYOND_UNICODE {
        is_refused(&echo, text).await;
    }
}

#[tokio::test]
async fn stray_bytes_are_refused() {
    let echo = echo::serve(LIMIT).await;
    for text in STRAY {
        is_refused(&echo, text).await;
    }
    let continuations: Vec<u8> = (0x80..=0xbf).collect();
    is_refused(&echo, &continuations).await;
}

#[tokio::test]
async fn lonely_first_bytes_are_refused() {
    let echo = echo::serve(LIMIT).await;
    for firsts in [
        0xc0..=0xdf,
        0xe0..=0xef,
        0xf0..=0xf7,
        0xf8..=0xfb,
        0xfc..=0xfd,
    ] {
        let text: Vec<u8> = firsts.flat_map(|first| [first, b' ']).collect();
        is_refused(&echo, &text).await;
    }
}

#[tokio::test]
async fn overlong_forms_are_refused() {
    let echo = echo::serve(LIMIT).await;
    for text in OVERLONG {
        is_refused(&echo, text).await;
    }
}

#[tokio::test]
async fn surrogates_are_refused() {
    let echo = echo::serve(LIMIT).await;
    for text in SURROGATES {
        is_refused(&echo, text).await;
    }
}

#[tokio::test]
async fn empty_text_fragments_add_nothing() {
    let echo = echo::serve(LIMIT).await;
    for middle in ["", "κόσμε"] {
        Case::new(format!("{middle:?} between empty fragments"))
            .send(Frame::text("").unfinished())
            .send(Frame::continuation(middle).unfinished())
            .send(Frame::continuation(""))
            .hear(Frame::text(middle))
            .run(&echo)
            .await;
    }
}

#[tokio::test]
async fn a_character_may_be_split_by_a_fragment_and_a_ping() {
    let echo = echo::serve(LIMIT).await;
    for cut in 1..COSMOS.len() {
        Case::new(format!("cut after {cut} bytes"))
            .send(Frame::text(&COSMOS[..cut]).unfinished())
            .send(Frame::ping("\u{20ac}"))
            .send(Frame::continuation(&COSMOS[cut..]))
            .hear(Frame::pong("\u{20ac}"))
            .hear(Frame::text(COSMOS))
            .run(&echo)
            .await;
    }
}

/// RFC 6455 lets a peer notice at once or at the end of the message; the rest of it must not heal the text.
#[tokio::test]
async fn text_that_went_wrong_stays_wrong() {
    let echo = echo::serve(LIMIT).await;
    for wrong in [&b"\xf4"[..], b"\xf4\x90", b"\xf4\x90\x80\x80"] {
        Case::new(format!("{} between good fragments", wrong.escape_ascii()))
            .send(Frame::text(COSMOS).unfinished())
            .send(Frame::continuation(wrong).unfinished())
            .send(Frame::continuation("edited"))
            .failed(&[1007])
            .run(&echo)
            .await;
    }
}

#[tokio::test]
async fn a_refused_text_does_not_take_back_the_one_before() {
    let echo = echo::serve(LIMIT).await;
    Case::new("a good text, then a bad one")
        .echo(Frame::text(COSMOS))
        .send(Frame::text(&COSMOS[..4]))
        .failed(&[1007])
        .run(&echo)
        .await;
}

#[tokio::test]
async fn binary_messages_need_not_be_text() {
    let echo = echo::serve(LIMIT).await;
    let invalid = [
        &BEYOND_UNICODE[..],
        &STRAY,
        &TRUNCATED,
        &OVERLONG,
        &SURROGATES,
    ]
    .concat();
    let case = invalid
        .into_iter()
        .fold(Case::new("everything that is no text"), |case, bytes| {
            case.echo(Frame::binary(bytes))
        });
    case.run_chopped(&echo, Chop::Whole).await;
}
