//! What the settings mean: parsed once when they change, read by every service.

use super::words::WordFilter;
use crate::domain::time::Millis;
use crate::error::Result;
use ipnet::IpNet;
use std::net::IpAddr;

/// How contacts may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactMode {
    /// By request and approval.
    All,
    /// At once.
    Auto,
    /// Only accounts of the platform's staff may be added.
    Managers,
    /// Not at all.
    Closed,
}

/// By what accounts can be searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchBy {
    /// By id.
    pub id: bool,
    /// By login name.
    pub name: bool,
    /// By the name shown.
    pub nickname: bool,
    /// By phone number.
    pub mobile: bool,
    /// By e-mail address.
    pub email: bool,
}

/// Every rule administrators can set. Numbers are never negative; 0 switches a limit off unless said otherwise.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Contact requests may be sent.
    pub contact_requests_open: bool,
    /// How many contact requests an account may send per calendar day.
    pub contact_requests_per_day: i64,
    /// How contacts may be added.
    pub contact_mode: ContactMode,
    /// Accounts of the staff are added without their approval.
    pub manager_contacts_free: bool,
    /// Typing is told.
    pub typing_shown: bool,
    /// Reading is told.
    pub read_shown: bool,
    /// The least time between two messages of one sender.
    pub post_interval: Millis,
    /// The least time before the same may be said again to the same.
    pub repeat_interval: Millis,
    /// How many characters a text may have.
    pub text_max_chars: i64,
    /// Ordinary members and outsiders may see a channel's description.
    pub channel_info_shown: bool,
    /// Members are told who was invited.
    pub invitations_shown: bool,
    /// Ordinary members may see who else is a member.
    pub channel_members_shown: bool,
    /// Ordinary members may leave.
    pub leaving_open: bool,
    /// How many members a new channel may have.
    pub channel_members_limit: i32,
    /// Channels are found by their number too.
    pub channel_search_by_id: bool,
    /// Channels may be created.
    pub channel_creation_open: bool,
    /// The picture of new accounts; empty for none.
    pub default_avatar: String,
    /// The picture of new channels; empty for none.
    pub default_channel_avatar: String,
    /// It is shown who is online.
    pub online_shown: bool,
    /// Networks from which nobody may register.
    pub signup_blacklist: Vec<IpNet>,
    /// Networks free of registration limits.
    pub signup_whitelist: Vec<IpNet>,
    /// For how many days an address is locked after too many registrations.
    pub signup_lock_days: i64,
    /// How many registrations lock an address.
    pub signup_rate: i64,
    /// Logins and registrations need an image code.
    pub captcha_required: bool,
    /// How many wrong passwords in a row are forgiven.
    pub login_failures: i64,
    /// Accounts of the staff may log in from [`Policy::manager_addresses`] only.
    pub manager_addresses_limited: bool,
    /// Those networks.
    pub manager_addresses: Vec<IpNet>,
    /// How far away a channel is near, in kilometres; never 0.
    pub near_channel_km: f64,
    /// How far away an account is near, in kilometres; never 0.
    pub near_account_km: f64,
    /// Registrations need an invite code.
    pub invite_required: bool,
    /// Registrations from handsets are open.
    pub signup_from_handsets: bool,
    /// Registrations from desktops are open.
    pub signup_from_desktops: bool,
    /// Registrations by phone number are open.
    pub signup_by_mobile: bool,
    /// Registrations by e-mail are open.
    pub signup_by_email: bool,
    /// Registrations by name are open.
    pub signup_by_name: bool,
    /// By what accounts can be searched.
    pub search_by: SearchBy,
    /// The banned words and what replaces them.
    pub words: WordFilter,
    /// Messages with banned words are sent, with the words replaced.
    pub banned_words_sendable: bool,
    /// How many channels an account may own.
    pub channels_per_owner: i64,
    /// Who signs text messages.
    pub sms_sign: String,
    /// A text message with a code; `{code}` stands for it.
    pub sms_template: String,
    /// The subject of mails.
    pub email_title: String,
    /// A mail with a code; `{code}` stands for it.
    pub email_template: String,
    /// The sender of mails; empty for the configured one.
    pub email_from: String,
}

