//! How many messages one core makes ready to be sent: keys read, endpoint checked, sender named, text encrypted.
//!
//! The baseline is the crate `web-push` as its documentation uses it, on the same subscriptions and the same text. Both
//! take turns within one run, so that a change of the machine's speed meets both.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{self, ECDH_P256, ParsedPublicKey, PrivateKey, UnparsedPublicKey},
    hmac::{self, HMAC_SHA256},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use clap::Args;
use munadi_deliver::{
    encrypt::{Bucket, Ephemeral, SubscriberKeys, encrypt},
    payload::FullMessage,
    vapid::{Vapid, VapidKey},
};
use munadi_domain::{
    endpoint::EndpointPolicy,
    id::{NoticeId, Seed},
    language::Lang,
    vocabulary::Status,
};
use munadi_push_sink::Subscriber;
use time::OffsetDateTime;
use web_push::{
    ContentEncoding, PartialVapidSignatureBuilder, SubscriptionInfo, VapidSignatureBuilder, WebPushMessageBuilder,
};

/// Enough that no key stays in the processor's nearest memory by being the only one.
const SUBSCRIPTIONS: usize = 256;
/// How long one side runs before it is the other's turn.
const TURN: Duration = Duration::from_millis(200);
const CONTACT: &str = "mailto:ops@example.org";
const TITLE: &str = "गंगा में बाढ़ की चेतावनी";
const BODY: &str = "जलस्तर खतरे के निशान से ऊपर है और बढ़ रहा है। नदी के किनारे के गाँवों के लोग \
                    ऊँचे स्थानों पर चले जाएँ, पशुओं को साथ ले जाएँ, और नाव से नदी पार न करें।";

/// What `encrypt` can be told.
#[derive(Args)]
pub(crate) struct Options {
    /// How long to measure, in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// A subscription as it comes from a browser.
struct Subscription {
    endpoint: String,
    p256dh: String,
    auth: String,
}

struct Bench {
    subscriptions: Vec<Subscription>,
    policy: EndpointPolicy,
    vapid: Vapid,
    pem: String,
    partial: PartialVapidSignatureBuilder,
    text: Vec<u8>,
    now: OffsetDateTime,
}

impl Bench {
    fn new() -> Result<Self> {
        let key = VapidKey::generate_pkcs8()?;
        let pem = to_pem(&key);
        Ok(Self {
            subscriptions: (0..SUBSCRIPTIONS).map(subscription).collect::<Result<_>>()?,
            policy: EndpointPolicy::new(["push.example.org"], false)?,
            vapid: Vapid::new(VapidKey::from_pkcs8(&key)?, CONTACT)?,
            partial: VapidSignatureBuilder::from_pem_no_sub(pem.as_bytes())?,
            pem,
            text: text()?,
            now: OffsetDateTime::from_unix_timestamp(1_800_000_000)?,
        })
    }

    fn ours(&self, to: &Subscription) -> Result<usize> {
        let endpoint = self.policy.check_url(&to.endpoint)?;
        let authorization = self.vapid.authorization(endpoint.origin(), self.now)?;
        let keys = SubscriberKeys::parse(&to.p256dh, &to.auth)?;
        let body = encrypt(&keys, &self.text, Bucket::FULL)?;
        Ok(black_box((endpoint, authorization, body)).2.len())
    }

    /// The example of the crate's README, up to sending.
    fn theirs(&self, to: &Subscription) -> Result<usize> {
        let info = SubscriptionInfo::new(&to.endpoint, &to.p256dh, &to.auth);
        let mut signature = VapidSignatureBuilder::from_pem(self.pem.as_bytes(), &info)?;
        signature.add_claim("sub", CONTACT);
        self.build(&info, signature)
    }

    /// What its API documentation offers for many messages: the key is read once.
    fn theirs_with_key_read_once(&self, to: &Subscription) -> Result<usize> {
        let info = SubscriptionInfo::new(&to.endpoint, &to.p256dh, &to.auth);
        let mut signature = self.partial.clone().add_sub_info(&info);
        signature.add_claim("sub", CONTACT);
        self.build(&info, signature)
    }

