//! Map values that have to be on the wire although nothing is in them.
//!
//! An encoder may leave the value of a map's entry out where it is empty, and prost does. Engines before BuildKit
//! 0.17 read such an entry as a null pointer, and some of those end the daemon that the engine is part of. So an
//! empty value gets a field that says nothing here; [`Source`](crate::pb::Source) writes its map by itself.

use crate::gateway::Ref;
use crate::pb::{Definition, Source};

/// A ref as the value of a map; the empty id is the empty file system.
#[must_use]
pub fn map_ref(id: String) -> Ref {
    let def = id.is_empty().then(Default::default);
    Ref { id, def }
}

/// A definition as the value of a map; without vertices it is the empty file system.
#[must_use]
pub fn map_definition(definition: Definition) -> Definition {
    let source = definition.source.or_else(|| definition.def.is_empty().then(Source::default));
    Definition { source, ..definition }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use prost::Message;

    use super::*;
    use crate::gateway::RefMap;

    /// A map's entry is a message with the key as field 1 and the value as field 2.
    #[derive(Clone, PartialEq, Message)]
    struct Entry {
        #[prost(string, tag = "1")]
        key: String,
        #[prost(message, optional, tag = "2")]
        value: Option<Ref>,
    }

    #[derive(Clone, PartialEq, Message)]
    struct Entries {
        #[prost(message, repeated, tag = "1")]
        entries: Vec<Entry>,
    }

    fn value_of(one: Ref) -> Option<Ref> {
        let map = RefMap { refs: HashMap::from([("linux/amd64".to_owned(), one)]) };
        let entries = Entries::decode(map.encode_to_vec().as_slice()).unwrap();
        entries.entries[0].value.clone()
    }

    #[test]
    fn values_are_on_the_wire() {
        assert_eq!(value_of(Ref::default()), None);
        assert_eq!(value_of(map_ref(String::new())).unwrap().id, "");
        assert_eq!(
            value_of(map_ref("r1".to_owned())).unwrap(),
            Ref { id: "r1".to_owned(), def: None }
        );
    }

    #[test]
    fn definitions_are_never_empty() {
        let empty = map_definition(Definition::default());
        assert!(empty.encoded_len() > 0);
        assert!(empty.def.is_empty());
        let full = Definition { def: vec![vec![1]], ..Definition::default() };
        assert_eq!(map_definition(full.clone()), full);
    }
}
