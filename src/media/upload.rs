//! An upload on its way in.

use super::blobs::place;
use super::kind;
use crate::error::{Error, ErrorKind, Result};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use uuid::Uuid;

/// What the names of unfinished files begin with.
pub(super) const UNFINISHED: &str = "tmp-";
/// Bytes by which the kind of a content is told.
const HEAD: usize = 8192;

/// A kept content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Its SHA-256, in 64 lower-case hexadecimal digits.
    pub hash: String,
    /// Its bytes.
    pub size: u64,
    /// Its media type, told from the content itself: what a browser would run is never named by its type.
    pub kind: &'static str,
}

/// Takes a content in piece by piece. Dropped unfinished, it leaves nothing behind.
pub struct Upload {
    file: File,
    unfinished: Unfinished,
    dir: PathBuf,
    max_bytes: u64,
    size: u64,
    hash: Sha256,
    head: Vec<u8>,
}

impl Upload {
    pub(super) async fn begin(dir: &Path, max_bytes: u64) -> Result<Self> {
        let path = dir.join(format!("{UNFINISHED}{}", Uuid::new_v4()));
        // Before the file, which may come to be although we are dropped while waiting for it.
        let unfinished = Unfinished(Some(path.clone()));
        let file = File::create_new(path).await.map_err(Error::internal)?;
        Ok(Self {
            file,
            unfinished,
            dir: dir.to_owned(),
            max_bytes,
            size: 0,
            hash: Sha256::new(),
            head: Vec::new(),
        })
    }

    /// Bytes taken so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The media type of what was taken so far, as [`Blob::kind`].
    pub fn kind(&self) -> &'static str {
        kind::sniff(&self.head, self.size == self.head.len() as u64)
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// `TooLarge` when the content grows beyond the configured size.
    pub async fn write(&mut self, piece: &[u8]) -> Result<()> {
        self.size += piece.len() as u64;
        if self.size > self.max_bytes {
            return Err(ErrorKind::TooLarge.into());
        }
        let wanted = piece.len().min(HEAD - self.head.len());
        self.head.extend_from_slice(&piece[..wanted]);
        self.hash.update(piece);
        self.file.write_all(piece).await.map_err(Error::internal)
    }

    /// Keeps the content, durably. A content that is there already stays there once.
    pub async fn finish(mut self) -> Result<Blob> {
        if self.size > self.max_bytes {
            return Err(ErrorKind::TooLarge.into());
        }
        // A write reports its failure to the next call only.
        self.file.flush().await.map_err(Error::internal)?;
        let kind = self.kind();
        let blob = Blob {
            hash: hex(&self.hash.finalize()),
            size: self.size,
            kind,
        };
        let file = self.file.into_std().await;
        let place = place(&self.dir, &blob.hash);
        let kept = spawn_blocking(move || self.unfinished.keep(&file, &self.dir, &place));
        kept.await
            .map_err(Error::internal)?
            .map_err(Error::internal)?;
        Ok(blob)
    }
}

/// A file that goes when this is dropped.
struct Unfinished(Option<PathBuf>);

impl Unfinished {
    /// Makes the file durable under its final name. Taking the place of an equal content changes nothing.
    fn keep(mut self, file: &fs::File, dir: &Path, place: &Path) -> io::Result<()> {
        file.sync_all()?;
        let shard = place.parent().unwrap_or(dir);
        fs::create_dir_all(shard)?;
        if let Some(path) = &self.0 {
            fs::rename(path, place)?;
            self.0 = None;
        }
        fs::File::open(shard)?.sync_all()?;
        fs::File::open(dir)?.sync_all()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let Some(path) = self.0.take() else {
            return;
        };
        // It may never have been made; and what stays in spite of this goes at the next start.
        let remove = move || drop(fs::remove_file(path));
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
