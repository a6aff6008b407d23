//! A fresh login: how many requests, where to, and what each failure is called.

use hac_client::session::SessionSource;
use hac_client::{BasicAuthHandler, ErrorKind, HacClient};
use hac_simulator::{BesideRoot, Fault, LoginPage, On, Release};

use super::support::{Foreign, Hac, assert_kind, run};

#[tokio::test]
async fn a_cold_call_takes_five_requests() {
    let hac = Hac::start();
    assert_eq!(run(&hac.client(), "2 + 2").await.expect("a result"), "4");
    assert_eq!(
        hac.requests(),
        [
            "GET /hac/ 302",
            "GET /hac/login 200",
            "POST /hac/j_spring_security_check 302",
            "GET /hac/ 200",
            "POST /hac/console/scripting/execute 200"
        ]
    );
}

#[tokio::test]
async fn a_cold_call_takes_four_requests_where_the_first_page_is_the_login_page() {
    let hac = Hac::with(|simulator| simulator.knobs(|knobs| knobs.login_page = LoginPage::AtContextRoot));
    run(&hac.client(), "1").await.expect("a result");
    assert_eq!(hac.ledger().len(), 4, "{:?}", hac.requests());
}

#[tokio::test]
async fn where_hac_is_at_the_root_a_cold_call_takes_five_requests_or_six() {
    // HAC at the root sends `/hac/` to its own login page; where something else answers there, that is one request more.
    for (beside, requests) in [(BesideRoot::Login, 5), (BesideRoot::NotFound, 6)] {
        let hac = Hac::with(|simulator| simulator.context_path("").knobs(move |knobs| knobs.beside_root = beside));
        let client = hac.client();
        run(&client, "1").await.expect("a result");
        assert_eq!(hac.ledger().len(), requests, "{:?}", hac.requests());
        assert!(client.session_info().expect("a session").context_path.is_root());
    }
}

#[tokio::test]
async fn the_context_path_is_what_the_login_form_says() {
    let hac = Hac::with(|simulator| simulator.context_path("").knobs(|knobs| knobs.beside_root = BesideRoot::Loop));
    let client = hac.client();
    // `/hac/` leads to `/hac/login?continue`, and that to itself: the root is where HAC is.
    run(&client, "1").await.expect("a result");
    assert!(client.session_info().expect("a session").context_path.is_root());
    assert_eq!(hac.ledger().login_attempts(), 1);
}

#[tokio::test]
async fn a_warm_call_is_one_request_also_in_another_process_and_at_the_root() {
    for context_path in ["/hac", "", "/hac_admin"] {
        let hac = Hac::with(|simulator| simulator.context_path(context_path));
        let url = format!("{}{}", hac.simulator.url(), if context_path == "/hac_admin" { context_path } else { "" });
        let client = || {
            HacClient::builder(&url)
                .auth_handler(BasicAuthHandler::new("admin", "nimda"))
                .cache_dir(hac.cache.path())
                .validation(hac_client::Validation::OnUse)
                .audit(hac.records.audit())
                .build()
                .expect("a client")
        };
        run(&client(), "1").await.expect("cold");
        hac.ledger().clear();
        let second = client();
        run(&second, "1").await.expect("warm");
        assert_eq!(hac.requests(), [format!("POST {context_path}/console/scripting/execute 200")]);
        assert_eq!(second.session_info().expect("a session").source, SessionSource::Stored);
    }
}

#[tokio::test]
async fn every_release_is_logged_in_to_and_spoken_with() {
    for release in Release::ALL {
        let hac = Hac::with(|simulator| simulator.release(release));
        assert_eq!(run(&hac.client(), "1 + 1").await.expect("a result"), "2", "{release}");
        assert_eq!(run(&hac.client(), "1 + 1").await.expect("warm"), "2", "{release}");
        assert_eq!(hac.ledger().logins(), 1, "{release}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_posted_once_and_again_only_when_asked_to() {
    let hac = Hac::start();
    let client = hac.builder().auth_handler(BasicAuthHandler::new("admin", "wrong")).build().expect("a client");
    for _ in 0..3 {
        let error = run(&client, "1").await.expect_err("refused");
        assert_kind(&error, ErrorKind::BadCredentials);
        assert!(error.to_string().contains("admin"), "{error}");
    }
    assert_eq!(hac.ledger().login_attempts(), 1);
    client.login().await.expect_err("refused again");
    assert_eq!(hac.ledger().login_attempts(), 2);
    assert_eq!(hac.ledger().executed(), 0);
}

#[tokio::test]
async fn logins_that_are_asked_for_together_post_a_wrong_password_once() {
    let hac = Hac::start();
    // Without a cache: no file tells them of the refusal.
    let wrong = BasicAuthHandler::new("admin", "wrong");
    let client = hac.builder().auth_handler(wrong).session_persistence(false).build().expect("a client");
    let logins: Vec<_> = (0..10)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.login().await })
        })
        .collect();
    for login in logins {
        assert_kind(&login.await.expect("joined").expect_err("refused"), ErrorKind::BadCredentials);
    }
    assert_eq!(hac.ledger().login_attempts(), 1);
}

