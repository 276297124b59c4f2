//! The only place where a topic is spelled: value to topic, topic to value, and the rule each topic is under.
//! What is in the messages is not decided here.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::core::reference::NotATerminalId;
use crate::core::reference::TerminalId;
use crate::mqtt::key::PublicKey;

/// Every topic there is, below the root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    Terminal(TerminalId, Leaf),
    /// The relay's birth, will and heartbeat.
    RelayState(RelayId),
    /// The signed set of trusted keys.
    Keys,
    /// Between a terminal that is not paired yet and the operator who admits it.
    Pair(Fingerprint, PairLeaf),
}

/// What stands below one terminal that is not paired yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PairLeaf {
    /// What the terminal says: its request, and whether it has taken the answer.
    Request,
    Answer,
}

/// What stands below one terminal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leaf {
    State,
    Health,
    SaleOpen,
    SaleCancel,
    SaleSync,
    SaleLink,
    SaleNotice,
    SaleSynced,
    SaleAnswer,
    SaleStanding,
    SaleReceipt,
    SaleRefund,
    SaleRefunded,
    SaleEvent,
    ConfigDesired,
    ConfigReported,
    ConfigSchema,
    ConfigResult,
    Command(CommandName),
    CommandResult(CommandName),
}

/// Every leaf but those of commands, with its path below the terminal.
pub const FIXED: [(Leaf, &str); 18] = [
    (Leaf::State, "state"),
    (Leaf::Health, "health"),
    (Leaf::SaleOpen, "sale/open"),
    (Leaf::SaleCancel, "sale/cancel"),
    (Leaf::SaleSync, "sale/sync"),
    (Leaf::SaleLink, "sale/link"),
    (Leaf::SaleNotice, "sale/notice"),
    (Leaf::SaleSynced, "sale/synced"),
    (Leaf::SaleAnswer, "sale/answer"),
    (Leaf::SaleStanding, "sale/standing"),
    (Leaf::SaleReceipt, "sale/receipt"),
    (Leaf::SaleRefund, "sale/refund"),
    (Leaf::SaleRefunded, "sale/refunded"),
    (Leaf::SaleEvent, "sale/event"),
    (Leaf::ConfigDesired, "config/desired"),
    (Leaf::ConfigReported, "config/reported"),
    (Leaf::ConfigSchema, "config/schema"),
    (Leaf::ConfigResult, "config/result"),
];

/// Who may say something on a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    Terminal,
    Relay,
    Operator,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Qos {
    AtMostOnce,
    AtLeastOnce,
}

/// How a message on a topic is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub speaker: Speaker,
    pub qos: Qos,
    pub retain: bool,
    /// After this long the broker no longer delivers it.
    pub expiry: Option<Duration>,
}

impl Rule {
    const fn of(speaker: Speaker) -> Self {
        Self { speaker, qos: Qos::AtLeastOnce, retain: false, expiry: None }
    }

    const fn retained(self) -> Self {
        Self { retain: true, ..self }
    }

    const fn for_s(self, seconds: u64) -> Self {
        Self { expiry: Some(Duration::from_secs(seconds)), ..self }
    }
}

impl Leaf {
    /// The rule for what is sent here.
    #[must_use]
    pub fn rule(&self) -> Rule {
        match self {
            Self::State | Self::ConfigReported | Self::ConfigSchema => Rule::of(Speaker::Terminal).retained(),
            // Retained, so that who looks now sees it; a broker gives away nothing that is older than this.
            Self::Health => {
                Rule { qos: Qos::AtMostOnce, ..Rule::of(Speaker::Terminal).retained().for_s(120) }
            }
            Self::SaleOpen => Rule::of(Speaker::Terminal).for_s(30),
            Self::SaleCancel | Self::SaleSync | Self::SaleReceipt | Self::SaleRefund => {
                Rule::of(Speaker::Terminal)
            }
            Self::SaleEvent | Self::ConfigResult | Self::CommandResult(_) => Rule::of(Speaker::Terminal),
            Self::SaleLink
            | Self::SaleNotice
            | Self::SaleSynced
            | Self::SaleAnswer
            | Self::SaleStanding
            | Self::SaleRefunded => Rule::of(Speaker::Relay),
            Self::ConfigDesired => Rule::of(Speaker::Operator).retained(),
            Self::Command(_) => Rule::of(Speaker::Operator).for_s(60),
        }
    }

