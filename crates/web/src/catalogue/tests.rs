use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use fluent_syntax::{ast, parser};

use super::*;

/// The keys of a language, each with the arguments that its text takes.
fn keys(files: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for file in files {
        for entry in parser::parse(*file).unwrap().body {
            let ast::Entry::Message(message) = entry else { continue };
            let text = message.value.unwrap_or_else(|| panic!("{} has no text", message.id.name));
            let mut arguments = BTreeSet::new();
            of_pattern(&text, &mut arguments);
            let first = found.insert(message.id.name.to_owned(), arguments);
            assert!(first.is_none(), "{} is there twice", message.id.name);
        }
    }
    found
}

fn of_pattern(pattern: &ast::Pattern<&str>, arguments: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let ast::PatternElement::Placeable { expression } = element else { continue };
        match expression {
            ast::Expression::Inline(inline) => of_inline(inline, arguments),
            ast::Expression::Select { selector, variants } => {
                of_inline(selector, arguments);
                for variant in variants {
                    of_pattern(&variant.value, arguments);
                }
            }
        }
    }
}

fn of_inline(inline: &ast::InlineExpression<&str>, arguments: &mut BTreeSet<String>) {
    if let ast::InlineExpression::VariableReference { id } = inline {
        arguments.insert(id.name.to_owned());
    }
}

#[test]
fn every_language_says_everything_with_the_same_arguments() {
    let complete = keys(FILES[0].1);
    for (tag, files) in &FILES[1..] {
        let own = keys(files);
        let missing: Vec<_> = complete.keys().filter(|key| !own.contains_key(*key)).collect();
        let unknown: Vec<_> = own.keys().filter(|key| !complete.contains_key(*key)).collect();
        assert!(missing.is_empty() && unknown.is_empty(), "{tag} lacks {missing:?} and has {unknown:?} alone");
        for (key, arguments) in own {
            assert!(arguments.is_subset(&complete[&key]), "{tag}: {key} takes {arguments:?}");
        }
    }
}

/// What follows a call of the page's texts, in quotes, in a file.
fn asked_in(text: &str) -> impl Iterator<Item = &str> {
    let calls = [".t(\"", ".tn(\"", ".t1(\"", ".t2(\"", ".count(\"", "texts.get(\"", "key(\""];
    calls.into_iter().flat_map(move |call| text.split(call).skip(1)).filter_map(|rest| rest.split('"').next())
}

fn asked(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            asked(&path, found);
        } else if !path.ends_with("tests.rs") {
            found.extend(asked_in(&fs::read_to_string(path).unwrap()).map(str::to_owned));
        }
    }
}

#[test]
fn every_text_that_is_asked_for_is_there() {
    let complete = keys(FILES[0].1);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    asked(&root.join("templates"), &mut found);
    asked(&root.join("src"), &mut found);
    let missing: Vec<_> = found.iter().filter(|key| !complete.contains_key(*key)).collect();
    assert!(found.len() > 20 && missing.is_empty(), "{missing:?}");
}

#[test]
fn gap_is_filled_by_the_first_language() {
    let english = Arc::new(Texts::read("en", &["one = One\ntwo = { $n } of two"], None).unwrap());
    let hindi = Texts::read("hi", &["one = एक"], Some(english)).unwrap();
    assert_eq!(hindi.get("one", &[]), "एक");
    assert_eq!(hindi.get("two", &[("n", "x".into())]), "x of two");
    assert_eq!(hindi.get("three", &[]), "three");
}
