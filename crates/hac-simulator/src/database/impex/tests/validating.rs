use super::*;

fn validate(text: &str) -> Result<(), String> {
    Database::validate_impex(&ImpexScript { text, strict: true, code_execution: false, files: &[] })
}

#[test]
fn quotes_brackets_types_attributes_and_columns_are_looked_at() {
    for (text, reason) in [
        ("# x\nINSERT Foo;a", "line 2 at main script: unknown type 'Foo'"),
        ("INSERT Product;a", "line 1 at main script: unknown attributes [Product.a]"),
        ("INSERT Product;code[unique=true", "line 1 at main script: unbalanced '[' in header"),
        ("INSERT Product;code\n;a\n;\"b\n", "line 3 at main script: the file is corrupt: a quote is never closed"),
        ("INSERT Product;code;code", "line 1 at main script: ambiguous columns: code and code"),
        (
            "UPDATE Product;code",
            "line 1 at main script: at least one attribute of Product has to be declared as unique",
        ),
    ] {
        assert_eq!(validate(text), Err(reason.to_owned()));
    }
}

#[test]
fn modes_cells_macros_and_what_rows_name_are_not() {
    for text in [
        "INSERT Product;code\n;a;b;c;d\n",
        "UPSERT Product;code\n",
        ";no;header\n",
        "INSERT Product;code\n;$undefined\n",
        "INSERT Product;code;catalogVersion(catalog(id),version)\n;a;none:none\n",
        "#% whatever\n",
        "",
    ] {
        assert_eq!(validate(text), Ok(()), "{text}");
    }
}
