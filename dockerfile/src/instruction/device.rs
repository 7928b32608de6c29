//! `--device` of `RUN`.

use aliasfront_gotext::boolean::parse_bool;
use aliasfront_gotext::csv;

use crate::error::Error;
use crate::suggest::did_you_mean;
use crate::word::Word;

/// `--device` of `RUN`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Device {
    /// The device's CDI name.
    pub name: String,
    /// Whether the build fails without it.
    pub required: bool,
}

impl Device {
    /// Reads the flag's value.
    pub(super) fn parse(value: &Word) -> Result<Self, Error> {
        Self::read(&value.text).map_err(|message| {
            Error::new(message).span(value.span).hint("a device is name=NAME[,required]")
        })
    }

    fn read(value: &str) -> Result<Self, String> {
        let fields =
            csv::fields(value).map_err(|cause| format!("failed to parse csv devices: {cause}"))?;
        let mut device = Self::default();
        for field in fields {
            let (key, value) = match field.split_once('=') {
                Some((key, value)) => (key, Some(value)),
                None => (field.as_str(), None),
            };
            let key = key.to_lowercase();
            match (key.as_str(), value) {
                ("required", None) => device.required = true,
                ("required", Some(value)) => {
                    device.required = parse_bool(value)
                        .ok_or_else(|| format!("invalid value for {key}: {value}"))?;
                }
                ("name", Some(value)) => {
                    if !device.name.is_empty() {
                        return Err(format!("device name already set to {}", device.name));
                    }
                    value.clone_into(&mut device.name);
                }
                // The first field that is nothing else is the name.
                _ if device.name.is_empty() => device.name = field,
                (_, None) => {
                    return Err(format!("invalid field '{field}' must be a key=value pair"));
                }
                (_, Some(_)) => {
                    let message = format!("unexpected key '{key}' in '{field}'");
                    return Err(did_you_mean(message, &key, ["name", "required"], true));
                }
            }
        }
        Ok(device)
    }
}
