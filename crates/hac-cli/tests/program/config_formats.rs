//! `hac config` in the formats of all commands.

use crate::copy::Two;

#[test]
fn the_configuration_has_every_format_also_without_a_command() {
    let two = Two::new();
    two.run(&["env", "set-default", "one"]);
    let run = |flags: &[&str]| two.run(&[&["config"], flags].concat());
    let listed = "name,endpoint,url,ignore_ssl,timeout,username,is_default_endpoint,is_default,protection\n";
    for flags in [&["--format", "csv"][..], &["--csv"]] {
        let ran = run(flags);
        assert!(ran.code == Some(0) && ran.stdout.starts_with(listed), "{ran}");
        assert!(ran.stdout.contains("\none,hac,http://SIMULATOR,"), "{ran}");
        assert_eq!(run(&[&["-e", "one"], flags].concat()).stdout.lines().count(), 2);
    }
    assert_eq!(run(&["--format", "json"]).stdout, run(&["--json"]).stdout);
    assert_eq!(run(&["-l", "--format", "json"]).stdout, run(&["-l", "--json"]).stdout);
    assert_eq!(run(&["-l", "--csv"]).stdout, "name,is_default\none,true\ntwo,false\n");
    assert!(run(&["-p", "--format", "tsv"]).stdout.starts_with("config_path\texists\n"));
    assert!(run(&["-v", "--format", "tsv"]).stdout.starts_with("valid\tissues\n"));
    let example = run(&["-x", "--format", "json"]).json();
    assert_eq!(example["example"].as_str(), Some(run(&["-x"]).stdout.as_str()));
    let refused = run(&["-x", "--csv"]);
    assert!(refused.code == Some(2) && refused.stderr.contains("csv is for rows and fields"), "{refused}");
}
