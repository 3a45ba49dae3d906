//! Outgoing text messages.

use super::key::section;
use super::mask;
use super::problem::Faults;

section! {
    /// Outgoing text messages.
    Sms {
        /// URL fetched for each text message, with `{mobile}` and `{text}` where those belong. Empty: text messages
        /// become files in `outbox` under `data.dir`.
        gateway_url: String = String::new() => mask::query;
        /// What the gateway's answer begins with when it took the message. Empty: any answer will do.
        success_prefix: String = String::new();
    }
}

impl Sms {
    pub(super) fn check(&self, faults: &mut Faults) {
        let url = &self.gateway_url;
        let scheme = url.starts_with("http://") || url.starts_with("https://");
        let complete =
            url.is_empty() || (scheme && url.contains("{mobile}") && url.contains("{text}"));
        faults.unless(
            complete,
            "sms.gateway_url",
            "must be an http:// or https:// URL with {mobile} and {text} in it",
        );
    }
}
