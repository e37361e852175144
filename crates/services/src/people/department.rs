//! New departments.

use std::collections::BTreeMap;

use munadi_domain::{
    access::{PlatformAdmin, Role},
    content::whole_seconds,
    fault::Fault,
    id::DepartmentId,
    language::Lang,
    limits::LANGUAGES,
};
use munadi_store::{department::DepartmentRecord, officer::PasswordHash};
use serde_json::json;

use super::{Admin, Created, NewAccount, People};
use crate::{Result, ServiceError, audit::Act};

const NAME_CHARS: usize = 200;

/// A department to be made.
#[derive(Debug, Clone)]
pub struct NewDepartment {
    /// Its name in addresses: 2 to 63 lower-case letters, digits and hyphens.
    pub slug: String,
    /// Its name in each language; at least one.
    pub name: BTreeMap<Lang, String>,
    /// Its first admin.
    pub admin: NewAccount,
}

/// A department that was made.
#[derive(Debug, Clone)]
pub struct CreatedDepartment {
    /// The department.
    pub department: DepartmentRecord,
    /// Its first admin.
    pub admin: Created,
}

impl NewDepartment {
    fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(2..=63).contains(&self.slug.len()) || !self.slug.bytes().all(is_plain) || self.slug.starts_with('-') {
            let reason = "expected 2 to 63 lower-case letters, digits and hyphens, no hyphen first";
            faults.push(Fault::new("/slug", reason));
        }
        if self.name.is_empty() || self.name.len() > LANGUAGES {
            faults.push(Fault::new("/name", format!("expected a name in 1 to {LANGUAGES} languages")));
        }
        let is_good = |name: &str| {
            (1..=NAME_CHARS).contains(&name.chars().count())
                && name.trim() == name
                && !name.chars().any(char::is_control)
        };
        for (lang, _) in self.name.iter().filter(|(_, name)| !is_good(name)) {
            let reason = format!("expected 1 to {NAME_CHARS} characters in one line, without space around them");
            faults.push(Fault::new(format!("/name/{lang}"), reason));
        }
        if faults.is_empty() { self.admin.check("/admin") } else { Err(ServiceError::Invalid(faults)) }
    }
}

impl People {
    /// Makes a department, its own key and its first admin.
    ///
    /// The key's file is written before the commit (see [`crate::keys`]); all else is one transaction.
    pub async fn create_department(&self, by: PlatformAdmin, new: &NewDepartment) -> Result<CreatedDepartment> {
        new.check()?;
        let (password, phc, until) = self.one_time_password().await?;
        let now = self.core.clock.now();
        let department = DepartmentRecord {
            id: DepartmentId::new(self.core.seed()?),
            slug: new.slug.clone(),
            name: new.name.clone(),
            created_at: now,
        };
        let act = |action, resource: String| -> Act<'static> {
            Act { department: Some(department.id), ..Admin::Platform(by).act(action, resource) }
        };
        let mut tx = self.core.store.begin().await?;
        let inserted = tx.insert_department(&department).await;
        inserted.map_err(|error| ServiceError::duplicate(error, "department_slug_key", "this slug is taken"))?;
        let detail = json!({ "slug": department.slug, "name": department.name });
        self.core.record(&mut tx, act("department.create", department.id.to_string()).with(detail)).await?;
        let hash = PasswordHash { phc: &phc, one_time_until: Some(until) };
        let first = Some(Role::DepartmentAdmin);
        let created = act("officer.create", String::new());
        let officer = self.insert(&mut tx, Some(department.id), &new.admin, first, hash, &created).await?;
        let key = self.keys.make_for(&mut tx, department.id, whole_seconds(now)).await?;
        let detail = json!({ "thumbprint": key.thumbprint });
        self.core.record(&mut tx, act("key.create", key.id.to_string()).with(detail)).await?;
        self.directory.publish_edition(&mut tx).await?;
        tx.commit().await?;
        Ok(CreatedDepartment { department, admin: Created { officer, password } })
    }
}
