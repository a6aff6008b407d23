//! Each status that may stand in place of an answer.

use std::time::Duration;

use super::connections::WAY;
use super::{Fault, each_form, has_call, some};
use crate::expectations::Class;
use crate::server::answer::Answer;
use crate::server::{Act, Place, pages};

fn status(class: Class, code: u16) -> Fault {
    // The common ones are met by every operation.
    let all = matches!(code, 400 | 404 | 413 | 500 | 502 | 503 | 504);
    let fault = Fault::new(class, format!("status {code}"), move |_| vec![Act::Send(page(code).bytes())]);
    if code == 204 {
        // A log of statements may be empty.
        return fault.only(|operation| operation.name != "JDBC log");
    }
    if all { fault } else { fault.only(each_form) }
}

fn page(code: u16) -> Answer {
    Answer::html(code, pages::foreign(&format!("Error {code}"), "The gateway says no")).header("Server", "gateway/1.0")
}

const REJECTED: [u16; 22] =
    [400, 402, 404, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 428, 431, 451];
const SERVER_ERRORS: [u16; 8] = [500, 501, 504, 505, 507, 511, 520, 599];
const ODD: [u16; 10] = [203, 204, 205, 207, 226, 300, 304, 306, 600, 999];

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(REJECTED.map(|code| status(Class::Rejected, code)));
    faults.extend(SERVER_ERRORS.map(|code| status(Class::ServerError, code)));
    faults.extend(ODD.map(|code| status(Class::OddStatus, code)));
    for code in [502, 503] {
        faults.push(status(Class::GatewayError, code));
        faults.push(status(Class::GatewayError, code).once());
    }
    for code in [500, 503, 404] {
        let class = match code {
            500 => Class::ServerError,
            503 => Class::GatewayError,
            _ => Class::Rejected,
        };
        let unexecuted = status(class, code).unexecuted();
        faults.push(Fault { name: format!("status {code}, not executed"), ..unexecuted });
        let drips = Fault::new(class, format!("status {code} with a body that drips"), move |_| {
            let answer = page(code);
            vec![Act::Send(answer.true_head()), Act::Drip(answer.body, Duration::from_millis(150))]
        });
        faults.push(drips.short().only(has_call));
        let endless = Fault::new(class, format!("status {code} with a body without end"), move |_| {
            vec![Act::Send(page(code).head("")), Act::Endless(b"<p>no</p>".to_vec(), 64 << 20)]
        });
        if code != 503 {
            faults.push(
                Fault { alone: true, ..endless }
                    .only(|operation| matches!(operation.name, "script" | "check the session")),
            );
        }
    }
    for (name, header) in [
        ("429, wait a second", "1"),
        ("429, wait an hour", "3600"),
        ("429, wait for -1", "-1"),
        ("429, wait for words", "a while"),
    ] {
        let answer = move || page(429).header("Retry-After", header);
        let fault = Fault::new(Class::TooManyRequests, name, move |_| vec![Act::Send(answer().bytes())]);
        let fault = if header == "3600" { fault.short() } else { fault };
        faults.push(fault.clone());
        if header == "1" {
            faults.push(fault.once());
        }
    }
    for code in [401, 403, 404, 429, 500, 502, 503, 504, 999] {
        for (place, at) in WAY {
            let name = format!("{at}: status {code}");
            let class = Class::LoginAnsweredOddly;
            faults.push(Fault { name, class, ..status(class, code).at(place).only(some) });
        }
    }
    // 405 is what HAC itself says to a form whose token it does not know.
    let refused = status(Class::LoginAnsweredOddly, 405).at(Place::LoginPost).only(some);
    faults.push(Fault { name: "login form: status 405".into(), ..refused });
    faults
}
