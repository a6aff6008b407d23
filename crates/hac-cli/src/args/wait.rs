//! `hac wait`.

use std::fmt;

use clap::Args;

use super::ResultArgs;
use super::update::interval;

/// Wait until the server answers, until no update is running, or until a node is back.
///
/// --until up: HAC answers. Sends no password. --until idle: HAC answers, a session is alive, and neither an update nor an
/// initialisation is running. --until node NODE: the load balancer leads to this node again (the value of its cookie ROUTE), and HAC
/// answers there. Sends no password. A server that sends no such cookie names no nodes: that is refused.
///
/// --timeout limits the whole wait [default: 600]; an answer that is on its way then has 10 seconds more. What does not pass by waiting, such as a wrong
/// password or a certificate that is not trusted, ends the wait at once.
///
/// Exit code 0: it is so. 3: the server could not be reached in that time. 5: it could, but it was not so.
#[derive(Debug, Args)]
pub(crate) struct WaitArgs {
    /// What to wait for: up, idle, or node NODE
    #[arg(long, value_names = ["STATE", "NODE"], num_args = 1..=2, default_value = "up")]
    pub until: Vec<String>,

    /// Interval between two looks, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, allow_negative_numbers = true, value_parser = interval)]
    pub interval: f64,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Goal {
    /// HAC answers.
    Up,
    /// Nothing is running.
    Idle,
    /// This node answers.
    Node(String),
}

impl WaitArgs {
    /// What to wait for; an error says why it is none of the three.
    pub(crate) fn goal(&self) -> Result<Goal, String> {
        let words: Vec<&str> = self.until.iter().map(String::as_str).collect();
        match words[..] {
            ["up"] => Ok(Goal::Up),
            ["idle"] => Ok(Goal::Idle),
            ["node", node] if !node.trim().is_empty() => Ok(Goal::Node(node.to_owned())),
            ["node", ..] => Err("node needs the name of a node".to_owned()),
            ["up" | "idle", extra] => Err(format!("{extra} is not expected after {}", words[0])),
            _ => Err(format!("{} is not a state to wait for", words.join(" "))),
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Up => f.write_str("up"),
            Self::Idle => f.write_str("idle"),
            Self::Node(node) => write!(f, "node {node}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_one_of_three_and_a_node_has_a_name() {
        let goal = |words: &[&str]| {
            WaitArgs {
                until: words.iter().map(|word| (*word).to_owned()).collect(),
                interval: 1.0,
                output: ResultArgs::default(),
            }
            .goal()
        };
        for (words, known) in
            [(&["up"][..], Goal::Up), (&["idle"], Goal::Idle), (&["node", ".n1"], Goal::Node(".n1".into()))]
        {
            let goal = goal(words).expect("a goal");
            assert_eq!(goal, known);
            assert_eq!(goal.to_string(), words.join(" "));
        }
        for (words, why) in [
            (&["down"][..], "down is not a state"),
            (&["node"], "needs the name"),
            (&["node", " "], "needs the name"),
            (&["up", "n1"], "n1 is not expected after up"),
            (&["n1", "node"], "n1 node is not a state"),
        ] {
            assert!(goal(words).is_err_and(|error| error.contains(why)), "{words:?}");
        }
    }
}
