//! Texts as its clients show them: as HTML.

use crate::service::Core;
use std::borrow::Cow;

/// Whether texts are escaped for HTML, see `popim.html_escape`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Escape(bool);

impl Escape {
    /// With or without.
    pub fn new(on: bool) -> Self {
        Self(on)
    }

    /// As the node is configured.
    pub fn of(core: &Core) -> Self {
        Self(core.config.popim.html_escape)
    }

    /// A text as it is sent: with exactly those five characters escaped that clients unescape.
    pub fn text(self, text: &str) -> Cow<'_, str> {
        let special = |c: char| matches!(c, '&' | '<' | '>' | '"' | '\'');
        if !self.0 || !text.contains(special) {
            return Cow::Borrowed(text);
        }
        let mut escaped = String::with_capacity(text.len() + 16);
        for c in text.chars() {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\'' => escaped.push_str("&#039;"),
                c => escaped.push(c),
            }
        }
        Cow::Owned(escaped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_characters_that_clients_unescape_are_escaped() {
        assert_eq!(
            Escape(true).text(r#"<a href="x">&'é</a>"#),
            "&lt;a href=&quot;x&quot;&gt;&amp;&#039;é&lt;/a&gt;"
        );
        assert!(matches!(Escape(true).text("a b/é"), Cow::Borrowed("a b/é")));
    }

    #[test]
    fn escaping_can_be_switched_off() {
        assert_eq!(Escape(false).text("<b>"), "<b>");
    }
}
