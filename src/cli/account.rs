//! Users of a machine, by `/etc/passwd`: files that a command makes as root must belong to whoever reads them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The users of a machine, by name and number.
const PASSWD: &str = "etc/passwd";

/// A user, and the group that files of its own have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    pub uid: u32,
    pub gid: u32,
}

/// The users of the machine whose root folder this is, by name; none where it has no list of them.
#[must_use]
pub fn users(root: &Path) -> BTreeMap<String, Owner> {
    parse(&fs::read_to_string(root.join(PASSWD)).unwrap_or_default())
}

/// Whether this process may give files away.
#[must_use]
pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn parse(passwd: &str) -> BTreeMap<String, Owner> {
    let user = |line: &str| {
        let mut fields = line.split(':');
        let (name, _password) = (fields.next()?, fields.next()?);
        Some((
            name.to_owned(),
            Owner { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? },
        ))
    };
    passwd.lines().filter_map(user).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_read_and_what_is_no_user_is_not() {
        let users = parse("root:x:0:0:root:/root:/bin/bash\n\nqrtill:x:998:997::/:\nbroken:x:y:1\n");
        assert_eq!(users.len(), 2);
        assert_eq!(users["qrtill"], Owner { uid: 998, gid: 997 });
    }
}