impl Policy {
    /// Reads the policy; `of` gives each setting's value, empty when it is missing.
    pub(super) fn parse<'a>(of: impl Fn(&str) -> &'a str) -> Result<Self> {
        // Some switches are on only when they say so, the others unless they say no.
        let says_true = |name| of(name) == "true";
        let not_false = |name| of(name) != "false";
        let avatar = if says_true("default_avatar") {
            of("default_account_avatar")
        } else {
            ""
        };
        Ok(Self {
            contact_requests_open: says_true("add_freind"),
            contact_requests_per_day: number(of("add_friend_apply_limit")),
            contact_mode: contact_mode(of("add_friend_mode")),
            manager_contacts_free: says_true("add_manager_free"),
            typing_shown: not_false("chat_display_input"),
            read_shown: not_false("chat_display_read"),
            post_interval: number(of("chat_rate")).saturating_mul(1000),
            repeat_interval: number(of("chat_repeat_rate")).saturating_mul(1000),
            text_max_chars: number(of("chat_text_max_length")),
            channel_info_shown: not_false("chatgroup_display_info"),
            invitations_shown: not_false("chatgroup_display_invite"),
            channel_members_shown: not_false("chatgroup_display_members"),
            leaving_open: not_false("chatgroup_exit"),
            channel_members_limit: i32::try_from(number(of("chatgroup_members_limit")))
                .unwrap_or(i32::MAX),
            channel_search_by_id: says_true("chatgroup_search_id"),
            channel_creation_open: says_true("create_chatgroup"),
            default_avatar: avatar.to_owned(),
            default_channel_avatar: of("default_chatgroup_avatar").to_owned(),
            online_shown: not_false("display_online_status"),
            signup_blacklist: networks(of("ip_register_blacklist")),
            signup_whitelist: networks(of("ip_register_whitelist")),
            signup_lock_days: number(of("ip_register_limit")),
            signup_rate: number(of("ip_register_rate")),
            captcha_required: not_false("login_captcha"),
            login_failures: number(of("login_fail_limit")),
            manager_addresses_limited: says_true("manager_ip_limit"),
            manager_addresses: networks(of("manager_ip_whitelist")),
            near_channel_km: distance(of("near_chatgroup_distance")),
            near_account_km: distance(of("near_friend_distance")),
            invite_required: not_false("register_invite"),
            signup_from_handsets: not_false("register_mobile"),
            signup_from_desktops: not_false("register_pc"),
            signup_by_mobile: says_true("register_sms"),
            signup_by_email: says_true("register_email"),
            signup_by_name: says_true("register_account"),
            search_by: search_by(of("search_account_mode")),
            words: WordFilter::new(list(of("sensitive_words")), of("sensitive_replace"))?,
            banned_words_sendable: not_false("sensitive_send"),
            channels_per_owner: number(of("chatgroup_create_limit")),
            sms_sign: of("sms_sign").to_owned(),
            sms_template: of("sms_template").to_owned(),
            email_title: of("email_title").to_owned(),
            email_template: of("email_template").to_owned(),
            email_from: of("email_from").to_owned(),
        })
    }
}

fn number(value: &str) -> i64 {
    value.trim().parse::<i64>().unwrap_or(0).max(0)
}

/// A radius in kilometres; 1000 when none that makes sense is given.
fn distance(value: &str) -> f64 {
    match value.trim().parse::<f64>() {
        Ok(km) if km.is_finite() && km > 0.0 => km,
        _ => 1000.0,
    }
}

/// The entries of a list: divided by semicolons of either width or by lines, without the blanks around them.
fn list(value: &str) -> impl Iterator<Item = &str> {
    value
        .split([';', '；', '\n', '\r'])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
}

