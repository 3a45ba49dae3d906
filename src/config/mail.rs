//! Outgoing e-mail.

use super::key::section;
use super::mask;
use super::problem::Faults;
use lettre::message::Mailbox;

section! {
    /// Outgoing e-mail.
    Mail {
        /// Server: `smtps://user:password@host` or `smtp://host:port`. Empty: mails become files in `outbox` under
        /// `data.dir`.
        smtp_url: String = String::new() => mask::password;
        /// Sender of all mails.
        from: String = "parlance@localhost".to_owned();
    }
}

impl Mail {
    pub(super) fn check(&self, faults: &mut Faults) {
        let server = self.smtp_url.is_empty() || names_a_server(&self.smtp_url);
        faults.unless(
            server,
            "mail.smtp_url",
            "must be smtp:// or smtps:// and a host, with user:password@ if need be",
        );
        let sender = self.from.parse::<Mailbox>().is_ok();
        faults.unless(
            sender,
            "mail.from",
            "must be an e-mail address, or a name and the address in <>",
        );
    }
}

fn names_a_server(url: &str) -> bool {
    let rest = url
        .strip_prefix("smtp://")
        .or_else(|| url.strip_prefix("smtps://"));
    rest.is_some_and(|rest| {
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        !host.is_empty()
            && !host.starts_with([':', '/', '?'])
            && !host.contains(char::is_whitespace)
    })
}
