//! Cookies (RFC 6265), read and made in one place.

use axum::http::{HeaderMap, HeaderValue, header};

/// The value of a cookie; the first, if there are several of that name.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// For how long a browser keeps a cookie.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kept {
    /// So many seconds.
    Seconds(i64),
    /// No longer.
    Gone,
}

/// A cookie that no script reads and no other site sends, for the whole site. The value must be of plain letters, digits and `-_.,~`;
/// `None` for any other.
pub(crate) fn make(name: &str, value: &str, kept: Kept, secure: bool) -> Option<HeaderValue> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.,~".contains(&byte);
    if !value.bytes().all(is_plain) {
        return None;
    }
    let age = match kept {
        Kept::Seconds(seconds) => seconds,
        Kept::Gone => 0,
    };
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookie_is_found_by_its_whole_name() {
        let headers =
            HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static("xlang=1; lang=hi; lang=en; b"))]);
        assert_eq!(read(&headers, "lang"), Some("hi"));
        assert_eq!(read(&headers, "b"), None);
    }

    #[test]
    fn value_cannot_bring_attributes_along() {
        let made = make("inbox", "110001,226001~hi", Kept::Seconds(60), true).unwrap();
        assert_eq!(made, "inbox=110001,226001~hi; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
        for value in ["a b", "a;b", "a\r\nb", "é", "\"a\""] {
            assert!(make("inbox", value, Kept::Gone, false).is_none(), "{value}");
        }
    }
}
