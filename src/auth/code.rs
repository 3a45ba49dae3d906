//! The codes somebody has to type: image codes, and those sent by e-mail and SMS (freeim contract, sections 5.1 and
//! 5.2).

use super::pending::Pending;
use super::picture;
use super::quota::Quota;
use crate::config::{Auth, Limits};
use crate::domain::address::network;
use crate::error::{Error, ErrorKind, Result};
use actix_web::web;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use uuid::Uuid;

const PICTURE_TRIES: u32 = 3;
const SENT_TRIES: u32 = 5;
/// Wrong answers to short codes that lock a target.
const SHORT_TRIES: u64 = 3;
/// For how long they do, from the first of them on.
const LOCK: Duration = Duration::from_secs(10 * 60);
const PICTURE_LENGTH: usize = 4;
/// Pictures drawn or waiting to be drawn at a time.
const DRAWINGS: usize = 64;
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// What an image code is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Logging in.
    Login,
    /// Registering.
    Register,
    /// Nothing: clients may ask for it, but no answer is ever accepted.
    Other,
}

/// How a code reaches its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Medium {
    /// By e-mail.
    Email,
    /// By text message.
    Sms,
}

/// An image code as the client gets it.
#[derive(Debug, Clone)]
pub struct Picture {
    /// What the answer has to come with: a version 4 UUID, lower case, with hyphens.
    pub key: String,
    /// 82 x 32 pixels, 8-bit RGB.
    pub png: Vec<u8>,
}

type Target = (Medium, String);

/// All codes that wait for their answer, and who asked how often. In memory and bounded: a restart voids the codes.
pub struct Codes {
    fixed: Option<String>,
    pictures: Pending<(Scope, Uuid)>,
    sent: Pending<Target>,
    pictures_per_network: Quota<IpAddr>,
    sent_per_network: Quota<IpAddr>,
    sent_per_day: Quota<Target>,
    sent_at_once: Quota<Target>,
    short_tries: Quota<Target>,
    drawings: Arc<Semaphore>,
}

impl Codes {
    /// No codes yet.
    pub fn new(auth: &Auth, limits: &Limits) -> Self {
        let interval = Duration::from_secs(limits.code_interval_seconds);
        Self {
            fixed: Some(auth.fixed_code.clone()).filter(|code| !code.is_empty()),
            pictures: Pending::new(PICTURE_TRIES),
            sent: Pending::new(SENT_TRIES),
            pictures_per_network: Quota::new(limits.codes_per_minute, MINUTE),
            sent_per_network: Quota::new(limits.codes_per_hour, HOUR),
            sent_per_day: Quota::new(limits.codes_per_day, DAY),
            sent_at_once: Quota::new(u64::from(!interval.is_zero()), interval),
            short_tries: Quota::new(SHORT_TRIES, LOCK),
            drawings: Arc::new(Semaphore::new(DRAWINGS)),
        }
    }

    /// Makes an image code.
    ///
    /// # Errors
    /// `CodesTooOften` for this network address; `Busy` when too many are being drawn.
    pub async fn new_picture(&self, scope: Scope, addr: IpAddr, now: i64) -> Result<Picture> {
        if !self.pictures_per_network.pass(network(addr), now) {
            return Err(ErrorKind::CodesTooOften.into());
        }
        // No zero: the font has none, and nobody has to tell it from an O.
        let answer = self.invent(PICTURE_LENGTH, b'1'..=b'9');
        let png = self.draw(answer.clone()).await?;
        let key = Uuid::new_v4();
        self.pictures.put((scope, key), answer, now);
        let key = key.to_string();
        Ok(Picture { key, png })
    }

    /// Checks the answer to an image code, which is used up if it is right. Three wrong answers void the code.
    ///
    /// # Errors
    /// `CodeExpired` when no such code waits for that scope; `CodeWrong`.
    pub fn check_picture(&self, scope: Scope, key: &str, answer: &str, now: i64) -> Result<()> {
        let key = Uuid::parse_str(key).map_err(|_| ErrorKind::CodeExpired)?;
        self.pictures.check((scope, key), answer, now)
    }

