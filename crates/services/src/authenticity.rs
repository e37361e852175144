//! Whether a published notice is what it claims to be, by the verifier that everyone else uses. That it lies in the database among the
//! published ones is no proof: whoever can write there could have put it there.

use munadi_domain::payload::Payload;
use munadi_transparency::{
    directory::KeyDirectory,
    notice::{Envelope, Role},
    verdict::{SignedNotice, Verdict},
    verify::verify_json,
};
use time::OffsetDateTime;

use crate::{Core, Result, directory::Directory, inbox::PublicNotice};

/// What the signatures of a notice are worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Worth {
    /// Everybody who must sign it has signed it, and it still applies.
    Official,
    /// It was official, and its time is past.
    Over,
    /// Somebody has changed or forged it.
    NotOfficial {
        /// The rule that it broke first, in English.
        because: String,
    },
}

/// Whose signature it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedAs {
    /// The officer who wrote it.
    Author,
    /// Another officer, who read every language of it.
    Approver,
    /// The department.
    Department,
}

/// A good signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedBy {
    /// Whose it is.
    pub role: SignedAs,
    /// When, as the signer said.
    pub at: OffsetDateTime,
}

/// A published notice, read and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedNotice {
    /// The notice.
    pub notice: PublicNotice,
    /// What it says.
    pub payload: Payload,
    /// What its signatures are worth.
    pub worth: Worth,
    /// The signatures, if all that it needs are good.
    pub signers: Vec<SignedBy>,
}

/// Checks a notice against the key directory. `None` if it is so broken that nobody can read it.
pub async fn check(core: &Core, directory: &Directory, notice: PublicNotice) -> Result<Option<CheckedNotice>> {
    let Ok(payload) = serde_json::from_slice::<Payload>(&notice.payload) else {
        tracing::error!(notice = %notice.summary.id, "a published notice cannot be read");
        return Ok(None);
    };
    let (worth, signers) = match verify(&notice, &*directory.current().await?, core.clock.now()) {
        Verdict::Official(signed) => (Worth::Official, signers(&signed)),
        Verdict::Over(_, signed) => (Worth::Over, signers(&signed)),
        Verdict::NotOfficial(reason) => (Worth::NotOfficial { because: reason.to_string() }, Vec::new()),
    };
    let worth = if is_what_was_signed(&notice, &payload) { worth } else { altered() };
    if let Worth::NotOfficial { because } = &worth {
        tracing::error!(notice = %notice.summary.id, because, "a published notice is not official");
    }
    Ok(Some(CheckedNotice { notice, payload, worth, signers }))
}

fn verify(notice: &PublicNotice, directory: &KeyDirectory, now: OffsetDateTime) -> Verdict {
    verify_json(notice.envelope.as_bytes(), directory, now)
}

/// The bytes that are shown are those in the envelope, and both belong to this notice.
fn is_what_was_signed(notice: &PublicNotice, payload: &Payload) -> bool {
    let envelope = Envelope::parse(notice.envelope.as_bytes());
    envelope.is_ok_and(|envelope| envelope.payload() == notice.payload) && payload.id == notice.summary.id
}

fn altered() -> Worth {
    Worth::NotOfficial { because: "its text is not the one that was signed".to_owned() }
}

fn signers(signed: &SignedNotice) -> Vec<SignedBy> {
    let signer = |role, at| SignedBy { role: SignedAs::from(role), at };
    signed.signers.iter().map(|one| signer(one.role, one.signed_at)).collect()
}

impl From<Role> for SignedAs {
    fn from(role: Role) -> Self {
        match role {
            Role::Author => Self::Author,
            Role::Approver => Self::Approver,
            Role::Publisher => Self::Department,
        }
    }
}
