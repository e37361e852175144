//! Static files, compiled in. They are served under the digest of all of them, so that browsers may keep them for ever, and modules
//! find each other by their names.

use aws_lc_rs::digest::{Context, SHA256};
use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use std::sync::Arc;

/// A file that is served as it is.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! files {
    ($($name:literal: $media_type:literal,)*) => {
        [$(($name, $media_type, include_bytes!(concat!("../assets/", $name)) as &[u8]),)*]
    };
}

const FILES: [(&str, &str, &[u8]); 21] = files! {
    "munadi.css": "text/css; charset=utf-8",
    "mark.svg": "image/svg+xml",
    "icons/icon-192.png": "image/png",
    "icons/icon-512.png": "image/png",
    "icons/maskable-512.png": "image/png",
    "icons/badge-96.png": "image/png",
    "icons/touch-180.png": "image/png",
    "verifier.mjs": "text/javascript; charset=utf-8",
    "store.mjs": "text/javascript; charset=utf-8",
    "trust.mjs": "text/javascript; charset=utf-8",
    "start.mjs": "text/javascript; charset=utf-8",
    "verify.mjs": "text/javascript; charset=utf-8",
    "subscribe.mjs": "text/javascript; charset=utf-8",
    "push-service.mjs": "text/javascript; charset=utf-8",
    "manage.mjs": "text/javascript; charset=utf-8",
    "live.mjs": "text/javascript; charset=utf-8",
    "words.mjs": "text/javascript; charset=utf-8",
    "inbox.mjs": "text/javascript; charset=utf-8",
    "sign.mjs": "text/javascript; charset=utf-8",
    "compose.mjs": "text/javascript; charset=utf-8",
    "progress.mjs": "text/javascript; charset=utf-8",
};

/// All static files.
pub(crate) struct Assets {
    files: Vec<Asset>,
    digest: String,
}

impl Assets {
    /// Reads what is compiled in.
    pub(crate) fn load() -> Self {
        let files = FILES.into_iter().map(|(name, media_type, bytes)| Asset { name, media_type, bytes });
        let files: Vec<Asset> = files.collect();
        let mut digest = Context::new(&SHA256);
        for file in &files {
            digest.update(file.bytes);
        }
        Self { files, digest: munadi_services::hex(&digest.finish().as_ref()[..8]) }
    }

    /// Where a file is, from the root of the site.
    pub(crate) fn path(&self, name: &str) -> String {
        let asset = self.files.iter().find(|asset| asset.name == name);
        debug_assert!(asset.is_some(), "there is no asset {name}");
        format!("/assets/{}/{name}", self.digest)
    }

    /// What changes when any file does.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }
}

/// `/assets/{digest}/{*name}`. What was another version's is not here: a page of that version loads itself anew.
pub(crate) async fn show(State(assets): State<Arc<Assets>>, Path((digest, name)): Path<(String, String)>) -> Response {
    match assets.files.iter().find(|asset| asset.name == name && assets.digest == digest) {
        Some(asset) => {
            let kept = "public, max-age=31536000, immutable";
            ([(header::CONTENT_TYPE, asset.media_type), (header::CACHE_CONTROL, kept)], asset.bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
