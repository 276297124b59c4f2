//! Whether money moves, as systems say it.

use super::rest::Unreadable;
use crate::core::payment::Mode;

/// The mode of an object that carries a flag for it.
#[must_use]
pub fn of_live(live: bool) -> Mode {
    if live { Mode::Live } else { Mode::Test }
}

/// An object of the other mode than the key's is not the answer to what was asked.
pub fn same(live: bool, key: Mode) -> Result<(), Unreadable> {
    match (of_live(live), key) {
        (Mode::Live, Mode::Live) | (Mode::Test, Mode::Test) => Ok(()),
        (Mode::Live, Mode::Test) => Err("an answer about live money to a test key".to_owned()),
        (Mode::Test, Mode::Live) => Err("an answer about test money to a live key".to_owned()),
    }
}

/// The mode that a secret key is for: one of `kinds`, such as `sk_`, and then `test_` or `live_`.
#[must_use]
pub fn of_key(key: &str, kinds: &[&str]) -> Option<Mode> {
    let rest = kinds.iter().find_map(|kind| key.strip_prefix(kind))?;
    if rest.starts_with("test_") {
        Some(Mode::Test)
    } else if rest.starts_with("live_") {
        Some(Mode::Live)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_its_kind_and_then_its_mode() {
        let of = |key| of_key(key, &["sk_", "rk_"]);
        for (key, mode) in [
            ("sk_test_1", Some(Mode::Test)),
            ("rk_live_1", Some(Mode::Live)),
            ("pk_test_1", None),
            ("sk_1", None),
            ("test_1", None),
            ("SK_TEST_1", None),
            ("", None),
        ] {
            assert_eq!(of(key), mode, "{key}");
        }
        assert_eq!(of_key("rk_live_1", &["sk_"]), None);
        assert_eq!((of_live(true), of_live(false)), (Mode::Live, Mode::Test));
    }

    #[test]
    fn an_object_is_of_the_keys_mode_or_says_which_it_is_of() {
        for (live, key) in [(true, Mode::Live), (false, Mode::Test)] {
            assert_eq!(same(live, key), Ok(()));
        }
        assert!(same(true, Mode::Test).is_err_and(|why| why.contains("live money to a test key")));
        assert!(same(false, Mode::Live).is_err_and(|why| why.contains("test money to a live key")));
    }
}
