//! The limit on open files, checked before thousands of sockets run into it.

use std::fs;

use crate::Result;

/// Standard streams, epoll, the connections of the set-up.
const SPARE: usize = 100;

/// Fails when this process may not open so many sockets. Without `/proc` nobody knows, and the run
/// goes on.
pub fn require(sockets: usize) -> Result<()> {
    let Some(limit) = fs::read_to_string("/proc/self/limits")
        .ok()
        .as_deref()
        .and_then(soft_limit)
    else {
        return Ok(());
    };
    let needed = sockets + SPARE;
    if needed <= limit {
        return Ok(());
    }
    Err(format!(
        "this run opens {needed} files, but the limit for a process is {limit}, and the node needs as many: \
         raise both with `ulimit -n {needed}`, or ask for fewer sessions"
    )
    .into())
}

/// `Max open files  <soft>  <hard>  files`; "unlimited" is no number and no limit.
fn soft_limit(limits: &str) -> Option<usize> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_is_read() {
        let limits = "Limit   Soft Limit  Hard Limit  Units\nMax open files            20000                30000    files\n";
        assert_eq!(soft_limit(limits), Some(20_000));
        assert_eq!(
            soft_limit("Max open files  unlimited  unlimited  files"),
            None
        );
    }

    #[test]
    fn more_sockets_than_anyone_may_open_are_refused() {
        assert!(require(10).is_ok());
        if let Err(error) = require(usize::MAX / 2) {
            assert!(error.to_string().contains("ulimit -n"));
        }
    }
}
