//! The names of fields, and values that are wrong for most of them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Every field that some operation reads, and some that none does.
#[rustfmt::skip]
pub const NAMES: &[&str] = &[
    "account", "accountId", "address", "avatar", "blacklist", "body", "captcha", "captchaKey", "city", "clientMsgId",
    "country", "disableAddMember", "disableViewMember", "disbaleAddGroup", "district", "email", "enbaleBeforeMsg",
    "gender", "groupId", "id", "intro", "inviteCode", "isManager", "isPrivate", "label", "latitude", "limit",
    "longitude", "members", "messageType", "minute", "mobile", "name", "nickname", "ope", "page", "password",
    "platform", "province", "reason", "remark", "sort", "status", "t", "toId", "toIdList", "type",
];

/// Names that are nearly those of fields.
#[rustfmt::skip]
const NEARLY: &[&str] = &["TOID", "toid", "members[]", "members[0]", "members[-1]", "[]", "", "__proto__", "toId\u{0}"];

/// Values as JSON; without their quotes they do for forms.
#[rustfmt::skip]
const VALUES: &[&str] = &[
    "null", "true", "false", "0", "1", "-1", "0.5", "1e400", "10000000", "10000001", "10000002", "9223372036854775808",
    "[]", "{}", "[null]", "[1,\"2\",[3]]", "{\"a\":{\"b\":[]}}", r#""""#, r#""0""#, r#""1""#, r#""10000001""#,
    r#""true""#, r#""pass""#, r#""deny""#, r#""friend""#, r#""group""#, r#""text""#, r#""read""#, r#""ping""#,
    r#""login""#, r#""register""#, r#""id:desc""#, r#""ann@mail.example""#, r#""13800000001""#, r#""12345""#,
    r#""' OR 1=1 --""#, r#""<script>""#, r#""\u0000""#, r#""\ud800""#, r#""😀""#, r#""汉字""#, r#""%00%ff""#,
    r#""121.5""#, r#""NaN""#, r#""-91""#, r#""[1,2]""#, r#""1,2,,""#, "nul", "", "tru", "\"open",
];

/// The name of a field, real more often than not.
pub fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => select(NAMES).prop_map(str::to_owned),
        1 => select(NEARLY).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

/// A value, written as JSON or nearly so.
pub fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => select(VALUES).prop_map(str::to_owned),
        2 => any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        1 => any::<f64>().prop_map(|number| format!("{number:e}")),
        1 => (1..3_000_usize).prop_map(|depth| "[".repeat(depth)),
        1 => (1..30_000_usize).prop_map(|length| format!("\"{}\"", "x".repeat(length))),
    ]
}

/// Some fields; names may come more than once.
pub fn fields() -> impl Strategy<Value = Vec<(String, String)>> {
    vec((name(), value()), 0..10)
}
