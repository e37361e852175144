//! Trust policies, as [tlog-policy](https://c2sp.org/tlog-policy) has them: which logs and which witnesses somebody trusts, and how many
//! of the witnesses must have cosigned a checkpoint.

use std::{collections::BTreeSet, fmt, str::FromStr};

use super::{
    checkpoint::{Checkpoint, CheckpointError},
    cosignature::CosignerKey,
    note::{KeyName, NoteError, SignedNote, VerifierKey},
};

mod read;

/// The most bytes of a policy.
pub const MAX_BYTES: usize = 256 * 1024;
/// The most logs, the most witnesses, and the most groups of a policy.
pub const MAX_EACH: usize = 256;

/// Why something is no policy, or a checkpoint does not satisfy it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// See [`MAX_BYTES`].
    #[error("the policy has more than {MAX_BYTES} bytes")]
    TooLarge,
    /// A line that no policy can have.
    #[error("line {line} of the policy {fault}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A line's key.
    #[error("line {line} of the policy: {error}")]
    Key {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with the key.
        error: NoteError,
    },
    /// A name or a URL that cannot be in a policy.
    #[error("a name or a URL in a policy has no white space and no control characters, and is not empty")]
    Word,
    /// There is no quorum line.
    #[error("the policy has no quorum line")]
    NoQuorum,
    /// No log of the policy has signed.
    #[error("no log of the policy has signed the checkpoint")]
    UnknownLog,
    /// A wrong signature, or not a checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Too few, or the wrong ones, of the witnesses have cosigned.
    #[error("the witnesses that cosigned the checkpoint, {cosigned} of {known}, are not those that the policy wants")]
    Quorum {
        /// How many witnesses of the policy have cosigned.
        cosigned: usize,
        /// How many witnesses the policy has.
        known: usize,
    },
}

/// A name or a URL of a policy. Bytes beyond ASCII have no meaning here, and need not be UTF-8.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(Vec<u8>);

impl Word {
    /// The bytes: none is white space or a control character.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Word({self})")
    }
}

/// A log that is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Its key, which has the name of its origin.
    pub key: VerifierKey,
    /// Where it is, by recommendation its prefix.
    pub url: Option<Word>,
}

/// A witness that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Its name in this policy.
    pub name: Word,
    /// Its key.
    pub key: CosignerKey,
    /// Where it is, by recommendation its submission prefix.
    pub url: Option<Word>,
}

/// Some witnesses and groups, of which so many are needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name in this policy.
    pub name: Word,
    /// How many of the members must have witnessed a checkpoint: from 1 to all.
    pub threshold: usize,
    /// Witnesses, and groups defined before.
    pub members: Vec<Word>,
}

/// A policy. Every name in it is defined, before it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<Log>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    /// `None` is the word `none`: no cosignatures are needed.
    quorum: Option<Word>,
}

/// A checkpoint that satisfies a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    /// What the log says.
    pub checkpoint: Checkpoint,
    /// The key by which the log signed it.
    pub log: VerifierKey,
    /// Which witnesses have cosigned it.
    pub cosigned: Vec<Cosigned>,
}

/// That a witness cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// The witness's name in the policy.
    pub witness: Word,
    /// The name of its key.
    pub key: KeyName,
    /// When, in seconds since 1970-01-01T00:00:00Z, by the witness's clock.
    pub time: u64,
}

impl Policy {
    /// Reads the file. The last line may go without its line break.
    pub fn parse(policy: &[u8]) -> Result<Self, PolicyError> {
        read::policy(policy)
    }

    /// The logs.
    pub fn logs(&self) -> &[Log] {
        &self.logs
    }

    /// The witnesses.
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// The groups; each has only members that come before it.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The witness or group that must have witnessed a checkpoint.
    pub const fn quorum(&self) -> Option<&Word> {
        self.quorum.as_ref()
    }

