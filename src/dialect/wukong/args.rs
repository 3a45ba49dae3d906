//! What a request brings: a JSON body, which may be an object or a bare list, and the query. Clients send numbers as strings and
//! strings as numbers, so every value is taken in both forms (contract, section 1.1).

use super::reply::Failure;
use crate::dialect::page::Page;
use crate::domain::MessageId;
use crate::error::{Error, Result};
use actix_web::web::Query;
use serde_json::{Map, Value};

/// How many entries a page has unless the client wants another number.
const PAGE: i64 = 15;
/// The most elements a list may have.
const MOST: usize = 1000;

/// The fields of one request. Not `Debug`: there may be passwords among them.
#[derive(Default)]
pub struct Args {
    body: Value,
    query: Vec<(String, String)>,
}

impl Args {
    /// Reads a body, which may be empty, and a query.
    pub fn read(body: &[u8], query: &str) -> Result<Self> {
        let body = match body.trim_ascii() {
            [] => Value::Null,
            text => serde_json::from_slice(text).map_err(malformed)?,
        };
        let query = Query::<Vec<(String, String)>>::from_query(query)
            .map_err(|_| Error::invalid("query: malformed"))?
            .into_inner();
        Ok(Self { body, query })
    }

    /// A text. Lists and objects are none.
    pub fn text(&self, name: &str) -> Result<Option<String>> {
        let text = match self.body.get(name) {
            Some(value) => text(value).ok_or_else(|| wanted(name, "a text"))?,
            None => self.queried(name).map(str::to_owned),
        };
        match text {
            Some(text) if text.contains('\0') => Err(wanted(name, "a text without NUL")),
            text => Ok(text),
        }
    }

    /// A text that may be absent or empty, which is the same.
    pub fn optional(&self, name: &str, most: usize) -> Result<Option<String>> {
        let text = self.text(name)?.filter(|text| !text.is_empty());
        match text {
            Some(text) if text.chars().count() > most => {
                Err(wanted(name, &format!("at most {most} characters")))
            }
            text => Ok(text),
        }
    }

    /// A text of at most `most` characters; if it is absent or empty, these are the words for it.
    pub fn required(
        &self,
        name: &str,
        most: usize,
        words: &'static str,
    ) -> Result<String, Failure> {
        self.optional(name, most)?
            .ok_or_else(|| Failure::said(words))
    }

    /// A whole number. An empty text is none.
    pub fn int(&self, name: &str) -> Result<Option<i64>> {
        match self.body.get(name) {
            Some(value) => int(value).ok_or_else(|| wanted(name, "a whole number")),
            None => match self.queried(name) {
                None | Some("") => Ok(None),
                Some(text) => text
                    .trim()
                    .parse()
                    .map(Some)
                    .map_err(|_| wanted(name, "a whole number")),
            },
        }
    }

    /// A flag: 0, or anything else.
    pub fn flag(&self, name: &str) -> Result<Option<bool>> {
        Ok(self.int(name)?.map(|number| number != 0))
    }

    /// The id of a message. Numbers that no message can have are kept as one that is unknown.
    pub fn message_id(&self) -> Result<Option<MessageId>> {
        let name = "message_id";
        match self.text(name)? {
            None => Ok(None),
            Some(text) if text.is_empty() => Ok(None),
            Some(text) => message_id(&text)
                .map(Some)
                .ok_or_else(|| wanted(name, "a number")),
        }
    }

    /// A list of texts in the body, empty if it is absent.
    pub fn texts_if_any(&self, name: &str) -> Result<Vec<String>> {
        let list = self.body.get(name).unwrap_or(&Value::Null);
        texts(list).ok_or_else(|| wanted(name, "a list of texts"))
    }

    /// A list of texts in the body; if it is absent or empty, these are the words for it.
    pub fn texts(&self, name: &str, words: &'static str) -> Result<Vec<String>, Failure> {
        let list = self.texts_if_any(name)?;
        if list.is_empty() {
            return Err(Failure::said(words));
        }
        Ok(list)
    }

    /// The body, if it is a bare list of texts or absent.
    pub fn bare_texts(&self) -> Result<Option<Vec<String>>> {
        match &self.body {
            Value::Null => Ok(None),
            list => texts(list)
                .map(Some)
                .ok_or_else(|| Error::invalid("body: a list of texts is needed")),
        }
    }

    /// The body, if it is a bare list of objects or absent; each is an [`Args`] of its own.
    pub fn bare_objects(&self) -> Result<Option<Vec<Self>>> {
        let wrong = || Error::invalid("body: a list of objects is needed");
        let list = match &self.body {
            Value::Null => return Ok(None),
            Value::Array(list) if list.len() <= MOST => list,
            _ => return Err(wrong()),
        };
        let each = |value: &Value| {
            value.is_object().then(|| Self {
                body: value.clone(),
                query: Vec::new(),
            })
        };
        let objects: Option<Vec<Self>> = list.iter().map(each).collect();
        objects.map(Some).ok_or_else(wrong)
    }

