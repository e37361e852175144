//! XML as CAP needs it, and nothing else of XML: elements of the CAP namespace with their texts. A document type, an entity, an
//! inclusion, a foreign encoding or an excess of anything refuses the document.

use munadi_domain::fault::Fault;
use quick_xml::{
    events::{BytesDecl, BytesRef, BytesStart, Event},
    name::{Namespace, NamespaceResolver, ResolveResult},
    reader::NsReader,
};

use crate::report::quoted;

mod encoding;

/// The namespaces of CAP that are read.
const CAP: [&str; 2] = [NAMESPACE, "urn:oasis:names:tc:emergency:cap:1.1"];
/// The namespace of CAP 1.2.
pub(crate) const NAMESPACE: &str = "urn:oasis:names:tc:emergency:cap:1.2";
const XINCLUDE: [&str; 2] = ["http://www.w3.org/2001/XInclude", "http://www.w3.org/2003/XInclude"];
/// The deepest that elements lie in each other; CAP needs 5.
const DEPTH: usize = 32;
/// The most elements.
const ELEMENTS: usize = 200_000;
/// The most attributes of one element; CAP has none.
const ATTRIBUTES: usize = 32;
/// The most namespace declarations that are in force at once.
const BINDINGS: usize = 64;

/// An element of the CAP namespace.
#[derive(Debug, Default)]
pub(crate) struct Element {
    /// Its name without the prefix.
    pub(crate) name: String,
    /// Its own text, that of its children not included.
    pub(crate) text: String,
    /// Its children in the CAP namespace.
    pub(crate) children: Vec<Element>,
    /// Whether it has children of other namespaces.
    pub(crate) has_foreign: bool,
}

/// Reads a document's root element. Whatever is wrong with the XML is wrong with all of it: there is one fault.
pub(crate) fn read(document: &[u8]) -> Result<Element, Fault> {
    let text = encoding::decode(document)?;
    let mut reader = NsReader::from_str(text);
    let config = reader.config_mut();
    config.check_comments = true;
    config.expand_empty_elements = true;
    reader.resolver_mut().set_max_namespace_bindings(BINDINGS);
    let mut tree = Tree::default();
    loop {
        let start = reader.buffer_position();
        let event = reader.read_event().map_err(|error| encoding::at(text, start, format!("is no XML: {error}")))?;
        if event == Event::Eof {
            return tree.finish().map_err(|reason| encoding::at(text, start, reason));
        }
        tree.take(event, reader.resolver(), start).map_err(|reason| encoding::at(text, start, reason))?;
    }
}

