//! `checkpoint.json`: signed checkpoints, and what a policy makes of them.

use munadi_transparency::log::{
    checkpoint::CheckpointError,
    hash::EMPTY_ROOT,
    note::{NoteError, SignedNote},
    policy::{Policy, PolicyError, Witnessed},
};
use serde_json::{Value, json};

use super::{
    ORIGIN, TIME, check_file, checkpoint, cosigned, forced, log_signer, root, signed, signer, with_a_flipped_bit,
    witness,
};

/// Two of three witnesses.
pub(super) fn policy() -> String {
    let witness = |number| format!("witness w{number} {}\n", witness(number).key());
    format!(
        "log {}\n{}group quorum-of-two 2 w1 w2 w3\nquorum quorum-of-two\n",
        log_signer().key(),
        [1, 2, 3].map(witness).concat()
    )
}

/// No witnesses needed.
pub(super) fn log_only() -> String {
    format!("log {}\nquorum none\n", log_signer().key())
}

pub(super) fn note_word(error: &NoteError) -> &'static str {
    match error {
        NoteError::NotSigned(_) => "not_signed",
        NoteError::BadSignature(_) => "signature",
        _ => "note",
    }
}

pub(super) fn checkpoint_word(error: &CheckpointError) -> &'static str {
    match error {
        CheckpointError::Note(error) => note_word(error),
        CheckpointError::OtherLog { .. } => "other_log",
        CheckpointError::EmptyRoot | CheckpointError::Syntax(_) => "checkpoint",
    }
}

pub(super) fn policy_word(error: &PolicyError) -> &'static str {
    match error {
        PolicyError::UnknownLog => "not_signed",
        PolicyError::Quorum { .. } => "quorum",
        PolicyError::Checkpoint(error) => checkpoint_word(error),
        _ => "policy",
    }
}

fn judged(policy: &str, note: &str) -> Result<Witnessed, &'static str> {
    let note = SignedNote::parse(note.as_bytes()).map_err(|error| note_word(&error))?;
    let policy = Policy::parse(policy.as_bytes()).map_err(|error| policy_word(&error))?;
    policy.satisfied_by(&note).map_err(|error| policy_word(&error))
}

pub(super) fn expected(witnessed: &Witnessed) -> Value {
    let cosigned = witnessed.cosigned.iter().map(|one| json!({ "witness": one.witness.to_string(), "time": one.time }));
    let checkpoint = &witnessed.checkpoint;
    json!({
        "origin": checkpoint.origin().as_str(), "size": checkpoint.size(), "root": checkpoint.root().to_string(),
        "cosigned": cosigned.collect::<Vec<_>>(),
    })
}

fn vector(about: &str, policy: &str, note: &str) -> Value {
    let expected =
        judged(policy, note).map_or_else(|reason| json!({ "refused": reason }), |witnessed| expected(&witnessed));
    json!({ "description": about, "policy": policy, "checkpoint": note, "expected": expected })
}

/// What is wrong with each, and the reason.
fn wrong() -> Vec<(&'static str, &'static str, String)> {
    let text = checkpoint(7).to_string();
    let root = root(7);
    let good = cosigned(7, &[1, 2]);
    let [log_line, witness_line, ..] = good.signatures() else { unreachable!() };
    let replaced = |from: &str, to: &str| good.to_string().replacen(from, to, 1);
    let other_time = {
        let mut note = signed(7);
        note.add(witness(1).cosign(&signed(8), TIME).unwrap()).unwrap();
        note
    };
    let note = |note: &SignedNote| note.to_string();
    vec![
        ("note", "no blank line", replaced("\n\n", "\n")),
        ("note", "no signature", format!("{text}\n")),
        ("note", "no line break at the end", note(&good).trim_end().to_owned()),
        ("note", "line breaks of another system", note(&good).replace('\n', "\r\n")),
        ("note", "a hyphen instead of the dash", replaced("\u{2014}", "-")),
        ("note", "base64 without padding", replaced("=\n\u{2014}", "\n\u{2014}")),
        ("not_signed", "the log's name, but another key", note(&checkpoint(7).sign(&signer(ORIGIN, 2)).unwrap())),
        ("not_signed", "only witnesses signed", replaced(&format!("{log_line}\n"), "")),
        (
            "signature",
            "a wrong bit in the log's signature",
            replaced(&log_line.to_string(), &with_a_flipped_bit(log_line)),
        ),
        ("signature", "another size than was signed", replaced("\n7\n", "\n8\n")),
        (
            "signature",
            "a wrong bit in a witness's signature",
            replaced(&witness_line.to_string(), &with_a_flipped_bit(witness_line)),
        ),
        ("signature", "a witness's signature of another checkpoint", note(&other_time)),
        ("other_log", "another log's checkpoint by this log's key", forced(&text.replace(ORIGIN, "other.example/log"))),
        ("checkpoint", "an extension line", forced(&format!("{text}more\n"))),
        ("checkpoint", "a size with a zero before it", forced(&format!("{ORIGIN}\n07\n{root}\n"))),
        ("checkpoint", "a size that is no number", forced(&format!("{ORIGIN}\nseven\n{root}\n"))),
        ("checkpoint", "no root", forced(&format!("{ORIGIN}\n7\n"))),
        ("checkpoint", "a root that is too short", forced(&format!("{ORIGIN}\n7\nAAAA\n"))),
        ("checkpoint", "no entries, but not the empty tree's root", forced(&format!("{ORIGIN}\n0\n{root}\n"))),
        ("quorum", "no witness", note(&signed(7))),
        ("quorum", "one witness of the two that are needed", note(&cosigned(7, &[1]))),
        ("quorum", "a witness and one that nobody knows", note(&cosigned(7, &[1, 4]))),
    ]
}

#[test]
fn checkpoints_are_judged_as_the_vectors_say() {
    let empty = format!("{ORIGIN}\n0\n{EMPTY_ROOT}\n");
    let good = [
        ("the log alone", log_only(), signed(7).to_string()),
        ("the empty log", log_only(), forced(&empty)),
        ("two witnesses of three", policy(), cosigned(7, &[1, 3]).to_string()),
        ("all witnesses, and one that nobody knows", policy(), cosigned(300, &[4, 3, 2, 1]).to_string()),
    ];
    let mut vectors: Vec<_> = good.iter().map(|(about, policy, note)| vector(about, policy, note)).collect();
    assert!(vectors.iter().all(|vector| vector["expected"]["refused"].is_null()), "{vectors:#?}");
    for (reason, about, note) in wrong() {
        let vector = vector(about, &policy(), &note);
        assert_eq!(vector["expected"], json!({ "refused": reason }), "{about}");
        vectors.push(vector);
    }
    check_file("checkpoint", &vectors.into());
}
