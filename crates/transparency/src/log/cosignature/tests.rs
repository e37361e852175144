use super::*;
use crate::log::{hash::EMPTY_ROOT, note::LogSigner};

fn signer() -> LogSigner {
    LogSigner::from_seed("log.example/a".parse().unwrap(), &[7; 32]).unwrap()
}

fn cosigner() -> Cosigner {
    Cosigner::from_seed("witness.example/w1".parse().unwrap(), &[8; 32]).unwrap()
}

fn note() -> SignedNote {
    Checkpoint::new(signer().name().into(), 0, EMPTY_ROOT).unwrap().sign(&signer()).unwrap()
}

#[test]
fn a_witness_says_when_it_saw_a_checkpoint() {
    let mut note = note();
    assert_eq!(cosigner().key().verify(&note), Err(NoteError::NotSigned(cosigner().key().name().clone())));
    let line = cosigner().cosign(&note, 1_679_315_147).unwrap();
    assert_eq!((line.bytes().len(), &line.bytes()[..8]), (72, 1_679_315_147_u64.to_be_bytes().as_slice()));
    note.add(line).unwrap();
    let key: CosignerKey = cosigner().key().to_string().parse().unwrap();
    assert_eq!(key.verify(&note), Ok(1_679_315_147));
    assert_eq!(note.verify(&signer().key()), Ok(()));
}

#[test]
fn one_wrong_bit_is_refused() {
    let good = cosigner().cosign(&note(), 1_679_315_147).unwrap();
    for bit in 0..good.bytes().len() * 8 {
        let mut bytes = good.bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let mut note = note();
        note.add(NoteSignature::new(good.name().clone(), good.key_id(), bytes)).unwrap();
        assert_eq!(cosigner().key().verify(&note), Err(NoteError::BadSignature(good.name().clone())), "bit {bit}");
    }
}

#[test]
fn the_same_key_for_another_type_is_another_key() {
    let same = LogSigner::from_seed("witness.example/w1".parse().unwrap(), &[8; 32]).unwrap();
    assert_eq!(same.key().public(), cosigner().key().public());
    assert_ne!(same.key().id(), cosigner().key().id());
    assert!(same.key().to_string().parse::<CosignerKey>().is_err());
    assert!(cosigner().key().to_string().parse::<super::super::note::VerifierKey>().is_err());
}

#[test]
fn what_is_not_cosigned() {
    for time in [0, MAX_TIME + 1] {
        assert_eq!(cosigner().cosign(&note(), time), Err(CosignError::Time(time)));
    }
    let other = SignedNote::new("text\n", signer().sign("text\n").unwrap()).unwrap();
    assert!(matches!(cosigner().cosign(&other, 1), Err(CosignError::Checkpoint(_))));
}
