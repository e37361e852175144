//! The keys with which officers sign, each on a device of theirs, and the department's own.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{
    extract::{OriginalUri, State},
    response::{Html, Redirect},
};
use munadi_domain::{
    access::{Actor, DepartmentAdmin, Officer},
    id::{KeyId, OfficerId},
};
use munadi_services::{
    ServiceError,
    keys::{KeyRecord, Keys, Revocation, Signatory},
    page::Page as Part,
    people::{Admin, People},
};
use time::OffsetDateTime;

use crate::{
    error::{PageError, Result},
    fields::Fields,
    page::Page,
    session::{Path, Right, SignedIn},
    state::WebState,
};

/// The officer's keys that sign in a role now.
pub(super) async fn own_keys(
    keys: &Keys,
    actor: &Actor,
    officer: &Officer,
    role: &str,
    now: OffsetDateTime,
) -> Result<Vec<KeyRecord>, ServiceError> {
    let mut own = all(keys, actor).await?;
    own.retain(|key| key.officer == Some(officer.id) && state(key, now) == "good");
    own.retain(|key| key.roles.iter().any(|word| word == role));
    Ok(own)
}

/// Every key that the officer may see, page after page.
async fn all(keys: &Keys, actor: &Actor) -> Result<Vec<KeyRecord>, ServiceError> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let listed = keys.list(actor, Part::<KeyId>::new(after, Part::<KeyId>::MOST)).await?;
        found.extend(listed.items);
        after = listed.next;
        if after.is_none() {
            return Ok(found);
        }
    }
}

/// The member of the texts `keys-state`.
fn state(key: &KeyRecord, now: OffsetDateTime) -> &'static str {
    if key.revoked_at.is_some() {
        "revoked"
    } else if key.expires_at <= now {
        "over"
    } else if key.confirmed_at.is_none() {
        "waiting"
    } else {
        "good"
    }
}

/// A key as it is shown.
struct Shown {
    key: KeyRecord,
    state: &'static str,
    /// Whose it is, for admins.
    holder: Option<String>,
}

impl Shown {
    /// The thumbprint in groups that can be read out.
    fn groups(&self) -> String {
        let letters: Vec<char> = self.key.thumbprint.chars().collect();
        letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
    }

    fn can_be_revoked(&self) -> bool {
        matches!(self.state, "good" | "waiting")
    }
}

#[derive(Template)]
#[template(path = "console/keys.html")]
struct KeysPage {
    page: Page,
    officer: String,
    may_sign: bool,
    is_admin: bool,
    own: Vec<Shown>,
    /// Others' keys that wait for an admin.
    waiting: Vec<Shown>,
    others: Vec<Shown>,
    department: Vec<Shown>,
    /// The member of the texts `keys-done` that says what was done.
    done: Option<String>,
}

/// `GET /console/keys`.
pub(super) async fn show(
    page: Page,
    State(web): State<WebState>,
    SignedIn(actor, officer): SignedIn,
    OriginalUri(uri): OriginalUri,
) -> Result<Html<String>> {
    let now = web.parts.core.clock.now();
    let names = names(&web.parts.people, &actor).await?;
    let shown = |key: KeyRecord| {
        let holder = key.officer.and_then(|officer| names.get(&officer).cloned());
        Shown { state: state(&key, now), holder, key }
    };
    let mut filled = KeysPage {
        officer: officer.id.to_string(),
        may_sign: Signatory::try_from(&actor).is_ok(),
        is_admin: DepartmentAdmin::try_from(&actor).is_ok(),
        own: Vec::new(),
        waiting: Vec::new(),
        others: Vec::new(),
        department: Vec::new(),
        done: done(uri.query().unwrap_or_default()),
        page,
    };
    for key in all(&web.parts.keys, &actor).await?.into_iter().map(shown) {
        match key.key.officer {
            Some(holder) if holder == officer.id => filled.own.push(key),
            Some(_) if key.state == "waiting" => filled.waiting.push(key),
            Some(_) => filled.others.push(key),
            None => filled.department.push(key),
        }
    }
    Ok(Html(filled.render()?))
}

fn done(query: &str) -> Option<String> {
    let done = Fields::of_query(query).text("done").to_owned();
    ["enrolled", "confirmed", "revoked", "rotated"].contains(&done.as_str()).then_some(done)
}

async fn names(people: &People, actor: &Actor) -> Result<BTreeMap<OfficerId, String>, ServiceError> {
    let (mut names, mut after) = (BTreeMap::new(), None);
    let Ok(admin) = Admin::try_from(actor) else { return Ok(names) };
    loop {
        let listed = people.list_officers(admin, Part::new(after, Part::<OfficerId>::MOST)).await?;
        names.extend(listed.items.into_iter().map(|officer| (officer.id, officer.display_name)));
        after = listed.next;
        if after.is_none() {
            return Ok(names);
        }
    }
}

/// `POST /console/keys`: the device's public key, with the proof that it has the private half.
pub(super) async fn enroll(
    State(keys): State<Arc<Keys>>,
    Right(signatory): Right<Signatory>,
    fields: Fields,
) -> Result<Redirect> {
    let jwk = serde_json::from_str(fields.text("jwk")).map_err(|_| PageError::Unreadable)?;
    keys.enroll(signatory, &jwk, fields.text("proof")).await?;
    Ok(Redirect::to("/console/keys?done=enrolled"))
}

/// `POST /console/keys/{key}/confirm`.
pub(super) async fn confirm(
    State(keys): State<Arc<Keys>>,
    Right(admin): Right<DepartmentAdmin>,
    Path(key): Path<KeyId>,
) -> Result<Redirect> {
    keys.confirm(admin, key).await?;
    Ok(Redirect::to("/console/keys?done=confirmed"))
}

/// `POST /console/keys/{key}/revoke`: one click, because a lost device does not wait.
pub(super) async fn revoke(
    State(keys): State<Arc<Keys>>,
    SignedIn(actor, _): SignedIn,
    Path(key): Path<KeyId>,
    fields: Fields,
) -> Result<Redirect> {
    let reason = fields.some("reason").unwrap_or("the device is lost or no longer in use").to_owned();
    keys.revoke(&actor, key, &Revocation { reason, since: None }).await?;
    Ok(Redirect::to("/console/keys?done=revoked"))
}

/// `POST /console/keys/rotate`: a new key for the department.
pub(super) async fn rotate(State(keys): State<Arc<Keys>>, Right(admin): Right<DepartmentAdmin>) -> Result<Redirect> {
    keys.rotate(admin).await?;
    Ok(Redirect::to("/console/keys?done=rotated"))
}
