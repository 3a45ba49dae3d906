//! How often anybody may do something.

use super::key::section;
use super::problem::Faults;

section! {
    /// How often anybody may do something. A limit of 0 is off.
    Limits {
        /// Open connections per network address. 0: no limit.
        connections_per_address: usize = 1000;
        /// New connections per minute and network address. 0: no limit.
        connects_per_minute_per_address: u64 = 600;
        /// Messages per second and account, in the long run. 0: no limit.
        sends_per_second: u64 = 20;
        /// Messages an account may send at once after a pause.
        sends_burst: u64 = 60;
        /// Logins per minute and network address. 0: no limit.
        logins_per_minute: u64 = 30;
        /// Registrations per minute and network address. 0: no limit.
        registrations_per_minute: u64 = 30;
        /// Image codes per minute and network address. 0: no limit.
        codes_per_minute: u64 = 30;
        /// Seconds between two codes to the same e-mail address or phone number. 0: no limit.
        code_interval_seconds: u64 = 60;
        /// Codes per day to the same e-mail address or phone number. 0: no limit.
        codes_per_day: u64 = 10;
        /// E-mail and SMS codes per hour and network address. 0: no limit.
        codes_per_hour: u64 = 20;
        /// Uploads per minute and account. 0: no limit.
        uploads_per_minute: u64 = 60;
        /// KiB of a request's body; for uploads `media.max_mib` counts.
        body_kib: usize = 1024;
        /// Requests per second and account, or network address before login; twice as many after a pause. 0: no limit.
        requests_per_second: u64 = 200;
    }
}

impl Limits {
    pub(super) fn check(&self, faults: &mut Faults) {
        let burst = self.sends_per_second == 0 || self.sends_burst >= self.sends_per_second;
        faults.unless(
            burst,
            "limits.sends_burst",
            "must be at least limits.sends_per_second",
        );
        faults.zero("limits.body_kib", self.body_kib);
    }
}
