//! What a configuration says and no call can use: named with its place, and with what to do.

use crate::bench::{Bench, bare};

fn configure(bench: &Bench, url: &str, more: &str) {
    let directory = bench.home.path().join(".config/hac-client");
    std::fs::create_dir_all(&directory).expect("made");
    let text = format!("[environments.shop.endpoints.hac]\nurl = '{url}'\nusername = 'admin'\n{more}\n");
    std::fs::write(directory.join("config.toml"), text).expect("written");
}

#[test]
fn a_misspelt_key_is_named_with_the_nearest_also_where_it_looks_like_a_secret_and_in_a_file_of_a_project() {
    let bench = Bench::new();
    configure(&bench, "http://localhost:1", "password_comand = 'pass show hac'");
    let refused = bench.ran(bare(bench.home.path()).args(["-e", "shop", "about"]));
    assert_eq!(refused.code, Some(2), "{refused}");
    assert!(refused.stderr.contains("hint: did you mean password_command?"), "{refused}");
    assert!(!refused.to_string().contains("pass show"), "{refused}");
    configure(&bench, "http://localhost:1", "");
    for (text, near) in [
        ("[output]\nformt = 'csv'\n", "did you mean format?"),
        ("[environments.x.endpoints.y]\nurl = 'http://x'\npassword_comand = 'z'\n", "did you mean password_command?"),
    ] {
        bench.file(".hac.toml", text);
        let ran = bench.ran(bare(bench.home.path()).args(["config", "show"]));
        assert_eq!(ran.code, Some(0), "{ran}");
        let warned = ran.stderr.lines().any(|line| line.starts_with("warning: ") && line.contains(near));
        assert!(warned, "{ran}");
    }
}
