//! Who may read the metrics.

use super::key::section;
use super::mask;
use super::problem::Faults;

section! {
    /// Who may read the metrics.
    Metrics {
        /// Bearer token that opens `/metrics` to other machines. Empty: this machine only.
        token: String = String::new() => mask::whole;
    }
}

impl Metrics {
    pub(super) fn check(&self, faults: &mut Faults) {
        let sendable = self.token.chars().all(|c| c.is_ascii_graphic());
        faults.unless(
            sendable,
            "metrics.token",
            "must be visible ASCII characters without spaces",
        );
    }
}
