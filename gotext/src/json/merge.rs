//! Values that are read as Go reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};

use crate::timestamp::Timestamp;

/// Whether Go takes `given` for the field `name`: the letters may differ in case, by Unicode's
/// simple folding, which has two characters beyond ASCII for the letters k and s.
pub fn names_field(given: &str, name: &str) -> bool {
    let fold = |c: char| match c {
        '\u{212a}' => 'k',
        '\u{17f}' => 's',
        c => c.to_ascii_lowercase(),
    };
    given.chars().map(fold).eq(name.chars().map(fold))
}

/// A value that JSON is read into. What the JSON doesn't say stays as it was.
pub trait Merge {
    /// Takes over what `json` says.
    fn merge_json<'de, D: Deserializer<'de>>(&mut self, json: D) -> Result<(), D::Error>;
}

/// Merges into the value it borrows.
pub struct MergeInto<'a, T>(pub &'a mut T);

impl<'de, T: Merge> DeserializeSeed<'de> for MergeInto<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        self.0.merge_json(json)
    }
}

macro_rules! merge_plain {
    ($($plain:ty),*) => {$(
        impl Merge for $plain {
            fn merge_json<'de, D: Deserializer<'de>>(&mut self, json: D) -> Result<(), D::Error> {
                if let Some(value) = Option::deserialize(json)? {
                    *self = value;
                }
                Ok(())
            }
        }
    )*};
}

merge_plain!(bool, i64, String);

/// What `seed` reads, or nothing for `null`.
fn nullable<'de, D, S>(json: D, seed: S) -> Result<Option<S::Value>, D::Error>
where
    D: Deserializer<'de>,
    S: DeserializeSeed<'de>,
{
    struct Nullable<S>(S);
    impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Nullable<S> {
        type Value = Option<S::Value>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a value or null")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_some<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
            self.0.deserialize(json).map(Some)
        }
    }
    json.deserialize_option(Nullable(seed))
}

/// Reads with the visitor that it holds.
struct Visit<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Visit<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<V::Value, D::Error> {
        json.deserialize_any(self.0)
    }
}

impl<T: Merge + Default> Merge for Option<T> {
    fn merge_json<'de, D: Deserializer<'de>>(&mut self, json: D) -> Result<(), D::Error> {
        let mut value = self.take().unwrap_or_default();
        *self = nullable(json, MergeInto(&mut value))?.map(|()| value);
        Ok(())
    }
}

impl<T: Merge + Default> Merge for Vec<T> {
    fn merge_json<'de, D: Deserializer<'de>>(&mut self, json: D) -> Result<(), D::Error> {
        struct Items<T>(PhantomData<T>);
        impl<'de, T: Merge + Default> Visitor<'de> for Items<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array or null")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Vec<T>, A::Error> {
                let mut items = Vec::new();
                loop {
                    let mut item = T::default();
                    if array.next_element_seed(MergeInto(&mut item))?.is_none() {
                        return Ok(items);
                    }
                    items.push(item);
                }
            }
        }
        *self = nullable(json, Visit(Items(PhantomData)))?.unwrap_or_default();
        Ok(())
    }
}

impl<T: Merge + Default> Merge for BTreeMap<String, T> {
    fn merge_json<'de, D: Deserializer<'de>>(&mut self, json: D) -> Result<(), D::Error> {
        struct Entries<'a, T>(&'a mut BTreeMap<String, T>);
        impl<'de, T: Merge + Default> Visitor<'de> for Entries<'_, T> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object or null")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
                while let Some(key) = object.next_key()? {
                    let mut value = T::default();
                    object.next_value_seed(MergeInto(&mut value))?;
                    self.0.insert(key, value);
                }
                Ok(())
            }
        }
        if nullable(json, Visit(Entries(self)))?.is_none() {
            self.clear();
        }
        Ok(())
    }
}

/// A set, which Go writes as an object of empty objects.
impl Merge for BTreeSet<String> {
    fn merge_json<'de, D: Deserializer<'de>>(&mut self, json: D) -> Result<(), D::Error> {
        let mut entries = BTreeMap::new();
        for key in std::mem::take(self) {
            entries.insert(key, Present);
        }
        entries.merge_json(json)?;
        self.extend(entries.into_keys());
        Ok(())
    }
}

