use super::*;
use std::fs;

fn mailer(smtp_url: &str, dir: &Path) -> Result<Mailer> {
    let config = config::Mail {
        smtp_url: smtp_url.to_owned(),
        from: "Chat <chat@example.org>".to_owned(),
    };
    Mailer::new(&config, dir)
}

fn filed(dir: &Path) -> Vec<String> {
    let Ok(files) = fs::read_dir(dir.join("outbox")) else {
        return Vec::new();
    };
    let text = |file: std::io::Result<fs::DirEntry>| fs::read_to_string(file.unwrap().path());
    files.map(|file| text(file).unwrap()).collect()
}

#[tokio::test]
async fn without_a_server_mails_become_files() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = mailer("", dir.path()).unwrap();
    let sent = mailer.send(" me@example.org", None, "登录", "12345").await;
    sent.unwrap();
    let expected = "From: Chat <chat@example.org>\nTo: me@example.org\nSubject: 登录\n\n12345\n";
    assert_eq!(filed(dir.path()), [expected]);
}

#[tokio::test]
async fn a_given_sender_takes_the_place_of_the_configured_one() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = mailer("", dir.path()).unwrap();
    let sent = mailer.send("me@example.org", Some("desk@example.org"), "a", "b");
    sent.await.unwrap();
    let [mail] = &filed(dir.path())[..] else {
        panic!("one mail");
    };
    assert!(mail.starts_with("From: desk@example.org\n"), "{mail}");
}

#[tokio::test]
async fn nobody_adds_recipients_or_headers() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = mailer("", dir.path()).unwrap();
    for to in [
        "",
        "me",
        "me@",
        "a@example.org, b@example.org",
        "Me <me@example.org>",
        "me@example.org\r\nBcc: you@example.org",
        "\"me\r\nDATA\"@example.org",
    ] {
        let refused = mailer.send(to, None, "a", "b").await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid, "{to}");
    }
    assert!(filed(dir.path()).is_empty());
}

#[test]
fn a_line_break_in_the_subject_starts_no_header() {
    let mailbox = || "me@example.org".parse().unwrap();
    let message = message(mailbox(), mailbox(), "a\r\nBcc: b@example.org", "text").unwrap();
    let sent = String::from_utf8(message.formatted()).unwrap();
    assert!(!sent.contains("\nBcc"), "{sent}");
}

#[tokio::test]
async fn a_server_that_is_not_there_fails_the_delivery() {
    // Bound but never accepted from, then closed: the port refuses.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let dir = tempfile::tempdir().unwrap();
    let mailer = mailer(&format!("smtp://127.0.0.1:{port}"), dir.path()).unwrap();
    let sent = mailer.send("me@example.org", None, "a", "b").await;
    assert_eq!(sent.unwrap_err().kind(), ErrorKind::DeliveryFailed);
    assert!(filed(dir.path()).is_empty());
}

#[test]
fn a_url_that_makes_no_sense_is_refused_at_the_start() {
    let dir = Path::new("nowhere");
    assert!(mailer("http://example.org", dir).is_err());
    assert!(mailer("smtps://user:secret@mail.example.org", dir).is_ok());
}
