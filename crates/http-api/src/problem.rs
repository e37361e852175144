//! The one form in which anything that goes wrong is told: RFC 9457. Each slug is explained in `api-spec/problems.md`.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use munadi_domain::fault::Fault;
use munadi_services::ServiceError;
use serde::Serialize;
use utoipa::ToSchema;

/// What every handler returns.
pub(crate) type Result<T, E = Problem> = std::result::Result<T, E>;

/// A problem (RFC 9457), as `application/problem+json`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// An address that explains the kind of problem.
    #[serde(rename = "type", serialize_with = "as_address")]
    #[schema(value_type = String, example = "/problems#not-found")]
    kind: &'static str,
    /// The kind of problem, in words.
    title: &'static str,
    /// The HTTP status.
    #[serde(serialize_with = "as_number")]
    #[schema(value_type = u16)]
    status: StatusCode,
    /// What went wrong this time, and what to do.
    detail: String,
    /// Everything that is wrong with the input, each with a JSON Pointer or an element path.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<FaultOut>)]
    faults: Vec<Fault>,
    /// Seconds until it makes sense to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    /// The revision that the resource has now.
    #[serde(skip_serializing_if = "Option::is_none")]
    current_revision: Option<i64>,
}

/// One thing that is wrong, and where.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaultOut {
    /// A JSON Pointer (RFC 6901), or a path of elements.
    at: String,
    /// What is wrong and what would be right.
    reason: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

fn as_address<S: serde::Serializer>(slug: &&'static str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("/problems#{slug}"))
}

/// A kind of problem: its slug, its status and its title.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind(&'static str, StatusCode, &'static str);

macro_rules! kinds {
    ($($name:ident = $slug:literal, $status:ident, $title:literal;)*) => {
        impl Kind {
            $(pub(crate) const $name: Self = Self($slug, StatusCode::$status, $title);)*

            /// Every kind: each has its section in `api-spec/problems.md`.
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

kinds! {
    BAD_REQUEST = "bad-request", BAD_REQUEST, "The request cannot be read";
    INVALID = "invalid", UNPROCESSABLE_ENTITY, "The input is not valid";
    UNAUTHENTICATED = "unauthenticated", UNAUTHORIZED, "Sign in first";
    FORBIDDEN = "forbidden", FORBIDDEN, "Not allowed";
    NEW_PASSWORD = "new-password-needed", FORBIDDEN, "Choose a new password";
    NOT_FOUND = "not-found", NOT_FOUND, "Not found";
    METHOD = "method-not-allowed", METHOD_NOT_ALLOWED, "Wrong method";
    TOO_SLOW = "request-too-slow", REQUEST_TIMEOUT, "The request took too long to arrive";
    CONFLICT = "conflict", CONFLICT, "Not possible in this state";
    REFUSED = "refused", CONFLICT, "Refused by the rules of review";
    IN_PROGRESS = "request-in-progress", CONFLICT, "Still being worked on";
    STALE = "stale-revision", PRECONDITION_FAILED, "Changed meanwhile";
    TOO_LARGE = "too-large", PAYLOAD_TOO_LARGE, "Too large";
    MEDIA_TYPE = "media-type", UNSUPPORTED_MEDIA_TYPE, "Unknown media type";
    BAD_SIGNATURE = "bad-signature", UNPROCESSABLE_ENTITY, "Signature refused";
    KEY_REUSED = "idempotency-key-reused", UNPROCESSABLE_ENTITY, "Another request has this key";
    NO_PRECONDITION = "if-match-missing", PRECONDITION_REQUIRED, "Say which revision you saw";
    TOO_MANY = "too-many-requests", TOO_MANY_REQUESTS, "Too many requests";
    UNAVAILABLE = "unavailable", SERVICE_UNAVAILABLE, "Not available now";
    OVERLOADED = "overloaded", SERVICE_UNAVAILABLE, "Too much to do";
    INTERNAL = "internal", INTERNAL_SERVER_ERROR, "Our fault";
}

impl Kind {
    pub(crate) fn with(self, detail: impl Into<String>) -> Problem {
        let Self(slug, status, title) = self;
        Problem {
            kind: slug,
            title,
            status,
            detail: detail.into(),
            faults: Vec::new(),
            retry_after: None,
            current_revision: None,
        }
    }
}

impl Problem {
    /// The same, with what is wrong at which place.
    pub(crate) fn at(mut self, faults: Vec<Fault>) -> Self {
        self.faults = faults;
        self
    }

    /// The same, with the time after which it makes sense to try again.
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds.max(1));
        self
    }

    #[cfg(test)]
    pub(crate) fn slug(&self) -> &str {
        self.kind
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        let detail = error.to_string();
        match error {
            ServiceError::Unauthenticated(_) => Kind::UNAUTHENTICATED.with(detail),
            ServiceError::Forbidden(_) => Kind::FORBIDDEN.with(detail),
            ServiceError::NotFound(_) => Kind::NOT_FOUND.with(detail),
            ServiceError::Invalid(faults) => Self { faults, ..Kind::INVALID.with(detail) },
            ServiceError::Refused(_) => Kind::REFUSED.with(detail),
            ServiceError::Conflict(_) => Kind::CONFLICT.with(detail),
            ServiceError::StaleRevision { current } => {
                Self { current_revision: Some(current), ..Kind::STALE.with(detail) }
            }
            ServiceError::BadSignature(_) => Kind::BAD_SIGNATURE.with(detail),
            ServiceError::TooMany { retry_after } => {
                Self { retry_after: Some(retry_after.as_secs().max(1)), ..Kind::TOO_MANY.with(detail) }
            }
            ServiceError::Unavailable(_) => Kind::UNAVAILABLE.with(detail),
            ServiceError::Entropy | ServiceError::Store(_) => internal(&error),
        }
    }
}

/// The causes go to the log, and nothing of them to the client.
fn internal(error: &dyn std::error::Error) -> Problem {
    let mut causes = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    tracing::error!(causes = causes.join(": "), "a request failed");
    Kind::INTERNAL.with("Something went wrong on our side. It is in our log; try again in a moment.")
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let retry_after = self.retry_after;
        let unauthenticated = self.status == StatusCode::UNAUTHORIZED;
        let mut response = (self.status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_explained() {
        let problems = include_str!("../../../api-spec/problems.md");
        let explained: Vec<&str> = problems.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let known: Vec<String> =
            Kind::ALL.iter().map(|Kind(slug, status, _)| format!("{slug} ({})", status.as_u16())).collect();
        assert_eq!(explained, known);
        for section in problems.split("\n## ").skip(1) {
            for part in ["**What**", "**Why**", "**What to do**"] {
                assert!(section.contains(part), "{part} is missing in {}", section.lines().next().unwrap_or_default());
            }
        }
    }

    #[test]
    fn causes_stay_with_us() {
        let error = munadi_services::ServiceError::Entropy;
        let problem = serde_json::to_string(&Problem::from(error)).unwrap();
        assert!(!problem.contains("operating system"), "{problem}");
    }
}
