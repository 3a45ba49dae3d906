use super::*;
use std::io::Read;
use tempfile::TempDir;

const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

fn blobs() -> (Blobs, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let config = config::Media {
        max_mib: 1,
        ..config::Media::default()
    };
    let blobs = Blobs::new(&config, dir.path()).unwrap();
    (blobs, dir)
}

async fn upload(blobs: &Blobs, pieces: &[&[u8]]) -> Result<super::super::Blob> {
    let mut upload = blobs.begin().await?;
    for piece in pieces {
        upload.write(piece).await?;
    }
    upload.finish().await
}

/// The names of all files under the directory.
fn files(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Waits until files that were given up are gone.
async fn emptied(blobs: &Blobs) {
    let gone = async {
        while !files(&blobs.dir).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let patience = std::time::Duration::from_secs(10);
    tokio::time::timeout(patience, gone).await.unwrap();
}

#[tokio::test]
async fn a_content_is_found_by_its_hash() {
    let (blobs, _dir) = blobs();
    let blob = upload(&blobs, &[b"hel", b"", b"lo"]).await.unwrap();
    assert_eq!((blob.hash.as_str(), blob.size), (HELLO, 5));
    assert_eq!(blob.kind, "text/plain; charset=utf-8");

    let (mut file, size) = blobs.open(HELLO).await.unwrap();
    let mut content = String::new();
    file.read_to_string(&mut content).unwrap();
    assert_eq!((content.as_str(), size), ("hello", 5));
}

#[tokio::test]
async fn equal_contents_are_kept_once() {
    let (blobs, _dir) = blobs();
    let first = upload(&blobs, &[b"hello"]).await.unwrap();
    let second = upload(&blobs, &[b"hello"]).await.unwrap();
    assert_eq!(first, second);
    let files = files(&blobs.dir);
    assert_eq!(files.len(), 1);
    assert!(files[0].ends_with(&format!("/2c/{}", &HELLO[2..])));
}

#[tokio::test]
async fn a_content_may_be_as_large_as_allowed_and_no_larger() {
    let (blobs, _dir) = blobs();
    let half = vec![b'x'; 1 << 19];
    let largest = upload(&blobs, &[&half, &half]).await.unwrap();
    assert_eq!(largest.size, 1 << 20);
    let refused = upload(&blobs, &[&half, &half, b"x"]).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn an_upload_that_grew_too_large_cannot_be_finished() {
    let (blobs, _dir) = blobs();
    let mut upload = blobs.begin().await.unwrap();
    assert!(upload.write(&vec![0; (1 << 20) + 1]).await.is_err());
    let refused = upload.finish().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TooLarge);
    emptied(&blobs).await;
}

#[tokio::test]
async fn an_abandoned_upload_leaves_nothing() {
    let (blobs, _dir) = blobs();
    let mut upload = blobs.begin().await.unwrap();
    upload.write(b"hello").await.unwrap();
    assert_eq!(files(&blobs.dir).len(), 1);
    drop(upload);
    emptied(&blobs).await;
}

#[tokio::test]
async fn a_start_clears_away_what_a_crash_left() {
    let (blobs, dir) = blobs();
    upload(&blobs, &[b"hello"]).await.unwrap();
    fs::write(blobs.dir.join("tmp-1"), "half").unwrap();
    let again = Blobs::new(&config::Media::default(), dir.path()).unwrap();
    assert_eq!(files(&again.dir).len(), 1);
    assert!(again.open(HELLO).await.is_ok());
}

#[tokio::test]
async fn what_is_no_hash_opens_nothing() {
    let (blobs, _dir) = blobs();
    upload(&blobs, &[b"hello"]).await.unwrap();
    let unknown = "0".repeat(64);
    let upper = HELLO.to_uppercase();
    let climbing = format!("../{}", &HELLO[3..]);
    for hash in ["", "2c", &unknown, &upper, &climbing, "/etc/passwd"] {
        let refused = blobs.open(hash).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotFound, "{hash}");
    }
}
