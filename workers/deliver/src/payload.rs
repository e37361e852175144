//! What a message says before it is encrypted: the declarative form that browsers show by themselves and that a service
//! worker may replace by something better (Push API, “declarative push message”).
//!
//! Nothing here makes a notice official. The text is a preview; the service worker fetches the signed notice by its id
//! and shows the official mark only if the signatures and the log bear it out.

use std::borrow::Cow;

use munadi_domain::{
    id::NoticeId,
    language::{Direction, Lang},
    vocabulary::Status,
};
use serde::Serialize;

use crate::encrypt::Bucket;

/// What tells a declarative push message from any other JSON.
const DECLARATIVE: u16 = 8_030;
/// How much of a headline is shown, in bytes of JSON. Longer ones leave no room for the text.
const TITLE_BYTES: usize = 800;
const ELLIPSIS: char = '…';

/// A message that cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// Address, tag and title alone are more than a message holds.
    #[error("the message has {len} bytes without its text, {capacity} fit")]
    TooLong {
        /// Bytes without the text.
        len: usize,
        /// Bytes that fit.
        capacity: usize,
    },
}

#[derive(Serialize)]
struct Message<'a, D> {
    web_push: u16,
    notification: Notification<'a, D>,
    /// The service worker, if there is one, may look at the message first.
    mutable: bool,
}

#[derive(Serialize)]
struct Notification<'a, D> {
    title: &'a str,
    navigate: &'a str,
    lang: &'a str,
    dir: Direction,
    #[serde(skip_serializing_if = "str::is_empty")]
    body: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    tag: &'a str,
    silent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<D>,
}

#[derive(Serialize)]
struct Data<'a> {
    notice: NoticeId,
    digest: &'a str,
    status: Status,
}

/// A message with the text of a notice in one language, for push services that may carry it: our own and approved ones.
/// Encryption hides it from them all the same.
#[derive(Debug, Clone)]
pub struct FullMessage<'a> {
    /// The notice.
    pub notice: NoticeId,
    /// The digest of its signed payload, as the service worker compares it.
    pub digest: &'a str,
    /// Actual, Exercise or Test: shown differently.
    pub status: Status,
    /// The language of the text.
    pub lang: &'a Lang,
    /// The headline.
    pub title: &'a str,
    /// The text. As much of it is sent as fits.
    pub body: &'a str,
    /// The page that opens.
    pub navigate: &'a str,
    /// Messages with the same tag replace each other on the screen.
    pub tag: &'a str,
    /// No sound and no vibration.
    pub silent: bool,
}

impl FullMessage<'_> {
    /// The bucket that each such message is padded to.
    pub const BUCKET: Bucket = Bucket::FULL;

    /// The JSON, at most as long as fits into the bucket. A headline or text that is too long ends with an ellipsis.
    pub fn to_json(&self) -> Result<Vec<u8>, PayloadError> {
        let title = fit(self.title, TITLE_BYTES);
        let bare = to_bytes(&self.message(&title, ""));
        let capacity = Self::BUCKET.capacity();
        let room = capacity.checked_sub(bare.len()).ok_or(PayloadError::TooLong { len: bare.len(), capacity })?;
        let body = room.checked_sub(r#","body":"""#.len()).map(|room| fit(self.body, room)).unwrap_or_default();
        Ok(if body.is_empty() { bare } else { to_bytes(&self.message(&title, &body)) })
    }

    fn message<'a>(&'a self, title: &'a str, body: &'a str) -> Message<'a, Data<'a>> {
        let data = Data { notice: self.notice, digest: self.digest, status: self.status };
        let notification = Notification {
            title,
            navigate: self.navigate,
            lang: self.lang.as_str(),
            dir: self.lang.direction(),
            body,
            tag: self.tag,
            silent: self.silent,
            data: Some(data),
        };
        Message { web_push: DECLARATIVE, notification, mutable: true }
    }
}

/// A message without content, for push services that must not even learn how many of which kind there are: a fixed
/// title and a link that says nothing. The service worker fetches the signed notice from us, and shows the fixed title
/// if it cannot.
#[derive(Debug, Clone)]
pub struct WakeUp<'a> {
    /// The language to be addressed in.
    pub lang: &'a Lang,
    /// The page that opens, by which the service worker also finds the notice.
    pub navigate: &'a str,
}

