//! Whether money moves, as systems say it.

use crate::core::payment::Mode;

/// The mode of an object that carries a flag for it.
#[must_use]
pub fn of_live(live: bool) -> Mode {
    if live { Mode::Live } else { Mode::Test }
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
}
