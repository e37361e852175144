//! `/v1/subscriptions`: a citizen subscribes, looks at what is stored, changes it and leaves, with a secret and without an account.

use axum::{
    Json as JsonOut,
    extract::{Extension, FromRequestParts, State},
    http::{StatusCode, header, request::Parts},
    response::IntoResponse,
};
use munadi_domain::{id::SubscriptionId, subscription::Preferences};
use munadi_services::{
    limits::ClientAddress,
    secret::Secret,
    subscriptions::{NewSubscription, PlaceName, Stored, SubscriptionOwner, Subscriptions},
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiState,
    extract::{Json, Path, bearer},
    problem::{Kind, Problem, Result},
    schema,
};

/// What the owner of a subscription may do.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(show_subscription, change_subscription, leave))
}

/// Subscribing.
pub(crate) fn creating_router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(subscribe))
}

/// What a citizen sends to subscribe.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
struct SubscriptionIn {
    subscription: PushSubscriptionIn,
    preferences: PreferencesIn,
    consent: ConsentIn,
}

/// A subscription as the Push API writes it as JSON.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
struct PushSubscriptionIn {
    /// Where messages go: an https address of a push service that the operator has allowed.
    #[schema(max_length = 1024)]
    endpoint: String,
    /// When the push service ends it.
    #[schema(rename = "expirationTime")]
    expiration_time: Option<f64>,
    keys: PushKeysIn,
}

/// What messages are encrypted with (RFC 8291 §3.1, 3.2), in base64url.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
struct PushKeysIn {
    /// An uncompressed point on P-256.
    #[schema(pattern = "^[A-Za-z0-9_-]{87}=?$")]
    p256dh: String,
    /// 16 bytes.
    #[schema(pattern = "^[A-Za-z0-9_-]{22}(==)?$")]
    auth: String,
}

/// What a subscription asks for.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
struct PreferencesIn {
    /// The places.
    #[schema(value_type = Vec<schema::Pin>, min_items = 1, max_items = 20)]
    pins: Vec<String>,
    /// The topics; all if empty.
    #[schema(value_type = Vec<schema::Topic>, required = false)]
    topics: Vec<String>,
    /// The language to be addressed in.
    #[schema(value_type = schema::Lang)]
    language: String,
}

/// What the citizen agreed to.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
struct ConsentIn {
    /// Which version of the text was shown.
    #[schema(min_length = 1, max_length = 100)]
    text_version: String,
    /// In which language.
    #[schema(value_type = schema::Lang)]
    language: String,
}

/// A subscription that was made.
#[derive(Serialize, ToSchema)]
struct SubscribedOut {
    #[schema(value_type = schema::SubscriptionId)]
    id: String,
    /// What its owner proves to be its owner with. It is shown this once; any earlier one is void.
    secret: String,
    /// The places by name, so that a mistyped PIN code is seen.
    places: Vec<PlaceOut>,
    /// Whether the same device had subscribed before: what it asked for and its secret were replaced.
    renewed: bool,
}

/// A PIN code in words.
#[derive(Debug, Serialize, ToSchema)]
struct PlaceOut {
    #[schema(value_type = schema::Pin)]
    pin: String,
    district: String,
    state: String,
}