    /// An object inside the body.
    pub fn object(&self, name: &str) -> Result<Option<Self>> {
        match self.body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value @ Value::Object(_)) => Ok(Some(Self {
                body: value.clone(),
                query: Vec::new(),
            })),
            Some(_) => Err(wanted(name, "an object")),
        }
    }

    /// The members of the body, which must be an object or absent.
    pub fn members(&self) -> Result<Map<String, Value>> {
        match &self.body {
            Value::Null => Ok(Map::new()),
            Value::Object(members) => Ok(members.clone()),
            _ => Err(Error::invalid("body: an object is needed")),
        }
    }

    /// The page asked for, with at most `most` entries: its number counts from 1.
    pub fn page(&self, most: i64) -> Result<Page> {
        let of = |one, other| Ok::<_, Error>(self.int(one)?.or(self.int(other)?));
        let number = of("page_index", "pageIndex")?.unwrap_or(1);
        let size = of("page_size", "pageSize")?.unwrap_or(PAGE);
        Ok(Page::new(number, size, most))
    }

    /// How many entries are wanted: what `limit` says, brought between 1 and `most`.
    pub fn limit(&self, default: i64, most: i64) -> Result<i64> {
        let limit = self.int("limit")?.filter(|limit| *limit > 0);
        Ok(limit.unwrap_or(default).min(most))
    }

    fn queried(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// The id of a message that a text names.
pub fn message_id(text: &str) -> Option<MessageId> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty();
    digits.then(|| MessageId(text.parse().unwrap_or(i64::MAX)))
}

/// `Some(None)` for what counts as absent, `None` for what is no text.
fn text(value: &Value) -> Option<Option<String>> {
    match value {
        Value::Null => Some(None),
        Value::String(text) => Some(Some(text.clone())),
        Value::Number(number) => Some(Some(number.to_string())),
        Value::Bool(flag) => Some(Some(u8::from(*flag).to_string())),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn int(value: &Value) -> Option<Option<i64>> {
    match value {
        Value::Null => Some(None),
        Value::Bool(flag) => Some(Some(i64::from(*flag))),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => Some(Some(number)),
            (None, Some(float)) if float.fract() == 0.0 => Some(Some(float as i64)),
            _ => None,
        },
        Value::String(text) if text.trim().is_empty() => Some(None),
        Value::String(text) => text.trim().parse().ok().map(Some),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::Array(list) if list.len() <= MOST => {
            let each = |value| text(value)?.filter(|text| !text.contains('\0'));
            list.iter().map(each).collect()
        }
        _ => None,
    }
}

#[track_caller]
fn wanted(name: &str, what: &str) -> Error {
    Error::invalid(format!("field `{name}`: {what} is needed"))
}

/// Names the place only: the parser's own text may quote a value.
fn malformed(error: serde_json::Error) -> Error {
    Error::invalid(format!(
        "body: no JSON, line {} column {}",
        error.line(),
        error.column()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(body: &str, query: &str) -> Args {
        Args::read(body.as_bytes(), query).unwrap()
    }

    #[test]
    fn numbers_and_texts_are_taken_in_both_forms() {
        let args = args(
            r#"{"a":7,"b":"7","c":true,"d":null,"e":[],"f":""}"#,
            "g=8&h=",
        );
        for name in ["a", "b"] {
            assert_eq!(args.int(name).unwrap(), Some(7), "{name}");
            assert_eq!(args.text(name).unwrap().as_deref(), Some("7"), "{name}");
        }
        assert_eq!(args.flag("c").unwrap(), Some(true));
        for name in ["d", "f", "h", "nothing"] {
            assert_eq!(args.int(name).unwrap(), None, "{name}");
        }
        assert_eq!(args.int("g").unwrap(), Some(8));
        assert!(args.int("e").is_err() && args.text("e").is_err());
    }

    #[test]
    fn the_body_wins_over_the_query() {
        let args = args(r#"{"limit":3}"#, "limit=9&version=2");
        assert_eq!(args.limit(100, 500).unwrap(), 3);
        assert_eq!(args.int("version").unwrap(), Some(2));
    }

    #[test]
    fn a_message_id_of_any_size_is_a_number() {
        let of = |body: &str| args(body, "").message_id();
        let id = Some(MessageId(4_503_599_627_370_497));
        assert_eq!(of(r#"{"message_id":4503599627370497}"#).unwrap(), id);
        assert_eq!(of(r#"{"message_id":"4503599627370497"}"#).unwrap(), id);
        for huge in ["18446744073709551615", "\"99999999999999999999999\""] {
            let found = of(&format!(r#"{{"message_id":{huge}}}"#)).unwrap();
            assert_eq!(found, Some(MessageId(i64::MAX)), "{huge}");
        }
        assert_eq!(of("{}").unwrap(), None);
        assert!(of(r#"{"message_id":"x"}"#).is_err());
    }

    #[test]
    fn a_body_may_be_a_bare_list() {
        let list = args(r#"["a",7]"#, "").bare_texts().unwrap();
        assert_eq!(list, Some(vec!["a".to_owned(), "7".to_owned()]));
        assert_eq!(args("", "").bare_texts().unwrap(), None);
        assert!(args(r#"{"a":1}"#, "").bare_texts().is_err());
        let objects = args(r#"[{"message_id":"5"}]"#, "").bare_objects();
        let objects = objects.unwrap().unwrap();
        assert_eq!(objects[0].message_id().unwrap(), Some(MessageId(5)));
        assert!(args("[1]", "").bare_objects().is_err());
    }

    #[test]
    fn both_spellings_of_a_page_are_read() {
        for query in ["page_index=2&page_size=5", "pageIndex=2&pageSize=5"] {
            let page = args("", query).page(9).unwrap();
            assert_eq!((page.offset, page.limit), (5, 5), "{query}");
        }
        let page = args("", "").page(20).unwrap();
        assert_eq!((page.offset, page.limit), (0, 15));
    }

    #[test]
    fn what_is_no_json_is_refused_without_being_quoted() {
        let error = Args::read(b"{\"password\":\"secret", "").err().unwrap();
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!(args("", "a=%00").text("a").is_err());
    }
}
