//! Finds mistakes in ImpEx without importing it.
//!
//! HAC's validation looks at headers, quotes and brackets only. This looks at rows and macros too, without a server; with one,
//! [`HacClient::lint_impex`] also looks types and attributes up. What it does not know is not a mistake: names that
//! translators, processors and decorators bring are left alone.

mod finding;
mod header;
mod known;
mod macros;
mod paths;
mod rules;

use crate::client::HacClient;
use crate::error::Result;
pub use finding::{LintFinding, LintSeverity};
use known::Lookup;
use rules::Linter;

/// Finds mistakes in ImpEx without a server, in the order of the text, at most 10,000.
///
/// Finds rows with more cells than there are columns, rows without a header, macros that are not defined, unknown modes, quotes and
/// brackets without an end, columns that occur twice, misspelt modifiers, and headers without a unique column or without rows.
pub fn lint_impex(text: &str) -> Vec<LintFinding> {
    Linter::new(text, None).finish()
}

impl HacClient {
    /// Finds mistakes in ImpEx as [`lint_impex`] does, and types and attributes that the server does not have.
    ///
    /// Types and attributes are looked up wherever a header names them: through macros, and within references such as
    /// `catalogVersion(catalog(id),version)`, as far as the server says of what type they are.
    ///
    /// One request for each type in a header and behind its references, a query for each type with references, and one request for the
    /// names of all types if one of them is not known. Nothing is imported.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn lint_impex(&self, text: &str) -> Result<Vec<LintFinding>> {
        let lookup = Lookup::ask(self, Linter::wanted(text)).await?;
        Ok(Linter::new(text, Some(&lookup)).finish())
    }
}

#[cfg(test)]
mod tests {
    use super::finding::MOST_FINDINGS;
    use super::*;

    /// `LINE:COLUMN code` of each finding.
    fn found(text: &str) -> Vec<String> {
        let findings = lint_impex(text);
        for finding in &findings {
            assert!(text.get(finding.span.clone()).is_some(), "{finding:?}");
        }
        findings.iter().map(|found| format!("{}:{} {}", found.line, found.column, found.code)).collect()
    }

    #[test]
    fn a_script_as_people_write_them_has_no_findings() {
        let script = "\u{feff}# catalogs\n$catalog=shop\n$version=catalogVersion(catalog(id[default=$catalog]),version[default='Online'])[unique=true,default=$catalog:Online]\n\n\
            INSERT_UPDATE Product;code[unique=true];name[lang=en];name[lang=de];$version;@media[translator=de.hybris.Media]\n\
            ;1;one;eins\nVariantProduct;2;\"two; or\n \"\"more\"\"\";zwei;;http://x\n\
            #% impex.includeExternalData(Importer.class.getResourceAsStream(\"x.csv\"), \"utf-8\", 1, 0);\n\
            INSERT Media;code[unique=true];price\n;m;5 $\n;n;$5\n\
            UPDATE Item[processor=x.Y];pk[unique=true];$config-shop.url\n;1;2\n\
            $START_USERRIGHTS;;;;\nType;UID;MemberOfGroups;Password;Target\nUserGroup;a;b\n$END_USERRIGHTS;;;;\n";
        assert_eq!(found(script), [""; 0]);
    }

    #[test]
    fn rows_are_compared_with_their_header() {
        assert_eq!(
            found(";a\nINSERT Title;code\n;a;b;c\n;\"x;y\"\n"),
            ["1:1 row-without-header", "3:4 too-many-cells"]
        );
        assert_eq!(found("INSERT_UPDATE Title;name;code[unique=true]\n;a\n;a;b\n"), ["2:3 missing-unique-cell"]);
        // A macro may stand for several cells or columns.
        assert_eq!(found("$two=b;c\nINSERT Title;a;$two\n;1;2;3\n"), [""; 0]);
        assert_eq!(found("$two=b;c\nINSERT Title;a;b;c\n;1;$two\n"), [""; 0]);
    }

    #[test]
    fn modes_and_modifiers_that_are_misspelt_are_named() {
        assert_eq!(found("INSERTUPDATE Title;code[unique=true]\n;a\n")[0], "1:1 unknown-mode");
        assert_eq!(
            found("INSERT_UPDATE Title;code[uniqe=true]\n;a\n"),
            ["1:1 no-unique-column", "1:26 misspelt-modifier"]
        );
        assert_eq!(found("INSERT\n;a\n"), ["1:1 mode-without-type"]);
        let finding = &lint_impex("UPSERT Title;code[unique=true]\n")[0];
        assert!(
            finding.message.contains("UPSERT")
                && finding.help.as_deref().is_some_and(|help| help.contains("INSERT_UPDATE"))
        );
    }

    #[test]
    fn macros_that_are_not_defined_are_errors_in_headers_and_warnings_in_rows() {
        assert_eq!(found("INSERT Title;code;$nam\n;$x;y\n$x=1\n"), ["1:19 undefined-macro", "2:2 undefined-macro"]);
        let findings = lint_impex("$name=a\nINSERT Title;code;$nam\n;$x;y\n$x=1\n");
        assert_eq!((findings[0].severity, findings[1].severity), (LintSeverity::Error, LintSeverity::Warning));
        assert_eq!(findings[0].help.as_deref(), Some("did you mean $name?"));
        assert_eq!(findings[1].help.as_deref(), Some("$x is defined in line 4, after this line"));
    }

    #[test]
    fn quotes_and_brackets_need_an_end() {
        assert_eq!(found("INSERT Title;code\n;\"a\n;b\n"), ["2:2 open-quote"]);
        assert_eq!(found("INSERT Title;code[unique=true;name\n;a;b\n"), ["1:18 open-bracket"]);
        assert_eq!(found("INSERT Title;code(a(b);name\n;a;b\n"), ["1:18 open-bracket"]);
        assert_eq!(found("INSERT Title;code]\n;a\n"), ["1:18 open-bracket"]);
    }

    #[test]
    fn headers_are_looked_at() {
        assert_eq!(found("INSERT Title;code;code\n;a;b\n"), ["1:19 repeated-column"]);
        assert_eq!(found("INSERT_UPDATE Title;code[unique=true]; Code\n;a;b\n"), ["1:40 repeated-column"]);
        let differ = "INSERT Title;name[lang=en];name[lang=de];owner(Title.code);owner(Customer.uid)\n;a;b;c;d\n";
        assert_eq!(found(differ), [""; 0]);
        assert_eq!(found("INSERT Title;name[lang=en];name[lang=de]\n;a;b\n"), [""; 0]);
        assert_eq!(found("UPDATE Title;code\n;a\n"), ["1:1 no-unique-column"]);
        assert_eq!(found("INSERT Title;code\nINSERT Title;code\n;a\n"), ["1:1 header-without-rows"]);
        assert_eq!(found("INSERT Title;\\\n code;\\\n code\n;a;b\n"), ["3:2 repeated-column"]);
    }

    #[test]
    fn a_file_of_another_kind_has_so_many_findings_and_no_more() {
        assert_eq!(lint_impex(&"INSERT Title;$x\n;a\n".repeat(20_000)).len(), MOST_FINDINGS);
    }
}
