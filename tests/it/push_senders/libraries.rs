//! Other people's libraries.

use std::process::Stdio;

use serde::Deserialize;
use serde_json::Value;
use tokio::{io::AsyncWriteExt, process::Command};
use web_push::{
    ContentEncoding, HyperWebPushClient, SubscriptionInfo, VapidSignatureBuilder, WebPushClient, WebPushError,
    WebPushMessageBuilder,
};

use crate::interop::{prepared, script};

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Library {
    Node,
    Python,
    Rust,
}

/// What came back.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) errno: Option<u16>,
    pub(super) message: Option<String>,
    pub(super) location: Option<String>,
    pub(super) ttl: Option<String>,
    pub(super) retry_after: Option<String>,
}

impl Answer {
    /// The crate tells no headers.
    pub(super) fn expected_ttl<'a>(&self, ttl: &'a str) -> Option<&'a str> {
        self.location.as_ref().map(|_| ttl)
    }
}

impl Library {
    pub(super) const ALL: [Self; 3] = [Self::Node, Self::Python, Self::Rust];

    /// The crate's requests cannot be changed when they are finished, and it refuses by itself what is too large.
    pub(super) fn that_can(changes: &Value) -> Vec<Self> {
        let beyond = changes.get("headers").is_some() || changes.get("payload").is_some();
        if beyond { vec![Self::Node, Self::Python] } else { Self::ALL.to_vec() }
    }

    pub(super) async fn send(self, order: &Value) -> Answer {
        let command = match self {
            Self::Node => node("push/send.mjs"),
            Self::Python => python("push/send.py"),
            Self::Rust => return with_the_crate(order).await,
        };
        let (code, said) = run(command, order).await;
        assert_eq!(code, 0, "{self:?} could not send");
        serde_json::from_slice(&said).unwrap()
    }
}

/// What each reader finds; `None` if it cannot read.
pub(super) async fn decrypted_by(push: &Value) -> [(&'static str, Option<String>); 2] {
    let text = |(code, said): (i32, Vec<u8>)| (code == 0).then(|| String::from_utf8(said).unwrap());
    [
        ("python", text(run(python("decrypt_push.py"), push).await)),
        ("node", text(run(node("push/decrypt.mjs"), push).await)),
    ]
}

fn node(name: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(script(name));
    command
}

fn python(name: &str) -> Command {
    let mut command = Command::new(prepared("MUNADI_TEST_PYTHON"));
    command.arg(script(name));
    command
}

async fn run(mut command: Command, input: &Value) -> (i32, Vec<u8>) {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    (output.status.code().unwrap(), output.stdout)
}

async fn with_the_crate(order: &Value) -> Answer {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let endpoint = text(&order["endpoint"]);
    let info = SubscriptionInfo::new(endpoint.clone(), text(&order["keys"]["p256dh"]), text(&order["keys"]["auth"]));
    let payload = text(&order["payload"]);
    let mut message = WebPushMessageBuilder::new(&info);
    message.set_ttl(order["ttl"].as_u64().unwrap().try_into().unwrap());
    message.set_payload(ContentEncoding::Aes128Gcm, payload.as_bytes());
    if let Some(topic) = order["topic"].as_str() {
        message.set_topic(topic.to_owned());
    }
    if let Some(private_key) = order["vapid"]["private_key"].as_str() {
        let mut signature = VapidSignatureBuilder::from_base64(private_key, &info).unwrap();
        signature.add_claim("sub", "mailto:ops@munadi.test");
        // By itself it leaves the port out.
        signature.add_claim("aud", endpoint.split("/wpush/").next().unwrap());
        message.set_vapid_signature(signature.build().unwrap());
    }
    answer_of(HyperWebPushClient::new().send(message.build().unwrap()).await)
}

fn answer_of(sent: Result<(), WebPushError>) -> Answer {
    use WebPushError::{BadRequest, EndpointNotFound, EndpointNotValid, Other, ServerError, Unauthorized};
    let (status, errno, message) = match sent {
        Ok(()) => (201, None, None),
        Err(
            BadRequest(info)
            | EndpointNotFound(info)
            | EndpointNotValid(info)
            | Other(info)
            | ServerError { info, .. }
            | Unauthorized(info),
        ) => (info.code, Some(info.errno), Some(info.message)),
        Err(error) => panic!("{error}"),
    };
    Answer { status, errno, message, location: None, ttl: None, retry_after: None }
}
