//! `EXPOSE`

use buildkit_dockerfile::Word;
use buildkit_dockerfile::lint::rule;

use super::{Evaluator, Stage};
use crate::error::Error;
use crate::graph::Command;
use aliasfront_image::port::{self, Note};

impl Evaluator<'_, '_> {
    pub(super) fn expose(
        &mut self,
        stage: &mut Stage,
        command: &Command,
        words: &[Word],
    ) -> Result<(), Error> {
        let mut specs = Vec::with_capacity(words.len());
        for word in words {
            let expanded = self
                .budget
                .expand_words(self.expander, &word.text, &*stage.env)?
                .map_err(|error| Error::from(error).span(word.span))?;
            self.budget.charge(size_of_all(&expanded))?;
            specs.extend(expanded.into_iter().map(|spec| (spec, word.span)));
        }
        let mut ports = Vec::with_capacity(specs.len());
        for (spec, span) in specs {
            let parsed = port::parse(&spec);
            for note in parsed.notes {
                let (rule, message) = match note {
                    Note::ProtocolCasing => (
                        &rule::expose_proto_casing::RULE,
                        rule::expose_proto_casing::message(&spec),
                    ),
                    Note::Format => (
                        &rule::expose_invalid_format::RULE,
                        rule::expose_invalid_format::message(&spec),
                    ),
                };
                self.report(rule, message, command);
            }
            let parsed = parsed.ports.map_err(|error| Error::new(error.to_string()).span(span))?;
            self.budget.charge(size_of_all(&parsed))?;
            ports.extend(parsed);
        }
        stage.commit(format!("EXPOSE [{}]", ports.join(" ")), false, self.given.epoch);
        stage.config().config.exposed_ports.extend(ports);
        Ok(())
    }
}

/// How many bytes these take: there may be many short ones.
fn size_of_all(texts: &[String]) -> usize {
    texts.iter().map(|text| text.len() + size_of::<String>()).sum()
}
