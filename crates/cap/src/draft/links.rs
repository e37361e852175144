//! Addresses and files.

use std::collections::HashSet;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_domain::{
    content::{Attachment, Link},
    limits::{LINK_CHARS, LINKS},
};
use url::Url;

use crate::{
    alert::{CapInfo, CapResource},
    print::NAMED_INFORMATION,
    report::{Report, quoted},
};

/// The addresses of `web` and of the resources that are on the web, each once.
pub(super) fn links(infos: &[CapInfo], report: &mut Report) -> Vec<Link> {
    let mut links = Vec::new();
    let mut known = HashSet::new();
    for (at, href, title) in infos.iter().enumerate().flat_map(|(index, info)| addresses(index, info)) {
        if !known.insert(href) {
            continue;
        }
        if let Some(reason) = href_fault(href) {
            report.warn(&at, format!("{} {reason}: it is left out", quoted(href)));
        } else if links.len() == LINKS {
            report.warn(&at, format!("is one too many: a notice has at most {LINKS} links"));
        } else {
            let title = if title == href { "" } else { title };
            links.push(Link { href: href.to_owned(), title: title.to_owned() });
        }
    }
    links
}

/// Where each address stands, the address and its title.
fn addresses(index: usize, info: &CapInfo) -> impl Iterator<Item = (String, &str, &str)> {
    let web = info.web.as_deref().map(|href| (format!("alert/info[{}]/web", index + 1), href, ""));
    let resources = info.resources.iter().enumerate().filter_map(move |(number, resource)| {
        let href = resource.uri.as_deref().filter(|uri| !uri.starts_with(NAMED_INFORMATION))?;
        Some((at(index, number), href, resource.description.as_str()))
    });
    web.into_iter().chain(resources)
}

fn href_fault(href: &str) -> Option<&'static str> {
    if href.len() > LINK_CHARS {
        return Some("is too long");
    }
    match Url::parse(href) {
        Ok(url) if url.scheme() != "https" => Some("is no https address"),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => Some("has a user name in it"),
        Ok(_) => None,
        Err(_) => Some("is no address"),
    }
}

/// The files that are named by their SHA-256, as Munadi prints them. All others are only told of: a notice names a file by its digest,
/// and CAP's is SHA-1.
pub(super) fn attachments(infos: &[CapInfo], report: &mut Report) -> Vec<Attachment> {
    let mut attachments: Vec<Attachment> = Vec::new();
    for (index, info) in infos.iter().enumerate() {
        for (number, resource) in info.resources.iter().enumerate() {
            match attachment(resource) {
                Some(file) if attachments.contains(&file) => {}
                Some(file) if attachments.len() < LINKS => attachments.push(file),
                Some(_) => {
                    report.warn(&at(index, number), format!("is one too many: a notice has at most {LINKS} files"));
                }
                None => {
                    if let Some(reason) = loss(resource) {
                        report.warn(&at(index, number), reason);
                    }
                }
            }
        }
    }
    attachments
}

/// What is lost of a resource which is no attachment.
fn loss(resource: &CapResource) -> Option<&'static str> {
    match &resource.uri {
        _ if resource.has_digest => {
            Some("has a digest, which CAP makes with SHA-1: it is left out; attach the file itself")
        }
        None => Some("has no address: it is left out"),
        Some(uri) if uri.starts_with(NAMED_INFORMATION) => {
            Some("is a file without its whole SHA-256, its size or its type: it is left out")
        }
        Some(_) => None,
    }
}

fn at(info: usize, resource: usize) -> String {
    format!("alert/info[{}]/resource[{}]", info + 1, resource + 1)
}

fn attachment(resource: &CapResource) -> Option<Attachment> {
    let digest = resource.uri.as_deref()?.strip_prefix(NAMED_INFORMATION)?;
    let digest: [u8; 32] = BASE64_URL_SAFE_NO_PAD.decode(digest).ok()?.try_into().ok()?;
    Some(Attachment {
        name: resource.description.clone(),
        media_type: resource.mime_type.clone()?,
        size: resource.size?,
        sha256: hexadecimal(&digest),
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
