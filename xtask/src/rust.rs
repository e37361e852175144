//! A Rust file as tokens: enough to know code from comments and strings, and tests from product, without parsing it.

use std::{collections::BTreeSet, str::FromStr};

use anyhow::anyhow;
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

/// One token, without comments. `::` is two tokens; a string literal keeps its quotes, so that it equals no identifier.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    /// Counted from one.
    pub(crate) line: usize,
    /// Differs from `line` for a literal over several lines.
    pub(crate) last_line: usize,
    /// Part of an item under `#[cfg(test)]`, `#[test]` or their like.
    pub(crate) in_test: bool,
}

/// The tokens of a file.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) tokens: Vec<Token>,
}

impl Code {
    /// The tokens of a text, or why it has none.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let stream = TokenStream::from_str(text).map_err(|error| anyhow!("{error}"))?;
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        mark_tests(&mut tokens);
        Ok(Self { tokens })
    }

    /// The first tokens of every place where this sequence stands.
    pub(crate) fn find<'a>(&'a self, sequence: &[&str]) -> Vec<&'a Token> {
        let matches = |window: &&[Token]| window.iter().zip(sequence).all(|(token, text)| token.text == *text);
        self.tokens.windows(sequence.len()).filter(matches).map(|window| &window[0]).collect()
    }

    /// The attributes `#[…]` and `#![…]`, whole.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = &[Token]> {
        (0..self.tokens.len()).filter_map(|at| attribute(&self.tokens, at))
    }

    /// The items under the wanted attributes, from behind the attribute to their end.
    pub(crate) fn items_under(&self, wanted: impl Fn(&[Token]) -> bool) -> impl Iterator<Item = &[Token]> {
        (0..self.tokens.len()).filter_map(move |at| {
            let start = at + attribute(&self.tokens, at).filter(|attribute| wanted(attribute))?.len();
            Some(&self.tokens[start..item_end(&self.tokens, start)])
        })
    }

    /// The names of the modules `#[cfg(test)] mod name;` which have a file of their own.
    pub(crate) fn test_modules(&self) -> impl Iterator<Item = &str> {
        let declarations = self.tokens.windows(3).filter(|three| three[0].text == "mod" && three[2].text == ";");
        declarations.filter(|three| three[0].in_test).map(|three| three[1].text.as_str())
    }
}

/// How many lines these tokens stand on: neither blank lines nor comments.
pub(crate) fn count_lines<'a>(tokens: impl IntoIterator<Item = &'a Token>) -> usize {
    tokens.into_iter().flat_map(|token| token.line..=token.last_line).collect::<BTreeSet<_>>().len()
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    let mut trees = stream.into_iter();
    while let Some(tree) = trees.next() {
        match tree {
            // The lexer turns a documentation comment into an attribute whose parts all span the whole comment.
            TokenTree::Punct(punct) if punct.as_char() == '#' && is_comment(punct.span()) => {
                trees.find(|tree| matches!(tree, TokenTree::Group(_)));
            }
            TokenTree::Group(group) => flatten_group(&group, tokens),
            other => tokens.push(token(other.to_string(), other.span())),
        }
    }
}

fn is_comment(number_sign: Span) -> bool {
    let (start, end) = (number_sign.start(), number_sign.end());
    start.line != end.line || end.column - start.column > 1
}

fn flatten_group(group: &Group, tokens: &mut Vec<Token>) {
    let (open, close) = match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => return flatten(group.stream(), tokens),
    };
    tokens.push(token(open.to_owned(), group.span_open()));
    flatten(group.stream(), tokens);
    tokens.push(token(close.to_owned(), group.span_close()));
}

fn token(text: String, span: Span) -> Token {
    Token { text, line: span.start().line, last_line: span.end().line, in_test: false }
}

fn mark_tests(tokens: &mut [Token]) {
    let mut at = 0;
    while at < tokens.len() {
        let test = attribute(tokens, at).filter(|attribute| is_test(attribute));
        let end = match test.map(|attribute| (attribute.len(), attribute[1].text == "!")) {
            None => at + 1,
            Some((_, true)) => tokens.len(),
            Some((length, false)) => item_end(tokens, at + length),
        };
        if test.is_some() {
            tokens[at..end].iter_mut().for_each(|token| token.in_test = true);
        }
        at = end;
    }
}

