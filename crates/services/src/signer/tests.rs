use std::fs;

use munadi_transparency::{directory::Edition, notice::Role};
use time::{Duration, macros::datetime};

use super::*;

const NOW: OffsetDateTime = datetime!(2026-01-31 08:00 UTC);

fn config(folder: &Path) -> KeysConfig {
    KeysConfig { folder: folder.to_owned(), secret_file: None, create_missing: true, root_online: true }
}

fn open(config: &KeysConfig) -> Result<Signers, KeyFileError> {
    Signers::open(config, &Clock::standing_at(NOW))
}

fn id(random: u128) -> KeyId {
    KeyId::new(Seed { unix_ms: 1, random })
}

#[test]
fn keys_are_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(&folder.path().join("keys"));
    let first = open(&config).unwrap();
    let second = open(&KeysConfig { create_missing: false, ..config }).unwrap();
    assert_eq!(first.root_public(), second.root_public());
    assert_eq!(first.token().public_key(), second.token().public_key());
    assert_eq!(first.vapid().public_key(), second.vapid().public_key());
    assert_eq!(hmac::sign(first.topic(), b"x").as_ref(), hmac::sign(second.topic(), b"x").as_ref());
    assert_ne!(first.token().public_key(), first.vapid().public_key());
}

#[test]
fn nothing_is_made_when_that_is_not_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let strict = KeysConfig { create_missing: false, ..config(folder.path()) };
    assert!(matches!(open(&strict), Err(KeyFileError::Missing { .. })));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_lost_secret_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    open(&config).unwrap();
    fs::remove_file(folder.path().join("secret.key")).unwrap();
    assert!(matches!(open(&config), Err(KeyFileError::Missing { .. })));
    let elsewhere = folder.path().join("other.key");
    fs::write(&elsewhere, BASE64_URL_SAFE_NO_PAD.encode([7; 32])).unwrap();
    fs::set_permissions(&elsewhere, std::os::unix::fs::PermissionsExt::from_mode(0o400)).unwrap();
    let other = KeysConfig { secret_file: Some(elsewhere), ..config };
    assert!(matches!(open(&other), Err(KeyFileError::Sealed { .. })));
}

#[test]
fn an_offline_root_is_known_by_its_public_half() {
    let folder = tempfile::tempdir().unwrap();
    let offline = KeysConfig { root_online: false, ..config(folder.path()) };
    assert!(matches!(open(&offline), Err(KeyFileError::Missing { .. })));
    let root = LocalKey::generate("root".parse().unwrap()).unwrap();
    fs::write(folder.path().join("root.jwk"), root.public_key().to_jwk()).unwrap();
    let signers = open(&offline).unwrap();
    assert_eq!(signers.root_public(), root.public_key());
    assert!(signers.root().is_none());
    assert!(!folder.path().join("root.json").exists());
}

#[test]
fn a_department_signs_with_the_newest_key_that_the_directory_admits() {
    let folder = tempfile::tempdir().unwrap();
    let signers = open(&config(folder.path())).unwrap();
    let department = DepartmentId::new(Seed { unix_ms: 1, random: 1 });
    let keys: Vec<_> = (1..=4).map(|number| signers.make_department_key(id(number)).unwrap()).collect();
    let entry = |index: usize, from: i64, days: i64, revoked: bool| DirectoryKey {
        kid: keys[index].kid().clone(),
        jwk: keys[index].public_key().clone(),
        subject: department.to_string(),
        kind: KeyKind::Department,
        department: department.to_string(),
        roles: vec![Role::Publisher],
        nbf: NOW + Duration::days(from),
        exp: NOW + Duration::days(from + days),
        revoked_at: revoked.then_some(NOW),
        revoked_reason: None,
    };
    let entries =
        vec![entry(0, -9, 90, false), entry(1, -5, 90, false), entry(2, -4, 90, true), entry(3, 1, 90, false)];
    let edition = Edition { number: 1, issued: NOW, issuer: "test".to_owned(), keys: entries };
    let jws = KeyDirectory::sign(&edition, signers.root().unwrap()).unwrap();
    let directory = KeyDirectory::verify(jws.as_bytes(), signers.root_public()).unwrap();
    let signer = |signers: &Signers, now| signers.department(department, &directory, now).unwrap().kid().clone();
    assert_eq!(signer(&signers, NOW), *keys[1].kid());
    assert_eq!(signer(&signers, NOW + Duration::days(2)), *keys[3].kid());
    let another_process = open(&config(folder.path())).unwrap();
    assert_eq!(signer(&another_process, NOW), *keys[1].kid());
    let stranger = DepartmentId::new(Seed { unix_ms: 1, random: 2 });
    assert!(matches!(signers.department(stranger, &directory, NOW), Err(ServiceError::Unavailable(_))));
}
