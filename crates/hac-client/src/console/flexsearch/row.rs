//! A row as a value of the caller's own type.

mod cell;

use std::borrow::Cow;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer as _, MapAccess, SeqAccess, Visitor,
};

use super::fault::Fault;
use super::layout::{Layout, canonical};
use cell::Cell;

type Cells<'a> = [Option<Cow<'a, str>>];

/// Reads a row.
pub(super) fn read<T: DeserializeOwned>(layout: &Layout, cells: &Cells<'_>) -> Result<T, Fault> {
    T::deserialize(Row { layout, cells })
}

/// A row that is read.
struct Row<'r> {
    layout: &'r Layout,
    cells: &'r Cells<'r>,
}

impl<'r> Row<'r> {
    fn cell(&self, column: usize) -> Result<Cell<'r>, Fault> {
        let headers = self.layout.headers();
        let cell = self.cells.get(column).ok_or_else(|| {
            Fault::text(format!("it has {} cells, but there are {} columns", self.cells.len(), headers.len()))
        })?;
        Ok(Cell::new(cell.as_deref()))
    }

    fn label(&self, column: usize) -> &'r str {
        self.layout.headers().get(column).map_or("?", String::as_str)
    }

    /// The cell of a row that has one.
    fn only_cell(&self) -> Result<(Cell<'r>, &'r str), Fault> {
        match self.cells {
            [_] => Ok((self.cell(0)?, self.label(0))),
            cells => Err(Fault::text(format!(
                "it has {} cells, but the type takes one value: use a struct, a tuple or a map",
                cells.len()
            ))),
        }
    }
}

macro_rules! only_cell {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let (cell, label) = self.only_cell()?;
            cell.$method(visitor).map_err(|fault| fault.at(label))
        })*
    };
}

impl<'de> Deserializer<'de> for Row<'_> {
    type Error = Fault;

    only_cell! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char
        deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_identifier
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.cells {
            [None] => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_seq(InOrder { row: self, next: 0 })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        if self.cells.len() != length {
            return Err(Fault::text(format!("it has {} cells, but the type takes {length} values", self.cells.len())));
        }
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let columns = 0..self.cells.len().min(self.layout.headers().len());
        let keyed = columns.map(|column| (Cow::Owned(canonical(self.label(column))), column)).collect();
        visitor.visit_map(Keyed::new(&self, keyed))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.layout.with_fields(fields, |columns| {
            if self.layout.tells_missing(fields) {
                let mut missing = None;
                let read = visitor.visit_seq(ByField { row: &self, fields, columns, next: 0, missing: &mut missing });
                return read.map_err(|fault| match (fault, missing) {
                    (Fault::Length(_), Some(field)) => Fault::Missing(field.to_owned()),
                    (fault, _) => fault,
                });
            }
            let keyed =
                fields.iter().zip(columns).filter_map(|(field, column)| Some((Cow::Borrowed(*field), (*column)?)));
            visitor.visit_map(Keyed::new(&self, keyed.collect()))
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let (cell, label) = self.only_cell()?;
        cell.deserialize_enum(name, variants, visitor).map_err(|fault| fault.at(label))
    }
}

/// The cells as they stand.
struct InOrder<'r> {
    row: Row<'r>,
    next: usize,
}

impl<'de> SeqAccess<'de> for InOrder<'_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        if self.next == self.row.cells.len() {
            return Ok(None);
        }
        let column = self.next;
        self.next += 1;
        seed.deserialize(self.row.cell(column)?).map(Some).map_err(|fault| fault.at(self.row.label(column)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.row.cells.len() - self.next)
    }
}

/// The cells in the order of the fields; nothing for a field without a column.
struct ByField<'a> {
    row: &'a Row<'a>,
    fields: &'static [&'static str],
    columns: &'a [Option<usize>],
    next: usize,
    /// The last field that got nothing.
    missing: &'a mut Option<&'static str>,
}

impl<'de> SeqAccess<'de> for ByField<'_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let at = self.next;
        self.next += 1;
        match self.columns.get(at) {
            Some(Some(column)) => {
                let value = seed.deserialize(self.row.cell(*column)?);
                value.map(Some).map_err(|fault| fault.at(self.row.label(*column)))
            }
            Some(None) => {
                *self.missing = self.fields.get(at).copied();
                Ok(None)
            }
            None => Ok(None),
        }
    }
}

/// The cells by names.
struct Keyed<'a> {
    row: &'a Row<'a>,
    columns: std::vec::IntoIter<(Cow<'static, str>, usize)>,
    column: usize,
}

impl<'a> Keyed<'a> {
    fn new(row: &'a Row<'a>, columns: Vec<(Cow<'static, str>, usize)>) -> Self {
        Self { row, columns: columns.into_iter(), column: 0 }
    }
}

impl<'de> MapAccess<'de> for Keyed<'_> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some((name, column)) = self.columns.next() else { return Ok(None) };
        self.column = column;
        let name: StrDeserializer<'_, Fault> = (*name).into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let label = self.row.label(self.column);
        seed.deserialize(self.row.cell(self.column)?).map_err(|fault| fault.at(label))
    }
}

#[cfg(test)]
mod tests;
