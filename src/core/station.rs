//! Supply stations (供应站): goods with their prices, goods coming in.

use super::canonical::canonical_struct;
use super::household::{is_code, is_label};
use super::points::Points;
use super::rejection::{Rejection, RowRejection};
use super::rights::Act;
use super::rows::*;
use super::state::Draft;
use super::text::Text;
use super::{Answer, Made, Moved};

/// The most goods one declaration, or lines one receipt, may carry.
pub const LINES_MAX: usize = 500;
/// The most pieces one line may carry.
pub const PIECES_MAX: i64 = 1_000_000;
/// Classes that policy keeps off the shelf (PRACTICE section f.6), found in names and categories.
pub const RESTRICTED: &[&str] = &[
    "tobacco",
    "cigarette",
    "alcohol",
    "liquor",
    "beer",
    "wine",
    "medicine",
    "pesticide",
    "firework",
    "firecracker",
    "gift_card",
    "cash_card",
    "香烟",
    "卷烟",
    "烟草",
    "白酒",
    "啤酒",
    "红酒",
    "黄酒",
    "药品",
    "处方药",
    "农药",
    "烟花",
    "爆竹",
    "鞭炮",
    "购物卡",
    "充值卡",
    "现金卡",
];

/// A new station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenStation {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: Text,
}
canonical_struct!(OpenStation { code, name });

/// A good as it shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoodSpec {
    /// The village's code for it.
    pub sku: String,
    /// What a scanner reads.
    pub barcode: Option<String>,
    /// Chinese name.
    pub name_zh: Text,
    /// English name.
    pub name_en: Text,
    /// The unit.
    pub unit: String,
    /// Points for one piece.
    pub price: Points,
    /// Pieces a household may take in a month.
    pub monthly_limit: Option<i64>,
    /// When to reorder.
    pub low_stock: i64,
    /// False for a service.
    pub stocked: bool,
}
canonical_struct!(GoodSpec {
    sku,
    barcode,
    name_zh,
    name_en,
    unit,
    price,
    monthly_limit,
    low_stock,
    stocked,
});

/// New goods, or known ones with another price or limit; all or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclareGoods {
    /// The station's code.
    pub station: String,
    /// The goods.
    pub goods: Vec<GoodSpec>,
}
canonical_struct!(DeclareGoods { station, goods });

/// One line of goods coming in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptLine {
    /// The good's code.
    pub sku: String,
    /// Pieces.
    pub quantity: i64,
    /// Cost of one piece in fen.
    pub cost_fen: Option<i64>,
}
canonical_struct!(ReceiptLine {
    sku,
    quantity,
    cost_fen
});

/// Goods coming in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiveStock {
    /// The station's code.
    pub station: String,
    /// From whom.
    pub supplier: Option<Text>,
    /// The goods.
    pub lines: Vec<ReceiptLine>,
}
canonical_struct!(ReceiveStock {
    station,
    supplier,
    lines
});

/// The station with a code.
///
/// # Errors
/// [`Rejection::UnknownStation`].
pub fn station_by_code(draft: &Draft<'_>, code: &str) -> Result<StationRow, Rejection> {
    let unknown = || Rejection::UnknownStation {
        given: code.to_string(),
    };
    draft.config().station(code).cloned().ok_or_else(unknown)
}

/// The good with a code at a station.
///
/// # Errors
/// [`Rejection::UnknownGood`].
pub fn good_by_sku(draft: &Draft<'_>, station: i32, sku: &str) -> Result<GoodRow, Rejection> {
    let unknown = || Rejection::UnknownGood {
        given: sku.to_string(),
    };
    draft
        .config()
        .good(station, sku)
        .cloned()
        .ok_or_else(unknown)
}

/// What a station has of a good.
#[must_use]
pub fn stock_of(draft: &Draft<'_>, station: i32, good: i32) -> StockRow {
    draft
        .get::<StockRow>(&(station, good))
        .cloned()
        .unwrap_or(StockRow {
            station,
            good,
            on_hand: 0,
            received: 0,
            returned: 0,
            redeemed: 0,
            wasted: 0,
        })
}

