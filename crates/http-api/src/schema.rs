//! Types of the domain as the OpenAPI document describes them. Nothing here exists at run time: what is read and written is the
//! domain's own, and the tests hold both against each other.

mod content;
mod words;

pub(crate) use self::{
    content::{DraftContent, SignedPayload},
    words::*,
};
