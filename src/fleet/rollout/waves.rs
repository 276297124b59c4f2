//! Who is in which wave.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::core::reference::TerminalId;

/// Some of a number: so many, or so many of a hundred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Count(usize),
    /// 0 to 100.
    Share(usize),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a number, such as 5, nor a share, such as 10%")]
pub struct NotAPart(String);

impl FromStr for Part {
    type Err = NotAPart;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotAPart(text.to_owned());
        match text.strip_suffix('%') {
            Some(share) => {
                share.parse().ok().filter(|share| *share <= 100).map(Self::Share).ok_or_else(wrong)
            }
            None => text.parse().map(Self::Count).map_err(|_| wrong()),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Share(share) => write!(f, "{share}%"),
        }
    }
}

impl Part {
    /// So many of `all`, a share of which is at least one where it is of anybody.
    #[must_use]
    pub fn at_least(self, all: usize) -> usize {
        match self {
            Self::Count(count) => count.min(all),
            Self::Share(share) => (all * share).div_ceil(100),
        }
    }

    /// So many of `all` and not one more.
    #[must_use]
    pub fn at_most(self, all: usize) -> usize {
        match self {
            Self::Count(count) => count,
            Self::Share(share) => all * share / 100,
        }
    }
}

/// A terminal that something is to be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub id: TerminalId,
    pub site: Option<String>,
    pub online: bool,
    /// Somebody named it to be first.
    pub canary: bool,
}

/// The waves, none of them empty. First those who were named for it, or else so many `canaries`; then as many of all
/// as each share says, those before counted in; then the rest. Who is online comes before who is not, and a site's
/// terminals are spread over the waves: no shop loses all its counters to the first.
#[must_use]
pub fn waves(members: &[Member], canaries: usize, shares: &[Part]) -> Vec<Vec<TerminalId>> {
    let mut rank: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    let mut order: Vec<(bool, bool, usize, &Member)> = Vec::new();
    for member in members {
        let next = rank.entry(member.site.as_deref()).or_default();
        order.push((!member.canary, !member.online, *next, member));
        // A terminal of no site is a site of its own.
        *next += usize::from(member.site.is_some());
    }
    order.sort_by(|a, b| (a.0, a.1, a.2, &a.3.id).cmp(&(b.0, b.1, b.2, &b.3.id)));
    let all = order.len();
    let named = members.iter().filter(|member| member.canary).count();
    let first = if named > 0 { named } else { canaries.min(all) };
    let mut ends = vec![first];
    ends.extend(shares.iter().map(|share| share.at_least(all)));
    ends.push(all);
    let (mut begin, mut waves) = (0, Vec::new());
    for end in ends.into_iter().filter(|end| *end <= all) {
        if end > begin {
            waves.push(order[begin..end].iter().map(|(.., member)| member.id.clone()).collect());
            begin = end;
        }
    }
    waves
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: &str, site: &str, online: bool) -> Member {
        let site = (!site.is_empty()).then(|| site.to_owned());
        Member { id: id.parse().unwrap(), site, online, canary: false }
    }

    fn sizes(count: usize, canaries: usize, shares: &[&str]) -> Vec<usize> {
        let members: Vec<_> = (0..count).map(|n| member(&format!("counter-{n:04}"), "", true)).collect();
        let shares: Vec<Part> = shares.iter().map(|share| share.parse().unwrap()).collect();
        waves(&members, canaries, &shares).iter().map(Vec::len).collect()
    }

    #[test]
    fn shares_are_of_all_and_count_those_before() {
        assert_eq!(sizes(1000, 1, &["10%", "50%", "100%"]), [1, 99, 400, 500]);
        assert_eq!(sizes(1000, 1, &["1%", "10%"]), [1, 9, 90, 900], "the rest follows");
        assert_eq!(sizes(3, 1, &["10%", "50%", "100%"]), [1, 1, 1]);
        assert_eq!(sizes(1, 1, &["10%"]), [1]);
        assert_eq!(sizes(4, 0, &[]), [4]);
        assert_eq!(sizes(4, 9, &["2"]), [4]);
        assert_eq!(sizes(0, 1, &["100%"]), Vec::<usize>::new());
    }

    #[test]
    fn canaries_are_there_and_no_site_goes_first_as_a_whole() {
        let mut members = vec![
            member("aaa-1", "a", false),
            member("aaa-2", "a", true),
            member("aaa-3", "a", true),
            member("bbb-1", "b", true),
            member("ccc-1", "", true),
        ];
        let of = |members: &[Member]| {
            let waves = waves(members, 1, &[Part::Count(3)]);
            waves.iter().map(|wave| wave.iter().map(ToString::to_string).collect()).collect::<Vec<Vec<_>>>()
        };
        assert_eq!(of(&members), [vec!["bbb-1"], vec!["ccc-1", "aaa-2"], vec!["aaa-3", "aaa-1"]]);
        members[0].canary = true;
        assert_eq!(of(&members)[0], ["aaa-1"]);
    }

    #[test]
    fn a_part_is_a_number_or_a_share() {
        assert_eq!("10%".parse(), Ok(Part::Share(10)));
        assert_eq!("3".parse(), Ok(Part::Count(3)));
        for bad in ["", "%", "-1", "101%", "a tenth"] {
            assert!(bad.parse::<Part>().is_err(), "{bad}");
        }
        assert_eq!((Part::Share(5).at_most(19), Part::Share(5).at_most(20)), (0, 1));
    }
}
