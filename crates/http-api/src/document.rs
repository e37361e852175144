//! The API's description: the OpenAPI document, and what each kind of problem means.

use std::sync::LazyLock;

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        schema::{ObjectBuilder, Schema, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    problem::{FaultOut, Problem},
    router, schema,
    state::ApiState,
};

const PROBLEMS: &str = include_str!("../../../api-spec/problems.md");
const DESCRIPTION: &str = "Departments write, approve, sign and publish notices; everyone reads them. Errors are problems (RFC 9457). \
    Lists are read by cursor, and `Link` leads to the next page. Changes of a notice name the revision they were made from in `If-Match`.";

static DOCUMENT: LazyLock<String> = LazyLock::new(document_json);

/// What a request must bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing.
    Nothing,
    /// An officer's access token, or a token that a department's system has signed.
    Token,
    /// The secret of a subscription.
    Secret,
}

/// Operations that need the same.
pub(crate) struct Group {
    api: OpenApi,
    needs: Needs,
}

impl Group {
    pub(crate) fn of(router: OpenApiRouter<ApiState>, needs: Needs) -> Self {
        Self { api: router.into_openapi(), needs }
    }
}

/// One document of all groups, with what is the same for many operations.
pub(crate) fn describe(groups: impl IntoIterator<Item = Group>) -> OpenApi {
    let mut whole = OpenApiBuilder::new().info(info()).components(Some(common())).build();
    for Group { mut api, needs } in groups {
        for item in api.paths.paths.values_mut() {
            operations(item).for_each(|(method, operation)| complete(operation, method, needs));
        }
        whole.merge(api);
    }
    whole
}

fn info() -> utoipa::openapi::Info {
    let license = LicenseBuilder::new().name("AGPL-3.0-or-later").identifier(Some("AGPL-3.0-or-later")).build();
    let info = InfoBuilder::new().title("Munadi").version(env!("CARGO_PKG_VERSION")).description(Some(DESCRIPTION));
    info.license(Some(license)).build()
}

fn common() -> Components {
    let mut components = Components::new();
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    components.schemas.insert(FaultOut::name().into_owned(), FaultOut::schema());
    // Named by parameters alone, which are not looked at for what they refer to.
    components.schemas.insert(schema::Tag::name().into_owned(), schema::Tag::schema());
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
    let token = token.description(Some("An officer's access token, or a JWT that a department's system has signed."));
    let secret = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The secret of the subscription."));
    components.add_security_scheme("token", SecurityScheme::Http(token.build()));
    components.add_security_scheme("subscription", SecurityScheme::Http(secret.build()));
    for (name, description) in [("Refused", "The request was not accepted."), ("Failed", "It could not be done now.")] {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
        let response = ResponseBuilder::new().description(description).content("application/problem+json", content);
        components.responses.insert(name.to_owned(), response.build().into());
    }
    components
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [("get", &mut item.get), ("put", &mut item.put), ("post", &mut item.post), ("delete", &mut item.delete)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn complete(operation: &mut Operation, method: &str, needs: Needs) {
    for (status, name) in [("4XX", "Refused"), ("5XX", "Failed")] {
        operation.responses.responses.insert(status.to_owned(), RefOr::Ref(Ref::from_response_name(name)));
    }
    let scheme = match needs {
        Needs::Nothing => None,
        Needs::Token => Some("token"),
        Needs::Secret => Some("subscription"),
    };
    if let Some(scheme) = scheme {
        // What an operation says of itself stays.
        let by_scheme = || vec![SecurityRequirement::new::<_, [&str; 0], &str>(scheme, [])];
        operation.security.get_or_insert_with(by_scheme);
    }
    if method == "post" && needs == Needs::Token && operation.responses.responses.contains_key("201") {
        operation.parameters.get_or_insert_default().push(RefOr::T(idempotency_key()));
    }
}

fn idempotency_key() -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[!-~]{1,200}$"));
    let description =
        "A name of your choice for this request: sent again with the same name, it is answered as the first time.";
    let parameter = ParameterBuilder::new().name("Idempotency-Key").parameter_in(ParameterIn::Header);
    parameter.description(Some(description)).schema(Some(Schema::from(schema))).build()
}

/// The document as it is checked in and served: members sorted, so that a change shows as what it is.
pub fn document_json() -> String {
    let value = serde_json::to_value(router::openapi()).unwrap_or_default();
    let text = serde_json::to_string_pretty(&sorted(value)).unwrap_or_default();
    format!("{text}\n")
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(members.into_iter().map(|(name, value)| (name, sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// `/openapi.json`.
pub(crate) async fn show_openapi() -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=300")];
    (headers, DOCUMENT.as_str()).into_response()
}

/// `/problems`: the addresses that problems name as their type.
pub(crate) async fn show_problems() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=300")];
    (headers, PROBLEMS).into_response()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../api-spec/openapi.json");

    /// The interface is a checked-in artifact. `UPDATE_GOLDEN=1` writes it anew.
    #[test]
    fn document_is_the_one_that_is_checked_in() {
        let document = document_json();
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(GOLDEN, &document).unwrap();
        }
        let golden = fs::read_to_string(Path::new(GOLDEN)).unwrap_or_default();
        assert!(
            golden == document,
            "the API has changed: UPDATE_GOLDEN=1 cargo test -p munadi-http-api, and look at the difference"
        );
    }

    fn operations_of(document: &Value) -> impl Iterator<Item = (String, &Value)> {
        let paths = document["paths"].as_object().unwrap().iter();
        paths.flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(move |(method, it)| (format!("{method} {path}"), it))
        })
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_and_says_what_goes_wrong() {
        let document: Value = serde_json::from_str(&document_json()).unwrap();
        let mut names = BTreeSet::new();
        for (operation, it) in operations_of(&document) {
            assert!(names.insert(it["operationId"].as_str().unwrap()), "{operation}");
            assert!(it["summary"].is_string() && it["tags"].is_array(), "{operation}");
            assert_eq!(it["responses"]["4XX"]["$ref"], "#/components/responses/Refused", "{operation}");
        }
        assert!(names.len() > 50, "{names:?}");
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document: Value = serde_json::from_str(&document_json()).unwrap();
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(document.pointer(reference).is_some(), "{reference}");
        }
    }

    #[test]
    fn what_creates_can_be_sent_again() {
        let document: Value = serde_json::from_str(&document_json()).unwrap();
        let named = |it: &Value| it["parameters"].to_string().contains("Idempotency-Key");
        let creating: Vec<String> =
            operations_of(&document).filter(|(_, it)| named(it)).map(|(name, _)| name).collect();
        let expected =
            ["post /v1/clients", "post /v1/departments", "post /v1/keys", "post /v1/notices", "post /v1/notices/cap"];
        for operation in expected {
            assert!(creating.iter().any(|name| name == operation), "{operation}");
        }
    }
}
