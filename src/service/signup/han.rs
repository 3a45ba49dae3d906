//! Chinese characters, which login names may not hold.

/// Whether a character is of the Han script: ideographs, their radicals, numerals and marks.
pub(super) fn is_han(c: char) -> bool {
    matches!(c,
        '\u{2E80}'..='\u{2FD5}'
        | '\u{3005}'
        | '\u{3007}'
        | '\u{3021}'..='\u{3029}'
        | '\u{3038}'..='\u{303B}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}'
        // Planes 2 and 3 are set aside for ideographs.
        | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ideographs_of_all_blocks_are_han() {
        for c in "中文〇々⺀㐀鿿豈𠀀𪜀𫠝𬺰𰀀𱍐".chars() {
            assert!(is_han(c), "{c}");
        }
    }

    #[test]
    fn other_scripts_are_not() {
        for c in "azÀ9_-.@ßЖأあカ한。！😀".chars() {
            assert!(!is_han(c), "{c}");
        }
    }
}
