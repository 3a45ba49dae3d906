//! One field map for every way in which clients send fields: query, urlencoded form, multipart and JSON, on any method.
//!
//! Every value is kept as text and converted when it is asked for, so that a number may be a form value, a JSON number
//! or a quoted one. On GET the query wins over the body, elsewhere the body over the query. How an error looks is the
//! dialect's business: its extractor calls [`Fields::read`].

use crate::error::{Error, Result};
use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::web::Bytes;

mod decode;
#[cfg(test)]
mod tests;

/// The most elements a list may have.
const MAX_IDS: usize = 1000;

/// Numbers end here, because a JSON number is a double to many clients.
const INTEGER_END: i64 = 1 << 53;

/// The bytes of a body, which may be gzip or deflate, for dialects that read it themselves. More than `limit` of them after
/// decompression are `TooLarge`.
pub async fn raw(req: &HttpRequest, payload: Payload, limit: usize) -> Result<Bytes> {
    decode::collect(req, payload, limit).await
}

/// The fields of one request, from the place that wins to the other. Not `Debug`: there may be passwords among them.
pub struct Fields {
    sources: [Source; 2],
}

/// The fields of a query or of a body, in the order they were sent.
#[derive(Default)]
struct Source {
    pairs: Vec<(String, String)>,
    /// Names that differ in case only are taken when there is no exact one. So it is with JSON.
    any_case: bool,
}

impl Fields {
    /// Reads the query and the body, which may be gzip or deflate.
    ///
    /// `limit` counts bytes after decompression, file parts included; more is `TooLarge`. A malformed body, an unknown
    /// content type or a NUL in a value is `Invalid`. File parts are skipped.
    pub async fn read(req: &HttpRequest, payload: Payload, limit: usize) -> Result<Self> {
        let body = decode::body(req, payload, limit).await?;
        let query = Source {
            pairs: decode::urlencoded(req.query_string())?,
            any_case: false,
        };
        if req.method().is_safe() {
            Self::checked([query, body])
        } else {
            Self::checked([body, query])
        }
    }

    /// The fields of a form that was read already, and of a query, over which the form wins. A NUL in a value is `Invalid`.
    pub fn of(query: &str, form: Vec<(String, String)>) -> Result<Self> {
        let [form, query] = [form, decode::urlencoded(query)?].map(|pairs| Source {
            pairs,
            any_case: false,
        });
        Self::checked([form, query])
    }

    fn checked(sources: [Source; 2]) -> Result<Self> {
        let mut pairs = sources.iter().flat_map(|source| &source.pairs);
        match pairs.find(|(_, value)| value.contains('\0')) {
            Some((name, _)) => Err(wanted(name, "text without NUL")),
            None => Ok(Self { sources }),
        }
    }

