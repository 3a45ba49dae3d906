//! How uploaded files are called.

use percent_encoding::percent_decode_str;

/// Characters of a name at most.
const NAME: usize = 100;
/// Bytes of an ending at most.
const ENDING: usize = 8;
/// The name of a file that has none, and the ending of one whose own ending is none of a harmless file.
const NAMELESS: &str = "file";
const HARMLESS: &str = "bin";
/// What browsers or systems might run.
const RUN: &[&str] = &[
    "apk", "app", "asp", "aspx", "bat", "cgi", "cmd", "com", "cpl", "dll", "dmg", "exe", "hta",
    "htm", "html", "jar", "js", "jse", "jsp", "lnk", "mht", "mhtml", "mjs", "msi", "php", "php3",
    "php4", "php5", "phtml", "pif", "pl", "ps1", "py", "reg", "scr", "sh", "shtml", "svg", "svgz",
    "swf", "vbe", "vbs", "wasm", "wsf", "xht", "xhtml", "xml", "xsl", "xslt",
];

/// A file's name as it is shown. Some clients percent-encode it; and it stands in `file[NAME|SIZE](URL)`, so that none of these
/// signs may be in it.
pub fn shown(sent: &str) -> String {
    let decoded = percent_decode_str(sent).decode_utf8();
    let name = decoded.as_deref().unwrap_or(sent);
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = name.chars().filter(|c| !has_meaning(*c)).collect();
    match kept.trim() {
        "" | "." | ".." => NAMELESS.to_owned(),
        name => shortened(name),
    }
}

/// A name that is not too long: a short ending stays, since clients tell by it what a file is.
fn shortened(name: &str) -> String {
    let length = name.chars().count();
    if length <= NAME {
        return name.to_owned();
    }
    let ending = name.rfind('.').map_or("", |dot| &name[dot..]);
    let kept = ending.chars().count();
    let ending = if kept <= ENDING + 1 { ending } else { "" };
    let stem = NAME - ending.chars().count();
    name.chars().take(stem).chain(ending.chars()).collect()
}

/// Whether a character would do something else than be shown. Among them are those that turn the direction of a text, by which
/// `cod.exe` looks like `exe.doc`.
fn has_meaning(c: char) -> bool {
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '|' | '[' | ']' | '(' | ')')
}

/// The ending by which a file is stored.
pub fn ending(name: &str) -> String {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let ending = ending.to_ascii_lowercase();
    let plain = !ending.is_empty()
        && ending.len() <= ENDING
        && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain && !RUN.contains(&ending.as_str()) {
        ending
    } else {
        HARMLESS.to_owned()
    }
}

/// The ending of a picture of a kind that is taken as one.
pub fn picture_ending(kind: &str) -> Option<&'static str> {
    match kind {
        "image/png" => Some("png"),
        "image/jpeg" => Some("jpg"),
        "image/gif" => Some("gif"),
        "image/webp" => Some("webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_decoded_and_has_no_sign_that_means_something() {
        let cases = [
            ("cat.png", "cat.png"),
            ("%E5%9B%BE%E7%89%87.png", "图片.png"),
            ("100%.txt", "100%.txt"),
            ("%ff.txt", "%ff.txt"),
            ("C:\\docs\\a(1)[2]|\t.doc", "a12.doc"),
            ("..%2F..%2Fetc%2Fpasswd", "passwd"),
            ("cod\u{202e}cod.exe", "codcod.exe"),
            ("..", "file"),
            ("[]", "file"),
        ];
        for (sent, name) in cases {
            assert_eq!(shown(sent), name, "{sent}");
        }
        assert_eq!(shown(&"界".repeat(300)).chars().count(), NAME);
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let name = shown(&format!("{}.docx", "界".repeat(300)));
        assert_eq!(name.chars().count(), NAME);
        assert!(name.ends_with("界.docx"), "{name}");
        let name = shown(&format!("a.{}", "b".repeat(300)));
        assert_eq!(name, format!("a.{}", "b".repeat(98)));
        assert_eq!(shown(&format!("{}.md", "a".repeat(97))).len(), NAME);
    }

    #[test]
    fn only_harmless_endings_are_kept() {
        let cases = [
            ("a.PDF", "pdf"),
            ("a.tar.gz", "gz"),
            ("a", "bin"),
            ("a.", "bin"),
            ("a.html", "bin"),
            ("a.jpg.PHP", "bin"),
            ("a.svg", "bin"),
            ("a.p h", "bin"),
            ("a.longending", "bin"),
        ];
        for (name, kept) in cases {
            assert_eq!(ending(name), kept, "{name}");
        }
    }
}
