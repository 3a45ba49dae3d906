//! Operations 55 to 57: upload parameters, links, settings.

use super::cases::{self, cases};
use super::me::names;
use crate::support::TestNode;
use crate::support::http::Client;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use parlance::domain::time::now;
use serde_json::{Value, json};

cases! {
    55 where_to_upload Succeeds "", |w| w.ann.get("/upload/qiniu/params", json!({})).await;
    55 where_nobody_may_upload Fails "登录超时", |w| w.guest.get("/upload/qiniu/params", json!({})).await;
    56 links Succeeds "", |w| w.ann.get("/discovers", json!({})).await;
    56 links_for_nobody Fails "登录超时", |w| w.guest.get("/discovers", json!({})).await;
    57 settings Succeeds "", |w| w.ann.get("/configs", json!({})).await;
    57 settings_for_nobody Fails "登录超时", |w| w.guest.get("/configs", json!({})).await;
}

#[tokio::test]
async fn every_other_case_holds() {
    cases::run(CASES).await;
}

/// The settings that users see, and where to upload to.
pub async fn configs(client: &Client) -> Value {
    client.get("/configs", json!({})).await.succeeds("").clone()
}

#[tokio::test]
async fn upload_parameters_have_the_shape_of_the_cloud_stores() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let answer = ann.get("/upload/qiniu/params", json!({})).await;
    let alone = answer.succeeds("");
    for grant in [alone, &configs(&ann).await["qiniu"]] {
        assert_eq!(names(grant), ["accessDomain", "uploadToken"]);
        let domain = grant["accessDomain"].as_str().unwrap();
        assert_eq!(domain, format!("http://{}/files", node.address()));
        let token = grant["uploadToken"].as_str().unwrap();
        let parts: Vec<_> = token.split(':').collect();
        let [_, signature, policy] = parts[..] else {
            panic!("{token}")
        };
        URL_SAFE.decode(signature).unwrap();
        let policy: Value = serde_json::from_slice(&URL_SAFE.decode(policy).unwrap()).unwrap();
        assert!(policy["scope"].is_string());
        let left = policy["deadline"].as_i64().unwrap() - now() / 1000;
        assert!((3590..=3600).contains(&left), "{left}");
    }
}

#[tokio::test]
async fn links_are_shown_in_the_administrators_order() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let admin = node.admin().await;
    for (name, position) in [("last", 9), ("first", -1), ("second", 5)] {
        let url = format!("https://a.example/{name}");
        let link = json!({"name": name, "url": url, "logo": "a.png", "position": position, "password": "open"});
        admin.post("/discovers", link).await;
    }
    let links = ann.get("/discovers", json!({})).await.items();
    let shown: Vec<_> = links.iter().map(|link| &link["name"]).collect();
    assert_eq!(shown, ["first", "second", "last"]);
    let fields = [
        "id",
        "createdAt",
        "updatedAt",
        "name",
        "logo",
        "url",
        "password",
    ];
    assert_eq!(names(&links[0]), fields);
    assert_eq!(
        (&links[0]["logo"], &links[0]["password"]),
        (&json!("a.png"), &json!("open"))
    );
    admin
        .put(
            &format!("/discovers/{}", links[0]["id"]),
            json!({"name": "now third", "url": "x", "position": 6}),
        )
        .await;
    let links = ann.get("/discovers", json!({})).await.items();
    let shown: Vec<_> = links.iter().map(|link| &link["name"]).collect();
    assert_eq!(shown, ["second", "now third", "last"]);
}

