use super::*;
use actix_web::body::to_bytes;
use serde_json::json;

async fn rendered(response: HttpResponse) -> (u16, String) {
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body()).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[actix_web::test]
async fn every_answer_has_a_code_a_text_and_data() {
    let cases: [(HttpResponse, u16, &str); 7] = [
        (
            Reply::nothing().into(),
            200,
            r#"{"code":0,"msg":"ok","data":[]}"#,
        ),
        (
            Reply::data(&json!({"uid": 9})).into(),
            200,
            r#"{"code":0,"msg":"ok","data":{"uid":9}}"#,
        ),
        (
            Reply::map(&json!({})).into(),
            200,
            r#"{"code":0,"msg":"ok","data":[]}"#,
        ),
        (
            Reply::nothing().with("mid", 845).into(),
            200,
            r#"{"code":0,"msg":"ok","data":[],"mid":845}"#,
        ),
        (
            Failure::code(BAD, "a \"b\"").error_response(),
            200,
            r#"{"code":2,"msg":"a \"b\"","data":[]}"#,
        ),
        (
            Failure::no_path().error_response(),
            404,
            r#"{"code":404,"msg":"接口不存在","data":[]}"#,
        ),
        (
            Failure::from(ErrorKind::TooLarge).error_response(),
            413,
            r#"{"code":2,"msg":"请求数据过大","data":[]}"#,
        ),
    ];
    for (response, status, body) in cases {
        let kind = response.headers().get("content-type").cloned();
        assert_eq!(kind.unwrap(), JSON);
        assert_eq!(rendered(response).await, (status, body.to_owned()));
    }
}

#[actix_web::test]
async fn the_cause_of_a_fault_is_not_shown() {
    let failure = Failure::from(Error::internal("disk full"));
    let (status, body) = rendered(failure.error_response()).await;
    assert_eq!((status, body.contains("disk")), (200, false));
    assert_eq!(failure.number(), FAULT);
}

#[test]
fn an_empty_map_is_a_list_and_a_full_one_keeps_its_order() {
    let map =
        |pairs: &[(&'static str, i32)]| serde_json::to_string(&IndexedMap(pairs.to_vec())).unwrap();
    assert_eq!(map(&[]), "[]");
    assert_eq!(map(&[("b", 1), ("a", 2)]), r#"{"b":1,"a":2}"#);
}

#[test]
fn an_operation_has_its_own_numbers() {
    let error: Result<(), Error> = Err(ErrorKind::CodeWrong.into());
    let words = [(ErrorKind::CodeWrong, WRONG_CAPTCHA, "图形验证码错误")];
    assert_eq!(error.worded(&words).unwrap_err().number(), WRONG_CAPTCHA);
    let other: Result<(), Error> = Err(ErrorKind::Busy.into());
    assert_eq!(other.worded(&words).unwrap_err().number(), TOO_MANY);
}
