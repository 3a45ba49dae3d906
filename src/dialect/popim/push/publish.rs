//! Events that are published under a channel's name: by the node itself, and by other servers that ask it to.

use super::names;
use super::proto::is_reserved;
use crate::dialect::popim::Answer;
use crate::dialect::popim::args::bad;
use crate::dialect::popim::caller::ServerOnly;
use crate::dialect::popim::reply::Reply;
use crate::hub::wire::Signal;
use crate::service::Core;
use serde_json::value::RawValue;
use std::collections::BTreeSet;

/// Bytes of an event's name.
const NAME: usize = 200;
/// Bytes of what an event says.
pub const DATA: usize = 10 * 1024;

/// Something to be published.
#[derive(Debug, Clone, Copy)]
pub struct Publication<'a> {
    /// The event's name.
    pub event: &'a str,
    /// What it says: a text, which clients of the product read as JSON.
    pub data: &'a str,
    /// The connection that is not told, if there is one.
    pub skip: Option<&'a str>,
}

impl Publication<'_> {
    /// Whether it may be published: its name is nobody else's, and it is not too long.
    pub fn is_fit(&self) -> bool {
        let named = (1..=NAME).contains(&self.event.len()) && !is_reserved(self.event);
        named && self.data.len() <= DATA
    }
}

/// Tells everybody who listens to one of these channels; on the product's own under all of their names. On each name it is told
/// once, however many of the channels have it.
pub fn publish<'a>(
    core: &Core,
    channels: impl IntoIterator<Item = &'a str>,
    what: Publication<'_>,
) {
    for topic in topics(channels) {
        let signal = Signal {
            topic: topic.into(),
            event: what.event.into(),
            data: what.data.into(),
            from: None,
            skip: what.skip.map(Into::into),
        };
        core.hub.broadcast(signal, None);
    }
}

fn topics<'a>(channels: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    channels.into_iter().flat_map(names::heard_on).collect()
}

/// 68: a server publishes an event.
pub async fn emit(request: ServerOnly) -> Answer {
    let channel = request.args.need("channel")?;
    let what = Publication {
        event: request.args.need("event")?,
        data: request.args.text("data").unwrap_or("{}"),
        skip: None,
    };
    // Some clients stop at what is no JSON.
    let is_json = serde_json::from_str::<&RawValue>(what.data).is_ok();
    if names::Name::read(channel).is_none() || !what.is_fit() || !is_json {
        return Err(bad());
    }
    publish(&request.services.core, [channel], what);
    Ok(Reply::nothing())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_several_channels_is_told_once() {
        let topics = topics(["global", "private-global", "private-x", "private-x"]);
        let expected = ["global", "private-global", "private-x"];
        assert!(topics.iter().eq(&expected), "{topics:?}");
    }

    #[test]
    fn what_is_published_has_a_name_of_its_own_and_a_limit() {
        let is_fit = |event: &str, data: &str| {
            let skip = None;
            Publication { event, data, skip }.is_fit()
        };
        assert!(is_fit("message", "{}") && is_fit(&"x".repeat(NAME), &"x".repeat(DATA)));
        assert!(!is_fit("", "{}") && !is_fit(&"x".repeat(NAME + 1), "{}"));
        assert!(!is_fit("message", &"x".repeat(DATA + 1)));
        assert!(!is_fit("pusher:error", "{}") && !is_fit("pusher_internal:x", "{}"));
    }
}
