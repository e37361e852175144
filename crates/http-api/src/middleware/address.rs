//! Where a request comes from.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    http::HeaderMap,
    middleware::{Next, from_fn},
    response::Response,
};
use munadi_services::limits::ClientAddress;

use crate::HttpSettings;

/// Puts [`ClientAddress`] into the extensions of requests to other parts that have a listener of their own.
pub fn with_client_address(router: Router, trusted_proxies: usize) -> Router {
    router.layer(from_fn(move |request, next| know_address(trusted_proxies, request, next)))
}

/// Puts [`ClientAddress`] into the extensions.
pub(crate) async fn find_address(State(settings): State<Arc<HttpSettings>>, request: Request, next: Next) -> Response {
    know_address(settings.trusted_proxies, request, next).await
}

async fn know_address(trusted_proxies: usize, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    // Without a connection, as in a test, all requests come from the same nowhere.
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let address = forwarded(request.headers(), trusted_proxies).unwrap_or(peer);
    request.extensions_mut().insert(ClientAddress(address.to_canonical()));
    next.run(request).await
}

/// The address that the outermost trusted proxy saw. Each proxy adds one at the right; what stands further left is whatever the client
/// wrote there.
fn forwarded(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let values = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    let hop = hops.get(hops.len().checked_sub(proxies.max(1))?).filter(|_| proxies > 0)?;
    let bare = || hop.trim_start_matches('[').trim_end_matches(']').parse().ok();
    bare().or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[&str], proxies: usize, expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        assert_eq!(forwarded(&headers, proxies), expected.map(|text| text.parse().unwrap()), "{values:?} {proxies}");
    }

    #[test]
    fn only_what_trusted_proxies_added_counts() {
        check(&["6.6.6.6, 192.0.2.1"], 0, None);
        check(&["6.6.6.6, 192.0.2.1"], 1, Some("192.0.2.1"));
        check(&["6.6.6.6, 192.0.2.1, 10.0.0.1"], 2, Some("192.0.2.1"));
        check(&["6.6.6.6, 192.0.2.1", "10.0.0.1"], 2, Some("192.0.2.1"));
        check(&["192.0.2.1"], 2, None);
        check(&[], 1, None);
    }

    #[test]
    fn addresses_are_read_in_all_their_forms() {
        check(&["192.0.2.1:4711"], 1, Some("192.0.2.1"));
        check(&["[2001:db8::1]:4711"], 1, Some("2001:db8::1"));
        check(&["[2001:db8::1]"], 1, Some("2001:db8::1"));
        check(&["2001:db8::1"], 1, Some("2001:db8::1"));
        check(&["unknown"], 1, None);
    }
}