/// Changes stock and writes the movement.
///
/// # Errors
/// [`Rejection::OutOfStock`] when the shelf would go below zero.
pub fn move_stock(
    draft: &mut Draft<'_>,
    good: &GoodRow,
    kind: MoveKind,
    quantity: i64,
    cost_fen: Option<i64>,
) -> Result<(), Rejection> {
    let mut stock = stock_of(draft, good.station, good.no);
    let before = stock.on_hand;
    let (counter, by) = match kind {
        MoveKind::Received => (&mut stock.received, quantity),
        MoveKind::Redeemed => (&mut stock.redeemed, quantity),
        MoveKind::Returned => (&mut stock.returned, quantity),
        MoveKind::Wasted => (&mut stock.wasted, quantity),
        MoveKind::Unreceived => (&mut stock.received, -quantity),
    };
    let out = matches!(
        kind,
        MoveKind::Redeemed | MoveKind::Wasted | MoveKind::Unreceived
    );
    *counter = counter.saturating_add(by);
    stock.on_hand = before.saturating_add(if out { -quantity } else { quantity });
    if stock.on_hand < 0 {
        let sku = good.sku.clone();
        return Err(Rejection::OutOfStock {
            sku,
            on_hand: before,
            asked: quantity,
        });
    }
    let row = StockMoveRow {
        seq: draft.seq(),
        line: draft.next_move(),
        station: good.station,
        good: good.no,
        kind,
        quantity,
        on_hand: stock.on_hand,
        cost_fen,
    };
    draft.put(row);
    draft.put(stock);
    Ok(())
}

pub(super) fn open(draft: &mut Draft<'_>, command: &OpenStation) -> Result<Answer, Rejection> {
    draft.allow(Act::KeepGoods, None)?;
    if !is_code(&command.code) {
        return Err(Rejection::field("/code", "not_a_code"));
    }
    if command
        .name
        .words()
        .is_some_and(|(_, body)| !is_label(body, 60))
    {
        return Err(Rejection::field("/name", "not_a_label"));
    }
    if draft.config().station(&command.code).is_some() {
        return Err(Rejection::CodeTaken {
            given: command.code.clone(),
        });
    }
    let no = draft
        .range::<StationRow>(..)
        .last()
        .map_or(1, |station| station.no + 1);
    let id = draft.derived_id(0);
    let name = draft.keep(&command.name);
    draft.put(StationRow {
        no,
        id,
        code: command.code.clone(),
        name,
    });
    Ok(Answer::Made(vec![Made { no, id }]))
}

fn restricted(spec: &GoodSpec) -> bool {
    let names = [&spec.name_zh, &spec.name_en].map(|text| text.words().map(|(_, body)| body));
    let said = |class: &&str| {
        let in_name = |name: &str| {
            let name = name.to_lowercase();
            let words = || name.split(|c: char| !c.is_ascii_alphanumeric());
            match class.is_ascii() {
                true => words().any(|word| word.trim_end_matches('s') == *class),
                false => name.contains(*class),
            }
        };
        names.iter().flatten().any(|name| in_name(name))
    };
    RESTRICTED.iter().any(said)
}

fn check(spec: &GoodSpec) -> Result<(), Rejection> {
    let name = |text: &Text| text.words().is_none_or(|(_, body)| is_label(body, 120));
    let bad = |field: &str, why: &str| Err(Rejection::field(field, why));
    match spec {
        s if !is_code(&s.sku) => bad("/sku", "not_a_code"),
        s if !name(&s.name_zh) => bad("/name_zh", "not_a_label"),
        s if !name(&s.name_en) => bad("/name_en", "not_a_label"),
        s if !is_label(&s.unit, 16) => bad("/unit", "not_a_label"),
        s if s.barcode.as_ref().is_some_and(|code| !is_code(code)) => bad("/barcode", "not_a_code"),
        s if !s.price.is_amount() => Err(Rejection::AmountOutOfRange {
            field: "/price_points".to_string(),
            given: s.price,
        }),
        s if s
            .monthly_limit
            .is_some_and(|limit| !(1..=PIECES_MAX).contains(&limit)) =>
        {
            bad("/monthly_limit", "out_of_range")
        }
        s if !(0..=PIECES_MAX).contains(&s.low_stock) => bad("/low_stock", "out_of_range"),
        s if restricted(s) => bad("/name_zh", "restricted_class"),
        _ => Ok(()),
    }
}

