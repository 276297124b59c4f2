//! Who may say and hear what at a broker. The broker that comes with `sandbox` obeys these rules, and the shipped
//! access file for Mosquitto says the same in its own words.

use crate::core::reference::TerminalId;
use crate::mqtt::topics::Leaf;
use crate::mqtt::topics::PairLeaf;
use crate::mqtt::topics::RelayId;
use crate::mqtt::topics::Speaker;
use crate::mqtt::topics::Topic;
use crate::mqtt::topics::Topics;

/// Whom an account at the broker belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    Terminal(TerminalId),
    Relay(RelayId),
    Operator,
    /// A shop's own systems: they hear of sales and say nothing.
    Shop,
    /// Terminals that are not paired yet, all of them under one account.
    Pairing,
}

/// Whether a name is an account at the broker that is no terminal's, so that no terminal may be called that.
#[must_use]
pub fn is_taken(name: &str) -> bool {
    [Who::Operator, Who::Shop, Who::Pairing].iter().any(|who| who.user_name() == name)
        || name.starts_with("relay-")
}

impl Who {
    /// The account's user name, which is also the client id.
    #[must_use]
    pub fn user_name(&self) -> String {
        match self {
            Self::Terminal(id) => id.to_string(),
            Self::Relay(id) => id.user_name(),
            Self::Operator => "operator".to_owned(),
            Self::Shop => "shop".to_owned(),
            Self::Pairing => "pairing".to_owned(),
        }
    }

    #[must_use]
    pub fn may_publish(&self, topic: &Topic) -> bool {
        let speaker = topic.rule().speaker;
        match (self, topic) {
            (Self::Terminal(own), Topic::Terminal(id, _)) => own == id && speaker == Speaker::Terminal,
            (Self::Relay(_), Topic::Terminal(..)) => speaker == Speaker::Relay,
            (Self::Relay(own), Topic::RelayState(id)) => own == id,
            (Self::Operator, Topic::Terminal(..) | Topic::Keys | Topic::Pair(..)) => {
                speaker == Speaker::Operator
            }
            (Self::Pairing, Topic::Pair(_, leaf)) => *leaf == PairLeaf::Request,
            (Self::Terminal(_), Topic::RelayState(_) | Topic::Keys | Topic::Pair(..))
            | (Self::Relay(_), Topic::Keys | Topic::Pair(..))
            | (Self::Operator, Topic::RelayState(_))
            | (Self::Pairing, Topic::Terminal(..) | Topic::RelayState(_) | Topic::Keys)
            | (Self::Shop, _) => false,
        }
    }

    /// A relay's state and the trusted keys are for everybody but those who are not paired yet: their account is on
    /// every card that a factory writes.
    #[must_use]
    pub fn may_read(&self, topic: &Topic) -> bool {
        match (self, topic) {
            (Self::Pairing, _) => matches!(topic, Topic::Pair(_, PairLeaf::Answer)),
            (Self::Operator, _) | (_, Topic::RelayState(_) | Topic::Keys) => true,
            (Self::Shop | Self::Terminal(_) | Self::Relay(_), Topic::Pair(..)) => false,
            (Self::Shop, Topic::Terminal(_, leaf)) => matches!(leaf, Leaf::SaleEvent | Leaf::State),
            (Self::Terminal(own), Topic::Terminal(id, leaf)) => {
                own == id && (leaf.rule().speaker != Speaker::Terminal || *leaf == Leaf::State)
            }
            (Self::Relay(_), Topic::Terminal(_, leaf)) => matches!(
                leaf,
                Leaf::State
                    | Leaf::SaleOpen
                    | Leaf::SaleCancel
                    | Leaf::SaleSync
                    | Leaf::SaleReceipt
                    | Leaf::SaleRefund
            ),
        }
    }

    /// Whether everything that a filter can match may be read.
    #[must_use]
    pub fn may_subscribe(&self, topics: &Topics, filter: &str) -> bool {
        if *self == Self::Operator {
            return true;
        }
        // What is allowed for two names that stand for any is allowed for all; for one it might be the own name.
        ["---", "----"].iter().all(|any| {
            let level = |level| if level == "+" { *any } else { level };
            let example: Vec<&str> = filter.split('/').map(level).collect();
            topics.parse(&example.join("/")).is_some_and(|topic| self.may_read(&topic))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics() -> Topics {
        Topics::new("qrtill/v1").expect("a root")
    }

    fn terminal(id: &str) -> Who {
        Who::Terminal(id.parse().expect("an id"))
    }

    fn topic(text: &str) -> Topic {
        topics().parse(&format!("qrtill/v1/{text}")).expect("a topic")
    }

    #[test]
    fn everybody_may_listen_to_what_they_need() {
        let (id, relay) = ("counter-1".parse().expect("an id"), "main".parse().expect("an id"));
        for (filter, _) in topics().terminal_filters(&id, &relay) {
            assert!(Who::Terminal(id.clone()).may_subscribe(&topics(), &filter), "{filter}");
        }
        for (filter, _) in topics().relay_filters(&relay) {
            assert!(Who::Relay(relay.clone()).may_subscribe(&topics(), &filter), "{filter}");
        }
        assert!(Who::Shop.may_subscribe(&topics(), "qrtill/v1/t/+/sale/event"));
        assert!(Who::Operator.may_subscribe(&topics(), "#"));
    }

    #[test]
    fn a_terminal_hears_no_other_terminal() {
        for filter in [
            "#",
            "qrtill/v1/#",
            "qrtill/v1/t/#",
            "qrtill/v1/t/+/sale/notice",
            "qrtill/v1/t/counter-2/sale/notice",
            "qrtill/v1/+/counter-1/sale/notice",
            "$share/g/qrtill/v1/t/counter-1/sale/notice",
            "qrtill/v1/t/counter-1/#",
            "qrtill/v1/t/counter-1/sale/+",
        ] {
            assert!(!terminal("counter-1").may_subscribe(&topics(), filter), "{filter}");
        }
    }

    #[test]
    fn nobody_speaks_for_another() {
        let own = terminal("counter-1");
        let relay = Who::Relay("main".parse().expect("an id"));
        assert!(own.may_publish(&topic("t/counter-1/sale/open")));
        assert!(own.may_publish(&topic("t/counter-1/sale/refund")));
        assert!(relay.may_publish(&topic("t/counter-1/sale/refunded")));
        assert!(!own.may_publish(&topic("t/counter-2/sale/refund")));
        assert!(!own.may_publish(&topic("t/counter-1/sale/refunded")));
        assert!(!relay.may_publish(&topic("t/counter-1/sale/refund")));
        assert!(relay.may_publish(&topic("t/counter-1/sale/notice")));
        assert!(Who::Operator.may_publish(&topic("t/counter-1/config/desired")));
        for text in ["t/counter-2/sale/open", "t/counter-1/sale/notice", "t/counter-1/config/desired", "keys"]
        {
            assert!(!own.may_publish(&topic(text)), "{text}");
        }
        for text in ["t/counter-1/sale/receipt", "t/counter-1/command/restart", "r/other/state", "keys"] {
            assert!(!relay.may_publish(&topic(text)), "{text}");
        }
        assert!(!Who::Operator.may_publish(&topic("t/counter-1/sale/notice")));
        assert!(!Who::Shop.may_publish(&topic("t/counter-1/sale/event")));
    }
}
