use std::os::unix::fs::PermissionsExt;

use super::*;

fn key() -> LocalKey {
    LocalKey::generate("key_test".parse().unwrap()).unwrap()
}

fn random(byte: u8) -> KeySecret {
    KeySecret::Random(Zeroizing::new([byte; 32]))
}

fn edit(path: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    let mut json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    change(&mut json);
    std::fs::write(path, json.to_string()).unwrap();
}

#[test]
fn a_key_comes_back_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    for (name, secret) in [("a.json", random(1)), ("b.json", KeySecret::Passphrase("correct horse".into()))] {
        let path = folder.path().join("deep").join(name);
        let key = key();
        assert!(write_key_file(&path, &key, KeyPurpose::Officer, &secret).unwrap());
        let read = read_key_file(&path, KeyPurpose::Officer, &secret).unwrap().unwrap();
        assert_eq!(read.public_key(), key.public_key());
        assert_eq!(read.kid(), key.kid());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let pkcs8 = key.to_pkcs8().unwrap();
        let file = std::fs::read(&path).unwrap();
        assert!(!file.windows(32).any(|window| pkcs8.windows(32).any(|part| part == window)));
    }
    let names = std::fs::read_dir(folder.path().join("deep")).unwrap().count();
    assert_eq!(names, 2, "no draft is left behind");
}

#[test]
fn a_file_that_is_there_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.json");
    let (first, second) = (key(), key());
    assert!(write_key_file(&path, &first, KeyPurpose::Token, &random(1)).unwrap());
    assert!(!write_key_file(&path, &second, KeyPurpose::Token, &random(1)).unwrap());
    let read = read_key_file(&path, KeyPurpose::Token, &random(1)).unwrap().unwrap();
    assert_eq!(read.public_key(), first.public_key());
}

#[test]
fn wrong_secret_wrong_purpose_and_every_change_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.json");
    write_key_file(&path, &key(), KeyPurpose::Token, &random(1)).unwrap();
    let read = |purpose, secret| read_key_file(&path, purpose, &secret).map(|key| key.is_some());
    assert!(matches!(read(KeyPurpose::Token, random(2)), Err(KeyFileError::Sealed { .. })));
    assert!(matches!(read(KeyPurpose::Root, random(1)), Err(KeyFileError::Malformed { .. })));
    assert!(read(KeyPurpose::Token, KeySecret::Passphrase("x".into())).is_err());
    let whole = std::fs::read(&path).unwrap();
    let other = key().public_key().to_jwk();
    let changes: [(&str, serde_json::Value); 5] = [
        ("kid", "key_other".into()),
        ("purpose", "root".into()),
        ("version", 2.into()),
        ("public", serde_json::from_str(&other).unwrap()),
        ("nonce", "AAAAAAAAAAAAAAAA".into()),
    ];
    for (member, value) in changes {
        std::fs::write(&path, &whole).unwrap();
        edit(&path, |json| json[member] = value);
        let purpose = if member == "purpose" { KeyPurpose::Root } else { KeyPurpose::Token };
        assert!(read(purpose, random(1)).is_err(), "{member} was changed");
    }
    std::fs::write(&path, &whole).unwrap();
    assert!(read(KeyPurpose::Token, random(1)).unwrap());
}

#[test]
fn what_everybody_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.json");
    write_key_file(&path, &key(), KeyPurpose::Token, &random(1)).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let read = read_key_file(&path, KeyPurpose::Token, &random(1));
    assert!(matches!(read, Err(KeyFileError::Exposed { .. })));
}

#[test]
fn a_file_cannot_ask_for_the_whole_machine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.json");
    let secret = KeySecret::Passphrase("correct horse".into());
    write_key_file(&path, &key(), KeyPurpose::Officer, &secret).unwrap();
    edit(&path, |json| json["kdf"]["memory_kib"] = u32::MAX.into());
    assert!(matches!(read_key_file(&path, KeyPurpose::Officer, &secret), Err(KeyFileError::Malformed { .. })));
}
