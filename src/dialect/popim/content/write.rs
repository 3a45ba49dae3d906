//! Content to texts.

use crate::domain::Content;
use crate::domain::content::Medium;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::borrow::Cow;

/// What a reader sees of a message only another dialect's clients can decrypt.
const SEALED: &str = "[加密消息]";

/// What stands for a file that has neither an address nor words.
const PICTURE: &str = "[图片]";
const VOICE: &str = "[语音]";
const FILM: &str = "[视频]";
const FILE: &str = "[文件]";

/// The names that clients show as films.
const FILMS: [&str; 3] = ["mp4", "mov", "3gp"];

/// What would end an address, or the label before it.
const ENDS: &AsciiSet = &CONTROLS.add(b' ').add(b'(').add(b')').add(b'[').add(b']');

/// The text of what came through another dialect, or of what the core's content says all of.
pub fn text(content: &Content) -> Cow<'_, str> {
    match content {
        Content::Text { text } | Content::Custom { text } => Cow::Borrowed(text),
        Content::Notice { text } => without_links(text),
        Content::Image(medium) | Content::Sticker(medium) => {
            with_address(medium, PICTURE, |url| format!("![]({url}){}", medium.text))
        }
        Content::Voice(medium) => with_address(medium, VOICE, |url| format!("voice({url})")),
        Content::Video(medium) => with_address(medium, FILM, |url| {
            file(&film_name(medium), medium.size, &url)
        }),
        Content::File(medium) => with_address(medium, FILE, |url| {
            file(&file_name(medium), medium.size, &url)
        }),
        Content::Place {
            longitude: Some(longitude),
            latitude: Some(latitude),
            title,
        } => Cow::Owned(format!("[位置] {title} ({latitude}, {longitude})")),
        Content::Place { title, .. } => Cow::Owned(format!("[位置] {title}")),
        Content::Card { name, .. } => Cow::Owned(format!("[名片] {name}")),
        Content::Sealed => Cow::Borrowed(SEALED),
    }
}

/// A size as clients show it: `7.15 KB`.
pub fn size(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["B", "KB", "MB"] {
        if size < 1024.0 {
            return format!("{size:.2} {unit}");
        }
        size /= 1024.0;
    }
    format!("{size:.2} GB")
}

/// Whether clients show a file of this name as a film.
pub fn is_film(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, end)| FILMS.iter().any(|film| end.eq_ignore_ascii_case(film)))
}

/// A file that clients cannot fetch is no more than the words beside it.
fn with_address<'a>(
    medium: &'a Medium,
    label: &'static str,
    form: impl FnOnce(Cow<'a, str>) -> String,
) -> Cow<'a, str> {
    match address(&medium.url) {
        Some(url) => Cow::Owned(form(url)),
        None if !medium.text.is_empty() => Cow::Borrowed(&medium.text),
        None if !medium.name.is_empty() => Cow::Owned(format!("{label} {}", medium.name)),
        None => Cow::Borrowed(label),
    }
}

/// An address as it can stand in a text; nothing for those that clients refuse.
fn address(url: &str) -> Option<Cow<'_, str>> {
    let begins = url.starts_with('/') || url.starts_with("http");
    let refused = url.to_ascii_lowercase().contains("javascript");
    (begins && !refused).then(|| utf8_percent_encode(url, ENDS).into())
}

fn file(name: &str, bytes: i64, url: &str) -> String {
    let size = size(bytes.unsigned_abs());
    format!("file[{name}\t{size}]({url})")
}

fn file_name(medium: &Medium) -> String {
    let names = [&*medium.name, last_part(&medium.url)].map(harmless);
    let name = names.into_iter().find(|name| !name.is_empty());
    name.unwrap_or_else(|| "file".to_owned())
}

/// A name that is shown as a film.
fn film_name(medium: &Medium) -> String {
    let names = [&*medium.name, last_part(&medium.url)].map(harmless);
    let film = names.iter().find(|name| is_film(name)).cloned();
    film.unwrap_or_else(|| format!("{}.mp4", file_name(medium)))
}

fn last_part(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let after_host = path.split_once("//").map_or(path, |(_, rest)| rest);
    after_host.rsplit_once('/').map_or("", |(_, last)| last)
}

/// A name without what would end it in a text.
fn harmless(name: &str) -> String {
    let ends = |c: &char| c.is_control() || matches!(c, '|' | '[' | ']' | '(' | ')');
    name.chars().filter(|c| !ends(c)).collect()
}

/// What another dialect's node says about a conversation names people as they like to be called: that must not look like a link.
fn without_links(text: &str) -> Cow<'_, str> {
    if text.contains("](") {
        Cow::Owned(text.replace("](", "] ("))
    } else {
        Cow::Borrowed(text)
    }
}
