//! `hac simulator` and `hac demo`.

use clap::Args;

use super::number::whole;

/// Run a simulated HAC on this machine until Ctrl-C.
///
/// It listens on the loopback address only. Behind it is a small database, so that queries and
/// scripts give real answers. Log in as admin with the password nimda.
#[derive(Debug, Args)]
pub(crate) struct SimulatorArgs {
    /// The release of SAP Commerce to play: 1811, 2005, 2205, 2211, 2211-jdk21
    #[arg(long, value_name = "RELEASE", default_value = "2211-jdk21")]
    pub release: hac_simulator::Release,

    /// The port to listen on; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 9001, value_parser = whole::<u16>)]
    pub port: u16,

    /// Serve https, with a certificate of its own
    #[arg(long)]
    pub https: bool,

    /// How many products the database holds
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = whole::<usize>)]
    pub products: usize,

    /// Run Groovy scripts in the Groovy that is installed on this machine
    #[arg(long)]
    pub groovy: bool,

    /// How many nodes to play behind a balancer
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = nodes)]
    pub nodes: u8,

    /// Open a second port that tells what happened and makes faults happen
    #[arg(long)]
    pub control: bool,

    /// How long a system update takes, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = whole::<u16>)]
    pub update_seconds: u16,

    /// Let this patch of a system update fail, by its name or hash
    #[arg(long, value_name = "NAME")]
    pub failing_patch: Option<String>,

    /// Forget a session after this many seconds without a request [default: never]
    #[arg(long, value_name = "SECONDS", value_parser = whole::<u64>)]
    pub idle: Option<u64>,
}

/// Show what this program does, against a simulated HAC on this machine.
///
/// Nothing is needed for it and nothing is left behind. Each step prints the command that it ran,
/// what the command printed, and what the server saw.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Keep the simulated HAC running afterwards, so that you can type the commands yourself
    #[arg(long)]
    pub keep: bool,
}

fn nodes(text: &str) -> Result<u8, String> {
    text.parse()
        .ok()
        .filter(|nodes| (1..=9).contains(nodes))
        .ok_or_else(|| "give a whole number, from 1 to 9".to_owned())
}
