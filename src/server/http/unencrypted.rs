//! Detects a browser that uses plain HTTP from another machine. It stores no cookie that is marked `Secure`, so its
//! user cannot sign in.
use axum::http::HeaderMap;
use axum::http::header::{FORWARDED, HOST, HeaderName, ORIGIN, REFERER, VIA};
use url::{Host, Url};

/// True only if the request shows it: a proxy that says nothing about the browser's connection is assumed to be
/// encrypted.
pub fn unencrypted(headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(host) = text(&HOST) else { return false };
    let Ok(here) = Url::parse(&format!("http://{host}")) else { return false };
    if here.host().is_none_or(|host| this_machine(&host)) {
        return false;
    }
    // What the browser itself says about the address that it is at.
    let page = text(&ORIGIN).or_else(|| text(&REFERER)).and_then(|page| Url::parse(page).ok());
    if let Some(page) = page.filter(|page| page.host() == here.host()) {
        return page.scheme() == "http";
    }
    if let Some(scheme) = text(&HeaderName::from_static("x-forwarded-proto")) {
        return scheme.split(',').next().is_some_and(|first| first.trim().eq_ignore_ascii_case("http"));
    }
    // Browsers send the first of these only where it is safe; the others come from a proxy.
    let quiet = [
        HeaderName::from_static("sec-fetch-site"),
        HeaderName::from_static("x-forwarded-for"),
        HeaderName::from_static("x-forwarded-host"),
        HeaderName::from_static("x-real-ip"),
        FORWARDED,
        VIA,
    ];
    !quiet.iter().any(|name| headers.contains_key(name))
}

/// Whether the browser runs on this machine: there it stores such cookies without encryption.
fn this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn over(pairs: &[(&'static str, &'static str)]) -> bool {
        let pairs = pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        unencrypted(&pairs.collect())
    }

    #[test]
    fn plain_http_from_another_machine_is_seen() {
        for plain in [
            &[("host", "desk.test:5104")][..],
            &[("host", "192.168.1.7:3000")],
            &[("host", "[2001:db8::7]:3000")],
            &[("host", "desk.test"), ("origin", "http://desk.test")],
            &[("host", "desk.test"), ("origin", "null"), ("referer", "http://desk.test/login")],
            &[("host", "desk.test"), ("x-forwarded-proto", "http"), ("x-forwarded-for", "192.0.2.1")],
        ] {
            assert!(over(plain), "{plain:?}");
        }
    }

    #[test]
    fn what_is_encrypted_local_or_not_known_is_left_alone() {
        for fine in [
            &[][..],
            &[("host", "localhost:3000")],
            &[("host", "127.0.0.1:3000"), ("origin", "http://127.0.0.1:3000")],
            &[("host", "[::1]:3000")],
            &[("host", "desk.localhost")],
            &[("host", "desk.test"), ("origin", "https://desk.test")],
            &[("host", "desk.test"), ("sec-fetch-site", "none")],
            &[("host", "desk.test"), ("x-forwarded-proto", "https")],
            &[("host", "desk.test"), ("x-forwarded-for", "192.0.2.1")],
            &[("host", "desk.test"), ("via", "1.1 proxy")],
            &[("host", "desk.test"), ("referer", "http://other.test/"), ("sec-fetch-site", "cross-site")],
            &[("host", "not a host")],
        ] {
            assert!(!over(fine), "{fine:?}");
        }
    }
}
