//! Reading a policy, line by line.

use std::collections::{BTreeMap, BTreeSet};

use super::{Group, Log, MAX_BYTES, MAX_EACH, Policy, PolicyError, Witness, Word};
use crate::log::note::NoteError;

/// The name that stands for no witness at all, and cannot be given to one.
pub(super) const NONE: &[u8] = b"none";

pub(super) fn policy(bytes: &[u8]) -> Result<Policy, PolicyError> {
    if bytes.len() > MAX_BYTES {
        return Err(PolicyError::TooLarge);
    }
    let mut reader = Reader::default();
    let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    for (line, number) in text.split(|&byte| byte == b'\n').zip(1..) {
        reader.read(line).map_err(|fault| match fault {
            Fault::Line(fault) => PolicyError::Line { line: number, fault },
            Fault::Key(error) => PolicyError::Key { line: number, error },
        })?;
    }
    let quorum = match reader.quorum.ok_or(PolicyError::NoQuorum)? {
        Quorum::None => None,
        Quorum::Of(name) => Some(name),
    };
    Ok(Policy { logs: reader.logs, witnesses: reader.witnesses, groups: reader.groups, quorum })
}

enum Fault {
    Line(&'static str),
    Key(NoteError),
}

impl From<NoteError> for Fault {
    fn from(error: NoteError) -> Self {
        Self::Key(error)
    }
}

/// What the quorum line says.
enum Quorum {
    None,
    Of(Word),
}

/// What the lines so far have said.
#[derive(Default)]
struct Reader {
    logs: Vec<Log>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    /// Every name, and whether it is already in a group.
    names: BTreeMap<Word, bool>,
    log_keys: BTreeSet<[u8; 32]>,
    witness_keys: BTreeSet<[u8; 32]>,
    quorum: Option<Quorum>,
}

impl Reader {
    fn read(&mut self, line: &[u8]) -> Result<(), Fault> {
        if line.iter().any(|&byte| (byte < b' ' && byte != b'\t') || byte == 0x7f) {
            return Err(Fault::Line("has a control character"));
        }
        let words: Vec<&[u8]> =
            line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty()).collect();
        match words.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with(b"#") => Ok(()),
            [b"log", key] => self.log(key, None),
            [b"log", key, url] => self.log(key, Some(url)),
            [b"witness", name, key] => self.witness(name, key, None),
            [b"witness", name, key, url] => self.witness(name, key, Some(url)),
            [b"group", name, threshold, members @ ..] if !members.is_empty() => self.group(name, threshold, members),
            [b"quorum", name] => self.quorum(name),
            [b"log" | b"witness" | b"group" | b"quorum", ..] => Err(Fault::Line("has too few or too many words")),
            _ => Err(Fault::Line("begins with none of log, witness, group and quorum")),
        }
    }

    fn log(&mut self, key: &[u8], url: Option<&&[u8]>) -> Result<(), Fault> {
        let log = Log { key: vkey(key)?.parse()?, url: url.map(|url| word(url)) };
        if !self.log_keys.insert(*log.key.public()) {
            return Err(Fault::Line("has the key of another log"));
        }
        push(&mut self.logs, log)
    }

    fn witness(&mut self, name: &[u8], key: &[u8], url: Option<&&[u8]>) -> Result<(), Fault> {
        let witness = Witness { name: word(name), key: vkey(key)?.parse()?, url: url.map(|url| word(url)) };
        if !self.witness_keys.insert(*witness.key.public()) {
            return Err(Fault::Line("has the key of another witness"));
        }
        self.define(name)?;
        push(&mut self.witnesses, witness)
    }

    fn group(&mut self, name: &[u8], threshold: &[u8], members: &[&[u8]]) -> Result<(), Fault> {
        let threshold = match threshold {
            b"any" => Some(1),
            b"all" => Some(members.len()),
            number => count(number),
        };
        let threshold = threshold.filter(|threshold| (1..=members.len()).contains(threshold));
        let threshold = threshold.ok_or(Fault::Line("needs all, any, or a number from 1 to that of its members"))?;
        let members: Vec<_> = members.iter().map(|member| word(member)).collect();
        for member in &members {
            let in_group = self.names.get_mut(member).ok_or(Fault::Line("has a member that no line before defines"))?;
            if std::mem::replace(in_group, true) {
                return Err(Fault::Line("has a member that is already in a group"));
            }
        }
        self.define(name)?;
        push(&mut self.groups, Group { name: word(name), threshold, members })
    }

    fn quorum(&mut self, name: &[u8]) -> Result<(), Fault> {
        let quorum = if name == NONE { Quorum::None } else { Quorum::Of(word(name)) };
        if matches!(&quorum, Quorum::Of(name) if !self.names.contains_key(name)) {
            return Err(Fault::Line("names a quorum that no line before defines"));
        }
        if self.quorum.replace(quorum).is_some() {
            return Err(Fault::Line("is a second quorum line"));
        }
        Ok(())
    }

    fn define(&mut self, name: &[u8]) -> Result<(), Fault> {
        if name == NONE || self.names.insert(word(name), false).is_some() {
            return Err(Fault::Line("defines a name that is already defined"));
        }
        Ok(())
    }
}

fn word(bytes: &[u8]) -> Word {
    Word(bytes.to_vec())
}

fn vkey(bytes: &[u8]) -> Result<&str, Fault> {
    str::from_utf8(bytes).map_err(|_| Fault::Line("has a key that is not UTF-8"))
}

/// A decimal number.
fn count(digits: &[u8]) -> Option<usize> {
    let is_decimal = digits.iter().all(u8::is_ascii_digit);
    str::from_utf8(digits).ok().filter(|_| is_decimal)?.parse().ok()
}

fn push<T>(all: &mut Vec<T>, one: T) -> Result<(), Fault> {
    if all.len() >= MAX_EACH {
        return Err(Fault::Line("is one more than 256 of its kind"));
    }
    all.push(one);
    Ok(())
}
