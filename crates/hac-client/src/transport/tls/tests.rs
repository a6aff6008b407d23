use std::fs;

use rcgen::{CertificateParams, KeyPair};

use super::*;

const HEX: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn with_colons(hex: &str) -> String {
    let bytes: Vec<_> = (0..hex.len()).step_by(2).map(|at| &hex[at..at + 2]).collect();
    bytes.join(":")
}

fn read(trust: &Trust) -> Error {
    let no_roots = || panic!("the system's authorities are not asked");
    verifier(trust, &no_roots, Arc::default()).expect_err("not readable")
}

fn identity(certificate: &Path, key: &Path) -> Result<Arc<CertifiedKey>> {
    ClientCertificate { certificate: certificate.into(), key: key.into() }.load(&provider())
}

#[test]
fn a_fingerprint_is_read_as_openssl_and_browsers_print_it() {
    let upper = with_colons(HEX).to_ascii_uppercase();
    for text in [
        format!("sha256:{HEX}"),
        format!("SHA256:{upper}"),
        format!("sha256 Fingerprint={upper}\n"),
        format!("SHA256 Fingerprint={upper}"),
        with_colons(HEX),
        HEX.to_owned(),
        format!("  {} ", HEX.to_ascii_uppercase()),
    ] {
        let fingerprint: Fingerprint = text.parse().expect(&text);
        assert_eq!(fingerprint.to_string(), format!("sha256:{HEX}"), "{text}");
        assert_eq!(format!("{fingerprint:?}"), format!("sha256:{HEX}"));
    }
}

#[test]
fn a_wrong_fingerprint_says_what_is_wrong_and_how_to_get_a_right_one() {
    for (text, why) in [
        (String::new(), "has 0 hexadecimal digits"),
        (format!("sha256:{}", &HEX[2..]), "has 62 hexadecimal digits"),
        (format!("{HEX}00"), "has 66 hexadecimal digits"),
        (HEX[..40].to_owned(), "SHA-1"),
        (format!("sha256:{}é", &HEX[2..]), "'é' is not a hexadecimal digit"),
        (format!("sha1:{HEX}"), "colons"),
        (with_colons(HEX).replacen("00:11", "0:011", 1), "colons"),
        ("+f".repeat(32), "'+' is not a hexadecimal digit"),
    ] {
        let error = text.parse::<Fingerprint>().expect_err(&text);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.why().contains(why), "{text}: {error}");
        assert!(error.hint().expect("a hint").to_string().contains("openssl x509 -noout -fingerprint -sha256"));
    }
}

#[test]
fn a_bundle_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().expect("a directory");
    // Unix and Windows count alike as far as here, and say it in words of their own.
    let no_such_file = std::io::Error::from_raw_os_error(2).to_string();
    for (name, content, why) in [
        ("missing.pem", None, no_such_file.as_str()),
        ("empty.pem", Some(""), "contains nothing in PEM format"),
        ("text.pem", Some("hello\n"), "contains nothing in PEM format"),
        ("cut.pem", Some("-----BEGIN CERTIFICATE-----\nMIIB\n"), "is not valid PEM"),
        ("nonsense.pem", Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "that can be read"),
    ] {
        let path = folder.path().join(name);
        if let Some(content) = content {
            fs::write(&path, content).expect("written");
        }
        let error = read(&Trust::Bundle(path));
        assert_eq!(error.kind(), ErrorKind::Config, "{name}");
        assert!(error.why().contains(name) && error.why().contains(why), "{error}");
        assert!(error.hint().is_some(), "{name}");
    }
}

#[test]
fn a_client_certificate_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).expect("written");
        path
    };
    let (key, other) = (KeyPair::generate().expect("a key"), KeyPair::generate().expect("a key"));
    let certificate = CertificateParams::default().self_signed(&key).expect("a certificate").pem();
    let ours = file("ours.pem", &certificate);
    let both = file("both.pem", &format!("{}{certificate}", key.serialize_pem()));
    let foreign = file("foreign.key", &other.serialize_pem());
    let encrypted =
        file("encrypted.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
    let missing = folder.path().join("missing.pem");

    assert!(identity(&both, &both).is_ok());
    for (certificate, key, named) in [
        (&missing, &foreign, "missing.pem"),
        (&foreign, &foreign, "foreign.key"),
        (&ours, &missing, "missing.pem"),
        (&ours, &encrypted, "encrypted.key"),
        (&ours, &foreign, "foreign.key"),
        (&ours, &foreign, "does not belong to"),
    ] {
        let error = identity(certificate, key).expect_err(named);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(named), "{error}");
    }
    let error = identity(&ours, &encrypted).expect_err("an encrypted key");
    assert!(error.hint().expect("a hint").to_string().contains("openssl pkey"));
}
