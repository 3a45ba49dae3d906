//! Which database, and how hard it is used.

use super::key::section;
use super::mask;
use super::problem::Faults;

section! {
    /// Which database, and how hard it is used.
    Database {
        /// `sqlite:PATH` or `mysql://user:password@host/database`. Empty: the SQLite file `parlance.db` in `data.dir`.
        url: String = String::new() => mask::password;
        /// Connections for reading. Writing has one of its own.
        pool_size: usize = 8;
        /// MiB of pages the writer keeps in memory (SQLite).
        cache_mib: usize = 64;
        /// Writes that may wait before clients are told that the node is busy.
        queue: usize = 4096;
        /// MiB of messages that may wait to be written and told before senders are told that the node is busy.
        queue_mib: usize = 64;
        /// Writes committed together at most.
        batch: usize = 256;
    }
}

impl Database {
    pub(super) fn check(&self, faults: &mut Faults) {
        if let Some(what) = url_fault(&self.url) {
            faults.unless(false, "database.url", what);
        }
        faults.zero("database.pool_size", self.pool_size);
        faults.zero("database.cache_mib", self.cache_mib);
        faults.zero("database.batch", self.batch);
        faults.zero("database.queue_mib", self.queue_mib);
        let room = self.queue >= self.batch;
        faults.unless(
            room,
            "database.queue",
            format!("must be at least database.batch, which is {}", self.batch),
        );
    }
}

/// What is wrong with the URL, without quoting it: it may hold a password.
fn url_fault(url: &str) -> Option<&'static str> {
    if url.is_empty() {
        return None;
    }
    if let Some(path) = url.strip_prefix("sqlite:") {
        return match path.strip_prefix("//").unwrap_or(path) {
            "" => Some("names no file after `sqlite:`"),
            ":memory:" => {
                Some("must name a file: readers and writer would each have a memory of their own")
            }
            _ => None,
        };
    }
    let Some(rest) = url.strip_prefix("mysql://") else {
        return Some("must begin with `sqlite:` or `mysql://`");
    };
    if !cfg!(feature = "mysql") {
        return Some("this binary has no MySQL; build it with `--features mysql`");
    }
    match rest.split_once('/') {
        Some((host, database))
            if !host.is_empty() && !database.is_empty() && !database.starts_with('?') =>
        {
            None
        }
        _ => Some("must name host and database: mysql://user:password@host/database"),
    }
}

#[cfg(test)]
mod tests {
    use super::url_fault;

    #[test]
    fn files_are_named_with_or_without_slashes() {
        for good in [
            "",
            "sqlite:chat.db",
            "sqlite:/var/lib/chat.db",
            "sqlite:///var/lib/chat.db",
        ] {
            assert_eq!(url_fault(good), None, "{good}");
        }
        for bad in [
            "chat.db",
            "sqlite:",
            "sqlite://",
            "sqlite::memory:",
            "postgres://host/chat",
        ] {
            assert!(url_fault(bad).is_some(), "{bad}");
        }
    }

    #[cfg(feature = "mysql")]
    #[test]
    fn a_server_needs_a_host_and_a_database() {
        assert_eq!(url_fault("mysql://me:s3cret@localhost:3306/chat"), None);
        for bad in [
            "mysql://",
            "mysql://localhost",
            "mysql://localhost/",
            "mysql://localhost/?a=b",
            "mysql:///chat",
        ] {
            assert!(url_fault(bad).is_some(), "{bad}");
        }
    }

    #[cfg(not(feature = "mysql"))]
    #[test]
    fn a_binary_without_mysql_names_the_missing_feature() {
        let fault = url_fault("mysql://me:s3cret@localhost/chat");
        assert!(fault.is_some_and(|what| what.contains("--features mysql")));
    }
}
