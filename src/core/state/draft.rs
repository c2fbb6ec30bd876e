//! The draft on which one command works: it reads through to the state and keeps its changes
//! apart; a refused command drops its draft, so a rejection cannot touch anything.

use super::*;

/// One unit while a command works on it.
pub struct Draft<'a> {
    /// The unit's number.
    pub unit: UnitNo,
    base: &'a Unit,
    /// The head as it will be.
    pub head: Head,
    /// Who, when, under which key.
    pub ctx: &'a Context,
    /// The unit's time: the context's, never before its last operation.
    pub at: i64,
    /// The role the actor was allowed under.
    pub role: Role,
    changes: Tables,
    words: Vec<Words>,
    secrets: Vec<Secret>,
    lines: i32,
    move_lines: i32,
}

impl<'a> Draft<'a> {
    /// Starts on a unit.
    #[must_use]
    pub fn new(unit: UnitNo, base: &'a Unit, ctx: &'a Context) -> Draft<'a> {
        Draft {
            unit,
            base,
            head: base.head.clone(),
            ctx,
            at: ctx.at.max(base.head.at),
            role: Role::Clock,
            changes: Tables::default(),
            words: Vec::new(),
            secrets: Vec::new(),
            lines: 0,
            move_lines: 0,
        }
    }

    /// The number this operation will have.
    #[must_use]
    pub fn seq(&self) -> i64 {
        self.base.head.seq() + 1
    }

    /// The unit's configuration as it was before this command.
    #[must_use]
    pub fn config(&self) -> &'a Config {
        &self.base.config
    }

    /// The unit's policy.
    #[must_use]
    pub fn policy(&self) -> PolicyRow {
        self.get::<PolicyRow>(&(0,))
            .cloned()
            .unwrap_or_else(crate::core::policy::initial)
    }

    /// The unit's local day.
    #[must_use]
    pub fn today(&self) -> Day {
        Day::of_instant(self.at, self.policy().utc_offset)
    }

    /// Refuses an actor without a role that carries the act here.
    ///
    /// # Errors
    /// [`Rejection::NotAllowed`].
    pub fn allow(&mut self, act: Act, station: Option<i32>) -> Result<(), Rejection> {
        let place = Place {
            unit: self.unit,
            parent: self.head.parent,
            station,
        };
        self.take_role(act, place)
    }

    fn take_role(&mut self, act: Act, place: Place) -> Result<(), Rejection> {
        self.role = match &self.ctx.actor.authority {
            Authority::Granted(grants) => {
                role_for(grants, act, place).ok_or(Rejection::NotAllowed {})?
            }
            Authority::Recorded(role) => *role,
        };
        Ok(())
    }

    /// Takes a household's own role, when it is this household that acts.
    ///
    /// # Errors
    /// [`Rejection::NotAllowed`] for any other.
    pub fn allow_own(&mut self, household: i32) -> Result<(), Rejection> {
        let is_own = match &self.ctx.actor.authority {
            Authority::Granted(_) => self.ctx.actor.household == Some(household),
            Authority::Recorded(role) => *role == Role::Household,
        };
        if !is_own {
            return Err(Rejection::NotAllowed {});
        }
        self.allow(Act::SeeOwnHousehold, None)
    }

    /// As [`Draft::allow`], for an act of this unit that takes place at another.
    ///
    /// # Errors
    /// [`Rejection::NotAllowed`].
    pub fn allow_at(&mut self, act: Act, unit: UnitNo) -> Result<(), Rejection> {
        let known = self.get::<UnitRow>(&(unit,)).map(|row| row.parent);
        let parent = known.unwrap_or(crate::core::rights::SYSTEM);
        let place = Place {
            unit,
            parent,
            station: None,
        };
        self.take_role(act, place)
    }

    /// A row as it stands now.
    #[must_use]
    pub fn get<R: Row>(&self, key: &R::Key) -> Option<&R>
    where
        Tables: Slot<R>,
        Config: ConfigSlot<R>,
    {
        self.changes
            .slot()
            .get(key)
            .or_else(|| match self.base.config.config_slot() {
                Some(table) => table.get(key),
                None => self.base.rows.slot().get(key),
            })
    }

    /// Makes or changes a row.
    pub fn put<R: Row>(&mut self, row: R)
    where
        Tables: Slot<R>,
    {
        self.changes.slot_mut().insert(row.key(), row);
    }

    /// The rows of a key range as they stand now, in key order.
    #[must_use]
    pub fn range<R: Row>(&self, keys: impl RangeBounds<R::Key> + Clone) -> Vec<R>
    where
        Tables: Slot<R>,
        Config: ConfigSlot<R>,
    {
        let base = match self.base.config.config_slot() {
            Some(table) => table,
            None => self.base.rows.slot(),
        };
        let mut rows: BTreeMap<&R::Key, &R> = base.range(keys.clone()).collect();
        rows.extend(Slot::<R>::slot(&self.changes).range(keys));
        rows.into_values().cloned().collect()
    }

    /// The next number of this kind of thing in the unit.
    pub fn next_no(&mut self, kind: Numbered) -> i32 {
        let last = self.get::<CounterRow>(&(kind,)).map_or(0, |row| row.last);
        let last = last.saturating_add(1);
        self.put(CounterRow { kind, last });
        last
    }

    /// Keeps a text and gives the hash that rows carry.
    pub fn keep(&mut self, text: &Text) -> TextHash {
        if let Some((salt, body)) = text.words() {
            self.words.push(Words {
                hash: text.hash(),
                salt: salt.to_vec(),
                body: body.to_string(),
            });
        }
        text.hash()
    }

    /// Keeps an optional text.
    pub fn keep_some(&mut self, text: Option<&Text>) -> Option<TextHash> {
        text.map(|text| self.keep(text))
    }

    /// Keeps the hash of a secret outside the journal.
    pub fn keep_secret(&mut self, secret: Secret) {
        self.secrets.push(secret);
    }

    /// The next line of this operation's transfers.
    pub fn next_line(&mut self) -> i32 {
        self.lines += 1;
        self.lines - 1
    }

    /// The next line of this operation's stock movements.
    pub fn next_move(&mut self) -> i32 {
        self.move_lines += 1;
        self.move_lines - 1
    }

    /// An id that follows from the operation's id, so that replay makes the same one.
    #[must_use]
    pub fn derived_id(&self, index: u32) -> Uuid {
        crate::core::derived_id(self.ctx.id, self.at, index)
    }

    /// Closes the draft: numbers the operation, hashes its leaf, appends it to the evidence.
    #[must_use]
    pub fn finish(mut self, kind: i16, payload: Vec<u8>, answer: Vec<u8>) -> UnitEffects {
        let mut entry = Vec::with_capacity(payload.len() + answer.len() + 256);
        self.head.id.put(&mut entry);
        self.seq().put(&mut entry);
        self.ctx.id.put(&mut entry);
        self.ctx.actor.id.put(&mut entry);
        self.role.put(&mut entry);
        self.at.put(&mut entry);
        payload.put(&mut entry);
        answer.put(&mut entry);
        self.changes.visit(&mut Encode(&mut entry));
        let leaf = crate::core::evidence::leaf(&self.ctx.salt, &entry);
        let operation = OperationRow {
            seq: self.seq(),
            id: self.ctx.id,
            kind,
            actor: self.ctx.actor.id,
            role: self.role,
            at: self.at,
            payload,
            answer,
            salt: self.ctx.salt,
            leaf,
        };
        self.head.at = self.at;
        self.head.frontier.append(leaf);
        if self.changes.touches_config() {
            self.head.config_version += 1;
        }
        UnitEffects {
            unit: self.unit,
            head: self.head,
            operation,
            rows: self.changes,
            words: self.words,
            secrets: self.secrets,
        }
    }
}

struct Encode<'a>(&'a mut Vec<u8>);

impl Visit for Encode<'_> {
    fn table<R: Row>(&mut self, rows: &Table<R>) {
        if rows.is_empty() {
            return;
        }
        R::TABLE.to_string().put(self.0);
        u32::try_from(rows.len()).unwrap_or(u32::MAX).put(self.0);
        for row in rows.values() {
            row.put(self.0);
        }
    }
}