/// The attribute that begins here, if one does.
fn attribute(tokens: &[Token], at: usize) -> Option<&[Token]> {
    let text = |at: usize| tokens.get(at).map(|token| token.text.as_str());
    let open = match (text(at)?, text(at + 1)?) {
        ("#", "[") => at + 1,
        ("#", "!") if text(at + 2) == Some("[") => at + 2,
        _ => return None,
    };
    Some(&tokens[at..=closing(tokens, open)])
}

/// `#[cfg(test)]`, `#[cfg(all(test, …))]`, `#[test]`, `#[tokio::test(…)]`.
fn is_test(attribute: &[Token]) -> bool {
    let words: Vec<&str> = attribute.iter().map(|token| token.text.as_str()).collect();
    let inside = words.iter().position(|word| *word == "[").map_or(&[][..], |open| &words[open + 1..]);
    if inside.first() == Some(&"cfg") {
        return inside.contains(&"test") && !inside.contains(&"not");
    }
    let path_end = inside.iter().position(|word| matches!(*word, "(" | "]" | "=")).unwrap_or(inside.len());
    inside[..path_end].last() == Some(&"test")
}

/// Where the item that begins here ends: behind its semicolon, or its body and what closes that (`use a::{b, c};`).
fn item_end(tokens: &[Token], start: usize) -> usize {
    let is_semicolon = |at: usize| tokens.get(at).is_some_and(|token| token.text == ";");
    let mut at = start;
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "{" => {
                let end = closing(tokens, at) + 1;
                return end + usize::from(is_semicolon(end));
            }
            ";" => return at + 1,
            "}" => return at,
            "(" | "[" => at = closing(tokens, at) + 1,
            _ => at += 1,
        }
    }
    tokens.len()
}

/// The index of the bracket that closes the one at `open`.
fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" if depth == 1 => return at,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
    }
    tokens.len() - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"//! What it is.
#![warn(missing_docs)]

/// A comment that says .unwrap() and is
/// two lines long.
pub fn product() -> &'static str {
    /* nothing here */
    ".unwrap()
     second line"
}

#[cfg(test)]
use std::{fs, io};

#[cfg(test)]
mod faults;

mod product_again;

#[tokio::test(flavor = "multi_thread")]
async fn waits<A, B>(a: A, b: [u8; 2]) {
    a.unwrap();
}

#[cfg(not(test))]
fn also_product() {}
"#;

    fn code() -> Code {
        Code::parse(FILE).unwrap()
    }

    #[test]
    fn comments_and_strings_are_no_code() {
        let lines: Vec<usize> = code().find(&[".", "unwrap", "("]).iter().map(|token| token.line).collect();
        assert_eq!(lines, [22]);
    }

    #[test]
    fn items_under_a_test_attribute_are_tests() {
        let lines = |in_test: bool| {
            let code = code();
            let lines = code.tokens.iter().filter(|token| token.in_test == in_test).map(|token| token.line);
            lines.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
        };
        assert_eq!(lines(true), [12, 13, 15, 16, 20, 21, 22, 23]);
        assert_eq!(lines(false), [2, 6, 8, 10, 18, 25, 26]);
    }

    #[test]
    fn lines_of_code_are_lines_with_tokens() {
        assert_eq!(count_lines(code().tokens.iter().filter(|token| !token.in_test)), 8);
    }

    #[test]
    fn attributes_are_found_whole() {
        let code = code();
        let lengths: Vec<usize> = code.attributes().map(<[Token]>::len).collect();
        assert_eq!(lengths, [8, 7, 7, 12, 10]);
    }

    #[test]
    fn items_are_found_under_their_attributes() {
        let code = code();
        let lines: Vec<(usize, usize)> =
            code.items_under(is_test).map(|item| (item[0].line, count_lines(item))).collect();
        assert_eq!(lines, [(13, 1), (16, 1), (21, 3)]);
    }

    #[test]
    fn test_modules_with_their_own_file_are_named() {
        assert_eq!(code().test_modules().collect::<Vec<_>>(), ["faults"]);
    }

    #[test]
    fn what_is_no_rust_is_refused() {
        assert!(Code::parse("fn open( {").is_err());
    }
}
