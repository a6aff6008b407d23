//! `hac simulator` and `hac demo`.

use std::path::PathBuf;

use clap::Args;

use super::number::whole;

/// Run a simulator of HAC on this machine until Ctrl-C.
///
/// It listens only on the loopback address. It has a small database, so that queries and scripts
/// return real results. The username is admin, the password nimda.
#[derive(Debug, Args)]
pub(crate) struct SimulatorArgs {
    /// Release of SAP Commerce to simulate: 1811, 2005, 2205, 2211, 2211-jdk21
    #[arg(long, value_name = "RELEASE", default_value = "2211-jdk21")]
    pub release: hac_simulator::Release,

    /// Port to listen on; 0 for any free port
    #[arg(long, value_name = "PORT", default_value_t = 9001, allow_negative_numbers = true, value_parser = whole::<u16>)]
    pub port: u16,

    /// Serve https, with a self-signed certificate
    #[arg(long)]
    pub https: bool,

    /// Number of products in the database
    #[arg(long, value_name = "NUMBER", default_value_t = 100, allow_negative_numbers = true, value_parser = whole::<usize>)]
    pub products: usize,

    /// Number of stock levels, for exports of very many rows
    #[arg(long, value_name = "NUMBER", default_value_t = 0, allow_negative_numbers = true, value_parser = whole::<usize>)]
    pub stock_levels: usize,

    /// Keep the database in this file, and go on with the rows that it has [default: in memory]
    ///
    /// What was committed is still there when the simulator starts on the file again, even if it was killed. A file that is
    /// not new keeps its rows, whatever --products and --stock-levels say.
    #[arg(long, value_name = "FILE")]
    pub database: Option<PathBuf>,

    /// Run Groovy scripts with the Groovy on the PATH; without one, it does not start
    #[arg(long)]
    pub groovy: bool,

    /// Number of nodes behind a load balancer
    #[arg(long, value_name = "NUMBER", default_value_t = 1, allow_negative_numbers = true, value_parser = nodes)]
    pub nodes: u8,

    /// Open a second port for inspecting requests and injecting faults
    #[arg(long)]
    pub control: bool,

    /// Duration of a system update, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3, allow_negative_numbers = true, value_parser = whole::<u16>)]
    pub update_seconds: u16,

    /// Make this patch fail during a system update, by name or hash
    #[arg(long, value_name = "NAME")]
    pub failing_patch: Option<String>,

    /// Expire sessions after this many seconds without a request [default: never]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = whole::<u64>)]
    pub idle: Option<u64>,
}

/// Show the most common operations against a simulator.
///
/// It needs no server and leaves nothing behind. Each step shows the command, its output, and the
/// requests that the server received.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Keep the simulator running afterwards, so that you can try the commands yourself
    #[arg(long)]
    pub keep: bool,
}

fn nodes(text: &str) -> Result<u8, String> {
    text.parse()
        .ok()
        .filter(|nodes| (1..=9).contains(nodes))
        .ok_or_else(|| "must be a whole number from 1 to 9".to_owned())
}
