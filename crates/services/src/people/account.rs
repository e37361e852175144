//! New accounts.

use std::collections::BTreeSet;

use munadi_domain::{
    access::{PlatformAdmin, Role},
    fault::Fault,
    id::{DepartmentId, OfficerId},
};
use munadi_store::{
    Tx,
    officer::{OfficerRecord, PasswordHash},
};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::{Admin, People, check_role};
use crate::{Result, ServiceError, audit::Act, password, secret::Secret};

/// How long a password that an admin hands over is good.
pub const ONE_TIME_LIFE: Duration = Duration::hours(72);
const SIGN_IN_CHARS: std::ops::RangeInclusive<usize> = 3..=200;
const DISPLAY_NAME_CHARS: usize = 200;

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The name to sign in with: lower-case letters, digits and `. _ - @ +`. It is no address and gives no right.
    pub sign_in: String,
    /// The name that colleagues see.
    pub display_name: String,
}

/// An account that was made.
#[derive(Debug, Clone)]
pub struct Created {
    /// The officer.
    pub officer: OfficerRecord,
    /// The password for the first sign-in; it is kept nowhere.
    pub password: Secret,
}

impl NewAccount {
    pub(super) fn check(&self, at: &str) -> Result<()> {
        let mut faults = Vec::new();
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-@+".contains(&byte);
        if !SIGN_IN_CHARS.contains(&self.sign_in.len()) || !self.sign_in.bytes().all(is_plain) {
            let reason = "expected 3 to 200 lower-case letters, digits and . _ - @ +";
            faults.push(Fault::new(format!("{at}/sign_in"), reason));
        }
        let count = self.display_name.chars().count();
        let is_bare = self.display_name.trim() != self.display_name || self.display_name.chars().any(char::is_control);
        if count == 0 || count > DISPLAY_NAME_CHARS || is_bare {
            let reason =
                format!("expected 1 to {DISPLAY_NAME_CHARS} characters in one line, without space around them");
            faults.push(Fault::new(format!("{at}/display_name"), reason));
        }
        if faults.is_empty() { Ok(()) } else { Err(ServiceError::Invalid(faults)) }
    }
}

impl People {
    /// Adds an officer to the admin's scope, with a password for the first sign-in, and asks for the roles, as
    /// [`Self::grant_role`] does.
    pub async fn add_officer(&self, by: Admin, account: &NewAccount, roles: &BTreeSet<Role>) -> Result<Created> {
        account.check("")?;
        roles.iter().try_for_each(|role| check_role(by.scope(), *role))?;
        self.create(by, by.scope(), account, roles).await
    }

    /// Adds an admin to a department from outside: where there is none, or where the department has lost them all. As long as the
    /// account of one is in use, another admin must confirm the new one, as [`Self::grant_role`] says.
    pub async fn add_department_admin(
        &self,
        by: PlatformAdmin,
        department: DepartmentId,
        account: &NewAccount,
    ) -> Result<Created> {
        account.check("")?;
        self.department(department).await?;
        self.create(Admin::Platform(by), Some(department), account, &[Role::DepartmentAdmin].into()).await
    }

    /// Adds the platform admin with whom everything begins, if there is none.
    pub async fn create_first_platform_admin(&self, account: &NewAccount) -> Result<Created> {
        account.check("")?;
        let (password, phc, until) = self.one_time_password().await?;
        let mut tx = self.core.store.begin().await?;
        if tx.lock_role_holders(Role::PlatformAdmin).await? {
            return Err(ServiceError::Conflict("there is a platform admin already".to_owned()));
        }
        let act = Act::of_system("setup", "officer.create", "");
        let hash = PasswordHash { phc: &phc, one_time_until: Some(until) };
        let officer = self.insert(&mut tx, None, account, Some(Role::PlatformAdmin), hash, &act).await?;
        tx.commit().await?;
        Ok(Created { officer, password })
    }

    async fn create(
        &self,
        by: Admin,
        scope: Option<DepartmentId>,
        account: &NewAccount,
        roles: &BTreeSet<Role>,
    ) -> Result<Created> {
        let (password, phc, until) = self.one_time_password().await?;
        let mut tx = self.core.store.begin().await?;
        let hash = PasswordHash { phc: &phc, one_time_until: Some(until) };
        let act = Act { department: scope, ..by.act("officer.create", "") };
        let mut officer = self.insert(&mut tx, scope, account, None, hash, &act).await?;
        for role in roles {
            self.ask(&mut tx, by, &mut officer, *role).await?;
        }
        tx.commit().await?;
        Ok(Created { officer, password })
    }

    /// Inserts an account, for a first admin with that role, and records the act, whose resource is the new officer.
    pub(super) async fn insert(
        &self,
        tx: &mut Tx,
        scope: Option<DepartmentId>,
        account: &NewAccount,
        first: Option<Role>,
        password: PasswordHash<'_>,
        act: &Act<'_>,
    ) -> Result<OfficerRecord> {
        let now = self.core.clock.now();
        let officer = OfficerRecord {
            id: OfficerId::new(self.core.seed()?),
            department: scope,
            sign_in: account.sign_in.clone(),
            display_name: account.display_name.clone(),
            roles: first.into_iter().collect(),
            pending: Vec::new(),
            disabled_at: None,
            created_at: now,
        };
        let inserted = tx.insert_officer(&officer, password).await;
        inserted.map_err(|error| ServiceError::duplicate(error, "officer_sign_in_key", "this name is taken"))?;
        if let Some(role) = first {
            tx.grant_role(officer.id, role, None, &act.actor, now).await?;
        }
        let words: Vec<&str> = first.iter().map(|role| role.as_str()).collect();
        let act = Act { resource: officer.id.to_string(), ..act.clone() };
        // The names can be erased without breaking the log.
        let detail = json!({ "sign_in": officer.sign_in, "display_name": officer.display_name, "roles": words });
        self.core.record(tx, act.with(detail)).await?;
        Ok(officer)
    }

    /// A password for the first sign-in, its hash, and until when it is good. Hash before the transaction: it takes its time.
    pub(super) async fn one_time_password(&self) -> Result<(Secret, String, OffsetDateTime)> {
        let secret = password::one_time()?;
        let phc = self.passwords.hash(&secret).await?;
        Ok((secret, phc, self.core.clock.now() + ONE_TIME_LIFE))
    }
}
