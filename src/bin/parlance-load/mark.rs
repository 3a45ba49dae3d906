//! The identity of a message, written into its text and found again in what the node pushes.

use std::io::{self, Write};

use memchr::memmem::Finder;

/// Which message this is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Index of the flow's ledger.
    pub phase: usize,
    /// Number of the message in its flow, from 0.
    pub number: u64,
    /// When it was to be sent, in microseconds of the run's clock.
    pub due: u64,
}

/// Writes and finds the marks of one run: `L<run>:<phase>:<number>:<due>;`. The run is a random
/// number, so that messages left in mailboxes by an earlier run are nobody's.
pub struct Marks {
    prefix: String,
    finder: Finder<'static>,
}

impl Marks {
    /// The marks of a new run.
    pub fn of_new_run() -> Self {
        let prefix = format!("L{:08x}:", rand::random::<u32>());
        let finder = Finder::new(prefix.as_bytes()).into_owned();
        Self { prefix, finder }
    }

    /// Appends a mark; at most 63 bytes, of characters that need no escape in JSON.
    pub fn write(&self, mark: Mark, out: &mut Vec<u8>) -> io::Result<()> {
        write!(
            out,
            "{}{}:{}:{};",
            self.prefix, mark.phase, mark.number, mark.due
        )
    }

    /// Finds the first mark of this run.
    pub fn find(&self, payload: &[u8]) -> Option<Mark> {
        let mut rest = &payload[self.finder.find(payload)? + self.prefix.len()..];
        Some(Mark {
            phase: number(&mut rest)? as usize,
            number: number(&mut rest)?,
            due: number(&mut rest)?,
        })
    }
}

/// Takes digits and the character that ends them.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let all = *rest;
    let end = all.iter().position(|byte| !byte.is_ascii_digit())?;
    let mut value = 0u64;
    for digit in &all[..end] {
        value = value
            .checked_mul(10)?
            .checked_add(u64::from(digit - b'0'))?;
    }
    *rest = &all[end + 1..];
    (end > 0).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_in_a_frame() {
        let marks = Marks::of_new_run();
        let mark = Mark {
            phase: 2,
            number: 1_234_567,
            due: 98_765_432_109,
        };
        let mut frame = br#"{"id":7,"body":""#.to_vec();
        assert!(marks.write(mark, &mut frame).is_ok());
        frame.extend_from_slice(br#"....","status":"normal"}"#);
        assert_eq!(marks.find(&frame), Some(mark));
    }

    #[test]
    fn other_runs_and_torn_marks_are_nobodys() {
        let (marks, other) = (
            Marks {
                prefix: "L1:".into(),
                finder: Finder::new("L1:"),
            },
            b"L2:0:1:2;",
        );
        assert_eq!(marks.find(other), None);
        assert_eq!(marks.find(b"L1:0:1:2"), None);
        assert_eq!(marks.find(b"L1:0:x:2;"), None);
        assert_eq!(marks.find(b"L1:0:99999999999999999999:2;"), None);
        assert_eq!(
            marks.find(b"L1:0:1:2;"),
            Some(Mark {
                phase: 0,
                number: 1,
                due: 2
            })
        );
    }
}
