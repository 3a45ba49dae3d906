//! Texts to content.

use super::write::is_film;
use crate::domain::Content;
use crate::domain::content::Medium;

/// What clients recognise in a text, and the parts of it.
enum Form<'a> {
    Voice {
        address: &'a str,
    },
    Image {
        address: &'a str,
        before: &'a str,
        after: &'a str,
    },
    File {
        address: &'a str,
        name: &'a str,
        size: &'a str,
    },
}

/// What a text says, in the order in which clients look for their forms.
pub fn content(text: &str, absolute: impl Fn(&str) -> String) -> Content {
    match form(text) {
        Some(Form::Voice { address }) => Content::Voice(Medium {
            url: absolute(address),
            ..Medium::default()
        }),
        Some(Form::Image {
            address,
            before,
            after,
        }) => Content::Image(Medium {
            url: absolute(address),
            text: words(before, after),
            ..Medium::default()
        }),
        Some(Form::File {
            address,
            name,
            size,
        }) => {
            let medium = Medium {
                url: absolute(address),
                name: name.to_owned(),
                size: bytes(size),
                ..Medium::default()
            };
            if is_film(name) {
                Content::Video(medium)
            } else {
                Content::File(medium)
            }
        }
        // Links and little faces stand among the words, where everybody can read them.
        None => Content::Text {
            text: text.to_owned(),
        },
    }
}

/// A text in three parts, the second of which is the address of a file, if it has one.
pub fn around_address(text: &str) -> [&str; 3] {
    let (address, after) = match form(text) {
        None => return [text, "", ""],
        Some(Form::Voice { address } | Form::File { address, .. }) => (address, ""),
        Some(Form::Image { address, after, .. }) => (address, after),
    };
    let end = text.len() - after.len() - ")".len();
    [&text[..end - address.len()], address, &text[end..]]
}

fn form(text: &str) -> Option<Form<'_>> {
    voice(text).or_else(|| image(text)).or_else(|| file(text))
}

fn voice(text: &str) -> Option<Form<'_>> {
    let address = text.strip_prefix("voice(")?.strip_suffix(')')?;
    is_address(address).then_some(Form::Voice { address })
}

/// The first picture, wherever it stands.
fn image(text: &str) -> Option<Form<'_>> {
    text.match_indices("![").find_map(|(start, _)| {
        let (_, rest) = text[start + 2..].split_once(']')?;
        let (address, after) = rest.strip_prefix('(')?.split_once(')')?;
        let before = &text[..start];
        is_address(address).then_some(Form::Image {
            address,
            before,
            after,
        })
    })
}

fn file(text: &str) -> Option<Form<'_>> {
    let (label, rest) = text.strip_prefix("file[")?.split_once("](")?;
    let address = rest.strip_suffix(')')?;
    let (name, size) = label.rsplit_once(['\t', '|'])?;
    is_address(address).then_some(Form::File {
        address,
        name,
        size,
    })
}

/// Whether clients follow an address.
fn is_address(address: &str) -> bool {
    let begins = address.starts_with('/') || address.starts_with("http");
    let ends = address.contains(|c: char| c.is_whitespace() || matches!(c, '(' | ')'));
    begins && !ends && !address.to_ascii_lowercase().contains("javascript")
}

fn words(before: &str, after: &str) -> String {
    format!("{before}{after}").trim().to_owned()
}

/// How many bytes a size such as `7.15 KB` is; 0 when it is none.
fn bytes(size: &str) -> i64 {
    let number = size.trim().trim_end_matches(|c: char| c.is_alphabetic());
    let unit = size.trim()[number.len()..].to_ascii_uppercase();
    let factor = match unit.as_str() {
        "" | "B" => 1.0,
        "K" | "KB" => 1024.0,
        "M" | "MB" => 1024.0 * 1024.0,
        "G" | "GB" => 1024.0 * 1024.0 * 1024.0,
        _ => return 0,
    };
    let number: f64 = number.trim().parse().unwrap_or_default();
    // What is no number becomes 0, what is too large the largest.
    (number.max(0.0) * factor).round() as i64
}
