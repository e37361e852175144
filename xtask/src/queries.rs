//! `.sqlx`: what PostgreSQL says of every query that is checked at compile time, so that a build needs no database.
//!
//! The macros of sqlx do the work. With `SQLX_OFFLINE=false` they ask the database and write what it says into
//! `SQLX_OFFLINE_DIR`, one file per query, called after the query's hash. We only see to it that the compiler expands
//! them all again, against a database made of this tree's migrations.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process,
    time::SystemTime,
};

use anyhow::{Context, bail};
use cargo_metadata::{MetadataCommand, Package};

use crate::{
    command,
    repository::{Repository, Source},
    throwaway::Database,
};

/// The macros that are checked; each has a twin that ends in `_unchecked`.
const MACROS: [&str; 6] = ["query", "query_as", "query_scalar", "query_file", "query_file_as", "query_file_scalar"];

/// The descriptions by file name.
type Descriptions = BTreeMap<String, String>;

/// Writes `.sqlx` anew.
pub(crate) fn prepare() -> anyhow::Result<()> {
    let repository = Repository::read()?;
    let described = describe(&repository)?;
    let folder = repository.root.join(".sqlx");
    fs::create_dir_all(&folder)?;
    let old = read(&folder)?;
    for name in old.keys().filter(|name| !described.contains_key(*name)) {
        fs::remove_file(folder.join(name))?;
    }
    for (name, text) in described.iter().filter(|(name, text)| old.get(*name) != Some(text)) {
        fs::write(folder.join(name), text)?;
    }
    println!("{} queries are described in .sqlx", described.len());
    Ok(())
}

/// Says how `.sqlx` differs from what it should be; true if it does not.
pub(crate) fn check() -> anyhow::Result<bool> {
    let repository = Repository::read()?;
    let described = describe(&repository)?;
    let differences = differences(&read(&repository.root.join(".sqlx"))?, &described);
    for difference in &differences {
        println!(".sqlx/{difference}: run cargo xtask sqlx-prepare");
    }
    Ok(differences.is_empty())
}

fn differences(old: &Descriptions, new: &Descriptions) -> Vec<String> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let difference = |name: &String| match (old.get(name), new.get(name)) {
        (None, Some(text)) => Some(format!("{name} is missing ({})", beginning(text))),
        (Some(text), None) => Some(format!("{name} describes a query that is no more ({})", beginning(text))),
        (Some(old), Some(new)) if old != new => {
            Some(format!("{name} is not what the database says ({})", beginning(new)))
        }
        _ => None,
    };
    names.into_iter().filter_map(difference).collect()
}

/// The first words of a described query.
fn beginning(description: &str) -> String {
    let query = description.lines().find_map(|line| line.trim_start().strip_prefix("\"query\": \""));
    let query = query.unwrap_or("no query").replace("\\n", " ");
    let words = query.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().take(60).collect()
}

/// `DATABASE_URL`, unless it is empty.
pub(crate) fn server() -> Option<String> {
    env::var("DATABASE_URL").ok().filter(|url| !url.is_empty())
}

/// Lets the compiler describe every query, in a folder of its own.
fn describe(repository: &Repository) -> anyhow::Result<Descriptions> {
    let server = server().context("DATABASE_URL must name a database, on a server where we may create another one")?;
    let packages = packages(repository)?;
    if packages.is_empty() {
        return Ok(Descriptions::new());
    }
    let metadata = MetadataCommand::new().current_dir(&repository.root).no_deps().exec()?;
    let folder = Scratch::create(metadata.target_directory.as_std_path())?;
    let database = Database::create(&server, &repository.root.join("migrations"))?;
    for (manifest, with_tests) in packages {
        let package = metadata.packages.iter().find(|package| package.manifest_path == manifest);
        let package = package.with_context(|| format!("{} belongs to no package", manifest.display()))?;
        expand(&repository.root, package, with_tests, &database.url, &folder.0)?;
    }
    let described = read(&folder.0)?;
    if described.is_empty() {
        bail!("no query was described, though there are some: has sqlx changed how it does that?");
    }
    Ok(described)
}

