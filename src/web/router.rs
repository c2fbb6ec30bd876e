//! Every route on one page, each with what it asks of its caller. The router is built from this
//! table alone, so nothing is served without a guard.

use super::api::*;
use super::faces::Body;
use super::guard::Guard::{self, Anywhere, At, Open, OwnOr, Session};
use super::guard::enforce;
use super::openapi::{base, complete, operations};
use super::page::{admit, assets};
use super::{App, events, faces, frame, health, photos, setup};
use crate::core::rights::Act::*;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get};
use tower_http::compression::CompressionLayer;
use utoipa::openapi::{HttpMethod, OpenApi};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

/// One operation: its guard, its handler, and what its body may be.
struct Entry {
    guard: Guard,
    body: Body,
    routes: UtoipaMethodRouter<App>,
}

macro_rules! table {
    (@body) => { Body::Fields };
    (@body file) => { Body::File };
    (@body photo) => { Body::Photos };
    ($($guard:expr => $($part:ident)::+ $(, $body:ident)?;)*) => {
        vec![$(Entry { guard: $guard, body: table!(@body $($body)?), routes: routes!($($part)::+) }),*]
    };
}

fn table() -> Vec<Entry> {
    let mut table = people();
    table.extend(villages());
    table.extend(stations());
    table
}

fn people() -> Vec<Entry> {
    table! {
        Open => health::healthz;
        Open => health::readyz;
        Open => session::session_open;
        Open => session::household_session_open;
        Session => session::session_end;
        Session => session::me;
        Session => token::token_make;
        Session => token::token_list;
        Session => token::token_end;
        Session => events::changes;
        Session => unit::village_list;
        Anywhere(FoundTownship) => unit::township_found;
        Anywhere(FoundVillage) => unit::village_found;
        Anywhere(KeepStaff) => staff::staff_add;
        Anywhere(KeepStaff) => staff::staff_change;
        Anywhere(SeeStaff) => staff::staff_list;
    }
}

fn villages() -> Vec<Entry> {
    table! {
        At(SeeVillage) => unit::village_view;
        At(SeeVillage) => policy::policy_view;
        At(SetPolicy) => policy::policy_set;
        At(SeeVillage) => standing::standing_view;
        At(SeeFairness) => fairness::fairness_view;
        At(AllotFund) => fund::fund_allot;
        At(SeeVillage) => fund::fund_view;
        At(KeepHouseholds) => household::household_register;
        At(KeepHouseholds) => household::household_change;
        At(SeeHouseholds) => household::household_list;
        OwnOr(SeeHouseholds) => household::household_view;
        OwnOr(SeeHouseholds) => statement::statement_list;
        At(KeepCards) => household_card::card_issue;
        At(KeepCards) => household_card::card_revoke;
        At(KeepCards) => household_card::pin_set;
        At(KeepRules) => rule::rule_declare;
        At(KeepRules) => rule::rule_retire;
        At(SeeVillage) => rule::rule_list;
        At(RecordAward) => award::award_record;
        At(RecordAward) => award::deduction_record;
        At(ReviewAward) => award::award_review;
        At(SeeHouseholds) => award::award_list;
        At(RecordAward) => award_sheet::sheet_record;
        At(KeepActivities) => activity::activity_plan;
        At(SeeHouseholds) => activity::activity_list;
        At(SeeHouseholds) => activity::activity_view;
        At(SeeVillage) => attendance::activity_sign_in;
        At(SeeVillage) => attendance::activity_sign_out;
        At(KeepActivities) => attendance::activity_strike;
        At(KeepActivities) => activity::activity_end;
        At(KeepActivities) => activity::activity_send;
        At(KeepActivities) => activity::activity_cancel;
        At(ReviewAward) => award_sheet::sheet_review;
        At(SeeHouseholds) => award_sheet::sheet_view;
        At(KeepNotices) => notice::notice_compose;
        At(SeeHouseholds) => notice::notice_list;
        At(SeeHouseholds) => notice::notice_view;
        At(KeepNotices) => notice::notice_confirm;
        At(KeepNotices) => notice::notice_withdraw;
        At(KeepNotices) => notice::notice_prove;
        At(Reverse) => notice::award_withdraw;
        OwnOr(KeyObjection) => objection::objection_raise;
        OwnOr(SeeHouseholds) => objection::objection_list;
        OwnOr(SeeHouseholds) => objection::objection_view;
        At(AnswerObjection) => objection::objection_answer;
        At(Reverse) => operation::operation_reverse;
        At(SeeJournal) => operation::operation_list;
        At(SeeJournal) => operation::operation_view;
        At(SeeJournal) => operation::operation_proof;
        At(SeeVillage) => operation::checkpoint_view;
        At(KeepHouseholds) => import::households_import, file;
        At(KeepRules) => import::rules_import, file;
        OwnOr(CheckApplication) => application::application_make;
        OwnOr(SeeHouseholds) => application::application_list;
        At(CheckApplication) => application::application_check;
        OwnOr(CheckApplication) => application::application_withdraw;
        OwnOr(TriageSpots) => spot::spot_report;
        OwnOr(SeeHouseholds) => spot::spot_list;
        OwnOr(TriageSpots) => spot::spot_claim;
        OwnOr(TriageSpots) => spot::spot_clear;
        At(VerifySpot) => spot::spot_verify;
        At(TriageSpots) => spot::spot_reject;
        At(TriageSpots) => spot::spot_assign;
        At(TriageSpots) => spot::spot_close;
        OwnOr(SeeVillage) => photo::photo_send, photo;
        OwnOr(SeeVillage) => photo::photo_view;
        OwnOr(SeeVillage) => photo::photo_thumb;
    }
}

