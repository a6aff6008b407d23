//! Answers that repeat every secret, in every place and every disguise.

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::connections::WAY;
use super::{Fault, each_form, has_call, some};
use crate::expectations::Class;
use crate::operations::{Form, Nature, Operation};
use crate::server::answer::Answer;
use crate::server::{Act, Place, Scene, pages};

/// A way to write a secret.
type Disguise = (&'static str, fn(&str) -> String);

const DISGUISES: [Disguise; 9] = [
    ("as they are", str::to_owned),
    ("percent-encoded", |secret| secret.bytes().map(percent).collect()),
    ("as a form has them", in_form),
    ("as HTML has them", |secret| secret.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")),
    ("as numbers of HTML", |secret| secret.bytes().map(|byte| ["&#", &byte.to_string(), ";"].concat()).collect()),
    ("as JSON has them", in_json),
    ("in base64", |secret| BASE64_STANDARD.encode(secret)),
    ("split over lines", |secret| {
        let (one, other) = secret.split_at(secret.len() / 2);
        format!("{one}\r\n   {other}")
    }),
    ("split by markup", |secret| {
        let (one, other) = secret.split_at(secret.len() / 2);
        format!("{one}<b></b>{other}")
    }),
];

fn in_form(secret: &str) -> String {
    secret
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).into() } else { percent(byte) })
        .collect()
}

/// As a text in JSON has it.
fn in_json(secret: &str) -> String {
    secret.replace('"', "\\\"")
}

fn percent(byte: u8) -> String {
    format!("%{byte:02X}")
}

/// All secrets in this disguise. An excerpt has 200 characters: the password comes first, then what was sent last.
fn all(scene: &Scene<'_>, disguise: fn(&str) -> String) -> String {
    let (password, others) = scene.secrets.split_at(1);
    let newest = password.iter().chain(others.iter().rev());
    newest.map(|secret| disguise(secret)).collect::<Vec<_>>().join(" ")
}

fn repeating(class: Class, name: String, answer: impl Fn(&Scene<'_>) -> Answer + Send + Sync + 'static) -> Fault {
    let fault = Fault::new(class, name, move |scene| vec![Act::Send(answer(scene).bytes())]);
    Fault { repeats_secrets: true, ..fault }
}

/// The statuses, and what they are at an operation's own request.
const STATUSES: [(u16, Class); 4] =
    [(200, Class::Foreign), (403, Class::Refused), (404, Class::Rejected), (500, Class::ServerError)];

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    for (name, disguise) in DISGUISES {
        for (code, class) in STATUSES {
            let body = move |scene: &Scene<'_>| Answer::html(code, pages::foreign("Error", &all(scene, disguise)));
            let fault = repeating(class, format!("{code} repeats the secrets {name}"), body);
            faults.push(fault.clone().only(has_session));
            for (place, at) in WAY {
                let name = format!("{at}: {code} repeats the secrets {name}");
                let class = if code == 200 && matches!(place, Place::FirstPage | Place::LoginPage) {
                    Class::NoLoginPage
                } else {
                    Class::LoginAnsweredOddly
                };
                // A page with status 200 is how some answer an accepted login.
                if code != 200 || place != Place::LoginPost {
                    faults.push(Fault { name, class, ..fault.clone().at(place).only(is_login_or_script) });
                }
            }
        }
    }
    faults.extend(places());
    faults.extend(in_reports());
    faults
}

fn has_session(operation: &Operation) -> bool {
    each_form(operation) && operation.nature != Nature::Login
}

fn is_login_or_script(operation: &Operation) -> bool {
    matches!(operation.name, "login" | "script")
}