pub(super) fn declare(draft: &mut Draft<'_>, command: &DeclareGoods) -> Result<Answer, Rejection> {
    let station = station_by_code(draft, &command.station)?;
    draft.allow(Act::KeepGoods, Some(station.no))?;
    if command.goods.is_empty() || command.goods.len() > LINES_MAX {
        return Err(Rejection::field("/goods", "wrong_count"));
    }
    let wrong = |(row, spec)| check(spec).err().map(|why| RowRejection { row, why });
    let refused = command.goods.iter().enumerate().filter_map(wrong);
    Rejection::of_list(refused.collect(), command.goods.len())?;
    let goods = command.goods.iter().enumerate();
    Ok(Answer::Made(
        goods
            .map(|(index, spec)| enter(draft, &station, index, spec))
            .collect(),
    ))
}

fn enter(draft: &mut Draft<'_>, station: &StationRow, index: usize, spec: &GoodSpec) -> Made {
    let known = draft.range::<GoodRow>((station.no, 0)..=(station.no, i32::MAX));
    let old = known.iter().find(|good| good.sku == spec.sku);
    let made = match old {
        Some(good) => Made {
            no: good.no,
            id: good.id,
        },
        None => Made {
            no: known.last().map_or(1, |good| good.no + 1),
            id: draft.derived_id(u32::try_from(index).unwrap_or(u32::MAX)),
        },
    };
    let price_version = match old {
        Some(good) if good.price == spec.price => good.price_version,
        Some(good) => good.price_version + 1,
        None => 1,
    };
    if old.is_none_or(|good| good.price != spec.price) {
        let since = draft.today();
        let (station, good, version) = (station.no, made.no, price_version);
        draft.put(PriceRow {
            station,
            good,
            version,
            price: spec.price,
            since,
        });
    }
    let row = GoodRow {
        station: station.no,
        no: made.no,
        id: made.id,
        sku: spec.sku.clone(),
        barcode: spec.barcode.clone(),
        name_zh: draft.keep(&spec.name_zh),
        name_en: draft.keep(&spec.name_en),
        unit: spec.unit.clone(),
        price: spec.price,
        price_version,
        monthly_limit: spec.monthly_limit,
        low_stock: spec.low_stock,
        stocked: spec.stocked,
    };
    draft.put(row);
    made
}

pub(super) fn receive(draft: &mut Draft<'_>, command: &ReceiveStock) -> Result<Answer, Rejection> {
    let station = station_by_code(draft, &command.station)?;
    draft.allow(Act::ReceiveStock, Some(station.no))?;
    if command.lines.is_empty() || command.lines.len() > LINES_MAX {
        return Err(Rejection::field("/lines", "wrong_count"));
    }
    draft.keep_some(command.supplier.as_ref());
    let mut refused = Vec::new();
    for (row, line) in command.lines.iter().enumerate() {
        if let Err(why) = receive_line(draft, &station, line) {
            refused.push(RowRejection { row, why });
        }
    }
    Rejection::of_rows(refused)?;
    Ok(Answer::Done(true))
}

fn receive_line(
    draft: &mut Draft<'_>,
    station: &StationRow,
    line: &ReceiptLine,
) -> Result<(), Rejection> {
    let good = good_by_sku(draft, station.no, &line.sku)?;
    if !good.stocked {
        return Err(Rejection::field("/sku", "service_has_no_stock"));
    }
    if !(1..=PIECES_MAX).contains(&line.quantity) {
        return Err(Rejection::field("/quantity", "out_of_range"));
    }
    if line
        .cost_fen
        .is_some_and(|cost| !(0..=100_000_000).contains(&cost))
    {
        return Err(Rejection::field("/cost_fen", "out_of_range"));
    }
    move_stock(
        draft,
        &good,
        MoveKind::Received,
        line.quantity,
        line.cost_fen,
    )
}

/// Undoes a receipt, as far as its goods are still on the shelf.
pub(super) fn unreceive(draft: &mut Draft<'_>, seq: i64) -> Result<Moved, Rejection> {
    let received = draft.range::<StockMoveRow>((seq, 0)..=(seq, i32::MAX));
    for line in received {
        let good = draft
            .config()
            .tables()
            .goods
            .get(&(line.station, line.good));
        let Some(good) = good else { continue };
        move_stock(
            draft,
            good,
            MoveKind::Unreceived,
            line.quantity,
            line.cost_fen,
        )?;
    }
    Ok(Moved {
        points: Points::ZERO,
        balance: None,
    })
}
