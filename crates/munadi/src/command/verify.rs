//! `munadi verify`: whether a notice is real, told without a network.

use std::io::Read;

use anyhow::{Context, Result};
use munadi_transparency::{key::PublicKey, verdict::Verdict, verify::verify_from_root};
use serde_json::json;
use time::OffsetDateTime;

use crate::{cli::VerifyArgs, output::Output};

/// The most bytes of a file that are read.
const MOST: u64 = 16 * 1024 * 1024;

/// Says whether the notice is real; `false` if it is not.
pub(crate) fn run(args: &VerifyArgs, now: OffsetDateTime, output: Output) -> Result<bool> {
    let notice = read(&args.notice)?;
    let directory = read(&args.directory.to_string_lossy())?;
    let root = read(&args.root.to_string_lossy())?;
    let root = PublicKey::from_jwk(&root).with_context(|| format!("{} is not a public key", args.root.display()))?;
    let verdict = verify_from_root(&notice, &directory, &root, now);
    let (code, reason) = (verdict.code(), verdict.reason_code());
    output.result(&words(&verdict), &json!({ "verdict": code, "reason": reason, "explanation": verdict.to_string() }));
    Ok(matches!(verdict, Verdict::Official(_)))
}

fn words(verdict: &Verdict) -> String {
    let signers = verdict.notice().into_iter().flat_map(|notice| &notice.signers);
    let signers: Vec<String> = signers
        .map(|signer| format!("  {}: {} with {} at {}", signer.role, signer.subject, signer.kid, signer.signed_at))
        .collect();
    format!("{verdict}\n{}", signers.join("\n"))
}

fn read(path: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == "-" {
        std::io::stdin().take(MOST).read_to_end(&mut bytes).context("standard input cannot be read")?;
    } else {
        let file = std::fs::File::open(path).with_context(|| format!("{path} cannot be read"))?;
        file.take(MOST).read_to_end(&mut bytes).with_context(|| format!("{path} cannot be read"))?;
    }
    Ok(bytes)
}
