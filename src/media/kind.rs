//! What a content is, told from its first bytes and from nothing a client says.

use infer::MatcherType;

const UNKNOWN: &str = "application/octet-stream";
const PLAIN_TEXT: &str = "text/plain; charset=utf-8";

/// The media type of a content that begins with `head`, or `is_all` of it.
///
/// Served inline, a page or an SVG would run its scripts in our origin; so nothing that is markup or a script by its
/// first bytes is named by its type. A script without such a mark is plain text, which browsers run nowhere as long as
/// they are told `nosniff`.
pub(super) fn sniff(head: &[u8], is_all: bool) -> &'static str {
    match infer::get(head) {
        Some(found) if found.matcher_type() == MatcherType::Text => UNKNOWN,
        Some(found) => found.mime_type(),
        None if is_plain_text(head, is_all) => PLAIN_TEXT,
        None => UNKNOWN,
    }
}

fn is_plain_text(head: &[u8], is_all: bool) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The last character goes on behind the head.
        Err(fault) if !is_all && fault.error_len().is_none() => {
            std::str::from_utf8(&head[..fault.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let binary = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    let blank = |c: char| c == '\u{feff}' || c.is_whitespace();
    !text.contains(binary) && !text.trim_start_matches(blank).starts_with('<')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_are_told_by_their_first_bytes() {
        let cases: [(&[u8], &str); 6] = [
            (b"\x89PNG\r\n\x1a\n....", "image/png"),
            (b"\xff\xd8\xff\xe0....", "image/jpeg"),
            (b"GIF89a....", "image/gif"),
            (b"#!AMR\n......", "audio/amr"),
            (b"ID3\x03....", "audio/mpeg"),
            (b"%PDF-1.7\n....", "application/pdf"),
        ];
        for (head, kind) in cases {
            assert_eq!(sniff(head, true), kind);
        }
    }

    #[test]
    fn readable_text_is_plain_text() {
        for text in ["", "hello\r\n\tworld", "你好", "\u{feff}1 < 2", "alert(1)"] {
            assert_eq!(sniff(text.as_bytes(), true), PLAIN_TEXT, "{text}");
        }
    }

    #[test]
    fn what_a_browser_would_run_is_not_named() {
        for text in [
            "<!DOCTYPE html><p>",
            "  <html >",
            "<svg onload=\"alert(1)\">",
            "\u{feff}\n<?xml version=\"1.0\"?><svg/>",
            "<script>alert(1)</script>",
            "#!/bin/sh\n",
        ] {
            assert_eq!(sniff(text.as_bytes(), true), UNKNOWN, "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_unknown() {
        for bytes in [&b"a\0b"[..], b"\xc3\x28", b"\x1b[31m", b"ok\xe4\xbd"] {
            assert_eq!(sniff(bytes, true), UNKNOWN, "{bytes:?}");
        }
    }

    #[test]
    fn a_character_cut_by_the_end_of_the_head_is_still_text() {
        assert_eq!(sniff(b"ok\xe4\xbd", false), PLAIN_TEXT);
        assert_eq!(sniff(b"o\xe4k\xbd", false), UNKNOWN);
    }
}
