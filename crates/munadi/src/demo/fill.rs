//! Filling the demonstration. Each step is saved when it is done, and a second run does what is missing.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use anyhow::{Context, Result, anyhow};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use indicatif::ProgressBar;
use munadi_domain::{
    access::{Actor, DepartmentAdmin, Officer, PlatformAdmin, Role},
    id::{DepartmentId, OfficerId, SessionId},
};
use munadi_push_sink::Subscriber;
use munadi_services::{
    entropy,
    keys::{Signatory, proof},
    people::{Admin, Created, NewAccount, NewDepartment},
    secret::Secret,
    signer::KeyPurpose,
    subscriptions::NewSubscription,
};
use munadi_transparency::key::Signer;
use serde_json::json;

use super::{Demo, Person, cast};
use crate::{command::officer_key, installation::Installation, output::Output, services::Services};

/// How many subscribers the demonstration has.
const SUBSCRIBERS: usize = 2_000;
/// In which languages they want to be addressed, in turn.
const LANGUAGES: [&str; 6] = ["hi", "en-IN", "hi", "kn", "te", "ta"];

/// A text that nobody guesses: 120 random bits.
pub(super) fn secret_text() -> Result<String> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(entropy::bytes::<15>()?))
}

/// Fills what is missing.
pub(crate) async fn fill(installation: &Installation, output: Output) -> Result<Demo> {
    let services = Services::compose(installation).await?;
    let demo = match Demo::load(&installation.config)? {
        Some(demo) => demo,
        None => Demo::begin(&installation.config)?,
    };
    let mut filling = Filling { services: &services, demo, installation };
    filling.people().await?;
    filling.subscribers(output).await?;
    services.core.store.close().await;
    Ok(filling.demo)
}

struct Filling<'a> {
    services: &'a Services,
    demo: Demo,
    installation: &'a Installation,
}

