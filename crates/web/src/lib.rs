//! The pages: a console for departments, an app for citizens. Rendered on the server; every page works without a script wherever a
//! browser allows it.
//!
//! A handler reads its input, calls one use case of `munadi_services`, and fills one template. The shell of layers around the pages
//! (limits, time, headers, metrics) is the API's; [`with_pages`] stands around both.

mod assets;
mod catalogue;
mod citizen;
mod console;
mod cookie;
mod departments;
mod error;
mod fields;
mod origin;
mod page;
mod push_service;
mod router;
mod security;
mod session;
mod site;
mod state;
mod words;

pub use self::{
    catalogue::InvalidTexts,
    router::{router, with_pages},
    state::{LookAtQueues, QueueLine, WebParts, WebSettings, WebState},
};