    /// The same where the first wrong answer voids the code.
    ///
    /// # Errors
    /// As [`Codes::check_picture`].
    pub fn check_picture_once(
        &self,
        scope: Scope,
        key: &str,
        answer: &str,
        now: i64,
    ) -> Result<()> {
        let key = Uuid::parse_str(key).map_err(|_| ErrorKind::CodeExpired)?;
        self.pictures.check_within(1, (scope, key), answer, now)
    }

    /// Makes a code of so many digits to be sent, in place of an earlier one to the same target.
    ///
    /// # Errors
    /// `CodesTooOften` for this network address, or for the target just now or today.
    pub fn new_code(
        &self,
        medium: Medium,
        target: &str,
        addr: IpAddr,
        digits: usize,
        now: i64,
    ) -> Result<String> {
        let target = normal(medium, target);
        // The network first: who is over its limit must not use up the target's.
        let passes = self.sent_per_network.pass(network(addr), now)
            && self.sent_at_once.pass(target.clone(), now)
            && self.sent_per_day.pass(target.clone(), now);
        if !passes {
            return Err(ErrorKind::CodesTooOften.into());
        }
        let answer = self.invent(digits, b'0'..=b'9');
        self.sent.put(target, answer.clone(), now);
        Ok(answer)
    }

    /// Checks the answer to a code that was sent, which is used up if it is right. Five wrong answers void the code.
    ///
    /// # Errors
    /// `CodeExpired` when no code for the target waits; `CodeWrong`.
    pub fn check_code(&self, medium: Medium, target: &str, answer: &str, now: i64) -> Result<()> {
        self.sent.check(normal(medium, target), answer, now)
    }

    /// The same for codes so short that somebody may guess them: three wrong answers lock the target for ten minutes, whatever
    /// other codes are sent there.
    ///
    /// # Errors
    /// `CodeExpired` while the target is locked, and what [`Codes::check_code`] says.
    pub fn check_short_code(
        &self,
        medium: Medium,
        target: &str,
        answer: &str,
        now: i64,
    ) -> Result<()> {
        let target = normal(medium, target);
        // Taken before the answer is looked at, so that many at the same time are no more than many in turn.
        if !self.short_tries.pass(target.clone(), now) {
            return Err(ErrorKind::CodeExpired.into());
        }
        let verdict = self.sent.check(target.clone(), answer, now);
        let wrong = |error: &Error| error.kind() == ErrorKind::CodeWrong;
        if !verdict.as_ref().is_err_and(wrong) {
            self.short_tries.give_back(target);
        }
        verdict
    }

    /// Voids a code that could not be sent. It still counts for the limits, which spare a broken gateway as well.
    pub fn forget(&self, medium: Medium, target: &str) {
        self.sent.forget(&normal(medium, target));
    }

    fn invent(&self, length: usize, digits: RangeInclusive<u8>) -> String {
        let random = || {
            let digit = |_| char::from(rand::random_range(digits.clone()));
            (0..length).map(digit).collect()
        };
        self.fixed.clone().unwrap_or_else(random)
    }

    async fn draw(&self, digits: String) -> Result<Vec<u8>> {
        let permit = self.drawings.clone().try_acquire_owned();
        let permit = permit.map_err(|_| ErrorKind::Busy)?;
        let drawn = web::block(move || {
            let _held = permit;
            picture::draw(&digits)
        });
        drawn.await.map_err(Error::internal)?
    }
}

/// An e-mail address as accounts and codes are found by: without surrounding blanks, in lower case.
pub fn normal_email(text: &str) -> String {
    text.trim().to_lowercase()
}

fn normal(medium: Medium, target: &str) -> Target {
    let target = match medium {
        Medium::Email => normal_email(target),
        Medium::Sms => target.trim().to_owned(),
    };
    (medium, target)
}

#[cfg(test)]
mod tests;
