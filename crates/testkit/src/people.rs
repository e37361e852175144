//! A department at work: its officers, each with a key on a device of their own, and notices as far as they have brought them.

use munadi_domain::{
    access::{
        Actor, NoticeApprover, NoticeAuthor, NoticeDrafter, NoticePublisher, NoticeReader, Officer, PlatformAdmin, Role,
    },
    area::Area,
    content::{DraftContent, LanguageVersion, whole_seconds},
    id::NoticeId,
    notice::Intent,
    topic::Topic,
    vocabulary::{Category, Certainty, Severity, Status, Urgency},
};
use munadi_services::notices::{Confirmation, FrozenBytes, NoticeRecord, Notices, SubmittedSignature};
use munadi_transparency::{
    canonical::CanonicalJson,
    key::{LocalKey, Signer},
    notice::{ProtectedHeader, Role as SigningRole, sign},
};
use time::{Duration, OffsetDateTime};

use crate::{ISSUER, TestDepartment, World};

/// An officer who is signed in, with a confirmed key on a device.
#[derive(Debug)]
pub struct TestOfficer {
    /// The officer.
    pub officer: Officer,
    /// The key, which the server has never seen.
    pub key: LocalKey,
}

/// A proof of a right that the officer has.
macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident -> $proof:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(&self) -> $proof {
            (&self.actor()).try_into().expect("the officer has this right")
        }
    )*};
}

impl TestOfficer {
    /// The officer, as use cases take actors.
    pub fn actor(&self) -> Actor {
        Actor::Officer(self.officer.clone())
    }

    rights! {
        /// The right to write.
        drafter -> NoticeDrafter;
        /// The right to sign as author.
        author -> NoticeAuthor;
        /// The right to approve.
        approver -> NoticeApprover;
        /// The right to publish.
        publisher -> NoticePublisher;
        /// The right to read.
        reader -> NoticeReader;
    }

    /// What the officer's device puts into the signature's header at that time.
    pub fn header(&self, role: SigningRole, at: OffsetDateTime) -> ProtectedHeader {
        ProtectedHeader {
            kid: self.key.kid().clone(),
            role,
            sub: self.officer.id.to_string(),
            iat: whole_seconds(at),
            iss: ISSUER.to_owned(),
            certificates: None,
        }
    }

    /// Signs the frozen bytes as the officer's device does.
    pub fn sign(&self, role: SigningRole, payload: &[u8], at: OffsetDateTime) -> SubmittedSignature {
        sign_with(&self.key, &self.header(role, at), payload)
    }
}

/// Signs the frozen bytes under whatever header.
pub fn sign_with(key: &LocalKey, header: &ProtectedHeader, payload: &[u8]) -> SubmittedSignature {
    let payload = CanonicalJson::verify(payload).expect("frozen bytes are canonical");
    SubmittedSignature::from(&sign(header, &payload, key).expect("the key signs"))
}

/// A department with everybody whom a notice needs.
#[derive(Debug)]
pub struct NoticeWorld {
    /// The installation.
    pub world: World,
    /// The use cases.
    pub notices: Notices,
    /// Who looks after the installation.
    pub platform: PlatformAdmin,
    /// The department.
    pub department: TestDepartment,
    /// Writes, and signs as author.
    pub author: TestOfficer,
    /// Approves.
    pub approver: TestOfficer,
    /// Approves too, and writes and publishes: whom the rules must hold back.
    pub deputy: TestOfficer,
    /// Publishes, and approves too.
    pub publisher: TestOfficer,
}

impl NoticeWorld {
    /// A world of its own.
    pub async fn new() -> Self {
        Self::in_world(World::new().await).await
    }

    /// In a world that has nobody in it yet.
    pub async fn in_world(world: World) -> Self {
        let platform = world.platform_admin().await;
        let department = world.department(platform, "floods").await;
        let officer = async |name: &str, roles: &[Role]| test_officer(&world, &department, name, roles).await;
        let author = officer("author.floods", &[Role::Drafter]).await;
        let approver = officer("approver.floods", &[Role::Approver]).await;
        let deputy = officer("deputy.floods", &[Role::Drafter, Role::Approver, Role::Publisher]).await;
        let publisher = officer("publisher.floods", &[Role::Approver, Role::Publisher]).await;
        let notices =
            Notices::new(world.core.clone(), world.directory.clone(), world.signers.clone(), ISSUER.to_owned());
        Self { world, notices, platform, department, author, approver, deputy, publisher }
    }

    /// The time.
    pub fn now(&self) -> OffsetDateTime {
        self.world.clock.now()
    }

    /// An emergency in Hindi and English, for an hour.
    pub fn content(&self) -> DraftContent {
        flood_warning(self.now() + Duration::HOUR)
    }

    /// The notice as it is now.
    pub async fn show(&self, notice: NoticeId) -> NoticeRecord {
        self.notices.show(self.author.reader(), notice).await.expect("the notice is the department's")
    }

    /// A new draft of the author's.
    pub async fn draft(&self) -> NoticeRecord {
        self.draft_of(&self.content()).await
    }

    /// A new draft of the author's that says this.
    pub async fn draft_of(&self, content: &DraftContent) -> NoticeRecord {
        self.notices.create(&self.author.drafter(), content).await.expect("a drafter may write")
    }

