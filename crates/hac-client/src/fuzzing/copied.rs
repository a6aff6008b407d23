//! Commands of curl that people copy from their browsers.

use super::text;
use crate::origin::BaseUrl;
use crate::session::CopiedRequest;

/// A cookie that no input holds by accident.
const ID: &str = "S3SSION-MARKER-91ab";

/// The input is a command.
///
/// # Panics
/// Where a promise is broken: a base URL that is none or another host's, an empty id, a value in an error or a `Debug`.
pub fn curl_command(data: &[u8]) {
    let text = text(data);
    for command in [text.clone(), format!("curl https://hac.example.com/hac/ -b JSESSIONID={ID} {text}")] {
        match CopiedRequest::from_curl(&command, "JSESSIONID") {
            Ok(request) => {
                let url = request.base_url().as_str();
                assert_eq!(BaseUrl::parse(url).expect("a base URL").as_str(), url);
                assert!(!request.session_id().expose().is_empty());
                assert!(request.csrf_token().is_none_or(|token| !token.expose().is_empty()));
                assert!(!format!("{request:?}").contains(ID));
            }
            Err(error) => assert!(!format!("{error:?}").contains(ID), "{error:?}"),
        }
    }
}
