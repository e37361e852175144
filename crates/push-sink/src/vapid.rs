//! Who sends: the token of RFC 8292, held against more than a push service asks for.

use munadi_push_service::{VapidError, public_key_digest};

use crate::check::Reason;

/// Checks tokens. A signature is verified once for each token; its expiry each time.
#[derive(Default)]
pub(crate) struct VapidCheck {
    /// The only key that may sign, in base64url (RFC 8292 §4.2).
    key: Option<String>,
    tokens: munadi_push_service::VapidCheck,
}

impl VapidCheck {
    pub(crate) fn new(key: Option<String>) -> Self {
        Self { key, tokens: munadi_push_service::VapidCheck::default() }
    }

    /// Checks the `Authorization` header of a request to `origin` at a time in seconds since 1970.
    pub(crate) fn check(&self, header: &str, origin: &str, now: u64) -> Result<(), Reason> {
        let sender = self.tokens.check(header, origin, now)?;
        if self.key.as_deref().is_some_and(|only| public_key_digest(only) != Some(sender.key)) {
            return Err(Reason::VapidKey);
        }
        // Push services accept a token without it; whoever sends as much as we do says whom to write to.
        let subject = sender.subject.ok_or(Reason::VapidSyntax)?;
        let contact = subject.starts_with("mailto:") && subject.contains('@') || subject.starts_with("https://");
        if contact && !subject.contains(char::is_whitespace) { Ok(()) } else { Err(Reason::VapidSubject) }
    }
}

impl From<VapidError> for Reason {
    fn from(error: VapidError) -> Self {
        match error {
            VapidError::Syntax => Self::VapidSyntax,
            VapidError::Key => Self::VapidKey,
            VapidError::Signature => Self::VapidSignature,
            VapidError::Audience => Self::VapidAudience,
            VapidError::Expiry => Self::VapidExpiry,
        }
    }
}
