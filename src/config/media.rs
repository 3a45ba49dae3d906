//! Uploaded files.

use super::key::section;
use super::problem::Faults;

section! {
    /// Uploaded files.
    Media {
        /// MiB of one uploaded file.
        max_mib: usize = 50;
        /// Seconds for which a permission to upload is good.
        token_seconds: u64 = 3600;
    }
}

impl Media {
    pub(super) fn check(&self, faults: &mut Faults) {
        faults.zero("media.max_mib", self.max_mib);
        faults.zero("media.token_seconds", self.token_seconds);
    }
}
