//! Hides secrets in settings that are shown.

use super::{Config, SECTIONS};
use std::error::Error;
use toml::{Table, Value};

const HIDDEN: &str = "***";

/// The configuration as TOML with every secret hidden.
pub(super) fn masked(config: &Config) -> Result<String, Box<dyn Error>> {
    let mut values = Table::try_from(config)?;
    for (section, specs) in SECTIONS {
        for spec in specs {
            let value = values
                .get_mut(section)
                .and_then(|body| body.get_mut(spec.name));
            if let (Some(mask), Some(value)) = (spec.mask, value) {
                hide(value, mask);
            }
        }
    }
    // Back through the struct, for the order of its fields.
    Ok(toml::to_string(&values.try_into::<Config>()?)?)
}

/// Hides what is secret in a text, or in each text of a list.
fn hide(value: &mut Value, mask: fn(&str) -> String) {
    match value {
        Value::String(text) => *text = mask(text),
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, mask)),
        _ => {}
    }
}

/// Hides a text altogether, but not that there is none.
pub(super) fn whole(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        HIDDEN.to_owned()
    }
}

/// Hides the password in `scheme://user:password@host`. A password with an unescaped `/` or `@` is hidden too.
pub(super) fn password(url: &str) -> String {
    let parts = url.split_once("://").and_then(|(scheme, rest)| {
        let (login, host) = rest.rsplit_once('@')?;
        let (user, _) = login.split_once(':')?;
        Some(format!("{scheme}://{user}:{HIDDEN}@{host}"))
    });
    parts.unwrap_or_else(|| url.to_owned())
}

/// Hides a URL's query and password.
pub(super) fn query(url: &str) -> String {
    match url.split_once('?') {
        Some((address, _)) => format!("{}?{HIDDEN}", password(address)),
        None => password(url),
    }
}

#[cfg(test)]
mod tests {
    use super::{password, query, whole};

    #[test]
    fn a_password_is_hidden_and_the_rest_of_the_url_stays() {
        assert_eq!(
            password("mysql://me:s3cret@db.example/chat"),
            "mysql://me:***@db.example/chat"
        );
        assert_eq!(
            password("smtps://me:p@ss/w:rd@mail.example:465"),
            "smtps://me:***@mail.example:465"
        );
        assert_eq!(
            password("mysql://me@db.example/chat"),
            "mysql://me@db.example/chat"
        );
        assert_eq!(password("sqlite:data/a@b.db"), "sqlite:data/a@b.db");
        assert_eq!(password(""), "");
    }

    #[test]
    fn a_query_is_hidden_with_all_its_fields() {
        assert_eq!(
            query("https://sms.example/send?key=s3cret&to={mobile}"),
            "https://sms.example/send?***"
        );
        assert_eq!(
            query("https://me:s3cret@sms.example/send?to={mobile}"),
            "https://me:***@sms.example/send?***"
        );
    }

    #[test]
    fn an_absent_secret_is_shown_as_absent() {
        assert_eq!(whole(""), "");
        assert_eq!(whole("12345"), "***");
    }
}
