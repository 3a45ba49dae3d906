//! What a message says, in terms every dialect can read.

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
            Self::Custom { .. } => ContentKind::Custom,
        }
    }

    /// Roughly what it takes in memory, in bytes.
    pub fn weight(&self) -> usize {
        match self {
            Self::Text { text } | Self::Custom { text } => text.len(),
            Self::Image(m) | Self::Voice(m) | Self::Video(m) | Self::File(m) => {
                m.url.len() + m.thumb.len() + m.name.len() + m.text.len()
            }
            Self::Place { title, .. } => title.len() + 16,
            Self::Sealed => 0,
        }
    }
}
