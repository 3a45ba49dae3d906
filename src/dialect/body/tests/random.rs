//! Whatever is sent.

use super::*;
use proptest::prelude::*;

const TYPES: &[&str] = &[
    "",
    FORM,
    JSON,
    MULTIPART,
    "text/plain",
    "multipart/form-data",
    "multipart/form-data; boundary=\"\"",
    "?",
];

const CODINGS: &[&str] = &["", "gzip", "deflate"];

const PIECES: &[&[u8]] = &[
    b"---B-\r\n",
    b"\r\n---B-\r\n",
    b"\r\n---B---\r\n",
    b"Content-Disposition: form-data; name=\"l[]\"\r\n",
    b"Content-Disposition: form-data; name=\"a\"; filename*=UTF-8''%ff\r\n",
    b"Content-Length: 5\r\n",
    b"\r\n\r\n",
    b"\r",
    b"{\"l\":[1,\"",
    b"\\ud83d",
    b"\"]}",
    b"l=1&l[]=2&a=%f0%9f",
    &GZIP,
    &ZLIB,
];

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::sample::select(PIECES).prop_map(<[u8]>::to_vec),
        proptest::collection::vec(any::<u8>(), 0..24),
    ]
}

proptest! {
    #[test]
    fn no_bytes_of_any_type_panic(
        pieces in proptest::collection::vec(piece(), 0..12),
        content_type in proptest::sample::select(TYPES),
        coding in proptest::sample::select(CODINGS),
    ) {
        let request = post(content_type, pieces.concat()).insert_header(("content-encoding", coding));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        if let Ok(fields) = runtime.block_on(read(request)) {
            for name in ["a", "l", ""] {
                let _ = (fields.text(name), fields.int(name), fields.float(name), fields.flag(name), fields.ids(name));
            }
        }
    }
}