fn stations() -> Vec<Entry> {
    table! {
        At(KeepGoods) => station::station_open;
        At(SeeVillage) => station::station_list;
        At(ReceiveStock) => station::stock_receive;
        At(KeepGoods) => good::good_declare;
        At(SeeVillage) => good::good_list;
        At(KeepGoods) => import::goods_import, file;
        At(Redeem) => redemption::redemption_make;
        At(Refund) => redemption::redemption_refund;
        At(SeeHouseholds) => redemption::redemption_view;
    }
}

/// An operation of the API with what it asks of its caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteGuard {
    /// Such as `POST`.
    pub method: &'static str,
    /// With `{names}`.
    pub path: String,
    /// What it asks.
    pub guard: Guard,
}

/// The method's name as HTTP writes it.
fn word(method: &HttpMethod) -> &'static str {
    match method {
        HttpMethod::Get => "GET",
        HttpMethod::Post => "POST",
        HttpMethod::Put => "PUT",
        HttpMethod::Delete => "DELETE",
        HttpMethod::Options => "OPTIONS",
        HttpMethod::Head => "HEAD",
        HttpMethod::Patch => "PATCH",
        HttpMethod::Trace => "TRACE",
    }
}

/// The whole table: for the documents, and for tests of every cell of rights.
#[must_use]
pub fn route_guards() -> Vec<RouteGuard> {
    let mut all = Vec::new();
    for mut entry in table() {
        for (method, path, _) in operations(&mut entry.routes.1) {
            all.push(RouteGuard {
                method: word(&method),
                path,
                guard: entry.guard,
            });
        }
    }
    all
}

/// The API's description.
#[must_use]
pub fn openapi() -> OpenApi {
    let mut router = OpenApiRouter::with_openapi(base());
    for Entry {
        guard,
        routes: (schemas, mut paths, methods),
        ..
    } in table()
    {
        complete(&mut paths, guard);
        router = router.routes((schemas, paths, methods));
    }
    router.into_openapi()
}

macro_rules! entered {
    ($app:expr, $guard:expr) => {
        from_fn_with_state(($app.clone(), $guard), admit::enter)
    };
}

/// The pages of all faces, each behind its guard.
fn pages(app: &App) -> Router<App> {
    let mut router = Router::new();
    for entry in faces::pages() {
        let mut methods = entry.methods.route_layer(entered!(app, entry.guard));
        let most = match entry.body {
            Body::Fields => None,
            Body::File => Some(app.settings.limits.import_bytes),
            Body::Photos => Some(photos::form_bytes(app)),
        };
        if let Some(most) = most {
            methods = methods.layer(DefaultBodyLimit::max(most));
        }
        router = router.route(entry.path, methods);
    }
    let setup = get(setup::form).post(setup::finish);
    router.route(
        "/setup",
        setup.route_layer(entered!(app, admit::Guard::Open)),
    )
}

/// Everything the server serves.
pub fn router(app: App) -> Router {
    let limits = app.settings.limits;
    let mut api: Router<App> = Router::new();
    for Entry {
        guard,
        body,
        routes: (_, paths, methods),
    } in table()
    {
        let mut methods = methods.route_layer(from_fn_with_state((app.clone(), guard), enforce));
        let most = match body {
            Body::Fields => None,
            Body::File => Some(limits.import_bytes),
            Body::Photos => Some(photos::one_bytes(&app)),
        };
        if let Some(most) = most {
            methods = methods.layer(DefaultBodyLimit::max(most));
        }
        for path in paths.paths.keys() {
            api = api.route(path, methods.clone());
        }
    }
    pages(&app)
        .merge(api)
        .route("/api/{*rest}", any(admit::nowhere))
        .fallback_service(
            any(admit::nowhere)
                .layer(entered!(app, admit::Guard::Open))
                .with_state(app.clone()),
        )
        .route(
            "/live",
            get(events::live).route_layer(entered!(&app, admit::Guard::Signed)),
        )
        .route("/assets/{name}", get(assets::serve))
        .layer(CompressionLayer::new())
        .merge(SwaggerUi::new("/api/docs").url("/api/openapi.json", openapi()))
        .layer(DefaultBodyLimit::max(limits.body_bytes))
        .layer(from_fn(frame::surround))
        .with_state(app)
}