impl Filling<'_> {
    async fn people(&mut self) -> Result<()> {
        let admin = self.platform_admin().await?;
        let by = Admin::Platform(platform_admin(&admin)?);
        self.in_platform(by, cast::PLATFORM_DEPUTY, Role::PlatformAdmin).await?;
        self.in_platform(by, cast::AUDITOR, Role::Auditor).await?;
        for department in &cast::DEPARTMENTS {
            self.department(&admin, department).await?;
        }
        Ok(())
    }

    fn knows(&self, sign_in: &str) -> bool {
        self.demo.people.iter().any(|person| person.sign_in == sign_in)
    }

    async fn platform_admin(&mut self) -> Result<Person> {
        let (sign_in, name) = cast::PLATFORM_ADMIN;
        if !self.knows(sign_in) {
            let created = self.services.people.create_first_platform_admin(&account(sign_in, name)).await;
            let created = created.map_err(|error| begun_elsewhere(&error))?;
            self.welcome(created, None, "").await?;
        }
        self.demo.person(sign_in).cloned()
    }

    /// An officer who looks after the whole installation.
    async fn in_platform(&mut self, by: Admin, (sign_in, name): (&str, &str), role: Role) -> Result<()> {
        if !self.knows(sign_in) {
            let created = self.add(by, &account(sign_in, name), &[role].into()).await?;
            self.welcome(created, None, "").await?;
        }
        Ok(())
    }

    /// One admin adds an officer, and another confirms the roles: the deputy, except where there is nobody yet.
    async fn add(&self, by: Admin, account: &NewAccount, roles: &BTreeSet<Role>) -> Result<Created> {
        let people = &self.services.people;
        let mut created = people.add_officer(by, account, roles).await.map_err(|error| begun_elsewhere(&error))?;
        for pending in std::mem::take(&mut created.officer.pending) {
            let deputy = Admin::Platform(platform_admin(self.demo.person(cast::PLATFORM_DEPUTY.0)?)?);
            created.officer = people.confirm_role_grant(deputy, pending.grant).await?;
        }
        Ok(created)
    }

    async fn department(&mut self, admin: &Person, department: &cast::Department) -> Result<()> {
        if !self.knows(department.admin.0) {
            let new = NewDepartment {
                slug: department.slug.to_owned(),
                name: [("en".parse()?, department.english.to_owned()), ("hi".parse()?, department.hindi.to_owned())]
                    .into(),
                admin: account(department.admin.0, department.admin.1),
            };
            let made = self.services.people.create_department(platform_admin(admin)?, &new).await;
            let made = made.map_err(|error| begun_elsewhere(&error))?;
            self.welcome(made.admin, Some(made.department.id), department.english).await?;
        }
        let head = self.demo.person(department.admin.0)?.clone();
        let by = DepartmentAdmin::try_from(&actor(&head, &[Role::DepartmentAdmin])?)?;
        for officer in department.officers {
            self.officer(by, department, officer).await?;
        }
        Ok(())
    }

    async fn officer(
        &mut self,
        by: DepartmentAdmin,
        department: &cast::Department,
        officer: &cast::Officer,
    ) -> Result<()> {
        if !self.knows(officer.sign_in) {
            let roles: BTreeSet<Role> = officer.roles.iter().copied().collect();
            let account = account(officer.sign_in, officer.name);
            let created = self.add(Admin::Department(by), &account, &roles).await?;
            self.welcome(created, Some(by.department), department.english).await?;
        }
        if self.demo.key_file(officer.sign_in).exists() {
            return Ok(());
        }
        let person = self.demo.person(officer.sign_in)?.clone();
        self.enroll(by, &person, officer.roles).await
    }

    /// Enrolls and confirms a key. Its file is written last: a run that ends before it enrolls another key the next time.
    async fn enroll(&self, by: DepartmentAdmin, person: &Person, roles: &[Role]) -> Result<()> {
        let (file, fresh) =
            (self.demo.key_file(&person.sign_in), self.demo.key_file(&format!("{}.new", person.sign_in)));
        // What is left of a run that was ended in the middle.
        let _ = std::fs::remove_file(&fresh);
        let key =
            officer_key::make_with(&fresh, KeyPurpose::Officer, &self.demo.key_secret(), &self.installation.clock)?;
        let proof = proof::sign(&key, person.officer, self.installation.clock.now())?;
        let signatory = Signatory::try_from(&actor(person, roles)?)?;
        let enrolled = self.services.keys.enroll(signatory, key.public_key(), &proof).await?;
        self.services.keys.confirm(by, enrolled.id).await?;
        Ok(std::fs::rename(&fresh, &file)?)
    }

    /// Replaces the one-time password of a new account, as its owner would, and remembers the account.
    async fn welcome(
        &mut self,
        created: Created,
        department: Option<DepartmentId>,
        department_name: &str,
    ) -> Result<()> {
        let password = secret_text()?;
        let person = Person {
            officer: created.officer.id,
            department,
            department_name: department_name.to_owned(),
            sign_in: created.officer.sign_in.clone(),
            password: password.clone(),
            roles: created.officer.roles.iter().map(|role| role.as_str().to_owned()).collect(),
        };
        let officer = officer(person.officer, department, &created.officer.roles)?;
        self.services.sign_in.change_password(&officer, &created.password, &Secret::new(password)).await?;
        self.demo.people.push(person);
        self.demo.save()
    }

    async fn subscribers(&mut self, output: Output) -> Result<()> {
        let sink = match self.demo.sink {
            Some(sink) => sink,
            None => free_address()?,
        };
        self.demo.sink = Some(sink);
        self.demo.save()?;
        let pins: Vec<_> = self.services.core.places.pins().collect();
        let progress = if output.json { ProgressBar::hidden() } else { ProgressBar::new(SUBSCRIBERS as u64) };
        progress.set_position(self.demo.subscribers as u64);
        for number in self.demo.subscribers..SUBSCRIBERS {
            let pin = pins[number * pins.len() / SUBSCRIBERS];
            let subscriber = Subscriber::generate()?;
            let endpoint = format!("http://localhost:{}/push/{number}", sink.port());
            let new: NewSubscription = serde_json::from_value(json!({
                "subscription": subscriber.subscription(&endpoint),
                "preferences": { "pins": [pin], "topics": [], "language": LANGUAGES[number % LANGUAGES.len()] },
                "consent": { "text_version": "demonstration", "language": "en" },
            }))?;
            self.services
                .subscriptions
                .subscribe(address(number), new)
                .await
                .context("a subscriber of the demonstration")?;
            progress.inc(1);
            self.demo.subscribers = number + 1;
            if number % 100 == 99 {
                self.demo.save()?;
            }
        }
        progress.finish_and_clear();
        self.demo.save()
    }
}

fn account(sign_in: &str, name: &str) -> NewAccount {
    NewAccount { sign_in: sign_in.to_owned(), display_name: name.to_owned() }
}

fn officer(id: OfficerId, department: Option<DepartmentId>, roles: &BTreeSet<Role>) -> Result<Officer> {
    let seed = munadi_domain::id::Seed { unix_ms: 0, random: u128::from_le_bytes(entropy::bytes()?) };
    Ok(Officer { id, department, roles: roles.clone(), session: SessionId::new(seed) })
}

fn actor(person: &Person, roles: &[Role]) -> Result<Actor> {
    Ok(Actor::Officer(officer(person.officer, person.department, &roles.iter().copied().collect())?))
}

fn platform_admin(person: &Person) -> Result<PlatformAdmin> {
    Ok(PlatformAdmin::try_from(&actor(person, &[Role::PlatformAdmin])?)?)
}

/// A port that is free now, and that the demonstration keeps.
fn free_address() -> Result<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Each subscriber comes from an address of its own, as in life: subscriptions are limited by address.
fn address(number: usize) -> IpAddr {
    let host = u32::try_from(number).unwrap_or(0) & 0x00ff_ffff;
    Ipv4Addr::from(0x7f00_0000 | host).into()
}

fn begun_elsewhere(error: &munadi_services::ServiceError) -> anyhow::Error {
    anyhow!(
        "{error}. If the database was filled before, without the file of the demonstration, start over: ./run reset"
    )
}
