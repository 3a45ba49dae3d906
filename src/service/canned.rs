//! What accounts keep ready to be said.

pub use crate::store::canned::{Canned, Text};

use super::{Caller, Core, fields};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{AnyConnection, canned};
use std::sync::Arc;

/// Characters of a title and of a keyword.
const NAME: usize = 255;
/// Bytes of what is said.
const BODY: usize = 60_000;
/// How many texts an account keeps at most, and how many bytes these say together.
const MOST: i64 = 500;
const ALL: usize = 1 << 20;
/// The number of no text: the database counts from 1.
const NEW: i64 = 0;

/// What of a text is to be another; `None` leaves a part as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextPatch {
    /// What it is for.
    pub kind: Option<i16>,
    /// What it is called.
    pub title: Option<String>,
    /// By what it is found.
    pub keyword: Option<String>,
    /// What is said.
    pub content: Option<String>,
    /// Whether it is offered.
    pub shown: Option<bool>,
    /// The heavier stands higher.
    pub weight: Option<i32>,
    /// Whether it is the one of its kind.
    pub chosen: Option<bool>,
}

impl TextPatch {
    fn apply(self, text: Text) -> Text {
        Text {
            kind: self.kind.unwrap_or(text.kind),
            title: self.title.unwrap_or(text.title),
            keyword: self.keyword.unwrap_or(text.keyword),
            content: self.content.unwrap_or(text.content),
            shown: self.shown.unwrap_or(text.shown),
            weight: self.weight.unwrap_or(text.weight),
            chosen: self.chosen.unwrap_or(text.chosen),
        }
    }
}

/// The use cases.
pub struct CannedReplies {
    core: Arc<Core>,
}

impl CannedReplies {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// All that the caller keeps ready: by kind, then the heavier first, then the older.
    pub async fn list(&self, caller: Caller) -> Result<Vec<Canned>> {
        self.core
            .store
            .read(move |conn| canned::all(conn, caller.id))
            .await
    }

    /// Keeps a text, and gives its number. One that is chosen is the only one of its kind that is. [`ErrorKind::Invalid`], also
    /// when the caller keeps 500, or they would say more than 1 MiB together.
    pub async fn add(&self, caller: Caller, text: Text) -> Result<i64> {
        check(&text)?;
        let add = move |conn: &mut AnyConnection| {
            if canned::count(conn, caller.id)? >= MOST {
                return Err(Error::invalid("an account keeps at most 500 texts"));
            }
            check_room(conn, caller, NEW, &text)?;
            let id = canned::insert(conn, caller.id, &text)?;
            if text.chosen {
                canned::choose(conn, caller.id, text.kind, id)?;
            }
            Ok(id)
        };
        self.core.store.write(add).await
    }

    /// Changes a text. [`ErrorKind::Invalid`], [`ErrorKind::NotFound`] when it is not the caller's.
    pub async fn update(&self, caller: Caller, id: i64, patch: TextPatch) -> Result<()> {
        let update = move |conn: &mut AnyConnection| {
            let found = canned::find(conn, caller.id, id)?.ok_or(ErrorKind::NotFound)?;
            let text = patch.apply(found.text);
            check(&text)?;
            check_room(conn, caller, id, &text)?;
            canned::update(conn, id, &text)?;
            if text.chosen {
                canned::choose(conn, caller.id, text.kind, id)?;
            }
            Ok(())
        };
        self.core.store.write(update).await
    }

    /// Keeps a text no longer. [`ErrorKind::NotFound`] when it is not the caller's.
    pub async fn remove(&self, caller: Caller, id: i64) -> Result<()> {
        let removed = self
            .core
            .store
            .write(move |conn| canned::remove(conn, caller.id, id))
            .await?;
        Ok(removed.then_some(()).ok_or(ErrorKind::NotFound)?)
    }
}

/// Refuses a text that does not fit beside the caller's others.
fn check_room(conn: &mut AnyConnection, caller: Caller, id: i64, text: &Text) -> Result<()> {
    if canned::said_besides(conn, caller.id, id)? + text.content.len() > ALL {
        return Err(Error::invalid(
            "an account's texts have at most 1 MiB together",
        ));
    }
    Ok(())
}

fn check(text: &Text) -> Result<()> {
    fields::filled("title", &text.title, NAME)?;
    fields::at_most("keyword", &text.keyword, NAME)?;
    if text.content.is_empty() || text.content.len() > BODY {
        return Err(Error::invalid("content has 1 to 60000 bytes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> Text {
        Text {
            kind: 1,
            title: "hello".to_owned(),
            keyword: String::new(),
            content: "Welcome!".to_owned(),
            shown: true,
            weight: 3,
            chosen: false,
        }
    }

    #[test]
    fn what_a_patch_does_not_name_stays() {
        let patch = TextPatch {
            content: Some("Hi!".to_owned()),
            chosen: Some(true),
            ..TextPatch::default()
        };
        let expected = Text {
            content: "Hi!".to_owned(),
            chosen: true,
            ..text()
        };
        assert_eq!(patch.apply(text()), expected);
        assert_eq!(TextPatch::default().apply(text()), text());
    }

    #[test]
    fn a_text_has_a_title_and_says_something() {
        let untitled = Text {
            title: String::new(),
            ..text()
        };
        let silent = Text {
            content: String::new(),
            ..text()
        };
        let endless = Text {
            content: "x".repeat(60_001),
            ..text()
        };
        assert!(check(&text()).is_ok());
        for text in [untitled, silent, endless] {
            assert!(check(&text).is_err());
        }
    }
}