    /// Freezes a draft for its author.
    pub async fn freeze(&self, draft: &NoticeRecord) -> FrozenBytes {
        let frozen = self.notices.freeze(self.author.author(), id(draft), revision(draft)).await;
        frozen.expect("the draft is complete")
    }

    /// The author signs and submits a draft.
    pub async fn submit(&self, draft: &NoticeRecord) -> NoticeRecord {
        let frozen = self.freeze(draft).await;
        let signature = self.author.sign(SigningRole::Author, &frozen.payload, self.now());
        let submitted = self.notices.submit(self.author.author(), id(draft), frozen.revision, &signature).await;
        submitted.expect("the author submits");
        self.show(id(draft)).await
    }

    /// Every language version is approved by the approver.
    pub async fn approve_languages(&self, review: &NoticeRecord) -> NoticeRecord {
        let languages: Vec<_> = review.content.languages.iter().map(|version| version.lang.clone()).collect();
        let by = self.approver.approver();
        let approved = self.notices.approve_languages(by, id(review), revision(review), &languages).await;
        approved.expect("the approver has read all languages")
    }

    /// An officer signs as approver.
    pub async fn approve_by(&self, officer: &TestOfficer, review: &NoticeRecord) -> NoticeRecord {
        let signature = officer.sign(SigningRole::Approver, payload(review), self.now());
        let approved = self.notices.approve(officer.approver(), id(review), revision(review), &signature).await;
        approved.expect("the officer approves");
        self.show(id(review)).await
    }

    /// Everybody approves who must.
    pub async fn approve(&self, review: &NoticeRecord) -> NoticeRecord {
        let review = self.approve_languages(review).await;
        let approved = self.approve_by(&self.approver, &review).await;
        match review.content.severity {
            Some(Severity::Extreme) => self.approve_by(&self.publisher, &approved).await,
            _ => approved,
        }
    }

    /// The publisher publishes what is approved.
    pub async fn publish(&self, approved: &NoticeRecord) -> NoticeRecord {
        let status = approved.content.status.expect("what is approved is complete");
        let by = self.publisher.publisher();
        let published = self.notices.publish(by, id(approved), revision(approved), Confirmation { status }).await;
        published.expect("the publisher publishes");
        self.show(id(approved)).await
    }

    /// A notice in review.
    pub async fn submitted(&self) -> NoticeRecord {
        self.submit(&self.draft().await).await
    }

    /// A notice that waits to be published.
    pub async fn approved(&self) -> NoticeRecord {
        self.approve(&self.submitted().await).await
    }

    /// A published notice.
    pub async fn published(&self) -> NoticeRecord {
        self.publish(&self.approved().await).await
    }

    /// A draft of the author's that follows a published notice.
    pub async fn follow(&self, original: &NoticeRecord, intent: Intent) -> NoticeRecord {
        let draft = self.notices.follow(&self.author.drafter(), id(original), intent).await;
        draft.expect("the original is published")
    }

    /// A published notice that follows another.
    pub async fn followed_by(&self, original: &NoticeRecord, intent: Intent) -> NoticeRecord {
        let submitted = self.submit(&self.follow(original, intent).await).await;
        let approved = if intent == Intent::Cancel { submitted } else { self.approve(&submitted).await };
        self.publish(&approved).await
    }
}

/// A new officer of the department with a confirmed key.
pub async fn test_officer(world: &World, department: &TestDepartment, name: &str, roles: &[Role]) -> TestOfficer {
    let officer = world.officer(department, name, roles).await;
    let key = world.signing_key(department, &officer).await;
    TestOfficer { officer, key }
}

/// A complete draft of an emergency, in Hindi and English.
pub fn flood_warning(expires: OffsetDateTime) -> DraftContent {
    let version = |tag: &str, headline: &str, instruction: &str| LanguageVersion {
        lang: tag.parse().expect("a language"),
        headline: headline.to_owned(),
        body: String::new(),
        instruction: instruction.to_owned(),
    };
    let pins = ["110001", "110002"].map(|pin| pin.parse().expect("a PIN code")).to_vec();
    DraftContent {
        status: Some(Status::Actual),
        category: Some(Category::Met),
        severity: Some(Severity::Severe),
        urgency: Some(Urgency::Immediate),
        certainty: Some(Certainty::Observed),
        topic: Some(Topic::Flood),
        area: Area { pins, description: "यमुना के किनारे".to_owned(), ..Area::default() },
        expires: Some(expires),
        languages: vec![
            version("hi", "यमुना खतरे के निशान से ऊपर", "तुरंत ऊँचे स्थान पर जाएँ।"),
            version("en-IN", "The Yamuna is above the danger mark", "Move to higher ground now."),
        ],
        ..DraftContent::default()
    }
}

/// The notice's id.
pub fn id(record: &NoticeRecord) -> NoticeId {
    record.notice.head().id
}

/// The notice's revision.
pub fn revision(record: &NoticeRecord) -> i64 {
    record.notice.head().revision
}

/// The frozen bytes that count.
pub fn payload(record: &NoticeRecord) -> &[u8] {
    &record.version.as_ref().expect("something is frozen").payload
}
