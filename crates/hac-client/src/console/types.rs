//! The type system as the ImpEx console's editor asks for it: `/console/impex/allTypes`, `typeAndAttributes`.

use serde::Deserialize;

use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::json::JsonAnswer;
use crate::error::{Error, ErrorKind, Result};
use crate::protection::Class;
use crate::transport::Body;

#[derive(Deserialize)]
struct Types {
    #[serde(default)]
    types: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Attributes {
    exists: bool,
    #[serde(default)]
    attributes: Option<Vec<String>>,
}

impl HacClient {
    /// Returns the codes of all types that ImpEx knows, sorted.
    ///
    /// Observed in one public client, for 5.x.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn types(&self) -> Result<Vec<String>> {
        let call = read("list the types", "/console/impex/allTypes", Body::Empty);
        let mut expected = JsonAnswer::<Types>::with_keys(["types"]);
        let answer = self.engine().perform(&call, &mut expected).await?;
        let mut types = answer.types.ok_or_else(|| nothing_listed(&call, "types"))?;
        types.sort_unstable();
        Ok(types)
    }

    /// Returns the attributes of a type, sorted; `None` if there is no such type.
    ///
    /// Observed in two public clients, for 5.x and 2211.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call), and [`Usage`](ErrorKind::Usage) for an empty code.
    pub async fn type_attributes(&self, code: &str) -> Result<Option<Vec<String>>> {
        const DOING: &str = "show the type";
        if code.trim().is_empty() {
            return Err(Error::new(ErrorKind::Usage, DOING)
                .because("the type code is empty")
                .with_hint("pass a type code such as Product"));
        }
        let call = read(DOING, "/console/impex/typeAndAttributes", Body::form([("type", code)]));
        let mut expected = JsonAnswer::<Attributes>::with_keys(["exists"]);
        let answer = self.engine().perform(&call, &mut expected).await?;
        if !answer.exists {
            return Ok(None);
        }
        let mut attributes = answer.attributes.ok_or_else(|| nothing_listed(&call, "attributes"))?;
        attributes.sort_unstable();
        Ok(Some(attributes))
    }
}

fn nothing_listed(call: &Call, what: &str) -> Error {
    Error::new(ErrorKind::Protocol, call.doing.clone())
        .because(format!("the answer has no list of {what}"))
        .with_hint("this may be a release of HAC that is not supported yet")
}

/// A POST that changes nothing.
fn read(doing: &str, path: &str, body: Body) -> Call {
    Call::post(path, doing, Class::Read, body)
}
