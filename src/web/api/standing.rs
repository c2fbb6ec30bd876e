//! `V/standing`: who earned most in a month; only the top, names masked.

use super::prelude::*;
use crate::cache::BoardKey;
use crate::store::read::{households, policy, standing};
use crate::web::page::show::masked;

/// How many places are shown: praise is for the top, and nobody stands at the bottom.
const PLACES: usize = 10;
/// How many are read when the board is built anew.
const BOARD_MAX: usize = 1000;

/// Which month.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Month {
    /// `YYYY-MM`; this month when absent.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}$")]
    month: Option<String>,
}

/// The first ten of a month.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandingOut {
    month: String,
    items: Vec<StandingItem>,
}

#[derive(Debug, Serialize, ToSchema)]
struct StandingItem {
    /// From 1; equal points share a place.
    place: usize,
    /// The head's name, masked.
    head: String,
    group: String,
    #[schema(schema_with = schema::points)]
    points: Points,
}

/// The households that earned most in a month.
#[utoipa::path(get, path = "/api/v1/villages/{village}/standing", tag = "villages", params(Month), responses((status = 200, body = StandingOut)))]
pub async fn standing_view(
    State(app): State<App>,
    visit: Visit,
    Query(query): Query<Month>,
) -> Result<Json<StandingOut>, Problem> {
    let unit = visit.village()?;
    let month = match query.month {
        Some(month) => month,
        None => {
            let offset = policy::policy(&app.store, unit.no).await?.utc_offset;
            Day::of_instant(app.store.time(), offset).to_string()[..7].to_string()
        }
    };
    let first = Day::parse(&format!("{month}-01"))
        .ok_or_else(|| Problem::field("?month", "not_a_month"))?;
    let board = BoardKey {
        village: unit.id,
        month: month.clone(),
    };
    let top = match app.cache.board_top(&board, PLACES).await {
        Some(top) => top,
        None => {
            let rows = standing::month(&app.store, unit.no, first, BOARD_MAX).await?;
            let rows: Vec<(i32, i64)> = rows
                .into_iter()
                .map(|(no, points)| (no, points.0))
                .collect();
            app.cache.board_replace(&board, &rows).await;
            rows.into_iter().take(PLACES).collect()
        }
    };
    let (mut items, mut place) = (Vec::<StandingItem>::new(), 0);
    for (at, (no, points)) in top
        .into_iter()
        .filter(|(_, points)| *points > 0)
        .enumerate()
    {
        let points = Points(points);
        if items.last().is_none_or(|before| before.points != points) {
            place = at + 1;
        }
        if let Some(view) = households::view(&app.store, unit.no, no).await? {
            let (head, group) = (masked(&view.item.head), view.item.group);
            items.push(StandingItem {
                place,
                head,
                group,
                points,
            });
        }
    }
    Ok(Json(StandingOut { month, items }))
}
