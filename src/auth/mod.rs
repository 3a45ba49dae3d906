//! Proof of who somebody is: passwords, login tokens, and the codes that pictures, mails and text messages carry.
//! All times are Unix milliseconds and come from the caller.

mod code;
mod password;
mod pending;
mod picture;
mod quota;
mod secret;
mod token;

pub use code::{Codes, Medium, Picture, Scope, normal_email};
pub use password::{Passwords, generate_password};
pub use secret::load_or_create_secret;
pub use token::{Claims, Tokens};
