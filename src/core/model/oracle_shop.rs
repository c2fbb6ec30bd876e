//! The oracle at the station: goods in, goods out, goods back; lots past their day.

use super::oracle::{Actor, Expect, Move, Oracle, Sale, together};
use crate::core::fund::ExpireLots;
use crate::core::points::AMOUNT_MAX;
use crate::core::redemption::{CartLine, Redeem, Refund, RefundLine, ReturnTo};
use crate::core::rows::Account;
use crate::core::station::ReceiveStock;
use crate::core::{Command, Day, Period, Points};

/// What each lot pays, the first to expire first.
fn parts(lots: &[(Day, i64)], total: i64) -> Result<Vec<(Day, i64, i64)>, String> {
    let (mut left, mut paid) = (total, Vec::new());
    for (lot, held) in lots {
        let part = left.min(*held);
        if part > AMOUNT_MAX {
            return Err("AmountOutOfRange".into());
        }
        if part > 0 {
            paid.push((*lot, part, 0));
            left -= part;
        }
    }
    Ok(paid)
}

impl Oracle {
    pub fn expire(&mut self, actor: &Actor, command: &Command, body: &ExpireLots) -> Expect {
        Self::allowed(actor, command, 0)?;
        let today = self.today();
        for no in &body.households {
            for (lot, points) in self.lots(*no) {
                if lot < today {
                    self.push(
                        (*no, Account::Available),
                        (0, Account::Expired),
                        lot,
                        points,
                    );
                }
            }
        }
        Ok(())
    }

    fn shift(&mut self, station: i32, good: i32, by: i64) -> Expect {
        let on_hand = self.stock(station, good);
        if on_hand + by < 0 {
            return Err(format!("OutOfStock {on_hand}"));
        }
        let seq = self.seq + 1;
        self.moves.push(Move {
            seq,
            station,
            good,
            by,
        });
        Ok(())
    }

    pub fn receive(&mut self, actor: &Actor, command: &Command, body: &ReceiveStock) -> Expect {
        let station = self.station(&body.station)?;
        Self::allowed(actor, command, station)?;
        if body.lines.is_empty() || body.lines.len() > 500 {
            return Err("BadField /lines".into());
        }
        let (mark, mut faults) = (self.moves.len(), Vec::new());
        for (row, line) in body.lines.iter().enumerate() {
            let fault = match self.good(station, &line.sku) {
                Err(why) => why,
                Ok(good) if !good.spec.stocked => "BadField /sku".into(),
                Ok(_) if !(1..=1_000_000).contains(&line.quantity) => "BadField /quantity".into(),
                Ok(_)
                    if line
                        .cost_fen
                        .is_some_and(|c| !(0..=100_000_000).contains(&c)) =>
                {
                    "BadField /cost_fen".into()
                }
                Ok(good) => {
                    let no = good.no;
                    self.shift(station, no, line.quantity)?;
                    continue;
                }
            };
            faults.push(format!("{row}:{fault}"));
        }
        if faults.is_empty() {
            self.receipts.push(self.seq + 1);
            return Ok(());
        }
        self.moves.truncate(mark);
        Err(format!("Rows[{}]", faults.join(",")))
    }

    pub fn unreceive(&mut self, seq: i64) -> Expect {
        let mark = self.moves.len();
        let came = self.moves.iter().filter(|m| m.seq == seq);
        let came: Vec<(i32, i32, i64)> = came.map(|m| (m.station, m.good, m.by)).collect();
        for (station, good, by) in came {
            let shifted = self.shift(station, good, -by);
            if shifted.is_err() {
                self.moves.truncate(mark);
                return shifted;
            }
        }
        Ok(())
    }

    /// Pieces of a good that a household has taken, and kept, in the month of a day.
    pub fn had(&self, station: i32, good: i32, household: i32, on: Day) -> i64 {
        let mut pieces = 0;
        for sale in &self.sales {
            let same = sale.household == household && sale.station == station;
            if same && together(Period::Month, sale.day, on) {
                let lines = sale.lines.iter().filter(|line| line.0 == good);
                pieces += lines.map(|line| line.1 - line.3).sum::<i64>();
            }
        }
        pieces
    }

    fn proof(&self, body: &Redeem) -> Result<i32, String> {
        let house = self.open_house(&body.household)?;
        if body
            .card
            .is_some_and(|card| card != house.card || !house.card_works)
        {
            return Err("CardRevoked".into());
        }
        match house.pin {
            0 => Err("PinNotSet".into()),
            pin if pin != body.pin_version => Err("PinWrong".into()),
            _ => Ok(house.no),
        }
    }

