//! The values of a column that wait for their row group.

use ::parquet::basic::{LogicalType, Repetition, TimeUnit, Type as PhysicalType};
use ::parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, Int64Type,
};
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::writer::SerializedColumnWriter;
use ::parquet::schema::types::Type;
use bytes::Bytes;

use super::decimal::{SCALE, decimal};
use crate::output::column_type::{ColumnType, boolean, double, integer, microseconds};

/// The digits of a decimal, and the bytes that they take.
const PRECISION: i32 = 38;
const DECIMAL_BYTES: usize = 16;
/// So many texts are given to the writer at once.
const BATCH: usize = 1_024;

/// What a file says of a column.
pub(super) fn field(name: &str, column: ColumnType) -> Result<Type> {
    // Every column may have nulls.
    let of = |physical| Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    let scale = i32::try_from(SCALE).unwrap_or_default();
    match column {
        ColumnType::Text => of(PhysicalType::BYTE_ARRAY).with_logical_type(Some(LogicalType::String)),
        ColumnType::Key | ColumnType::Integer => of(PhysicalType::INT64),
        ColumnType::Decimal => of(PhysicalType::FIXED_LEN_BYTE_ARRAY)
            .with_length(i32::try_from(DECIMAL_BYTES).unwrap_or_default())
            .with_logical_type(Some(LogicalType::decimal(scale, PRECISION)))
            .with_precision(PRECISION)
            .with_scale(scale),
        ColumnType::Double => of(PhysicalType::DOUBLE),
        ColumnType::Boolean => of(PhysicalType::BOOLEAN),
        // The time zone is that of the server, which nobody tells.
        ColumnType::Time => {
            of(PhysicalType::INT64).with_logical_type(Some(LogicalType::timestamp(false, TimeUnit::MICROS)))
        }
    }
    .build()
}

/// The values of a column, and for each row whether it has one.
pub(super) struct Column {
    values: Values,
    there: Vec<i16>,
}

enum Values {
    /// All texts in one piece, and where each ends.
    Text {
        text: Vec<u8>,
        ends: Vec<usize>,
    },
    Integer(Vec<i64>),
    Decimal(Vec<i128>),
    Double(Vec<f64>),
    Boolean(Vec<bool>),
    Time(Vec<i64>),
}

impl Column {
    /// A column of texts, until it is settled what they are.
    pub(super) fn new() -> Self {
        Self { values: Values::of(ColumnType::Text), there: Vec::new() }
    }

    /// Makes values of this type of all texts; `false` if one of them is none, and all stay what they are.
    pub(super) fn settle(&mut self, column: ColumnType) -> bool {
        let mut settled = Values::of(column);
        if let Values::Text { text, ends } = &self.values {
            let mut begin = 0;
            for end in ends {
                let cell = std::str::from_utf8(&text[begin..*end]).unwrap_or_default();
                if settled.push(cell).is_err() {
                    return false;
                }
                begin = *end;
            }
        }
        self.values = settled;
        true
    }

    /// Adds the cell of a row. Returns how much memory it takes, or what it should have been.
    pub(super) fn push(&mut self, cell: Option<&str>) -> std::result::Result<usize, &'static str> {
        self.there.push(i16::from(cell.is_some()));
        let bytes = cell.map_or(Ok(0), |cell| self.values.push(cell))?;
        Ok(bytes + size_of::<i16>())
    }

    /// Writes everything that waits.
    pub(super) fn write(&mut self, into: &mut SerializedColumnWriter<'_>) -> Result<()> {
        let there = std::mem::take(&mut self.there);
        match &mut self.values {
            Values::Text { text, ends } => {
                let (text, ends) = (Bytes::from(std::mem::take(text)), std::mem::take(ends));
                let begins = std::iter::once(0).chain(ends.iter().copied());
                let texts = begins.zip(&ends).map(|(begin, end)| ByteArray::from(text.slice(begin..*end)));
                batches::<ByteArrayType>(texts, &there, into)
            }
            Values::Integer(values) | Values::Time(values) => whole::<Int64Type>(&std::mem::take(values), &there, into),
            Values::Decimal(values) => {
                let values = std::mem::take(values);
                let bytes = values.into_iter().map(|value| FixedLenByteArray::from(value.to_be_bytes().to_vec()));
                batches::<FixedLenByteArrayType>(bytes, &there, into)
            }
            Values::Double(values) => whole::<DoubleType>(&std::mem::take(values), &there, into),
            Values::Boolean(values) => whole::<BoolType>(&std::mem::take(values), &there, into),
        }
    }
}

impl Values {
    fn of(column: ColumnType) -> Self {
        match column {
            ColumnType::Text => Self::Text { text: Vec::new(), ends: Vec::new() },
            ColumnType::Key | ColumnType::Integer => Self::Integer(Vec::new()),
            ColumnType::Decimal => Self::Decimal(Vec::new()),
            ColumnType::Double => Self::Double(Vec::new()),
            ColumnType::Boolean => Self::Boolean(Vec::new()),
            ColumnType::Time => Self::Time(Vec::new()),
        }
    }

    fn push(&mut self, cell: &str) -> std::result::Result<usize, &'static str> {
        Ok(match self {
            Self::Text { text, ends } => {
                text.extend_from_slice(cell.as_bytes());
                ends.push(text.len());
                cell.len() + size_of::<usize>()
            }
            Self::Integer(values) => add(values, integer(cell).ok_or("a whole number")?),
            Self::Decimal(values) => add(values, decimal(cell).ok_or("a decimal of up to 30 and 8 digits")?),
            Self::Double(values) => add(values, double(cell).ok_or("a number")?),
            Self::Boolean(values) => add(values, boolean(cell).ok_or("true or false")?),
            Self::Time(values) => add(values, microseconds(cell).ok_or("a date and a time")?),
        })
    }
}

fn add<T>(values: &mut Vec<T>, value: T) -> usize {
    values.push(value);
    size_of::<T>()
}

fn whole<T: DataType>(values: &[T::T], there: &[i16], into: &mut SerializedColumnWriter<'_>) -> Result<()> {
    into.typed::<T>().write_batch(values, Some(there), None).map(drop)
}

/// Some rows at a time: the writer wants a value of its own for each, which takes more memory than the text.
fn batches<T: DataType>(
    mut values: impl Iterator<Item = T::T>,
    there: &[i16],
    into: &mut SerializedColumnWriter<'_>,
) -> Result<()> {
    for there in there.chunks(BATCH) {
        let count = there.iter().filter(|is| **is == 1).count();
        let values: Vec<T::T> = values.by_ref().take(count).collect();
        if values.len() != count {
            return Err(ParquetError::General("a value is missing".to_owned()));
        }
        into.typed::<T>().write_batch(&values, Some(there), None)?;
    }
    Ok(())
}
