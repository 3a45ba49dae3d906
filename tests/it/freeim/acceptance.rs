//! The acceptance checklist of the contract, section 11: one test for each of its points, in its order. What a point
//! asks of single answers is held by the tables of [`super::cases`] as well.

use super::me::names;
use super::others::configs;
use super::world::{CODE, age};
use crate::support::eventually::eventually;
use crate::support::http::{BASE, Encoding, LOG_IN, send};
use crate::support::user::{PASSWORD, claims};
use crate::support::{TestNode, User};
use parlance::dialect::freeim::ROUTES;
use parlance::domain::time::now;
use reqwest::Method;
use serde_json::{Value, json};

/// Operations from this one on need a token.
const FIRST_CLOSED: u8 = 10;

#[tokio::test]
async fn point_1_every_operation_answers_and_nothing_else_does() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    for (number, method, path) in ROUTES {
        let method: Method = method.parse().unwrap();
        let url = format!("{BASE}{path}");
        let answer = send(node.guest().request(method.clone(), &url)).await;
        if *number >= FIRST_CLOSED {
            answer.fails(LOG_IN);
        } else {
            answer.fails("参数不合法");
        }
        // Another method, another case, a word more.
        for (method, url) in [
            (Method::PATCH, url.clone()),
            (method.clone(), format!("{BASE}{}", path.to_uppercase())),
            (method, format!("{url}/more")),
        ] {
            let answer = send(ann.request(method, &url)).await;
            assert_eq!(answer.status, 404, "{:?}", answer.asked);
            assert!(answer.header("content-type").starts_with("text/plain"));
        }
    }
}

#[tokio::test]
async fn point_1_a_slash_too_many_is_redirected_and_browsers_of_any_origin_may_ask() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    for (method, status) in [(Method::GET, 301), (Method::PUT, 307)] {
        let path = format!("{BASE}/me/info/?a=b");
        let answer = send(ann.request(method, &path)).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (status, "/api/v1/me/info?a=b")
        );
    }
    let request = node
        .guest()
        .request(Method::OPTIONS, &format!("{BASE}/chat/send"));
    let request = request
        .header("Origin", "https://a.example")
        .header("Access-Control-Request-Method", "POST");
    let preflight = request.header(
        "Access-Control-Request-Headers",
        "authorization,content-type",
    );
    let answer = send(preflight).await;
    assert_eq!(
        (answer.status, answer.header("access-control-allow-origin")),
        (200, "*")
    );
    let request = ann.request(Method::GET, &format!("{BASE}/me/info"));
    let answer = send(request.header("Origin", "https://a.example")).await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let exposed = answer.header("access-control-expose-headers");
    assert!(exposed.eq_ignore_ascii_case("authorization"), "{exposed}");
}

/// All cases that succeed, in all encodings, are the tests `every_operation_takes_...` of [`super::cases`].
#[tokio::test]
async fn point_2_reads_and_deletions_take_multipart_bodies_and_queries() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    for encoding in Encoding::ALL {
        ann.befriend(&bob).await;
        let fields = || json!({"toId": bob.id});
        let common = ann
            .call(Method::GET, "/chatGroups/common", encoding, fields())
            .await;
        assert!(common.items().is_empty());
        let removed = ann
            .call(Method::DELETE, "/friends", encoding, fields())
            .await;
        removed.succeeds("删除成功");
    }
}

#[tokio::test]
async fn point_3_a_token_has_four_claims_lasts_a_week_and_is_renewed_by_every_answer() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let said = claims(&ann.token);
    assert_eq!(names(&said), ["id", "exp", "iat", "iss"]);
    assert_eq!(
        (said["id"].as_i64(), &said["iss"]),
        (Some(ann.id), &json!("SZKJ"))
    );
    let number = |name: &str| said[name].as_i64().unwrap();
    assert_eq!(number("exp") - number("iat"), 604_800);
    assert!((now() / 1000 - number("iat")).abs() <= 5);
    let header = ann.token.split('.').next().unwrap();
    assert_eq!(
        header, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
        "alg and typ, in this order"
    );

    let guest = node.guest();
    let bearer = format!("Bearer {}", ann.token);
    for (client, query) in [
        (guest.with_token(&ann.token), json!({})),
        (guest.with_token(&bearer), json!({})),
        (guest.clone(), json!({"t": ann.token})),
        (guest.with_token(""), json!({"t": ann.token})),
    ] {
        let answer = client.get("/me/info", query).await;
        assert_eq!(answer.succeeds("")["account"]["id"], ann.id);
        let fresh = answer.header("authorization");
        assert_eq!(claims(fresh)["id"], ann.id);
        guest
            .with_token(fresh)
            .get("/me/info", json!({}))
            .await
            .succeeds("");
    }
    // A refused request brings one, too; and the old token stays good.
    let refused = ann.post("/friends/add", json!({})).await;
    assert!(!refused.header("authorization").is_empty());
    ann.get("/me/info", json!({})).await.succeeds("");
}

