//! An installation without its edges: a database, keys in a folder, and every use case that concerns people and keys.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use munadi_domain::{
    access::{Actor, DepartmentAdmin, Officer, PlatformAdmin, Role},
    id::{DepartmentId, KeyId, OfficerId},
    place::Places,
};
use munadi_services::{
    Core,
    clients::Clients,
    clock::Clock,
    directory::Directory,
    idempotency::Idempotency,
    keys::{Keys, Signatory, proof},
    limits::{Limits, LimitsConfig},
    password::Passwords,
    people::{Admin, NewAccount, NewDepartment, OfficerRecord, People},
    sign_in::SignIn,
    signer::{KeysConfig, Signers},
    token::Tokens,
    transparency_log::{TransparencyLog, log_signer},
};
use munadi_transparency::{
    key::{LocalKey, Signer},
    log::note::LogSigner,
};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::{TestDatabase, database};

/// The name under which the installation signs.
pub const ISSUER: &str = "munadi.test";
/// How the world reaches it: the audience of tokens.
pub const AUDIENCE: &str = "https://munadi.test";

/// Everything, composed as the executable does it. The clock stands at the real time until it is moved, because the database has a
/// clock of its own.
#[derive(Debug)]
pub struct World {
    /// The database.
    pub database: TestDatabase,
    /// The clock.
    pub clock: Clock,
    /// What every use case needs.
    pub core: Core,
    /// The server's own keys.
    pub signers: Arc<Signers>,
    /// The signed key directory.
    pub directory: Directory,
    /// Keys that sign notices.
    pub keys: Arc<Keys>,
    /// Departments and officers.
    pub people: People,
    /// Signing in.
    pub sign_in: SignIn,
    /// Departments' systems.
    pub clients: Clients,
    /// Answers that are kept.
    pub idempotency: Idempotency,
    /// Limits on how often.
    pub limits: Arc<Limits>,
    /// The root key, if it is not the installation's.
    pub offline_root: Option<LocalKey>,
    platform_admin: OnceCell<PlatformAdmin>,
    folder: TempDir,
}

/// What a world may have otherwise than usual.
#[derive(Debug, Clone, Copy)]
pub struct WorldOptions {
    /// The limits.
    pub limits: LimitsConfig,
    /// Whether the root key is the installation's; if not, the world has it in `offline_root`.
    pub root_online: bool,
}

impl Default for WorldOptions {
    fn default() -> Self {
        Self { limits: LimitsConfig::default(), root_online: true }
    }
}

/// A department with its first admin.
#[derive(Debug, Clone)]
pub struct TestDepartment {
    /// The department.
    pub id: DepartmentId,
    /// Its admin, signed in.
    pub admin: Officer,
}

impl TestDepartment {
    /// The admin's right to look after the department.
    pub fn rights(&self) -> DepartmentAdmin {
        DepartmentAdmin { officer: self.admin.id, department: self.id }
    }
}

impl World {
    /// A world of its own, as usual.
    pub async fn new() -> Self {
        Self::with(WorldOptions::default()).await
    }

    /// A world of its own.
    pub async fn with(options: WorldOptions) -> Self {
        Self::on(database().await, options).await
    }

    /// A world on this database, which has nothing in it.
    pub async fn on(database: TestDatabase, options: WorldOptions) -> Self {
        let clock = Clock::standing_at(Clock::system().now());
        let places = Arc::new(Places::india().expect("the tables of places are in the executable"));
        let core = Core { store: database.store().clone(), clock: clock.clone(), places };
        let folder = tempfile::tempdir().expect("a folder for keys");
        let offline_root = (!options.root_online).then(|| make_offline_root(&folder));
        let signers = Arc::new(open_signers(&folder, &clock, options.root_online));
        let directory = Directory::new(core.clone(), signers.clone(), ISSUER.to_owned());
        directory.bring_up_to_date().await.expect("the first edition of the key directory");
        let keys = Arc::new(Keys::new(core.clone(), directory.clone(), signers.clone()));
        let passwords = Passwords::new(2).expect("randomness");
        let limits = Arc::new(Limits::new(&options.limits, &clock));
        let tokens = Tokens::new(&signers, ISSUER.to_owned(), AUDIENCE.to_owned()).expect("the token key is usable");
        Self {
            people: People::new(core.clone(), passwords.clone(), keys.clone(), directory.clone()),
            sign_in: SignIn::new(core.clone(), passwords, tokens, limits.clone()),
            clients: Clients::new(core.clone(), AUDIENCE.to_owned()),
            idempotency: Idempotency::new(core.clone()),
            database,
            clock,
            core,
            signers,
            directory,
            keys,
            limits,
            offline_root,
            platform_admin: OnceCell::new(),
            folder,
        }
    }

