//! The Common Alerting Protocol (OASIS CAP 1.2, and 1.1 coming in) and Atom (RFC 4287): how notices come in from the systems of
//! others, and go out to them.
//!
//! ```text
//! bytes ──xml──▶ elements ──parse──▶ CapAlert ──draft──▶ CapImport (a draft, what it follows, warnings)
//! Payload ──print──▶ CAP 1.2        Feed ──atom──▶ Atom
//! ```
//!
//! What comes in is hostile until it is parsed: size, depth and counts are limited, there is no DTD, no entity and no inclusion, and
//! all work grows with the input's length only. What is wrong is said all at once, each fault with the path of its element, such as
//! `alert/info[2]/area[1]/polygon[1]`.

mod alert;
mod atom;
mod draft;
mod parse;
mod print;
mod reference;
mod report;
mod stamp;
mod text;
mod write;
mod xml;

use munadi_domain::{fault::Fault, place::Places};

pub use crate::{
    alert::{CapAlert, CapArea, CapInfo, CapMsgType, CapResource, CapSource, CapStatus, Geocode, Scope},
    atom::{Entry, EntryMeta, Feed, Link, Term, atom, tag_uri},
    draft::CapImport,
    parse::parse,
    print::{CapMeta, print},
    reference::{CapReference, InvalidReference},
    stamp::stamp,
};

/// Reads a CAP document and makes a draft of it: [`parse`], then [`CapAlert::to_draft`].
pub fn import(document: &[u8], places: &Places) -> Result<CapImport, Vec<Fault>> {
    parse(document)?.to_draft(places)
}
