//! Bytes that wait for the rest of their frame.

/// What a read has left unfinished.
#[derive(Default)]
pub struct Rest(Vec<u8>);

impl Rest {
    /// Bytes that are there already.
    pub fn of(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Gives what is there to `cut`, which says how much of it it has used. Copies only what is left over.
    pub fn feed<E>(
        &mut self,
        bytes: &[u8],
        mut cut: impl FnMut(&[u8]) -> Result<usize, E>,
    ) -> Result<(), E> {
        let Self(held) = self;
        if held.is_empty() {
            let used = cut(bytes)?;
            held.extend_from_slice(&bytes[used..]);
        } else {
            held.extend_from_slice(bytes);
            let used = cut(held)?;
            held.drain(..used);
        }
        Ok(())
    }
}
