//! Enums that know all their variants: what isn't listed doesn't exist, so that nothing is forgotten
//! in a list beside them.

/// Defines an enum without data, and `ALL`, its variants in their order.
macro_rules! listed {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$documentation:meta])* $variant:ident,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility enum $name {
            $($(#[$documentation])* $variant,)+
        }

        impl $name {
            /// All of them, in their order.
            $visibility const ALL: &'static [Self] = &[$(Self::$variant),+];
        }
    };
}

pub(crate) use listed;
