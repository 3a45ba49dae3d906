//! Operations 47 to 50: files, and pictures of codes.

use super::cases::{self, cases};
use crate::support::TestNode;
use crate::support::http::{Answer, send, try_send};
use crate::support::popim::{Answers, Person, node};
use image::{DynamicImage, ImageFormat};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use std::io::Cursor;

cases! {
    47 a_picture Succeeds "", |w| w.ann.upload("/upload/avatar", "a.png", &png(), json!({})).await;
    47 no_file Fails "1", |w| w.ann.post("/upload/avatar", json!({})).await;
    47 no_picture Fails "905", |w| w.ann.upload("/upload/avatar", "a.png", b"text", json!({})).await;
    47 nobody Fails "-1", |w| w.guest.upload("/upload/avatar", "a.png", &png(), json!({})).await;

    48 a_picture Succeeds "", |w| w.ann.upload("/upload/img", "a.png", &png(), json!({})).await;
    48 a_server_that_acts_for_nobody Succeeds "", |w| w.server.upload("/upload/img", "a.png", &png(), json!({})).await;
    48 no_file Fails "1", |w| w.ann.post("/upload/img", json!({})).await;
    48 no_picture Fails "905", |w| w.ann.upload("/upload/img", "a.png", b"<svg/>", json!({})).await;
    48 nobody Fails "-1", |w| w.guest.upload("/upload/img", "a.png", &png(), json!({})).await;

    49 a_file Succeeds "", |w| w.ann.upload("/upload/file", "a.txt", b"text", json!({})).await;
    49 no_file Fails "1", |w| w.ann.post("/upload/file", json!({})).await;
    49 nobody Fails "-1", |w| w.guest.upload("/upload/file", "a.txt", b"text", json!({})).await;

    50 a_code Succeeds "", |w| w.guest.get("/qrcode/get", json!({"content": "https://im.example/?uid=9"})).await;
    50 nothing Fails "1", |w| w.guest.get("/qrcode/get", json!({})).await;
    50 too_much Fails "2", |w| w.guest.get("/qrcode/get", json!({"content": "x".repeat(1025)})).await;
}

/// A small picture.
pub fn png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = DynamicImage::new_rgb8(8, 8);
    picture
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
        .unwrap();
    bytes
}

#[tokio::test]
async fn every_case_of_uploads_holds() {
    cases::run(CASES).await;
}

/// Reads what was uploaded.
async fn read(node: &TestNode, src: &str) -> Answer {
    let host = format!("//{}", node.address());
    let path = src.strip_prefix(&host).unwrap_or_else(|| panic!("{src}"));
    send(node.guest().request(Method::GET, path)).await
}

/// Whether a text is one of a pattern's, in which `#` is a run of digits and `*` one of hex digits.
fn is_like(pattern: &str, text: &str) -> bool {
    let mut rest = text;
    for part in pattern.split_inclusive(['#', '*']) {
        let fixed = part.trim_end_matches(['#', '*']);
        let Some(after) = rest.strip_prefix(fixed) else {
            return false;
        };
        rest = match &part[fixed.len()..] {
            "#" => after.trim_start_matches(|c: char| c.is_ascii_digit()),
            "*" => after.trim_start_matches(|c: char| c.is_ascii_hexdigit()),
            _ => after,
        };
    }
    rest.is_empty()
}

