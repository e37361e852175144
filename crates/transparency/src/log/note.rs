//! Signed notes, as [signed-note](https://c2sp.org/signed-note) has them: a text, a blank line, and one line for each signature.
//!
//! A note is read strictly and prints as the same bytes again. Who reads one must verify it before using its text.

use std::{fmt, str::FromStr};

use crate::encoding;

mod key;

pub(super) use key::{Ed25519, KeyPair};
pub use key::{LogSigner, VerifierKey};

/// The most bytes of a note: room for a checkpoint with 64 signatures of post-quantum keys.
pub const MAX_BYTES: usize = 512 * 1024;
/// The most signatures of a note.
pub const MAX_SIGNATURES: usize = 64;
/// The most bytes of a key's name.
pub const MAX_NAME_BYTES: usize = 255;

/// What a signature's line begins with: an em dash and a space.
const LINE_START: &str = "\u{2014} ";
const KEY_ID_BYTES: usize = 4;

/// What is wrong with a note, a key or a signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// See [`MAX_BYTES`].
    #[error("the note has more than {MAX_BYTES} bytes")]
    TooLarge,
    /// See [`MAX_SIGNATURES`].
    #[error("the note has more than {MAX_SIGNATURES} signatures")]
    TooManySignatures,
    /// The text must end with a line break and have no other control characters.
    #[error("the note's text does not end with a line break, or has control characters")]
    Text,
    /// Not UTF-8, no blank line, or no signature after it.
    #[error("not a signed note: {0}")]
    Syntax(&'static str),
    /// Not `— <name> <base64 of key id and signature>` with a line break.
    #[error("not a signature line of a note")]
    SignatureLine,
    /// The text cannot be a key's name.
    #[error("a key's name has 1 to {MAX_NAME_BYTES} bytes without spaces, plus signs and control characters")]
    Name,
    /// Not `<name>+<key id>+<base64 of type and key>`, or the key id is not that of the key.
    #[error("not a verifier key: {0}")]
    VerifierKey(&'static str),
    /// The bytes are no private Ed25519 key.
    #[error("not a private Ed25519 key")]
    PrivateKey,
    /// The key has not signed the note.
    #[error("the note is not signed by {0}")]
    NotSigned(KeyName),
    /// A signature with the key's name and id is not the key's. The whole note is to be refused.
    #[error("the note's signature by {0} is wrong")]
    BadSignature(KeyName),
}

/// A key's name: not empty, without Unicode spaces, plus signs and control characters; by recommendation a URL without scheme.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let is_bad = |c: char| c.is_whitespace() || c == '+' || c < ' ';
        let is_good = (1..=MAX_NAME_BYTES).contains(&text.len()) && !text.contains(is_bad);
        if is_good { Ok(Self(text.to_owned())) } else { Err(NoteError::Name) }
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The four bytes which with the name tell a key, and its type, from others. It is no strong hash: it only chooses the key to verify with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; KEY_ID_BYTES]);

impl KeyId {
    /// The first bytes of SHA-256 of the name, a line break, the type and the public key.
    pub(super) fn of(name: &KeyName, kind: u8, public: &[u8]) -> Self {
        let text = [name.as_str().as_bytes(), b"\n", &[kind], public].concat();
        let [a, b, c, d, ..] = encoding::sha256(&text);
        Self([a, b, c, d])
    }
}

impl fmt::Display for KeyId {
    /// Eight hexadecimal digits in lower case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// A signature's line: whose it says it is, and the bytes, which only a verifier of that key's type understands.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct NoteSignature {
    name: KeyName,
    key_id: KeyId,
    bytes: Vec<u8>,
}

impl NoteSignature {
    pub(super) const fn new(name: KeyName, key_id: KeyId, bytes: Vec<u8>) -> Self {
        Self { name, key_id, bytes }
    }