/// The keys of the contract, section 4.2, in its order, with what is installed.
const DOCUMENTED: [(&str, &str); 43] = [
    ("add_freind", "true"),
    ("add_friend_apply_limit", "0"),
    ("add_friend_mode", "all"),
    ("add_manager_free", "true"),
    ("chat_display_input", "true"),
    ("chat_display_log_button", "true"),
    ("chat_display_read", "true"),
    ("chat_list_time_limit", "300"),
    ("chat_rate", "0"),
    ("chat_repeat_rate", "0"),
    ("chat_text_max_length", "0"),
    ("chatgroup_display_false_members", "false"),
    ("chatgroup_display_info", "true"),
    ("chatgroup_display_invite", "true"),
    ("chatgroup_display_members", "true"),
    ("chatgroup_display_title_members", "true"),
    ("chatgroup_exit", "true"),
    ("chatgroup_members_limit", "500"),
    ("chatgroup_owner_clean_message", "true"),
    ("chatgroup_search_id", "true"),
    ("create_chatgroup", "true"),
    ("default_avatar", "true"),
    ("discover_name", "发现"),
    ("display_online_status", "true"),
    ("ip_register_blacklist", ""),
    ("ip_register_limit", "0"),
    ("ip_register_rate", "0"),
    ("ip_register_whitelist", ""),
    ("login_captcha", "false"),
    ("login_fail_limit", "0"),
    ("manager_ip_limit", "false"),
    ("manager_ip_whitelist", ""),
    ("near_chatgroup_distance", "1000"),
    ("near_friend_distance", "1000"),
    ("new_upload_avatar", "true"),
    ("register_invite", "false"),
    ("register_mobile", "true"),
    ("register_pc", "true"),
    ("register_sms", "true"),
    ("search_account_mode", "all"),
    ("sensitive_replace", "??"),
    ("sensitive_send", "true"),
    ("sensitive_words", ""),
];

/// Later names for some of them.
const ALIASES: [(&str, &str); 4] = [
    ("login_vcode_captcha", "login_captcha"),
    ("ip_register_max", "ip_register_rate"),
    ("ip_register_limit_day", "ip_register_limit"),
    ("create_chatgroup_enable", "create_chatgroup"),
];

#[tokio::test]
async fn every_documented_setting_is_there_as_a_string() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let shown = configs(&ann).await;
    assert_eq!(names(&shown), ["configs", "qiniu"]);
    let shown = &shown["configs"];
    assert_eq!(names(shown)[..43], DOCUMENTED.map(|(name, _)| name));
    for (name, value) in DOCUMENTED {
        assert_eq!(shown[name], value, "{name}");
    }
    assert!(shown.as_object().unwrap().values().all(Value::is_string));
    for (name, value) in [
        ("chatgroup_create_limit", "20"),
        ("register_email", "true"),
        ("register_account", "true"),
        ("default_account_avatar", ""),
        ("default_chatgroup_avatar", ""),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
}

#[tokio::test]
async fn lists_and_message_texts_are_not_shown_to_users() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let admin = node.admin().await;
    let blank = [
        "sensitive_words",
        "ip_register_blacklist",
        "ip_register_whitelist",
        "manager_ip_whitelist",
    ];
    let hidden = [
        "sms_sign",
        "sms_template",
        "email_title",
        "email_template",
        "email_from",
    ];
    for name in blank.into_iter().chain(hidden) {
        admin.set(name, "192.0.2.99").await;
    }
    let answer = ann.get("/configs", json!({})).await;
    let shown = &answer.succeeds("")["configs"];
    assert!(blank.iter().all(|name| shown[*name] == ""));
    assert!(hidden.iter().all(|name| shown.get(*name).is_none()));
    assert!(!answer.text().contains("192.0.2.99"));
}

#[tokio::test]
async fn later_names_follow_the_settings_and_new_settings_are_shown() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let admin = node.admin().await;
    for (_, name) in ALIASES {
        admin.set(name, "5").await;
    }
    admin.set("welcome", "欢迎 <b>").await;
    let shown = configs(&ann).await["configs"].clone();
    for (alias, name) in ALIASES {
        assert_eq!(
            (&shown[alias], &shown[name]),
            (&json!("5"), &json!("5")),
            "{alias}"
        );
    }
    assert_eq!(shown["welcome"], "欢迎 <b>");
}

#[tokio::test]
async fn settings_outlive_a_restart() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    node.admin().await.set("discover_name", "More").await;
    let node = node.restart().await;
    let shown = configs(&ann.at(&node)).await;
    assert_eq!(shown["configs"]["discover_name"], "More");
}
