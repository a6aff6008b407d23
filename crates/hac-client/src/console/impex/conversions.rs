//! What a call takes as an import.

use super::ImpexImport;

impl From<&ImpexImport> for ImpexImport {
    fn from(import: &ImpexImport) -> Self {
        import.clone()
    }
}

impl From<&str> for ImpexImport {
    fn from(script: &str) -> Self {
        Self::new(script)
    }
}

impl From<String> for ImpexImport {
    fn from(script: String) -> Self {
        Self::new(script)
    }
}
