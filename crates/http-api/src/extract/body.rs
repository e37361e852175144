//! JSON bodies. What cannot be read is told with its place.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use munadi_domain::fault::Fault;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use crate::problem::{Kind, Problem};

/// A JSON body.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Kind::MEDIA_TYPE.with("Send JSON, with Content-Type: application/json"));
        }
        let unreadable = |_| Kind::BAD_REQUEST.with("The connection broke before the whole request was there");
        let bytes = Bytes::from_request(request, state).await.map_err(unreadable)?;
        read(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type == "application/json" || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if names_nul(bytes) {
        return Err(Kind::INVALID.with("A text holds the character U+0000, which no text here may"));
    }
    // serde would read a list as the members of an object in their order.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Kind::INVALID
            .with("The body is a list, and this takes an object")
            .at(vec![Fault::new("", "expected an object")]));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (at, error) = (pointer(error.path()), error.into_inner());
        if error.is_data() { wrong_value(at, &error) } else { not_json(&error) }
    })?;
    reader.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

fn not_json(error: &serde_json::Error) -> Problem {
    Kind::BAD_REQUEST.with(format!("The body is not JSON: {error}"))
}

fn wrong_value(at: String, error: &serde_json::Error) -> Problem {
    let reason = error.to_string();
    // The pointer says where: lines and columns mean nothing to who did not write the JSON by hand.
    let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
    Kind::INVALID.with("The body is not what this takes").at(vec![Fault::new(at, reason)])
}

/// The JSON Pointer (RFC 6901) of a path.
fn pointer(path: &serde_path_to_error::Path) -> String {
    let escape = |name: &str| name.replace('~', "~0").replace('/', "~1");
    let parts = path.iter().map(|segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", escape(key)),
        Segment::Enum { variant } => format!("/{}", escape(variant)),
        Segment::Unknown => String::new(),
    });
    parts.collect()
}

/// Whether a string of the JSON has the escape of U+0000, which PostgreSQL cannot store.
fn names_nul(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        if rest[at..].starts_with(b"\\u0000") {
            return true;
        }
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use munadi_domain::content::DraftContent;
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn refused(json: &str) -> serde_json::Value {
        serde_json::to_value(read::<DraftContent>(json.as_bytes()).unwrap_err()).unwrap()
    }

    #[test]
    fn fault_is_at_its_pointer() {
        for (json, at) in [
            (r#"{"area": {"pins": ["110001", "x"]}}"#, "/area/pins/1"),
            (r#"{"languages": [{"lang": "hi", "headline": 7}]}"#, "/languages/0/headline"),
            (r#"{"status": "actual"}"#, "/status"),
            (r#"{"area": {"a/b~c": 1}}"#, "/area/a~1b~0c"),
            ("[]", ""),
        ] {
            let problem = refused(json);
            assert_eq!(problem["status"], 422, "{problem}");
            assert_eq!(problem["faults"][0]["at"], at, "{problem}");
            assert!(!problem["faults"][0]["reason"].as_str().unwrap().contains("line"), "{problem}");
        }
    }

    #[test]
    fn what_is_no_json_is_another_problem() {
        for json in ["", "{", "{}{}", "nul", "\u{0}"] {
            assert_eq!(refused(json)["status"], 400, "{json}");
        }
    }

    #[test]
    fn character_that_no_database_takes_is_refused_early() {
        assert_eq!(refused(r#"{"references": ["a\u0000b"]}"#)["status"], 422);
        assert!(read::<DraftContent>(br#"{"references": ["a\\u0000b"]}"#).is_ok());
    }

    proptest! {
        #[test]
        fn nul_is_seen_wherever_it_is(text in r#"[\x00-\x02a\\u0"]{0,12}"#) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(names_nul(json.as_bytes()), text.contains('\0'));
        }
    }
}
