//! Where contents are kept: `media/ab/cdef...` under the data directory, named by their SHA-256 and by nothing that a
//! client says.

use super::upload::{UNFINISHED, Upload};
use crate::config;
use crate::error::{Error, ErrorKind, Result};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use tokio::task::spawn_blocking;

/// All contents. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    dir: PathBuf,
    max_bytes: u64,
}

impl Blobs {
    /// Makes the directory and clears away what an earlier run left unfinished. Blocks; for the start.
    pub fn new(config: &config::Media, data_dir: &Path) -> Result<Self> {
        let dir = data_dir.join("media");
        fs::create_dir_all(&dir).map_err(Error::internal)?;
        clear(&dir).map_err(Error::internal)?;
        let max_bytes = (config.max_mib as u64).saturating_mul(1 << 20);
        Ok(Self { dir, max_bytes })
    }

    /// Begins an upload.
    pub async fn begin(&self) -> Result<Upload> {
        Upload::begin(&self.dir, self.max_bytes).await
    }

    /// A content to read, and its size in bytes.
    ///
    /// # Errors
    /// `NotFound` when there is none with that hash, or when it is no hash.
    pub async fn open(&self, hash: &str) -> Result<(File, u64)> {
        if !is_hash(hash) {
            return Err(ErrorKind::NotFound.into());
        }
        let path = place(&self.dir, hash);
        let opened = spawn_blocking(move || {
            let file = File::open(path)?;
            let size = file.metadata()?.len();
            Ok((file, size))
        });
        let opened = opened.await.map_err(Error::internal)?;
        opened.map_err(|fault: io::Error| match fault.kind() {
            io::ErrorKind::NotFound => ErrorKind::NotFound.into(),
            _ => Error::internal(fault),
        })
    }
}

/// Where the content with that hash belongs.
pub(super) fn place(dir: &Path, hash: &str) -> PathBuf {
    let (shard, name) = hash.split_at(2);
    dir.join(shard).join(name)
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn clear(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