/// The manifests of the packages with checked queries, and whether there are some in their tests.
fn packages(repository: &Repository) -> anyhow::Result<BTreeMap<PathBuf, bool>> {
    let mut packages = BTreeMap::new();
    for source in repository.sources.values() {
        let Some(in_test) = has_queries(source) else { continue };
        let folders = Path::new(&source.path).ancestors().skip(1);
        let mut manifests = folders.map(|folder| folder.join("Cargo.toml"));
        let manifest = manifests.find(|manifest| repository.has(&manifest.to_string_lossy()));
        let manifest = manifest.with_context(|| format!("{} belongs to no package", source.path))?;
        *packages.entry(repository.root.join(manifest)).or_insert(false) |= in_test;
    }
    Ok(packages)
}

/// Whether the file has checked queries, and if it has, whether some are in tests.
fn has_queries(source: &Source) -> Option<bool> {
    let code = source.code.as_ref()?;
    let is_macro = |name: &str| MACROS.contains(&name.strip_suffix("_unchecked").unwrap_or(name));
    let pairs = code.tokens.windows(2).filter(|pair| is_macro(&pair[0].text) && pair[1].text == "!");
    pairs.map(|pair| source.is_test || pair[0].in_test).reduce(|some, one| some || one)
}

/// Compiles a package so far that its macros are expanded.
fn expand(root: &Path, package: &Package, with_tests: bool, database: &str, folder: &Path) -> anyhow::Result<()> {
    let targets = if with_tests { "--all-targets" } else { "--lib" };
    let sources = package.targets.iter().map(|target| target.src_path.as_std_path());
    let _touched = sources.map(Touched::now).collect::<anyhow::Result<Vec<_>>>()?;
    let mut cargo = command::cargo(root, &["check", "--quiet", "--package", &package.name, targets]);
    cargo.env("DATABASE_URL", database).env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", folder);
    command::run(&mut cargo)
}

/// A file that seems to have changed just now, so that cargo compiles it; afterwards it seems as old as it was,
/// so that tests and executables that are built already stay so.
#[derive(Debug)]
struct Touched {
    file: File,
    modified: SystemTime,
}

impl Touched {
    fn now(path: &Path) -> anyhow::Result<Self> {
        let file = File::options().write(true).open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let modified = file.metadata()?.modified()?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the time of a file, which cargo compares with other files' times"
        )]
        file.set_modified(SystemTime::now())?;
        Ok(Self { file, modified })
    }
}

impl Drop for Touched {
    fn drop(&mut self) {
        // If this fails, cargo builds more than it must: nothing is wrong.
        let _ = self.file.set_modified(self.modified);
    }
}

/// A folder for the compiler to write into, removed with this value.
#[derive(Debug)]
struct Scratch(PathBuf);

impl Scratch {
    fn create(target: &Path) -> anyhow::Result<Self> {
        let folder = target.join("xtask").join(format!("sqlx-{}", process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left lies in the build's folder, which is thrown away as a whole.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn read(folder: &Path) -> anyhow::Result<Descriptions> {
    if !folder.exists() {
        return Ok(Descriptions::new());
    }
    let mut descriptions = Descriptions::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        descriptions.insert(entry.file_name().to_string_lossy().into_owned(), fs::read_to_string(entry.path())?);
    }
    Ok(descriptions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptions(files: &[(&str, &str)]) -> Descriptions {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn differences_are_named() {
        let query = "{\n  \"query\": \"\\n  select 1\\n  from a";
        let old = descriptions(&[("same", "1"), ("changed", "1"), ("stale", "1")]);
        let new = descriptions(&[("same", "1"), ("changed", query), ("new", "1")]);
        let expected = [
            "changed is not what the database says (select 1 from a)",
            "new is missing (no query)",
            "stale describes a query that is no more (no query)",
        ];
        assert_eq!(differences(&old, &new), expected);
        assert!(differences(&new, &new).is_empty());
    }

    #[test]
    fn files_with_checked_queries_are_known() {
        for (path, text, expected) in [
            ("crates/store/src/a.rs", "fn a() { sqlx::query!(\"select 1\") }", Some(false)),
            ("crates/store/src/a.rs", "fn a() { query_as_unchecked!(A, \"select 1\") }", Some(false)),
            ("crates/store/src/a.rs", "#[test]\nfn a() { query_scalar!(\"select 1\") }", Some(true)),
            ("tests/src/lib.rs", "fn a() { sqlx::query!(\"select 1\") }", Some(true)),
            ("crates/store/src/a.rs", "fn a() { sqlx::query(\"select 1\") }", None),
            ("docs/a.md", "query!(\"select 1\")", None),
        ] {
            assert_eq!(has_queries(&Source::new(path, text)), expected, "{text}");
        }
    }
}
