//! Short-lived access tokens: JWTs (RFC 7519, `typ` of RFC 9068) under the server's own key, ES256 and nothing else.

use std::fmt;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use munadi_domain::id::{OfficerId, SessionId};
use munadi_transparency::key::{PublicKey, Signer};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use time::{Duration, OffsetDateTime};

use crate::{Result, ServiceError, entropy, hex, secret::Secret, signer::Signers};

/// How long an access token is good; a session that was ended is refused at once all the same.
pub const ACCESS_TOKEN_LIFE: Duration = Duration::minutes(10);
const TYPE: &str = "at+jwt";
/// The most bytes of any token.
pub(crate) const MAX_BYTES: usize = 4_096;

/// Who brings a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearer {
    /// An officer: [`crate::sign_in::SignIn::authenticate_officer`] decides.
    Officer,
    /// A department's system: [`crate::clients::Clients::authenticate_client`] decides.
    Client,
}

/// What an access token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessClaims {
    /// The officer.
    pub officer: OfficerId,
    /// The session.
    pub session: SessionId,
}

/// A token and its end.
#[derive(Debug, Clone)]
pub struct Token {
    /// The token.
    pub secret: Secret,
    /// When it ends.
    pub expires_at: OffsetDateTime,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: OfficerId,
    sid: SessionId,
    iat: i64,
    exp: i64,
    jti: String,
}

/// Makes and verifies access tokens.
#[derive(Clone)]
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    header: Header,
    issuer: String,
    audience: String,
}

impl Tokens {
    /// `issuer` is this installation's name, `audience` how the world reaches it.
    pub fn new(signers: &Signers, issuer: String, audience: String) -> Result<Self> {
        let key = signers.token();
        let pkcs8 = key.to_pkcs8().map_err(|error| ServiceError::Unavailable(error.to_string()))?;
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key.kid().to_string());
        let encoding = EncodingKey::from_ec_der(&pkcs8);
        Ok(Self { encoding, decoding: decoding_key(key.public_key()), header, issuer, audience })
    }

    /// Makes a token.
    pub fn issue(&self, officer: OfficerId, session: SessionId, now: OffsetDateTime) -> Result<Token> {
        let expires_at = now + ACCESS_TOKEN_LIFE;
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: officer,
            sid: session,
            iat: now.unix_timestamp(),
            exp: expires_at.unix_timestamp(),
            jti: hex(&entropy::bytes::<16>()?),
        };
        let token = jsonwebtoken::encode(&self.header, &claims, &self.encoding);
        let token = token.map_err(|error| ServiceError::Unavailable(format!("no token could be signed: {error}")))?;
        Ok(Token { secret: Secret::new(token), expires_at })
    }

    /// Verifies a token. Whether its session still exists is another question.
    pub fn verify(&self, token: &str, now: OffsetDateTime) -> Result<AccessClaims> {
        let mut validation = validation(&self.audience);
        validation.set_issuer(&[&self.issuer]);
        let (header, claims): (Header, Claims) = decode(token, &self.decoding, &validation)?;
        if header.typ.as_deref() != Some(TYPE) {
            return Err(ServiceError::Unauthenticated("the token is of another type"));
        }
        if claims.exp <= now.unix_timestamp() {
            return Err(ServiceError::Unauthenticated("the access token has expired: refresh it"));
        }
        Ok(AccessClaims { officer: claims.sub, session: claims.sid })
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("issuer", &self.issuer).field("audience", &self.audience).finish_non_exhaustive()
    }
}

/// Who brings the token, as far as the token itself says so; nothing is verified here.
pub fn bearer(token: &str) -> Bearer {
    let claims: Option<Issuer> = Some(token)
        .filter(|token| token.len() <= MAX_BYTES)
        .and_then(|it| jsonwebtoken::dangerous::insecure_decode_claims(it).ok());
    match claims {
        Some(claims) if claims.iss.starts_with("cli_") => Bearer::Client,
        _ => Bearer::Officer,
    }
}

/// The one claim that must be read before anything can be verified.
#[derive(Deserialize)]
pub(crate) struct Issuer {
    pub(crate) iss: String,
}

/// ES256 alone, for this audience. Times are checked here with our own clock, and not by the library.
pub(crate) fn validation(audience: &str) -> Validation {
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    validation.validate_exp = false;
    validation
}

pub(crate) fn decoding_key(key: &PublicKey) -> DecodingKey {
    DecodingKey::from_ec_der(key.as_sec1())
}

pub(crate) fn decode<T: DeserializeOwned>(
    token: &str,
    key: &DecodingKey,
    validation: &Validation,
) -> Result<(Header, T)> {
    if token.len() > MAX_BYTES {
        return Err(ServiceError::Unauthenticated("the token is too long"));
    }
    let decoded = jsonwebtoken::decode(token, key, validation);
    let decoded = decoded.map_err(|_| ServiceError::Unauthenticated("the token is not valid"))?;
    Ok((decoded.header, decoded.claims))
}

#[cfg(test)]
mod tests;
