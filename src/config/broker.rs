//! `[broker]`: how to reach the broker, for both programs alike.

use std::net::IpAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use super::class::Local;
use super::class::Monetary;
use super::draft::Draft;
use crate::mqtt::client;
use crate::mqtt::topics::Topics;

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Table {
    /// The broker's name or address
    pub host: Monetary<String>,
    /// The broker's port
    #[schemars(range(min = 1))]
    pub port: Monetary<u16>,
    pub username: Local<String>,
    pub password_file: Local<PathBuf>,
    pub root: Local<String>,
}

/// `user` is the account where none is named, and the client id.
pub fn build(draft: &mut Draft, table: Table, user: &str) -> Option<(client::Options, Topics)> {
    let host = table.host.0.unwrap_or_else(|| "127.0.0.1".to_owned());
    let port = table.port.0.unwrap_or(1883);
    let named = !host.trim().is_empty();
    if !named {
        let mend = "write a name or an address, such as 127.0.0.1, or leave the key out";
        draft.fault("broker.host", "no host is named", mend);
    } else if host.contains(['/', ' ', '@']) {
        let mend = "write a name or an address alone, such as 127.0.0.1";
        draft.fault("broker.host", format_args!("`{host}` is not a host's name"), mend);
    }
    if port == 0 {
        draft.fault("broker.port", "no broker listens on port 0", "brokers listen on 1883 as a rule");
    }
    if named && !is_here(&host) {
        let what = format!(
            "the connection to {host} is not encrypted: whoever listens reads the password and every amount, \
             and cannot forge a payment"
        );
        let mend =
            "keep the broker on this machine, or lead the connection through a tunnel such as WireGuard";
        draft.warn("broker.host", what, mend);
    }
    let mut options = client::Options::new(&host, port, user);
    options.username = Some(table.username.0.unwrap_or_else(|| user.to_owned()));
    options.password = table.password_file.0.and_then(|path| draft.secret("broker.password_file", &path));
    let root = table.root.0.as_deref().unwrap_or(Topics::DEFAULT_ROOT);
    let topics = Topics::new(root).map_err(|error| draft.fault("broker.root", error, "")).ok()?;
    Some((options, topics))
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
