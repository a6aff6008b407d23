//! What a login meets: other forms than HAC's, lost sessions, wrong passwords.

use super::{Fault, some};
use crate::expectations::Class;
use crate::server::answer::Answer;
use crate::server::hac::Mischief;
use crate::server::{Act, Place, Scene, pages};

fn page(class: Class, place: Place, name: &str, html: impl Fn(&Scene<'_>) -> String + Send + Sync + 'static) -> Fault {
    let fault = Fault::new(class, name, move |scene| {
        // The cookie of the healthy page stays: only what is shown differs.
        vec![Act::Send(
            scene.healthy.clone().status(200).instead("Content-Type", "text/html").body(html(scene)).bytes(),
        )]
    });
    fault.at(place).only(some)
}

const CHECK: &str = "/hac/j_spring_security_check";

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    for place in [Place::FirstPage, Place::LoginPage] {
        let at = if place == Place::FirstPage { "first page" } else { "login page" };
        let shop = |name: &str, action: fn(&Scene<'_>) -> String| {
            page(Class::ShopLogin, place, &format!("{at}: {name}"), move |scene| pages::shop(&action(scene)))
        };
        faults.push(shop("a shop's login form", |_| "/store/en/j_spring_security_check".into()));
        faults.push(shop("a shop's login form with HAC's address", |_| CHECK.into()));
        faults.push(shop("a shop's login form at the root", |_| "/j_spring_security_check".into()));
        faults.push(shop("a form that posts to another host", |scene| format!("http://{}{CHECK}", scene.elsewhere)));
        faults.push(page(
            Class::ShopLogin,
            place,
            &format!("{at}: HAC's page, its form posts to another host"),
            |scene| pages::login(&format!("http://{}{CHECK}", scene.elsewhere), "token"),
        ));
        faults.push(page(Class::ShopLogin, place, &format!("{at}: HAC's page, its form posts to //host"), |scene| {
            pages::login(&format!("//{}{CHECK}", scene.elsewhere), "token")
        }));
        faults.push(page(Class::NoForm, place, &format!("{at}: HAC's page, its form posts by JavaScript"), |_| {
            pages::login("javascript:j_spring_security_check", "token")
        }));
        faults.push(page(Class::NoLoginPage, place, &format!("{at}: HAC's title, and no form"), |_| {
            pages::foreign("hybris administration console | Login", "Use single sign-on")
        }));
        faults.push(page(Class::WantsHttps, place, &format!("{at}: HAC's page, its form posts to https"), |scene| {
            pages::login(&format!("https://{}{CHECK}", scene.here), "token")
        }));
    }
    let redirected = Fault::new(Class::ShopLogin, "first page: redirect to a shop that answers there", |_| {
        vec![Act::Send(Answer::redirect(302, "/store/en/login").bytes())]
    });
    faults.push(redirected.at(Place::FirstPage).only(some));
    let other =
        page(Class::ShopLogin, Place::LoginPage, "login page: a form of another context path than was named", |_| {
            pages::login("/other/j_spring_security_check", "token")
        });
    faults.push(other.told_context());
    faults.push(page(Class::Answered, Place::LoginPage, "login page: a search form before it, another one behind", |scene| {
        let login = String::from_utf8_lossy(&scene.healthy.body).into_owned();
        let search = "<form action=\"/hac/search\"><input type=\"hidden\" name=\"_csrf\" value=\"\"/><input name=\"q\"/></form>";
        let shop = pages::login_form("/store/j_spring_security_check", "shop");
        login.replace("<body>", &format!("<body>{search}")).replace("</body>", &format!("{shop}</body>"))
    }));
    faults.push(lost(Class::LoginLostOnce, "the session of the login is lost, once", Mischief::LoseNextLogin));
    faults.push(lost(Class::LoginLostAlways, "the session of each login is lost", Mischief::LoseLogins));
    faults.extend(refused());
    faults
}

fn lost(class: Class, name: &str, mischief: Mischief) -> Fault {
    Fault { place: Place::PageAfterLogin, ..Fault::of_the_session(class, name, mischief) }
        .at(Place::LoginPost)
        .only(some)
}

fn refused() -> Vec<Fault> {
    let refused = |name: &str, answer: fn() -> Answer| {
        let fault = Fault::new(Class::WrongPassword, name, move |_| vec![Act::Send(answer().bytes())]);
        fault.unexecuted().at(Place::LoginPost).only(some)
    };
    vec![
        refused("login form: login_error", || Answer::redirect(302, "/hac/login?login_error=1")),
        refused("login form: back to the login page", || Answer::redirect(302, "/hac/login")),
        refused("login form: the login page with an id in it", || {
            Answer::redirect(302, "/hac/login;jsessionid=AB?error")
        }),
        refused("login form: the login page as the answer", || Answer::html(200, pages::login(CHECK, "token"))),
    ]
}
