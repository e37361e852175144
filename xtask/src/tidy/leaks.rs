//! What belongs to somebody's machine, and not to the product.

use super::Finding;
use crate::repository::Source;

/// Folders of a machine.
const MACHINE_FOLDERS: [&str; 4] = ["work", "root", "home", "Users"];

/// Hosts of package registries, in two parts so that this file does not name them.
const REGISTRIES: [(&str, &str); 6] = [
    ("crates", "io"),
    ("npmjs", "org"),
    ("npmjs", "com"),
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("proxy.golang", "org"),
];

/// Absolute paths of the machine where something was written.
pub(super) fn no_machine_path(source: &Source) -> Vec<Finding> {
    let message = "a path of one machine: use one that is relative, or comes from the configuration";
    lines(source, message, |line| MACHINE_FOLDERS.iter().any(|folder| names_folder(line, &format!("/{folder}/"))))
}

/// Where packages come from is each builder's own choice. Lock files must name it.
pub(super) fn no_registry(source: &Source) -> Vec<Finding> {
    if matches!(source.path.rsplit('/').next(), Some("Cargo.lock" | "package-lock.json")) {
        return Vec::new();
    }
    let hosts = REGISTRIES.map(|(name, domain)| format!("{name}.{domain}"));
    let message = "a package registry's host: name the package, not where it was loaded from";
    lines(source, message, |line| hosts.iter().any(|host| line.contains(host)))
}

fn lines(source: &Source, message: &str, offends: impl Fn(&str) -> bool) -> Vec<Finding> {
    let lines = source.text.lines().enumerate().filter(|(_, line)| offends(line));
    lines.map(|(index, _)| Finding::new(&source.path, index + 1, message)).collect()
}

/// Whether a path begins with the folder: in the middle of a path or an address it is another folder of that name.
fn names_folder(line: &str, folder: &str) -> bool {
    let begins_path =
        |before: &str| before.chars().next_back().is_none_or(|c| c.is_whitespace() || "\"'`(=:[,@<".contains(c));
    line.match_indices(folder).any(|(at, _)| begins_path(&line[..at]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::offending_lines;

    #[test]
    fn paths_of_a_machine_are_found() {
        for name in MACHINE_FOLDERS {
            for text in [format!("x\n/{name}/a"), format!("x\nlet a = \"/{name}/a\";"), format!("x\n`/{name}/`")] {
                assert_eq!(offending_lines(no_machine_path, "docs/a.md", &text), [2], "{text}");
            }
            for text in [format!("/v1/{name}/a"), format!("{name}/a"), format!("${{dir}}/{name}/a")] {
                assert!(offending_lines(no_machine_path, "docs/a.md", &text).is_empty(), "{text}");
            }
        }
    }

    #[test]
    fn registries_are_found() {
        for (name, domain) in REGISTRIES {
            let text = format!("x\nfrom https://index.{name}.{domain}/simple");
            assert_eq!(offending_lines(no_registry, "docs/a.md", &text), [2]);
            assert!(offending_lines(no_registry, "Cargo.lock", &text).is_empty());
        }
        assert!(offending_lines(no_registry, "docs/a.md", "the PyPI package a, the crate b").is_empty());
    }
}
