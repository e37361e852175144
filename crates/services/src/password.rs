//! Passwords: Argon2id with OWASP's parameters, by few at a time, so that a flood of sign-ins can take neither all memory nor all
//! cores.

use std::{sync::Arc, time::Duration};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{Result, ServiceError, entropy, secret::Secret};

/// The fewest characters of a password. There is no other rule: length is what counts (NIST SP 800-63B §3.1.1.2).
pub const MIN_CHARS: usize = 12;
/// The most characters of a password.
pub const MAX_CHARS: usize = 200;
const SALT_BYTES: usize = 16;
/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Hashes and verifies passwords. Cheap to clone; all clones share the same turns.
#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// The hash of a password that nobody knows: what an unknown name is checked against, so that it takes as long as a known one.
    decoy: Arc<str>,
    patience: Duration,
}

impl Passwords {
    /// At most so many are hashed at once; each takes 19 MiB and some ten milliseconds of a core.
    pub fn new(at_once: usize) -> Result<Self> {
        let decoy = hash(&Secret::new(crate::hex(&entropy::bytes::<16>()?)))?;
        Ok(Self { turns: Arc::new(Semaphore::new(at_once.max(1))), decoy: decoy.into(), patience: PATIENCE })
    }

    /// A PHC string of the password with a fresh salt.
    pub async fn hash(&self, password: &Secret) -> Result<String> {
        let _turn = self.turn().await?;
        let password = password.clone();
        tokio::task::spawn_blocking(move || hash(&password)).await.map_err(|error| failed(&error))?
    }

    /// Whether the password is the one of this PHC string. Without one the answer is no, and takes as long.
    pub async fn verify(&self, password: &Secret, phc: Option<&str>) -> Result<bool> {
        let _turn = self.turn().await?;
        let (password, is_known) = (password.clone(), phc.is_some());
        let phc = phc.unwrap_or(&self.decoy).to_owned();
        let verified = tokio::task::spawn_blocking(move || verify(&password, &phc)).await;
        Ok(verified.map_err(|error| failed(&error))? && is_known)
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>> {
        match tokio::time::timeout(self.patience, self.turns.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(ServiceError::TooMany { retry_after: self.patience }),
        }
    }
}

/// Refuses a password that is too short, too long, or the name itself.
pub fn check(password: &Secret, sign_in: &str, at: &str) -> Result<()> {
    let text = password.expose();
    let reason = match text.chars().count() {
        count if count < MIN_CHARS => format!("a password needs at least {MIN_CHARS} characters"),
        count if count > MAX_CHARS => format!("a password has at most {MAX_CHARS} characters"),
        _ if text.to_lowercase() == sign_in => "the name is not a password".to_owned(),
        _ => return Ok(()),
    };
    Err(ServiceError::invalid(at, reason))
}

/// A password for the first sign-in: 100 random bits that can be read out on the telephone.
pub(crate) fn one_time() -> Result<Secret> {
    // No letter or digit that can be taken for another.
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let bytes: [u8; 20] = entropy::bytes()?;
    let mut text = String::with_capacity(24);
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 && index % 4 == 0 {
            text.push('-');
        }
        text.push(char::from(LETTERS[usize::from(byte % 32)]));
    }
    Ok(Secret::new(text))
}

fn hash(password: &Secret) -> Result<String> {
    let salt: [u8; SALT_BYTES] = entropy::bytes()?;
    // The default is Argon2id with 19 MiB, two passes and one lane, which is OWASP's first choice.
    let hash: Result<PasswordHash, _> = Argon2::default().hash_password_with_salt(bytes(password), &salt);
    hash.map(|hash| hash.to_string()).map_err(|error| failed(&error))
}

fn verify(password: &Secret, phc: &str) -> bool {
    PasswordHash::new(phc).is_ok_and(|hash| Argon2::default().verify_password(bytes(password), &hash).is_ok())
}

/// A longer text is not hashed to its end: nobody has such a password, and hashing must not take as long as a stranger likes.
fn bytes(password: &Secret) -> &[u8] {
    let bytes = password.expose().as_bytes();
    &bytes[..bytes.len().min(MAX_CHARS * 4 + 1)]
}

fn failed(error: &dyn std::fmt::Display) -> ServiceError {
    ServiceError::Unavailable(format!("the password could not be hashed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_fits_its_password_alone() {
        let passwords = Passwords::new(2).unwrap();
        let right: Secret = "correct horse battery".into();
        let phc = passwords.hash(&right).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert_ne!(phc, passwords.hash(&right).await.unwrap(), "each hash has its own salt");
        assert!(passwords.verify(&right, Some(&phc)).await.unwrap());
        assert!(!passwords.verify(&"correct horse batterY".into(), Some(&phc)).await.unwrap());
        assert!(!passwords.verify(&right, None).await.unwrap());
        assert!(!passwords.verify(&right, Some("not a hash")).await.unwrap());
    }

    #[tokio::test]
    async fn whoever_gets_no_turn_is_told_to_come_back() {
        let passwords = Passwords { patience: Duration::ZERO, ..Passwords::new(1).unwrap() };
        let _held = passwords.turn().await.unwrap();
        let refused = passwords.turn().await;
        assert!(matches!(refused, Err(ServiceError::TooMany { .. })));
    }

    #[test]
    fn only_length_counts() {
        for (password, is_good) in [
            ("short", false),
            ("12345678901", false),
            ("123456789012", true),
            ("पासवर्ड-बहुत-लंबा", true),
            ("ministry@example", false),
        ] {
            assert_eq!(check(&password.into(), "ministry@example", "/password").is_ok(), is_good, "{password}");
        }
        assert!(check(&Secret::new("x".repeat(200)), "a", "/p").is_ok());
        assert!(check(&Secret::new("x".repeat(201)), "a", "/p").is_err());
    }

    #[test]
    fn one_time_passwords_are_good_and_differ() {
        let (one, other) = (one_time().unwrap(), one_time().unwrap());
        assert_ne!(one.expose(), other.expose());
        assert_eq!(one.expose().len(), 24);
        assert!(check(&one, "name", "/password").is_ok());
    }
}