    fn path(&self) -> Cow<'static, str> {
        if let Self::Command(name) = self {
            return format!("command/{name}").into();
        }
        if let Self::CommandResult(name) = self {
            return format!("command/{name}/result").into();
        }
        let known = FIXED.iter().find_map(|(leaf, path)| (leaf == self).then_some(*path));
        known.expect("every leaf without a name is in the table").into()
    }

    fn parse(path: &str) -> Option<Self> {
        if let Some(command) = path.strip_prefix("command/") {
            return match command.strip_suffix("/result") {
                Some(name) => Some(Self::CommandResult(name.parse().ok()?)),
                None => Some(Self::Command(command.parse().ok()?)),
            };
        }
        FIXED.iter().find_map(|(leaf, known)| (*known == path).then(|| leaf.clone()))
    }
}

impl PairLeaf {
    /// What was said to nobody who is there is of no use later: the terminal says it again.
    #[must_use]
    pub fn rule(self) -> Rule {
        match self {
            Self::Request => Rule::of(Speaker::Terminal).for_s(60),
            Self::Answer => Rule::of(Speaker::Operator).for_s(60),
        }
    }
}

impl Topic {
    /// The rule for what is sent here. The relay's heartbeats go to its state topic without the retain flag;
    /// the rule is that of its birth and will.
    #[must_use]
    pub fn rule(&self) -> Rule {
        match self {
            Self::Terminal(_, leaf) => leaf.rule(),
            Self::RelayState(_) => Rule::of(Speaker::Relay).retained(),
            Self::Keys => Rule::of(Speaker::Operator).retained(),
            Self::Pair(_, leaf) => leaf.rule(),
        }
    }
}

/// Spells topics below one root.
///
/// ```
/// use qrtill::mqtt::topics::{Leaf, Topic, Topics};
///
/// let topics = Topics::new("qrtill/v1").unwrap();
/// let topic = Topic::Terminal("counter-1".parse().unwrap(), Leaf::SaleNotice);
/// assert_eq!(topics.spell(&topic), "qrtill/v1/t/counter-1/sale/notice");
/// assert_eq!(topics.parse("qrtill/v1/t/counter-1/sale/notice"), Some(topic));
/// assert_eq!(topics.parse("qrtill/v1/t/+/sale/notice"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topics {
    root: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot be a topic root; use levels of a-z, 0-9, - and _ with / between, such as qrtill/v1")]
pub struct NotARoot(String);

impl Topics {
    pub const DEFAULT_ROOT: &'static str = "qrtill/v1";

    /// Refuses a root with wildcards, empty levels or a leading `$`.
    pub fn new(root: &str) -> Result<Self, NotARoot> {
        let legal = |level: &str| {
            !level.is_empty()
                && level
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        };
        if root.len() <= 100 && root.split('/').all(legal) {
            Ok(Self { root: root.to_owned() })
        } else {
            Err(NotARoot(root.to_owned()))
        }
    }

    #[must_use]
    pub fn root(&self) -> &str {
        &self.root
    }

    #[must_use]
    pub fn spell(&self, topic: &Topic) -> String {
        let root = &self.root;
        match topic {
            Topic::Terminal(id, leaf) => format!("{root}/t/{id}/{}", leaf.path()),
            Topic::RelayState(id) => format!("{root}/r/{id}/state"),
            Topic::Keys => format!("{root}/keys"),
            Topic::Pair(device, PairLeaf::Request) => format!("{root}/pair/{device}/request"),
            Topic::Pair(device, PairLeaf::Answer) => format!("{root}/pair/{device}/answer"),
        }
    }

    /// None for what is not exactly one of our topics.
    #[must_use]
    pub fn parse(&self, text: &str) -> Option<Topic> {
        let below = text.strip_prefix(&self.root)?.strip_prefix('/')?;
        if below == "keys" {
            return Some(Topic::Keys);
        }
        if let Some(relay) = below.strip_prefix("r/") {
            return Some(Topic::RelayState(relay.strip_suffix("/state")?.parse().ok()?));
        }
        if let Some((device, leaf)) = below.strip_prefix("pair/").and_then(|pair| pair.split_once('/')) {
            let leaf = match leaf {
                "request" => PairLeaf::Request,
                "answer" => PairLeaf::Answer,
                _ => return None,
            };
            return Some(Topic::Pair(device.parse().ok()?, leaf));
        }
        let (id, leaf) = below.strip_prefix("t/")?.split_once('/')?;
        Some(Topic::Terminal(id.parse().ok()?, Leaf::parse(leaf)?))
    }

