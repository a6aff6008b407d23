//! The applications in `spring/` as Maven builds them, and how Java starts them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

use hac_client::{Commit, FlexibleSearch};

use crate::server::builder;
use crate::spring::{Failed, Spring};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("spring")
}

/// Builds both applications, unless nothing has changed since they were built. Tried once in a run.
pub(crate) fn build() -> Result<(), Failed> {
    static BUILT: OnceLock<Result<(), Failed>> = OnceLock::new();
    BUILT.get_or_init(try_to_build).clone()
}

fn try_to_build() -> Result<(), Failed> {
    let directory = directory();
    let built = directory.join("target/built");
    if let Ok(built) = fs::metadata(&built).and_then(|metadata| metadata.modified())
        && newest(&directory).is_some_and(|changed| changed < built)
        && APPLICATIONS.iter().all(|application| target_of(application).join(JAR).exists())
    {
        return Ok(());
    }
    let output = Command::new("mvn")
        .args(["-q", "-B", "-Dstyle.color=never", "clean", "compile"])
        .current_dir(&directory)
        .output()
        .map_err(|_| Failed::missing("there is no Maven (mvn) on this machine"))?;
    let broken = |cause: std::io::Error| Failed::broken(format!("cannot write to {}: {cause}", directory.display()));
    fs::create_dir_all(directory.join("target")).map_err(broken)?;
    if !output.status.success() {
        let log = directory.join("target/maven.log");
        let text = [output.stdout, output.stderr].concat();
        fs::write(&log, &text).map_err(broken)?;
        let text = String::from_utf8_lossy(&text);
        let (_, reason) = MISSING
            .iter()
            .find(|(sign, _)| text.contains(sign))
            .ok_or_else(|| Failed::broken(format!("the applications do not compile, see {}", log.display())))?;
        return Err(Failed::missing(format!("{reason}, see {}", log.display())));
    }
    for application in APPLICATIONS {
        archive(application)?;
    }
    fs::write(&built, "").map_err(broken)
}

/// Puts the classes into a JAR, and all that Java has loaded and checked when it ends into an archive, from which each further
/// start takes half the time. Java goes without an archive that it cannot write or that does not fit.
fn archive(application: &str) -> Result<(), Failed> {
    let target = target_of(application);
    let mut jar = Command::new("jar");
    jar.args(["--create", "--file", JAR, "-C", "classes", "."]).current_dir(&target);
    let status = jar.status().map_err(|_| Failed::missing("there is no jar, which is a part of each JDK"))?;
    if !status.success() {
        return Err(Failed::broken(format!("jar fails in {}", target.display())));
    }
    let write = format!("-XX:ArchiveClassesAtExit={}", target.join(ARCHIVE).display());
    let training = Spring::launch_with(application, "training", &[write], &["--context-path", "/hac"])?;
    let spring = training.announced()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let client = builder(spring.url(), None, "admin", "nimda").session_persistence(false).build().expect("a client");
    let used = runtime.block_on(async {
        client.execute_groovy("return 6 * 7", Commit::No).await?;
        client.execute_flexiblesearch(FlexibleSearch::sql("SELECT 1")).await
    });
    used.map_err(|error| Failed::broken(format!("{application} does not work: {error}")))?;
    spring.end();
    Ok(())
}

const APPLICATIONS: [&str; 2] = ["spring58", "spring6"];
const JAR: &str = "application.jar";
const ARCHIVE: &str = "application.jsa";

fn target_of(application: &str) -> PathBuf {
    directory().join(application).join("target")
}

/// The file that a server's errors go to.
pub(crate) fn log(application: &str, node: &str, arguments: &[&str]) -> PathBuf {
    target_of(application).join(format!("log-{node}{}", arguments.concat().replace('/', "_")))
}

/// A Java that runs this class of the application.
pub(crate) fn java(application: &str, properties: &[String], class: &str) -> Command {
    let target = target_of(application);
    let archive = target.join(ARCHIVE);
    let mut command = Command::new("java");
    // What it has to say about the archive must not come before what the application says.
    command.args([
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Xmx256m",
        "-Xlog:disable",
        "-Xlog:all=warning:stderr",
    ]);
    if archive.exists() {
        command.arg(format!("-XX:SharedArchiveFile={}", archive.display()));
    }
    command
        .args(properties)
        .arg("-cp")
        .arg(format!("{0}/{JAR}:{0}/lib/*", target.display()))
        .arg(format!("conformance.{class}"));
    command
}

/// What Maven says when this machine is the reason, and what that means.
const MISSING: [(&str, &str); 5] = [
    ("Could not transfer artifact", "Maven cannot reach its packages"),
    ("Could not resolve dependencies", "Maven cannot reach its packages"),
    ("in offline mode", "Maven cannot reach its packages"),
    ("No compiler is provided", "there is no Java compiler (a JDK, 17 or newer)"),
    ("release version 17 not supported", "the JDK is older than 17"),
];

/// When the newest source was changed.
fn newest(directory: &Path) -> Option<SystemTime> {
    fs::read_dir(directory)
        .ok()?
        .flatten()
        .filter(|entry| entry.file_name() != "target")
        .filter_map(|entry| {
            let metadata = entry.metadata().ok()?;
            if metadata.is_dir() { newest(&entry.path()) } else { metadata.modified().ok() }
        })
        .max()
}
