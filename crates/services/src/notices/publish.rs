//! Publishing: one transaction, after which everything follows by itself.

use super::{Notices, SubmittedSignature, lock, signature::decode, wrong_state};
use crate::{
    Result, ServiceError,
    audit::Act,
    inbox::{area, words},
};
use munadi_domain::{
    access::{ClientKind, NoticePublisher},
    area::{Area, Pin},
    id::{MessageId, NoticeId},
    message::{Lane, Message, Route},
    notice::{Approved, Head, Intent, Notice, Published, State},
    vocabulary::Status,
};
use munadi_store::{
    Tx,
    notice::{NewSignature, NoticeRecord, Publication, SignatureRecord, VersionRecord},
};
use munadi_transparency::{
    canonical::CanonicalJson,
    directory::KeyDirectory,
    notice::{Envelope, ProtectedHeader, Role, Signature, sign},
    verdict::Verdict,
    verify::verify_notice,
};
use serde_json::json;

/// What the publisher says to show that the right thing goes out: a drill cannot be mistaken for the real thing, nor the reverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmation {
    /// The status that the publisher believes the notice to have.
    pub status: Status,
}

impl Notices {
    /// Publishes an approved notice.
    ///
    /// Everything is one transaction: the department's signature, the state, the end of what it replaces, the audit entry and the
    /// outbox rows. Before its commit a crash leaves an approved notice that can be published again; after it the relay finds the
    /// outbox rows, however late it starts.
    pub async fn publish(
        &self,
        publisher: NoticePublisher,
        notice: NoticeId,
        revision: i64,
        confirmation: Confirmation,
    ) -> Result<i64> {
        let now = self.core.clock.now();
        let directory = self.directory.current().await?;
        let mut tx = self.core.store.begin().await?;
        let record = lock(&mut tx, publisher.department, notice, revision).await?;
        let (approved, version) = approved(&record, confirmation)?;
        let published = approved.publish(now)?;
        let replaced = replaced(&mut tx, &published.head).await?;
        let envelope = self.sign(&mut tx, &published, &record.signatures, &version, &directory).await?;
        let lane = replaced.as_ref().map_or(Lane::Routine, |(_, lane)| *lane).min(published.lane());
        let pins = self.pins(&published)?;
        let words = self.words(&published);
        let publication = Publication {
            payload: &published.frozen.payload,
            digest: version.digest,
            envelope: &envelope,
            pins: &pins,
            lane,
            places: &area::keys_of_notice(&self.core.places, &pins),
            words: &words,
            at: now,
        };
        let position = tx.publish(&published.head, publication).await?;
        if let Some((original, _)) = replaced {
            let state = if published.head.intent == Intent::Cancel { State::Withdrawn } else { State::Superseded };
            tx.end_notice(&original, state, notice, now).await?;
        }
        self.announce(&mut tx, notice, lane).await?;
        self.record_publishing(&mut tx, publisher, &published, &version, lane).await?;
        tx.commit().await?;
        Ok(position)
    }

    async fn sign(
        &self,
        tx: &mut Tx,
        published: &Published,
        others: &[SignatureRecord],
        version: &VersionRecord,
        directory: &KeyDirectory,
    ) -> Result<String> {
        let (head, now) = (&published.head, published.at);
        let payload = CanonicalJson::verify(&version.payload).map_err(signing_failed)?;
        let signer = self.signers.department(head.department, directory, now)?;
        let header = ProtectedHeader {
            kid: signer.kid().clone(),
            role: Role::Publisher,
            sub: head.department.to_string(),
            iat: munadi_domain::content::whole_seconds(now),
            iss: self.issuer.clone(),
            certificates: None,
        };
        let own = sign(&header, &payload, signer.as_ref()).map_err(signing_failed)?;
        let envelope = envelope(&payload, others, own.clone())?;
        // The same verifier that citizens run has the last word, so that nothing goes out that their devices would not accept.
        match verify_notice(&envelope, directory, now) {
            Verdict::Official(_) => {}
            verdict => return Err(ServiceError::BadSignature(format!("the notice would not be accepted: {verdict}"))),
        }
        let encoded = SubmittedSignature::from(&own);
        let new = NewSignature {
            notice: head.id,
            version: version.version,
            role: Role::Publisher.as_str(),
            officer: None,
            kid: header.kid.as_str(),
            protected: &encoded.protected,
            signature: &encoded.signature,
            at: now,
        };
        tx.insert_signature(new).await?;
        Ok(envelope.to_json())
    }