    pub fn redeem(&mut self, actor: &Actor, command: &Command, body: &Redeem) -> Expect {
        let station = self.station(&body.station)?;
        Self::allowed(actor, command, station)?;
        let no = self.proof(body)?;
        if body.lines.is_empty() || body.lines.len() > 500 {
            return Err("BadField /lines".into());
        }
        let wrong = |line: &CartLine| !(1..=10_000).contains(&line.quantity);
        if let Some(row) = body.lines.iter().position(wrong) {
            return Err(format!("Rows[{row}:BadField /quantity]"));
        }
        let cart = self.merged(station, &body.lines)?;
        let today = self.today();
        let of = |good: i32| {
            self.goods
                .iter()
                .find(|g| (g.station, g.no) == (station, good))
        };
        let spec = |good: i32| of(good).unwrap().spec.clone();
        let total: i64 = cart.iter().map(|(good, n)| spec(*good).price.0 * n).sum();
        let lots = self.spendable(no);
        let available = lots.iter().map(|lot| lot.1).sum();
        if total > available {
            return Err(format!("InsufficientPoints {}", Points(available)));
        }
        for (good, n) in &cart {
            let (spec, had) = (spec(*good), self.had(station, *good, no, today));
            if spec.monthly_limit.is_some_and(|limit| had + n > limit) {
                return Err(format!("MonthlyLimit {had}"));
            }
            let on_hand = self.stock(station, *good);
            if spec.stocked && on_hand < *n {
                return Err(format!("OutOfStock {on_hand}"));
            }
        }
        let paid = parts(&lots, total)?;
        let lines: Vec<_> = cart
            .iter()
            .map(|(good, n)| (*good, *n, spec(*good).price.0, 0))
            .collect();
        let stocked: Vec<_> = cart
            .iter()
            .filter(|line| spec(line.0).stocked)
            .copied()
            .collect();
        for (good, n) in stocked {
            self.shift(station, good, -n)?;
        }
        for (lot, part, _) in &paid {
            self.push(
                (no, Account::Available),
                (-station, Account::Payable),
                *lot,
                *part,
            );
        }
        let (seq, household, day, lots) = (self.seq + 1, no, today, paid);
        self.sales.push(Sale {
            seq,
            station,
            household,
            day,
            lines,
            lots,
        });
        Ok(())
    }

    pub fn refund(&mut self, actor: &Actor, command: &Command, body: &Refund) -> Expect {
        let station = self.station(&body.station)?;
        Self::allowed(actor, command, station)?;
        let (seq, _) = body.redemption.found.ok_or("UnknownRedemption")?;
        let is = |sale: &Sale| sale.seq == seq && sale.station == station;
        let at = self.sales.iter().position(is).ok_or("UnknownRedemption")?;
        if body.lines.is_empty() || body.lines.len() > 500 {
            return Err("BadField /lines".into());
        }
        let (mark, before) = (self.moves.len(), self.sales[at].lines.clone());
        let (mut total, mut faults) = (0, Vec::new());
        for (row, line) in body.lines.iter().enumerate() {
            match self.refund_line(at, line) {
                Ok(points) => total += points,
                Err(why) => faults.push((row, why)),
            }
        }
        if !faults.is_empty() {
            self.moves.truncate(mark);
            self.sales[at].lines = before;
            let all = faults.iter().map(|(row, why)| format!("{row}:{why}"));
            return Err(match body.lines.len() {
                1 => faults.remove(0).1,
                _ => format!("Rows[{}]", all.collect::<Vec<_>>().join(",")),
            });
        }
        let household = self.sales[at].household;
        let mut lots = std::mem::take(&mut self.sales[at].lots);
        lots.sort_unstable();
        for (lot, taken, returned) in lots.iter_mut().rev() {
            let part = total.min(*taken - *returned);
            if part > 0 {
                self.push(
                    (-station, Account::Payable),
                    (household, Account::Available),
                    *lot,
                    part,
                );
                *returned += part;
                total -= part;
            }
        }
        assert_eq!(total, 0, "what comes back was paid");
        self.sales[at].lots = lots;
        Ok(())
    }

    fn refund_line(&mut self, at: usize, line: &RefundLine) -> Result<i64, String> {
        let station = self.sales[at].station;
        let good = self.good(station, &line.sku)?;
        let (no, stocked) = (good.no, good.spec.stocked);
        if line.quantity < 1 {
            return Err("BadField /quantity".into());
        }
        let sold = self.sales[at].lines.iter_mut().find(|sold| sold.0 == no);
        let Some(sold) = sold.filter(|sold| line.quantity <= sold.1 - sold.3) else {
            return Err("RefundTooMuch".into());
        };
        sold.3 += line.quantity;
        let points = sold.2 * line.quantity;
        if stocked {
            self.shift(station, no, line.quantity)?;
            if line.to == ReturnTo::Waste {
                self.shift(station, no, -line.quantity)?;
            }
        }
        Ok(points)
    }
}
