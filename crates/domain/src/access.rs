//! Who may do what. A function that needs a right asks for its proof; only this module can make one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    id::{ClientId, DepartmentId, OfficerId, SessionId},
    vocabulary::UnknownWord,
};

/// What an officer or a department's system is trusted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Writes and submits notices.
    Drafter,
    /// Approves what others wrote.
    Approver,
    /// Publishes what was approved.
    Publisher,
    /// Looks after a department's officers, keys and systems.
    DepartmentAdmin,
    /// Looks after the installation: departments, queues, limits.
    PlatformAdmin,
    /// Reads the audit trail.
    Auditor,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] =
        [Self::Drafter, Self::Approver, Self::Publisher, Self::DepartmentAdmin, Self::PlatformAdmin, Self::Auditor];

    /// The word in tokens and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Drafter => "drafter",
            Self::Approver => "approver",
            Self::Publisher => "publisher",
            Self::DepartmentAdmin => "department_admin",
            Self::PlatformAdmin => "platform_admin",
            Self::Auditor => "auditor",
        }
    }

    /// Whether the role is held in a department rather than in the whole installation.
    pub const fn is_of_department(self) -> bool {
        !matches!(self, Self::PlatformAdmin | Self::Auditor)
    }
}

impl std::str::FromStr for Role {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let known = || Self::ALL.iter().map(|role| role.as_str()).collect();
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| UnknownWord { known: known() })
    }
}

/// Whether what a department's system sends can reach a citizen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKind {
    /// It can.
    Live,
    /// Its notices can be of the status Exercise or Test only.
    Team,
    /// Its notices are never sent to anyone.
    Test,
}

impl ClientKind {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Team => "team",
            Self::Test => "test",
        }
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person, signed in.
    Officer(Officer),
    /// A department's own computer system.
    Client(Client),
}

/// An officer who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer {
    /// The officer; also the pseudonym in signatures and in the audit trail.
    pub id: OfficerId,
    /// The officer's department; none for those who look after the whole installation.
    pub department: Option<DepartmentId>,
    /// What the officer is trusted with.
    pub roles: BTreeSet<Role>,
    /// The sign-in that this request came by.
    pub session: SessionId,
}

/// A department's own computer system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The system.
    pub id: ClientId,
    /// Its department.
    pub department: DepartmentId,
    /// What it is trusted with.
    pub roles: BTreeSet<Role>,
    /// Whether what it sends can reach a citizen.
    pub kind: ClientKind,
}

/// The actor lacks the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this needs the role {}", needs.as_str())]
pub struct Forbidden {
    /// The role that would be needed.
    pub needs: Role,
}

impl Actor {
    /// The department for which the actor acts.
    pub fn department(&self) -> Option<DepartmentId> {
        match self {
            Self::Officer(officer) => officer.department,
            Self::Client(client) => Some(client.department),
        }
    }

    /// The name in the audit trail: a pseudonymous id.
    pub fn pseudonym(&self) -> String {
        match self {
            Self::Officer(officer) => officer.id.to_string(),
            Self::Client(client) => client.id.to_string(),
        }
    }

    fn roles(&self) -> &BTreeSet<Role> {
        match self {
            Self::Officer(officer) => &officer.roles,
            Self::Client(client) => &client.roles,
        }
    }

    fn in_department(&self, needs: Role) -> Result<DepartmentId, Forbidden> {
        let department = self.department().filter(|_| self.roles().contains(&needs));
        department.ok_or(Forbidden { needs })
    }

    fn person(&self, needs: Role) -> Result<(OfficerId, DepartmentId), Forbidden> {
        match self {
            Self::Officer(officer) => Ok((officer.id, self.in_department(needs)?)),
            Self::Client(_) => Err(Forbidden { needs }),
        }
    }
}

/// Proof that the actor may write notices of its department.
#[derive(Debug, Clone)]
pub struct NoticeDrafter {
    /// Who writes: an officer, or a department's system.
    pub actor: Actor,
    /// The department whose notices they are.
    pub department: DepartmentId,
}

/// Proof that an officer may sign as author: a person, never a system.
#[derive(Debug, Clone, Copy)]
pub struct NoticeAuthor {
    /// The officer.
    pub officer: OfficerId,
    /// The department.
    pub department: DepartmentId,
}

/// Proof that an officer may approve notices of the department.
#[derive(Debug, Clone, Copy)]
pub struct NoticeApprover {
    /// The officer.
    pub officer: OfficerId,
    /// The department.
    pub department: DepartmentId,
}

/// Proof that an officer may publish notices of the department.
#[derive(Debug, Clone, Copy)]
pub struct NoticePublisher {
    /// The officer.
    pub officer: OfficerId,
    /// The department.
    pub department: DepartmentId,
}

/// Proof that the actor may read what the department has not published yet.
#[derive(Debug, Clone, Copy)]
pub struct NoticeReader {
    /// The department.
    pub department: DepartmentId,
}

/// Proof that an officer looks after a department.
#[derive(Debug, Clone, Copy)]
pub struct DepartmentAdmin {
    /// The officer.
    pub officer: OfficerId,
    /// The department.
    pub department: DepartmentId,
}

/// Proof that an officer looks after the installation.
#[derive(Debug, Clone, Copy)]
pub struct PlatformAdmin {
    /// The officer.
    pub officer: OfficerId,
}

/// Proof that an officer may read the audit trail.
#[derive(Debug, Clone, Copy)]
pub struct Auditor {
    /// The officer.
    pub officer: OfficerId,
}

impl TryFrom<&Actor> for NoticeDrafter {
    type Error = Forbidden;

    fn try_from(actor: &Actor) -> Result<Self, Forbidden> {
        Ok(Self { department: actor.in_department(Role::Drafter)?, actor: actor.clone() })
    }
}

impl TryFrom<&Actor> for NoticeReader {
    type Error = Forbidden;

    fn try_from(actor: &Actor) -> Result<Self, Forbidden> {
        let mut any = Role::ALL.into_iter().filter(|role| role.is_of_department());
        let held = any.find_map(|role| actor.in_department(role).ok());
        held.map(|department| Self { department }).ok_or(Forbidden { needs: Role::Drafter })
    }
}

macro_rules! personal {
    ($($proof:ident needs $role:ident;)*) => {$(
        impl TryFrom<&Actor> for $proof {
            type Error = Forbidden;

            fn try_from(actor: &Actor) -> Result<Self, Forbidden> {
                let (officer, department) = actor.person(Role::$role)?;
                Ok(Self { officer, department })
            }
        }
    )*};
}

personal! {
    NoticeAuthor needs Drafter;
    NoticeApprover needs Approver;
    NoticePublisher needs Publisher;
    DepartmentAdmin needs DepartmentAdmin;
}

macro_rules! global {
    ($($proof:ident needs $role:ident;)*) => {$(
        impl TryFrom<&Actor> for $proof {
            type Error = Forbidden;

            fn try_from(actor: &Actor) -> Result<Self, Forbidden> {
                match actor {
                    Actor::Officer(officer) if officer.roles.contains(&Role::$role) => Ok(Self { officer: officer.id }),
                    _ => Err(Forbidden { needs: Role::$role }),
                }
            }
        }
    )*};
}

global! {
    PlatformAdmin needs PlatformAdmin;
    Auditor needs Auditor;
}