/// Whether a time is as the contract writes it.
fn is_time(text: &str) -> bool {
    let Some(local) = text.strip_suffix("+08:00") else {
        return false;
    };
    let (seconds, fraction) = local.split_once('.').unwrap_or((local, "1"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let shape: String = seconds
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    let short = (1..=3).contains(&fraction.len()) && digits(fraction) && !fraction.ends_with('0');
    shape == "0000-00-00T00:00:00" && short
}

#[tokio::test]
async fn point_4_ids_begin_at_ten_million_and_times_are_chinas() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    assert_eq!((ann.id, bob.id), (10_000_000, 10_000_001));
    let mut times = Vec::new();
    for n in 0..20 {
        let said = ann.say(&bob, &n.to_string()).await;
        times.extend([said["createdAt"].clone(), said["updatedAt"].clone()]);
    }
    let made = ann.post("/chatGroups", json!({"name": "hikers"})).await;
    times.push(made.succeeds("创建成功")["createdAt"].clone());
    bob.post("/friends/add", json!({"toId": ann.id}))
        .await
        .succeeds("成功");
    times.push(ann.get("/friends/add/applies", json!({})).await.items()[0]["createdAt"].clone());
    for time in &times {
        assert!(is_time(time.as_str().unwrap()), "{time}");
    }
    let format = &time::format_description::well_known::Rfc3339;
    let said = time::OffsetDateTime::parse(times[0].as_str().unwrap(), format).unwrap();
    assert!((now() / 1000 - said.unix_timestamp()).abs() <= 60);
}

#[tokio::test]
async fn point_5_a_picture_is_good_once_and_for_its_purpose() {
    let node = TestNode::with(|config| config.auth.fixed_code = CODE.to_owned()).await;
    node.register("ann").await;
    node.admin().await.set("login_captcha", "true").await;
    let guest = node.guest();
    let log_in = async |key: &Value| {
        let fields = json!({
            "account": "ann", "password": PASSWORD, "platform": "ios", "captchaKey": key, "captcha": CODE,
        });
        guest
            .post("/login/basic", fields)
            .await
            .message()
            .to_owned()
    };
    let key = async |kind: &str| {
        let answer = guest.get("/captcha/image", json!({"type": kind})).await;
        answer.succeeds("")["key"].clone()
    };
    let (wrong_kind, right) = (key("register").await, key("login").await);
    assert_eq!(log_in(&wrong_kind).await, "验证码过期，请刷新后重试");
    assert_eq!(log_in(&right).await, "登陆成功");
    assert_eq!(log_in(&right).await, "验证码过期，请刷新后重试");
}

#[tokio::test]
async fn point_6_friendship_from_the_request_to_the_blacklist() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let mut socket = bob.connect().await;
    let verify = async || {
        let answer = ann.get("/friends/verify", json!({"toId": bob.id})).await;
        answer.succeeds("").clone()
    };
    let friends = async |user: &User, blacklist: u8| {
        user.get("/friends", json!({"blacklist": blacklist}))
            .await
            .items()
            .len()
    };
    assert_eq!(
        verify().await,
        json!({"isFriend": false, "isBlacklist": false})
    );
    ann.post("/friends/add", json!({"toId": bob.id, "reason": "hi"}))
        .await
        .succeeds("成功");
    socket.next_of("addFreind").await;
    let reply = json!({"toId": ann.id, "status": "pass"});
    bob.post("/friends/add/reply", reply).await.succeeds("成功");
    assert_eq!((friends(&ann, 0).await, friends(&bob, 0).await), (1, 1));
    assert_eq!(
        verify().await,
        json!({"isFriend": true, "isBlacklist": false})
    );
    ann.delete("/friends", json!({"toId": bob.id}))
        .await
        .succeeds("删除成功");
    assert_eq!((friends(&ann, 0).await, friends(&bob, 0).await), (0, 1));
    bob.post("/friends/blaklist", json!({"toId": ann.id}))
        .await
        .succeeds("添加成功");
    assert_eq!((friends(&bob, 0).await, friends(&bob, 1).await), (0, 1));
    assert_eq!(
        verify().await,
        json!({"isFriend": false, "isBlacklist": true})
    );
    bob.delete("/friends/blaklist", json!({"toId": ann.id}))
        .await
        .succeeds("移除成功");
    assert_eq!((friends(&bob, 0).await, friends(&bob, 1).await), (0, 0));
    assert_eq!(
        verify().await,
        json!({"isFriend": false, "isBlacklist": false})
    );
}

