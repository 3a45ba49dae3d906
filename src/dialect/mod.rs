//! The public APIs the node speaks. A dialect is one folder: it parses requests, makes one service call each, and replies in its
//! own words; its socket protocol is a pure [`crate::hub::wire::Wire`]. No dialect knows another.

pub mod answer;
pub mod body;
pub mod caller;
pub mod files;
pub mod finish;
pub mod freeim;
pub mod limits;
pub mod object;
pub mod page;
pub mod popim;
mod routes;
pub mod wukong;

use crate::config::Config;
use crate::domain::Dialect;
use actix_web::web::ServiceConfig;

/// Whether a dialect is spoken by this node.
pub fn is_enabled(dialect: Dialect, config: &Config) -> bool {
    match dialect {
        Dialect::Freeim => config.freeim.enabled,
        Dialect::Wukong => config.wukong.enabled,
        Dialect::Popim => config.popim.enabled,
        Dialect::Eggchat | Dialect::Dtalk => false,
    }
}

/// Mounts the dialects that are switched on, and the file routes they share.
pub fn mount(app: &mut ServiceConfig, config: &Config) {
    files::mount(app);
    if is_enabled(Dialect::Freeim, config) {
        freeim::mount(app);
    }
    if is_enabled(Dialect::Wukong, config) {
        wukong::mount(app);
    }
    if is_enabled(Dialect::Popim, config) {
        popim::mount(app, config);
    }
}
