//! Queries: rows, nulls, what is escaped, what fails.

use std::sync::Arc;

use hac_client::{Commit, Error, FlexibleSearch, HacClient};

use crate::behaviours;
use crate::server::Server;

pub(crate) const BEHAVIOURS: &[crate::Behaviour] = behaviours![Usual:
    cells_are_returned_unchanged_and_nulls_as_nulls,
    cells_are_escaped_on_the_wire,
    at_most_the_requested_number_of_rows_is_returned,
    a_query_without_rows_returns_headers,
    a_failed_query_is_a_result_with_a_message,
    flexible_search_works_or_fails_with_a_message,
    sql_is_rolled_back_unless_committed,
];

const SPECIAL: &str = "SELECT '<b>\"A\" & ''B''</b> ä€😀' AS P_NAME, NULL AS P_NOTE, '' AS P_EMPTY";

async fn cells_are_returned_unchanged_and_nulls_as_nulls(server: Arc<Server>) {
    let result = server.admin().execute_flexiblesearch(FlexibleSearch::sql(SPECIAL)).await.expect("a result");
    assert!(result.success(), "{result:?}");
    assert_eq!(result.headers(), ["P_NAME", "P_NOTE", "P_EMPTY"]);
    assert_eq!(result.rows, [[Some("<b>\"A\" & 'B'</b> ä€😀".to_owned()), None, Some(String::new())]]);
    assert!(!result.summary.truncated);
}

async fn cells_are_escaped_on_the_wire(server: Arc<Server>) {
    let query = FlexibleSearch::sql(SPECIAL).decode_cells(false);
    let result = server.admin().execute_flexiblesearch(query).await.expect("a result");
    let cell = result.rows[0][0].clone().expect("a cell");
    assert!(cell.starts_with("&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt; "), "{cell}");
}

async fn at_most_the_requested_number_of_rows_is_returned(server: Arc<Server>) {
    let query = FlexibleSearch::sql("SELECT 1 AS N UNION ALL SELECT 2 UNION ALL SELECT 3 ORDER BY 1");
    let client = server.admin();
    let result = client.execute_flexiblesearch(query.clone().max_count(2)).await.expect("a result");
    assert_eq!(result.rows, [[Some("1".to_owned())], [Some("2".to_owned())]]);
    assert!(result.summary.truncated);
    let result = client.execute_flexiblesearch(query.max_count(4)).await.expect("a result");
    assert_eq!((result.rows.len(), result.summary.truncated), (3, false));
}

async fn a_query_without_rows_returns_headers(server: Arc<Server>) {
    let query = FlexibleSearch::sql("SELECT N FROM (SELECT 1 AS N) AS T WHERE N = 2");
    let result = server.admin().execute_flexiblesearch(query).await.expect("a result");
    assert_eq!((result.headers(), result.rows.len()), (&["N".to_owned()][..], 0));
}

async fn a_failed_query_is_a_result_with_a_message(server: Arc<Server>) {
    let query = FlexibleSearch::sql("SELECT * FROM absent_table");
    let result = server.admin().execute_flexiblesearch(query).await.or_else(Error::into_outcome).expect("a result");
    let failure = result.summary.failure.expect("a failure");
    assert!(failure.message.to_lowercase().contains("absent_table"), "{failure:?}");
    assert!(!failure.stack_trace.is_empty());
}

async fn flexible_search_works_or_fails_with_a_message(server: Arc<Server>) {
    let result = server
        .admin()
        .execute_flexiblesearch("SELECT {pk} FROM {Product}")
        .await
        .or_else(Error::into_outcome)
        .expect("a result");
    let message = result.summary.failure.map(|failure| failure.message);
    assert_eq!(message.is_some(), server.expected.flexible_search_fails.is_some(), "{message:?}");
    assert!(message.unwrap_or_default().contains(server.expected.flexible_search_fails.unwrap_or_default()));
}

async fn sql_is_rolled_back_unless_committed(server: Arc<Server>) {
    let client = server.admin();
    run(&client, "CREATE TABLE IF NOT EXISTS written (name VARCHAR(20))", Commit::Yes).await;
    for (commit, kept) in [(Commit::No, "0"), (Commit::Yes, "1")] {
        run(&client, "INSERT INTO written VALUES ('row')", commit).await;
        let counted = run(&client, "SELECT COUNT(*) FROM written", Commit::No).await;
        assert_eq!(counted, [[Some(kept.to_owned())]], "after {commit:?}");
    }
}

async fn run(client: &HacClient, sql: &str, commit: Commit) -> Vec<Vec<Option<String>>> {
    let result = client.execute_flexiblesearch(FlexibleSearch::sql(sql).commit(commit)).await.expect("a result");
    assert!(result.success(), "{sql}: {result:?}");
    result.rows
}