impl WakeUp<'_> {
    /// The bucket that each such message is padded to.
    pub const BUCKET: Bucket = Bucket::WAKE_UP;

    /// The JSON.
    pub fn to_json(&self) -> Result<Vec<u8>, PayloadError> {
        let (lang, title) = wake_up_title(self.lang);
        let direction = if lang == self.lang.primary() { self.lang.direction() } else { Direction::Ltr };
        let notification = Notification {
            title,
            navigate: self.navigate,
            lang,
            dir: direction,
            body: "",
            tag: "",
            silent: false,
            data: None::<()>,
        };
        let json = to_bytes(&Message { web_push: DECLARATIVE, notification, mutable: true });
        let (len, capacity) = (json.len(), Self::BUCKET.capacity());
        if len > capacity { Err(PayloadError::TooLong { len, capacity }) } else { Ok(json) }
    }
}

/// “New official notice”, by language. A language that is not here is answered in English.
const WAKE_UP_TITLES: [(&str, &str); 13] = [
    ("en", "New official notice"),
    ("as", "নতুন চৰকাৰী জাননী"),
    ("bn", "নতুন সরকারি বিজ্ঞপ্তি"),
    ("gu", "નવી સરકારી સૂચના"),
    ("hi", "नई सरकारी सूचना"),
    ("kn", "ಹೊಸ ಸರ್ಕಾರಿ ಪ್ರಕಟಣೆ"),
    ("ml", "പുതിയ സർക്കാർ അറിയിപ്പ്"),
    ("mr", "नवीन शासकीय सूचना"),
    ("or", "ନୂତନ ସରକାରୀ ସୂଚନା"),
    ("pa", "ਨਵੀਂ ਸਰਕਾਰੀ ਸੂਚਨਾ"),
    ("ta", "புதிய அரசு அறிவிப்பு"),
    ("te", "కొత్త ప్రభుత్వ ప్రకటన"),
    ("ur", "نئی سرکاری اطلاع"),
];

fn wake_up_title(lang: &Lang) -> (&'static str, &'static str) {
    let found = WAKE_UP_TITLES.into_iter().find(|(tag, _)| *tag == lang.primary());
    found.unwrap_or(WAKE_UP_TITLES[0])
}

fn to_bytes(message: &Message<'_, impl Serialize>) -> Vec<u8> {
    // Writing text and numbers to memory cannot fail.
    serde_json::to_vec(message).unwrap_or_default()
}

/// The text, or as much of its beginning as fits with an ellipsis into so many bytes of JSON.
///
/// It is cut at a space if there is one in its second half. In the scripts of India a sound is written by several
/// characters, and a cut between them would show a letter nobody wrote; a space never stands between them.
fn fit(text: &str, bytes: usize) -> Cow<'_, str> {
    if text.chars().map(json_len).sum::<usize>() <= bytes {
        return Cow::Borrowed(text);
    }
    let Some(room) = bytes.checked_sub(ELLIPSIS.len_utf8()) else {
        return Cow::Borrowed("");
    };
    let end = end_within(text, room);
    let space = text[..end].rfind(char::is_whitespace).filter(|&at| at >= end / 2);
    let whole_word = text[end..].starts_with(char::is_whitespace);
    let kept = text[..space.filter(|_| !whole_word).unwrap_or(end)].trim_end();
    Cow::Owned(format!("{kept}{ELLIPSIS}"))
}

/// Where the longest beginning of a text ends that has at most so many bytes in JSON.
fn end_within(text: &str, bytes: usize) -> usize {
    let mut used = 0;
    for (at, letter) in text.char_indices() {
        used += json_len(letter);
        if used > bytes {
            return at;
        }
    }
    text.len()
}

/// Bytes of a character in a JSON string as it is written here: escaped only where RFC 8259 §7 asks for it.
const fn json_len(letter: char) -> usize {
    match letter {
        '"' | '\\' | '\u{8}' | '\t' | '\n' | '\u{c}' | '\r' => 2,
        '\0'..='\u{1f}' => 6,
        _ => letter.len_utf8(),
    }
}

#[cfg(test)]
mod tests;
