//! `munadi notice …`: what officers do, through the REST API, with their signing key in a file that the server never sees.

use std::{fmt::Write, path::Path};

use anyhow::{Context, Result, bail};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_transparency::{
    canonical::CanonicalJson,
    key::{LocalKey, Signer},
    notice::{ProtectedHeader, Role, sign},
};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::{
    cli::{Account, Follow, NoticeCommand, SigningKey},
    client::Client,
    command::{officer_key, shift},
    output::Output,
};

/// Runs the command.
pub(crate) fn run(command: NoticeCommand, now: OffsetDateTime, output: Output) -> Result<()> {
    match command {
        NoticeCommand::Submit { account, source, key, from_now, draft_only } => {
            let client = Client::sign_in(&account)?;
            let notice = make_draft(&client, &source, from_now.then_some(now), output)?;
            if draft_only {
                return show(&client, &notice, output);
            }
            let state = submit(&client, &notice, &officer_key::open(&key)?, now)?;
            output.result(&format!("{notice} is signed and {}", words(&state)), &state);
            Ok(())
        }
        NoticeCommand::Approve { account, notice, key, languages } => {
            approve(&Client::sign_in(&account)?, &notice, &key, &languages, now, output)
        }
        NoticeCommand::Return { account, notice, comment } => {
            let client = Client::sign_in(&account)?;
            let body = json!({ "comment": comment });
            let answer: Value =
                client.change("POST", &format!("/v1/notices/{notice}/return"), revision(&client, &notice)?, &body)?;
            output.result(&format!("{notice} is back with its author"), &answer);
            Ok(())
        }
        NoticeCommand::Publish { account, notice, confirm } => {
            let answer = publish(&Client::sign_in(&account)?, &notice, &confirm)?;
            output.result(&format!("{notice} is published"), &answer);
            Ok(())
        }
        NoticeCommand::Update { follow } => start(&follow, "update", output),
        NoticeCommand::Correct { follow } => start(&follow, "correct", output),
        NoticeCommand::Cancel { follow, key, confirm } => cancel(&follow, &key, &confirm, now, output),
        NoticeCommand::Show { account, notice } => show(&Client::sign_in(&account)?, &notice, output),
        NoticeCommand::List { account, state, limit } => list(&account, state.as_deref(), limit, output),
    }
}

/// Makes a draft from what the source is, and gives its id. `from_now`: shift a CAP alert's times to this one.
pub(crate) fn make_draft(
    client: &Client,
    source: &str,
    from_now: Option<OffsetDateTime>,
    output: Output,
) -> Result<String> {
    if source.starts_with("ntc_") {
        return Ok(source.to_owned());
    }
    let mut bytes = std::fs::read(source).with_context(|| format!("{source} cannot be read"))?;
    if Path::new(source).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        let draft: Value = serde_json::from_slice(&bytes).with_context(|| format!("{source} is not JSON"))?;
        let made: Value = client.post("/v1/notices", &draft)?;
        return id_of(&made["id"]);
    }
    if let Some(now) = from_now {
        bytes = shift::to_start_at(&bytes, now)?;
    }
    let made: Value = client.post_bytes("/v1/notices/cap", "application/cap+xml", &bytes)?;
    for warning in made["warnings"].as_array().into_iter().flatten() {
        output.step(&format!("  note: {}: {}", text(&warning["at"]), text(&warning["reason"])));
    }
    id_of(&made["notice"])
}

/// Freezes the draft, signs it as its author, and submits it.
pub(crate) fn submit(client: &Client, notice: &str, key: &LocalKey, now: OffsetDateTime) -> Result<Value> {
    let path = format!("/v1/notices/{notice}");
    let frozen: Value = client.change("POST", &format!("{path}/freeze"), revision(client, notice)?, &json!({}))?;
    let signature = sign_as(client, key, Role::Author, &frozen["payload"], &frozen["issuer"], now)?;
    let revision = frozen["revision"].as_i64().context("the server did not say the revision")?;
    client.change("POST", &format!("{path}/submit"), revision, &signature)
}

fn approve(
    client: &Client,
    notice: &str,
    key: &SigningKey,
    languages: &[String],
    now: OffsetDateTime,
    output: Output,
) -> Result<()> {
    if languages.is_empty() {
        let answer = approve_all(client, notice, &officer_key::open(key)?, now)?;
        output.result(&format!("{notice} is approved and {}", words(&answer)), &answer);
        return Ok(());
    }
    let answer: Value = client.change(
        "POST",
        &format!("/v1/notices/{notice}/languages"),
        revision(client, notice)?,
        &json!({ "languages": languages }),
    )?;
    let missing = &answer["frozen"]["languages_missing"];
    output.result(&format!("approved: {}; not yet: {missing}", languages.join(", ")), &answer);
    Ok(())
}

/// Approves every language that nobody approved yet, signs the whole, and hands it in.
pub(crate) fn approve_all(client: &Client, notice: &str, key: &LocalKey, now: OffsetDateTime) -> Result<Value> {
    let path = format!("/v1/notices/{notice}");
    let mut shown: Value = client.get(&path)?;
    let missing = shown["frozen"]["languages_missing"].clone();
    if missing.as_array().is_some_and(|missing| !missing.is_empty()) {
        shown = client.change(
            "POST",
            &format!("{path}/languages"),
            revision_of(&shown)?,
            &json!({ "languages": missing }),
        )?;
    }
    let about: Value = client.get("/.well-known/munadi.json")?;
    let signature = sign_as(client, key, Role::Approver, &shown["frozen"]["payload"], &about["issuer"], now)?;
    client.change("POST", &format!("{path}/approve"), revision_of(&shown)?, &signature)
}

