//! What the machine allows this process.

use std::thread::available_parallelism;

/// How many files, sockets among them, this process may hold open: the soft limit. `None` where the system does not
/// tell; `u64::MAX` where there is no limit.
pub fn open_file_limit() -> Option<u64> {
    soft_limit(&std::fs::read_to_string("/proc/self/limits").ok()?)
}

fn soft_limit(limits: &str) -> Option<u64> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    }
}

/// The given number, or that of the processor cores in place of 0.
pub(super) fn or_cores(number: usize) -> usize {
    match number {
        0 => available_parallelism().map_or(1, usize::from),
        number => number,
    }
}

#[cfg(test)]
mod tests {
    use super::soft_limit;

    #[test]
    fn the_soft_limit_of_open_files_is_read() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max processes             95000                95000                processes \n\
                      Max open files            1024                 1048576              files     \n";
        assert_eq!(soft_limit(limits), Some(1024));
        assert_eq!(
            soft_limit("Max open files            unlimited            unlimited            files"),
            Some(u64::MAX)
        );
        assert_eq!(
            soft_limit(
                "Max processes             95000                95000                processes"
            ),
            None
        );
    }
}
