//! How fields are spelled.

use super::*;

#[actix_web::test]
async fn integers_are_unsigned_decimals_below_two_to_the_fifty_third() {
    let cases = [
        ("0", Some(0)),
        ("", Some(0)),
        ("007", Some(7)),
        ("9007199254740991", Some(9_007_199_254_740_991)),
        ("9007199254740992", None),
        ("99999999999999999999999", None),
        ("-1", None),
        ("%2B1", None),
        ("1.0", None),
        ("+1", None),
        ("1x", None),
        ("0x10", None),
        ("true", None),
        ("%D9%A1", None),
    ];
    for (text, expected) in cases {
        let found = query(&format!("n={text}")).await.int("n");
        match expected {
            Some(number) => assert_eq!(found.unwrap(), Some(number), "{text}"),
            None => assert_eq!(kind(found), Some(ErrorKind::Invalid), "{text}"),
        }
    }
}

#[actix_web::test]
async fn numbers_are_finite() {
    for (text, expected) in [
        ("", 0.0),
        ("1", 1.0),
        ("-113.264385", -113.264385),
        ("1e2", 100.0),
        (".5", 0.5),
    ] {
        assert_eq!(
            query(&format!("n={text}")).await.float("n").unwrap(),
            Some(expected),
            "{text}"
        );
    }
    for text in ["NaN", "inf", "-inf", "infinity", "1e400", "1,5", "x", "+1"] {
        assert_eq!(
            kind(query(&format!("n={text}")).await.float("n")),
            Some(ErrorKind::Invalid),
            "{text}"
        );
    }
}

#[actix_web::test]
async fn flags_have_fixed_spellings() {
    for text in ["1", "t", "T", "true", "True", "TRUE"] {
        assert_eq!(
            query(&format!("f={text}")).await.flag("f").unwrap(),
            Some(true),
            "{text}"
        );
    }
    for text in ["", "0", "f", "F", "false", "False", "FALSE"] {
        assert_eq!(
            query(&format!("f={text}")).await.flag("f").unwrap(),
            Some(false),
            "{text}"
        );
    }
    for text in ["2", "yes", "tRUE", "on"] {
        assert_eq!(
            kind(query(&format!("f={text}")).await.flag("f")),
            Some(ErrorKind::Invalid),
            "{text}"
        );
    }
}

#[actix_web::test]
async fn what_is_required_is_neither_absent_nor_zero_nor_empty() {
    let fields = query("zero=0&none=&n=2").await;
    for name in ["zero", "none", "absent"] {
        assert_eq!(
            kind(fields.required_int(name)),
            Some(ErrorKind::Invalid),
            "{name}"
        );
        assert_eq!(
            kind(fields.required_float(name)),
            Some(ErrorKind::Invalid),
            "{name}"
        );
    }
    for name in ["none", "absent"] {
        assert_eq!(
            kind(fields.required_text(name, 9)),
            Some(ErrorKind::Invalid),
            "{name}"
        );
    }
    assert_eq!(fields.optional_text("none", 9).unwrap(), Some(""));
    assert_eq!(fields.optional_text("absent", 9).unwrap(), None);
    assert_eq!(fields.required_ids("none").unwrap(), Vec::<i64>::new());
    assert_eq!(
        kind(fields.required_ids("absent")),
        Some(ErrorKind::Invalid)
    );
    let error = fields.required_int("absent").unwrap_err();
    assert_eq!(
        error.info(),
        Some("field `absent`: a number other than 0 is needed")
    );
}

#[actix_web::test]
async fn text_is_measured_in_characters_and_not_trimmed() {
    let fields = query("name=+%E5%BC%A0%E4%B8%89+").await;
    assert_eq!(fields.required_text("name", 4).unwrap(), " 张三 ");
    assert_eq!(
        kind(fields.required_text("name", 3)),
        Some(ErrorKind::Invalid)
    );
    assert_eq!(
        kind(fields.optional_text("name", 3)),
        Some(ErrorKind::Invalid)
    );
}

#[actix_web::test]
async fn lists_come_in_five_spellings() {
    let expected = Some(vec![10, 20]);
    for text in [
        "l=10&l=20",
        "l[]=10&l[]=20",
        "l%5B0%5D=10&l%5B1%5D=20",
        "l=10,20",
        "l=+10+,+20+&l=0",
        "l=[10,20]",
        "l=[%2210%22,+20]",
        "l=&l=10&lx=5&l=20",
    ] {
        assert_eq!(query(text).await.ids("l").unwrap(), expected, "{text}");
    }
    for body in [
        r#"{"l":[10, 20]}"#,
        r#"{"L":["10","20"]}"#,
        r#"{"l":"10,20"}"#,
        r#"{"l":"[10,20]"}"#,
    ] {
        assert_eq!(json(body).await.ids("l").unwrap(), expected, "{body}");
    }
    let body = multipart(&[("name=\"l[]\"", "10"), ("name=\"l[]\"", "20")]);
    assert_eq!(
        read(post(MULTIPART, body)).await.unwrap().ids("l").unwrap(),
        expected
    );
    assert_eq!(json(r#"{"l":7}"#).await.ids("l").unwrap(), Some(vec![7]));
    assert_eq!(json(r#"{"l":[]}"#).await.ids("l").unwrap(), Some(vec![]));
    assert_eq!(json(r#"{"l":null}"#).await.ids("l").unwrap(), None);
    for text in [
        "l=1&l=x",
        "l=[1",
        "l=[[1]]",
        "l=-1",
        "l={}",
        "l=1.5",
        "l=9007199254740992",
    ] {
        assert_eq!(
            kind(query(text).await.ids("l")),
            Some(ErrorKind::Invalid),
            "{text}"
        );
    }
}

#[actix_web::test]
async fn a_list_of_more_than_a_thousand_is_refused() {
    let thousand = "l=".to_owned() + &vec!["1"; 1000].join(",");
    assert_eq!(
        query(&thousand).await.ids("l").unwrap().unwrap().len(),
        1000
    );
    assert_eq!(
        kind(query(&(thousand + ",1")).await.ids("l")),
        Some(ErrorKind::Invalid)
    );
}
