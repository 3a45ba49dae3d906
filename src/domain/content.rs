//! What a message says, in terms every dialect can read.

use super::ids::AccountId;
use serde::{Deserialize, Serialize};

/// The kinds of content. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i16)]
pub enum ContentKind {
    /// Text.
    Text = 1,
    /// A picture.
    Image = 2,
    /// A voice recording.
    Voice = 3,
    /// A film.
    Video = 4,
    /// A place on the map.
    Place = 5,
    /// A file.
    File = 6,
    /// Encrypted by the clients.
    Sealed = 7,
    /// An account, to be looked at.
    Card = 8,
    /// A sticker or a moving picture.
    Sticker = 9,
    /// Something the node says about the conversation.
    Notice = 10,
    /// A type only the sending dialect knows.
    Custom = 99,
}

/// What a message says. Optional parts that the sender left out are empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Content {
    /// Text.
    Text {
        /// The words.
        text: String,
    },
    /// A picture.
    Image(Medium),
    /// A voice recording.
    Voice(Medium),
    /// A film.
    Video(Medium),
    /// A file.
    File(Medium),
    /// A place on the map.
    Place {
        /// Degrees east, when the sender said so in a way we can read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        longitude: Option<f64>,
        /// Degrees north.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        latitude: Option<f64>,
        /// What the place is called.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        title: String,
    },
    /// Encrypted by the clients: only the sending dialect's raw body has it.
    Sealed,
    /// An account, to be looked at.
    Card {
        /// Which.
        account: AccountId,
        /// The name the sender knows it by.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        name: String,
    },
    /// A sticker or a moving picture.
    Sticker(Medium),
    /// Something the node says about the conversation, in the name of the account that caused it.
    Notice {
        /// The words.
        text: String,
    },
    /// A type only the sending dialect knows.
    Custom {
        /// The best readable text of it.
        text: String,
    },
}

/// Something kept in a file store.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Medium {
    /// Where it can be fetched.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// A small preview, base64.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub thumb: String,
    /// The file's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The sender's words beside it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Bytes; 0 when unknown, as with the next three.
    #[serde(skip_serializing_if = "is_unknown")]
    pub size: i64,
    /// How long it plays.
    #[serde(skip_serializing_if = "is_unknown")]
    pub seconds: i64,
    /// Pixels across.
    #[serde(skip_serializing_if = "is_unknown")]
    pub width: i64,
    /// Pixels down.
    #[serde(skip_serializing_if = "is_unknown")]
    pub height: i64,
    /// Where a film's still picture can be fetched.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub poster: String,
}

fn is_unknown(number: &i64) -> bool {
    *number == 0
}

impl Medium {
    fn weight(&self) -> usize {
        let texts = [&self.url, &self.thumb, &self.name, &self.text, &self.poster];
        texts.into_iter().map(String::len).sum()
    }
}

impl Content {
    /// Its kind.
    pub fn kind(&self) -> ContentKind {
        match self {
            Self::Text { .. } => ContentKind::Text,
            Self::Image(_) => ContentKind::Image,
            Self::Voice(_) => ContentKind::Voice,
            Self::Video(_) => ContentKind::Video,
            Self::File(_) => ContentKind::File,
            Self::Place { .. } => ContentKind::Place,
            Self::Sealed => ContentKind::Sealed,
            Self::Card { .. } => ContentKind::Card,
            Self::Sticker(_) => ContentKind::Sticker,
            Self::Notice { .. } => ContentKind::Notice,
            Self::Custom { .. } => ContentKind::Custom,
        }
    }

    /// Roughly what it takes in memory, in bytes.
    pub fn weight(&self) -> usize {
        match self {
            Self::Text { text } | Self::Custom { text } | Self::Notice { text } => text.len(),
            Self::Image(medium)
            | Self::Voice(medium)
            | Self::Video(medium)
            | Self::File(medium)
            | Self::Sticker(medium) => medium.weight(),
            Self::Place { title, .. } => title.len() + 16,
            Self::Card { name, .. } => name.len() + 8,
            Self::Sealed => 0,
        }
    }
}