    /// The key's name.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// The key's id.
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// What comes after the key id.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads lines of signatures, each with its line break: what a witness answers.
    pub fn parse_lines(text: &str) -> Result<Vec<Self>, NoteError> {
        if text.len() > MAX_BYTES {
            return Err(NoteError::TooLarge);
        }
        let lines = text.strip_suffix('\n').ok_or(NoteError::SignatureLine)?;
        if lines.split('\n').count() > MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        lines.split('\n').map(str::parse).collect()
    }
}

impl FromStr for NoteSignature {
    type Err = NoteError;

    /// Reads a line without its line break.
    fn from_str(line: &str) -> Result<Self, NoteError> {
        let parts = line.strip_prefix(LINE_START).and_then(|rest| rest.split_once(' '));
        let (name, base64) = parts.ok_or(NoteError::SignatureLine)?;
        let bytes = encoding::from_base64(base64).ok_or(NoteError::SignatureLine)?;
        let (key_id, bytes) = bytes.split_first_chunk().ok_or(NoteError::SignatureLine)?;
        if bytes.is_empty() {
            return Err(NoteError::SignatureLine);
        }
        Ok(Self { name: name.parse()?, key_id: KeyId(*key_id), bytes: bytes.to_vec() })
    }
}

impl fmt::Display for NoteSignature {
    /// The line without its line break.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.0.as_slice(), &self.bytes].concat();
        write!(f, "{LINE_START}{} {}", self.name, encoding::to_base64(&bytes))
    }
}

impl fmt::Debug for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteSignature({self})")
    }
}

/// A text and its signatures, of which none is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl SignedNote {
    /// A note with its first signature.
    pub fn new(text: impl Into<String>, signature: NoteSignature) -> Result<Self, NoteError> {
        let text = text.into();
        check_text(&text)?;
        Ok(Self { text, signatures: vec![signature] })
    }

    /// Reads a note.
    pub fn parse(note: &[u8]) -> Result<Self, NoteError> {
        if note.len() > MAX_BYTES {
            return Err(NoteError::TooLarge);
        }
        let note = str::from_utf8(note).map_err(|_| NoteError::Syntax("it is not UTF-8"))?;
        // The text may have blank lines; the last one of the note ends it.
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Syntax("it has no blank line"))?;
        let text = format!("{text}\n");
        check_text(&text)?;
        Ok(Self { text, signatures: NoteSignature::parse_lines(lines)? })
    }

    /// The text with its last line break. Not to be believed before a signature is verified.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in their order.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a signature; one with the same name and key id is replaced.
    pub fn add(&mut self, signature: NoteSignature) -> Result<(), NoteError> {
        let is_same = |old: &&mut NoteSignature| old.name == signature.name && old.key_id == signature.key_id;
        if let Some(old) = self.signatures.iter_mut().find(is_same) {
            *old = signature;
        } else if self.signatures.len() < MAX_SIGNATURES {
            self.signatures.push(signature);
        } else {
            return Err(NoteError::TooManySignatures);
        }
        Ok(())
    }

    /// Whether the key has signed the note, and nobody else under its name and id.
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        self.verify_each(key.name(), key.id(), |signature| key.is_good(&self.text, signature).then_some(()))?;
        Ok(())
    }

    /// Lets `verify` judge every signature with that name and id: all must be good. What it makes of the first one.
    pub(super) fn verify_each<T>(
        &self,
        name: &KeyName,
        id: KeyId,
        verify: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<T, NoteError> {
        let of_the_key = self.signatures.iter().filter(|signature| signature.name == *name && signature.key_id == id);
        let verdicts: Option<Vec<T>> = of_the_key.map(|signature| verify(&signature.bytes)).collect();
        let good = verdicts.ok_or_else(|| NoteError::BadSignature(name.clone()))?;
        good.into_iter().next().ok_or_else(|| NoteError::NotSigned(name.clone()))
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

pub(super) fn check_text(text: &str) -> Result<(), NoteError> {
    if text.len() > MAX_BYTES {
        return Err(NoteError::TooLarge);
    }
    let is_bad = |c: char| c < ' ' && c != '\n';
    if text.ends_with('\n') && !text.contains(is_bad) { Ok(()) } else { Err(NoteError::Text) }
}

#[cfg(test)]
mod tests;
