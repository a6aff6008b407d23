package conformance;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import javax.sql.DataSource;

import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.HtmlUtils;

/** Runs SQL. There is no FlexibleSearch here: such a query is answered with an exception, as HAC answers a bad one. */
@RestController
public class FlexSearchConsole {

    private final DataSource database;

    public FlexSearchConsole(DataSource database) {
        this.database = database;
    }

    @PostMapping("/console/flexsearch/execute")
    public Map<String, Object> execute(@RequestParam("flexibleSearchQuery") String flexibleSearchQuery,
            @RequestParam(name = "sqlQuery", defaultValue = "") String sqlQuery,
            @RequestParam(name = "maxCount", defaultValue = "200") int maxCount,
            @RequestParam(name = "commit", defaultValue = "false") boolean commit) {
        Ledger.INSTANCE.execution();
        long began = System.nanoTime();
        List<String> headers = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>();
        Exception failure = null;
        if (sqlQuery.isEmpty()) {
            failure = new UnsupportedOperationException("this server has no FlexibleSearch, only SQL");
        } else {
            try {
                run(sqlQuery, maxCount, commit, headers, rows);
            } catch (SQLException thrown) {
                failure = new IllegalStateException(thrown.getMessage(), thrown);
            }
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("query", failure == null ? sqlQuery : null);
        answer.put("executionTime", (System.nanoTime() - began) / 1_000_000);
        answer.put("resultCount", rows.size());
        answer.put("exception", failure);
        answer.put("headers", failure == null ? headers : null);
        answer.put("resultList", failure == null ? rows : null);
        answer.put("rawExecution", !sqlQuery.isEmpty());
        answer.put("dataSourceId", "master");
        answer.put("exceptionStackTrace", failure == null ? "" : trace(failure));
        answer.put("parametersAsString", "");
        answer.put("catalogVersionsAsString", "");
        return answer;
    }

    private void run(String sql, int maxCount, boolean commit, List<String> headers, List<List<String>> rows)
            throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.setMaxRows(maxCount);
                if (statement.execute(sql)) {
                    read(statement.getResultSet(), headers, rows);
                }
                if (commit) {
                    connection.commit();
                }
            } finally {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        }
    }

    private static void read(ResultSet found, List<String> headers, List<List<String>> rows) throws SQLException {
        ResultSetMetaData columns = found.getMetaData();
        for (int column = 1; column <= columns.getColumnCount(); column++) {
            headers.add(columns.getColumnLabel(column));
        }
        while (found.next()) {
            List<String> row = new ArrayList<>();
            for (int column = 1; column <= columns.getColumnCount(); column++) {
                String cell = found.getString(column);
                row.add(cell == null ? null : HtmlUtils.htmlEscape(cell));
            }
            rows.add(row);
        }
    }

    private static String trace(Exception failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }
}
