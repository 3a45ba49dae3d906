//! Operation 65: the picture of a group that has none of its own, made of its members' faces; and how addresses of pictures are
//! shown.

use super::Answer;
use super::args::bad;
use super::caller::Open;
use super::reply::Reply;
use super::uploads::NO_PICTURE;
use crate::domain::AccountId;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::borrow::Cow;

/// How many faces a picture has.
pub const FACES: usize = 9;
/// The path at which pictures are made, with the members' ids behind it.
const MADE: &str = "/h5/group/avatar?uid=";
/// What could end an address where it stands in a page.
const ENDS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'\'')
    .add(b'<')
    .add(b'>')
    .add(b'`');
/// Members change their pictures.
const CACHING: &str = "public, max-age=600";

/// 65: a picture of some accounts' faces.
pub async fn get(ask: Open) -> Answer {
    let uids = ask.args.need("uid")?;
    let accounts: Vec<AccountId> = uids
        .split(',')
        .filter(|uid| !uid.trim().is_empty())
        .map(|uid| uid.trim().parse().map(AccountId))
        .collect::<Result<_, _>>()
        .map_err(|_| bad())?;
    if accounts.len() > FACES {
        return Err(bad());
    }
    let picture = ask.services.collages.of(accounts).await?;
    Ok(Reply::file(picture, "image/jpeg", CACHING))
}

/// The address of the picture of a group with these members, complete, so that it leads there in every dialect.
pub fn address(public_url: &str, members: &[AccountId]) -> String {
    let uids: Vec<String> = members
        .iter()
        .take(FACES)
        .map(AccountId::to_string)
        .collect();
    format!("{public_url}{MADE}{}", uids.join(","))
}

/// Whether a group's picture is made of its members' faces.
pub fn is_made(avatar: &str) -> bool {
    avatar.contains(MADE)
}

/// The address of a picture as clients of this API get it: the path alone where it is ours, and nothing in it that
/// could end it where it stands in a page.
pub fn shown<'a>(avatar: &'a str, public_url: &str) -> Cow<'a, str> {
    if avatar.is_empty() {
        return Cow::Borrowed(NO_PICTURE);
    }
    if let Some(path) = avatar.strip_prefix(public_url)
        && path.starts_with('/')
    {
        return harmless(path);
    }
    let is_address = ["/", "http://", "https://"];
    if is_address.iter().any(|start| avatar.starts_with(start)) {
        return harmless(avatar);
    }
    // Some dialects keep a file's key alone.
    Cow::Owned(format!("/files/{}", harmless(avatar)))
}

fn harmless(address: &str) -> Cow<'_, str> {
    utf8_percent_encode(address, ENDS).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://im.example:8443";

    #[test]
    fn a_made_picture_names_the_first_nine_members() {
        let members: Vec<AccountId> = (10..30).map(AccountId).collect();
        let address = address(URL, &members);
        let path = "/h5/group/avatar?uid=10,11,12,13,14,15,16,17,18";
        assert_eq!(address, format!("{URL}{path}"));
        assert!(is_made(&address) && is_made(path) && !is_made("/upload/a.png"));
        assert_eq!(shown(&address, URL), path);
    }

    #[test]
    fn addresses_are_paths_where_they_are_ours() {
        let cases = [
            ("", "/static/img/avatar.jpg"),
            ("https://im.example:8443/files/ab", "/files/ab"),
            (
                "https://im.example:84431/files/ab",
                "https://im.example:84431/files/ab",
            ),
            (
                "http://elsewhere.example/a.png",
                "http://elsewhere.example/a.png",
            ),
            ("//im.example/upload/a.png", "//im.example/upload/a.png"),
            ("/upload/a.png", "/upload/a.png"),
            ("ab12.png", "/files/ab12.png"),
            (
                "/x\" onerror='<a>`\n%20",
                "/x%22%20onerror=%27%3Ca%3E%60%0A%20",
            ),
            ("https://im.example:8443/a\"b", "/a%22b"),
            ("a\"b", "/files/a%22b"),
        ];
        for (avatar, expected) in cases {
            assert_eq!(shown(avatar, URL), expected, "{avatar}");
        }
    }
}
