//! Passwords: bcrypt off the async workers, with a bounded queue in front.

use crate::error::{Error, ErrorKind, Result};
use actix_web::web;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bcrypt::BcryptResult;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// How many may wait for each thread before the node answers busy.
const WAITING_PER_THREAD: usize = 64;
/// Letters and digits that nobody takes for another.
const READABLE: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
const GENERATED_LENGTH: usize = 16;

/// Hashes and checks passwords. Cheap to clone; all clones share one queue.
#[derive(Clone)]
pub struct Passwords {
    cost: u32,
    /// Those who wait and those who work.
    places: Arc<Semaphore>,
    /// Those who work.
    threads: Arc<Semaphore>,
}

impl Passwords {
    /// `cost` is bcrypt's, 4 to 31; at most `threads` passwords are worked on at a time.
    pub fn new(cost: u32, threads: usize) -> Self {
        let threads = threads.max(1);
        Self {
            cost,
            places: Arc::new(Semaphore::new(threads * (1 + WAITING_PER_THREAD))),
            threads: Arc::new(Semaphore::new(threads)),
        }
    }

    /// The hash to store.
    ///
    /// # Errors
    /// `Busy` when too many passwords are waiting already.
    pub async fn hash(&self, password: String) -> Result<String> {
        let cost = self.cost;
        self.run(move || bcrypt::hash(shortened(&password), cost))
            .await
    }

    /// Whether the password is the one behind the hash.
    ///
    /// # Errors
    /// `Busy` when too many passwords are waiting already; `Internal` when the hash is none.
    pub async fn verify(&self, password: String, hash: String) -> Result<bool> {
        self.run(move || bcrypt::verify(shortened(&password), &hash))
            .await
    }

    async fn run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce() -> BcryptResult<T> + Send + 'static,
    {
        let place = self.places.clone().try_acquire_owned();
        let place = place.map_err(|_| ErrorKind::Busy)?;
        let thread = self.threads.clone().acquire_owned().await;
        let thread = thread.map_err(Error::internal)?;
        // The permits go along, because the work goes on when the one who waits for it has left.
        let worked = web::block(move || {
            let _held = (place, thread);
            work()
        });
        worked
            .await
            .map_err(Error::internal)?
            .map_err(Error::internal)
    }
}

/// A new password of 16 characters (79 bits) that can be read aloud and typed.
pub fn generate_password() -> String {
    let pick = |_| char::from(READABLE[rand::random_range(0..READABLE.len())]);
    (0..GENERATED_LENGTH).map(pick).collect()
}

/// bcrypt reads 72 bytes and stops at a zero byte; the text of a digest has 44 and none.
fn shortened(password: &str) -> String {
    STANDARD.encode(Sha256::digest(password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_matches_its_hash() {
        let passwords = Passwords::new(4, 2);
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(!hash.contains("correct horse"));
        for (password, matches) in [
            ("correct horse", true),
            ("correct horsf", false),
            ("", false),
        ] {
            let verified = passwords.verify(password.into(), hash.clone()).await;
            assert_eq!(verified.unwrap(), matches, "{password}");
        }
    }

    #[tokio::test]
    async fn every_byte_of_a_long_password_counts() {
        let passwords = Passwords::new(4, 1);
        let long = "x".repeat(100);
        let hash = passwords.hash(format!("{long}a")).await.unwrap();
        assert!(
            !passwords
                .verify(format!("{long}b"), hash.clone())
                .await
                .unwrap()
        );
        assert!(passwords.verify(format!("{long}a"), hash).await.unwrap());
    }

    #[tokio::test]
    async fn a_full_queue_answers_busy() {
        let passwords = Passwords::new(4, 1);
        let everybody = passwords.places.clone().acquire_many_owned(65).await;
        let refused = passwords.hash("secret".into()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Busy);
        drop(everybody);
        assert!(passwords.hash("secret".into()).await.is_ok());
    }

    #[test]
    fn a_generated_password_is_readable_and_new_each_time() {
        let password = generate_password();
        assert_eq!(password.len(), 16);
        assert!(password.bytes().all(|byte| READABLE.contains(&byte)));
        assert_ne!(password, generate_password());
    }
}
