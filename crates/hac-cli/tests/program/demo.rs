use crate::bench::{bare, home, ran, system};

#[test]
fn the_demo_keeps_its_promises_and_leaves_nothing_behind() {
    let home = home();
    let temporary = home.path().join("temporary");
    std::fs::create_dir(&temporary).expect("a directory");
    let mut command = bare(home.path());
    for name in ["TMPDIR", "TMP", "TEMP"] {
        command.env(name, &temporary);
    }
    let demo = ran(command.arg("demo"), home.path(), None);
    assert_eq!((demo.code, demo.stderr.as_str()), (Some(0), ""), "{demo}");
    for text in [
        "5 requests, 1 login",
        "1 request, 0 logins",
        "7 requests, 1 login",
        "$ hac session list",
        "1 4 9",
        "products.impex:6: ",
        "the update finished in",
        "pass --yes-i-mean shop",
        "set the property",
        system::SETS_THE_URL,
    ] {
        assert!(demo.stdout.contains(text), "{text}: {demo}");
    }
    assert!(!demo.stdout.contains("!!"), "{demo}");
    // This one belongs to its step.
    let warnings: Vec<&str> = demo.stdout.lines().filter(|line| line.contains("warning:")).collect();
    let told = "   warning: stopped at 5, there may be more: -m 50 reads more, -m 0 reads all";
    assert_eq!(warnings, [told], "{demo}");
    assert_eq!(std::fs::read_dir(&temporary).expect("it is there").count(), 0);
    assert_eq!(std::fs::read_dir(home.path()).expect("home").count(), 1, "only the temporary directory");
}

#[test]
fn the_demo_as_json_is_one_object() {
    let home = home();
    let demo = ran(bare(home.path()).args(["demo", "--json"]), home.path(), None).json();
    assert_eq!(demo["success"], true);
    let logins: Vec<_> = demo["steps"].as_array().expect("steps").iter().map(|step| step["logins"].as_u64()).collect();
    assert_eq!(logins, [1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0].map(Some));
}