    fn build(&self, info: &SubscriptionInfo, signature: VapidSignatureBuilder<'_>) -> Result<usize> {
        let mut message = WebPushMessageBuilder::new(info);
        message.set_payload(ContentEncoding::Aes128Gcm, &self.text);
        message.set_vapid_signature(signature.build()?);
        let message = black_box(message.build()?);
        Ok(message.payload.context("web-push made no payload")?.content.len())
    }
}

/// A notice of usual length, in a script of three bytes a character.
pub(crate) fn text() -> Result<Vec<u8>> {
    let lang: Lang = "hi".parse()?;
    let message = FullMessage {
        notice: NoticeId::new(Seed { unix_ms: 1_800_000_000_000, random: 1 }),
        digest: "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
        status: Status::Actual,
        lang: &lang,
        title: TITLE,
        body: BODY,
        navigate: "https://notices.example.org/n/ntc_01hzy3k5w8x9r2m4t6v7b8c9d0",
        tag: "ntc_01hzy3k5w8x9r2m4t6v7b8c9d0",
        silent: false,
    };
    Ok(message.to_json()?)
}

/// RFC 7468 §3: lines of 64 characters.
pub(crate) fn to_pem(key: &[u8]) -> String {
    let base64 = BASE64_STANDARD.encode(key);
    let lines: Vec<_> = base64.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

fn subscription(number: usize) -> Result<Subscription> {
    let subscriber = Subscriber::generate()?;
    let endpoint = format!("https://updates.push.example.org/wpush/v2/{number:0180}");
    Ok(Subscription { endpoint, p256dh: subscriber.p256dh(), auth: subscriber.auth() })
}

type Side = fn(&Bench, &Subscription) -> Result<usize>;

/// One way to make messages, and how many it made in which time.
struct Contender {
    name: &'static str,
    make: Side,
    rates: Vec<f64>,
}

impl Contender {
    fn new(name: &'static str, make: Side) -> Self {
        Self { name, make, rates: Vec::new() }
    }

    fn take_turn(&mut self, bench: &Bench) -> Result<()> {
        let (start, mut made) = (Instant::now(), 0_u32);
        for to in bench.subscriptions.iter().cycle() {
            (self.make)(bench, to)?;
            made += 1;
            if start.elapsed() >= TURN {
                break;
            }
        }
        self.rates.push(f64::from(made) / start.elapsed().as_secs_f64());
        Ok(())
    }

    /// The middle of all turns, which a busy moment of the machine does not move.
    fn rate(&self) -> f64 {
        let mut rates = self.rates.clone();
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() / 2).copied().unwrap_or_default()
    }
}

/// Runs the measurement and prints it.
pub(crate) fn run(options: &Options) -> Result<()> {
    let bench = Bench::new()?;
    let mut contenders = [
        Contender::new("munadi-deliver", Bench::ours),
        Contender::new("web-push 0.11, as its README uses it", Bench::theirs),
        Contender::new("web-push 0.11, key read once", Bench::theirs_with_key_read_once),
    ];
    let start = Instant::now();
    while start.elapsed().as_secs() < options.seconds || contenders[0].rates.len() < 3 {
        for contender in &mut contenders {
            contender.take_turn(&bench)?;
        }
    }
    let ours = contenders[0].rate();
    println!("{} bytes of text, one core, {} turns of {TURN:?} each:", bench.text.len(), contenders[0].rates.len());
    for contender in &contenders {
        let rate = contender.rate();
        println!("  {:<38} {rate:>8.0} messages/s {:>8.1} µs each", contender.name, 1e6 / rate);
    }
    for contender in &contenders[1..] {
        println!("  {:.1} times as fast as {}", ours / contender.rate(), contender.name);
    }
    print_steps(&bench)
}

fn print_steps(bench: &Bench) -> Result<()> {
    let to = &bench.subscriptions[0];
    let keys = SubscriberKeys::parse(&to.p256dh, &to.auth)?;
    println!("where our time goes:");
    step("check the endpoint", || Ok(bench.policy.check_url(&to.endpoint)?))?;
    step("name the sender (token remembered)", || {
        Ok(bench.vapid.authorization("https://push.example.org", bench.now)?)
    })?;
    step("read the subscriber's keys", || Ok(SubscriberKeys::parse(&to.p256dh, &to.auth)?))?;
    step("encrypt", || Ok(encrypt(&keys, &bench.text, Bucket::FULL)?))?;
    step("  of it: make a key pair and a salt", || Ok(Ephemeral::generate()?))?;
    let private = PrivateKey::generate(&ECDH_P256)?;
    let point = ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, keys.public()))?;
    step("  of it: agree on a secret (ECDH P-256)", || {
        agreement::agree(&private, point.clone(), anyhow!("no secret"), |secret| Ok(secret[0]))
    })?;
    step("  of it: derive key and nonce (5 x HMAC)", || {
        Ok([(); 5].map(|()| hmac::sign(&hmac::Key::new(HMAC_SHA256, keys.auth()), keys.public())))
    })?;
    let mut record = vec![0; Bucket::FULL.capacity() + 1];
    step("  of it: encrypt the record (AES-128-GCM)", || {
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, keys.auth())?);
        Ok(key.seal_in_place_separate_tag(Nonce::assume_unique_for_key([0; 12]), Aad::empty(), &mut record)?)
    })
}

fn step<T>(name: &str, mut work: impl FnMut() -> Result<T>) -> Result<()> {
    const ROUNDS: u32 = 3_000;
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            black_box(work()?);
        }
        best = best.min(start.elapsed() / ROUNDS);
    }
    println!("  {name:<38} {:>6.2} µs", best.as_secs_f64() * 1e6);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_make_what_a_subscriber_can_read() {
        let (bench, subscriber) = (Bench::new().unwrap(), Subscriber::generate().unwrap());
        let info = SubscriptionInfo::new("https://a.example.org/1", &subscriber.p256dh(), &subscriber.auth());
        let mut message = WebPushMessageBuilder::new(&info);
        message.set_payload(ContentEncoding::Aes128Gcm, &bench.text);
        let theirs = message.build().unwrap().payload.unwrap().content;
        let keys = SubscriberKeys::parse(&subscriber.p256dh(), &subscriber.auth()).unwrap();
        let ours = encrypt(&keys, &bench.text, Bucket::FULL).unwrap();
        assert_eq!(subscriber.decrypt(&theirs).unwrap(), bench.text);
        assert_eq!(subscriber.decrypt(&ours).unwrap(), bench.text);
    }

    #[test]
    fn every_contender_makes_messages() {
        let bench = Bench::new().unwrap();
        for make in [Bench::ours, Bench::theirs, Bench::theirs_with_key_read_once] {
            assert!(make(&bench, &bench.subscriptions[0]).unwrap() > bench.text.len());
        }
    }
}
