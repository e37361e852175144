//! The files of the repository, read once.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::rust::{Code, Token};

/// One text file.
#[derive(Debug)]
pub(crate) struct Source {
    /// From the root, with slashes.
    pub(crate) path: String,
    pub(crate) text: String,
    /// The tokens of a Rust file; none for other files, and for a Rust file that cannot be read.
    pub(crate) code: Option<Code>,
    /// The whole file is test code.
    pub(crate) is_test: bool,
}

impl Source {
    pub(crate) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        let code = if has_extension(&path, &["rs"]) { Code::parse(&text).ok() } else { None };
        let is_test = path.split('/').any(|part| part == "tests" || part == "tests.rs");
        Self { path, text, code, is_test }
    }

    /// The first tokens of every place where this sequence stands; none in a file that is not Rust.
    pub(crate) fn find(&self, sequence: &[&str]) -> Vec<&Token> {
        self.code.as_ref().map(|code| code.find(sequence)).unwrap_or_default()
    }

    /// The files that the modules `#[cfg(test)] mod name;` of this file may lie in.
    fn test_module_stems(&self) -> Vec<String> {
        let stem = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        let folder = match stem.rsplit_once('/') {
            Some((folder, "lib" | "main")) => folder,
            _ => stem,
        };
        let modules = self.code.iter().flat_map(Code::test_modules);
        modules.map(|name| format!("{folder}/{name}")).collect()
    }
}

/// Whether the path ends with one of these extensions.
pub(crate) fn has_extension(path: &str, extensions: &[&str]) -> bool {
    Path::new(path).extension().is_some_and(|found| extensions.iter().any(|extension| found == *extension))
}

/// Everything below the root that `.gitignore` does not name.
#[derive(Debug)]
pub(crate) struct Repository {
    pub(crate) root: PathBuf,
    /// By path, so that findings come in the order of paths.
    pub(crate) sources: BTreeMap<String, Source>,
    /// Files, also those that are not text, and folders.
    paths: BTreeSet<String>,
}

impl Repository {
    /// Where `Cargo.toml` of the workspace lies.
    pub(crate) fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(1).unwrap_or(Path::new(".")).to_owned()
    }

    /// Reads every file.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let root = Self::root();
        let mut ignored = vec![".git".to_owned()];
        let names = fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
        ignored.extend(names.lines().map(|line| line.trim_matches('/').to_owned()));
        let mut files = Vec::new();
        walk(&root, &ignored, &mut files)?;
        let mut repository = Self { root, sources: BTreeMap::new(), paths: BTreeSet::new() };
        for file in files {
            let path = file.strip_prefix(&repository.root)?.to_string_lossy().replace('\\', "/");
            let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            repository.add(path, String::from_utf8(bytes).ok());
        }
        repository.mark_test_modules();
        Ok(repository)
    }

    fn add(&mut self, path: String, text: Option<String>) {
        let parents = Path::new(&path).ancestors().map(|parent| parent.to_string_lossy().into_owned());
        self.paths.extend(parents);
        if let Some(text) = text {
            self.sources.insert(path.clone(), Source::new(path, text));
        }
    }

    fn mark_test_modules(&mut self) {
        let stems: Vec<String> = self.sources.values().flat_map(Source::test_module_stems).collect();
        let below =
            |path: &str, stem: &str| path.strip_prefix(stem).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'));
        for source in self.sources.values_mut() {
            source.is_test |= stems.iter().any(|stem| below(&source.path, stem));
        }
    }

    /// Whether a file or folder of this name exists.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.paths.contains(path.trim_end_matches('/'))
    }

    /// The names of the files and folders in the root.
    pub(crate) fn top_level(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str).filter(|path| !path.is_empty() && !path.contains('/'))
    }

    /// A repository for tests.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut repository = Self { root: PathBuf::new(), sources: BTreeMap::new(), paths: BTreeSet::new() };
        for (path, text) in files {
            repository.add((*path).to_owned(), Some((*text).to_owned()));
        }
        repository.mark_test_modules();
        repository
    }
}

/// Every file below a folder. An ignored name is a whole name: `.gitignore` has no patterns here.
fn walk(folder: &Path, ignored: &[String], files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if ignored.iter().any(|name| entry.file_name() == name.as_str()) {
            continue;
        }
        if kind.is_dir() {
            walk(&entry.path(), ignored, files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_files_are_known() {
        let repository = Repository::of(&[
            ("crates/a/src/lib.rs", "#[cfg(test)]\nmod faults;\nmod store;"),
            ("crates/a/src/faults.rs", ""),
            ("crates/a/src/faults/deep.rs", ""),
            ("crates/a/src/faults_of_others.rs", ""),
            ("crates/a/src/store.rs", "#[cfg(test)]\nmod fakes;"),
            ("crates/a/src/store/fakes.rs", ""),
            ("crates/a/src/store/tests.rs", ""),
            ("tests/src/lib.rs", ""),
        ]);
        let tests: Vec<&str> = repository.sources.values().filter(|s| s.is_test).map(|s| s.path.as_str()).collect();
        assert_eq!(
            tests,
            [
                "crates/a/src/faults.rs",
                "crates/a/src/faults/deep.rs",
                "crates/a/src/store/fakes.rs",
                "crates/a/src/store/tests.rs",
                "tests/src/lib.rs"
            ]
        );
    }

    #[test]
    fn folders_exist_as_well_as_files() {
        let repository = Repository::of(&[("docs/adr/0001.md", ""), ("README.md", "")]);
        assert!(["docs", "docs/adr/", "docs/adr/0001.md"].iter().all(|path| repository.has(path)));
        assert!(!repository.has("docs/adr/0002.md"));
        assert_eq!(repository.top_level().collect::<Vec<_>>(), ["README.md", "docs"]);
    }
}
