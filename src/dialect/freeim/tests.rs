use super::*;
use actix_web::App;
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_service, init_service, read_body};

async fn answer(method: Method, uri: &str) -> (u16, HeaderMap, String) {
    let app = init_service(App::new().configure(mount)).await;
    let request = TestRequest::default()
        .method(method)
        .uri(uri)
        .insert_header(("Origin", "http://a.example"));
    let response = call_service(&app, request.to_request()).await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = read_body(response).await;
    (status, headers, String::from_utf8_lossy(&body).into_owned())
}

#[test]
fn the_table_has_the_documents_57_operations_in_order() {
    let numbers: Vec<u8> = ROUTES.iter().map(|(number, _, _)| *number).collect();
    assert_eq!(numbers, (1..=57).collect::<Vec<u8>>());
}

#[actix_web::test]
async fn an_unknown_path_and_a_wrong_method_are_not_found() {
    let cases = [
        (Method::GET, "/api/v1"),
        (Method::GET, "/api/v1/nothing"),
        (Method::GET, "/api/v1/chatgroups"),
        (Method::POST, "/api/v1/me/info"),
        (Method::GET, "/api/v1/nothing/"),
        (Method::GET, "/api/v1/friends//"),
    ];
    for (method, uri) in cases {
        let (status, headers, body) = answer(method, uri).await;
        assert_eq!(
            (status, body.as_str()),
            (404, "404 page not found"),
            "{uri}"
        );
        assert!(
            headers
                .get("content-type")
                .is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain")),
            "{uri}"
        );
    }
}

#[actix_web::test]
async fn a_slash_too_many_is_redirected_with_its_query() {
    let cases = [
        (
            Method::GET,
            "/api/v1/friends/?blacklist=1",
            301,
            "/api/v1/friends?blacklist=1",
        ),
        (Method::POST, "/api/v1/chat/send/", 307, "/api/v1/chat/send"),
        (Method::DELETE, "/api/v1/me/info/", 307, "/api/v1/me/info"),
    ];
    for (method, uri, status, location) in cases {
        let (found, headers, _) = answer(method, uri).await;
        assert_eq!(found, status, "{uri}");
        assert_eq!(headers.get("location").unwrap(), location, "{uri}");
    }
}

#[actix_web::test]
async fn every_origin_may_call() {
    let (_, headers, _) = answer(Method::GET, "/api/v1/nothing").await;
    assert_eq!(headers.get("access-control-allow-origin").unwrap(), "*");
    assert!(headers.get("access-control-allow-credentials").is_none());
}

#[actix_web::test]
async fn preflights_are_answered() {
    let app = init_service(App::new().configure(mount)).await;
    let request = TestRequest::default()
        .method(Method::OPTIONS)
        .uri("/api/v1/me/update/info")
        .insert_header(("Origin", "http://a.example"))
        .insert_header(("Access-Control-Request-Method", "PUT"))
        .insert_header(("Access-Control-Request-Headers", "authorization, x-any"));
    let response = call_service(&app, request.to_request()).await;
    assert_eq!(response.status(), StatusCode::OK);
    let header = |name: &str| {
        response
            .headers()
            .get(name)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(header("access-control-allow-origin"), "*");
    assert!(header("access-control-allow-methods").contains("PUT"));
    assert_eq!(
        header("access-control-allow-headers"),
        "authorization, x-any"
    );
}
