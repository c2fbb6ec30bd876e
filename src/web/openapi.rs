//! The API's description: what every route shares is added here, not at each handler.

use super::guard::Guard;
use super::problem;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, Paths};
use utoipa::openapi::schema::{Schema, SchemaType, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, HttpMethod, InfoBuilder, KnownFormat, ObjectBuilder,
    OpenApi, OpenApiBuilder, Ref, RefOr, Required, ResponseBuilder, SchemaFormat,
};

const ABOUT: &str = "The ledger of civilization points of a county's villages. Points are decimal strings; times RFC 3339; unknown fields are refused. Writes carry `Idempotency-Key`, which becomes the operation's id: a retry with the same key and body answers the same, with `Idempotency-Replayed: true`. Every error is a problem document (RFC 9457) with a stable `code`; `Accept-Language` chooses zh or en. `{village}`, `{household}` and `{station}` take a code or an id.\n\n村级文明积分账本。积分为十进制字符串;写操作带 `Idempotency-Key`,同一键重发得到同一答复;错误为带稳定 `code` 的问题文档,`Accept-Language` 选择中文或英文。";

/// The document before any route is in it.
#[must_use]
pub fn base() -> OpenApi {
    let problem: Schema = serde_json::from_value(problem::schema()).unwrap_or_default();
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    let answer = ResponseBuilder::new()
        .description("A problem: what happened and what to do")
        .content(problem::MEDIA_TYPE, content)
        .build();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A session's token, or a personal token"))
        .build();
    let components = ComponentsBuilder::new()
        .schema("Problem", problem)
        .response("Problem", answer)
        .security_scheme("bearer", SecurityScheme::Http(bearer))
        .build();
    let info = InfoBuilder::new()
        .title("Wenming Points 文明积分")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .build();
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .build()
}

/// Whether an operation enters a journal and so needs a key.
#[must_use]
pub fn needs_key(method: &HttpMethod, path: &str) -> bool {
    let own = [
        "/api/v1/session",
        "/api/v1/household-session",
        "/api/v1/tokens",
    ];
    *method != HttpMethod::Get
        // A photo is its own key.
        && !path.ends_with("/photos")
        && path.starts_with("/api/v1/")
        && !own.iter().any(|own| path.starts_with(own))
}

/// The operations of a path, with their methods.
pub fn operations(paths: &mut Paths) -> impl Iterator<Item = (HttpMethod, String, &mut Operation)> {
    paths.paths.iter_mut().flat_map(|(path, item)| {
        let all = [
            (HttpMethod::Get, &mut item.get),
            (HttpMethod::Post, &mut item.post),
            (HttpMethod::Put, &mut item.put),
            (HttpMethod::Patch, &mut item.patch),
            (HttpMethod::Delete, &mut item.delete),
        ];
        all.into_iter()
            .filter_map(|(method, operation)| Some((method, path.clone(), operation.as_mut()?)))
    })
}

/// Adds to the operations of one route what its guard and shape imply.
pub fn complete(paths: &mut Paths, guard: Guard) {
    for (method, path, operation) in operations(paths) {
        let parameters = operation.parameters.get_or_insert_default();
        for name in path
            .split('{')
            .skip(1)
            .filter_map(|part| part.split('}').next())
        {
            parameters.push(path_parameter(name));
        }
        let keyed = needs_key(&method, &path);
        if keyed {
            parameters.push(key_parameter());
        }
        let health = !path.starts_with("/api/");
        let mut problems: Vec<u16> = if health {
            vec![500]
        } else {
            vec![400, 422, 429, 500, 503]
        };
        if path.contains('{') || path == "/api/v1/changes" {
            problems.push(404);
        }
        if keyed {
            problems.push(409);
        }
        if operation.request_body.is_some() {
            problems.extend([408, 413, 415]);
        }
        operation.security = Some(match guard {
            Guard::Open => Vec::new(),
            _ => vec![SecurityRequirement::new::<_, [&str; 0], &str>("bearer", [])],
        });
        match guard {
            Guard::Open if health => {}
            // Signing in answers 401 too.
            Guard::Open => problems.push(401),
            _ => problems.extend([401, 403]),
        }
        let answers = &mut operation.responses.responses;
        for status in problems {
            let problem = RefOr::Ref(Ref::from_response_name("Problem"));
            answers.entry(status.to_string()).or_insert(problem);
        }
    }
}

fn path_parameter(name: &str) -> Parameter {
    let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    let (schema, about) = match name {
        "village" | "household" | "station" => {
            (text.min_length(Some(1)).max_length(Some(64)), "Code or id")
        }
        "photo" => (
            text.min_length(Some(64)).max_length(Some(64)),
            "The photo's id",
        ),
        "activity" => (text.pattern(Some("^[0-9]{1,9}$")), "Number"),
        "rule" => (text.min_length(Some(1)).max_length(Some(32)), "Code"),
        "award" => (
            text.min_length(Some(36)).max_length(Some(41)),
            "The operation's id, with `.LINE` for an award of a sheet",
        ),
        _ => (
            text.format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))),
            "Id",
        ),
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(about))
        .schema(Some(schema.build()))
        .build()
}

fn key_parameter() -> Parameter {
    let uuid = ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::String))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some(
            "A new UUID for each intent, the same for its retries; it becomes the operation's id",
        ))
        .schema(Some(uuid.build()))
        .build()
}