/// The elements that were read so far.
#[derive(Default)]
struct Tree {
    /// The elements that are open, the root first.
    open: Vec<Element>,
    /// How many foreign elements are open inside of the last one.
    foreign: usize,
    elements: usize,
    /// The root's namespace: its children belong to the same.
    namespace: Option<&'static str>,
    root: Option<Element>,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, names: &NamespaceResolver, position: u64) -> Result<(), String> {
        match event {
            Event::Start(start) | Event::Empty(start) => self.start(&start, names),
            Event::End(_) => self.end(),
            Event::Text(text) if text.contains("]]>") => Err("has “]]>” in a text, which XML forbids".to_owned()),
            Event::Text(text) => self.text(&text),
            Event::CData(text) if self.open.is_empty() => self.text(&format!("[{}]", &*text)),
            Event::CData(text) => self.text(&text),
            Event::GeneralRef(reference) => self.text(resolve(&reference)?.encode_utf8(&mut [0; 4])),
            Event::Decl(declaration) if position == 0 => check_declaration(&declaration),
            Event::Decl(_) => Err("has an XML declaration that is not at its very start".to_owned()),
            Event::DocType(_) => {
                Err("has a document type (DTD); CAP has none, and it is not read: remove it".to_owned())
            }
            Event::PI(_) | Event::Comment(_) | Event::Eof => Ok(()),
        }
    }

    fn start(&mut self, start: &BytesStart<'_>, names: &NamespaceResolver) -> Result<(), String> {
        self.elements += 1;
        if self.elements > ELEMENTS {
            return Err(format!("has more than {ELEMENTS} elements"));
        }
        if self.open.len() + self.foreign >= DEPTH {
            return Err(format!("has elements more than {DEPTH} deep in each other"));
        }
        check_attributes(start)?;
        let (namespace, name) = names.resolve_element(start.name());
        let namespace = match namespace {
            ResolveResult::Bound(Namespace(namespace)) => Some(namespace),
            ResolveResult::Unbound => None,
            ResolveResult::Unknown(prefix) => {
                return Err(format!("uses the prefix {}, which it does not declare", quoted(&prefix)));
            }
        };
        if namespace.is_some_and(|namespace| XINCLUDE.contains(&namespace)) {
            return Err(
                "includes other documents (XInclude), which are not read: write the alert in one document".to_owned()
            );
        }
        if self.open.is_empty() {
            self.start_root(namespace, name.as_ref())
        } else {
            self.start_child(namespace, name.as_ref());
            Ok(())
        }
    }

    fn start_root(&mut self, namespace: Option<&str>, name: &str) -> Result<(), String> {
        if self.root.is_some() {
            return Err("has more than one root element".to_owned());
        }
        self.namespace = CAP.into_iter().find(|known| Some(*known) == namespace);
        if self.namespace.is_none() || name != "alert" {
            return Err(format!(
                "is no CAP alert: expected the root <alert xmlns=\"{NAMESPACE}\"> (or that of CAP 1.1)"
            ));
        }
        self.open.push(Element { name: name.to_owned(), ..Element::default() });
        Ok(())
    }

    fn start_child(&mut self, namespace: Option<&str>, name: &str) {
        if self.foreign == 0 && namespace == self.namespace {
            self.open.push(Element { name: name.to_owned(), ..Element::default() });
            return;
        }
        self.foreign += 1;
        if let Some(parent) = self.open.last_mut() {
            parent.has_foreign = true;
        }
    }

    fn end(&mut self) -> Result<(), String> {
        if self.foreign > 0 {
            self.foreign -= 1;
            return Ok(());
        }
        let element = self.open.pop().ok_or("closes an element that is not open")?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        match self.open.last_mut() {
            Some(_) if self.foreign > 0 => Ok(()),
            Some(element) => {
                element.text.push_str(text);
                Ok(())
            }
            None if text.bytes().all(|byte| byte.is_ascii_whitespace()) => Ok(()),
            None => Err("has text outside of its root element".to_owned()),
        }
    }

    fn finish(self) -> Result<Element, String> {
        match (self.open.last(), self.root) {
            (Some(open), _) => Err(format!("ends before <{}> is closed", open.name)),
            (None, Some(root)) => Ok(root),
            (None, None) => Err("is empty: expected a CAP alert".to_owned()),
        }
    }
}

/// `version`, then perhaps `encoding`, then perhaps `standalone` (XML 1.0 §2.8).
fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), String> {
    const LONGEST: usize = 200;
    let unreadable = || "has an XML declaration that cannot be read".to_owned();
    if declaration.len() > LONGEST {
        return Err(unreadable());
    }
    let content = BytesStart::from_content(&**declaration, "xml".len());
    let attributes = content.attributes().collect::<Result<Vec<_>, _>>().map_err(|_| unreadable())?;
    let names: Vec<&str> = attributes.iter().map(|attribute| attribute.key.0).collect();
    if !matches!(
        names[..],
        ["version"] | ["version", "encoding" | "standalone"] | ["version", "encoding", "standalone"]
    ) {
        return Err(unreadable());
    }
    if &*attributes[0].value != "1.0" {
        return Err("is not of XML 1.0".to_owned());
    }
    match attributes.iter().find(|attribute| attribute.key.0 == "encoding").map(|attribute| &attribute.value) {
        Some(name) if !name.eq_ignore_ascii_case("utf-8") => Err(format!(
            "declares the encoding {}, and only UTF-8 is read: save it as UTF-8 and declare that",
            quoted(name)
        )),
        _ => Ok(()),
    }
}

/// Attributes mean nothing in CAP, but what is hidden in them must be harmless XML all the same.
fn check_attributes(start: &BytesStart<'_>) -> Result<(), String> {
    // Counted first, without the check for doubles, whose time grows with the square of the count.
    if start.attributes().with_checks(false).take(ATTRIBUTES + 1).count() > ATTRIBUTES {
        return Err(format!("has an element with more than {ATTRIBUTES} attributes"));
    }
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| format!("is no XML: {error}"))?;
        if attribute.value.contains('<') {
            return Err("has “<” in an attribute, which XML forbids".to_owned());
        }
        quick_xml::escape::unescape(&attribute.value).map_err(|_| UNKNOWN_ENTITY.to_owned())?;
    }
    Ok(())
}

const UNKNOWN_ENTITY: &str = "refers to an entity or a character that does not exist: only &amp; &lt; &gt; &quot; &apos; and character references are read";

fn resolve(reference: &BytesRef<'_>) -> Result<char, String> {
    let predefined = match &**reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    };
    let number = || reference.resolve_char_ref().ok().flatten().filter(|letter| encoding::is_xml(*letter));
    predefined.or_else(number).ok_or_else(|| UNKNOWN_ENTITY.to_owned())
}

#[cfg(test)]
mod tests;
