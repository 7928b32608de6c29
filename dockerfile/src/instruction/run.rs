//! `RUN`

use aliasfront_gotext::quote::quote;

use crate::error::Error;
use crate::instruction::command_line;
use crate::instruction::flags::{Flags, Spec};
use crate::instruction::{CommandLine, Device, MountFlag};
use crate::text::statement::Statement;
use crate::word::Word;

/// `RUN`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Run {
    /// The command.
    pub command: CommandLine,
    /// `--mount`, in order, unexpanded.
    pub mounts: Vec<MountFlag>,
    /// `--network`, validated (`default`, `none`, `host`), where it is given.
    pub network: Option<Network>,
    /// `--security`, validated, where it is given.
    pub security: Option<Security>,
    /// `--device`, in order.
    pub devices: Vec<Device>,
}

/// The network of a `RUN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Network {
    /// The build's network mode.
    #[default]
    Default,
    /// No network.
    None,
    /// The host's network.
    Host,
}

/// The security mode of a `RUN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Security {
    /// Confined.
    #[default]
    Sandbox,
    /// Elevated privileges (needs an entitlement).
    Insecure,
}

const FLAGS: [Spec; 4] =
    [Spec::texts("mount"), Spec::texts("device"), Spec::text("network"), Spec::text("security")];

pub(super) fn parse(statement: &mut Statement) -> Result<Run, Error> {
    let mut flags = Flags::check(&statement.flags, &FLAGS)?;
    let command = command_line::read(statement);
    let devices = flags.texts("device").iter().map(Device::parse).collect::<Result<_, _>>()?;
    let mounts =
        flags.texts("mount").into_iter().map(MountFlag::parse).collect::<Result<_, _>>()?;
    let network = flags.text("network").as_ref().map(network).transpose()?;
    let security = flags.text("security").as_ref().map(security).transpose()?;
    Ok(Run { command, mounts, network, security, devices })
}

fn network(word: &Word) -> Result<Network, Error> {
    match word.text.as_str() {
        "default" => Ok(Network::Default),
        "none" => Ok(Network::None),
        "host" => Ok(Network::Host),
        mode => Err(Error::new(format!("invalid network mode {}", quote(mode)))
            .span(word.span)
            .hint("the modes are default, none and host")),
    }
}

fn security(word: &Word) -> Result<Security, Error> {
    match word.text.as_str() {
        "sandbox" => Ok(Security::Sandbox),
        "insecure" => Ok(Security::Insecure),
        mode => Err(Error::new(format!("security {} is not valid", quote(mode)))
            .span(word.span)
            .hint("the modes are sandbox and insecure")),
    }
}
