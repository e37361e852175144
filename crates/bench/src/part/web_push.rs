//! A sender made of the crate `web-push` by its documentation, with its own client.

use std::{path::PathBuf, sync::Arc, time::Instant};

use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use clap::Args;
use munadi_services::clock::Clock;
use munadi_store::{Store, delivery::Recipient};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use web_push::{
    ContentEncoding, HyperWebPushClient, PartialVapidSignatureBuilder, SubscriptionInfo, Urgency,
    VapidSignatureBuilder, WebPushClient, WebPushMessage, WebPushMessageBuilder,
};

use super::{say, words, workers::open_keys};
use crate::encrypt;

/// Rows that are read at once, as many as in a batch.
const PAGE: usize = 500;
const CONTACT: &str = "mailto:ops@example.org";

#[derive(Args)]
pub(crate) struct Options {
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database: String,
    /// The folder of the server's keys.
    #[arg(long)]
    keys: PathBuf,
    /// What the tokens are for.
    #[arg(long)]
    origin: String,
    /// How many messages.
    #[arg(long)]
    messages: u32,
    /// How many of them are on their way at a time.
    #[arg(long)]
    at_once: usize,
}

/// What it did.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Sent {
    pub(crate) taken: u32,
    /// What went wrong first.
    pub(crate) failure: Option<String>,
    pub(crate) seconds: f64,
}

impl Sent {
    fn count(&mut self, answer: Result<()>) {
        match answer {
            Ok(()) => self.taken += 1,
            Err(error) => _ = self.failure.get_or_insert_with(|| format!("{error:#}")),
        }
    }
}

struct Sender {
    client: HyperWebPushClient,
    vapid: PartialVapidSignatureBuilder,
    origin: String,
    text: Vec<u8>,
}

impl Sender {
    async fn send(&self, to: &Recipient) -> Result<()> {
        Ok(self.client.send(self.message(to)?).await?)
    }

    /// What its API documentation offers for many messages: the key is read once.
    fn message(&self, to: &Recipient) -> Result<WebPushMessage> {
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let info = SubscriptionInfo::new(to.endpoint.clone(), encode(&to.p256dh), encode(&to.auth));
        let mut signature = self.vapid.clone().add_sub_info(&info);
        signature.add_claim("sub", CONTACT);
        // By itself it leaves the port out, and a push service on a port of its own refuses that.
        signature.add_claim("aud", self.origin.as_str());
        let mut message = WebPushMessageBuilder::new(&info);
        message.set_ttl(3_600);
        message.set_urgency(Urgency::Normal);
        message.set_payload(ContentEncoding::Aes128Gcm, &self.text);
        message.set_vapid_signature(signature.build()?);
        Ok(message.build()?)
    }
}

pub(super) async fn run(options: &Options) -> Result<()> {
    let keys = open_keys(options.keys.clone(), &Clock::system())?;
    let pem = encrypt::to_pem(&keys.vapid().to_pkcs8()?);
    let sender = Arc::new(Sender {
        client: HyperWebPushClient::new(),
        vapid: VapidSignatureBuilder::from_pem_no_sub(pem.as_bytes())?,
        origin: options.origin.clone(),
        text: encrypt::text()?,
    });
    let store = Store::connect(&options.database, 4).await?;
    say(&"ready")?;
    words().next_line().await?;
    let start = Instant::now();
    let mut sent = send_all(&sender, &store, options).await?;
    sent.seconds = start.elapsed().as_secs_f64();
    say(&sent)?;
    words().next_line().await?;
    Ok(())
}

async fn send_all(sender: &Arc<Sender>, store: &Store, options: &Options) -> Result<Sent> {
    let ids: Vec<i64> = (1..=i64::from(options.messages)).collect();
    let (mut sent, mut on_their_way) = (Sent::default(), JoinSet::new());
    for page in ids.chunks(PAGE) {
        for to in store.recipients(page).await? {
            while on_their_way.len() >= options.at_once {
                sent.count(on_their_way.join_next().await.context("nothing is on its way")??);
            }
            let sender = Arc::clone(sender);
            on_their_way.spawn(async move { sender.send(&to).await });
        }
    }
    on_their_way.join_all().await.into_iter().for_each(|answer| sent.count(answer));
    Ok(sent)
}