/// Everything that is stored about a citizen.
#[derive(Debug, Serialize, ToSchema)]
struct StoredOut {
    #[schema(value_type = schema::SubscriptionId)]
    id: String,
    /// The address at the push service.
    endpoint: String,
    /// Whose push service that is.
    provider: String,
    #[schema(value_type = PreferencesIn)]
    preferences: Preferences,
    /// The places by name.
    places: Vec<PlaceOut>,
    /// What was agreed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<ConsentOut>,
    /// Since when it is there.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When it was last changed.
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

/// A consent.
#[derive(Debug, Serialize, ToSchema)]
struct ConsentOut {
    /// Which version of the text was shown.
    text_version: String,
    /// In which language.
    #[schema(value_type = schema::Lang)]
    language: String,
    /// When it was given.
    #[serde(with = "time::serde::rfc3339")]
    given_at: OffsetDateTime,
}

impl From<PlaceName> for PlaceOut {
    fn from(place: PlaceName) -> Self {
        Self { pin: place.pin.to_string(), district: place.district, state: place.state }
    }
}

impl From<Stored> for StoredOut {
    fn from(stored: Stored) -> Self {
        let consent = stored.consent.map(|consent| ConsentOut {
            text_version: consent.text_version,
            language: consent.language.to_string(),
            given_at: consent.given_at,
        });
        Self {
            id: stored.id.to_string(),
            endpoint: stored.endpoint,
            provider: stored.provider,
            preferences: stored.preferences,
            places: stored.places.into_iter().map(Into::into).collect(),
            consent,
            created_at: stored.created_at,
            updated_at: stored.updated_at,
        }
    }
}

/// The proof that the request has the subscription's secret.
struct Owner(SubscriptionOwner);

impl FromRequestParts<ApiState> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let Path(id) = Path::<SubscriptionId>::from_request_parts(parts, state).await?;
        let missing = || Kind::UNAUTHENTICATED.with("This needs the subscription's secret: Authorization: Bearer …");
        let secret = bearer(&parts.headers).map(Secret::from).ok_or_else(missing)?;
        Ok(Self(state.subscriptions.owner(id, &secret).await?))
    }
}

/// Subscribes a device. The same device again replaces what it asked for, and gets a new secret: to send this twice does no harm.
#[utoipa::path(post, path = "/v1/subscriptions", tag = "subscriptions", request_body = SubscriptionIn,
    responses((status = 201, body = SubscribedOut)))]
async fn subscribe(
    State(subscriptions): State<Subscriptions>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Json(new): Json<NewSubscription>,
) -> Result<impl IntoResponse> {
    let made = subscriptions.subscribe(address, new).await?;
    let location = [(header::LOCATION, format!("/v1/subscriptions/{}", made.id))];
    let out = SubscribedOut {
        id: made.id.to_string(),
        secret: made.secret.expose().to_owned(),
        places: made.places.into_iter().map(Into::into).collect(),
        renewed: made.renewed,
    };
    Ok((StatusCode::CREATED, location, JsonOut(out)))
}

/// Shows everything that is stored about the subscription's owner.
#[utoipa::path(get, path = "/v1/subscriptions/{subscription}", tag = "subscriptions", params(("subscription" = schema::SubscriptionId, Path)),
    responses((status = 200, body = StoredOut)))]
async fn show_subscription(
    State(subscriptions): State<Subscriptions>,
    Owner(owner): Owner,
) -> Result<JsonOut<StoredOut>> {
    Ok(JsonOut(subscriptions.stored(owner).await?.into()))
}

/// Replaces what the subscription asks for.
#[utoipa::path(put, path = "/v1/subscriptions/{subscription}", tag = "subscriptions", params(("subscription" = schema::SubscriptionId, Path)),
    request_body = PreferencesIn, responses((status = 200, body = StoredOut)))]
async fn change_subscription(
    State(subscriptions): State<Subscriptions>,
    Owner(owner): Owner,
    Json(preferences): Json<Preferences>,
) -> Result<JsonOut<StoredOut>> {
    Ok(JsonOut(subscriptions.change(owner, &preferences).await?.into()))
}

/// Erases the subscription with everything that belongs to it.
#[utoipa::path(delete, path = "/v1/subscriptions/{subscription}", tag = "subscriptions", params(("subscription" = schema::SubscriptionId, Path)),
    responses((status = 204)))]
async fn leave(State(subscriptions): State<Subscriptions>, Owner(owner): Owner) -> Result<StatusCode> {
    subscriptions.leave(owner).await?;
    Ok(StatusCode::NO_CONTENT)
}
