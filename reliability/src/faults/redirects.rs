//! Redirects, which are never followed away from HAC.

use super::connections::WAY;
use super::{Fault, each_form, some};
use crate::expectations::Class;
use crate::operations::Nature;
use crate::server::answer::Answer;
use crate::server::{Act, Place, Scene};

fn to(class: Class, code: u16, name: &str, location: impl Fn(&Scene<'_>) -> Vec<u8> + Send + Sync + 'static) -> Fault {
    Fault::new(class, name, move |scene| vec![Act::Send(Answer::redirect(code, location(scene)).bytes())])
}

/// A redirect away, its name, and where to.
type Away = (&'static str, fn(&Scene<'_>) -> Vec<u8>);

const AWAY: [Away; 12] = [
    ("to another host", |scene| format!("http://{}/hac/login", scene.elsewhere).into_bytes()),
    ("to another host over https", |scene| format!("https://{}/sso?x=1", scene.elsewhere).into_bytes()),
    ("to //host", |scene| format!("//{}/hac/login", scene.elsewhere).into_bytes()),
    ("to \\\\host", |scene| format!("\\\\{}\\hac\\login", scene.elsewhere).into_bytes()),
    ("to /\\host", |scene| format!("/\\{}/hac/login", scene.elsewhere).into_bytes()),
    ("to a host behind our name as a user", |scene| {
        format!("http://{}@{}/hac/login", scene.here.replace(':', "%3A"), scene.elsewhere).into_bytes()
    }),
    ("to a host behind tabs", |scene| format!("ht\ttp://{}/hac/login", scene.elsewhere).into_bytes()),
    ("to javascript:", |_| b"javascript:alert(1)".to_vec()),
    ("to data:", |_| b"data:text/html,<form action=/hac/login>".to_vec()),
    ("to file:", |_| b"file:///etc/passwd".to_vec()),
    ("to an invalid address", |_| b"http://[::1".to_vec()),
    ("to a name like ours", |scene| format!("http://{}.example/hac/login", scene.here.replace(':', "-")).into_bytes()),
];

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    for (name, location) in AWAY {
        let fault = to(Class::RedirectElsewhere, 302, &format!("redirect {name}"), location);
        faults.push(if name == "to another host" { fault } else { fault.only(each_form) });
    }
    for code in [301, 303, 307, 308] {
        faults.push(
            to(Class::RedirectElsewhere, code, &format!("redirect {code} to another host"), AWAY[0].1).only(each_form),
        );
    }
    for (place, at) in WAY {
        for (name, location) in AWAY {
            let fault = to(Class::RedirectElsewhere, 302, &format!("{at}: redirect {name}"), location);
            faults.push(fault.at(place).only(some));
        }
    }
    faults.extend(here());
    faults.extend(known_pages());
    faults
}

/// To another page of the same host.
fn here() -> Vec<Fault> {
    let no_probe = |operation: &crate::operations::Operation| operation.nature != Nature::Login;
    let here = |name: &str, location: fn(&Scene<'_>) -> Vec<u8>| {
        to(Class::RedirectHere, 302, &format!("redirect {name}"), location).only(no_probe)
    };
    let mut faults = vec![
        here("to itself", |scene| scene.request.path.clone().into_bytes()),
        here("to a shop", |_| b"/store/en/".to_vec()),
        here("to 64 kB of path", |_| format!("/{}", "x".repeat(65_536)).into_bytes()),
        to(Class::Garbled, 302, "redirect to a path with control characters", |_| b"/a\x07\x1b[31mred".to_vec())
            .only(each_form),
        here("to a path with encoded control characters", |_| b"/a%07%1b[31mred%0aerror:%20no".to_vec()),
        here("to a path outside of ASCII", |_| "/gr\u{fc}\u{df}e/\u{202e}".as_bytes().to_vec()),
    ];
    let loops =
        to(Class::NoLoginPage, 302, "first page: redirect to itself", |scene| scene.request.path.clone().into());
    faults.push(loops.at(Place::FirstPage).only(some));
    let loops =
        to(Class::NoLoginPage, 302, "login page: redirect to itself", |scene| scene.request.path.clone().into());
    faults.push(loops.at(Place::LoginPage).only(some));
    let ping = to(Class::NoLoginPage, 302, "login page: redirect back to the first page", |_| b"/hac/".to_vec());
    faults.push(ping.at(Place::LoginPage).only(some));
    for code in [301, 302, 303, 307, 308] {
        let fault = Fault::new(Class::OddStatus, format!("redirect {code} to nowhere"), move |_| {
            vec![Act::Send(Answer::new(code).bytes())]
        });
        faults.push(fault.only(each_form));
    }
    faults
}

/// To pages that mean something: the login, the initialisation, https.
fn known_pages() -> Vec<Fault> {
    let mut faults = Vec::new();
    let session = |operation: &crate::operations::Operation| operation.nature != Nature::Logout;
    for (name, location) in [
        ("redirect to the login page", "/hac/login"),
        ("redirect to login.jsp", "/hac/login.jsp"),
        ("redirect to the login page with an old id in it", "/hac/login;jsessionid=AAAABBBBCCCCDDDDEEEEFFFF"),
    ] {
        let fault = to(Class::LoginPage, 302, name, move |_| location.into()).unexecuted().only(session);
        faults.push(fault.clone());
        faults.push(fault.once());
    }
    let away = |class, name: &str, location: fn(&Scene<'_>) -> Vec<u8>| to(class, 302, name, location);
    faults.push(away(Class::Initializing, "redirect to the initialisation", |_| b"/hac/platform/init".to_vec()));
    faults.push(away(Class::Initializing, "redirect to the initialisation, with a slash and an id", |_| {
        b"/hac/platform/init/;jsessionid=AAAABBBBCCCCDDDDEEEEFFFF".to_vec()
    }));
    let https = |scene: &Scene<'_>| format!("https://{}{}", scene.here, scene.request.path).into_bytes();
    faults.push(away(Class::RedirectToHttps, "redirect to https", https));
    for (place, at) in WAY {
        let name = format!("{at}: redirect to the initialisation");
        faults.push(away(Class::Initializing, &name, |_| b"/hac/platform/init".to_vec()).at(place).only(some));
    }
    for (place, at) in [WAY[0], WAY[1]] {
        let name = format!("{at}: redirect to https");
        faults.push(away(Class::WantsHttps, &name, https).at(place).only(some));
        let other = |scene: &Scene<'_>| format!("https://{}/hac/login", scene.here).into_bytes();
        let name = format!("{at}: redirect to the login page over https");
        faults.push(away(Class::WantsHttps, &name, other).at(place).only(some));
    }
    faults
}
