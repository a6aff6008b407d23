// Runs the script in args[0]. What it prints goes to the file `output` in the directory args[1], what it returns to
// `result`, what it throws to `trace`; `done` appears when all of them are whole.
import org.codehaus.groovy.runtime.StackTraceUtils

def directory = new File(args[1])
def output = new PrintStream(new FileOutputStream(new File(directory, 'output')), true, 'UTF-8')
System.setOut(output)
System.setErr(output)

def result = ''
def trace = ''
try {
    def shell = new GroovyShell(new Binding([out: output]))
    def value = shell.parse(new File(args[0]).getText('UTF-8'), 'Script1.groovy').run()
    result = value == null ? 'null' : value.toString()
} catch (Throwable thrown) {
    def text = new StringWriter()
    StackTraceUtils.deepSanitize(thrown).printStackTrace(new PrintWriter(text, true))
    trace = text.toString().readLines().findAll { !it.startsWith('\tat wrapper.') }.join('\n')
}
output.flush()
new File(directory, 'result').setText(result, 'UTF-8')
new File(directory, 'trace').setText(trace, 'UTF-8')
new File(directory, 'done').createNewFile()
// A thread that the script left behind must not keep the process.
System.exit(0)
