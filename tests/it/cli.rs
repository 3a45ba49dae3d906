//! The `parlance` program as an operator meets it: command line, settings, exit codes, and what it prints.

use crate::support::program::{Program, parlance, run, run_with_input};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;
use tempfile::{TempDir, tempdir};
use tokio::process::Command;

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A node on a port of its own.
fn node(dir: &TempDir) -> Command {
    let mut command = parlance(dir.path(), &["--listen", "127.0.0.1:0"]);
    command.env("PARLANCE__AUTH__BCRYPT_COST", "4");
    command
}

fn is_empty(dir: &Path) -> bool {
    dir.read_dir().unwrap().next().is_none()
}

async fn ready(node: &Program) -> bool {
    let url = format!("http://{}/readyz", node.address());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(url).send().await.unwrap().status() == 200
}

/// Whether the dashboard lets the administrator in.
async fn lets_in(node: &Program, password: &str) -> bool {
    let url = format!("http://{}/admin/api/login", node.address());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let login = client
        .post(url)
        .json(&json!({ "name": "admin", "password": password }));
    let status = login.send().await.unwrap().status().as_u16();
    assert!(matches!(status, 200 | 403), "{status}");
    status == 200
}

/// The password in a line that prints one.
fn password(line: &str) -> String {
    let rest = line.strip_prefix("administrator: admin, password: ");
    let (password, _) = rest
        .and_then(|rest| rest.split_once(' '))
        .unwrap_or_else(|| panic!("{line}"));
    password.to_owned()
}

#[tokio::test]
async fn the_help_names_every_command_and_flag() {
    let dir = tempdir().unwrap();
    let output = run(&mut parlance(dir.path(), &["--help"])).await;
    assert_eq!(output.status.code(), Some(0));
    let help = out(&output);
    for word in [
        "serve",
        "admin",
        "migrate",
        "--listen",
        "--data-dir",
        "--database-url",
        "--config",
        "--check",
    ] {
        assert!(help.contains(word), "{word} is missing:\n{help}");
    }
}

#[tokio::test]
async fn an_unknown_flag_is_a_wrong_command_line() {
    let dir = tempdir().unwrap();
    let output = run(&mut parlance(dir.path(), &["--colour"])).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("--colour"));
    assert!(is_empty(dir.path()));
}

#[tokio::test]
async fn check_shows_the_settings_without_their_secrets_and_does_nothing_else() {
    let dir = tempdir().unwrap();
    let mut command = parlance(dir.path(), &["--check", "--listen", "127.0.0.1:4321"]);
    command
        .env("PARLANCE__METRICS__TOKEN", "s3cret-one")
        .env(
            "PARLANCE__MAIL__SMTP_URL",
            "smtps://me:s3cret-two@mail.example",
        )
        .env(
            "PARLANCE__SMS__GATEWAY_URL",
            "https://sms.example/?key=s3cret-three&to={mobile}&text={text}",
        );
    let output = run(&mut command).await;
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let shown = out(&output);
    assert!(!shown.contains("s3cret") && !err(&output).contains("s3cret"));
    let settings: toml::Table = shown.parse().unwrap();
    assert_eq!(
        settings["server"]["listen"].as_str(),
        Some("127.0.0.1:4321")
    );
    assert_eq!(settings["metrics"]["token"].as_str(), Some("***"));
    assert_eq!(
        settings["mail"]["smtp_url"].as_str(),
        Some("smtps://me:***@mail.example")
    );
    assert!(is_empty(dir.path()));
}

#[tokio::test]
async fn everything_that_is_wrong_with_the_settings_is_told_at_once() {
    let dir = tempdir().unwrap();
    let file = dir.path().join("chat.toml");
    let text = "[server]\nlisten = \"here\"\n[sesion]\nper_account = 1\n[session]\nping_seconds = \"often\"\n";
    std::fs::write(&file, text).unwrap();
    let words = ["--config", "chat.toml", "--listen", "there"];
    let mut command = parlance(dir.path(), &words);
    command
        .env("PARLANCE__DATABASE__POOL_SIZE", "many")
        .env("PARLANCE__AUTH__BCRYPT_COST", "99")
        .env("PARLANCE__AUTH__BCRYPT_PRICE", "10");
    let output = run(&mut command).await;
    assert_eq!(output.status.code(), Some(2));
    let told = err(&output);
    for (key, source) in [
        ("server.listen: ", "(from chat.toml)"),
        ("server.listen: ", "(from --listen)"),
        ("sesion: ", "(from chat.toml)"),
        ("session.ping_seconds: ", "(from chat.toml)"),
        (
            "database.pool_size: ",
            "(from PARLANCE__DATABASE__POOL_SIZE)",
        ),
        ("auth.bcrypt_cost: ", "(from PARLANCE__AUTH__BCRYPT_COST)"),
        ("PARLANCE__AUTH__BCRYPT_PRICE: ", ""),
    ] {
        let mut lines = told.lines();
        let found = lines.any(|line| line.starts_with(key) && line.ends_with(source));
        assert!(found, "{key} {source} is missing:\n{told}");
    }
    assert_eq!(out(&output), "");
    assert!(!dir.path().join("data").exists());
}

