use super::*;
use ErrorKind::{CodeExpired, CodeWrong, CodesTooOften};

const HERE: &str = "192.0.2.1";
const ME: &str = "me@example.org";
const SECOND: i64 = 1000;

fn codes(fixed: &str, limits: Limits) -> Codes {
    let auth = Auth {
        fixed_code: fixed.to_owned(),
        ..Auth::default()
    };
    Codes::new(&auth, &limits)
}

fn limits() -> Limits {
    Limits {
        codes_per_minute: 2,
        code_interval_seconds: 60,
        codes_per_day: 3,
        codes_per_hour: 5,
        ..Limits::default()
    }
}

fn unlimited() -> Limits {
    Limits {
        codes_per_minute: 0,
        code_interval_seconds: 0,
        codes_per_day: 0,
        codes_per_hour: 0,
        ..Limits::default()
    }
}

fn addr(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn kind<T>(result: Result<T>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

fn ask(codes: &Codes, target: &str, from: &str, now: i64) -> Option<ErrorKind> {
    kind(codes.new_code(Medium::Email, target, addr(from), 5, now))
}

#[tokio::test]
async fn an_image_code_works_once_and_only_in_its_scope() {
    let codes = codes("1234", unlimited());
    let picture = codes
        .new_picture(Scope::Login, addr(HERE), 0)
        .await
        .unwrap();
    assert_eq!(Uuid::parse_str(&picture.key).unwrap().get_version_num(), 4);
    let answer = |scope| kind(codes.check_picture(scope, &picture.key, "1234", 0));
    assert_eq!(answer(Scope::Register), Some(CodeExpired));
    assert_eq!(answer(Scope::Login), None);
    assert_eq!(answer(Scope::Login), Some(CodeExpired));
}

#[tokio::test]
async fn three_wrong_answers_void_an_image_code() {
    let codes = codes("1234", unlimited());
    let picture = codes
        .new_picture(Scope::Login, addr(HERE), 0)
        .await
        .unwrap();
    let verdicts = ["1", "12345", "4321", "1234"]
        .map(|answer| kind(codes.check_picture(Scope::Login, &picture.key, answer, 0)));
    let wrong = Some(CodeWrong);
    assert_eq!(verdicts, [wrong, wrong, wrong, Some(CodeExpired)]);
}

#[tokio::test]
async fn one_wrong_answer_voids_an_image_code_where_that_is_the_rule() {
    let codes = codes("1234", unlimited());
    let picture = codes
        .new_picture(Scope::Login, addr(HERE), 0)
        .await
        .unwrap();
    let verdicts = ["4321", "1234"]
        .map(|answer| kind(codes.check_picture_once(Scope::Login, &picture.key, answer, 0)));
    assert_eq!(verdicts, [Some(CodeWrong), Some(CodeExpired)]);
}

#[test]
fn a_key_nobody_was_given_has_no_code() {
    let codes = codes("1234", unlimited());
    for key in ["", "1", "7d444840-9dc0-41d1-b245-5ffdce74fad2"] {
        let verdict = kind(codes.check_picture(Scope::Login, key, "1234", 0));
        assert_eq!(verdict, Some(CodeExpired), "{key}");
    }
}

#[tokio::test]
async fn pictures_are_limited_per_minute_and_network() {
    let codes = codes("", limits());
    let mut verdicts = Vec::new();
    for (from, now) in [
        (HERE, 0),
        (HERE, 1),
        (HERE, 59_999),
        ("192.0.2.2", 0),
        (HERE, 60_000),
    ] {
        verdicts.push(kind(codes.new_picture(Scope::Login, addr(from), now).await));
    }
    assert_eq!(verdicts, [None, None, Some(CodesTooOften), None, None]);
}

#[tokio::test]
async fn the_node_is_busy_when_too_many_pictures_are_drawn() {
    let codes = codes("", unlimited());
    let _all = codes.drawings.clone().acquire_many_owned(64).await.unwrap();
    let refused = codes.new_picture(Scope::Login, addr(HERE), 0).await;
    assert_eq!(kind(refused), Some(ErrorKind::Busy));
}

#[test]
fn a_sent_code_is_five_digits_and_works_once() {
    let codes = codes("", unlimited());
    let code = codes
        .new_code(Medium::Sms, "13800138000", addr(HERE), 5, 0)
        .unwrap();
    assert_eq!(code.len(), 5);
    assert!(code.bytes().all(|byte| byte.is_ascii_digit()));
    let answer = || kind(codes.check_code(Medium::Sms, "13800138000", &code, SECOND));
    assert_eq!(answer(), None);
    assert_eq!(answer(), Some(CodeExpired));
}

#[test]
fn a_code_belongs_to_its_medium_and_target() {
    let codes = codes("12345", unlimited());
    codes.new_code(Medium::Email, ME, addr(HERE), 5, 0).unwrap();
    let answer = |medium, target| kind(codes.check_code(medium, target, "12345", 0));
    assert_eq!(answer(Medium::Sms, ME), Some(CodeExpired));
    assert_eq!(answer(Medium::Email, "you@example.org"), Some(CodeExpired));
    assert_eq!(answer(Medium::Email, " Me@Example.ORG\n"), None);
}

#[test]
fn three_wrong_answers_to_short_codes_lock_a_number_for_ten_minutes() {
    let codes = codes("1234", unlimited());
    let send = |now| drop(codes.new_code(Medium::Sms, "1", addr(HERE), 4, now));
    let answer = |answer, now| kind(codes.check_short_code(Medium::Sms, "1", answer, now));
    assert_eq!(answer("0000", 0), Some(CodeExpired), "no code, no try");
    send(0);
    assert_eq!(answer("0000", 0), Some(CodeWrong));
    assert_eq!(answer("0000", 0), Some(CodeWrong));
    assert_eq!(answer("1234", 0), None);
    send(60 * SECOND);
    assert_eq!(answer("0000", 60 * SECOND), Some(CodeWrong));
    assert_eq!(answer("1234", 60 * SECOND), Some(CodeExpired));
    send(600 * SECOND);
    assert_eq!(answer("1234", 600 * SECOND), None);
}

#[test]
fn five_wrong_answers_void_a_sent_code() {
    let codes = codes("12345", unlimited());
    codes.new_code(Medium::Email, ME, addr(HERE), 5, 0).unwrap();
    let answer = |answer| kind(codes.check_code(Medium::Email, ME, answer, 0));
    for _ in 0..5 {
        assert_eq!(answer("54321"), Some(CodeWrong));
    }
    assert_eq!(answer("12345"), Some(CodeExpired));
}

#[test]
fn codes_to_one_target_keep_their_distance() {
    let codes = codes("", limits());
    assert_eq!(ask(&codes, ME, HERE, 0), None);
    let again = ask(&codes, "ME@example.org", "192.0.2.2", 59_999);
    assert_eq!(again, Some(CodesTooOften));
    assert_eq!(ask(&codes, ME, "192.0.2.2", 60_000), None);
}

#[test]
fn a_target_gets_only_so_many_codes_a_day() {
    let codes = codes("", limits());
    let asked = [0, 100, 200, 300, 86_000, 86_400].map(|s| ask(&codes, ME, HERE, s * SECOND));
    let (sent, refused) = (None, Some(CodesTooOften));
    assert_eq!(asked, [sent, sent, sent, refused, refused, sent]);
}

#[test]
fn a_network_gets_only_so_many_codes_an_hour() {
    let codes = codes("", limits());
    for n in 0..5 {
        assert_eq!(ask(&codes, &format!("{n}@example.org"), HERE, 0), None);
    }
    let refused = ask(&codes, ME, HERE, 3_599_999);
    assert_eq!(refused, Some(CodesTooOften));
    let elsewhere = ask(&codes, ME, "192.0.2.2", 3_599_999);
    assert_eq!(elsewhere, None, "the refused network used nothing up");
    assert_eq!(ask(&codes, "you@example.org", HERE, 3_600_000), None);
}

#[test]
fn a_code_that_could_not_be_sent_is_void() {
    let codes = codes("12345", unlimited());
    codes.new_code(Medium::Email, ME, addr(HERE), 5, 0).unwrap();
    codes.forget(Medium::Email, " Me@example.org");
    let verdict = kind(codes.check_code(Medium::Email, ME, "12345", 0));
    assert_eq!(verdict, Some(CodeExpired));
}
