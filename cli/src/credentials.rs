//! Who is asking: the credentials that Docker's client has for a registry.

use docker_credential::{CredentialRetrievalError, DockerCredential};
use oci_client::secrets::RegistryAuth;

/// The name under which Docker's client keeps the credentials of `docker.io`.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// The credentials for a registry.
///
/// # Errors
///
/// There are some, and they can't be had or used.
pub(crate) fn find(registry: &str) -> Result<RegistryAuth, String> {
    let server = if registry == "docker.io" { DOCKER_HUB } else { registry };
    match docker_credential::get_credential(server) {
        Ok(DockerCredential::UsernamePassword(name, password)) => {
            Ok(RegistryAuth::Basic(name, password))
        }
        Ok(DockerCredential::IdentityToken(_)) => {
            Err("they are an identity token, which only Docker itself uses".to_owned())
        }
        Err(
            CredentialRetrievalError::ConfigNotFound
            | CredentialRetrievalError::NoCredentialConfigured,
        ) => Ok(RegistryAuth::Anonymous),
        // What a helper prints may have secrets in it.
        Err(CredentialRetrievalError::HelperFailure { helper, stdout, .. }) => {
            if is_unknown(&stdout) {
                Ok(RegistryAuth::Anonymous)
            } else {
                Err(format!("the helper {helper} fails"))
            }
        }
        Err(error) => Err(error.to_string()),
    }
}

/// Whether a helper says that it has no credentials for a server: the words that helpers have in common.
fn is_unknown(stdout: &str) -> bool {
    stdout.contains("credentials not found in native keychain")
}