#[tokio::test]
async fn a_web_page_that_is_not_hac_gets_no_password_and_is_named_by_its_title() {
    let shop = Foreign::answering(|_| {
        Foreign::page("200 OK", "<title>My Shop</title><form action=/login><input name=j_username></form>Welcome")
    });
    let client = HacClient::builder(&shop.url)
        .auth_handler(BasicAuthHandler::new("admin", "nimda"))
        .session_persistence(false)
        .build()
        .expect("a client");
    let error = client.login().await.expect_err("no HAC");
    assert_kind(&error, ErrorKind::NotHac);
    assert!(error.to_string().contains("My Shop"), "{error}");
    assert!(shop.requests.lock().expect("unpoisoned").iter().all(|request| request.starts_with("GET ")));
}

#[tokio::test]
async fn a_shop_with_a_login_form_at_the_root_gets_no_password() {
    let shop = Foreign::answering(|request| {
        if request.starts_with("GET /hac/") {
            return Foreign::page("404 Not Found", "");
        }
        Foreign::page(
            "200 OK",
            "<title>My Shop</title><form action=/j_spring_security_check method=post><input name=j_username>
             <input name=j_password type=password><input type=hidden name=_csrf value=T></form>",
        )
    });
    let builder = || {
        HacClient::builder(&shop.url).auth_handler(BasicAuthHandler::new("admin", "nimda")).session_persistence(false)
    };
    let error = builder().build().expect("a client").login().await.expect_err("a shop");
    assert_kind(&error, ErrorKind::NotHac);
    assert!(error.to_string().contains("My Shop"), "{error}");
    assert!(shop.requests.lock().expect("unpoisoned").iter().all(|request| request.starts_with("GET ")));
    // Whoever names the root means it.
    let _ = builder().context_path("/").build().expect("a client").login().await;
    assert!(shop.requests.lock().expect("unpoisoned").iter().any(|request| request.starts_with("POST ")));
}

