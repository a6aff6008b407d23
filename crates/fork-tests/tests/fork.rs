//! What the child of a fork may do with a client that it inherited: drop it, and nothing else.

use std::io;
use std::panic::AssertUnwindSafe;

use hac_client::{BasicAuthHandler, Commit, ErrorKind, HacClient, HacClientBuilder};
use hac_simulator::{Simulator, SimulatorHandle};

/// How long a child may take before the system ends it. A child that waits for a lock which nobody holds any more would wait for ever.
const CHILD_SECONDS: u32 = 60;

/// Runs something in a forked child and returns its exit code, or the negative number of the signal that ended it.
fn in_a_child(work: impl FnOnce() -> i32) -> i32 {
    // SAFETY: The child has this thread only. It allocates (glibc makes its allocator usable after a fork) and drops what it
    // inherited, which is what is tested here, and leaves by `_exit` without running the destructors of the test program.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "fork: {}", io::Error::last_os_error());
    if child == 0 {
        // SAFETY: Sets a timer of the child.
        unsafe { libc::alarm(CHILD_SECONDS) };
        let code = std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
        // SAFETY: Ends the child at once.
        unsafe { libc::_exit(code) };
    }
    let mut status = 0;
    loop {
        // SAFETY: `status` outlives the call.
        let ended = unsafe { libc::waitpid(child, &raw mut status, 0) };
        if ended == child {
            break;
        }
        assert_eq!(io::Error::last_os_error().kind(), io::ErrorKind::Interrupted);
    }
    if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -libc::WTERMSIG(status) }
}

fn simulator() -> SimulatorHandle {
    Simulator::builder().products(5).start().expect("a simulator")
}

fn builder(simulator: &SimulatorHandle) -> HacClientBuilder {
    HacClient::builder(simulator.url()).auth_handler(BasicAuthHandler::new("admin", "nimda")).session_persistence(false)
}

fn run(client: &hac_client::blocking::HacClient) -> hac_client::Result<bool> {
    client.execute_script(script()).map(|result| result.success())
}

fn script() -> hac_client::Script {
    hac_client::Script::new(hac_client::ScriptType::JavaScript, "1")
}

/// Drops the client in the child, and leaves it to the parent.
fn dropped_in_a_child<T>(client: T) -> T {
    let mut kept = Some(client);
    let code = in_a_child(|| {
        drop(kept.take());
        0
    });
    assert_eq!(code, 0, "the child could not drop it");
    kept.expect("the parent's own")
}

#[test]
fn a_forked_child_that_drops_a_blocking_client_does_not_disturb_the_parent() {
    let simulator = simulator();
    let mut client = builder(&simulator).build_blocking().expect("a client");
    for round in 1..=20 {
        assert!(run(&client).expect("a result"), "round {round}");
        client = dropped_in_a_child(client);
        assert!(run(&client).expect("a result"), "round {round}");
        assert_eq!(simulator.ledger().executed(), 2 * round);
    }
    assert_eq!(simulator.ledger().logins(), 1);
    // Five requests to the first answer, and one for each call after it.
    assert_eq!(simulator.ledger().len(), 5 + 39);
}

#[test]
fn a_forked_child_that_drops_an_async_client_does_not_disturb_the_parent() {
    let simulator = simulator();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut client = builder(&simulator).build().expect("a client");
    for round in 1..=20 {
        for _ in 0..2 {
            let result = runtime.block_on(client.execute_script(script())).expect("a result");
            assert!(result.success(), "round {round}");
            client = dropped_in_a_child(client);
        }
        assert_eq!(simulator.ledger().executed(), 2 * round);
    }
    assert_eq!((simulator.ledger().logins(), simulator.ledger().len()), (1, 5 + 39));
}

#[test]
fn a_forked_child_gets_every_call_refused_and_the_parent_goes_on() {
    let simulator = simulator();
    let client = builder(&simulator).build_blocking().expect("a client");
    assert!(run(&client).expect("a result"));
    let code = in_a_child(|| {
        let refused = |kind: Option<ErrorKind>| kind == Some(ErrorKind::Usage);
        let call = run(&client).err().map(|error| error.kind());
        let login = client.login().err().map(|error| error.kind());
        let write = client.execute_groovy("1", Commit::Yes).err().map(|error| error.kind());
        i32::from(!(refused(call) && refused(login) && refused(write) && client.session_info().is_none()))
    });
    assert_eq!(code, 0, "a call was not refused with `usage`");
    assert!(run(&client).expect("a result"));
    assert_eq!(simulator.ledger().executed(), 2);
}

#[test]
fn a_child_that_is_forked_in_the_middle_of_calls_can_drop_the_client_too() {
    let simulator = simulator();
    let client = builder(&simulator).build_blocking().expect("a client");
    assert!(run(&client).expect("a result"));
    std::thread::scope(|scope| {
        let calls = scope.spawn(|| (0..200).filter(|_| run(&client).is_ok_and(|success| success)).count());
        let mut forks = 0;
        while !calls.is_finished() || forks == 0 {
            let code = in_a_child(|| {
                // SAFETY: The child has no other thread, and leaves without dropping the original.
                drop(unsafe { std::ptr::read(&raw const client) });
                0
            });
            assert_eq!(code, 0);
            forks += 1;
        }
        assert_eq!(calls.join().expect("no panic"), 200);
    });
    assert_eq!(simulator.ledger().executed(), 201);
}
