use super::*;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use std::fs;

/// A gateway that answers with the query it was asked, unless the path is another.
fn gateway() -> String {
    let send = |req: HttpRequest| async move { req.query_string().to_owned() };
    let away = || async {
        HttpResponse::Found()
            .insert_header(("Location", "/send"))
            .finish()
    };
    let long = || async { "x".repeat(ANSWER + 1) };
    let app = move || {
        App::new()
            .route("/send", web::get().to(send))
            .route("/away", web::get().to(away))
            .route("/long", web::get().to(long))
    };
    let server = HttpServer::new(app).workers(1).disable_signals();
    let server = server.bind(("127.0.0.1", 0)).unwrap();
    let address = server.addrs()[0];
    rt::spawn(server.run());
    format!("http://{address}")
}

fn texter(gateway_url: String, success_prefix: &str, dir: &Path) -> Texter {
    let config = config::Sms {
        gateway_url,
        success_prefix: success_prefix.to_owned(),
    };
    Texter::new(&config, dir)
}

async fn outcome(gateway_url: String, success_prefix: &str) -> Option<ErrorKind> {
    let texter = texter(gateway_url, success_prefix, Path::new("nowhere"));
    let sent = texter.send("+8613800138000", "【IM】 a&b={text}").await;
    sent.err().map(|error| error.kind())
}

#[actix_web::test]
async fn the_gateway_gets_number_and_text_as_they_are() {
    let url = format!("{}/send?u=me&m={{mobile}}&c={{text}}", gateway());
    let heard = "u=me&m=%2B8613800138000&c=%E3%80%90IM%E3%80%91%20a%26b%3D%7Btext%7D";
    assert_eq!(outcome(url, heard).await, None);
}

#[actix_web::test]
async fn any_other_answer_fails_the_delivery() {
    let gateway = gateway();
    for (path, success) in [("send", "OK"), ("away", ""), ("long", ""), ("missing", "")] {
        let outcome = outcome(format!("{gateway}/{path}?0"), success).await;
        assert_eq!(outcome, Some(ErrorKind::DeliveryFailed), "{path}");
    }
}

#[actix_web::test]
async fn a_gateway_that_is_not_there_fails_the_delivery() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let outcome = outcome(format!("http://{address}/"), "").await;
    assert_eq!(outcome, Some(ErrorKind::DeliveryFailed));
}

#[actix_web::test]
async fn without_a_gateway_texts_become_files() {
    let dir = tempfile::tempdir().unwrap();
    let texter = texter(String::new(), "", dir.path());
    texter.send("13800138000", "【IM】 12345").await.unwrap();
    let mut files = fs::read_dir(dir.path().join("outbox")).unwrap();
    let text = fs::read_to_string(files.next().unwrap().unwrap().path());
    assert_eq!(text.unwrap(), "To: 13800138000\n\n【IM】 12345\n");
}

#[actix_web::test]
async fn only_phone_numbers_get_texts() {
    let dir = tempfile::tempdir().unwrap();
    let texter = texter(String::new(), "", dir.path());
    for mobile in [
        "",
        "12",
        "+",
        "1380013800a",
        "138 0013",
        "{text}",
        "1234567890123456",
    ] {
        let refused = texter.send(mobile, "a").await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid, "{mobile}");
    }
}
