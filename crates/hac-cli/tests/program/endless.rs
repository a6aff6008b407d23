//! Servers whose answers have no end: what the program keeps of them has one.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::bench::{HAC, home};

/// Answers every request with rows that do not end.
fn serve(row: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream, row));
        }
    });
    url
}

/// Until the program closes the connection.
fn answer(mut stream: TcpStream, row: &str) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    // What an import has to know of the type has an end.
    let body = String::from_utf8_lossy(&body);
    let short = if body.contains("AttributeDescriptor") {
        Some("{\"exception\":null,\"headers\":[\"A\",\"B\"],\"resultList\":[[\"a\",\"1\"]]}")
    } else if body.contains("type=") {
        Some("{\"exists\":false}")
    } else {
        None
    };
    if let Some(short) = short {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";
        return stream.write_all(format!("{head}{short}").as_bytes()).ok();
    }
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n\
        {\"exception\":null,\"headers\":[\"A\",\"B\"],\"resultList\":[";
    stream.write_all(format!("{head}{row}").as_bytes()).ok()?;
    let many = format!(",{row}").repeat(1_000);
    loop {
        stream.write_all(many.as_bytes()).ok()?;
    }
}

/// The most that the process had in memory, in KiB.
fn peak(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("its status");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("its peak");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

/// The program with a session at this server, which prints the rows in a format.
fn start(url: &str, home: &std::path::Path, arguments: &[&str]) -> Child {
    let session = format!(
        "{{\"base_url\":\"{url}\",\"username\":\"admin\",\"environment\":\"local\",\"session_id\":\"0123456789ABCDEF\",\
         \"csrf_token\":\"0123456789abcdef\"}}"
    );
    let hac = || {
        let mut command = Command::new(HAC);
        command.env_clear().env("HOME", home).env("HAC_URL", url).env("HAC_USERNAME", "admin");
        command
    };
    let mut import = assert_cmd::Command::from_std({
        let mut command = hac();
        command.args(["session", "import", "-q"]);
        command
    });
    import.write_stdin(session).assert().success();
    hac()
        .args(["flexsearch", "SELECT {a}, {b} FROM {X}", "-m", "0"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts")
}

/// Nulls and long cells: what takes the memory differs.
#[test]
fn a_table_without_end_turns_into_lines_and_takes_no_more_memory() {
    let long = format!("[\"{}\",null]", "x".repeat(900)).leak();
    let nulls = format!("[{}null]", "null,".repeat(49)).leak();
    for row in [nulls, long] {
        let home = home();
        let url = serve(row);
        let mut child = start(&url, home.path(), &["--format", "table"]);
        let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
        let mut notice = String::new();
        while !notice.contains("the rows follow as tab-separated lines") {
            assert!(stderr.read_line(&mut notice).expect("UTF-8") > 0, "{notice}");
        }
        let mut stdout = child.stdout.take().expect("piped");
        let mut begin = [0; 4];
        stdout.read_exact(&mut begin).expect("the headers");
        assert_eq!(&begin, b"A\tB\n");
        let few = std::io::copy(&mut stdout.by_ref().take(1 << 20), &mut std::io::sink()).expect("lines");
        let kept = peak(&child);
        let more = std::io::copy(&mut stdout.by_ref().take(4 << 20), &mut std::io::sink()).expect("lines");
        assert_eq!((few, more), (1 << 20, 4 << 20));
        let most = peak(&child);
        child.kill().expect("killed");
        child.wait().expect("it ends");
        assert!(most < 160 << 10, "{most} KiB for {}", &row[..row.len().min(20)]);
        assert!(most.saturating_sub(kept) < 8 << 10, "{kept} KiB, and then {most} KiB");
    }
}

#[test]
fn all_other_formats_print_rows_without_end_in_constant_memory() {
    let url = serve("[\"a cell of some letters; and a \\\"quote\\\"\",null]");
    for format in ["tsv", "csv", "json", "jsonl", "markdown", "vertical", "impex"] {
        let home = home();
        let mut child = start(&url, home.path(), &["--format", format]);
        let mut stdout = child.stdout.take().expect("piped");
        let few = std::io::copy(&mut stdout.by_ref().take(1 << 20), &mut std::io::sink()).expect("rows");
        let begun = peak(&child);
        let more = std::io::copy(&mut stdout.by_ref().take(8 << 20), &mut std::io::sink()).expect("rows");
        let most = peak(&child);
        child.kill().expect("killed");
        child.wait().expect("it ends");
        assert_eq!((few, more), (1 << 20, 8 << 20), "{format}");
        assert!(most.saturating_sub(begun) < 4 << 10, "{format}: {begun} KiB, and then {most} KiB");
    }
}