#[tokio::test]
async fn a_node_starts_in_an_empty_directory_without_any_settings() {
    let dir = tempdir().unwrap();
    let mut bare = parlance(dir.path(), &["--listen", "127.0.0.1:0"]);
    let node = Program::start(&mut bare).await;
    assert!(ready(&node).await);
    assert!(dir.path().join("data/parlance.db").exists());
}

#[tokio::test]
async fn the_first_start_alone_prints_the_administrators_password() {
    let dir = tempdir().unwrap();
    let mut first = Program::start(&mut node(&dir)).await;
    let password = password(&first.line().await.expect("no password"));
    assert!(lets_in(&first, &password).await);
    assert!(!lets_in(&first, "admin").await);
    let (status, rest) = first.terminate().await;
    assert!(status.success());
    assert_eq!(rest, "");

    let second = Program::start(&mut node(&dir)).await;
    assert!(lets_in(&second, &password).await);
    let (status, rest) = second.terminate().await;
    assert!(status.success());
    assert_eq!(rest, "", "a later start prints its address alone");
}

#[tokio::test]
async fn two_fresh_nodes_have_no_secret_in_common() {
    let mut secrets = BTreeSet::new();
    for _ in 0..2 {
        let dir = tempdir().unwrap();
        let mut node = Program::start(&mut node(&dir)).await;
        let line = node.line().await.expect("no password");
        secrets.insert(password(&line).into_bytes());
        for key in ["login.key", "upload.key"] {
            let key = std::fs::read(dir.path().join("data").join(key)).unwrap();
            assert!(key.len() >= 32);
            secrets.insert(key);
        }
    }
    assert_eq!(secrets.len(), 6);
}

#[tokio::test]
async fn a_sigterm_ends_a_node_with_exit_code_0() {
    let dir = tempdir().unwrap();
    let node = Program::start(&mut node(&dir)).await;
    assert!(ready(&node).await);
    let (status, _) = node.terminate().await;
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_locked_out_administrator_gets_a_new_password() {
    let dir = tempdir().unwrap();
    let mut program = Program::start(&mut node(&dir)).await;
    let old = password(&program.line().await.expect("no password"));
    let output = run(node(&dir).args(["admin", "passwd"])).await;
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let new = password(&out(&output));
    assert!(lets_in(&program, &new).await);
    assert!(!lets_in(&program, &old).await);
}

#[tokio::test]
async fn a_password_may_come_from_standard_input_and_is_not_printed_then() {
    let dir = tempdir().unwrap();
    let mut passwd = node(&dir);
    passwd.args(["admin", "passwd", "--stdin"]);
    let output = run_with_input(&mut passwd, "correct horse battery\n").await;
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(out(&output), "");
    let program = Program::start(&mut node(&dir)).await;
    assert!(lets_in(&program, "correct horse battery").await);
}

#[tokio::test]
async fn an_empty_standard_input_is_no_password() {
    let dir = tempdir().unwrap();
    let mut passwd = node(&dir);
    passwd.args(["admin", "passwd", "--stdin"]);
    let output = run_with_input(&mut passwd, "\n").await;
    assert_eq!(output.status.code(), Some(1));
}

#[tokio::test]
async fn migrate_tells_the_versions() {
    let dir = tempdir().unwrap();
    let first = run(&mut parlance(dir.path(), &["migrate"])).await;
    assert_eq!(first.status.code(), Some(0), "{}", err(&first));
    let first = out(&first);
    let version = first.strip_prefix("the schema went from nothing to ");
    let version = version.unwrap_or_else(|| panic!("{first}")).trim();
    let second = run(&mut parlance(dir.path(), &["migrate"])).await;
    assert_eq!(
        out(&second),
        format!("the schema is up to date: {version}\n")
    );
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let dir = tempdir().unwrap();
    run(&mut parlance(dir.path(), &["migrate"])).await;
    let file = dir.path().join("data/parlance.db");
    let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    conn.batch_execute(
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231235959')",
    )
    .unwrap();
    for command in [&mut node(&dir), node(&dir).arg("migrate")] {
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(1));
        let told = err(&output);
        assert!(
            told.contains("newer version") && told.contains("99991231235959"),
            "{told}"
        );
        assert_eq!(out(&output), "");
    }
}
