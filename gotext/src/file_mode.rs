//! The bits of Go's `fs.FileMode`, as the messages about files have them: what a file is, and with whose rights it runs.

/// A directory.
pub const DIRECTORY: u32 = 1 << 31;
/// A symbolic link.
pub const LINK: u32 = 1 << 27;
/// A device.
pub const DEVICE: u32 = 1 << 26;
/// A named pipe.
pub const NAMED_PIPE: u32 = 1 << 25;
/// A socket.
pub const SOCKET: u32 = 1 << 24;
/// It runs with its owner's rights.
pub const SET_USER_ID: u32 = 1 << 23;
/// It runs with its group's rights.
pub const SET_GROUP_ID: u32 = 1 << 22;
/// A device of characters, and not of blocks.
pub const CHARACTER_DEVICE: u32 = 1 << 21;
/// None of what there is a bit for.
pub const IRREGULAR: u32 = 1 << 19;
/// All that say what a file is: a regular one has none of them.
pub const TYPE: u32 =
    DIRECTORY | LINK | DEVICE | NAMED_PIPE | SOCKET | CHARACTER_DEVICE | IRREGULAR;
