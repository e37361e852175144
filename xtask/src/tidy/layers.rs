//! Dependencies only point down, each foreign library has one home, and the executable has one TLS.

use std::collections::BTreeSet;

use anyhow::Context;
use cargo_metadata::{Dependency, DependencyKind, MetadataCommand, Package};

use super::Finding;
use crate::{command, repository::Repository};

/// What a package may depend on, of ours; `*` is everything. Packages below a line never name one above it.
const LAYERS: [(&str, &[&str]); 18] = [
    ("munadi", &["*"]),
    ("munadi-tests", &["*"]),
    ("munadi-bench", &["*"]),
    ("munadi-testkit", &["*"]),
    ("munadi-push-sink", &["munadi-domain", "munadi-push-service"]),
    ("munadi-http-api", &["munadi-services", "munadi-domain", "munadi-transparency"]),
    ("munadi-web", &["munadi-services", "munadi-domain"]),
    ("munadi-push-service", &["munadi-services", "munadi-store", "munadi-domain"]),
    ("munadi-relay", &["munadi-store", "munadi-broker", "munadi-domain"]),
    ("munadi-fanout", &["munadi-services", "munadi-store", "munadi-broker", "munadi-domain"]),
    ("munadi-deliver", &["munadi-services", "munadi-store", "munadi-broker", "munadi-domain", "munadi-transparency"]),
    ("munadi-sealer", &["munadi-services", "munadi-store", "munadi-transparency", "munadi-domain"]),
    ("munadi-services", &["munadi-store", "munadi-cap", "munadi-domain", "munadi-transparency"]),
    ("munadi-store", &["munadi-domain", "munadi-transparency"]),
    ("munadi-broker", &["munadi-domain"]),
    ("munadi-cap", &["munadi-domain"]),
    ("munadi-domain", &[]),
    ("munadi-transparency", &[]),
];

/// The packages that may have a foreign library as a normal dependency.
const HOMES: [(&str, &[&str]); 17] = [
    ("anyhow", &["munadi", "munadi-bench", "munadi-testkit", "munadi-tests", "xtask"]),
    ("argon2", &["munadi-services"]),
    ("askama", &["munadi-web"]),
    (
        "aws-lc-rs",
        &[
            "munadi",
            "munadi-bench",
            "munadi-broker",
            "munadi-deliver",
            "munadi-push-service",
            "munadi-push-sink",
            "munadi-services",
            "munadi-testkit",
            "munadi-transparency",
            "munadi-web",
        ],
    ),
    ("axum", &["munadi", "munadi-bench", "munadi-http-api", "munadi-push-service", "munadi-tests", "munadi-web"]),
    ("clap", &["munadi", "munadi-bench"]),
    ("governor", &["munadi-services"]),
    ("hyper", &["munadi", "munadi-bench", "munadi-deliver", "munadi-push-sink", "munadi-testkit"]),
    ("indicatif", &["munadi", "munadi-bench"]),
    ("jsonwebtoken", &["munadi-deliver", "munadi-push-service", "munadi-push-sink", "munadi-services"]),
    ("lapin", &["munadi-broker"]),
    ("openssl", &[]),
    ("quick-xml", &["munadi-cap"]),
    ("reqwest", &[]),
    ("sqlx", &["munadi-bench", "munadi-store", "munadi-testkit", "munadi-tests"]),
    ("utoipa", &["munadi-http-api"]),
    ("web-push", &["munadi-bench", "munadi-testkit", "munadi-tests"]),
];

/// What must not be in the executable, by whatever way: other TLS, oracles, things for tests.
const NOT_IN_THE_EXECUTABLE: [&str; 6] =
    ["munadi-bench", "munadi-testkit", "native-tls", "openssl-sys", "ring", "web-push"];

/// Asks cargo who depends on whom.
pub(super) fn check(repository: &Repository) -> anyhow::Result<Vec<Finding>> {
    let metadata = MetadataCommand::new().current_dir(&repository.root).no_deps().exec()?;
    let mut findings: Vec<Finding> =
        metadata.packages.iter().flat_map(|package| faults_of(package, repository)).collect();
    let tree = ["tree", "--package", "munadi", "--edges", "normal", "--prefix", "none", "--format", "{p}"];
    let tree = command::output(&mut command::cargo(&repository.root, &tree)).context("who is in the executable?")?;
    let stowaways =
        stowaways(&tree).into_iter().map(|name| format!("{name} must not be in the executable: cargo tree -i {name}"));
    findings.extend(stowaways.map(|message| Finding::new("crates/munadi/Cargo.toml", 1, message)));
    Ok(findings)
}