    /// A text as it was sent, not trimmed. A JSON object or array is its JSON text, character for character.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.sources.iter().find_map(|source| source.first(name))
    }

    /// Whether the query and the body do not say different things of a field.
    pub fn agrees(&self, name: &str) -> bool {
        let mut said = self.sources.iter().filter_map(|source| source.first(name));
        let first = said.next();
        said.all(|other| Some(other) == first)
    }

    /// A text of at most `max` characters.
    pub fn optional_text(&self, name: &str, max: usize) -> Result<Option<&str>> {
        match self.text(name) {
            Some(text) if text.len() > max && text.chars().count() > max => {
                Err(wanted(name, &format!("at most {max} characters")))
            }
            text => Ok(text),
        }
    }

    /// A text of at most `max` characters that is not empty.
    pub fn required_text(&self, name: &str, max: usize) -> Result<&str> {
        self.optional_text(name, max)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| wanted(name, "a text"))
    }

    /// A whole number from 0 to 2^53 - 1. An empty text is 0.
    pub fn int(&self, name: &str) -> Result<Option<i64>> {
        self.converted(name, integer, "a whole number below 2^53, without sign")
    }

    /// A whole number that is not 0.
    pub fn required_int(&self, name: &str) -> Result<i64> {
        self.int(name)?
            .filter(|number| *number != 0)
            .ok_or_else(|| wanted(name, "a number other than 0"))
    }

    /// A finite number. An empty text is 0.
    pub fn float(&self, name: &str) -> Result<Option<f64>> {
        self.converted(name, decimal, "a finite number")
    }

    /// A finite number that is not 0.
    pub fn required_float(&self, name: &str) -> Result<f64> {
        self.float(name)?
            .filter(|number| *number != 0.0)
            .ok_or_else(|| wanted(name, "a number other than 0"))
    }

    /// A yes or no: `1 t T true True TRUE`, `0 f F false False FALSE`. An empty text is no.
    pub fn flag(&self, name: &str) -> Result<Option<bool>> {
        self.converted(name, boolean, "true, false, 1 or 0")
    }

    /// A list of at most 1000 numbers; those that are 0 are dropped.
    ///
    /// It may be sent as the name repeated, as `name[]`, as `name[0]`, as a JSON array or separated by commas. A list
    /// that is split between query and body is taken from the place that wins only.
    pub fn ids(&self, name: &str) -> Result<Option<Vec<i64>>> {
        let Some(values) = self
            .sources
            .iter()
            .map(|source| source.all(name))
            .find(|values| !values.is_empty())
        else {
            return Ok(None);
        };
        let numbers: Option<Vec<i64>> =
            values.into_iter().flat_map(elements).map(integer).collect();
        let mut numbers =
            numbers.ok_or_else(|| wanted(name, "whole numbers below 2^53, without sign"))?;
        numbers.retain(|number| *number != 0);
        if numbers.len() > MAX_IDS {
            return Err(wanted(name, &format!("at most {MAX_IDS} numbers")));
        }
        Ok(Some(numbers))
    }

    /// A list that was sent, though it may be empty.
    pub fn required_ids(&self, name: &str) -> Result<Vec<i64>> {
        self.ids(name)?
            .ok_or_else(|| wanted(name, "a list of numbers"))
    }

    fn converted<T>(
        &self,
        name: &str,
        convert: fn(&str) -> Option<T>,
        what: &str,
    ) -> Result<Option<T>> {
        self.text(name)
            .map(|text| convert(text).ok_or_else(|| wanted(name, what)))
            .transpose()
    }
}

impl Source {
    fn first(&self, name: &str) -> Option<&str> {
        self.find(|key| key == name).or_else(|| {
            self.any_case
                .then(|| self.find(|key| key.eq_ignore_ascii_case(name)))
                .flatten()
        })
    }

    fn find(&self, matches: impl Fn(&str) -> bool) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(key, _)| matches(key))
            .map(|(_, value)| value.as_str())
    }

    fn all(&self, name: &str) -> Vec<&str> {
        let pairs = self
            .pairs
            .iter()
            .filter(|(key, _)| self.is_element(key, name));
        pairs.map(|(_, value)| value.as_str()).collect()
    }

    /// Whether `key` is `name`, `name[]` or `name[7]`.
    fn is_element(&self, key: &str, name: &str) -> bool {
        let Some((head, index)) = key.split_at_checked(name.len()) else {
            return false;
        };
        let named = head == name || (self.any_case && head.eq_ignore_ascii_case(name));
        let inner = index
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        named
            && (index.is_empty()
                || inner.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit())))
    }
}

#[track_caller]
fn wanted(name: &str, what: &str) -> Error {
    Error::invalid(format!("field `{name}`: {what} is needed"))
}

fn integer(text: &str) -> Option<i64> {
    match text {
        "" => Some(0),
        _ if !text.bytes().all(|b| b.is_ascii_digit()) => None,
        _ => text.parse().ok().filter(|number| *number < INTEGER_END),
    }
}

fn decimal(text: &str) -> Option<f64> {
    match text {
        "" => Some(0.0),
        _ => text.parse().ok().filter(|number: &f64| number.is_finite()),
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "True" | "TRUE" => Some(true),
        "" | "0" | "f" | "F" | "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// The elements of one value: `1`, `1,2` or `[1, "2"]`.
fn elements(value: &str) -> impl Iterator<Item = &str> {
    let value = value.trim();
    let inner = value
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(value);
    inner
        .split(',')
        .map(|element| element.trim().trim_matches('"'))
}