#[tokio::test]
async fn point_7_nobody_sees_anothers_friend_groups() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    for (a, b) in [(&ann, &bob), (&ann, &cat), (&bob, &cat)] {
        a.befriend(b).await;
    }
    // Both sort Cat into groups of theirs.
    for (user, name) in [(&ann, "of-ann"), (&bob, "of-bob")] {
        let new = json!({"name": name, "members": [cat.id]});
        user.post("/friends/groups", new).await.succeeds("添加成功");
        let remark = json!({"toId": cat.id, "remark": name});
        user.put("/friends/remark", remark)
            .await
            .succeeds("设置成功");
    }
    for path in ["/friends", "/friends/groups", "/friends/info"] {
        let answer = bob.get(path, json!({"toId": cat.id})).await;
        answer.succeeds("");
        let text = answer.text();
        assert!(
            text.contains("of-bob") && !text.contains("of-ann"),
            "{path}: {text}"
        );
    }
}

#[tokio::test]
async fn point_8_a_group_from_its_making_to_a_revoked_message() {
    let node = TestNode::start().await;
    let [ann, bob, dan] = node.users(["ann", "bob", "dan"]).await;
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob]).await;
    let appoint = json!({"groupId": group, "toId": bob.id, "isManager": 1});
    ann.post("/chatGroups/manager", appoint)
        .await
        .succeeds("设置成功");
    let mut sockets = [
        ann.connect().await,
        bob.connect().await,
        dan.connect().await,
    ];

    dan.post(
        "/chatGroups/join",
        json!({"groupId": group, "reason": "hi"}),
    )
    .await
    .succeeds("申请成功");
    for socket in &mut sockets[..2] {
        let frame = socket.next_of("joinGroup").await;
        assert_eq!(
            (frame["fromId"].as_i64(), frame["toId"].as_i64()),
            (Some(dan.id), Some(group))
        );
    }
    let reply = json!({"groupId": group, "accountId": dan.id, "status": "pass"});
    bob.post("/chatGroups/join/reply", reply)
        .await
        .succeeds("处理成功");
    let said = dan.say_in(group, "hello").await;
    for socket in &mut sockets {
        assert_eq!(socket.next().await, said);
    }
    let mute = json!({"groupId": group, "toId": dan.id, "minute": 1});
    ann.post("/chatGroups/banned", mute)
        .await
        .succeeds("处理成功");
    let message = json!({"toId": group, "ope": "group", "type": "text", "body": "hello?"});
    dan.post("/chat/send", message).await.fails("您已被禁言");
    let revocation = |id: &Value| json!({"toId": group, "id": id, "ope": "group"});
    dan.post("/chat/revocation", revocation(&said["id"]))
        .await
        .succeeds("成功");
    for socket in &mut sockets {
        assert_eq!(socket.next().await["status"], "revocation");
    }

    let said = ann.say_in(group, "too late").await;
    age(&ann, said["id"].as_i64().unwrap(), 121_000).await;
    ann.post("/chat/revocation", revocation(&said["id"]))
        .await
        .fails("超过2分钟消息无法撤回");
}

#[tokio::test]
async fn point_9_owners_leave_by_handing_over_and_managers_cannot_be_removed() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob, &cat]).await;
    let to = |user: &User| json!({"groupId": group, "toId": user.id, "isManager": 1});
    ann.post("/chatGroups/manager", to(&bob))
        .await
        .succeeds("设置成功");
    ann.post("/chatGroups/kick", to(&bob))
        .await
        .fails("不允许踢出群主或管理员");
    ann.post("/chatGroups/exit", json!({"groupId": group}))
        .await
        .fails("群主无法退群，请转让群");
    ann.post("/chatGroups/transfer", to(&cat))
        .await
        .succeeds("转让成功");
    let info = cat.get("/chatGroups/info", json!({"groupId": group})).await;
    let info = info.succeeds("");
    assert_eq!(
        (&info["selfInfo"]["chatGroupMemberRole"], &info["members"]),
        (&json!("owner"), &json!(2))
    );
    ann.post("/chatGroups/exit", json!({"groupId": group}))
        .await
        .fails("你不是是此群聊成员");
}

