//! Several nodes behind a balancer.

use hac_simulator::{RoutePolicy, Simulator, SimulatorHandle};

use crate::browser::Browser;

fn two_nodes() -> SimulatorHandle {
    Simulator::builder().nodes(2).start().unwrap()
}

#[test]
fn the_route_cookie_leads_back_to_the_node_of_the_session() {
    let simulator = two_nodes();
    let mut browser = Browser::admin(&simulator);
    let node = browser.cookies["ROUTE"].clone();
    assert!(browser.cookies["JSESSIONID"].ends_with(&node));
    for _ in 0..4 {
        let reply = browser.get("/");
        assert_eq!((reply.status, reply.header("set-cookie")), (200, None));
    }
    browser.cookies.remove("ROUTE");
    let answers = [browser.get("/").status, {
        browser.cookies.remove("ROUTE");
        browser.get("/").status
    }];
    assert!(answers.contains(&302), "without it, one of two is the other node");
}

#[test]
fn the_route_is_set_in_front_of_the_session() {
    let simulator = two_nodes();
    let reply = Browser::new(&simulator).get("/");
    let cookies = reply.all("set-cookie");
    assert_eq!(cookies.len(), 2);
    assert_eq!(cookies[0], "ROUTE=.n1; Path=/");
    assert!(cookies[1].starts_with("JSESSIONID="));
}

#[test]
fn requests_without_a_route_go_round() {
    let simulator = two_nodes();
    for _ in 0..4 {
        Browser::new(&simulator).get("/");
    }
    let nodes: Vec<_> = simulator.ledger().entries().iter().map(|entry| entry.node).collect();
    assert_eq!(nodes, [1, 2, 1, 2]);
}

#[test]
fn a_dead_node_takes_its_sessions_along_and_the_balancer_picks_another() {
    let simulator = two_nodes();
    let mut browser = Browser::admin(&simulator);
    let before = browser.cookies.clone();
    assert_eq!(before["ROUTE"], ".n1");
    simulator.faults().kill_node(1);
    let reply = browser.run_script("1");
    assert_eq!(reply.status, 405);
    assert_eq!(browser.cookies["ROUTE"], ".n2");
    simulator.faults().revive_node(1);
    browser.cookies = before;
    assert_eq!(browser.get("/").status, 302, "it does not remember");
    assert_eq!(browser.cookies["ROUTE"], ".n1");
}

#[test]
fn without_a_node_the_service_is_unavailable() {
    let simulator = Simulator::builder().start().unwrap();
    simulator.faults().kill_node(1);
    assert_eq!(Browser::new(&simulator).get("/").status, 503);
}

#[test]
fn a_balancer_that_ignores_the_route_reaches_a_node_without_the_session() {
    let simulator = two_nodes();
    let mut browser = Browser::admin(&simulator);
    simulator.faults().route_to(2);
    assert_eq!(browser.run_script("1").status, 405);
    simulator.faults().route_to(0);
    assert_eq!(browser.cookies["ROUTE"], ".n1");
}

#[test]
fn a_single_node_sets_a_route_only_where_it_is_told_to() {
    let simulator = Simulator::builder().start().unwrap();
    assert_eq!(Browser::new(&simulator).get("/").all("set-cookie").len(), 1);
    let simulator = Simulator::builder().knobs(|knobs| knobs.route = RoutePolicy::Always).start().unwrap();
    assert_eq!(Browser::new(&simulator).get("/").all("set-cookie").len(), 2);
}

#[test]
fn a_route_inside_a_route_is_a_bad_request() {
    let simulator = two_nodes();
    let mut browser = Browser::admin(&simulator);
    browser.cookies.insert("ROUTE".to_owned(), "ROUTE=.n1".to_owned());
    assert_eq!(browser.get("/").status, 400);
}
