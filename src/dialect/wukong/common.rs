//! What clients ask before anybody logs in (contract, sections 1.1 and 7.2).

use super::Answer;
use super::caller::Open;
use super::reply::Reply;
use serde_json::json;

/// Says that the API is served.
pub async fn health(_: Open) -> Answer {
    Ok(Reply::data(&json!({ "status": "up" })))
}

/// What the node lets clients do.
pub async fn app_config(ask: Open) -> Answer {
    let core = &ask.services.core;
    let (config, policy) = (&core.config.wukong, core.settings.policy());
    Ok(Reply::data(&json!({
        "version": 1,
        "web_url": core.public_url,
        "phone_search_off": i32::from(!policy.search_by.mobile),
        "shortno_edit_off": 0,
        "revoke_second": config.revoke_seconds,
        "register_invite_on": i32::from(policy.invite_required),
        "send_welcome_message_on": i32::from(!config.welcome_text.is_empty()),
        "invite_system_account_join_group_on": 0,
        "register_user_must_complete_info_on": 0,
        "can_modify_api_url": 0,
    })))
}

/// Countries with their prefixes: code, flag, name.
const COUNTRIES: &[(&str, &str, &str)] = &[
    ("0086", "🇨🇳", "中国"),
    ("00852", "🇭🇰", "中国香港"),
    ("00853", "🇲🇴", "中国澳门"),
    ("00886", "🇹🇼", "中国台湾"),
    ("001", "🇺🇸", "美国"),
    ("007", "🇷🇺", "俄罗斯"),
    ("0033", "🇫🇷", "法国"),
    ("0034", "🇪🇸", "西班牙"),
    ("0039", "🇮🇹", "意大利"),
    ("0044", "🇬🇧", "英国"),
    ("0049", "🇩🇪", "德国"),
    ("0055", "🇧🇷", "巴西"),
    ("0060", "🇲🇾", "马来西亚"),
    ("0061", "🇦🇺", "澳大利亚"),
    ("0062", "🇮🇩", "印度尼西亚"),
    ("0063", "🇵🇭", "菲律宾"),
    ("0065", "🇸🇬", "新加坡"),
    ("0066", "🇹🇭", "泰国"),
    ("0081", "🇯🇵", "日本"),
    ("0082", "🇰🇷", "韩国"),
    ("0084", "🇻🇳", "越南"),
    ("0091", "🇮🇳", "印度"),
    ("00971", "🇦🇪", "阿联酋"),
];

/// The countries whose phone numbers a client offers to enter.
pub async fn countries(_: Open) -> Answer {
    let countries: Vec<_> = COUNTRIES
        .iter()
        .map(|(code, icon, name)| json!({ "code": code, "icon": icon, "name": name }))
        .collect();
    Ok(Reply::data(&countries))
}
