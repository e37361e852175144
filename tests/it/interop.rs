//! What goes out, checked by software that others have written: the scripts of `tests/interop`.
//!
//! They need modules of Python and Node.js, which `./test` installs and names in `MUNADI_TEST_PYTHON` and `MUNADI_TEST_NODE_MODULES`.

mod log;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_deliver::{
    encrypt::{Bucket, SubscriberKeys, encrypt},
    vapid::{Vapid, VapidKey},
};
use munadi_domain::{notice::Intent, vocabulary::Severity};
use munadi_services::{exports::Exports, inbox::Inbox, notices::NoticeRecord};
use munadi_testkit::{NoticeWorld, people::id};
use munadi_transparency::key::LocalKey;
use serde_json::{Value, json};
use tempfile::TempDir;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/interop");

/// What `./test` has prepared.
pub(crate) fn prepared(variable: &str) -> PathBuf {
    let found = env::var_os(variable).map(PathBuf::from).filter(|path| path.exists());
    found.unwrap_or_else(|| {
        panic!("{variable} names nothing that is there: run ./test, which prepares other people's software")
    })
}

pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(SCRIPTS).join(name)
}

fn python(name: &str) -> Command {
    let mut command = Command::new(prepared("MUNADI_TEST_PYTHON"));
    command.arg(script(name));
    command
}

