//! Pictures of several accounts' faces, for channels that have no picture of their own.

use super::Core;
use crate::domain::AccountId;
use crate::error::{Error, Result};
use crate::media::collage::{self, collage};
use crate::media::picture;
use crate::store::{AnyConnection, accounts, files};
use bytes::Bytes;
use image::RgbImage;
use moka::sync::Cache;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// Bytes of the faces, and of the finished pictures, that are kept at hand.
const KEPT: u64 = 8 << 20;
/// What another process puts in a file's place is seen after so long.
const FRESH: Duration = Duration::from_secs(600);
/// Bytes of a file that is looked at.
const FILE: u64 = 10 << 20;
/// What stands before a file's key in addresses of ours.
const FOLDERS: [&str; 3] = ["v1/file/preview/", "file/preview/", "files/"];

/// A face by the address of its picture and the pixels of a side.
type FaceKey = (String, u32);

/// Pixels of a side of the face of whoever has shown none.
const FACE: u32 = 200;

/// The use cases.
pub struct Collages {
    core: Arc<Core>,
    faces: Cache<FaceKey, Arc<RgbImage>>,
    /// By the addresses of the pictures in them.
    made: Cache<Vec<String>, Bytes>,
}

/// The face of whoever has shown none, in JPEG.
pub async fn nobody() -> Result<Bytes> {
    static DRAWN: OnceCell<Bytes> = OnceCell::const_new();
    let draw = || picture::in_turn(|| picture::jpeg(&picture::face(FACE)).map(Bytes::from));
    DRAWN.get_or_try_init(draw).await.cloned()
}

/// What a picture is made of.
struct Part {
    address: String,
    /// The face, if it is at hand.
    face: Option<Arc<RgbImage>>,
    /// The picture to make it from, if there is one.
    file: Option<File>,
}

impl Collages {
    pub(super) fn new(core: Arc<Core>) -> Self {
        let faces = Cache::builder()
            .weigher(|(address, side): &FaceKey, _| side * side * 3 + address.len() as u32)
            .max_capacity(KEPT)
            .time_to_live(FRESH)
            .build();
        let made = Cache::builder()
            .weigher(|addresses: &Vec<String>, bytes: &Bytes| {
                let names: usize = addresses.iter().map(String::len).sum();
                u32::try_from(names + bytes.len()).unwrap_or(u32::MAX)
            })
            .max_capacity(KEPT)
            .time_to_live(FRESH)
            .build();
        Self { core, faces, made }
    }

    /// A JPEG of the faces of the first nine of some accounts. Who is unknown, or shows a picture that is not kept here, has the
    /// face of whoever has shown none.
    pub async fn of(&self, mut of: Vec<AccountId>) -> Result<Bytes> {
        of.truncate(collage::MOST);
        let ids = of.clone();
        let known = move |conn: &mut AnyConnection| accounts::by_ids(conn, &ids);
        let known = self.core.store.read(known).await?;
        let addresses: Vec<String> = of
            .iter()
            .map(|id| known.get(id).map(|account| account.profile.avatar.clone()))
            .map(Option::unwrap_or_default)
            .collect();
        if let Some(made) = self.made.get(&addresses) {
            return Ok(made);
        }
        let side = collage::side(addresses.len());
        let parts = self.parts(&addresses, side).await?;
        let drawn = picture::in_turn(move || {
            let drawn: Vec<Arc<RgbImage>> = parts.iter().map(|part| part.drawn(side)).collect();
            let bytes = picture::jpeg(&collage(&drawn))?;
            Ok((parts, drawn, Bytes::from(bytes)))
        });
        let (parts, drawn, bytes) = drawn.await?;
        for (part, face) in parts.into_iter().zip(drawn) {
            self.faces.insert((part.address, side), face);
        }
        self.made.insert(addresses, bytes.clone());
        Ok(bytes)
    }

    async fn parts(&self, addresses: &[String], side: u32) -> Result<Vec<Part>> {
        let mut parts: Vec<Part> = addresses
            .iter()
            .map(|address| Part {
                address: address.clone(),
                face: self.faces.get(&(address.clone(), side)),
                file: None,
            })
            .collect();
        let missing = parts.iter().filter(|part| part.face.is_none());
        let keys: Vec<String> = missing
            .filter_map(|part| key(&part.address))
            .map(str::to_owned)
            .collect();
        if keys.is_empty() {
            return Ok(parts);
        }
        let hashes = move |conn: &mut AnyConnection| files::hashes(conn, &keys);
        let hashes: HashMap<String, String> = self.core.store.read(hashes).await?;
        for part in parts.iter_mut().filter(|part| part.face.is_none()) {
            let Some(hash) = key(&part.address).and_then(|key| hashes.get(key)) else {
                continue;
            };
            // Whatever stands against reading it, there is a face to show instead.
            part.file = self.core.blobs.open(hash).await.ok().map(|(file, _)| file);
        }
        Ok(parts)
    }
}

impl Part {
    /// Blocks.
    fn drawn(&self, side: u32) -> Arc<RgbImage> {
        if let Some(face) = &self.face {
            return face.clone();
        }
        let read = self.file.as_ref().map(|file| {
            let mut bytes = Vec::new();
            let read = file.take(FILE).read_to_end(&mut bytes);
            read.map_err(Error::internal)?;
            picture::square(&bytes, side)
        });
        match read {
            Some(Ok(face)) => Arc::new(face),
            Some(Err(_)) | None => Arc::new(picture::face(side)),
        }
    }
}

/// The key of the file that an address of ours, or a bare key, leads to.
fn key(address: &str) -> Option<&str> {
    let path = match address.split_once("//") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => address.trim_start_matches('/'),
    };
    let path = path.split(['?', '#']).next()?;
    let folder = FOLDERS.iter().find_map(|folder| path.strip_prefix(folder));
    Some(folder.unwrap_or(path)).filter(|key| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_every_form_of_its_address() {
        let cases = [
            ("https://im.example/files/ab12", Some("ab12")),
            ("/v1/file/preview/ab12", Some("ab12")),
            ("file/preview/a/b.png", Some("a/b.png")),
            (
                "//im.example:80/upload/avatars/9/9/a.png?x=1",
                Some("upload/avatars/9/9/a.png"),
            ),
            ("ab12.png", Some("ab12.png")),
            ("https://im.example", None),
            ("", None),
        ];
        for (address, expected) in cases {
            assert_eq!(key(address), expected, "{address}");
        }
    }
}
