//! What is logged, and in which form.

use super::key::section;
use super::problem::Faults;
use ::log::LevelFilter;
use serde::{Deserialize, Serialize};

/// The form of a line in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Plain,
    /// One JSON object per line, for machines.
    Json,
}

section! {
    /// What is logged, and in which form. The log goes to standard error.
    Log {
        /// `plain`, or `json` for one object per line.
        format: LogFormat = LogFormat::Plain;
        /// `off`, `error`, `warn`, `info`, `debug` or `trace`; also per module: `info,parlance::store=debug`.
        level: String = "info".to_owned();
    }
}

impl Log {
    pub(super) fn check(&self, faults: &mut Faults) {
        // A bare word would be a module's name to env_logger, and a mistyped level would silence everything else.
        let known = self.level.split(',').all(|part| {
            let (_, level) = part.rsplit_once('=').unwrap_or(("", part));
            level.trim().parse::<LevelFilter>().is_ok()
        });
        faults.unless(
            known,
            "log.level",
            "must be a level, or levels such as info,parlance::store=debug",
        );
    }
}
