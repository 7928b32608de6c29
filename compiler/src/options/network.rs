//! `force-network-mode`: the network of steps.

use buildkit_llb::Network;

use crate::error::Error;

/// Reads the mode.
///
/// # Errors
///
/// It is no mode.
pub(super) fn parse(text: &str) -> Result<Network, Error> {
    match text {
        "" | "sandbox" => Ok(Network::Sandbox),
        "host" => Ok(Network::Host),
        "none" => Ok(Network::None),
        _ => Err(Error::new(format!("invalid netmode {text}"))
            .hint("the modes are sandbox, host and none")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
        result.unwrap_err().message
    }

    #[test]
    fn modes_have_names() {
        for (text, network) in [
            ("", Network::Sandbox),
            ("sandbox", Network::Sandbox),
            ("host", Network::Host),
            ("none", Network::None),
        ] {
            assert_eq!(parse(text), Ok(network));
        }
        assert_eq!(message(parse("Host")), "invalid netmode Host");
    }
}