fn faults_of(package: &Package, repository: &Repository) -> Vec<Finding> {
    let manifest = package.manifest_path.strip_prefix(&repository.root).unwrap_or(&package.manifest_path);
    let manifest = manifest.as_str().replace('\\', "/");
    let text = repository.sources.get(&manifest).map_or("", |source| source.text.as_str());
    let names =
        package.dependencies.iter().filter(|dependency| is_built_in(dependency)).map(|found| found.name.as_str());
    let faults = names.filter_map(|name| Some((name, fault(&package.name, name)?)));
    faults.map(|(name, message)| Finding::new(&manifest, line_of(text, name), message)).collect()
}

/// A test may use whatever it needs to look at the thing from outside.
fn is_built_in(dependency: &Dependency) -> bool {
    dependency.kind != DependencyKind::Development
}

/// Why the package may not depend on the other one.
fn fault(package: &str, dependency: &str) -> Option<String> {
    if dependency.starts_with("munadi") {
        let Some((_, below)) = LAYERS.iter().find(|(name, _)| *name == package) else {
            return Some(format!("give {package} its layer, in ARCHITECTURE.md and in xtask/src/tidy/layers.rs"));
        };
        let allowed = below.contains(&"*") || below.contains(&dependency);
        return (!allowed).then(|| {
            format!("{package} may not depend on {dependency}: dependencies point down, see ARCHITECTURE.md")
        });
    }
    let (_, homes) = HOMES.iter().find(|(name, _)| *name == dependency)?;
    (!homes.contains(&package)).then(|| format!("{dependency} lives in {}: use what is there", at(homes)))
}

fn at(homes: &[&str]) -> String {
    if homes.is_empty() { "no package of ours".to_owned() } else { homes.join(", ") }
}

fn line_of(manifest: &str, dependency: &str) -> usize {
    let names = |line: &str| line.strip_prefix(dependency).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
    manifest.lines().position(names).map_or(1, |index| index + 1)
}

/// The forbidden packages in what `cargo tree` printed.
fn stowaways(tree: &str) -> BTreeSet<&str> {
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    names.filter(|name| NOT_IN_THE_EXECUTABLE.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_point_down() {
        for (package, dependency, is_fault) in [
            ("munadi-services", "munadi-store", false),
            ("munadi-store", "munadi-services", true),
            ("munadi-http-api", "munadi-broker", true),
            ("munadi-domain", "munadi-transparency", true),
            ("munadi", "munadi-relay", false),
            ("munadi-newcomer", "munadi-domain", true),
        ] {
            assert_eq!(fault(package, dependency).is_some(), is_fault, "{package} on {dependency}");
        }
    }

    #[test]
    fn layers_have_no_circle() {
        let below =
            |name: &str| LAYERS.iter().find(|(package, _)| *package == name).map_or(&[][..], |(_, below)| below);
        for (package, direct) in LAYERS.iter().filter(|(_, direct)| !direct.contains(&"*")) {
            let mut reached: Vec<&str> = direct.to_vec();
            for index in 0.. {
                let Some(next) = reached.get(index).copied() else { break };
                assert_ne!(next, *package, "{reached:?}");
                reached.extend(below(next));
            }
        }
    }

    #[test]
    fn libraries_have_homes() {
        for (package, dependency, is_fault) in [
            ("munadi-store", "sqlx", false),
            ("munadi-services", "sqlx", true),
            ("munadi-services", "lapin", true),
            ("munadi-deliver", "openssl", true),
            ("munadi-domain", "serde", false),
        ] {
            assert_eq!(fault(package, dependency).is_some(), is_fault, "{package} on {dependency}");
        }
    }

    #[test]
    fn stowaways_are_found() {
        let tree = "munadi v0.1.0\nring v0.17.0\nopenssl-probe v0.1.0\nring v0.17.0 (*)\n";
        assert_eq!(stowaways(tree).into_iter().collect::<Vec<_>>(), ["ring"]);
    }

    #[test]
    fn a_fault_is_shown_at_its_line() {
        assert_eq!(line_of("[dependencies]\nsqlx-core = \"1\"\nsqlx.workspace = true\n", "sqlx"), 3);
    }
}
