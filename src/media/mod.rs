//! Uploaded files: their contents, found by hash, the permission to upload, and pictures made of them. Who uploaded what under
//! which name is the store's business.

mod blobs;
pub mod collage;
mod kind;
mod permit;
pub mod picture;
mod upload;

pub use blobs::Blobs;
pub use permit::UploadTokens;
pub use upload::{Blob, Upload};
