//! Where the node keeps its files.

use super::key::section;
use super::problem::Faults;
use std::path::PathBuf;

section! {
    /// Where the node keeps its files.
    Data {
        /// Directory of secrets, uploaded files and the SQLite database. Created at the first start.
        dir: PathBuf = PathBuf::from("data");
    }
}

impl Data {
    pub(super) fn check(&self, faults: &mut Faults) {
        faults.unless(
            !self.dir.as_os_str().is_empty(),
            "data.dir",
            "must name a directory",
        );
    }
}