#[tokio::test]
async fn point_10_closing_one_of_two_sockets_leaves_the_other_working() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let status = async || {
        let me = bob.get("/me/info", json!({})).await;
        me.succeeds("")["account"]["onlineStatus"] == "online"
    };
    let (mut one, mut two) = (bob.connect().await, bob.connect().await);
    ann.say(&bob, "both").await;
    for socket in [&mut one, &mut two] {
        assert_eq!(socket.next().await["body"], "both");
    }
    one.close().await;
    ann.say(&bob, "the other").await;
    assert_eq!(two.next().await["body"], "the other");
    assert!(status().await);
    two.close().await;
    eventually(async || !status().await).await;
}

#[tokio::test]
async fn point_11_the_heartbeat_comes_at_once_and_every_ten_seconds() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let (mut hers, mut his) = (ann.connect().await, bob.connect().await);
    let began = std::time::Instant::now();
    assert_eq!(hers.next_frame().await["type"], "ping");
    hers.send(json!({"type": "ping", "body": "mine"})).await;
    let echo = hers.next_frame().await;
    assert_eq!(
        (&echo["body"], &echo["fromId"]),
        (&json!("mine"), &json!(ann.id))
    );
    hers.send(json!({"type": "nonsense"})).await;
    hers.send(json!({"toId": bob.id, "ope": "friend", "type": "input", "status": "normal"}))
        .await;
    assert_eq!(his.next_of("input").await["fromId"], ann.id);
    // Nothing else is due: what comes next is the heartbeat.
    let beat = hers.next_frame().await;
    assert_eq!(
        (&beat["type"], &beat["fromId"]),
        (&json!("ping"), &json!(0))
    );
    let seconds = began.elapsed().as_secs_f64();
    assert!((8.0..20.0).contains(&seconds), "{seconds}");
}

/// The field numbers one by one are in [`super::proto`].
#[tokio::test]
async fn point_12_a_protobuf_socket_hears_what_a_json_socket_hears() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let mut plain = bob.connect().await;
    let mut packed = bob.connect_with("protocol=proto").await;
    assert_eq!(packed.next_frame().await["type"], "ping");
    let said = ann.say(&bob, "hello").await;
    let (plain, packed) = (plain.next().await, packed.next().await);
    assert_eq!(plain, said);
    for name in [
        "id",
        "fromId",
        "toId",
        "ope",
        "type",
        "body",
        "isPrivate",
        "status",
        "isRead",
    ] {
        assert_eq!(packed[name], said[name], "{name}");
    }
}

#[tokio::test]
async fn point_13_who_was_offline_gets_what_was_missed_once_and_in_order() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob]).await;
    let said = [
        ann.say(&bob, "1").await,
        ann.say_in(group, "2").await,
        ann.say(&bob, "3").await,
    ];
    let mut socket = bob.connect().await;
    for message in said {
        assert_eq!(socket.next().await, message);
    }
    socket.is_quiet().await;
    socket.close().await;
    bob.connect().await.is_quiet().await;
}

/// That each enforced setting counts at once is in [`super::configs`] and the tables.
#[tokio::test]
async fn point_14_settings_are_forty_three_strings_four_of_them_blank() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let admin = node.admin().await;
    let blank = [
        "sensitive_words",
        "ip_register_blacklist",
        "ip_register_whitelist",
        "manager_ip_whitelist",
    ];
    for name in blank {
        admin.set(name, "secret").await;
    }
    admin.set("discover_name", "More").await;
    let shown = configs(&ann).await["configs"].clone();
    assert!(shown.as_object().unwrap().len() >= 43);
    assert!(shown.as_object().unwrap().values().all(Value::is_string));
    assert!(blank.iter().all(|name| shown[*name] == ""));
    assert_eq!(shown["discover_name"], "More");
}

#[tokio::test]
async fn point_15_people_nearby_are_sorted_and_the_caller_is_one_of_them_for_others() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    let near = async |user: &User, latitude: f64| {
        let place = json!({"longitude": 121.5, "latitude": latitude});
        user.get("/friends/near", place).await.items()
    };
    assert!(near(&ann, 31.25).await.is_empty());
    let found = near(&bob, 31.27).await;
    assert_eq!((found.len(), &found[0]["id"]), (1, &json!(ann.id)));
    let found = near(&cat, 31.28).await;
    let ids: Vec<_> = found.iter().map(|item| &item["id"]).collect();
    assert_eq!(ids, [bob.id, ann.id]);
    for item in &found {
        let distance = item["distance"].as_str().unwrap();
        let metres: u32 = distance.strip_suffix('m').unwrap().parse().unwrap();
        assert!((1000..4000).contains(&metres), "{distance}");
    }
}