/// The addresses and networks of a list; what is neither is skipped.
fn networks(value: &str) -> Vec<IpNet> {
    list(value)
        .filter_map(|entry| {
            entry
                .parse()
                .ok()
                .or_else(|| entry.parse::<IpAddr>().ok().map(IpNet::from))
        })
        .collect()
}

fn contact_mode(value: &str) -> ContactMode {
    match value.trim() {
        "auto" => ContactMode::Auto,
        "manager" => ContactMode::Managers,
        "none" => ContactMode::Closed,
        _ => ContactMode::All,
    }
}

fn search_by(value: &str) -> SearchBy {
    let names: Vec<&str> = list(value).collect();
    let has = |name| names.contains(&name);
    let chosen = SearchBy {
        id: has("id"),
        name: has("username"),
        nickname: has("nickname"),
        mobile: has("mobile"),
        email: has("email"),
    };
    let none = SearchBy {
        id: false,
        name: false,
        nickname: false,
        mobile: false,
        email: false,
    };
    if chosen == none {
        SearchBy {
            id: true,
            name: true,
            nickname: true,
            mobile: true,
            email: true,
        }
    } else {
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> Policy {
        Policy::parse(|asked| if asked == name { value } else { "" }).unwrap()
    }

    #[test]
    fn some_switches_need_true_and_some_need_false() {
        assert!(with("add_freind", "true").contact_requests_open);
        assert!(!with("add_freind", "1").contact_requests_open);
        assert!(with("login_captcha", "whatever").captcha_required);
        assert!(!with("login_captcha", "false").captcha_required);
    }

    #[test]
    fn a_number_that_is_none_reads_as_zero() {
        assert_eq!(with("chat_rate", "2").post_interval, 2000);
        assert_eq!(with("chat_rate", "two").post_interval, 0);
        assert_eq!(with("chat_rate", "-2").post_interval, 0);
        assert_eq!(
            with("chatgroup_members_limit", "99999999999").channel_members_limit,
            i32::MAX
        );
    }

    #[test]
    fn a_distance_of_nothing_is_a_thousand_kilometres() {
        assert_eq!(with("near_friend_distance", "2.5").near_account_km, 2.5);
        for nothing in ["0", "", "far", "NaN", "-1"] {
            assert_eq!(
                with("near_friend_distance", nothing).near_account_km,
                1000.0
            );
        }
    }

    #[test]
    fn an_address_list_takes_addresses_and_networks() {
        let listed = with(
            "ip_register_blacklist",
            " 10.0.0.0/8；192.0.2.1\nnonsense;2001:db8::/32 ",
        )
        .signup_blacklist;
        let holds = |address: &str| {
            listed
                .iter()
                .any(|net| net.contains(&address.parse::<IpAddr>().unwrap()))
        };
        assert_eq!(listed.len(), 3);
        assert!(holds("10.1.2.3") && holds("192.0.2.1") && holds("2001:db8::1"));
        assert!(!holds("192.0.2.2"));
    }

    #[test]
    fn an_unknown_search_mode_searches_by_everything() {
        assert!(with("search_account_mode", "all").search_by.email);
        assert!(with("search_account_mode", "starsign").search_by.id);
        let chosen = with("search_account_mode", "id;username").search_by;
        assert!(chosen.id && chosen.name && !chosen.nickname && !chosen.mobile && !chosen.email);
    }

    #[test]
    fn new_accounts_get_the_default_picture_only_when_it_is_switched_on() {
        let of = |switch: &'static str| {
            let policy = Policy::parse(|name| match name {
                "default_avatar" => switch,
                "default_account_avatar" => "https://a.example/a.png",
                _ => "",
            });
            policy.unwrap().default_avatar
        };
        assert_eq!(of("true"), "https://a.example/a.png");
        assert_eq!(of("false"), "");
    }

    #[test]
    fn banned_words_are_divided_by_semicolons_and_lines() {
        let policy = with("sensitive_words", "one; two；three\nfour");
        for word in ["one", "two", "three", "four"] {
            assert!(policy.words.hits(word));
        }
        assert!(!policy.words.hits(";"));
    }
}
