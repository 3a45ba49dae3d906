//! What a channel's description may hold.

use super::NewChannel;
use crate::domain::channel::ChannelPatch;
use crate::error::Result;
use crate::service::fields::{at_most, filled, place};

const NAME: usize = 50;
const AVATAR: usize = 500;
const INTRO: usize = 1000;
const REGION: usize = 50;
const ADDRESS: usize = 10_000;
const REASON: usize = 100;

/// The channel as it is to be stored.
pub(super) fn new_channel(mut new: NewChannel) -> Result<NewChannel> {
    filled("name", &new.name, NAME)?;
    at_most("avatar", &new.avatar, AVATAR)?;
    at_most("intro", &new.intro, INTRO)?;
    at_most("country", &new.country, REGION)?;
    at_most("province", &new.province, REGION)?;
    at_most("city", &new.city, REGION)?;
    at_most("district", &new.district, REGION)?;
    at_most("address", &new.address, ADDRESS)?;
    (new.longitude, new.latitude) = place(new.longitude, new.latitude)?;
    Ok(new)
}

/// The change as it is to be stored.
pub(super) fn patch(mut patch: ChannelPatch) -> Result<ChannelPatch> {
    if let Some(name) = &patch.name {
        filled("name", name, NAME)?;
    }
    at_most("avatar", given(&patch.avatar), AVATAR)?;
    at_most("intro", given(&patch.intro), INTRO)?;
    at_most("country", given(&patch.country), REGION)?;
    at_most("province", given(&patch.province), REGION)?;
    at_most("city", given(&patch.city), REGION)?;
    at_most("district", given(&patch.district), REGION)?;
    at_most("address", given(&patch.address), ADDRESS)?;
    let (longitude, latitude) = place(
        patch.longitude.unwrap_or(0.0),
        patch.latitude.unwrap_or(0.0),
    )?;
    patch.longitude = patch.longitude.and(Some(longitude));
    patch.latitude = patch.latitude.and(Some(latitude));
    Ok(patch)
}

fn given(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or_default()
}

/// Refuses words with a request or an answer that are too long.
pub(super) fn reason(reason: &str) -> Result<()> {
    at_most("reason", reason, REASON)
}

/// Refuses a name in the channel that is too long.
pub(super) fn alias(alias: &str) -> Result<()> {
    at_most("alias", alias, NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_keeps_what_is_not_given() {
        let given = ChannelPatch {
            longitude: Some(1.000_000_4),
            ..ChannelPatch::default()
        };
        let kept = patch(given).unwrap();
        assert_eq!(
            kept,
            ChannelPatch {
                longitude: Some(1.0),
                ..ChannelPatch::default()
            }
        );
    }

    #[test]
    fn a_channel_has_a_name_and_is_on_the_globe() {
        let named = || NewChannel {
            name: "n".to_owned(),
            ..NewChannel::default()
        };
        assert!(new_channel(named()).is_ok());
        assert!(new_channel(NewChannel::default()).is_err());
        assert!(
            new_channel(NewChannel {
                latitude: 91.0,
                ..named()
            })
            .is_err()
        );
        assert!(
            patch(ChannelPatch {
                name: Some(String::new()),
                ..ChannelPatch::default()
            })
            .is_err()
        );
    }
}