/// Publishes.
pub(crate) fn publish(client: &Client, notice: &str, confirm: &str) -> Result<Value> {
    let body = json!({ "confirm_status": confirm });
    client.change("POST", &format!("/v1/notices/{notice}/publish"), revision(client, notice)?, &body)
}

fn start(follow: &Follow, intent: &str, output: Output) -> Result<()> {
    let client = Client::sign_in(&follow.account)?;
    let made: Value = client.post(&format!("/v1/notices/{}/{intent}", follow.notice), &json!({}))?;
    let id = text(&made["id"]);
    output.result(&format!("{id} is a draft now: edit it, then munadi notice submit {id}"), &made);
    Ok(())
}

fn cancel(follow: &Follow, key: &SigningKey, confirm: &str, now: OffsetDateTime, output: Output) -> Result<()> {
    let client = Client::sign_in(&follow.account)?;
    let made: Value = client.post(&format!("/v1/notices/{}/cancel", follow.notice), &json!({}))?;
    let id = id_of(&made["id"])?;
    submit(&client, &id, &officer_key::open(key)?, now)?;
    let answer = publish(&client, &id, confirm)?;
    output.result(&format!("{} is taken back by {id}", follow.notice), &answer);
    Ok(())
}

fn show(client: &Client, notice: &str, output: Output) -> Result<()> {
    let shown: Value = client.get(&format!("/v1/notices/{notice}"))?;
    let mut words = format!("{notice}  {}  revision {}\n", text(&shown["state"]), shown["revision"]);
    for version in shown["content"]["languages"].as_array().into_iter().flatten() {
        let _ = writeln!(words, "  {:6} {}", text(&version["lang"]), text(&version["headline"]));
    }
    for fault in shown["faults"].as_array().into_iter().flatten() {
        let _ = writeln!(words, "  to mend: {}: {}", text(&fault["at"]), text(&fault["reason"]));
    }
    for signature in shown["frozen"]["signatures"].as_array().into_iter().flatten() {
        let _ = writeln!(
            words,
            "  signed: {:9} {} at {}",
            text(&signature["role"]),
            text(&signature["kid"]),
            text(&signature["signed_at"])
        );
    }
    if let Ok(audience) = client.get::<Value>(&format!("/v1/notices/{notice}/audience")) {
        let _ =
            writeln!(words, "  concerns {} PIN codes, {} subscriptions", audience["pins"], audience["subscriptions"]);
    }
    if let Ok(delivery) = client.get::<Value>(&format!("/v1/notices/{notice}/delivery")) {
        let _ = writeln!(words, "  delivery: {delivery}");
    }
    output.result(&words, &shown);
    Ok(())
}

fn list(account: &Account, state: Option<&str>, limit: u32, output: Output) -> Result<()> {
    let client = Client::sign_in(account)?;
    let state = state.map(|state| format!("&state={state}")).unwrap_or_default();
    let answer: Value = client.get(&format!("/v1/notices?limit={limit}{state}"))?;
    let lines = answer["notices"].as_array().into_iter().flatten();
    let lines = lines.map(|line| {
        let headline = line["headline"].as_str().unwrap_or("(no text yet)");
        format!("{}  {:10} {:9} {headline}\n", text(&line["id"]), text(&line["state"]), text(&line["status"]))
    });
    let words: String = lines.collect();
    output
        .result(if words.is_empty() { "There is none yet: munadi notice submit makes one." } else { &words }, &answer);
    Ok(())
}

/// Signs the payload in a role, on this machine, and gives the two members that the server wants.
fn sign_as(
    client: &Client,
    key: &LocalKey,
    role: Role,
    payload: &Value,
    issuer: &Value,
    now: OffsetDateTime,
) -> Result<Value> {
    let bytes =
        BASE64_URL_SAFE_NO_PAD.decode(text(payload)).context("the server sent a payload that cannot be read")?;
    let payload = CanonicalJson::verify(&bytes).context("the server sent bytes that nobody should sign")?;
    let key = officer_key::as_enrolled(key, client)?;
    let header = ProtectedHeader {
        kid: key.kid().clone(),
        role,
        sub: client.officer_id()?.to_owned(),
        iat: munadi_domain::content::whole_seconds(now),
        iss: text(issuer).to_owned(),
        certificates: None,
    };
    let signature = sign(&header, &payload, &key)?;
    let bytes = BASE64_URL_SAFE_NO_PAD.encode(signature.as_bytes());
    Ok(json!({ "protected": signature.protected(), "signature": bytes }))
}

fn revision(client: &Client, notice: &str) -> Result<i64> {
    revision_of(&client.get(&format!("/v1/notices/{notice}"))?)
}

fn revision_of(shown: &Value) -> Result<i64> {
    shown["revision"].as_i64().context("the server did not say the notice's revision")
}

fn id_of(value: &Value) -> Result<String> {
    match value.as_str() {
        Some(id) => Ok(id.to_owned()),
        None => bail!("the server did not say which draft it made"),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn words(answer: &Value) -> &'static str {
    match answer["state"].as_str() {
        Some("in_review") => "waits for another officer's approval",
        Some("approved") => "can be published",
        Some("published") => "published",
        _ => "in the state that the server shows",
    }
}
