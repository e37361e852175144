//! What endpoints and messages are called: names that only this service can make and read, so that nothing must be looked up to know
//! whose they are, none can be guessed, and each is bound to the sender it was made for.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest::{SHA256, digest},
    error::Unspecified,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_domain::push::{ChannelId, UserAgentId};
use munadi_services::entropy;

/// The form of the names, and under which key they are encrypted.
const VERSION: u8 = 1;
/// What a name is made for, so that one is never taken for the other.
const ENDPOINT: &[u8] = b"munadi push endpoint";
const MESSAGE: &[u8] = b"munadi push message";
const TAG: usize = 16;
/// The longest name, in characters. A longer one is not even decoded.
const LONGEST: usize = 200;

/// SHA-256 of a sender's public key (RFC 8292): an uncompressed point on P-256.
pub(crate) type KeyDigest = [u8; 32];

/// The digest of a sender's public key.
pub(crate) fn key_digest(key: &[u8]) -> KeyDigest {
    let mut found = [0; 32];
    found.copy_from_slice(digest(&SHA256, key).as_ref());
    found
}

/// Where messages are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) agent: UserAgentId,
    pub(crate) channel: ChannelId,
    /// The only sender; `None` if the user agent named none.
    pub(crate) sender: Option<KeyDigest>,
}

/// A message, so that its sender can take it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) agent: UserAgentId,
    pub(crate) id: i64,
}

/// Makes names and reads them.
pub(crate) struct Names {
    key: LessSafeKey,
}

impl Names {
    /// All nodes of an installation must have the same key.
    pub(crate) fn new(key: &[u8; 32]) -> Result<Self, Unspecified> {
        Ok(Self { key: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?) })
    }

    /// The name of an address. Each time it is another one.
    pub(crate) fn write_address(&self, address: &Address) -> Result<String, Unspecified> {
        let mut plain = Vec::with_capacity(64);
        plain.extend_from_slice(address.agent.as_bytes());
        plain.extend_from_slice(address.channel.as_bytes());
        plain.extend_from_slice(address.sender.as_ref().map_or(&[], |digest| digest));
        self.seal(plain, ENDPOINT)
    }

    /// The address of that name.
    pub(crate) fn read_address(&self, name: &str) -> Option<Address> {
        let plain = self.open(name, ENDPOINT)?;
        let (agent, rest) = plain.split_first_chunk()?;
        let (channel, sender) = rest.split_first_chunk()?;
        let sender = if sender.is_empty() { None } else { Some(sender.try_into().ok()?) };
        Some(Address { agent: UserAgentId::from_bytes(*agent), channel: ChannelId::from_bytes(*channel), sender })
    }

    /// The name of a message.
    pub(crate) fn write_resource(&self, resource: &Resource) -> Result<String, Unspecified> {
        let mut plain = resource.agent.as_bytes().to_vec();
        plain.extend_from_slice(&resource.id.to_be_bytes());
        self.seal(plain, MESSAGE)
    }

    /// The message of that name.
    pub(crate) fn read_resource(&self, name: &str) -> Option<Resource> {
        let plain = self.open(name, MESSAGE)?;
        let (agent, id) = plain.split_first_chunk()?;
        Some(Resource { agent: UserAgentId::from_bytes(*agent), id: i64::from_be_bytes(id.try_into().ok()?) })
    }

    fn seal(&self, mut text: Vec<u8>, purpose: &[u8]) -> Result<String, Unspecified> {
        let nonce: [u8; NONCE_LEN] = entropy::bytes().map_err(|_| Unspecified)?;
        let nonce_part = Nonce::assume_unique_for_key(nonce);
        self.key.seal_in_place_append_tag(nonce_part, Aad::from(purpose), &mut text)?;
        let mut name = Vec::with_capacity(1 + NONCE_LEN + text.len());
        name.push(VERSION);
        name.extend_from_slice(&nonce);
        name.extend_from_slice(&text);
        Ok(BASE64_URL_SAFE_NO_PAD.encode(name))
    }

    fn open(&self, name: &str, purpose: &[u8]) -> Option<Vec<u8>> {
        if name.len() > LONGEST {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(name).ok()?;
        let (&version, rest) = bytes.split_first()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>()?;
        if version != VERSION || sealed.len() < TAG {
            return None;
        }
        let mut text = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self.key.open_in_place(nonce, Aad::from(purpose), &mut text).ok()?.len();
        text.truncate(plain);
        Some(text)
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Names(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names() -> Names {
        Names::new(&[7; 32]).unwrap()
    }

    fn address(sender: Option<KeyDigest>) -> Address {
        Address { agent: UserAgentId::from_bytes([1; 16]), channel: ChannelId::from_bytes([2; 16]), sender }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(agent: [u8; 16], channel: [u8; 16], sender: Option<[u8; 32]>, id: i64) {
            let (agent, channel) = (UserAgentId::from_bytes(agent), ChannelId::from_bytes(channel));
            let (address, resource) = (Address { agent, channel, sender }, Resource { agent, id });
            let (one, other) = (names().write_address(&address).unwrap(), names().write_address(&address).unwrap());
            prop_assert!(one != other && one.len() <= LONGEST);
            prop_assert_eq!(names().read_address(&one), Some(address));
            let resource_name = names().write_resource(&resource).unwrap();
            prop_assert_eq!(names().read_resource(&resource_name), Some(resource));
            prop_assert_eq!(names().read_address(&resource_name), None);
            prop_assert_eq!(names().read_resource(&one), None);
        }

        #[test]
        fn nobody_else_makes_one(at: prop::sample::Index, bit in 0_u8..8, text in ".{0,250}") {
            let name = names().write_address(&address(Some([3; 32]))).unwrap();
            let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&name).unwrap();
            *at.get_mut(&mut bytes) ^= 1 << bit;
            prop_assert_eq!(names().read_address(&BASE64_URL_SAFE_NO_PAD.encode(bytes)), None);
            prop_assert_eq!(names().read_address(&text), None);
            prop_assert_eq!(Names::new(&[8; 32]).unwrap().read_address(&name), None);
        }
    }
}