/// Writes a set as an object of empty objects.
pub fn serialize_set<S: Serializer>(
    set: &BTreeSet<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(set.iter().map(|key| (key, Present)))
}

/// Go's empty struct: an object whose fields, if any, say nothing.
#[derive(Default)]
struct Present;

impl Serialize for Present {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_map(Some(0))?.end()
    }
}

impl Merge for Present {
    fn merge_json<'de, D: Deserializer<'de>>(&mut self, json: D) -> Result<(), D::Error> {
        struct Skip;
        impl<'de> Visitor<'de> for Skip {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object or null")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
                while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(())
            }
        }
        merge_object(json, Skip)
    }
}

impl Merge for Timestamp {
    fn merge_json<'de, D: Deserializer<'de>>(&mut self, json: D) -> Result<(), D::Error> {
        let mut text = None::<String>;
        text.merge_json(json)?;
        if let Some(text) = text {
            *self = Timestamp::parse(&text).map_err(D::Error::custom)?;
        }
        Ok(())
    }
}

/// Visits an object; `null` says nothing.
pub fn merge_object<'de, D: Deserializer<'de>>(
    json: D,
    fields: impl Visitor<'de, Value = ()>,
) -> Result<(), D::Error> {
    nullable(json, Visit(fields)).map(Option::unwrap_or_default)
}

