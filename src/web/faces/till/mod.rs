//! The station's face: selling, paying, results, goods back, the shelf.

mod cart;
mod done;
mod goods;
mod pay;
pub(crate) mod refunds;
mod result;
pub mod scan;
mod sell;
mod stock;

use super::{Entry, page};
use crate::core::rights::Act;
use crate::web::page::admit::Guard;
use axum::routing::get;

/// The pages of this face.
#[must_use]
pub fn pages() -> Vec<Entry> {
    let sells = Guard::Till(Act::Redeem);
    let takes_back = Guard::Till(Act::Refund);
    let keeps_stock = Guard::Till(Act::ReceiveStock);
    vec![
        page("/till", sells, get(sell::show).post(sell::step)),
        page("/till/pay", sells, get(pay::ask).post(pay::pay)),
        page(
            "/till/balance",
            sells,
            get(pay::balance_ask).post(pay::balance),
        ),
        page("/till/done/{operation}", sells, get(done::show)),
        page("/till/refunds", takes_back, get(refunds::list)),
        page(
            "/till/refunds/{redemption}",
            takes_back,
            get(refunds::show).post(refunds::take_back),
        ),
        page("/till/refunded/{operation}", takes_back, get(refunds::done)),
        page("/till/stock", keeps_stock, get(stock::list)),
        page(
            "/till/stock/in",
            keeps_stock,
            get(stock::form).post(stock::receive),
        ),
        page(
            "/till/goods",
            Guard::Till(Act::KeepGoods),
            get(goods::show).post(goods::declare),
        ),
        page("/result/{operation}", Guard::Signed, get(result::show)),
    ]
}
