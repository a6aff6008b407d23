//! What an import prints, in each of its forms.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Lines, Read};
use std::process::{Child, Command, Stdio};

use crate::bench::{Bench, Ran, isolated};
use crate::snapshot;

const LANGUAGES: &str = "INSERT_UPDATE Language;isocode[unique=true];active\n;fr;true\n;it;true\n";

fn told(told: &mut String, command: &str, ran: &Ran) {
    writeln!(told, "$ hac impex {command}\n{ran}").expect("a string");
}

/// The program in the background, with pipes.
fn started(bench: &Bench, arguments: &[&str]) -> Child {
    let mut command: Command = isolated(bench.home.path());
    command.env("HAC_URL", bench.simulator.url()).env("HAC_USERNAME", "admin").env("HAC_PASSWORD", "nimda");
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("it starts")
}

/// Reads on to the line that holds this text, and returns all of them.
fn until(lines: &mut Lines<BufReader<impl Read>>, text: &str) -> String {
    let mut read = String::new();
    while !read.contains(text) {
        writeln!(read, "{}", lines.next().expect("it is said").expect("UTF-8")).expect("a string");
    }
    read
}

/// An archive that holds one file, which is not compressed.
fn zip(name: &str, content: &[u8]) -> Vec<u8> {
    let number = |value: usize, bytes: usize| value.to_le_bytes()[..bytes].to_vec();
    let mut sum = flate2::Crc::new();
    sum.update(content);
    // Version, no flags, stored, no time, checksum, both sizes, length of the name, nothing more.
    let described = [
        number(20, 2),
        number(0, 8),
        sum.sum().to_le_bytes().to_vec(),
        number(content.len(), 4),
        number(content.len(), 4),
        number(name.len(), 4),
    ]
    .concat();
    let file = [b"PK\x03\x04", &described[..], name.as_bytes(), content].concat();
    let entry = [b"PK\x01\x02", &number(20, 2)[..], &described, &[0; 14], name.as_bytes()].concat();
    let end = [number(0, 4), number(1, 2), number(1, 2), number(entry.len(), 4), number(file.len(), 4), number(0, 2)];
    [&file[..], &entry, b"PK\x05\x06", &end.concat()].concat()
}

/// Customers, so many.
fn customers(number: usize) -> String {
    let rows: Vec<String> = (1..=number).map(|number| format!(";customer-{number}\n")).collect();
    format!("INSERT_UPDATE Customer;uid[unique=true]\n{}", rows.concat())
}

#[test]
fn chunks_at_the_same_time_are_told_as_one_import() {
    let bench = Bench::new();
    bench.file("customers.impex", customers(40));
    let ran = bench.run(&["impex", "import", "customers.impex", "--chunk-lines", "10", "--parallel", "4"]);
    snapshot!(ran);
}

#[test]
fn an_archive_is_imported_as_one_file() {
    let bench = Bench::new();
    bench.file("languages.zip", zip("importscript.impex", LANGUAGES.as_bytes()));
    snapshot!(bench.run(&["impex", "import", "languages.zip"]));
}

#[test]
fn text_in_another_encoding_is_refused_until_it_is_named() {
    let bench = Bench::new();
    bench.file("latin1.impex", b"INSERT_UPDATE Language;isocode[unique=true];name[lang=en]\n;pt;Portugu\xeas\n");
    let mut all = String::new();
    for more in [&[][..], &["--encoding", "ISO-8859-1"], &["--encoding", "ISO-8859-99"]] {
        let ran = bench.run(&[&["impex", "import", "latin1.impex"], more].concat());
        told(&mut all, &[&["import", "latin1.impex"], more].concat().join(" "), &ran);
    }
    let query = "SELECT {name[en]} FROM {Language} WHERE {isocode} = 'pt'";
    assert_eq!(bench.run(&["flexsearch", query, "--no-headers", "-q"]).stdout, "Português\n");
    snapshot!(all);
}

#[test]
fn a_file_that_is_saved_is_imported_and_what_is_wrong_with_it_is_told() {
    let bench = Bench::new();
    std::fs::create_dir(bench.home.path().join("data")).expect("made");
    let mut child = started(&bench, &["impex", "watch", "data"]);
    let mut errors = BufReader::new(child.stderr.take().expect("piped")).lines();
    let mut output = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut told = until(&mut errors, "watching data");
    bench.file("data/languages.impex", LANGUAGES.replace(";it;true", ";it;maybe"));
    told += &until(&mut errors, "hint: ");
    bench.file("data/languages.impex", LANGUAGES);
    told += &until(&mut output, "successfully");
    child.kill().expect("killed");
    child.wait().expect("ended");
    snapshot!(told.replace(&bench.home.path().display().to_string(), "HOME").replace('\\', "/"));
}

#[cfg(unix)] // signals
#[test]
fn ctrl_c_is_told_at_once_and_at_the_end_with_the_way_to_go_on() {
    const IMPORT: &str = "/console/impex/import";
    let bench = Bench::new();
    bench.file("customers.impex", customers(40));
    bench.simulator.faults().once(hac_simulator::On::post(IMPORT).skip(1), hac_simulator::Fault::Hold);
    let mut child = started(&bench, &["impex", "import", "customers.impex", "--chunk-lines", "10"]);
    while bench.simulator.faults().held() == 0 {
        assert!(child.try_wait().expect("its state").is_none(), "it ended before its request was held");
        std::thread::yield_now();
    }
    crate::interruption::interrupt(&child);
    let mut errors = BufReader::new(child.stderr.take().expect("piped")).lines();
    let mut told = until(&mut errors, "stopping after the chunk in flight");
    bench.simulator.faults().release();
    for line in errors {
        writeln!(told, "{}", line.expect("UTF-8")).expect("a string");
    }
    let ended = child.wait().expect("it ends");
    assert_eq!((ended.code(), bench.simulator.ledger().count(IMPORT)), (Some(130), 2), "{told}");
    snapshot!(told.replace(&bench.home.path().display().to_string(), "HOME"));
}