    fn pins(&self, published: &Published) -> Result<Vec<Pin>> {
        let area: Area = published.frozen.payload.area.clone().into();
        Ok(self.core.places.resolve(&area, "/area").map_err(ServiceError::Invalid)?.into_iter().collect())
    }

    fn words(&self, published: &Published) -> Vec<String> {
        let payload = &published.frozen.payload;
        let texts = payload.languages.iter().flat_map(|it| [&it.headline, &it.body, &it.instruction]);
        let districts = payload.area.districts.iter().filter_map(|code| self.core.places.district(*code));
        let districts = districts.map(|district| &district.name);
        words::words(texts.chain([&payload.area.description]).chain(districts).map(String::as_str))
    }

    async fn announce(&self, tx: &mut Tx, notice: NoticeId, lane: Lane) -> Result<()> {
        let fan_out = (Route::FanOut(lane), MessageId::new(self.core.seed()?), Message::FanOutV1 { notice });
        let live = (Route::Live, MessageId::new(self.core.seed()?), Message::NoticePublishedV1 { notice });
        Ok(tx.enqueue(&[fan_out, live]).await?)
    }

    async fn record_publishing(
        &self,
        tx: &mut Tx,
        publisher: NoticePublisher,
        published: &Published,
        version: &VersionRecord,
        lane: Lane,
    ) -> Result<()> {
        let head = &published.head;
        let act = Act::by(publisher.officer, "publisher", "notice.publish", head.id).for_department(head.department);
        let act = act.to_digest(version.digest).with(json!({
            "digest": crate::hex(&version.digest),
            "status": published.frozen.payload.status.as_str(),
            "seq": published.frozen.payload.seq,
            "replaces": head.replaces,
            "lane": lane.as_str(),
        }));
        self.core.record(tx, act).await.map(|_| ())
    }
}

/// The notice that this one replaces, locked, and the lane that one travelled in: who follows an emergency notice is in no less of
/// a hurry.
async fn replaced(tx: &mut Tx, head: &Head) -> Result<Option<(Head, Lane)>> {
    let Some(replaced) = head.replaces else { return Ok(None) };
    let record = tx.lock_notice(head.department, replaced).await?.ok_or(ServiceError::NotFound("notice"))?;
    let lane = if record.emergency == Some(true) { Lane::Emergency } else { Lane::Routine };
    match record.notice {
        Notice::Published(original) => Ok(Some((original.head, lane))),
        ended => Err(ServiceError::Conflict(format!(
            "{replaced} is {} already: follow the notice that ended it instead",
            ended.state().as_str()
        ))),
    }
}

fn approved(record: &NoticeRecord, confirmation: Confirmation) -> Result<(Approved, VersionRecord)> {
    let (Notice::Approved(approved), Some(version)) = (&record.notice, &record.version) else {
        return Err(wrong_state("approved", &record.notice));
    };
    let status = approved.frozen.payload.status;
    if status != confirmation.status {
        let reason = format!("the notice is of the status {status}, not {}", confirmation.status);
        return Err(ServiceError::invalid("/confirm_status", reason));
    }
    if record.reach == ClientKind::Test {
        let reason = "it was written with a test key, and never reaches anyone".to_owned();
        return Err(ServiceError::Conflict(reason));
    }
    Ok((approved.clone(), version.clone()))
}

fn envelope(payload: &CanonicalJson, others: &[SignatureRecord], own: Signature) -> Result<Envelope> {
    let mut envelope = Envelope::new(payload);
    for other in others {
        envelope.push(decode(&other.protected, &other.signature)?).map_err(signing_failed)?;
    }
    envelope.push(own).map_err(signing_failed)?;
    Ok(envelope)
}

fn signing_failed(error: impl std::fmt::Display) -> ServiceError {
    ServiceError::BadSignature(format!("the notice could not be signed: {error}"))
}
