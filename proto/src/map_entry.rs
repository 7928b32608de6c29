//! Maps whose values are messages.

use std::fmt::Debug;

use prost::Message;

/// An entry of a map whose values are messages. A field with such a map is a list of entries, which
/// is the same on the wire.
///
/// It is no map here, since prost leaves a value that is empty out of its entry. Go reads that as
/// nil, and where daemons follow the pointer, the whole daemon goes down.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct MapEntry<V: Debug + Default + Message> {
    /// The key.
    #[prost(string, tag = "1")]
    pub key: String,
    /// The value. None is what Go takes for nil: never send it.
    #[prost(message, optional, tag = "2")]
    pub value: Option<V>,
}

impl<V: Debug + Default + Message> From<(String, V)> for MapEntry<V> {
    fn from((key, value): (String, V)) -> Self {
        Self { key, value: Some(value) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::gateway::{Ref, RefMap};
    use crate::pb::{Locations, Source};

    /// A map as prost has them, to compare with.
    #[derive(Clone, PartialEq, Message)]
    struct Map {
        #[prost(btree_map = "string, message", tag = "1")]
        refs: BTreeMap<String, Ref>,
    }

    #[test]
    fn entries_are_a_map_on_the_wire() {
        let one = |id: &str| Ref { id: id.to_owned(), ..Ref::default() };
        let map = Map { refs: [("a".to_owned(), one("1")), ("b".to_owned(), one("2"))].into() };
        let refs: Vec<MapEntry<Ref>> = map.refs.clone().into_iter().map(MapEntry::from).collect();
        let list = RefMap { refs };
        assert_eq!(list.encode_to_vec(), map.encode_to_vec());
        assert_eq!(RefMap::decode(map.encode_to_vec().as_slice()).unwrap(), list);
    }

    #[test]
    fn values_that_are_empty_are_there() {
        // Field 1, an entry of 5 bytes: the key, and a value without fields.
        let wire = [0x0a, 5, 0x0a, 1, b'a', 0x12, 0];
        let refs = vec![MapEntry::from(("a".to_owned(), Ref::default()))];
        assert_eq!(RefMap { refs }.encode_to_vec(), wire);
        let locations = vec![MapEntry::from(("a".to_owned(), Locations::default()))];
        assert_eq!(Source { locations, infos: Vec::new() }.encode_to_vec(), wire);
    }
}