/// Lets a struct be read as Go reads it: each `"name" => field` merges what the JSON has under that
/// name, and names that the struct doesn't know are skipped.
#[macro_export]
macro_rules! go_object {
    ($type:ty { $($name:literal => $($field:ident).+),* $(,)? }) => {
        impl $crate::json::Merge for $type {
            fn merge_json<'de, D: $crate::serde::Deserializer<'de>>(&mut self, json: D) -> Result<(), D::Error> {
                struct Fields<'a>(&'a mut $type);
                impl<'de> $crate::serde::de::Visitor<'de> for Fields<'_> {
                    type Value = ();

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object or null")
                    }

                    fn visit_map<A: $crate::serde::de::MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
                        while let Some(name) = object.next_key::<String>()? {
                            $(
                                if $crate::json::names_field(&name, $name) {
                                    object.next_value_seed($crate::json::MergeInto(&mut self.0.$($field).+))?;
                                    continue;
                                }
                            )*
                            object.next_value::<$crate::serde::de::IgnoredAny>()?;
                        }
                        Ok(())
                    }
                }
                $crate::json::merge_object(json, Fields(self))
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $type {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
                let mut value = Self::default();
                $crate::json::Merge::merge_json(&mut value, json)?;
                Ok(value)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::from_slice;
    use proptest::prelude::*;

    #[derive(Debug, Default, PartialEq)]
    struct Sample {
        name: String,
        size: i64,
        flag: bool,
        list: Vec<String>,
        maybe: Option<Vec<String>>,
        map: BTreeMap<String, String>,
        set: BTreeSet<String>,
        inner: Inner,
        pointer: Option<Inner>,
    }

    #[derive(Debug, Default, PartialEq)]
    struct Inner {
        mask: String,
        when: Option<Timestamp>,
    }

    go_object!(Sample {
        "name" => name,
        "size" => size,
        "flag" => flag,
        "list" => list,
        "maybe" => maybe,
        "map" => map,
        "set" => set,
        "inner" => inner,
        "pointer" => pointer,
    });
    go_object!(Inner { "Mask" => mask, "when" => when });

    fn read(json: impl AsRef<[u8]>) -> serde_json::Result<Sample> {
        from_slice(json.as_ref())
    }

    fn strings<C: FromIterator<String>>(items: &[&str]) -> C {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    #[test]
    fn reads_every_kind() {
        let sample = read(
            r#"{"name":"n","size":-3,"flag":true,"list":["a",null],"maybe":[],"map":{"k":"v","n":null},
                "set":{"x":{},"w":{"y":1},"v":null},"inner":{"Mask":"m"},"pointer":{"when":"2023-01-01T00:00:00Z"},
                "unknown":{"deep":[{"name":"no"}]}}"#,
        );
        let want = Sample {
            name: "n".into(),
            size: -3,
            flag: true,
            list: strings(&["a", ""]),
            maybe: Some(Vec::new()),
            map: [("k", "v"), ("n", "")].map(|(key, value)| (key.into(), value.into())).into(),
            set: strings(&["v", "w", "x"]),
            inner: Inner { mask: "m".into(), when: None },
            pointer: Some(Inner {
                mask: String::new(),
                when: Some(Timestamp::from_unix(1_672_531_200)),
            }),
        };
        assert_eq!(sample.unwrap(), want);
    }

    #[test]
    fn null_says_nothing() {
        for json in [
            "null",
            "{}",
            r#"{"name":null,"size":null,"flag":null,"list":null,"maybe":null,"map":null,"set":null,"inner":null,"pointer":null}"#,
        ] {
            assert_eq!(read(json).unwrap(), Sample::default());
        }
        let kept =
            read(r#"{"name":"n","name":null,"list":["a"],"list":null,"map":{"a":"b"},"map":null}"#)
                .unwrap();
        assert_eq!(kept, Sample { name: "n".into(), ..Sample::default() });
        assert_eq!(read(r#"{"pointer":{}}"#).unwrap().pointer, Some(Inner::default()));
    }

    #[test]
    fn names_match_in_any_case_and_repeat() {
        let sample = read(
            r#"{"NAME":"a","Name":"b","inner":{"mas":1,"MA\u017fK":"m"},"INNER":{"when":null}}"#,
        )
        .unwrap();
        assert_eq!((sample.name.as_str(), sample.inner.mask.as_str()), ("b", "m"));
        let kelvin: Sample = from_slice("{\"inner\":{\"MAS\u{212a}\":\"x\"}}".as_bytes()).unwrap();
        assert_eq!(kelvin.inner.mask, "x");
        let merged = read(
            r#"{"map":{"a":"1","b":"1"},"map":{"b":"2"},"set":{"x":{}},"set":{"y":{}},"list":["p","q"],"list":["r"]}"#,
        );
        let merged = merged.unwrap();
        assert_eq!(
            merged.map,
            [("a", "1"), ("b", "2")].map(|(key, value)| (key.into(), value.into())).into()
        );
        assert_eq!(merged.set, strings(&["x", "y"]));
        assert_eq!(merged.list, ["r"]);
    }

    #[test]
    fn repairs_text() {
        for (json, want) in [
            (&b"{\"name\":\"a\xffb\"}"[..], "a\u{fffd}b"),
            (b"{\"name\":\"\xe2\x82\"}", "\u{fffd}\u{fffd}"),
            (br#"{"name":"\ud800"}"#, "\u{fffd}"),
            (br#"{"name":"\udc00\ud83d"}"#, "\u{fffd}\u{fffd}"),
            (br#"{"name":"\ud83d\ude00"}"#, "😀"),
            (br#"{"name":"\ud83d\ud83d\ude00"}"#, "\u{fffd}😀"),
            (br#"{"name":"\\ud800"}"#, "\\ud800"),
            (br#"{"name":"\ud800\n"}"#, "\u{fffd}\n"),
        ] {
            assert_eq!(read(json).unwrap().name, want);
        }
    }

    #[test]
    fn refuses() {
        for json in [
            "",
            "{",
            "[]",
            "1",
            "{} {}",
            r#"{"name":1}"#,
            r#"{"size":"1"}"#,
            r#"{"size":1.5}"#,
            r#"{"size":9223372036854775808}"#,
            r#"{"flag":"true"}"#,
            r#"{"list":"a"}"#,
            r#"{"list":{"0":"a"}}"#,
            r#"{"map":["a"]}"#,
            r#"{"set":{"x":1}}"#,
            r#"{"set":["x"]}"#,
            r#"{"inner":[]}"#,
            r#"{"pointer":"x"}"#,
            r#"{"inner":{"when":"yesterday"}}"#,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(json in proptest::collection::vec(any::<u8>(), 0..64), escapes in "(\\\\u[dD][89c-f][0-9]{0,2}|\\\\|x){0,6}") {
            let _ = read(&json);
            let _ = read(format!("{{\"name\":\"{escapes}\"}}"));
        }
    }
}
