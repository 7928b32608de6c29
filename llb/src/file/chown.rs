//! Who files belong to.

use buildkit_proto::pb::{self, user_opt};

/// Who files belong to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chown {
    /// The user, if it is said.
    pub user: Option<Owner>,
    /// The group, if it is said.
    pub group: Option<Owner>,
}

/// A user or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// By number.
    Id(u32),
    /// By a name that is looked up in the file system that is changed.
    Name(String),
}

impl Chown {
    /// Reads `user`, `user:group`, `uid` or `uid:gid`. `root` is 0, and what isn't a number of 32 bits
    /// is a name.
    pub fn parse(text: &str) -> Self {
        let (user, group) = match text.split_once(':') {
            Some((user, group)) => (user, Some(group)),
            None => (text, None),
        };
        Self { user: Some(Owner::parse(user)), group: group.map(Owner::parse) }
    }

    /// By numbers.
    pub fn ids(uid: u32, gid: u32) -> Self {
        Self { user: Some(Owner::Id(uid)), group: Some(Owner::Id(gid)) }
    }

    pub(super) fn into_pb(self, base: i64) -> pb::ChownOpt {
        pb::ChownOpt {
            user: self.user.map(|user| user.into_pb(base)),
            group: self.group.map(|group| group.into_pb(base)),
        }
    }
}

impl Owner {
    fn parse(text: &str) -> Self {
        if text == "root" {
            return Self::Id(0);
        }
        // Negative numbers are numbers to the reference, and wrap around.
        text.parse::<i32>()
            .map_or_else(|_| Self::Name(text.to_owned()), |id| Self::Id(id.cast_unsigned()))
    }

    fn into_pb(self, base: i64) -> pb::UserOpt {
        let user = match self {
            // The reference can't tell the empty name from none, which is root.
            Self::Name(name) if name.is_empty() => user_opt::User::ById(0),
            Self::Name(name) => user_opt::User::ByName(pb::NamedUserOpt { name, input: base }),
            Self::Id(id) => user_opt::User::ById(id),
        };
        pb::UserOpt { user: Some(user) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        let id = |id| Some(Owner::Id(id));
        let name = |name: &str| Some(Owner::Name(name.to_owned()));
        let cases = [
            ("app", name("app"), None),
            ("1000", id(1000), None),
            ("root:staff", id(0), name("staff")),
            ("7:root", id(7), id(0)),
            ("4294967295", name("4294967295"), None),
            ("-1", id(u32::MAX), None),
            ("a:b:c", name("a"), name("b:c")),
            ("1:", id(1), name("")),
        ];
        for (text, user, group) in cases {
            assert_eq!(Chown::parse(text), Chown { user, group }, "{text}");
        }
    }
}
