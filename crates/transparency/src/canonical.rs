//! Canonical JSON (RFC 8785, JCS), restricted to what a signed Munadi document may contain: numbers are integers within ±(2^53 − 1).

use std::fmt::{self, Write};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Number, Value};

use crate::encoding;

/// The most bytes of a canonical text, unless the caller names another limit.
pub const MAX_BYTES: usize = 64 * 1024;
/// The deepest nesting of arrays and objects: `[]` has depth 1.
pub const MAX_DEPTH: usize = 32;
/// The largest magnitude of a number: beyond it, JavaScript cannot tell neighbors apart.
pub const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Why a value has no canonical form here, or a text is not in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// The canonical text would be, or the given text is, larger than the limit.
    #[error("the JSON text has more than {limit} bytes")]
    TooLarge {
        /// In bytes.
        limit: usize,
    },
    /// See [`MAX_DEPTH`].
    #[error("arrays and objects are nested more than {MAX_DEPTH} deep")]
    TooDeep,
    /// A number with a fraction or an exponent, a negative zero, or a number beyond [`MAX_INTEGER`].
    #[error("{0} is not an integer within ±9007199254740991")]
    Number(String),
    /// Not JSON at all; also bytes that are not UTF-8 and lone surrogates.
    #[error("not JSON: {0}")]
    Syntax(String),
    /// JSON, but written differently: white space, the order of members, a member twice, needless escapes.
    #[error("JSON, but not in the form of RFC 8785")]
    NotCanonical,
}

/// A JSON text in the form of RFC 8785. Only this type can be signed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CanonicalJson(String);

impl CanonicalJson {
    /// Writes the value in its canonical form, at most [`MAX_BYTES`] long.
    pub fn from_value(value: &Value) -> Result<Self, CanonicalError> {
        Self::from_value_within(value, MAX_BYTES)
    }

    /// [`Self::from_value`] with another limit in bytes.
    pub fn from_value_within(value: &Value, limit: usize) -> Result<Self, CanonicalError> {
        let mut text = String::new();
        write_value(&mut text, value, 0)?;
        if text.len() > limit {
            return Err(CanonicalError::TooLarge { limit });
        }
        Ok(Self(text))
    }

    /// Writes what the value serializes to in its canonical form, at most [`MAX_BYTES`] long.
    pub fn from_serialize(value: &impl Serialize) -> Result<Self, CanonicalError> {
        Self::from_serialize_within(value, MAX_BYTES)
    }

    /// [`Self::from_serialize`] with another limit in bytes.
    pub fn from_serialize_within(value: &impl Serialize, limit: usize) -> Result<Self, CanonicalError> {
        let value = serde_json::to_value(value).map_err(|error| syntax(&error))?;
        Self::from_value_within(&value, limit)
    }

    /// Accepts only bytes that are their own canonical form, at most [`MAX_BYTES`] of them.
    pub fn verify(bytes: &[u8]) -> Result<Self, CanonicalError> {
        Self::verify_within(bytes, MAX_BYTES)
    }

    /// [`Self::verify`] with another limit in bytes.
    pub fn verify_within(bytes: &[u8], limit: usize) -> Result<Self, CanonicalError> {
        if bytes.len() > limit {
            return Err(CanonicalError::TooLarge { limit });
        }
        let value: Value = serde_json::from_slice(bytes).map_err(|error| syntax(&error))?;
        // A member that appears twice needs no check of its own: the parsed value has it once, so the texts differ.
        let canonical = Self::from_value_within(&value, limit)?;
        if canonical.as_bytes() == bytes { Ok(canonical) } else { Err(CanonicalError::NotCanonical) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text in UTF-8: the bytes that are signed.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// SHA-256 of the bytes.
    pub fn digest(&self) -> [u8; 32] {
        encoding::sha256(self.as_bytes())
    }

    /// Reads the text into a type.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }
}

impl fmt::Display for CanonicalJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CanonicalJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CanonicalJson({})", self.0)
    }
}

impl AsRef<[u8]> for CanonicalJson {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

fn syntax(error: &serde_json::Error) -> CanonicalError {
    CanonicalError::Syntax(error.to_string())
}

fn write_value(out: &mut String, value: &Value, depth: usize) -> Result<(), CanonicalError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(out, number)?,
        Value::String(text) => write_string(out, text),
        Value::Array(items) => write_array(out, items, inside(depth)?)?,
        Value::Object(members) => write_object(out, members, inside(depth)?)?,
    }
    Ok(())
}

fn inside(depth: usize) -> Result<usize, CanonicalError> {
    if depth < MAX_DEPTH { Ok(depth + 1) } else { Err(CanonicalError::TooDeep) }
}

fn write_number(out: &mut String, number: &Number) -> Result<(), CanonicalError> {
    let magnitude = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
    if magnitude.is_none_or(|magnitude| magnitude > MAX_INTEGER) {
        return Err(CanonicalError::Number(number.to_string()));
    }
    out.push_str(&number.to_string());
    Ok(())
}

fn write_array(out: &mut String, items: &[Value], depth: usize) -> Result<(), CanonicalError> {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_value(out, item, depth)?;
    }
    out.push(']');
    Ok(())
}

fn write_object(out: &mut String, members: &Map<String, Value>, depth: usize) -> Result<(), CanonicalError> {
    let mut members: Vec<_> = members.iter().collect();
    // RFC 8785 §3.2.3: by UTF-16 code units, which is not the order of UTF-8 where surrogates are involved.
    members.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
    out.push('{');
    for (index, (name, value)) in members.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_string(out, name);
        out.push(':');
        write_value(out, value, depth)?;
    }
    out.push('}');
    Ok(())
}

/// RFC 8785 §3.2.2.2: only the quotation mark, the backslash and control characters are escaped, each in its shortest form.
fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests;
