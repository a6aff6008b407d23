package conformance;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;

import javax.sql.DataSource;

import groovy.lang.Binding;
import groovy.lang.GroovyShell;
import groovy.sql.Sql;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Runs scripts in Groovy, each in a transaction of its own; {@code db} is the database in it. */
@RestController
public class ScriptingConsole {

    private final DataSource database;
    private final TransactionTemplate transaction;

    public ScriptingConsole(DataSource database, PlatformTransactionManager transactions) {
        this.database = database;
        this.transaction = new TransactionTemplate(transactions);
    }

    @PostMapping("/console/scripting/execute")
    public Map<String, String> execute(@RequestParam("script") String script, @RequestParam("scriptType") String scriptType,
            @RequestParam(name = "commit", defaultValue = "false") boolean commit) {
        Ledger.INSTANCE.execution();
        if (!scriptType.equals("groovy")) {
            return answer("", "", "this server runs groovy only, and not " + scriptType);
        }
        return transaction.execute(status -> run(script, commit, status));
    }

    private Map<String, String> run(String script, boolean commit, TransactionStatus status) {
        StringWriter output = new StringWriter();
        try {
            if (!commit) {
                status.setRollbackOnly();
            }
            Binding binding = new Binding();
            binding.setVariable("out", new PrintWriter(output));
            binding.setVariable("db", new Sql(DataSourceUtils.getConnection(database)));
            Object result = new GroovyShell(binding).evaluate(script);
            return answer(String.valueOf(result), output.toString(), "");
        } catch (Throwable thrown) {
            status.setRollbackOnly();
            StringWriter trace = new StringWriter();
            thrown.printStackTrace(new PrintWriter(trace, true));
            return answer("", output.toString(), trace.toString());
        }
    }

    /** The keys in HAC's order. */
    private static Map<String, String> answer(String result, String output, String trace) {
        Map<String, String> answer = new LinkedHashMap<>();
        answer.put("executionResult", result);
        answer.put("outputText", output);
        answer.put("stacktraceText", trace);
        return answer;
    }
}
