//! `proof.json`: proofs in one file.

use munadi_transparency::log::{
    hash::leaf_hash,
    policy::{Policy, Witnessed},
    proof::{TlogProof, TlogProofError},
};
use serde_json::{Value, json};

use super::{
    check_file,
    checkpoints::{checkpoint_word, expected, log_only, note_word, policy, policy_word},
    cosigned, entry, inclusion,
};

fn proof(index: u64, size: u64, witnesses: &[u8]) -> String {
    TlogProof::new(index, inclusion(index, size), cosigned(size, witnesses)).unwrap().to_string()
}

fn word(error: &TlogProofError) -> &'static str {
    match error {
        TlogProofError::Note(error) => note_word(error),
        TlogProofError::Checkpoint(error) => checkpoint_word(error),
        TlogProofError::Policy(error) => policy_word(error),
        TlogProofError::Inclusion(_) => "inclusion",
        TlogProofError::TooLarge | TlogProofError::Syntax(_) | TlogProofError::TooLong | TlogProofError::Hash(_) => {
            "malformed"
        }
    }
}

fn judged(policy: &str, entry: &str, proof: &str) -> Result<Witnessed, &'static str> {
    let policy = Policy::parse(policy.as_bytes()).unwrap();
    let verdict =
        TlogProof::parse(proof.as_bytes()).and_then(|proof| proof.verify(&leaf_hash(entry.as_bytes()), &policy));
    verdict.map_err(|error| word(&error))
}

fn vector(about: &str, policy: &str, entry: &str, proof: &str) -> Value {
    let verdict = judged(policy, entry, proof);
    let expected = verdict.map_or_else(|reason| json!({ "refused": reason }), |witnessed| expected(&witnessed));
    json!({ "description": about, "policy": policy, "entry": entry, "proof": proof, "expected": expected })
}

#[test]
fn proofs_are_judged_as_the_vectors_say() {
    let good = proof(4, 7, &[1, 2]);
    let with_extra = good.replacen("index", "extra AAEC\nindex", 1);
    let mut vectors = vec![
        vector("the only entry, without witnesses", &log_only(), &entry(0), &proof(0, 1, &[])),
        vector("with two witnesses", &policy(), &entry(4), &good),
        vector("with extra data", &policy(), &entry(4), &with_extra),
        vector("the last entry of a full tile", &policy(), &entry(255), &proof(255, 256, &[1, 2])),
        vector("the last entry", &policy(), &entry(299), &proof(299, 300, &[1, 2])),
    ];
    assert!(vectors.iter().all(|vector| vector["expected"]["refused"].is_null()), "{vectors:#?}");
    let change = |from: &str, to: &str| good.replacen(from, to, 1);
    let first = inclusion(4, 7)[0].to_string();
    let line = format!("{first}\n");
    let wrong = [
        ("malformed", "another first line", 4, change("@v1", "@v2")),
        ("malformed", "no index", 4, change("index 4\n", "")),
        ("malformed", "an index with a zero before it", 4, change("index 4", "index 04")),
        ("malformed", "a hash that is too short", 4, change(&first, "AAAA")),
        ("malformed", "base64 without padding", 4, change(&first, first.trim_end_matches('='))),
        ("malformed", "more than 63 hashes", 4, change(&line, &line.repeat(64))),
        ("malformed", "extra data that is not base64", 4, change("index", "extra A\nindex")),
        ("note", "no signature", 4, good.split_inclusive('\n').take(9).collect()),
        ("inclusion", "another entry", 5, good.clone()),
        ("inclusion", "another index", 4, change("index 4", "index 5")),
        ("inclusion", "an index outside of the tree", 4, change("index 4", "index 7")),
        ("inclusion", "a hash too few", 4, change(&line, "")),
        ("inclusion", "a hash too many", 4, change(&line, &line.repeat(2))),
        ("inclusion", "another hash", 4, change(&first, &inclusion(5, 7)[0].to_string())),
        (
            "inclusion",
            "a good proof in another tree",
            4,
            good.replace(&good[..good.find("\n\n").unwrap()], proof(4, 8, &[]).split("\n\n").next().unwrap()),
        ),
        ("signature", "a checkpoint that was changed", 4, change("\n7\n", "\n8\n")),
        ("quorum", "too few witnesses", 4, proof(4, 7, &[1])),
    ];
    for (reason, about, index, text) in wrong {
        let vector = vector(about, &policy(), &entry(index), &text);
        assert_eq!(vector["expected"], json!({ "refused": reason }), "{about}: {text}");
        vectors.push(vector);
    }
    check_file("proof", &vectors.into());
}