    /// What a signed document for this terminal names as its audience.
    ///
    /// ```
    /// # use qrtill::mqtt::topics::Topics;
    /// let topics = Topics::new("qrtill/v1").unwrap();
    /// assert_eq!(topics.audience(&"counter-1".parse().unwrap()), "qrtill/v1/counter-1");
    /// ```
    #[must_use]
    pub fn audience(&self, terminal: &TerminalId) -> String {
        format!("{}/{terminal}", self.root)
    }

    /// What the set of keys names as its audience: all terminals below this root.
    #[must_use]
    pub fn keys_audience(&self) -> String {
        format!("{}/keys", self.root)
    }

    /// What a relay's heartbeat names as its audience: all who listen to this relay.
    #[must_use]
    pub fn relay_audience(&self, relay: &RelayId) -> String {
        format!("{}/r/{relay}", self.root)
    }

    /// What a terminal listens to: its own topics and its relay.
    ///
    /// ```
    /// # use qrtill::mqtt::topics::Topics;
    /// let topics = Topics::new("qrtill/v1").unwrap();
    /// let filters = topics.terminal_filters(&"counter-1".parse().unwrap(), &"main".parse().unwrap());
    /// assert!(filters.iter().any(|(filter, _)| filter == "qrtill/v1/t/counter-1/sale/link"));
    /// assert!(filters.iter().any(|(filter, _)| filter == "qrtill/v1/r/main/state"));
    /// ```
    #[must_use]
    pub fn terminal_filters(&self, terminal: &TerminalId, relay: &RelayId) -> Vec<(String, Qos)> {
        let own = [
            Leaf::State,
            Leaf::SaleLink,
            Leaf::SaleNotice,
            Leaf::SaleSynced,
            Leaf::SaleAnswer,
            Leaf::SaleRefunded,
            Leaf::SaleStanding,
            Leaf::ConfigDesired,
        ];
        let mut filters: Vec<String> =
            own.into_iter().map(|leaf| self.spell(&Topic::Terminal(terminal.clone(), leaf))).collect();
        filters.push(format!("{}/t/{terminal}/command/+", self.root));
        filters.push(self.spell(&Topic::RelayState(relay.clone())));
        filters.push(self.spell(&Topic::Keys));
        filters.into_iter().map(|filter| (filter, Qos::AtLeastOnce)).collect()
    }

    /// What a relay listens to: every terminal's requests, and its own state, by which it sees a second relay under its
    /// id.
    #[must_use]
    pub fn relay_filters(&self, relay: &RelayId) -> Vec<(String, Qos)> {
        let of_all = [Leaf::SaleOpen, Leaf::SaleCancel, Leaf::SaleSync, Leaf::SaleReceipt, Leaf::SaleRefund];
        let mut filters: Vec<String> =
            of_all.into_iter().map(|leaf| format!("{}/t/+/{}", self.root, leaf.path())).collect();
        filters.push(self.spell(&Topic::RelayState(relay.clone())));
        filters.into_iter().map(|filter| (filter, Qos::AtLeastOnce)).collect()
    }

    /// What an operator listens to: how all terminals are, what they sell, and what was sent to them.
    #[must_use]
    pub fn fleet_filters(&self) -> Vec<(String, Qos)> {
        let leaves = [Leaf::State, Leaf::Health, Leaf::SaleEvent, Leaf::ConfigReported, Leaf::ConfigDesired];
        self.filters(None, leaves)
    }

    /// What an operator listens to who sends settings: all that a terminal says of them, or all terminals.
    #[must_use]
    pub fn settings_filters(&self, terminal: Option<&TerminalId>) -> Vec<(String, Qos)> {
        let leaves =
            [Leaf::State, Leaf::ConfigReported, Leaf::ConfigDesired, Leaf::ConfigSchema, Leaf::ConfigResult];
        self.filters(terminal, leaves)
    }

    fn filters<const N: usize>(
        &self,
        terminal: Option<&TerminalId>,
        leaves: [Leaf; N],
    ) -> Vec<(String, Qos)> {
        let level = terminal.map_or("+", TerminalId::as_str);
        let spelled = leaves.map(|leaf| format!("{}/t/{level}/{}", self.root, leaf.path()));
        spelled.into_iter().map(|filter| (filter, Qos::AtLeastOnce)).collect()
    }
}

impl Topics {
    /// What an operator listens to who has a terminal do something, or many.
    #[must_use]
    pub fn command_filters(&self, terminal: Option<&TerminalId>) -> Vec<(String, Qos)> {
        let terminal = terminal.map_or("+", TerminalId::as_str);
        let below = ["state", "command/+/result"];
        below.map(|leaf| (format!("{}/t/{terminal}/{leaf}", self.root), Qos::AtLeastOnce)).into()
    }

