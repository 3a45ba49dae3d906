//! What every operation answers: the tables of all nouns against the list of all operations.

use super::world::World;
use super::{
    chat, chat_groups, codes, friend_groups, friends, group_members, login, me, nearby, others,
};
pub(super) use crate::support::cases::cases;
use crate::support::cases::{self as table, Outcome};
use crate::support::http::{Answer, BASE, Encoding};
use parlance::dialect::freeim::ROUTES;
use std::collections::BTreeSet;
use std::rc::Rc;

type Case = table::Case<World>;

/// Every table.
const TABLES: &[&[Case]] = &[
    codes::CASES,
    login::CASES,
    me::CASES,
    friends::CASES,
    friend_groups::CASES,
    nearby::CASES,
    chat_groups::CASES,
    group_members::CASES,
    chat::CASES,
    others::CASES,
];

/// The socket is no request with an answer; its tests are in `socket.rs`.
const SOCKET: u8 = 50;

fn all() -> impl Iterator<Item = &'static Case> + Clone {
    TABLES.iter().copied().flatten()
}

/// Runs cases, each in a world of its own.
pub async fn run(cases: &[Case]) {
    run_with(cases.iter(), None).await;
}

async fn run_with<'a>(cases: impl Iterator<Item = &'a Case>, encoding: Option<Encoding>) {
    let node = World::node().await;
    let admin = Rc::new(node.admin().await);
    for case in cases {
        // Shown when it fails.
        println!("{}. {}", case.operation, case.name);
        let world = World::new(&node, &admin, encoding).await;
        let answer = (case.run)(&world).await;
        check(case, &answer);
        admin.reset().await;
    }
}

fn check(case: &Case, answer: &Answer) {
    let (_, method, path) = ROUTES[usize::from(case.operation) - 1];
    let asked = (answer.asked.0.as_str(), answer.asked.1.as_str());
    assert_eq!(asked, (method, &*format!("{BASE}{path}")));
    match case.outcome {
        Outcome::Succeeds => {
            answer.succeeds(case.says);
        }
        Outcome::Fails => answer.fails(case.says),
    }
}

#[test]
fn the_node_has_exactly_the_operations_of_the_contract() {
    let contract: Vec<String> = table::contract("freeim")
        .into_iter()
        .map(|(_, line)| line.replace("WS\t", "GET\t"))
        .collect();
    let node: Vec<String> = ROUTES
        .iter()
        .map(|(number, method, path)| format!("{number}\t{method}\t{BASE}{path}"))
        .collect();
    assert_eq!(node, contract);
}

#[test]
fn every_operation_has_a_case_that_succeeds_and_one_that_fails() {
    table::assert_covered((1..=57).filter(|number| *number != SOCKET), all());
}

/// The texts of the contract, section 1.6, but for those that cannot arise.
const TEXTS: &[&str] = &[
    "参数不合法",
    "登录超时",
    "账号不存在",
    "账号或密码错误",
    "账号被封禁",
    "验证码错误",
    "验证码过期，请刷新后重试",
    "账号已存在",
    "用户名不能包含中文",
    "非法邀请码",
    "您的IP无法注册",
    "您的IP受到注册限制",
    "邮箱注册通道已关闭",
    "手机号注册通道已关闭",
    "账号注册通道已关闭",
    "对方还不是您的好友",
    "对方已经是您的好友",
    "对方还未验证您的好友请求",
    "请求不存在",
    "黑名单不存在",
    "分组已存在",
    "分组不存在",
    "添加好友通道已关闭",
    "群聊不存在",
    "当前群聊禁止新成员加入",
    "当前群聊人数已满",
    "加群申请不存在",
    "已发送过加群申请",
    "你已经是此群聊成员",
    "您不是群聊管理员",
    "您不是群主",
    "你不是是此群聊成员",
    "群主无法退群，请转让群",
    "不允许踢出群主或管理员",
    "成员不在本群聊",
    "您的创建群聊数量超过限制",
    "创建群聊通道已关闭",
    "只能撤回自己的消息",
    "超过2分钟消息无法撤回",
    "您已被禁言",
    "对方已将您拉黑",
    "发送过于频繁，请稍后再试",
    "请勿重复发送相同内容",
    "消息内容超过长度限制",
    "消息包含敏感词，无法发送",
    "登录失败次数过多，请稍后再试",
    "好友请求次数已达上限",
    "当前不允许退出群聊",
    "您的IP无法登录",
    "不能对自己进行此操作",
    "当前不允许添加该用户为好友",
];

/// Texts that take a node with other settings: see the tests in `codes.rs`.
const TEXTS_ELSEWHERE: &[&str] = &["服务器错误", "验证码发送过于频繁"];

#[test]
fn every_text_of_the_catalogue_is_said_in_some_case() {
    let failures = all().filter(|case| case.outcome == Outcome::Fails);
    let said: BTreeSet<&str> = failures.map(|case| case.says).collect();
    let unsaid: Vec<_> = TEXTS.iter().filter(|text| !said.contains(*text)).collect();
    assert!(unsaid.is_empty(), "no case says {unsaid:?}");
    let unknown: Vec<_> = said
        .iter()
        .filter(|text| !TEXTS.contains(text) && !TEXTS_ELSEWHERE.contains(text))
        .collect();
    assert!(unknown.is_empty(), "not in the catalogue: {unknown:?}");
}

#[test]
fn no_two_cases_of_an_operation_have_the_same_name() {
    table::assert_named_apart(all());
}

async fn every_success_in(encoding: Encoding) {
    let successes = all().filter(|case| case.outcome == Outcome::Succeeds);
    run_with(successes, Some(encoding)).await;
}

#[tokio::test]
async fn every_operation_takes_multipart_fields() {
    every_success_in(Encoding::Multipart).await;
}

#[tokio::test]
async fn every_operation_takes_urlencoded_fields() {
    every_success_in(Encoding::Urlencoded).await;
}

#[tokio::test]
async fn every_operation_takes_json_with_numbers() {
    every_success_in(Encoding::Json).await;
}

#[tokio::test]
async fn every_operation_takes_json_with_quoted_numbers() {
    every_success_in(Encoding::JsonQuoted).await;
}

#[tokio::test]
async fn every_operation_takes_fields_in_the_query() {
    every_success_in(Encoding::Query).await;
}
