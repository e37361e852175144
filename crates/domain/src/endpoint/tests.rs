use proptest::prelude::*;

use super::*;

fn policy() -> EndpointPolicy {
    EndpointPolicy::new(["fcm.googleapis.com", "push.services.mozilla.com", "notify.windows.com", "पुश.भारत"], false)
        .unwrap()
}

fn development() -> EndpointPolicy {
    EndpointPolicy::new(["push.example.org"], true).unwrap()
}

#[test]
fn endpoints_of_real_services_are_accepted() {
    for text in [
        "https://fcm.googleapis.com/fcm/send/dAb:APA91bF-x_y",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABm",
        "https://wns2-by3p.notify.windows.com/w/?token=BQYAAAC%2bx%3d%3d",
        "https://xn--n2by6a.xn--h2brj9c/a",
    ] {
        let endpoint = policy().check_url(text).unwrap();
        assert_eq!(endpoint.as_str(), text);
        assert_eq!(endpoint.port(), 443);
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (text, error) in [
        ("", EndpointError::NotCanonical),
        ("fcm.googleapis.com/a", EndpointError::NotCanonical),
        ("https://", EndpointError::NotCanonical),
        ("http://fcm.googleapis.com/a", EndpointError::Scheme),
        ("ftp://fcm.googleapis.com/a", EndpointError::Scheme),
        ("file:///etc/passwd", EndpointError::Scheme),
        ("data:text/plain,a", EndpointError::Scheme),
        ("https://fcm.googleapis.com:8443/a", EndpointError::Port),
        ("https://fcm.googleapis.com:80/a", EndpointError::Port),
        ("https://fcm.googleapis.com:0/a", EndpointError::Port),
        ("https://fcm.googleapis.com@10.0.0.1/a", EndpointError::UserInfo),
        ("https://a:b@fcm.googleapis.com/a", EndpointError::UserInfo),
        ("https://:b@fcm.googleapis.com/a", EndpointError::UserInfo),
        ("https://@fcm.googleapis.com/a", EndpointError::NotCanonical),
        ("https://fcm.googleapis.com/a#b", EndpointError::Fragment),
        ("https://fcm.googleapis.com/a#", EndpointError::Fragment),
        ("https://10.0.0.1/a", EndpointError::IpLiteral),
        ("https://8.8.8.8/a", EndpointError::IpLiteral),
        ("https://2130706433/a", EndpointError::IpLiteral),
        ("https://0x7f.1/a", EndpointError::IpLiteral),
        ("https://017700000001/a", EndpointError::IpLiteral),
        ("https://[::1]/a", EndpointError::IpLiteral),
        ("https://[::ffff:127.0.0.1]/a", EndpointError::IpLiteral),
        ("https://localhost/a", EndpointError::HostNotAllowed),
        ("https://googleapis.com/a", EndpointError::HostNotAllowed),
        ("https://evilfcm.googleapis.com/a", EndpointError::HostNotAllowed),
        ("https://fcm.googleapis.com.evil.org/a", EndpointError::HostNotAllowed),
        ("https://fcm.googleapis.com./a", EndpointError::HostNotAllowed),
        ("https://evil.org/fcm.googleapis.com", EndpointError::HostNotAllowed),
        ("https://evil.org\\.fcm.googleapis.com/a", EndpointError::HostNotAllowed),
        ("https://evil.org?.fcm.googleapis.com/a", EndpointError::HostNotAllowed),
        ("https://fcm%2egoogleapis.com/a", EndpointError::NotCanonical),
        ("https://fcm。googleapis.com/a", EndpointError::NotCanonical),
        ("https://FCM.googleapis.com/a", EndpointError::NotCanonical),
        ("https:fcm.googleapis.com/a", EndpointError::NotCanonical),
        ("https:\\\\fcm.googleapis.com\\a", EndpointError::NotCanonical),
        ("https://fcm.googleapis.com/a/../b", EndpointError::NotCanonical),
        ("https://fcm.googleapis.com/a b", EndpointError::NotCanonical),
        ("https://fcm.googleapis.com/a\r\nHost: x", EndpointError::NotCanonical),
        (" https://fcm.googleapis.com/a", EndpointError::NotCanonical),
        ("https://fcm.googleapis.com", EndpointError::NotCanonical),
    ] {
        assert_eq!(policy().check_url(text), Err(error), "{text}");
    }
}

#[test]
fn written_default_port_names_the_same_endpoint() {
    let with = policy().check_url("https://fcm.googleapis.com:443/a").unwrap();
    assert_eq!(Ok(with), policy().check_url("https://fcm.googleapis.com/a"));
}

#[test]
fn length_is_limited() {
    let fitting = format!("https://fcm.googleapis.com/{}", "a".repeat(MAX_ENDPOINT_LEN - 27));
    assert!(policy().check_url(&fitting).is_ok());
    assert_eq!(policy().check_url(&(fitting + "a")), Err(EndpointError::TooLong));
}

#[test]
fn development_switch_allows_this_machine_and_nothing_else() {
    for text in [
        "http://localhost:9000/push/1",
        "https://127.0.0.1:4443/push/1",
        "http://[::1]:9000/push/1",
        "http://127.9.9.9/",
    ] {
        assert!(policy().check_url(text).is_err(), "{text}");
        let endpoint = development().check_url(text).unwrap();
        assert!(endpoint.admits(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        assert!(!endpoint.admits("8.8.8.8".parse().unwrap()));
        assert!(!endpoint.admits("10.0.0.1".parse().unwrap()));
    }
    for text in [
        "http://10.0.0.1/",
        "https://8.8.8.8/",
        "http://push.example.org/",
        "https://push.example.org:444/",
        "http://0.0.0.0/",
    ] {
        assert!(development().check_url(text).is_err(), "{text}");
    }
    let public = development().check_url("https://push.example.org/a").unwrap();
    assert!(!public.admits(IpAddr::V4(Ipv4Addr::LOCALHOST)));
}

#[test]
fn origin_has_the_port_only_when_it_is_not_the_default() {
    let origin = |text| {
        let endpoint = development().check_url(text).unwrap();
        (endpoint.origin().to_owned(), endpoint.authority().to_owned())
    };
    let pair = |origin: &str, authority: &str| (origin.to_owned(), authority.to_owned());
    assert_eq!(origin("https://push.example.org:443/a"), pair("https://push.example.org", "push.example.org"));
    assert_eq!(origin("https://127.0.0.1:4443/a"), pair("https://127.0.0.1:4443", "127.0.0.1:4443"));
    assert_eq!(origin("http://[::1]:9000/a"), pair("http://[::1]:9000", "[::1]:9000"));
    assert_eq!(origin("http://localhost/a"), pair("http://localhost", "localhost"));
}

#[test]
fn path_and_query_are_what_is_requested() {
    let endpoint = policy().check_url("https://fcm.googleapis.com/a/b?c=d%20e").unwrap();
    assert_eq!(endpoint.path_and_query(), "/a/b?c=d%20e");
}

#[test]
fn debug_does_not_show_the_capability() {
    let endpoint = policy().check_url("https://fcm.googleapis.com/secret").unwrap();
    assert_eq!(format!("{endpoint:?}"), "Endpoint(https://fcm.googleapis.com/…)");
}

#[test]
fn list_takes_only_names_of_hosts() {
    for text in [
        "",
        "com",
        ".com",
        "*.windows.com",
        "push.example.org.",
        "a..b",
        "10.0.0.1",
        "[::1]",
        "https://a.b",
        "a.b/c",
        "a b.c",
        "a.b:443",
    ] {
        assert_eq!(EndpointPolicy::new([text], false).map(|_| ()), Err(InvalidHost(text.to_owned())));
    }
}

#[test]
fn special_addresses_are_not_public() {
    for text in "0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 \
         127.255.255.255 169.254.0.0 169.254.169.254 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.255 \
         192.0.2.1 192.88.99.1 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.1 \
         203.0.113.255 224.0.0.0 239.255.255.255 240.0.0.0 255.255.255.255 :: ::1 ::2 ::10.0.0.1 \
         ::8.8.8.8 ::ffff:10.0.0.1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8 64:ff9b::10.0.0.1 64:ff9b:1::1 100::1 \
         2001::1 2001:0:4136:e378::1 2001:1ff:ffff:: 2001:db8::1 2002:a00:1::1 2002:: 3fff::1 3fff:fff::1 \
         5f00::1 fc00::1 fd12:3456::1 fe80::1 febf::1 fec0::1 feff::1 ff02::1 ffff::"
        .split_whitespace()
    {
        assert!(!is_public(text.parse().unwrap()), "{text}");
    }
}

#[test]
fn addresses_beside_the_special_ranges_are_public() {
    for text in "1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 \
         169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.0.3.0 192.88.98.255 \
         192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 \
         203.0.112.255 203.0.114.0 223.255.255.255 2001:200::1 2001:db7::1 2001:db9::1 2003::1 \
         2404:6800:4009::1 2606:4700::1111 3ffe::1 3fff:1000::1"
        .split_whitespace()
    {
        assert!(is_public(text.parse().unwrap()), "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_accepted_is_read_the_same_again(
        text in "(https?|ftp)://[a-z@.:]{0,12}(fcm.googleapis.com|localhost)[.:/@#?a-z0-9%\\\\]{0,12}",
    ) {
        for policy in [policy(), development()] {
            if let Ok(endpoint) = policy.check_url(&text) {
                prop_assert_eq!(policy.check_url(endpoint.as_str()), Ok(endpoint));
            }
        }
    }

    #[test]
    fn only_whole_labels_match(before in "[a-z0-9]{1,12}", after in "[a-z]{2,6}") {
        for (host, allowed) in [
            (format!("{before}.notify.windows.com"), true),
            (format!("{before}.{after}.notify.windows.com"), true),
            (format!("{before}notify.windows.com"), false),
            (format!("notify.windows.com.{after}"), false),
            (format!("notify.windows.com{after}"), false),
        ] {
            let checked = policy().check_url(&format!("https://{host}/x"));
            prop_assert_eq!(checked.is_ok(), allowed);
        }
    }

    #[test]
    fn any_text_is_refused_without_a_panic(text in "\\PC{0,80}") {
        let _ = policy().check_url(&text);
        let _ = EndpointPolicy::new([&text], true);
    }

    #[test]
    fn no_ipv6_form_of_an_ipv4_address_is_public(bits: u32) {
        let v4 = Ipv4Addr::from_bits(bits);
        let six_to_four = Ipv6Addr::from_bits(0x2002 << 112 | u128::from(bits) << 80);
        let nat64 = Ipv6Addr::from_bits(0x0064_ff9b << 96 | u128::from(bits));
        for v6 in [v4.to_ipv6_mapped(), Ipv6Addr::from_bits(u128::from(bits)), six_to_four, nat64] {
            prop_assert!(!is_public(IpAddr::V6(v6)));
        }
    }

    #[test]
    fn nothing_the_standard_library_calls_special_is_public(bits: u32) {
        let a = Ipv4Addr::from_bits(bits);
        let special = a.is_private() || a.is_loopback() || a.is_link_local() || a.is_multicast() || a.is_broadcast()
            || a.is_documentation() || a.is_unspecified();
        prop_assert!(!special || !is_public(IpAddr::V4(a)));
    }
}
