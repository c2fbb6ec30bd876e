//! `V/households/{h}/statement`: every movement of a household's points, explained.

use super::household::seen;
use super::prelude::*;
use crate::store::read::statement;
use crate::web::statement_text::sentence;

/// One movement.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementLine {
    /// The operation it belongs to.
    operation: Uuid,
    /// Dense from 1: a gap would show that something is missing.
    household_seq: i64,
    #[schema(format = DateTime)]
    at: String,
    #[schema(schema_with = schema::purpose)]
    kind: Purpose,
    /// Signed: negative when points leave.
    #[schema(schema_with = schema::points)]
    points: Points,
    #[schema(schema_with = schema::points)]
    balance_after: Points,
    /// The day these points expire; 9999-12-31 is never.
    #[schema(schema_with = schema::day)]
    expires_on: Day,
    /// One plain sentence in the caller's language.
    text: String,
}

/// The newest movement first.
#[utoipa::path(get, path = "/api/v1/villages/{village}/households/{household}/statement", tag = "households", params(Page), responses((status = 200, body = Listed<StatementLine>)))]
pub async fn statement_list(
    State(app): State<App>,
    visit: Visit,
    names: Names,
    lang: Lang,
    Query(page): Query<Page>,
) -> Result<Json<Listed<StatementLine>>, Problem> {
    let no = seen(&app, &visit, &names).await?;
    let (limit, after) = (page.limit()?, page.after()?);
    let lines = statement::statement(&app.store, visit.village()?.no, no, after, limit + 1).await?;
    let listed = Listed::of(lines, limit, |line| line.household_seq.to_string());
    Ok(Json(listed.map(|line| StatementLine {
        operation: line.operation,
        household_seq: line.household_seq,
        at: rfc3339(line.at),
        kind: line.kind,
        points: line.points,
        balance_after: line.balance_after,
        expires_on: line.lot,
        text: sentence(&line, lang),
    })))
}
