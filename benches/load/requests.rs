//! Requests as bytes made once; only the digits that differ are written into them.

use std::net::SocketAddr;

use clap::ValueEnum;

/// Stand-ins of the same length as what replaces them, in characters that no request contains.
const KEY: &str = "\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}-\u{1}\u{1}\u{1}\u{1}-4\u{1}\u{1}\u{1}-8\u{1}\u{1}\u{1}-\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}";
const VILLAGE: &str = "\u{2}\u{2}\u{2}\u{2}\u{2}";
const HOUSEHOLD: &str = "\u{3}\u{3}\u{3}\u{3}";

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// One award of quantity 1 to one household.
    Award,
    /// Three goods, one of each.
    Redeem,
    /// An award sheet of `--rows` households.
    Sheet,
    /// Reads one household with its balance.
    Balance,
    /// Reads `--path`.
    Get,
}

#[derive(clap::Args, Clone)]
pub struct Data {
    #[arg(long, default_value = "")]
    pub token: String,
    /// Number of the first village code: 1 is B00001.
    #[arg(long, default_value_t = 1)]
    pub first_village: u32,
    /// Villages, from the first on, over which requests are spread; 1 is a hot village.
    #[arg(long, default_value_t = 10_000)]
    pub villages: u32,
    /// Households per village, coded 0001 onwards.
    #[arg(long, default_value_t = 100)]
    pub households: u32,
    #[arg(long, default_value = "BENCH")]
    pub rule: String,
    #[arg(long, default_value = "S1")]
    pub station: String,
    #[arg(long, value_delimiter = ',', default_value = "G1,G2,G3")]
    pub skus: Vec<String>,
    /// Sent with each redemption; without it the field is left out.
    #[arg(long)]
    pub pin: Option<String>,
    /// The villages' local date.
    #[arg(long, default_value = "2026-11-01")]
    pub occurred_on: String,
    /// Rows of an award sheet, from household 0001 on.
    #[arg(long, default_value_t = 500)]
    pub rows: u32,
    #[arg(long, default_value = "/healthz")]
    pub path: String,
}

/// A fast generator for choosing rows and making keys; nothing secret comes from it.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u32) -> u32 {
        let scaled = (self.next() >> 32) * u64::from(limit.max(1));
        u32::try_from(scaled >> 32).unwrap_or_default()
    }
}

#[derive(Clone)]
pub struct Template {
    bytes: Vec<u8>,
    keys: Vec<usize>,
    villages: Vec<usize>,
    households: Vec<usize>,
    first_village: u32,
    village_count: u32,
    household_count: u32,
}

impl Template {
    pub fn new(mode: Mode, address: SocketAddr, data: &Data) -> Self {
        let bytes = text(mode, address, data).into_bytes();
        Self {
            keys: positions(&bytes, KEY),
            villages: positions(&bytes, VILLAGE),
            households: positions(&bytes, HOUSEHOLD),
            bytes,
            first_village: data.first_village,
            village_count: data.villages,
            household_count: data.households,
        }
    }

    /// The next request: a fresh key, a random village and household.
    pub fn fill(&mut self, random: &mut Random) -> &[u8] {
        let village = self.first_village + random.below(self.village_count);
        for at in &self.villages {
            decimal(&mut self.bytes[*at..*at + VILLAGE.len()], village);
        }
        let household = 1 + random.below(self.household_count);
        for at in &self.households {
            decimal(&mut self.bytes[*at..*at + HOUSEHOLD.len()], household);
        }
        for at in &self.keys {
            uuid(&mut self.bytes[*at..*at + KEY.len()], random);
        }
        &self.bytes
    }
}

fn text(mode: Mode, address: SocketAddr, data: &Data) -> String {
    let village = format!("/api/v1/villages/B{VILLAGE}");
    let (path, body) = match mode {
        Mode::Award => (format!("{village}/awards"), Some(award(data))),
        Mode::Redeem => (
            format!("{village}/stations/{}/redemptions", data.station),
            Some(redemption(data)),
        ),
        Mode::Sheet => (format!("{village}/award-sheets"), Some(sheet(data))),
        Mode::Balance => (format!("{village}/households/{HOUSEHOLD}"), None),
        Mode::Get => (data.path.clone(), None),
    };
    let method = if body.is_some() { "POST" } else { "GET" };
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\n");
    if !data.token.is_empty() {
        text += &format!("Authorization: Bearer {}\r\n", data.token);
    }
    if let Some(body) = body {
        text += &format!(
            "Idempotency-Key: {KEY}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
    } else {
        text += "\r\n";
    }
    text
}

fn award(data: &Data) -> String {
    format!(
        r#"{{"rule":"{}","household":"{HOUSEHOLD}","quantity":1,"occurred_on":"{}"}}"#,
        data.rule, data.occurred_on
    )
}

fn redemption(data: &Data) -> String {
    let lines: Vec<String> = data
        .skus
        .iter()
        .map(|sku| format!(r#"{{"sku":"{sku}","quantity":1}}"#))
        .collect();
    let pin = match &data.pin {
        Some(pin) => format!(r#""pin":"{pin}","#),
        None => String::new(),
    };
    format!(
        r#"{{"household":"{HOUSEHOLD}",{pin}"lines":[{}]}}"#,
        lines.join(",")
    )
}

fn sheet(data: &Data) -> String {
    let rows: Vec<String> = (1..=data.rows)
        .map(|row| format!(r#"{{"household":"{row:04}","quantity":1}}"#))
        .collect();
    format!(
        r#"{{"rule":"{}","occurred_on":"{}","on_cap":"reject","rows":[{}]}}"#,
        data.rule,
        data.occurred_on,
        rows.join(",")
    )
}

fn positions(bytes: &[u8], marker: &str) -> Vec<usize> {
    let marker = marker.as_bytes();
    let windows = bytes.windows(marker.len()).enumerate();
    windows
        .filter(|(_, window)| *window == marker)
        .map(|(at, _)| at)
        .collect()
}

fn decimal(slot: &mut [u8], mut value: u32) {
    for (digit, _) in slot.iter_mut().rev().zip(0..10) {
        *digit = b"0123456789"[value as usize % 10];
        value /= 10;
    }
}

/// Version 4, its fixed digits standing in the template.
fn uuid(slot: &mut [u8], random: &mut Random) {
    let (mut bits, mut left) = (0_u64, 0);
    for (at, digit) in slot.iter_mut().enumerate() {
        if matches!(at, 8 | 13 | 14 | 18 | 19 | 23) {
            continue;
        }
        if left == 0 {
            (bits, left) = (random.next(), 16);
        }
        *digit = b"0123456789abcdef"[(bits & 15) as usize];
        bits >>= 4;
        left -= 1;
    }
}