    /// Whether a checkpoint is signed by a log of the policy and cosigned as the policy wants. One wrong signature by any key of the
    /// policy makes it bad.
    pub fn satisfied_by(&self, note: &SignedNote) -> Result<Witnessed, PolicyError> {
        let mut opened = None;
        for log in &self.logs {
            match Checkpoint::open(note, &log.key) {
                Ok(checkpoint) => opened = opened.or(Some((checkpoint, log.key.clone()))),
                Err(CheckpointError::Note(NoteError::NotSigned(_))) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let (checkpoint, log) = opened.ok_or(PolicyError::UnknownLog)?;
        Ok(Witnessed { checkpoint, log, cosigned: self.quorum_of(note)? })
    }

    /// The witnesses that cosigned, if they are as many as the policy wants. Who signed as the log is not looked at: for those who
    /// know the log from elsewhere.
    pub fn quorum_of(&self, note: &SignedNote) -> Result<Vec<Cosigned>, PolicyError> {
        let mut cosigned = Vec::new();
        for Witness { name, key, .. } in &self.witnesses {
            match key.verify(note) {
                Ok(time) => cosigned.push(Cosigned { witness: name.clone(), key: key.name().clone(), time }),
                Err(NoteError::NotSigned(_)) => {}
                Err(error) => return Err(CheckpointError::from(error).into()),
            }
        }
        if self.is_met(cosigned.iter().map(|cosigned| &cosigned.witness).collect()) {
            return Ok(cosigned);
        }
        Err(PolicyError::Quorum { cosigned: cosigned.len(), known: self.witnesses.len() })
    }

    fn is_met<'a>(&'a self, mut met: BTreeSet<&'a Word>) -> bool {
        // Members come before their group, so that one pass is enough.
        for group in &self.groups {
            if group.members.iter().filter(|&member| met.contains(member)).count() >= group.threshold {
                met.insert(&group.name);
            }
        }
        self.quorum.as_ref().is_none_or(|quorum| met.contains(quorum))
    }

    /// The file: without comments, groups with their number instead of `all` and `any`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut lines: Vec<Vec<Vec<u8>>> = Vec::new();
        let text = |text: &dyn fmt::Display| text.to_string().into_bytes();
        for Log { key, url } in &self.logs {
            lines.push([b"log".to_vec(), text(key)].into_iter().chain(url.clone().map(|url| url.0)).collect());
        }
        for Witness { name, key, url } in &self.witnesses {
            let words = [b"witness".to_vec(), name.0.clone(), text(key)];
            lines.push(words.into_iter().chain(url.clone().map(|url| url.0)).collect());
        }
        for Group { name, threshold, members } in &self.groups {
            let words = [b"group".to_vec(), name.0.clone(), text(threshold)];
            lines.push(words.into_iter().chain(members.iter().map(|member| member.0.clone())).collect());
        }
        let quorum = self.quorum.as_ref().map_or(read::NONE, Word::as_bytes);
        lines.push(vec![b"quorum".to_vec(), quorum.to_vec()]);
        lines.into_iter().flat_map(|words| [words.join(&b' '), b"\n".to_vec()].concat()).collect()
    }

    /// The policy that trusts this log and wants `threshold` of these witnesses: none if that is 0. Their names in it are `w1`, `w2`, ….
    pub fn of_log(
        log: Log,
        witnesses: Vec<(CosignerKey, Option<Word>)>,
        threshold: usize,
    ) -> Result<Self, PolicyError> {
        let name = |number: usize| Word(format!("w{number}").into_bytes());
        let members: Vec<_> = (1..=witnesses.len()).map(name).collect();
        let witness = |(name, (key, url)): (&Word, _)| Witness { name: name.clone(), key, url };
        let witnesses = members.iter().zip(witnesses).map(witness).collect();
        let quorum = (threshold > 0).then(|| Word(b"quorum".to_vec()));
        let group = |name| Group { name, threshold, members };
        let groups = quorum.clone().map(group).into_iter().collect();
        // Reading it again finds whatever cannot be: two witnesses with one key, more needed than there are.
        Self::parse(&Self { logs: vec![log], witnesses, groups, quorum }.to_bytes())
    }
}

impl FromStr for Word {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let is_good = !text.is_empty() && text.bytes().all(|byte| byte > b' ' && byte != 0x7f);
        if is_good { Ok(Self(text.as_bytes().to_vec())) } else { Err(PolicyError::Word) }
    }
}

#[cfg(test)]
mod tests;
