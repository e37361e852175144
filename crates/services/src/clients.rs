//! Departments' own computer systems. Each signs every request with a key of its own (formats of the HTTP API): a JWT, ES256, with
//! `iss` = its id, `aud` = this installation, `iat`, `exp` at most a minute later, a `jti` that is used once, and
//! `bh` = base64url(SHA-256(body)). The server keeps the public key only.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_domain::{
    access::{Actor, Client, ClientKind, DepartmentAdmin, Role},
    id::ClientId,
};
pub use munadi_store::client::ClientRecord;
use munadi_transparency::key::PublicKey;
use serde::Deserialize;
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::{
    Core, Result, ServiceError,
    audit::Act,
    page::{Listed, Page},
    token::{self, Issuer},
};

/// The longest time from `iat` to `exp`.
pub const TOKEN_LIFE: Duration = Duration::seconds(60);
/// By how much a system's clock may be ahead of ours.
pub const CLOCK_SKEW: Duration = Duration::seconds(10);
const NAME_CHARS: usize = 200;
const JTI_CHARS: usize = 200;

/// A system to be registered.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// What colleagues call it.
    pub name: String,
    /// Whether what it sends can reach a citizen.
    pub kind: ClientKind,
    /// Its public key.
    pub jwk: PublicKey,
}

#[derive(Deserialize)]
struct Claims {
    iat: i64,
    exp: i64,
    jti: String,
    bh: String,
}

/// The use cases of departments' systems.
#[derive(Debug, Clone)]
pub struct Clients {
    core: Core,
    audience: String,
}

impl Clients {
    /// `audience` is how the world reaches this installation: the `aud` of every token.
    pub fn new(core: Core, audience: String) -> Self {
        Self { core, audience }
    }

    /// Registers a system of the admin's department. It drafts notices; it never approves or publishes.
    pub async fn register(&self, by: DepartmentAdmin, new: &NewClient) -> Result<ClientRecord> {
        let count = new.name.chars().count();
        if !(1..=NAME_CHARS).contains(&count) || new.name.chars().any(char::is_control) {
            return Err(ServiceError::invalid("/name", format!("expected 1 to {NAME_CHARS} characters in one line")));
        }
        let record = ClientRecord {
            id: ClientId::new(self.core.seed()?),
            department: by.department,
            name: new.name.clone(),
            kind: new.kind,
            roles: [Role::Drafter].into(),
            jwk: serde_json::to_value(&new.jwk).unwrap_or_default(),
            created_by: by.officer.to_string(),
            created_at: self.core.clock.now(),
            revoked_at: None,
        };
        let mut tx = self.core.store.begin().await?;
        tx.insert_client(&record).await?;
        let act = Act::by(by.officer, "department_admin", "client.create", record.id).for_department(by.department);
        let thumbprint = new.jwk.thumbprint().to_string();
        let detail = json!({ "name": record.name, "kind": record.kind.as_str(), "thumbprint": thumbprint });
        self.core.record(&mut tx, act.with(detail)).await?;
        tx.commit().await?;
        Ok(record)
    }

    /// Shuts a system of the admin's department out at once.
    pub async fn revoke(&self, by: DepartmentAdmin, client: ClientId) -> Result<ClientRecord> {
        let mut tx = self.core.store.begin().await?;
        if tx.revoke_client(by.department, client, self.core.clock.now()).await? {
            let act = Act::by(by.officer, "department_admin", "client.revoke", client).for_department(by.department);
            self.core.record(&mut tx, act).await?;
        }
        tx.commit().await?;
        let record = self.core.store.client(by.department, client).await?;
        record.ok_or(ServiceError::NotFound("client"))
    }

    /// The systems of the admin's department, in the order of their making.
    pub async fn list(&self, by: DepartmentAdmin, page: Page<ClientId>) -> Result<Listed<ClientRecord, ClientId>> {
        let clients = self.core.store.list_clients(by.department, page.after(), page.fetch()).await?;
        Ok(page.cut(clients, |client| client.id))
    }

    /// Which system sends this body with this token. The token is used up.
    pub async fn authenticate_client(&self, token: &str, body: &[u8]) -> Result<Actor> {
        let client = self.find(token).await?;
        let claims = self.verify(&client, token)?;
        let expires_at = self.check(&claims, body)?;
        // Last, so that only a token that is good in every other respect takes up room.
        if !self.core.store.use_client_token(client.id, &claims.jti, expires_at).await? {
            return Err(ServiceError::Unauthenticated("the token was used before, or its system is no longer let in"));
        }
        let ClientRecord { id, department, roles, kind, .. } = client;
        Ok(Actor::Client(Client { id, department, roles, kind }))
    }

    async fn find(&self, token: &str) -> Result<ClientRecord> {
        const UNKNOWN: ServiceError = ServiceError::Unauthenticated("the token's iss is not a system that is let in");
        let claims = Some(token).filter(|token| token.len() <= token::MAX_BYTES);
        let claims: Issuer =
            claims.and_then(|it| jsonwebtoken::dangerous::insecure_decode_claims(it).ok()).ok_or(UNKNOWN)?;
        let id = claims.iss.parse().map_err(|_| UNKNOWN)?;
        self.core.store.client_to_authenticate(id).await?.ok_or(UNKNOWN)
    }

    fn verify(&self, client: &ClientRecord, token: &str) -> Result<Claims> {
        let key: PublicKey = serde_json::from_value(client.jwk.clone())
            .map_err(|error| munadi_store::StoreError::corrupt(client.id, error))?;
        let mut validation = token::validation(&self.audience);
        validation.set_issuer(&[client.id]);
        Ok(token::decode(token, &token::decoding_key(&key), &validation)?.1)
    }

    fn check(&self, claims: &Claims, body: &[u8]) -> Result<OffsetDateTime> {
        let refuse = |why| Err(ServiceError::Unauthenticated(why));
        let now = self.core.clock.now().unix_timestamp();
        if claims.exp <= now {
            return refuse("the token has expired");
        }
        if claims.iat > now + CLOCK_SKEW.whole_seconds() {
            return refuse("the token's iat lies in the future: is the system's clock right?");
        }
        if claims.exp.saturating_sub(claims.iat) > TOKEN_LIFE.whole_seconds() {
            return refuse("the token's exp may be at most 60 seconds after its iat");
        }
        if !(1..=JTI_CHARS).contains(&claims.jti.len()) || !claims.jti.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refuse("the token's jti must have 1 to 200 visible ASCII characters");
        }
        if claims.bh != BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, body)) {
            return refuse("the token's bh is not the digest of the body");
        }
        OffsetDateTime::from_unix_timestamp(claims.exp)
            .map_err(|_| ServiceError::Unauthenticated("the token's exp is not a time"))
    }

    /// Forgets used tokens that have expired; how many that were. Call it every minute or so.
    pub async fn prune(&self) -> Result<u64> {
        Ok(self.core.store.prune_client_tokens(self.core.clock.now()).await?)
    }
}