    /// The public log, named after the issuer.
    pub fn log(&self) -> TransparencyLog {
        let url = AUDIENCE.parse().expect("an address");
        TransparencyLog::new(self.core.store.clone(), self.log_signer().key(), &url).expect("a policy")
    }

    /// The log's key.
    pub fn log_signer(&self) -> LogSigner {
        log_signer(ISSUER, self.signers.log()).expect("the issuer can name a key")
    }

    /// The folder of keys.
    pub fn keys_folder(&self) -> &Path {
        self.folder.path()
    }

    /// The platform admin with whom everything begins; always the same one.
    pub async fn platform_admin(&self) -> PlatformAdmin {
        let make = async || {
            let created = self.people.create_first_platform_admin(&account("platform.admin")).await;
            PlatformAdmin { officer: created.expect("there is no platform admin yet").officer.id }
        };
        *self.platform_admin.get_or_init(make).await
    }

    /// A new department with an admin who is signed in. The slug must be new.
    pub async fn department(&self, by: PlatformAdmin, slug: &str) -> TestDepartment {
        let name = [("en".parse().expect("a language"), format!("Department {slug}"))].into();
        let new = NewDepartment { slug: slug.to_owned(), name, admin: account(&format!("admin.{slug}")) };
        let created = self.people.create_department(by, &new).await.expect("the department is new");
        TestDepartment { id: created.department.id, admin: self.signed_in(created.admin.officer.id).await }
    }

    /// A new officer of the department, who is signed in. The name must be new.
    pub async fn officer(&self, department: &TestDepartment, name: &str, roles: &[Role]) -> Officer {
        let roles: BTreeSet<Role> = roles.iter().copied().collect();
        let by = Admin::Department(department.rights());
        let created = self.people.add_officer(by, &account(name), &roles).await.expect("the officer is new");
        self.confirm_roles(&created.officer).await;
        self.signed_in(created.officer.id).await
    }

    /// The platform admin confirms every role that the officer waits for, and that another admin has asked for.
    pub async fn confirm_roles(&self, officer: &OfficerRecord) {
        let by = Admin::Platform(self.platform_admin().await);
        for pending in &officer.pending {
            self.people.confirm_role_grant(by, pending.grant).await.expect("somebody else has asked");
        }
    }

    /// The officer with a new session and the roles of this moment.
    pub async fn signed_in(&self, officer: OfficerId) -> Officer {
        let signed_in = self.sign_in.start_session(officer).await.expect("the account is in use");
        let actor = self.sign_in.authenticate_officer(signed_in.access.secret.expose()).await;
        match actor.expect("the token is good") {
            Actor::Officer(officer) => officer,
            Actor::Client(_) => unreachable!("an access token names an officer"),
        }
    }

    /// A key of the officer's, confirmed by the department's admin and named as in the directory.
    pub async fn signing_key(&self, department: &TestDepartment, officer: &Officer) -> LocalKey {
        let (key, id) = self.enrolled_key(officer).await;
        self.keys.confirm(department.rights(), id).await.expect("the admin is another person");
        key
    }

    /// A key of the officer's that waits to be confirmed.
    pub async fn enrolled_key(&self, officer: &Officer) -> (LocalKey, KeyId) {
        let key = new_key("new");
        let who = Signatory::try_from(&Actor::Officer(officer.clone())).expect("the officer may sign");
        let proof = proof::sign(&key, officer.id, self.clock.now()).expect("the key signs");
        let record = self.keys.enroll(who, key.public_key(), &proof).await.expect("the key is new");
        let pkcs8 = key.to_pkcs8().expect("the key can be written");
        let kid = record.id.to_string().parse().expect("a key's id is a kid");
        (LocalKey::from_pkcs8(kid, &pkcs8).expect("the key is the same"), record.id)
    }
}

/// An account under this name.
pub fn account(name: &str) -> NewAccount {
    NewAccount { sign_in: name.to_owned(), display_name: format!("Officer {name}") }
}

/// A new key of that name.
pub fn new_key(kid: &str) -> LocalKey {
    LocalKey::generate(kid.parse().expect("a key id")).expect("randomness")
}

fn make_offline_root(folder: &TempDir) -> LocalKey {
    let root = new_key("offline-root");
    std::fs::write(folder.path().join("root.jwk"), root.public_key().to_jwk()).expect("the folder can be written");
    root
}

fn open_signers(folder: &TempDir, clock: &Clock, root_online: bool) -> Signers {
    let folder = folder.path().to_owned();
    let config = KeysConfig { folder, secret_file: None, create_missing: true, root_online };
    Signers::open(&config, clock).expect("the keys are made")
}
