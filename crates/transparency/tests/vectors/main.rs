//! The shared test vectors of `api-spec/vectors`: this verifier must say what they say.
//!
//! `UPDATE_VECTORS=1` writes them again. ECDSA signatures are random, so those of notices and directories change then; without it, nothing is
//! written. The test keys are made once and stay.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod canonical;
mod directory;
mod keyring;
mod log;
mod notice;
mod raw;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// The folder of the vectors, or a path in it.
fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../api-spec/vectors").join(relative)
}

fn updating() -> bool {
    std::env::var_os("UPDATE_VECTORS").is_some()
}

fn read(relative: &str) -> Value {
    let file = path(relative);
    let text = fs::read(&file).unwrap_or_else(|error| {
        panic!("{}: {error}; UPDATE_VECTORS=1 writes the vectors", file.display());
    });
    serde_json::from_slice(&text).unwrap()
}

fn write(relative: &str, value: &Value) {
    let file = path(relative);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, format!("{value:#}\n")).unwrap();
}

/// The names of the JSON files in a folder, without `.json`.
fn names(folder: &str) -> BTreeSet<String> {
    let files = fs::read_dir(path(folder)).unwrap().map(|entry| entry.unwrap().path());
    let json = files.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
    json.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

fn text<'a>(vector: &'a Value, member: &str) -> &'a str {
    vector[member].as_str().unwrap_or_else(|| panic!("{member} is missing: {vector}"))
}
