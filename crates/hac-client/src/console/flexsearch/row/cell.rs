//! One cell as a value.

use serde::de::value::StrDeserializer;
use serde::de::{Deserializer, IntoDeserializer as _, Visitor};

use crate::console::flexsearch::fault::Fault;

/// How much of a value is shown that does not fit.
const SHOWN: usize = 60;

/// A cell; `None` is null.
pub(super) struct Cell<'r>(Option<&'r str>);

impl<'r> Cell<'r> {
    pub(super) fn new(text: Option<&'r str>) -> Self {
        Self(text)
    }

    fn text(&self) -> Result<&'r str, Fault> {
        self.0.ok_or_else(|| Fault::text("the value is null, but the field is not an Option"))
    }

    fn parsed<T: std::str::FromStr>(&self, what: &str) -> Result<T, Fault> {
        let text = self.text()?;
        text.trim().parse().map_err(|_| unfit(text, what))
    }
}

fn unfit(text: &str, what: &str) -> Fault {
    let shown: String = text.chars().take(SHOWN).collect();
    let more = if text.chars().nth(SHOWN).is_some() { "…" } else { "" };
    Fault::text(format!("\"{shown}{more}\" is not {what}"))
}

macro_rules! numbers {
    ($($method:ident $visit:ident $what:literal)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            visitor.$visit(self.parsed($what)?)
        })*
    };
}

impl<'de> Deserializer<'de> for Cell<'_> {
    type Error = Fault;

    numbers! {
        deserialize_i8 visit_i8 "a whole number (i8)"
        deserialize_i16 visit_i16 "a whole number (i16)"
        deserialize_i32 visit_i32 "a whole number (i32)"
        deserialize_i64 visit_i64 "a whole number (i64)"
        deserialize_i128 visit_i128 "a whole number (i128)"
        deserialize_u8 visit_u8 "a whole number (u8)"
        deserialize_u16 visit_u16 "a whole number (u16)"
        deserialize_u32 visit_u32 "a whole number (u32)"
        deserialize_u64 visit_u64 "a whole number (u64)"
        deserialize_u128 visit_u128 "a whole number (u128)"
        deserialize_f32 visit_f32 "a number (f32)"
        deserialize_f64 visit_f64 "a number (f64)"
    }

    /// Databases write `true` and `false`, or `1` and `0`.
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let text = self.text()?;
        match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" => visitor.visit_bool(true),
            "false" | "0" => visitor.visit_bool(false),
            _ => Err(unfit(text, "true or false (bool)")),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let text = self.text()?;
        let mut letters = text.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) => visitor.visit_char(letter),
            _ => Err(unfit(text, "one character (char)")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_bytes(self.text()?.as_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.0.is_some() { visitor.visit_some(self) } else { visitor.visit_none() }
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Some(text) => visitor.visit_str(text),
            None => visitor.visit_none(),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let name: StrDeserializer<'_, Fault> = self.text()?.into_deserializer();
        visitor.visit_enum(name)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        unit unit_struct seq tuple tuple_struct map struct
    }
}
