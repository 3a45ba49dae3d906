//! The length of a body: one to four bytes of seven bits each, the lowest first; the top bit says that another byte follows.

use super::read::Malformed;

/// As many bytes as a length may have.
const LONGEST: usize = 4;

const MORE: u8 = 0x80;

/// The length at the start of some bytes, and how many of them it takes; `None` while its last byte is missing.
///
/// # Errors
/// When a fifth byte would have to follow.
pub fn read(bytes: &[u8]) -> Result<Option<(usize, usize)>, Malformed> {
    let mut length = 0;
    for (place, byte) in bytes.iter().take(LONGEST).enumerate() {
        length |= usize::from(byte & !MORE) << (7 * place);
        if byte & MORE == 0 {
            return Ok(Some((length, place + 1)));
        }
    }
    if bytes.len() < LONGEST {
        Ok(None)
    } else {
        Err(Malformed)
    }
}

/// A length as the protocol writes it, and how many of the four bytes are used. Bits above the 28th are lost.
pub fn write(mut length: usize) -> ([u8; LONGEST], usize) {
    let mut bytes = [0; LONGEST];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = (length & 0x7f) as u8;
        length >>= 7;
        if length == 0 {
            return (bytes, place + 1);
        }
        *byte |= MORE;
    }
    bytes[LONGEST - 1] &= !MORE;
    (bytes, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_as_the_contract_shows() {
        let cases: [(usize, &[u8]); 7] = [
            (0, &[0x00]),
            (72, &[0x48]),
            (127, &[0x7f]),
            (128, &[0x80, 0x01]),
            (172, &[0xac, 0x01]),
            (16_384, &[0x80, 0x80, 0x01]),
            (268_435_455, &[0xff, 0xff, 0xff, 0x7f]),
        ];
        for (length, expected) in cases {
            let (bytes, used) = write(length);
            assert_eq!(&bytes[..used], expected);
            assert_eq!(read(expected), Ok(Some((length, used))));
            assert_eq!(read(&expected[..used - 1]), Ok(None));
        }
    }

    #[test]
    fn a_length_of_five_bytes_is_malformed() {
        assert_eq!(read(&[0x80; 3]), Ok(None));
        assert_eq!(read(&[0x80; 4]), Err(Malformed));
        assert_eq!(read(&[0x80, 0x80, 0x80, 0x80, 0x00]), Err(Malformed));
    }
}
