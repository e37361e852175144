//! What is sent about a notice: for each language and form once, however many get it.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Write,
    sync::{Arc, Mutex, PoisonError},
};

use munadi_domain::{
    content::LanguageVersion, id::NoticeId, language::Lang, message::Lane, payload::Payload, vocabulary::Status,
};
use munadi_store::{Store, StoreError, delivery::SignedNotice};

use crate::{
    encrypt::Bucket,
    payload::{FullMessage, PayloadError, WakeUp},
    topic::{PushTopic, TopicKey},
};

/// Notices whose messages are kept ready.
const NOTICES: usize = 32;
/// Messages kept ready for one notice. There are as many languages as notices have versions, but strangers may ask for others.
const MESSAGES: usize = 128;

/// How much a push service is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// The text. Encryption hides it from the push service all the same.
    Full,
    /// A message of constant content: the phone fetches the notice from us.
    WakeUp,
}

/// A message before its encryption.
#[derive(Debug, Clone)]
pub(crate) struct Plain {
    pub(crate) text: Arc<[u8]>,
    pub(crate) bucket: Bucket,
}

/// A notice with what its messages share.
#[derive(Debug)]
pub(crate) struct Prepared {
    notice: NoticeId,
    payload: Payload,
    digest: String,
    navigate: String,
    tag: String,
    family: NoticeId,
    pub(crate) lane: Lane,
    messages: Mutex<BTreeMap<(Lang, Form), Plain>>,
}

/// Makes messages.
#[derive(Debug)]
pub(crate) struct Composer {
    topics: TopicKey,
    address: String,
    ready: Mutex<VecDeque<Arc<Prepared>>>,
}

impl Composer {
    /// `address` is what a notice's page begins with; the notice's id follows.
    pub(crate) fn new(topics: TopicKey, address: String) -> Self {
        Self { topics, address, ready: Mutex::default() }
    }

    /// The notice with what its messages share. A published notice never changes, so what is kept never grows old.
    pub(crate) async fn prepare(&self, store: &Store, notice: NoticeId) -> Result<Arc<Prepared>, StoreError> {
        let known =
            self.ready.lock().unwrap_or_else(PoisonError::into_inner).iter().find(|it| it.notice == notice).cloned();
        if let Some(prepared) = known {
            return Ok(prepared);
        }
        let missing = || StoreError::corrupt(notice, "batches of a notice that was not published");
        let signed = store.signed_notice(notice).await?.ok_or_else(missing)?;
        let prepared = Arc::new(self.read(notice, &signed)?);
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready.push_front(Arc::clone(&prepared));
        ready.truncate(NOTICES);
        Ok(prepared)
    }

    /// The topic of a message: for one recipient alone if the push service is not our own.
    pub(crate) fn topic(&self, of: &Prepared, alone: Option<i64>) -> PushTopic {
        alone.map_or_else(|| self.topics.topic(of.family), |recipient| self.topics.topic_for(of.family, recipient))
    }

    fn read(&self, notice: NoticeId, signed: &SignedNotice) -> Result<Prepared, StoreError> {
        let payload = serde_json::from_slice(&signed.payload).map_err(|error| StoreError::corrupt(notice, error))?;
        Ok(Prepared {
            notice,
            payload,
            digest: hex(&signed.digest),
            navigate: format!("{}{notice}", self.address),
            tag: signed.family.to_string(),
            family: signed.family,
            lane: signed.lane,
            messages: Mutex::default(),
        })
    }
}

impl Prepared {
    /// The message for a reader of this language.
    pub(crate) fn message(&self, reader: &Lang, form: Form) -> Result<Plain, PayloadError> {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (reader.clone(), form);
        if let Some(message) = messages.get(&key) {
            return Ok(message.clone());
        }
        let message = match form {
            Form::Full => Plain { text: self.full(reader)?.into(), bucket: FullMessage::BUCKET },
            Form::WakeUp => {
                let wake_up = WakeUp { lang: reader, navigate: &self.navigate };
                Plain { text: wake_up.to_json()?.into(), bucket: WakeUp::BUCKET }
            }
        };
        if messages.len() < MESSAGES {
            messages.insert(key, message.clone());
        }
        Ok(message)
    }

    fn full(&self, reader: &Lang) -> Result<Vec<u8>, PayloadError> {
        let offered: Vec<Lang> = self.payload.languages.iter().map(|version| version.lang.clone()).collect();
        let best = reader.best_of(&offered);
        let version = self.payload.languages.iter().find(|version| Some(&version.lang) == best);
        let fallback = Lang::fallback();
        let message = FullMessage {
            notice: self.notice,
            digest: &self.digest,
            status: self.payload.status,
            lang: version.map_or(&fallback, |version| &version.lang),
            title: &version.map(|version| title(version, self.payload.status)).unwrap_or_default(),
            body: &version.map(body).unwrap_or_default(),
            navigate: &self.navigate,
            tag: &self.tag,
            silent: false,
        };
        message.to_json()
    }
}

/// Whoever sees no more than the title must not take a drill for the real thing.
fn title(version: &LanguageVersion, status: Status) -> String {
    let headline = &version.headline;
    match (status, version.lang.primary()) {
        (Status::Actual, _) => headline.clone(),
        (Status::Exercise, "hi" | "mr" | "ne") => format!("[अभ्यास] {headline}"),
        (Status::Test, "hi" | "mr" | "ne") => format!("[परीक्षण] {headline}"),
        (Status::Exercise, _) => format!("[EXERCISE] {headline}"),
        (Status::Test, _) => format!("[TEST] {headline}"),
    }
}

/// What to do comes first: the rest may be cut.
fn body(version: &LanguageVersion) -> String {
    let parts = [version.instruction.trim(), version.body.trim()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
