//! `/feeds`: the newest notices for feed readers.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::{
    extract::State,
    http::{HeaderMap, Uri, header},
    response::Response,
};
use munadi_domain::{area::Pin, id::DepartmentId, language::Lang, topic::Topic};
use munadi_services::{
    exports::{Exports, FEED_AGE, FeedQuery, Written},
    inbox,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiState,
    cache::{Freshness, Validators},
    extract::{List, Query},
    problem::Result,
    schema,
    summary::places,
};

/// The feeds.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(show_atom)).routes(routes!(show_json_feed))
}

/// Which notices the feed has. All of it must be true; lists have commas and mean any of their items.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FeedIn {
    /// Of this department.
    #[param(value_type = Option<schema::DepartmentId>)]
    department: Option<DepartmentId>,
    /// Concerning any of these PIN codes.
    #[serde(default)]
    #[param(value_type = Option<Vec<schema::Pin>>, style = Form, explode = false, max_items = 20)]
    pin: List<Pin>,
    /// Concerning any of these districts, by LGD code.
    #[serde(default)]
    #[param(value_type = Option<Vec<schema::LgdCode>>, style = Form, explode = false, max_items = 20)]
    district: List<u16>,
    /// Concerning any of these states, by LGD code.
    #[serde(default)]
    #[param(value_type = Option<Vec<schema::LgdCode>>, style = Form, explode = false, max_items = 20)]
    state: List<u16>,
    /// On any of these topics.
    #[serde(default)]
    #[param(value_type = Option<Vec<schema::Topic>>, style = Form, explode = false)]
    topic: List<Topic>,
    /// The language that the reader likes best.
    #[param(value_type = Option<schema::Lang>)]
    lang: Option<Lang>,
}

impl FeedIn {
    fn query(self, uri: &Uri) -> FeedQuery {
        let query = inbox::Query {
            places: places(self.pin, self.district, self.state),
            topics: self.topic.0,
            department: self.department,
            ..inbox::Query::default()
        };
        let path = uri.path_and_query().map_or("", |path| path.as_str()).to_owned();
        FeedQuery { query, lang: self.lang.unwrap_or_else(Lang::fallback), path }
    }
}

/// The newest notices as an Atom feed (RFC 4287).
#[utoipa::path(get, path = "/feeds/notices.atom", tag = "archive", params(FeedIn),
    responses((status = 200, body = String, content_type = "application/atom+xml"), (status = 304, description = "It is as the client has it")))]
async fn show_atom(
    State(exports): State<Exports>,
    Query(asked): Query<FeedIn>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    let feed = exports.atom(&asked.query(&uri)).await?;
    Ok(answer(feed, "application/atom+xml; charset=utf-8", &headers))
}

/// The newest notices as a JSON Feed 1.1.
#[utoipa::path(get, path = "/feeds/notices.json", tag = "archive", params(FeedIn),
    responses((status = 200, body = Object, content_type = "application/feed+json"), (status = 304, description = "It is as the client has it")))]
async fn show_json_feed(
    State(exports): State<Exports>,
    Query(asked): Query<FeedIn>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    let feed = exports.json_feed(&asked.query(&uri)).await?;
    Ok(answer(feed, "application/feed+json", &headers))
}

fn answer(feed: Written, media_type: &'static str, request: &HeaderMap) -> Response {
    // The tag only tells one state of a feed from the next, so it needs no cryptographic digest.
    let mut hasher = DefaultHasher::new();
    feed.text.hash(&mut hasher);
    let freshness = Freshness::Seconds(u32::try_from(FEED_AGE.as_secs()).unwrap_or(0));
    let validators = Validators { tag: format!("{:016x}", hasher.finish()), changed: feed.updated, freshness };
    validators.answer(request, ([(header::CONTENT_TYPE, media_type)], feed.text))
}
