//! The rows of a query as an `INSERT_UPDATE`, which an import takes.

use hac_client::console::impex_cell;

use super::{Cells, End, Format, nameless};
use crate::printer::Data;

/// The header of the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Header {
    pub type_code: String,
    /// What each column is called, in the order of the query; the label of the column where there is none.
    pub columns: Vec<Option<String>>,
    /// The attributes that tell items apart.
    pub unique: Vec<String>,
}

/// Quoted where ImpEx needs it. A null is an empty cell, an empty text is `""`.
pub(crate) struct Impex<'a> {
    data: &'a mut Data,
    /// Whether the header is printed.
    names: bool,
    header: Header,
}

impl<'a> Impex<'a> {
    pub(crate) fn new(names: bool, header: Header, data: &'a mut Data) -> Self {
        Self { data, names, header }
    }
}

impl Format for Impex<'_> {
    fn picks(&mut self, places: &[usize]) {
        let columns = &self.header.columns;
        self.header.columns = places.iter().map(|place| columns.get(*place).cloned().flatten()).collect();
    }

    fn begin(&mut self, headers: &[String]) {
        if !self.names {
            return;
        }
        let name = |(at, label): (usize, &String)| {
            let given = self.header.columns.get(at).cloned().flatten();
            given.unwrap_or_else(|| attribute(label).unwrap_or_else(|| nameless(at)))
        };
        let names: Vec<String> = headers.iter().enumerate().map(name).collect();
        if names.iter().any(|name| name == "pk") {
            self.header.unique = vec!["pk".to_owned()];
        }
        self.data.text(&format!("INSERT_UPDATE {}", self.header.type_code));
        for name in names {
            self.data.text(&format!(";{}", self.header.marked(&name)));
        }
        self.data.text("\n");
    }

    fn row(&mut self, cells: &Cells<'_>) {
        for cell in cells {
            self.data.text(";");
            if let Some(cell) = cell {
                self.data.text(&impex_cell(cell));
            }
        }
        self.data.text("\n");
    }

    fn end(&mut self, _: &End) {}
}

impl Header {
    /// Says how the import finds what each column refers to: `(catalog(id),version)`.
    pub(crate) fn refer(&mut self, labels: &[String], expressions: &[Option<String>]) {
        self.columns.resize(self.columns.len().max(labels.len()), None);
        for ((column, expression), label) in self.columns.iter_mut().zip(expressions).zip(labels) {
            if let Some(expression) = expression
                && let Some(name) = column.take().or_else(|| attribute(label))
            {
                *column = Some(format!("{name}{expression}"));
            }
        }
    }

    /// The column, and whether it is unique.
    fn marked(&self, column: &str) -> String {
        let name = column.split(['[', '(']).next().unwrap_or(column);
        let is_unique = self.unique.iter().any(|unique| unique.eq_ignore_ascii_case(name));
        if !is_unique || column.contains("unique=") {
            return column.to_owned();
        }
        match column.strip_suffix(']') {
            Some(begun) => format!("{begun},unique=true]"),
            None => format!("{column}[unique=true]"),
        }
    }
}

/// The attribute that the label of a column stands for: databases put `p_` in front of it.
fn attribute(label: &str) -> Option<String> {
    let name = label.strip_prefix("p_").or_else(|| label.strip_prefix("P_")).unwrap_or(label);
    let name = if name.eq_ignore_ascii_case("pk") { "pk" } else { name };
    let is_name = !name.is_empty() && name.chars().all(|char| char.is_alphanumeric() || "_().,".contains(char));
    is_name.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn printed(header: Header, labels: &[&str], rows: &[&[Option<&str>]]) -> String {
        let (mut data, memory) = Data::in_memory();
        let mut impex = Impex::new(true, header, &mut data);
        impex.begin(&labels.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>());
        for row in rows {
            impex.row(&row.iter().map(|cell| cell.map(Cow::Borrowed)).collect::<Vec<_>>());
        }
        impex.end(&End::default());
        data.flush();
        let memory = memory.lock().expect("the memory");
        String::from_utf8(memory.clone()).expect("UTF-8")
    }

    #[test]
    fn labels_become_attributes_and_unique_ones_are_marked() {
        let header = Header {
            type_code: "Product".to_owned(),
            columns: vec![
                None,
                Some("name[lang=en]".to_owned()),
                Some("catalogVersion(catalog(id),version)".to_owned()),
            ],
            unique: ["code", "catalogVersion", "name"].map(String::from).to_vec(),
        };
        assert_eq!(
            printed(
                header,
                &["p_code", "p_name", "p_catalogversion", "count(*)"],
                &[&[Some("a"), None, Some(""), Some("1")]]
            ),
            "INSERT_UPDATE Product;code[unique=true];name[lang=en,unique=true];\
             catalogVersion(catalog(id),version)[unique=true];column_4\n;a;;\"\";1\n"
        );
    }
}
