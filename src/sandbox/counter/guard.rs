//! Keeps other web sites off the counter: a page elsewhere must neither press keys here nor, by a name
//! that it made point to this machine, read what stands on the screen.

use std::net::IpAddr;
use std::net::Ipv6Addr;

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::header;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;

pub async fn guard(request: Request, next: Next) -> Response {
    let host = text(request.headers(), &header::HOST);
    if !host.is_none_or(is_address) {
        let why = "this counter answers to its address alone; open it as http://127.0.0.1 with its port";
        return (StatusCode::FORBIDDEN, why).into_response();
    }
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    if !reads && request.headers().contains_key(header::ORIGIN) {
        let own = host.map(|host| format!("http://{host}"));
        if own.as_deref() != text(request.headers(), &header::ORIGIN) {
            let why =
                "another web site may not act here; send the request without `Origin`, or from the page";
            return (StatusCode::FORBIDDEN, why).into_response();
        }
    }
    next.run(request).await
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

/// Whether no name server had a say in where this leads.
fn is_address(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name);
    let bracketed = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    match bracketed {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv4()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_stranger_could_point_here_are_not_taken() {
        for host in
            ["127.0.0.1:8460", "127.0.0.1", "192.168.1.9:80", "[::1]:8460", "localhost:1", "LocalHost"]
        {
            assert!(is_address(host), "{host}");
        }
        for host in ["evil.example:8460", "localhost.evil.example", "127.0.0.1.evil.example", "", "?", "::1"]
        {
            assert!(!is_address(host), "{host}");
        }
    }
}
