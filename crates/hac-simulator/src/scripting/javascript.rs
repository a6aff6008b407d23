//! JavaScript, in an engine of its own: no files, no network, no modules; `db` is all it can reach.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rquickjs::context::EvalOptions;
use rquickjs::convert::Coerced;
use rquickjs::function::Rest;
use rquickjs::{CatchResultExt, CaughtError, Context, Ctx, Exception, Function, Object, Runtime, Value};

use super::ScriptOutcome;
use crate::database::{Database, Lease, SqlError};

/// How long a script may run.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(30);
/// How much memory its values may take.
const MEMORY_LIMIT: usize = 256 << 20;
/// How much it may print.
const OUTPUT_LIMIT: usize = 64 << 20;
/// Well below the stack of the thread that runs it.
const STACK_LIMIT: usize = 512 << 10;

pub(super) fn run(script: &str, commit: bool, database: &Arc<Database>) -> ScriptOutcome {
    run_for(TIME_LIMIT, script, commit, database)
}

pub(super) fn run_for(limit: Duration, script: &str, commit: bool, database: &Arc<Database>) -> ScriptOutcome {
    let host = Rc::new(Host {
        database: Arc::clone(database),
        deadline: Instant::now() + limit,
        lease: RefCell::default(),
        output: RefCell::default(),
    });
    let outcome = evaluate(script, &host).and_then(|result| host.finish(commit).map(|()| result));
    let output_text = host.output.take();
    match outcome {
        Ok(execution_result) => ScriptOutcome { execution_result, output_text, stacktrace_text: String::new() },
        Err(trace) => {
            let stacktrace_text = if Instant::now() >= host.deadline {
                format!("the script was ended after {} s\n{trace}", limit.as_secs())
            } else {
                trace
            };
            ScriptOutcome { execution_result: String::new(), output_text, stacktrace_text }
        }
    }
}

/// The text of the script's value, or the trace of what it threw.
fn evaluate(script: &str, host: &Rc<Host>) -> Result<String, String> {
    let engine = |error: rquickjs::Error| format!("the JavaScript engine failed: {error}");
    let runtime = Runtime::new().map_err(engine)?;
    runtime.set_memory_limit(MEMORY_LIMIT);
    runtime.set_max_stack_size(STACK_LIMIT);
    let deadline = host.deadline;
    runtime.set_interrupt_handler(Some(Box::new(move || Instant::now() >= deadline)));
    let context = Context::full(&runtime).map_err(engine)?;
    context.with(|ctx| {
        install(&ctx, host).map_err(engine)?;
        let mut options = EvalOptions::default();
        // As a console takes it: `x = 4` makes a variable.
        options.strict = false;
        options.filename = Some(String::from("script.js"));
        let value: Value<'_> = ctx.eval_with_options(script, options).catch(&ctx).map_err(|caught| trace(&caught))?;
        // What the script left to promises is part of it.
        while Instant::now() < deadline && ctx.execute_pending_job() {}
        if Instant::now() >= deadline {
            return Err(String::from("InternalError: interrupted"));
        }
        if value.is_undefined() || value.is_null() {
            return Ok(String::from("null"));
        }
        let Coerced(text) = value.get::<Coerced<String>>().catch(&ctx).map_err(|caught| trace(&caught))?;
        Ok(text)
    })
}

fn install<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> rquickjs::Result<()> {
    let globals = ctx.globals();
    let printer = |end: &'static str| {
        let host = Rc::clone(host);
        move |ctx: Ctx<'js>, values: Rest<Coerced<String>>| host.print(&ctx, &values.0, end)
    };
    globals.set("print", Function::new(ctx.clone(), printer(""))?)?;
    globals.set("println", Function::new(ctx.clone(), printer("\n"))?)?;
    let console = Object::new(ctx.clone())?;
    console.set("log", Function::new(ctx.clone(), printer("\n"))?)?;
    globals.set("console", console)?;

    let db = Object::new(ctx.clone())?;
    let asked = Rc::clone(host);
    db.set(
        "query",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, sql: String| asked.sql(&ctx, &sql).map(|table| table.rows))?,
    )?;
    let asked = Rc::clone(host);
    db.set(
        "update",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, sql: String| asked.sql(&ctx, &sql).map(|table| table.changed))?,
    )?;
    globals.set("db", db)
}

fn trace(caught: &CaughtError<'_>) -> String {
    match caught {
        CaughtError::Exception(exception) => {
            let name: String = exception.get("name").unwrap_or_else(|_| String::from("Error"));
            let message = exception.message().unwrap_or_default();
            let stack = exception.stack().unwrap_or_default();
            format!("{name}: {message}\n{stack}").trim_end().to_owned()
        }
        CaughtError::Value(value) => {
            let text = value.get::<Coerced<String>>().map_or_else(|_| format!("{value:?}"), |text| text.0);
            format!("thrown: {text}")
        }
        CaughtError::Error(error) => error.to_string(),
    }
}

/// What a script can reach.
struct Host {
    database: Arc<Database>,
    deadline: Instant,
    /// The transaction of the script, from its first statement on.
    lease: RefCell<Option<Lease>>,
    output: RefCell<String>,
}

impl Host {
    fn print(&self, ctx: &Ctx<'_>, values: &[Coerced<String>], end: &str) -> rquickjs::Result<()> {
        let mut output = self.output.borrow_mut();
        let more: usize = values.iter().map(|value| value.0.len() + 1).sum();
        if output.len() + more > OUTPUT_LIMIT {
            return Err(Exception::throw_range(ctx, &format!("more than {} MB of output", OUTPUT_LIMIT >> 20)));
        }
        for (position, Coerced(value)) in values.iter().enumerate() {
            if position > 0 {
                output.push(' ');
            }
            output.push_str(value);
        }
        output.push_str(end);
        Ok(())
    }

    fn sql(&self, ctx: &Ctx<'_>, sql: &str) -> rquickjs::Result<crate::database::Table> {
        self.statement(sql).map_err(|error| Exception::throw_message(ctx, &error.to_string()))
    }

    fn statement(&self, sql: &str) -> Result<crate::database::Table, SqlError> {
        let mut lease = self.lease.borrow_mut();
        if lease.is_none() {
            let fresh = self.database.lease(self.deadline.saturating_duration_since(Instant::now()))?;
            fresh.begin()?;
            *lease = Some(fresh);
        }
        match &*lease {
            Some(lease) => lease.run(sql, usize::MAX, self.deadline),
            None => Err(SqlError::Busy),
        }
    }

    /// Ends the transaction. A script that threw does not come here, and its transaction is rolled back.
    fn finish(&self, commit: bool) -> Result<(), String> {
        match self.lease.take() {
            Some(lease) if commit => lease.commit().map_err(|error| error.to_string()),
            _ => Ok(()),
        }
    }
}
