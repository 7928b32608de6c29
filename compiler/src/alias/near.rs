//! Names that are nearly the same: a misspelt one among many that are meant for others.

/// How long a name must be for each edit that parts it from the one it may have meant: `kiri` is near
/// `kiro`, and `api` is not near `app`.
const LENGTH_PER_EDIT: usize = 4;

/// Whether a name is probably another one, misspelt: they differ, by few edits for their length. Two
/// letters that changed places are one edit.
pub(super) fn is_near(name: &str, other: &str) -> bool {
    let (name, other) = (name.to_lowercase(), other.to_lowercase());
    let (length, most) = (other.chars().count(), name.chars().count());
    if length.abs_diff(most) * LENGTH_PER_EDIT > length {
        return false;
    }
    let edits = strsim::osa_distance(&name, &other);
    edits > 0 && edits * LENGTH_PER_EDIT <= length.min(most)
}

#[cfg(test)]
mod tests {
    use super::is_near;

    #[test]
    fn few_edits_for_their_length() {
        for (name, other, near) in [
            ("biulder", "builder", true),
            ("BUILDER2", "builder", true),
            ("builder", "builder", false),
            ("local-builder", "local_builder", true),
            ("kiri", "kiro", true),
            ("api", "app", false),
            ("web", "", false),
            ("base", "release", false),
            ("bui", "builder", false),
        ] {
            assert_eq!(is_near(name, other), near, "{name} {other}");
        }
    }
}