    /// What an operator listens to who admits a terminal: all that are not paired yet, and whether the one that is
    /// admitted comes under its new id.
    #[must_use]
    pub fn pairing_filters(&self, terminal: &TerminalId) -> Vec<(String, Qos)> {
        let state = self.spell(&Topic::Terminal(terminal.clone(), Leaf::State));
        [format!("{}/pair/+/request", self.root), state].map(|filter| (filter, Qos::AtLeastOnce)).into()
    }
}

/// What a terminal that has no id yet is called: the first eight bytes of its public key, as 16 digits. It finds a
/// terminal and vouches for nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a fingerprint; it has 16 of 0-9 and a-f")]
pub struct NotAFingerprint(String);

impl Fingerprint {
    #[must_use]
    pub fn of(key: &PublicKey) -> Self {
        Self(key.fingerprint().split(' ').take(4).collect())
    }

    /// For people to compare: `9f3a 5c21 77e0 b48d`.
    #[must_use]
    pub fn grouped(&self) -> String {
        let groups = (0..4).filter_map(|group| self.0.get(4 * group..4 * group + 4));
        groups.collect::<Vec<_>>().join(" ")
    }
}

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if legal && text.len() == 16 {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAFingerprint(text.to_owned()))
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A relay's id, of the same letters as a terminal's. Its user name and client id at the broker are
/// `relay-<id>`, so no terminal may be called that.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RelayId(TerminalId);

impl RelayId {
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The user name and client id at the broker.
    #[must_use]
    pub fn user_name(&self) -> String {
        format!("relay-{self}")
    }
}

impl FromStr for RelayId {
    type Err = NotATerminalId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for RelayId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The last level of a command's topic, `[a-z0-9-]{1,40}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommandName(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a command's name; use 1 to 40 of a-z, 0-9 and -")]
pub struct NotACommandName(String);

impl CommandName {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CommandName {
    type Err = NotACommandName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if legal && (1..=40).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotACommandName(text.to_owned()))
        }
    }
}

impl fmt::Display for CommandName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_topic() -> Vec<Topic> {
        let id: TerminalId = "counter-1".parse().expect("an id");
        let name: CommandName = "restart".parse().expect("a name");
        let named = [Leaf::Command(name.clone()), Leaf::CommandResult(name)];
        let leaves = FIXED.into_iter().map(|(leaf, _)| leaf).chain(named);
        leaves
            .map(|leaf| Topic::Terminal(id.clone(), leaf))
            .chain([Topic::RelayState("main".parse().expect("an id")), Topic::Keys])
            .chain(
                [PairLeaf::Request, PairLeaf::Answer]
                    .map(|leaf| Topic::Pair("9f3a5c2177e0b48d".parse().expect("a fingerprint"), leaf)),
            )
            .collect()
    }

    #[test]
    fn every_topic_reads_back_as_itself_under_any_root() {
        for root in [Topics::DEFAULT_ROOT, "shops", "a/b-c/d_e/2"] {
            let topics = Topics::new(root).expect("a root");
            for topic in every_topic() {
                assert_eq!(topics.parse(&topics.spell(&topic)), Some(topic));
            }
        }
    }

    #[test]
    fn what_is_not_exactly_a_topic_of_ours_is_nothing() {
        let topics = Topics::new("qrtill/v1").expect("a root");
        for topic in every_topic() {
            let good = topics.spell(&topic);
            let more = [format!("{good}/"), format!("/{good}"), format!("{good}/x"), good.to_uppercase()];
            for bad in more.into_iter().chain([good.replace("qrtill/v1", "qrtill/v2")]) {
                assert_eq!(topics.parse(&bad), None, "{bad}");
            }
        }
        for bad in ["", "qrtill/v1", "qrtill/v1/t/ab/state", "qrtill/v1/t/+/state", "qrtill/v1keys"] {
            assert_eq!(topics.parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_root_that_could_widen_a_filter_is_refused() {
        for bad in ["", "/", "a/", "/a", "a//b", "+", "a/#", "$SYS", "A", "a b"] {
            assert!(Topics::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nothing_that_would_act_again_is_retained() {
        for topic in every_topic() {
            let Topic::Terminal(_, leaf) = &topic else { continue };
            let path = leaf.path();
            let acts = path.starts_with("sale/") || path.starts_with("command/");
            assert!(!(acts && topic.rule().retain), "{path}");
        }
    }
}
