//! A JSON object with its members as they were written. What clients can read must not escape the node, so nothing about a
//! value makes an object unreadable: not how deep it is nested, how large a number is or whether a surrogate is alone.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;

/// An object's members in their order. Names may repeat.
pub struct Object<'a>(Vec<Member<'a>>);

struct Member<'a> {
    name: String,
    key: &'a RawValue,
    value: &'a RawValue,
}

impl<'a> Object<'a> {
    /// The object a text is, if it is one.
    pub fn read(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The last text under a name.
    pub fn text(&self, name: &str) -> Option<String> {
        self.named(name).find_map(|member| text(member.value))
    }

    /// The last number under a name, which may stand in quotes.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.named(name).find_map(|member| {
            let number = serde_json::from_str(member.value.get()).ok();
            number.or_else(|| text(member.value)?.parse().ok())
        })
    }

    /// The last object under a name.
    pub fn object(&self, name: &str) -> Option<Object<'a>> {
        self.named(name)
            .find_map(|member| Self::read(member.value.get()))
    }

    /// The texts in the last list under a name; what else is in the list is left out.
    pub fn texts(&self, name: &str) -> Option<Vec<String>> {
        self.named(name).find_map(|member| {
            let list: Vec<&RawValue> = serde_json::from_str(member.value.get()).ok()?;
            Some(list.into_iter().filter_map(text).collect())
        })
    }

    /// The object with another text under a name that it has, the rest as it was written. Of several such members the last
    /// one stays: a reader that takes the first must not see an old text, and repeating a text could make it very long.
    pub fn with_text(&self, name: &str, text: &str) -> String {
        let text = Value::from(text).to_string();
        let last = self.0.iter().rposition(|member| member.name == name);
        let members = self.0.iter().enumerate().filter_map(|(place, member)| {
            let value = if member.name != name {
                member.value.get()
            } else if Some(place) == last {
                text.as_str()
            } else {
                return None;
            };
            Some(format!("{}:{value}", member.key))
        });
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &Member<'a>> {
        self.0.iter().rev().filter(move |m| m.name == name)
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((key, value)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
            let name = text(key).unwrap_or_default();
            members.push(Member { name, key, value });
        }
        Ok(Object(members))
    }
}

/// What a JSON string says. A surrogate without its other half becomes replacement characters.
fn text(value: &RawValue) -> Option<String> {
    let mut json = serde_json::Deserializer::from_str(value.get());
    json.deserialize_bytes(Text).ok()
}

/// Strings as bytes: that is how serde_json gives strings with lone surrogates.
struct Text;

impl Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<String, E> {
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(body: &str) -> Option<String> {
        Object::read(body)?.text("content")
    }

    #[test]
    fn the_text_is_found_whatever_stands_beside_it() {
        let deep = format!(
            r#"{{"content":"bad","x":{}{}}}"#,
            "[".repeat(200),
            "]".repeat(200)
        );
        let bodies = [
            r#"{"content":"bad","x":1e999}"#,
            r#"{"content":"bad","x":"\ud800"}"#,
            r#"{"\ud800":1,"content":"bad"}"#,
            r#" {"content":"bad"} "#,
            r#"{"content":"\u0062ad"}"#,
            r#"{"c\u006fntent":"bad"}"#,
            r#"{"content":"good","content":"bad"}"#,
            r#"{"content":"bad","content":5}"#,
            deep.as_str(),
        ];
        for body in bodies {
            assert_eq!(content(body).as_deref(), Some("bad"), "{body}");
        }
        assert!(content(r#"{"content":"bad\ud800"}"#).is_some_and(|text| text.starts_with("bad")));
    }

    #[test]
    fn what_is_no_object_or_has_no_text_gives_none() {
        for body in [
            "",
            "bad",
            "{",
            "[]",
            "{}",
            r#"{"content":5}"#,
            r#"{"content":[98]}"#,
            r#"{"content":"a"}b"#,
        ] {
            assert_eq!(content(body), None, "{body}");
        }
    }

    #[test]
    fn another_text_leaves_the_rest_as_it_was_written() {
        let cases = [
            (
                r#" {"z": 1e999, "content":"\u0062ad","\u0061":"\ud800"}"#,
                r#"{"z":1e999,"content":"\"","\u0061":"\ud800"}"#,
            ),
            (
                r#"{"content":"bad","a":1,"a":1.0,"c\u006fntent":5}"#,
                r#"{"a":1,"a":1.0,"c\u006fntent":"\""}"#,
            ),
        ];
        for (before, after) in cases {
            let object = Object::read(before).unwrap();
            assert_eq!(object.with_text("content", "\""), after);
        }
    }

    #[test]
    fn a_number_may_stand_in_quotes() {
        let object = Object::read(r#"{"a":1,"b":"2.5","c":null}"#).unwrap();
        let numbers = ["a", "b", "c", "d"].map(|name| object.number(name));
        assert_eq!(numbers, [Some(1.0), Some(2.5), None, None]);
    }

    #[test]
    fn objects_and_lists_of_texts_are_found_inside() {
        let object = Object::read(r#"{"a":{"b":["x",1,"y"],"b2":1},"c":"d"}"#).unwrap();
        let inner = object.object("a").unwrap();
        assert_eq!(inner.texts("b"), Some(vec!["x".to_owned(), "y".to_owned()]));
        assert_eq!(inner.texts("b2"), None);
        assert!(object.object("c").is_none());
    }
}