/// The parts of an answer that an error may show.
fn places() -> Vec<Fault> {
    fn plain(scene: &Scene<'_>) -> String {
        all(scene, str::to_owned)
    }
    let mut faults = Vec::new();
    let title = |code: u16| move |scene: &Scene<'_>| Answer::html(code, pages::foreign(&plain(scene), "no"));
    let server = |scene: &Scene<'_>| Answer::html(403, "no").header("Server", plain(scene));
    let kind = |scene: &Scene<'_>| Answer::html(404, "no").instead("Content-Type", format!("text/{}", plain(scene)));
    let reason = |scene: &Scene<'_>| Answer::html(500, "no").reason(&plain(scene));
    let location = |scene: &Scene<'_>| {
        let path = all(scene, in_form).replace(' ', "/");
        Answer::redirect(302, format!("/shop/{path}?{path}#{path}"))
    };
    let other_host = |scene: &Scene<'_>| {
        let secret = all(scene, in_form).replace(' ', "/");
        let user = secret.replace('/', "-");
        Answer::redirect(302, format!("http://{user}:{user}@{}/{secret}", scene.elsewhere))
    };
    let far = |scene: &Scene<'_>| {
        // The end of the excerpt cuts through a secret.
        let padding = "x".repeat(180);
        Answer::html(404, pages::foreign("", &format!("{padding}{}", plain(scene))))
    };
    let utf16 = |code: u16| {
        move |scene: &Scene<'_>| {
            let page = pages::foreign("Error", &plain(scene));
            let bytes: Vec<u8> = page.encode_utf16().flat_map(u16::to_le_bytes).collect();
            Answer::new(code).header("Content-Type", "text/html;charset=UTF-16LE").body(bytes)
        }
    };
    faults.push(repeating(Class::Foreign, "a title repeats the secrets".into(), title(200)).only(has_session));
    faults
        .push(repeating(Class::Refused, "the title of a 403 repeats the secrets".into(), title(403)).only(has_session));
    faults.push(repeating(Class::Refused, "the header Server repeats the secrets".into(), server).only(has_session));
    faults.push(repeating(Class::Rejected, "the content type repeats the secrets".into(), kind).only(has_session));
    faults.push(repeating(Class::ServerError, "the reason repeats the secrets".into(), reason).only(has_session));
    faults.push(repeating(Class::RedirectHere, "the Location repeats the secrets".into(), location).only(has_session));
    faults.push(
        repeating(Class::RedirectElsewhere, "the Location to another host repeats the secrets".into(), other_host)
            .only(has_session),
    );
    faults
        .push(repeating(Class::Rejected, "the end of an excerpt cuts through a secret".into(), far).only(has_session));
    faults.push(repeating(Class::Foreign, "a page in UTF-16 repeats the secrets".into(), utf16(200)).only(has_session));
    faults.push(repeating(Class::Rejected, "a 404 in UTF-16 repeats the secrets".into(), utf16(404)).only(has_session));
    for (place, at) in WAY {
        let name = format!("{at}: the Location to another host repeats the secrets");
        faults.push(repeating(Class::RedirectElsewhere, name, other_host).at(place).only(some));
        let name = format!("{at}: the title of a 404 repeats the secrets");
        faults.push(repeating(Class::LoginAnsweredOddly, name, title(404)).at(place).only(some));
        let name = format!("{at}: a 403 in UTF-16 repeats the secrets");
        faults.push(repeating(Class::LoginAnsweredOddly, name, utf16(403)).at(place).only(some));
        let name = format!("{at}: the header Server repeats the secrets");
        faults.push(repeating(Class::LoginAnsweredOddly, name, server).at(place).only(some));
    }
    faults
}

/// The errors of a form, and JSON that breaks in a secret.
fn in_reports() -> Vec<Fault> {
    let errors = |scene: &Scene<'_>| {
        let body = format!("<div class=\"error\">{}</div>", all(scene, str::to_owned));
        Answer::html(200, pages::hac("ImpEx Import", "token", &body))
    };
    let form = repeating(Class::Rejected, "the errors of a form repeat the secrets".into(), errors);
    let broken = repeating(Class::WrongShape, "JSON that breaks repeats the secrets".into(), |scene| {
        Answer::json(format!("{{\"{}\": oops}}", all(scene, in_json)))
    });
    let keys = repeating(Class::WrongShape, "the keys of an object repeat the secrets".into(), |scene| {
        Answer::json(format!("{{\"{}\": 1}}", all(scene, in_json)))
    });
    vec![
        form.only(|operation| operation.form == Form::Verdict),
        broken.only(|operation| has_call(operation) && matches!(operation.form, Form::Keys | Form::Rows)),
        keys.only(|operation| matches!(operation.form, Form::Keys | Form::Rows)),
    ]
}