/// The three that verify a notice.
fn verifiers() -> [(&'static str, Command); 3] {
    // Node.js looks for modules beside the script.
    let modules = prepared("MUNADI_TEST_NODE_MODULES");
    assert_eq!(modules.canonicalize().unwrap(), script("node_modules").canonicalize().unwrap());
    let mut node = Command::new("node");
    node.arg(script("verify_notice.mjs"));
    [("node", node), ("python", python("verify_notice.py")), ("openssl", Command::new(script("verify_notice.sh")))]
}

fn said(output: &Output) -> String {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

/// The files that a verifier reads.
struct Files {
    folder: TempDir,
    envelope: String,
    directory: String,
    root: String,
}

impl Files {
    async fn of(w: &NoticeWorld, record: &NoticeRecord) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            envelope: record.envelope.clone().unwrap(),
            directory: w.world.directory.served().await.unwrap().jws,
            root: w.world.signers.root_public().to_jwk(),
        }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Lets all three verify; how many signatures each found good, or what it said.
    fn verify(&self) -> Vec<(&'static str, Result<usize, String>)> {
        let files = [
            self.write("envelope.json", &self.envelope),
            self.write("directory.json", &self.directory),
            self.write("root.jwk.json", &self.root),
        ];
        let run = |(name, mut command): (&'static str, Command)| {
            let output = command.args(&files).output().unwrap();
            let good =
                String::from_utf8_lossy(&output.stdout).lines().filter(|line| line.starts_with("good: ")).count();
            match output.status.code() {
                Some(0) => (name, Ok(good)),
                Some(1) => (name, Err(said(&output))),
                _ => panic!("{name} did not run: {}", said(&output)),
            }
        };
        verifiers().into_iter().map(run).collect()
    }

    #[track_caller]
    fn check_good(&self, signatures: usize) {
        for (name, verdict) in self.verify() {
            assert_eq!(verdict, Ok(signatures), "{name}");
        }
    }

    #[track_caller]
    fn check_bad(&self, what: &str) {
        for (name, verdict) in self.verify() {
            assert!(verdict.is_err(), "{name} takes {what} for good");
        }
    }
}

/// What is encoded, with one bit in its middle turned over.
fn with_a_flipped_bit(base64url: &str) -> String {
    let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(base64url).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn change(json: &str, pointer: &str, to: impl FnOnce(&str) -> String) -> String {
    let mut value: Value = serde_json::from_str(json).unwrap();
    let member = value.pointer_mut(pointer).unwrap();
    *member = to(member.as_str().unwrap()).into();
    value.to_string()
}

#[tokio::test]
async fn others_verify_a_notice_and_its_directory() {
    let w = NoticeWorld::new().await;
    let mut content = w.content();
    content.severity = Some(Severity::Extreme);
    let extreme = w.publish(&w.approve(&w.submit(&w.draft_of(&content).await).await).await).await;
    Files::of(&w, &extreme).await.check_good(4);
    let cancel = w.followed_by(&extreme, Intent::Cancel).await;
    Files::of(&w, &cancel).await.check_good(2);
}

#[tokio::test]
async fn others_refuse_a_notice_in_which_one_bit_is_wrong() {
    let w = NoticeWorld::new().await;
    let published = w.published().await;
    let good = Files::of(&w, &published).await;
    for pointer in [
        "/payload",
        "/signatures/0/signature",
        "/signatures/1/signature",
        "/signatures/2/signature",
        "/signatures/1/protected",
    ] {
        let envelope = change(&good.envelope, pointer, with_a_flipped_bit);
        Files { envelope, ..Files::of(&w, &published).await }.check_bad(pointer);
    }
    for pointer in ["/payload", "/signature"] {
        let directory = change(&good.directory, pointer, with_a_flipped_bit);
        Files { directory, ..Files::of(&w, &published).await }.check_bad(pointer);
    }
    let other = LocalKey::generate("other-root".parse().unwrap()).unwrap();
    let root = munadi_transparency::key::Signer::public_key(&other).to_jwk();
    Files { root, ..Files::of(&w, &published).await }.check_bad("another root");
}

/// Runs the script over the JSON; what it writes if it is content.
fn decrypt(push: &Value) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("push.json");
    fs::write(&path, push.to_string()).unwrap();
    let output = python("decrypt_push.py").arg(&path).output().unwrap();
    match output.status.code() {
        Some(0) => Some(output.stdout),
        Some(1) => None,
        _ => panic!("{}", said(&output)),
    }
}

#[test]
fn others_decrypt_a_push_message() {
    let device = LocalKey::generate("device".parse().unwrap()).unwrap();
    let public = munadi_transparency::key::Signer::public_key(&device).as_sec1().try_into().unwrap();
    let auth = *b"sixteen bytes it";
    let keys = SubscriberKeys::from_bytes(public, auth).unwrap();
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    for (bucket, text) in [
        (Bucket::WAKE_UP, "चेतावनी: यमुना खतरे के निशान से ऊपर".to_owned()),
        (Bucket::WAKE_UP, String::new()),
        (Bucket::FULL, "x".repeat(Bucket::FULL.capacity())),
    ] {
        let body = encrypt(&keys, text.as_bytes(), bucket).unwrap();
        let push = |body: &[u8], auth: &[u8]| json!({ "body": encode(body), "auth": encode(auth), "private_key": encode(&device.to_pkcs8().unwrap()) });
        assert_eq!(decrypt(&push(&body, &auth)), Some(text.clone().into_bytes()));
        let mut flipped = body.clone();
        *flipped.last_mut().unwrap() ^= 1;
        assert_eq!(decrypt(&push(&flipped, &auth)), None, "a wrong byte");
        assert_eq!(decrypt(&push(&body, b"sixteen bytes is")), None, "another subscriber");
    }
}

#[tokio::test]
async fn others_accept_who_we_say_we_are() {
    let w = NoticeWorld::new().await;
    let key = VapidKey::from_pkcs8(&w.world.signers.vapid().to_pkcs8().unwrap()).unwrap();
    let vapid = Vapid::new(key, "mailto:ops@munadi.test").unwrap();
    let origin = "https://push.example:8443";
    let header = vapid.authorization(origin, w.now()).unwrap().to_str().unwrap().to_owned();
    let now = w.now().unix_timestamp();
    let check = |header: &str, audience: &str, key: &str, now: i64| {
        let now = now.to_string();
        let arguments = ["--audience", audience, "--key", key, "--now", &now, header];
        let output = python("check_vapid.py").args(arguments).output().unwrap();
        assert!(matches!(output.status.code(), Some(0 | 1)), "{}", said(&output));
        (output.status.success(), said(&output))
    };
    let public = vapid.key().public();
    let other = VapidKey::from_pkcs8(&VapidKey::generate_pkcs8().unwrap()).unwrap();
    let (is_good, said) = check(&header, origin, public, now);
    assert!(is_good, "{said}");
    let (token, key) = header.split_once(", k=").unwrap();
    let (unsigned, signature) = token.rsplit_once('.').unwrap();
    let flipped = format!("{unsigned}.{}, k={key}", with_a_flipped_bit(signature));
    for (what, (is_good, said)) in [
        ("another port", check(&header, "https://push.example", public, now)),
        ("another key", check(&header, origin, other.public(), now)),
        ("a day later", check(&header, origin, public, now + 86_400)),
        ("a wrong bit", check(&flipped, origin, public, now)),
    ] {
        assert!(!is_good, "{what}: {said}");
    }
}

#[tokio::test]
async fn others_read_our_alerts() {
    let w = NoticeWorld::new().await;
    let inbox = Inbox::new(w.world.core.clone());
    let exports = Exports::new(w.world.core.clone(), inbox, &"https://munadi.test".parse().unwrap());
    let original = w.published().await;
    let update = w.followed_by(&original, Intent::Update).await;
    let cancel = w.followed_by(&update, Intent::Cancel).await;
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for record in [&original, &update, &cancel] {
        let path = folder.path().join(format!("{}.cap", id(record)));
        fs::write(&path, exports.cap(id(record)).await.unwrap()).unwrap();
        files.push(path);
    }
    let validate = |files: &[PathBuf]| python("validate_cap.py").args(files).output().unwrap();
    let output = validate(&files);
    assert!(output.status.success(), "{}", said(&output));
    let text = fs::read_to_string(&files[0]).unwrap();
    fs::write(&files[0], text.replace("<severity>Severe</severity>", "<severity>Awful</severity>")).unwrap();
    assert_eq!(validate(&files[..1]).status.code(), Some(1), "it can also say no");
}
