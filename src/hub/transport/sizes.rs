//! Refuses WebSocket frames by the length they announce. The frame decoder below us checks the length only once the whole frame
//! has arrived, so a peer could make the node collect as much as it likes.

/// Follows the frame boundaries in a byte stream.
#[derive(Default)]
pub struct Sizes {
    head: [u8; 14],
    filled: usize,
    /// Payload bytes still to come before the next head.
    skip: u64,
}

impl Sizes {
    /// Takes the next bytes in. If a frame of more than `most` is announced, how many of the bytes come before its head is
    /// whole: all earlier frames are among them.
    pub fn offence(&mut self, bytes: &[u8], most: usize) -> Option<usize> {
        let mut rest = bytes;
        loop {
            let skipped = self.skip.min(rest.len() as u64);
            self.skip -= skipped;
            rest = &rest[skipped as usize..];
            let (&byte, tail) = rest.split_first()?;
            self.head[self.filled] = byte;
            self.filled += 1;
            if let Some(length) = self.announced() {
                if length > most as u64 {
                    return Some(bytes.len() - rest.len());
                }
                self.skip = length;
                self.filled = 0;
            }
            rest = tail;
        }
    }

    /// The payload length, once the head is whole. RFC 6455, section 5.2.
    fn announced(&self) -> Option<u64> {
        let second = *self.head[..self.filled].get(1)?;
        let mask = if second & 0x80 == 0 { 0 } else { 4 };
        let wide = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        if self.filled < 2 + wide + mask {
            return None;
        }
        let length = match wide {
            0 => u64::from(second & 0x7f),
            wide => self.head[2..2 + wide]
                .iter()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        };
        Some(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: usize) -> Vec<u8> {
        let mut bytes = match length {
            0..126 => vec![0x82, 0x80 | length as u8],
            126..65536 => [&[0x82, 0xfe][..], &(length as u16).to_be_bytes()].concat(),
            _ => [&[0x82, 0xff][..], &(length as u64).to_be_bytes()].concat(),
        };
        bytes.extend([0; 4]);
        bytes.extend(vec![7; length]);
        bytes
    }

    #[test]
    fn frames_up_to_the_limit_pass_however_they_are_cut() {
        for chop in [1, 2, 3, 997, usize::MAX] {
            let mut sizes = Sizes::default();
            let stream: Vec<u8> = [0, 1, 125, 126, 65_535, 65_536, 70_000]
                .into_iter()
                .flat_map(frame)
                .collect();
            let mut offences = stream
                .chunks(chop)
                .filter_map(|chunk| sizes.offence(chunk, 70_000));
            assert_eq!(offences.next(), None, "{chop}");
        }
    }

    #[test]
    fn a_longer_frame_is_refused_by_its_head_alone() {
        let mut sizes = Sizes::default();
        assert_eq!(sizes.offence(&frame(1000), 1000), None);
        let head = &frame(1001)[..8];
        let bytes = [&frame(5), head].concat();
        assert_eq!(sizes.offence(&bytes, 1000), Some(11 + 7));
    }
}
