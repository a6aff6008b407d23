//! The examples in the help texts. Tests demand one for each command, and read each as the program would.

/// The examples of a command, by its path; of none, those of the program.
pub(super) fn examples(path: &str) -> &'static [&'static str] {
    ALL.iter().find(|(name, _)| *name == path).map_or(&[], |(_, lines)| lines)
}

/// By the path of the command.
pub(super) const ALL: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "hac env add shop --url https://localhost:9002 --username admin",
            "hac flexsearch 'SELECT {code}, {name} FROM {Product}' -e shop",
            "hac groovy fix.groovy --commit -e shop",
        ],
    ),
    #[cfg(feature = "simulator")]
    ("demo", &["hac demo", "hac demo --keep"]),
    #[cfg(feature = "simulator")]
    ("simulator", &["hac simulator", "hac simulator --port 9005 --https --nodes 2"]),
    (
        "groovy",
        &[
            "hac groovy 'return 6 * 7'",
            "hac groovy fix.groovy --param sku=4711 --param stock:int=3",
            "hac groovy fix.groovy --commit",
            "cat fix.groovy | hac groovy -",
        ],
    ),
    ("script", &["hac script --type javascript '6 * 7'", "hac script --type beanshell -f check.bsh"]),
    (
        "flexsearch",
        &[
            "hac flexsearch 'SELECT {code} FROM {Product}' -m 20",
            "hac flexsearch 'SELECT {code} FROM {Product} WHERE {code} = ?code' --param code=4711",
            "hac flexsearch -f orders.fxs -m 0 -o orders.parquet",
            "hac flexsearch 'SELECT {uid}, {name} FROM {Customer}' -o customers.csv.gz --mask uid --mask name=fake",
            "hac flexsearch --all 'SELECT {pk}, {code} FROM {Product}' -o products.csv --resume",
            "hac flexsearch --sql 'SELECT COUNT(*) FROM products'",
        ],
    ),
    ("impex", &["hac impex import products.impex", "hac impex validate products.impex", "hac impex -f products.impex"]),
    (
        "impex import",
        &[
            "hac impex import products.impex prices.impex",
            "hac impex import data/ 'more/*.impex.gz'",
            "hac impex import media.zip --threads 4",
            "hac impex import stock.impex --chunk-lines 5000 --continue --report stock-report",
            "hac impex import stock.impex --resume --assume not-imported",
            "hac impex import prices.impex --distributed --wait 7200",
            "cat products.impex | hac impex import -",
        ],
    ),
    ("impex validate", &["hac impex validate products.impex", "hac impex validate products.impex --watch 2"]),
    (
        "copy",
        &[
            "hac copy --from staging --to local Product --dry-run",
            "hac copy --from staging --to local Product --exclude unit,europe1Prices",
            "hac copy --from production --to staging 'SELECT {uid}, {name} FROM {Customer}' --mask name=fake",
        ],
    ),
    ("diff", &["hac diff properties -e staging,production", "hac diff types -e local,staging Product"]),
    ("diff properties", &["hac diff properties -e staging,production mail."]),
    ("diff loggers", &["hac diff loggers -e staging,production --format csv"]),
    ("diff types", &["hac diff types -e local,staging", "hac diff types -e local,staging Product Order"]),
    ("diff extensions", &["hac diff extensions -e local,staging"]),
    (
        "diff query",
        &["hac diff query -e staging,production 'SELECT {isocode}, {active} FROM {Language}' --key isocode"],
    ),
    ("impex lint", &["hac impex lint products.impex", "hac impex lint --online *.impex"]),
    ("impex watch", &["hac impex watch data/"]),
    ("impex export", &["hac impex export export.impex -o products.zip"]),
    ("update data", &["hac update data", "hac update data -x samplestore"]),
    ("update patches", &["hac update patches"]),
    ("update config", &["hac update config --schema --localize-types > update.json"]),
    (
        "update run",
        &[
            "hac update run --schema --localize-types",
            "hac update run --schema -p addIndex --dry-run",
            "hac update run -p addIndex -x samplestore --param samplestore_importCoreData=yes",
        ],
    ),
    ("update status", &["hac update status"]),
    ("update log", &["hac update log --follow"]),
    ("init run", &["hac init run -x samplestore", "hac init run --yes-i-mean localhost:9002"]),
    ("logger list", &["hac logger list", "hac logger list hybris --csv"]),
    (
        "logger set",
        &["hac logger set de.hybris.platform.jalo DEBUG", "hac logger set org.apache.solr TRACE --for 10m -e shop"],
    ),
    ("property list", &["hac property list", "hac property list db."]),
    ("property get", &["hac property get build.version", "hac property get build.version --json"]),
    ("property set", &["hac property set mail.smtp.server localhost", "hac property set mail.smtp.server=localhost"]),
    ("type list", &["hac type list", "hac type list order"]),
    ("type show", &["hac type show Product"]),
    ("pk", &["hac pk 8796093054977", "hac pk 8796093054977 8796093087745 --json"]),
    ("extension list", &["hac extension list"]),
    ("support list", &["hac support list log/"]),
    ("support zip", &["hac support zip --all -o support.zip", "hac support zip log/tomcat/access.log -o log.zip"]),
    ("wait", &["hac wait -e shop", "hac wait --until idle --timeout 1800", "hac wait --until node backoffice-2"]),
    ("about", &["hac about", "hac about --json"]),
    ("cache clear", &["hac cache clear"]),
    ("cronjob list", &["hac cronjob list"]),
    ("jdbclog on", &["hac jdbclog on --stacktrace"]),
    ("jdbclog off", &["hac jdbclog off"]),
    ("jdbclog clear", &["hac jdbclog clear"]),
    ("jdbclog download", &["hac jdbclog download -o statements.log"]),
    (
        "session start",
        &[
            "hac session start shop",
            "hac session start shop --url https://localhost:9002 --username admin --save",
            "pass show shop/admin | hac session start shop --password-stdin",
        ],
    ),
    ("session list", &["hac session list", "hac session list --check -e staging"]),
    ("session show", &["hac session show shop"]),
    ("session check", &["hac session check shop"]),
    ("session end", &["hac session end shop"]),
    ("session clear", &["hac session clear shop", "hac session clear shop --logout"]),
    ("session clear-all", &["hac session clear-all --force"]),
    ("session export", &["hac session export -o session.json", "hac session export shop > session.json"]),
    (
        "session import",
        &["hac session import --check < session.json", "hac session import staging -u admin --from-curl -f copied.txt"],
    ),
    (
        "login",
        &[
            "hac login --url https://localhost:9002 -u admin",
            "hac login staging --url https://staging.example.com -u admin --save",
        ],
    ),
    ("logout", &["hac logout", "hac logout staging --forget"]),
    ("env list", &["hac env list"]),
    ("env show", &["hac env show shop"]),
    (
        "env add",
        &[
            "hac env add shop --url https://localhost:9002 --username admin",
            "hac env add prod --url https://hac.example.com --protection read-only",
        ],
    ),
    ("env remove", &["hac env remove shop"]),
    ("env set-default", &["hac env set-default shop"]),
    ("env protect", &["hac env protect prod confirm"]),
    ("endpoint list", &["hac endpoint list shop"]),
    ("endpoint show", &["hac endpoint show shop hac"]),
    ("endpoint add", &["hac endpoint add shop node2 -u https://node2.example.com:9002"]),
    ("endpoint update", &["hac endpoint update shop hac --username admin --timeout 60"]),
    ("endpoint remove", &["hac endpoint remove shop node2"]),
    ("endpoint set-default", &["hac endpoint set-default shop node2"]),
    ("config", &["hac config", "hac config show --origin", "hac config edit"]),
    ("config show", &["hac config show", "hac config show --origin -e shop"]),
    ("config path", &["hac config path"]),
    ("config edit", &["hac config edit"]),
    ("config validate", &["hac config validate"]),
    ("audit", &["hac audit", "hac audit --since 7d --class destroy", "hac audit -e prod -m 0 --json"]),
    ("audit undo", &["hac audit undo 5f3c1a -e shop"]),
    ("trust", &["hac trust", "hac trust --revoke"]),
    (
        "doctor",
        &[
            "hac doctor staging",
            "hac doctor --url https://hac.example.com --username admin",
            "hac doctor staging --json > report.json",
            "hac doctor staging --format markdown",
        ],
    ),
    (
        "completions",
        &["hac completions bash > ~/.local/share/bash-completion/completions/hac", "hac completions zsh > _hac"],
    ),
    ("man", &["hac man | man -l -", "hac man ~/.local/share/man/man1"]),
    ("help", &["hac help logger set", "hac help exit-codes"]),
];
