//! How long a system wants us to wait: `Retry-After` (RFC 9110, 10.2.3), or the header of its own that says
//! when its limit ends. Moments are read against the server's own clock, which stands in `Date`: ours may be
//! wrong. Without it a moment says nothing, and the caller's own pause is kept.

use std::time::Duration;

use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use crate::port::provider::Response;

/// Nobody at a counter is helped by a longer wait, and a header may be wrong.
const MOST: Duration = Duration::from_secs(600);
/// A limit's window is a minute or an hour: what lies further ahead is a number in another unit.
const WINDOW_MOST_S: i64 = 3_600;

/// The three forms of a date in HTTP (RFC 9110, 5.6.7); only the first is still written.
const DATES: [&str; 3] = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// A system's own header about the end of its limit. Names in lower case.
#[derive(Clone, Copy, Debug)]
pub enum Reset {
    /// Seconds since 1970.
    Moment(&'static str),
    /// Seconds from now, or since 1970: the pages do not say which.
    SecondsOrMoment(&'static str),
}

/// What `Retry-After` says, at most ten minutes.
#[must_use]
pub fn retry_after(response: &Response) -> Option<Duration> {
    after(response.header("retry-after")?.trim(), now(response))
}

/// What `Retry-After` says, or else the system's own header; at most ten minutes.
#[must_use]
pub fn until(response: &Response, reset: Reset) -> Option<Duration> {
    retry_after(response).or_else(|| of_reset(response, reset))
}

fn after(text: &str, now_unix_s: Option<i64>) -> Option<Duration> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number has are a long wait too.
        return Some(text.parse().map_or(MOST, Duration::from_secs).min(MOST));
    }
    Some(ahead(date(text)?.checked_sub(now_unix_s?)?))
}

fn of_reset(response: &Response, reset: Reset) -> Option<Duration> {
    let number = |name: &str| response.header(name)?.trim().parse::<i64>().ok();
    let from_now = |moment: i64| moment.checked_sub(now(response)?);
    let left_s = match reset {
        Reset::Moment(name) => from_now(number(name)?)?,
        Reset::SecondsOrMoment(name) => {
            let said = number(name)?;
            if said <= WINDOW_MOST_S { said } else { from_now(said)? }
        }
    };
    (left_s <= WINDOW_MOST_S).then(|| ahead(left_s))
}

/// What is over by now is no wait.
fn ahead(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0)).min(MOST)
}

fn now(response: &Response) -> Option<i64> {
    date(response.header("date")?.trim())
}

/// Seconds since 1970.
fn date(text: &str) -> Option<i64> {
    let read = |form: &&str| strtime::parse(form, text).ok()?.to_datetime().ok();
    let time = DATES.iter().find_map(read)?.to_zoned(TimeZone::UTC).ok()?;
    Some(time.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: (&str, &str) = ("date", "Thu, 09 Oct 2025 08:53:20 GMT");
    const NOW_S: i64 = 1_760_000_000;

    fn answered(headers: &[(&str, &str)]) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Response { status: 429, headers, body: Vec::new() }
    }

    #[test]
    fn all_three_forms_of_a_date_are_one_moment() {
        for text in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(date(text), Some(784_111_777), "{text}");
        }
        for text in
            ["", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 CET", "Mon, 06 Nov 1994 08:49:37 GMT"]
        {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_moment_by_the_servers_clock() {
        for (text, with_clock, without) in [
            ("7", Some(7), Some(7)),
            (" 7 ", Some(7), Some(7)),
            ("0", Some(0), Some(0)),
            ("600", Some(600), Some(600)),
            ("601", Some(600), Some(600)),
            ("99999999999999999999999", Some(600), Some(600)),
            ("Thu, 09 Oct 2025 08:54:02 GMT", Some(42), None),
            ("Thursday, 09-Oct-25 08:54:02 GMT", Some(42), None),
            ("Thu Oct  9 08:54:02 2025", Some(42), None),
            ("Thu, 09 Oct 2025 08:53:19 GMT", Some(0), None),
            ("Fri, 10 Oct 2025 08:53:20 GMT", Some(600), None),
            ("soon", None, None),
            ("-1", None, None),
            ("+1", None, None),
            ("1.5", None, None),
            ("", None, None),
        ] {
            let wait = |headers: &[(&str, &str)]| retry_after(&answered(headers)).map(|wait| wait.as_secs());
            assert_eq!(wait(&[("retry-after", text), NOW]), with_clock, "{text}");
            assert_eq!(wait(&[("retry-after", text)]), without, "{text}");
            assert_eq!(wait(&[("retry-after", text), ("date", "now")]), without, "{text}");
        }
        assert_eq!(retry_after(&answered(&[NOW])), None);
    }

    #[test]
    fn a_systems_own_header_stands_in_where_retry_after_says_nothing() {
        let reset = "x-ratelimit-reset";
        for (said, moment, either) in [
            (NOW_S + 42, Some(42), Some(42)),
            (NOW_S - 1, Some(0), Some(0)),
            (NOW_S + 1_200, Some(600), Some(600)),
            (NOW_S + 3_601, None, None),
            (NOW_S * 1_000, None, None),
            (30, Some(0), Some(30)),
            (1_200, Some(0), Some(600)),
            (i64::MAX, None, None),
        ] {
            let text = said.to_string();
            let wait =
                |headers: &[(&str, &str)], reset| until(&answered(headers), reset).map(|wait| wait.as_secs());
            let clock = [(reset, text.as_str()), NOW];
            assert_eq!(wait(&clock, Reset::Moment(reset)), moment, "{said}");
            assert_eq!(wait(&clock, Reset::SecondsOrMoment(reset)), either, "{said}");
            assert_eq!(wait(&clock[..1], Reset::Moment(reset)), None, "{said}");
            let first = [("retry-after", "7"), (reset, text.as_str()), NOW];
            assert_eq!(wait(&first, Reset::Moment(reset)), Some(7), "{said}");
        }
        let odd = answered(&[(reset, "soon"), NOW]);
        assert_eq!(until(&odd, Reset::Moment(reset)), None);
    }
}
