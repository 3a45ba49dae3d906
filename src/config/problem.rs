//! What is wrong with a configuration, in words for the operator.

use std::fmt;

/// One fault of the configuration. Says which key, what is wrong, and where the value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub(super) key: String,
    pub(super) what: String,
    pub(super) source: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.what)?;
        match &self.source {
            Some(source) => write!(f, " (from {source})"),
            None => Ok(()),
        }
    }
}

/// Collects keys whose well-formed value cannot be right, with the reason.
#[derive(Default)]
pub(super) struct Faults(pub(super) Vec<(&'static str, String)>);

impl Faults {
    /// Notes `what` against the key unless the rule holds.
    pub(super) fn unless(&mut self, holds: bool, key: &'static str, what: impl Into<String>) {
        if !holds {
            self.0.push((key, what.into()));
        }
    }

    /// For numbers of which none at all makes no sense.
    pub(super) fn zero<T: Default + PartialEq>(&mut self, key: &'static str, value: T) {
        self.unless(value != T::default(), key, "must not be 0");
    }
}