#[tokio::test]
async fn no_hac_on_any_path_names_the_paths_that_were_tried() {
    let hac = Hac::with(|simulator| simulator.context_path("/elsewhere"));
    let error = hac.client().login().await.expect_err("not there");
    assert_kind(&error, ErrorKind::NotHac);
    assert!(error.to_string().contains("/hac/ or /"), "{error}");
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed_and_the_place_is_named_without_its_query() {
    let elsewhere = Foreign::answering(|_| Foreign::page("200 OK", ""));
    let hac = Hac::start();
    let sso = elsewhere.url.replace("127.0.0.1", "localhost") + "/sso;x=SECRET?token=SECRET";
    hac.simulator.faults().always(On::get("/hac/"), Fault::Redirect(sso));
    let error = hac.client().login().await.expect_err("elsewhere");
    assert_kind(&error, ErrorKind::NotHac);
    assert!(error.to_string().contains("/sso, another host"), "{error}");
    assert!(!format!("{error:?}").contains("SECRET"));
    assert_eq!((elsewhere.count(), hac.ledger().login_attempts()), (0, 0));
}

#[tokio::test]
async fn a_server_that_requires_https_is_a_config_error() {
    let hac = Hac::start();
    hac.simulator.faults().always(On::get("/hac/"), Fault::Redirect("https://127.0.0.1/hac/".into()));
    let error = hac.client().login().await.expect_err("https");
    assert_kind(&error, ErrorKind::Config);
    assert!(error.hint().expect("a hint").to_string().contains("https://127.0.0.1"), "{error:?}");
}

#[tokio::test]
async fn a_secure_cookie_is_sent_over_http_to_this_machine_only() {
    let hac = Hac::with(|simulator| simulator.knobs(|knobs| knobs.cookie_secure = true));
    run(&hac.client(), "1").await.expect("loopback is as good as https");
}

#[tokio::test]
async fn redirects_in_a_circle_end() {
    let hac = Hac::start();
    hac.simulator.faults().always(On::get("/hac/"), Fault::Redirect("/hac/round".into()));
    hac.simulator.faults().always(On::get("/hac/round"), Fault::Redirect("/hac/".into()));
    let error = hac.builder().context_path("/hac").build().expect("a client").login().await.expect_err("a circle");
    assert_kind(&error, ErrorKind::NotHac);
    assert_eq!(hac.ledger().len(), 6);
}

#[tokio::test]
async fn an_ip_filter_is_told_apart_from_a_wrong_password() {
    let filter =
        Foreign::answering(|_| Foreign::page("403 Forbidden", "<h1 class=headline>Your IP is not let in</h1>"));
    let client = HacClient::builder(format!("{}/hac", filter.url))
        .auth_handler(BasicAuthHandler::new("admin", "nimda"))
        .session_persistence(false)
        .build()
        .expect("a client");
    let error = client.login().await.expect_err("filtered");
    assert_kind(&error, ErrorKind::NotHac);
    assert!(error.to_string().contains("Your IP is not let in"), "{error}");
    assert!(error.hint().expect("a hint").to_string().contains("IP filter"));
}

#[tokio::test]
async fn a_running_initialisation_is_said_and_nothing_is_posted() {
    let hac = Hac::start();
    hac.simulator.faults().initializing(true);
    let error = hac.client().login().await.expect_err("initialising");
    assert_kind(&error, ErrorKind::Initializing);
    assert_eq!(hac.ledger().login_attempts(), 0);
}

#[tokio::test]
async fn a_renamed_session_cookie_is_named_in_the_error_and_works_once_it_is_set() {
    let hac = Hac::with(|simulator| simulator.knobs(|knobs| knobs.session_cookie_name = "HACSESSION".into()));
    let error = hac.client().login().await.expect_err("another name");
    assert_kind(&error, ErrorKind::Config);
    assert!(error.to_string().contains("HACSESSION"), "{error}");
    let client = || hac.builder().session_cookie_name("HACSESSION").build().expect("a client");
    run(&client(), "1").await.expect("a result");
    hac.ledger().clear();
    run(&client(), "1").await.expect("warm");
    assert_eq!(hac.ledger().len(), 1);
}

#[tokio::test]
async fn logging_out_ends_the_session_on_the_server_and_in_the_cache() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let session = hac.manager().list_sessions().expect("sessions").pop().expect("one");
    assert!(client.logout().await.expect("logged out"));
    assert_eq!(hac.requests(), ["POST /hac/j_spring_security_logout 302"]);
    assert!(hac.manager().list_sessions().expect("sessions").is_empty());
    assert!(!client.logout().await.expect("nothing to do"));
    // The server has forgotten it too.
    hac.manager().save_session(&session).expect("put back");
    assert_eq!(hac.client().check().await.expect("an answer"), hac_client::session::SessionState::Dead);
}

#[tokio::test]
async fn a_user_without_the_right_logs_in_once_and_gets_an_error() {
    let hac = Hac::start();
    let client = hac.builder().auth_handler(BasicAuthHandler::new("viewer", "viewer")).build().expect("a client");
    let error = run(&client, "1").await.expect_err("no right");
    assert_kind(&error, ErrorKind::Forbidden);
    assert_eq!((hac.ledger().login_attempts(), hac.ledger().executed()), (1, 0));
}

#[tokio::test]
async fn a_session_cookie_of_the_whole_host_is_kept_where_hac_is_below_a_path() {
    let hac = Hac::with(|simulator| simulator.knobs(|knobs| knobs.session_cookie_path = Some("/".into())));
    run(&hac.client(), "1").await.expect("cold");
    let kept =
        hac.manager().export_session(&hac.simulator.url(), "admin", "local").expect("read").expect("one").to_json();
    let kept: serde_json::Value = serde_json::from_str(&kept).expect("JSON");
    assert_eq!((&kept["context_path"], &kept["cookies"][0]["path"]), (&"/hac".into(), &"/".into()), "{kept}");
    hac.ledger().clear();
    run(&hac.client(), "1").await.expect("warm");
    assert_eq!(hac.ledger().len(), 1, "{:?}", hac.requests());
}

#[tokio::test]
async fn gate_credentials_that_hac_itself_accepts_are_a_config_error() {
    let hac = Hac::start();
    let client = hac.builder().gate("admin", "nimda").build().expect("a client");
    let error = client.login().await.expect_err("no login page");
    assert_kind(&error, ErrorKind::Config);
    assert!(error.hint().expect("a hint").to_string().contains("remove the gate's credentials"), "{error:?}");
    assert_eq!((hac.ledger().len(), hac.ledger().login_attempts()), (1, 0), "{:?}", hac.requests());
    // A gate in front of it that keeps them to itself.
    let gated = Hac::with(|simulator| simulator.gate("admin", "nimda"));
    run(&gated.builder().gate("admin", "nimda").build().expect("a client"), "1").await.expect("a result");
}
