//! Uploaded files: their contents, found by hash, and the permission to upload. Who uploaded what under which name is
//! the store's business.

mod blobs;
mod kind;
mod permit;
mod upload;

pub use blobs::Blobs;
pub use permit::UploadTokens;
pub use upload::{Blob, Upload};
