//! Which links may be shown. The same rule is kept by the relay before it signs and by the terminal before
//! it draws, so that a provider's odd answer and a forged one are both refused.

/// Where a payable link may lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowList {
    /// Host names, compared whole. Their links must be https on the default port.
    pub hosts: Vec<String>,
    /// The listener of a sandbox on this machine, such as `http://127.0.0.1:8460`; nothing else may be plain
    /// http. Set by the sandbox for itself, and by those who develop against its bank.
    pub sandbox_origin: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefusal {
    #[error("the link is not https")]
    NotHttps,
    #[error("the link has characters that phones read in different ways")]
    OddCharacters,
    #[error("the link names a user or a port")]
    UserOrPort,
    #[error("the link's host is not on the list of allowed hosts")]
    Host,
    #[error("the link is longer than {MAX_LINK} characters")]
    TooLong,
}

/// Longer links would not fit any supported panel.
pub const MAX_LINK: usize = 512;

impl AllowList {
    /// Judges an absolute link. No suffix match, no user info, no other port, plain ASCII only: a backslash
    /// or a control character is read as different hosts by different phones.
    pub fn judge(&self, url: &str) -> Result<(), LinkRefusal> {
        if url.len() > MAX_LINK {
            return Err(LinkRefusal::TooLong);
        }
        if !url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return Err(LinkRefusal::OddCharacters);
        }
        let in_sandbox = self.sandbox_origin.as_deref().and_then(|origin| url.strip_prefix(origin));
        if in_sandbox.is_some_and(|rest| rest.starts_with('/')) {
            return Ok(());
        }
        let rest = url.strip_prefix("https://").ok_or(LinkRefusal::NotHttps)?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains(['@', ':']) {
            return Err(LinkRefusal::UserOrPort);
        }
        let known = self.hosts.iter().any(|host| host.eq_ignore_ascii_case(authority));
        if known { Ok(()) } else { Err(LinkRefusal::Host) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_host_over_https_is_allowed() {
        let list = AllowList { hosts: vec!["buy.stripe.com".into()], sandbox_origin: None };
        assert_eq!(list.judge("https://buy.stripe.com/test_a?x=1"), Ok(()));
        for (url, why) in [
            ("http://buy.stripe.com/a", LinkRefusal::NotHttps),
            ("https://evil.buy.stripe.com/a", LinkRefusal::Host),
            ("https://buy.stripe.com.evil.example/a", LinkRefusal::Host),
            ("https://buy.stripe.com@evil.example/a", LinkRefusal::UserOrPort),
            ("https://buy.stripe.com:8443/a", LinkRefusal::UserOrPort),
            ("https://evil.example\\.buy.stripe.com/", LinkRefusal::OddCharacters),
            ("https://buy.stripe.com/a b", LinkRefusal::OddCharacters),
            ("https://buy.stripe.çom/", LinkRefusal::OddCharacters),
            ("https://", LinkRefusal::Host),
            ("javascript:alert(1)", LinkRefusal::NotHttps),
        ] {
            assert_eq!(list.judge(url), Err(why), "{url}");
        }
        let long = format!("https://buy.stripe.com/{}", "a".repeat(MAX_LINK));
        assert_eq!(list.judge(&long), Err(LinkRefusal::TooLong));
    }

    #[test]
    fn plain_http_is_for_the_sandbox_listener_alone() {
        let list = AllowList { hosts: vec![], sandbox_origin: Some("http://127.0.0.1:8460".into()) };
        assert_eq!(list.judge("http://127.0.0.1:8460/bank/pay/x"), Ok(()));
        assert_eq!(list.judge("http://127.0.0.1:84601/bank/pay/x"), Err(LinkRefusal::NotHttps));
        assert_eq!(list.judge("http://127.0.0.1:8460@evil.example/"), Err(LinkRefusal::NotHttps));
    }
}
