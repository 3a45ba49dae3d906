//! The installation's secret, made at the first start and never shown.

use crate::error::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

const LENGTH: usize = 32;

/// Reads the secret in the file, or makes one of 32 random bytes that only this user may read. Blocks; for the start.
///
/// # Errors
/// When the file cannot be read or written, or holds fewer than 32 bytes.
pub fn load_or_create_secret(path: &Path) -> Result<Vec<u8>> {
    let loaded = match fs::read(path) {
        Err(fault) if fault.kind() == ErrorKind::NotFound => create(path),
        loaded => loaded,
    };
    let named = |fault: io::Error| Error::internal(format!("{}: {fault}", path.display()));
    let secret = loaded.map_err(named)?;
    if secret.len() < LENGTH {
        return Err(named(io::Error::other("too short for a secret")));
    }
    Ok(secret)
}

/// Leaves either the whole secret under its name or nothing, also when the power fails.
fn create(path: &Path) -> io::Result<Vec<u8>> {
    let dir = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(dir)?;
    let secret: [u8; LENGTH] = rand::random();
    let unfinished = path.with_extension("new");
    let mut file = private().open(&unfinished)?;
    file.write_all(&secret)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    File::open(dir)?.sync_all()?;
    Ok(secret.into())
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_then_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys").join("secret");
        let made = load_or_create_secret(&path).unwrap();
        assert_eq!(made.len(), 32);
        assert_eq!(load_or_create_secret(&path).unwrap(), made);
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "nothing else is left"
        );
    }

    #[test]
    fn two_installations_have_different_secrets() {
        let dir = tempfile::tempdir().unwrap();
        let one = load_or_create_secret(&dir.path().join("one")).unwrap();
        assert_ne!(load_or_create_secret(&dir.path().join("two")).unwrap(), one);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_the_secret() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        load_or_create_secret(&path).unwrap();
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn a_truncated_secret_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        fs::write(&path, "short").unwrap();
        assert!(load_or_create_secret(&path).is_err());
    }
}
