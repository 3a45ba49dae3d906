//! Whether the server itself keeps what it has acknowledged. Its setting is one for the whole server, which other tests use, so
//! that the server is only made to say another value.

use crate::support::database::{Backend, Database, server};
use crate::support::mysql_proxy::MysqlProxy;
use crate::support::program::{parlance, run_with_input};

const SETTING: &str = "innodb_flush_log_at_trx_commit";

/// What the program logs when it opens a database on a server with this value.
async fn logged_at(value: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let database = Database::create(Backend::Mysql, dir.path());
    let proxy = MysqlProxy::start().await;
    proxy.pretend(&format!("@@{SETTING}"), value);
    let mut passwd = parlance(dir.path(), &["admin", "passwd", "--stdin"]);
    passwd
        .env("PARLANCE__DATABASE__URL", proxy.url(database.url()))
        .env("PARLANCE__AUTH__BCRYPT_COST", "4");
    let output = run_with_input(&mut passwd, "correct horse battery\n").await;
    let logged = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{logged}");
    logged
}

#[tokio::test]
async fn a_server_that_answers_before_a_commit_is_on_its_disk_is_warned_of() {
    if server().is_none() {
        return eprintln!("NOT tested on MySQL: PARLANCE_TEST_MYSQL names no server");
    }
    for value in ["0", "2"] {
        let logged = logged_at(value).await;
        let warned = logged
            .lines()
            .any(|line| line.contains("WARN") && line.contains(SETTING));
        assert!(warned, "{value}: {logged}");
    }
    let logged = logged_at("1").await;
    assert!(!logged.contains(SETTING), "{logged}");
}
