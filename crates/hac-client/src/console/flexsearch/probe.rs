//! How many fields a type has.

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, SeqAccess, Visitor};

use super::fault::Fault;

/// Asks a type how many fields it has: gives a struct no element at all, and hears what it misses.
pub(super) struct Probe;

impl Probe {
    /// How many elements a struct takes; `None` where it does not say, because it can do without any or is no struct.
    pub(super) fn fields_of<T: DeserializeOwned>() -> Option<usize> {
        // serde's derive says "struct Product with 2 elements".
        let Err(Fault::Length(expected)) = T::deserialize(Self) else { return None };
        let words = expected.strip_suffix(" elements").or_else(|| expected.strip_suffix(" element"))?;
        words.rsplit_once(" with ")?.1.parse().ok()
    }
}

struct Empty;

impl<'de> SeqAccess<'de> for Empty {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, _: S) -> Result<Option<S::Value>, Fault> {
        Ok(None)
    }
}

impl<'de> Deserializer<'de> for Probe {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fault> {
        Err(Fault::text("no struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_seq(Empty)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}
