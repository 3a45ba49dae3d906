//! The settings every installation has. Names, defaults and order are those of freeIM, whose clients read them. What another
//! dialect alone has a switch for bears that dialect's name and comes last.

use crate::store::settings::First;

/// Who gets to see a setting's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Every account.
    ToAll,
    /// Administrators; accounts see an empty text in its place.
    Blank,
    /// Administrators; accounts do not learn of it.
    Hidden,
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub first: First,
    pub shown: Shown,
}

const fn open(name: &'static str, value: &'static str, what: &'static str) -> Key {
    Key {
        first: First { name, value, what },
        shown: Shown::ToAll,
    }
}

const fn blank(name: &'static str, what: &'static str) -> Key {
    Key {
        first: First {
            name,
            value: "",
            what,
        },
        shown: Shown::Blank,
    }
}

const fn hidden(name: &'static str, value: &'static str, what: &'static str) -> Key {
    Key {
        first: First { name, value, what },
        shown: Shown::Hidden,
    }
}

/// How many of [`KEYS`], from the first, are in the public document of the API.
#[cfg(test)]
pub(super) const DOCUMENTED: usize = 43;

/// Every setting, in the order in which clients get them.
pub(super) const KEYS: &[Key] = &[
    open(
        "add_freind",
        "true",
        "Accounts may ask each other to become contacts",
    ),
    open(
        "add_friend_apply_limit",
        "0",
        "Contact requests of one account per day; 0: no limit",
    ),
    open(
        "add_friend_mode",
        "all",
        "How contacts are added: all (by request), auto (at once), manager (staff only), none",
    ),
    open(
        "add_manager_free",
        "true",
        "Staff accounts are added without their approval",
    ),
    open("chat_display_input", "true", "Tell who is typing"),
    open(
        "chat_display_log_button",
        "true",
        "Clients show the button of the chat history",
    ),
    open("chat_display_read", "true", "Tell what was read"),
    open(
        "chat_list_time_limit",
        "300",
        "Seconds between two messages after which clients show the time",
    ),
    open(
        "chat_rate",
        "0",
        "Seconds between two messages of one sender; 0: no limit",
    ),
    open(
        "chat_repeat_rate",
        "0",
        "Seconds before the same may be sent again; 0: no limit",
    ),
    open(
        "chat_text_max_length",
        "0",
        "Characters of a text message; 0: no limit",
    ),
    open(
        "chatgroup_display_false_members",
        "false",
        "Clients show an invented number of group members",
    ),
    open(
        "chatgroup_display_info",
        "true",
        "Ordinary members may see a group's description",
    ),
    open(
        "chatgroup_display_invite",
        "true",
        "Tell members who was invited",
    ),
    open(
        "chatgroup_display_members",
        "true",
        "Ordinary members may see the list of members",
    ),
    open(
        "chatgroup_display_title_members",
        "true",
        "Clients show the number of members in the title",
    ),
    open(
        "chatgroup_exit",
        "true",
        "Ordinary members may leave groups",
    ),
    open(
        "chatgroup_members_limit",
        "500",
        "Members of a group created from now on; 0: no limit",
    ),
    open(
        "chatgroup_owner_clean_message",
        "true",
        "Clients let owners clear the screen for all",
    ),
    open(
        "chatgroup_search_id",
        "true",
        "Groups are found by their number",
    ),
    open("create_chatgroup", "true", "Accounts may create groups"),
    open(
        "default_avatar",
        "true",
        "New accounts get the picture default_account_avatar",
    ),
    open("discover_name", "发现", "Label of the tab with the links"),
    open("display_online_status", "true", "Show who is online"),
    blank(
        "ip_register_blacklist",
        "Addresses and networks from which nobody may register",
    ),
    open(
        "ip_register_limit",
        "0",
        "Days an address is locked after too many registrations; 0: not at all",
    ),
    open(
        "ip_register_rate",
        "0",
        "Registrations that lock an address; 0: no limit",
    ),
    blank(
        "ip_register_whitelist",
        "Addresses and networks free of registration limits",
    ),
    open(
        "login_captcha",
        "false",
        "Image codes at login and registration, unless false",
    ),
    open(
        "login_fail_limit",
        "0",
        "Wrong passwords in a row before logins are refused for 30 minutes; 0: no limit",
    ),
    open(
        "manager_ip_limit",
        "false",
        "Staff accounts log in from manager_ip_whitelist only",
    ),
    blank(
        "manager_ip_whitelist",
        "Addresses and networks from which staff accounts may log in",
    ),
    open(
        "near_chatgroup_distance",
        "1000",
        "Kilometres within which groups are near",
    ),
    open(
        "near_friend_distance",
        "1000",
        "Kilometres within which accounts are near",
    ),
    open(
        "new_upload_avatar",
        "true",
        "Clients ask new accounts for a picture",
    ),
    open(
        "register_invite",
        "false",
        "Registration needs an invite code, unless false",
    ),
    open(
        "register_mobile",
        "true",
        "Registration from handsets is open",
    ),
    open("register_pc", "true", "Registration from desktops is open"),
    open(
        "register_sms",
        "true",
        "Registration by phone number is open",
    ),
    open(
        "search_account_mode",
        "all",
        "What accounts are found by: all, or some of id;username;nickname;mobile;email",
    ),
    open(
        "sensitive_replace",
        "??",
        "What is put in the place of a banned word",
    ),
    open(
        "sensitive_send",
        "true",
        "Messages with banned words are sent, with the words replaced",
    ),
    blank("sensitive_words", "Banned words"),
    open(
        "chatgroup_create_limit",
        "20",
        "Groups one account may own; 0: no limit",
    ),
    open("register_email", "true", "Registration by e-mail is open"),
    open("register_account", "true", "Registration by name is open"),
    open(
        "default_account_avatar",
        "",
        "Address of the picture of new accounts",
    ),
    open(
        "default_chatgroup_avatar",
        "",
        "Address of the picture of new groups",
    ),
    hidden("sms_sign", "IM", "Who signs text messages"),
    hidden(
        "sms_template",
        "Your code is {code}. It is valid for 5 minutes.",
        "Text message with a code",
    ),
    hidden("email_title", "IM", "Subject of mails"),
    hidden(
        "email_template",
        "Your code is {code}. It is valid for 5 minutes.",
        "Mail with a code",
    ),
    hidden(
        "email_from",
        "",
        "Sender of mails; empty: mail.from of the configuration",
    ),
    hidden(
        "popim_voice",
        "off",
        "PopIM: voice messages may be sent (on, off)",
    ),
    hidden("popim_audio", "off", "PopIM: clients offer calls (on, off)"),
    hidden(
        "popim_video",
        "off",
        "PopIM: clients offer video calls (on, off)",
    ),
    hidden(
        "popim_prompt_tone",
        "on",
        "PopIM: clients make a sound for messages (on, off)",
    ),
    hidden(
        "popim_group_chat",
        "on",
        "PopIM: messages to groups may be sent (on, off)",
    ),
    hidden(
        "popim_private_chat",
        "on",
        "PopIM: messages to accounts may be sent (on, off)",
    ),
    hidden(
        "popim_stranger_chat",
        "on",
        "PopIM: accounts that are not friends may write to each other (on, off)",
    ),
    hidden(
        "popim_upload_file",
        "on",
        "PopIM: files may be uploaded (on, off)",
    ),
    hidden(
        "popim_upload_img",
        "on",
        "PopIM: pictures may be uploaded (on, off)",
    ),
    hidden("popim_emoji", "on", "PopIM: clients offer emoji (on, off)"),
    hidden(
        "popim_member_detail",
        "on",
        "PopIM: accounts see the profiles of others who are not their friends (on, off)",
    ),
    hidden("popim_app_name", "泡泡IM", "PopIM: title that clients show"),
    hidden(
        "popim_explore_url",
        "",
        "PopIM: page that clients show as their discover tab",
    ),
    hidden(
        "popim_qrcode_friend",
        "on",
        "PopIM: clients show a picture by which others find the account (on, off)",
    ),
    hidden(
        "popim_qrcode_group",
        "on",
        "PopIM: accounts may join a group by its picture (on, off)",
    ),
    hidden(
        "popim_qrcode_scan",
        "on",
        "PopIM: clients offer to scan such pictures (on, off)",
    ),
];

/// Newer names under which the last version of freeIM had the same values. They can be read, not set.
pub(super) const ALIASES: &[(&str, &str)] = &[
    ("login_vcode_captcha", "login_captcha"),
    ("ip_register_max", "ip_register_rate"),
    ("ip_register_limit_day", "ip_register_limit"),
    ("create_chatgroup_enable", "create_chatgroup"),
];
