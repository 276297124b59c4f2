//! The rules shipped for brokers that are not run in these tests say the same as ours: every account, every topic.

use std::fs;
use std::path::Path;

use qrtill::mqtt::access::Who;
use qrtill::mqtt::topics::Topics;

/// One account, or everybody; what may be done; on which topics.
struct Rule {
    who: Option<String>,
    says: bool,
    hears: bool,
    filter: String,
}

fn shipped(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// `{allow, all | {user, "name"}, publish | subscribe, ["topic", …]}.`
fn emqx(user: &str) -> Vec<Rule> {
    let text = shipped("emqx/acl.conf");
    let bare: String =
        text.lines().filter(|line| !line.starts_with("%%")).map(|line| format!("{line}\n")).collect();
    let (allowed, last) = bare.split_once("{deny, all}.").expect("what no rule allows is refused");
    assert_eq!(last.trim(), "", "a rule behind the last is never reached");
    // The first that fits decides: whoever is refused all stands before what everybody may.
    let (before, after) =
        allowed.split_once("{deny, {user, \"pairing\"}, all, [\"#\"]}.").expect("refused to the unpaired");
    if user == "pairing" {
        assert!(!before.contains("{allow, all,"), "what everybody may comes too early");
    }
    let allowed = if user == "pairing" { before.to_owned() } else { format!("{before}{after}") };
    let rule = |rule: &str| {
        let (head, topics) = rule.split_once('[').expect("a list of topics");
        let who =
            head.split_once("{user, \"").map(|(_, rest)| rest.split('"').next().expect("a name").to_owned());
        assert!(head.trim_start().starts_with("{allow, "), "{head}");
        let (says, hears) = (head.contains(" publish,"), head.contains(" subscribe,"));
        assert!(says != hears, "{head}");
        let topics = topics.split('"').skip(1).step_by(2).map(|topic| topic.replace("${username}", "%u"));
        topics.map(move |filter| Rule { who: who.clone(), says, hears, filter }).collect::<Vec<_>>()
    };
    allowed.split("]}.").filter(|part| !part.trim().is_empty()).flat_map(rule).collect()
}

/// Roles of users; a role's permissions.
fn hivemq(user: &str, is_terminal: bool) -> Vec<Rule> {
    let text = shipped("hivemq/credentials.xml");
    let inner = |text: &str, tag: &str| {
        let rest = text.split_once(&format!("<{tag}>"))?.1;
        Some(rest.split_once(&format!("</{tag}>"))?.0.to_owned())
    };
    let listed = if is_terminal { "counter-1" } else { user };
    let line = text.lines().find(|line| line.contains(&format!("<name>{listed}</name>"))).expect("a user");
    let roles = inner(line, "roles").expect("roles");
    let roles: Vec<_> =
        roles.split("<id>").skip(1).map(|role| role.trim_end_matches("</id>").to_owned()).collect();
    let mut rules = Vec::new();
    for role in text.split("<role>").skip(1) {
        if !roles.contains(&inner(role, "id").expect("an id")) {
            continue;
        }
        for permission in role.split("<permission>").skip(1) {
            let activity = inner(permission, "activity").expect("an activity");
            let filter = inner(permission, "topic").expect("a topic").replace("${{username}}", "%u");
            let (says, hears) = (activity != "SUBSCRIBE", activity != "PUBLISH");
            assert!(!hears || permission.contains("NOT_SHARED"), "{filter}");
            rules.push(Rule { who: None, says, hears, filter });
        }
    }
    rules
}

fn matches(filter: &str, topic: &str, user: &str) -> bool {
    let (mut filter, mut topic) = (filter.split('/'), topic.split('/'));
    loop {
        match (filter.next(), topic.next()) {
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(_)) => {}
            (Some("%u"), Some(level)) if level == user => {}
            (Some(one), Some(other)) if one == other => {}
            (Some(_), _) | (None, Some(_)) => return false,
        }
    }
}

fn everybody() -> Vec<Who> {
    let terminal = |id: &str| Who::Terminal(id.parse().expect("an id"));
    vec![
        terminal("counter-1"),
        terminal("counter-2"),
        Who::Relay("main".parse().expect("an id")),
        Who::Operator,
        Who::Shop,
        Who::Pairing,
    ]
}

/// Every topic that any rule of Mosquitto's file names, for two terminals and two relays.
fn every_topic() -> Vec<String> {
    let acl = shipped("mosquitto/acl");
    let filters = acl.lines().filter(|line| line.starts_with("topic ") || line.starts_with("pattern "));
    let filters = filters.map(|line| line.rsplit(' ').next().expect("a topic"));
    let mut all = Vec::new();
    for filter in filters.filter(|filter| !filter.ends_with('#')) {
        let filter = filter.replace("/pair/+/", "/pair/9f3a5c2177e0b48d/");
        for (terminal, relay) in [("counter-1", "main"), ("counter-2", "other")] {
            let topic = filter.replace("/t/+/", &format!("/t/{terminal}/")).replace("%u", terminal);
            let topic =
                topic.replace("/r/+/", &format!("/r/{relay}/")).replace("/r/main/", &format!("/r/{relay}/"));
            all.push(topic.replace("command/+", "command/restart"));
        }
    }
    all.sort();
    all.dedup();
    all
}

fn compare(broker: &str, rules_of: impl Fn(&Who) -> Vec<Rule>) {
    let topics = Topics::new(Topics::DEFAULT_ROOT).expect("a root");
    let (all, mut wrong, mut compared) = (every_topic(), Vec::new(), 0);
    for who in everybody() {
        let user = who.user_name();
        let rules = rules_of(&who);
        let own = |rule: &&Rule| rule.who.as_ref().is_none_or(|named| *named == user);
        for text in &all {
            let topic = topics.parse(text).unwrap_or_else(|| panic!("{text} is no topic of ours"));
            let mut fitting = rules.iter().filter(own).filter(|rule| matches(&rule.filter, text, &user));
            let (says, hears) =
                fitting.by_ref().fold((false, false), |sum, rule| (sum.0 | rule.says, sum.1 | rule.hears));
            if (says, hears) != (who.may_publish(&topic), who.may_read(&topic)) {
                wrong.push(format!("{user} on {text}: says {says}, hears {hears}"));
            }
            compared += 1;
        }
    }
    assert!(wrong.is_empty(), "{broker} differs:\n{}", wrong.join("\n"));
    assert!(compared > 200, "only {compared} compared");
}

#[test]
fn the_rules_for_emqx_are_ours() {
    compare("EMQX", |who| emqx(&who.user_name()));
}

#[test]
fn the_rules_for_hivemq_are_ours() {
    compare("HiveMQ", |who| hivemq(&who.user_name(), matches!(who, Who::Terminal(_))));
}