#[tokio::test]
async fn an_uploaded_file_is_read_by_whoever_knows_where() {
    let node = node(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let host = format!("//{}", node.address());
    let avatar = format!("{host}/upload/avatars/{0}/{0}/*.png", ann.uid);
    let table = [
        ("/upload/avatar", "me.png", avatar),
        (
            "/upload/img",
            "a.png",
            format!("{host}/upload/images/#/*.png"),
        ),
        (
            "/upload/file",
            "a.png",
            format!("{host}/upload/files/#/*.png"),
        ),
    ];
    for (path, name, pattern) in table {
        let answer = ann.upload(path, name, &png(), json!({})).await;
        let data = answer.data();
        let src = data["src"].as_str().unwrap();
        assert!(is_like(&pattern, src), "{src} is not like {pattern}");
        assert_eq!(data["name"], name);
        assert_eq!(data["size"], format!("{:.2} B", png().len() as f64));
        let file = read(&node, src).await;
        assert_eq!(file.status, 200);
        assert_eq!(file.header("content-type"), "image/png");
        assert_eq!(file.header("x-content-type-options"), "nosniff");
        // The profile is the client's to change.
        assert_eq!(ann.home().await["mine"]["avatar"], "/static/img/avatar.jpg");
    }
}

#[tokio::test]
async fn a_size_is_written_for_people() {
    let node = node(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    for (bytes, size) in [(7322, "7.15 KB"), (1024, "1.00 KB"), (1_572_864, "1.50 MB")] {
        let answer = ann
            .upload("/upload/file", "a.txt", &vec![b'x'; bytes], json!({}))
            .await;
        assert_eq!(answer.data()["size"], size);
    }
}

#[tokio::test]
async fn a_name_cannot_break_the_text_that_it_is_put_into() {
    let node = node(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let table = [
        ("%E7%8C%AB.txt", "猫.txt"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("%2e%2e%2fup.txt", "up.txt"),
        ("a[b](c)|d%09e%0a.txt", "abcde.txt"),
        ("<b>.txt", "&lt;b&gt;.txt"),
    ];
    for (given, shown) in table {
        let answer = ann.upload("/upload/file", given, b"text", json!({})).await;
        assert_eq!(answer.data()["name"], shown, "{given}");
    }
}

#[tokio::test]
async fn a_text_is_served_as_something_to_keep() {
    let node = node(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let answer = ann
        .upload("/upload/file", "a.txt", b"<script>", json!({}))
        .await;
    let file = read(&node, answer.data()["src"].as_str().unwrap()).await;
    assert_eq!(&*file.bytes, b"<script>");
    assert!(file.header("content-disposition").starts_with("attachment"));
    assert_eq!(file.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn what_may_run_is_refused_or_stored_as_bytes() {
    let node = node(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    for name in [
        "a.html",
        "a.HTM",
        "a.svg",
        "a.xml",
        "a.js",
        "a.php",
        "a.exe",
        "a.png.html",
    ] {
        let answer = ann
            .upload("/upload/file", name, b"<script>", json!({}))
            .await;
        if answer.code() == 905 {
            continue;
        }
        let src = answer.data()["src"].as_str().unwrap().to_owned();
        assert!(src.ends_with(".bin"), "{name}: {src}");
        let file = read(&node, &src).await;
        assert!(file.header("content-disposition").starts_with("attachment"));
    }
}

#[tokio::test]
async fn a_picture_is_one_by_its_bytes_and_not_by_its_name() {
    let node = node(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let disguised: [(&str, &[u8]); 5] = [
        ("a.png", b"<html><script>alert(1)</script>"),
        ("a.jpg", b"<?php system($_GET['x']); ?>"),
        ("a.gif", b"MZ\x90\0\x03\0\0\0"),
        (
            "a.png",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
        ),
        ("a.webp", b"%PDF-1.7"),
    ];
    for (name, bytes) in disguised {
        for path in ["/upload/img", "/upload/avatar"] {
            ann.upload(path, name, bytes, json!({})).await.refuses(905);
        }
    }
    // What it is called is what it is.
    let answer = ann.upload("/upload/img", "a.php", &png(), json!({})).await;
    let src = answer.data()["src"].as_str().unwrap();
    assert!(src.ends_with(".png"), "{src}");
}

#[tokio::test]
async fn what_is_too_large_is_refused_and_not_kept() {
    let node = node(|config| {
        config.popim.image_mib = 1;
        config.popim.file_mib = 2;
    })
    .await;
    let ann = Person::register(&node, "ann").await;
    let upload = async |path: &str, mib: usize| {
        let mut bytes = png();
        bytes.resize(mib * 1024 * 1024 + 1, 0);
        let file = Part::bytes(bytes).file_name("a.png");
        let request = ann
            .ask(Method::POST, path)
            .multipart(Form::new().part("file", file));
        try_send(request).await
    };
    for (path, mib) in [
        ("/upload/img", 1),
        ("/upload/avatar", 1),
        ("/upload/file", 2),
        ("/upload/file", 40),
    ] {
        // It may stop listening before the end, or say why.
        if let Ok(answer) = upload(path, mib).await {
            let refused = answer.status == 413 || answer.body["code"] == 905;
            assert!(refused, "{path}: {}", answer.text());
        }
    }
    ann.upload("/upload/img", "a.png", &png(), json!({}))
        .await
        .data();
}

#[tokio::test]
async fn the_default_face_and_codes_are_pictures_for_everybody() {
    let node = node(|_| {}).await;
    let face = send(node.guest().request(Method::GET, "/static/img/avatar.jpg")).await;
    cases::is_picture(&face);
    let path = "/h5/qrcode/get?content=hello";
    let code = send(node.guest().request(Method::GET, path)).await;
    cases::is_picture(&code);
    assert_eq!(code.header("content-type"), "image/png");
    let picture = image::load_from_memory(&code.bytes).unwrap();
    assert!(
        (200..=500).contains(&picture.width()),
        "{}",
        picture.width()
    );
}

#[tokio::test]
async fn no_path_leads_out_of_the_uploads() {
    let node = node(|_| {}).await;
    for path in [
        "/upload/../Cargo.toml",
        "/upload/%2e%2e/%2e%2e/etc/passwd",
        "/upload/images/..%2f..%2fparlance.db",
        "/upload/images/202311/",
        "/upload/images/202311/00000000000000000000000000000000.png",
    ] {
        let answer = send(node.guest().request(Method::GET, path)).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
        assert_ne!(answer.body["code"], Value::from(0), "{path}");
    }
}
