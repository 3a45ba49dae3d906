//! What the node costs, read from `/proc` of this machine.

use std::fs;

use crate::Result;

/// Linux counts a process's time in 1/100 s towards user space, whatever its own clock does
/// (`USER_HZ`).
const MICROS_PER_TICK: u64 = 10_000;

/// The node's process.
pub struct Server {
    pid: u32,
}

impl Server {
    /// Fails if there is no such process.
    pub fn watch(pid: u32) -> Result<Self> {
        let server = Self { pid };
        server.cpu_micros()?;
        Ok(server)
    }

    /// CPU time of all its threads so far, user and system, in microseconds.
    pub fn cpu_micros(&self) -> Result<u64> {
        let ticks = ticks(&self.read("stat")?).ok_or("/proc/PID/stat is not as expected")?;
        Ok(ticks * MICROS_PER_TICK)
    }

    /// Resident memory in bytes.
    pub fn rss_bytes(&self) -> Result<u64> {
        Ok(resident(&self.read("status")?).ok_or("/proc/PID/status is not as expected")?)
    }

    fn read(&self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.pid);
        fs::read_to_string(&path).map_err(|error| format!("--pid: {path}: {error}").into())
    }
}

/// `utime` + `stime`, fields 14 and 15 of proc_pid_stat(5). Field 2, the name, may hold spaces and
/// parentheses.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    Some(fields.next()?.ok()? + fields.next()?.ok()?)
}

fn resident(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace()
        .next()?
        .parse::<u64>()
        .ok()
        .map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_and_memory_are_read_past_a_strange_name() {
        let stat = "42 (par) lance) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 5 0 1 2 3";
        assert_eq!(ticks(stat), Some(300));
        assert_eq!(ticks("nonsense"), None);
        assert_eq!(
            resident("Name:\tx\nVmRSS:\t   12 kB\nThreads:\t1\n"),
            Some(12 * 1024)
        );
    }
}
