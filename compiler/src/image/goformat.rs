//! Text as Go's `fmt` prints it. History entries of an image, and most error messages of the
//! daemon, are made of these forms, so they are part of what an image looks like.

use std::time::Duration;

/// One string as `%q` prints it.
pub use buildkit_dockerfile::go::quote::quote;

/// A span of time in nanoseconds, signed, as Go's `time.Duration` and as image configs store it.
pub type Nanoseconds = i64;

/// Nanoseconds of one second, for those who compute with [`Nanoseconds`].
pub const SECOND: Nanoseconds = 1_000_000_000;

/// A list of strings as `%q` prints it: `["a" "b"]`.
pub fn quote_list<S: AsRef<str>>(items: &[S]) -> String {
    bracketed(items.iter().map(|item| quote(item.as_ref())))
}

/// A list of strings as `%v` prints it: `[a b]`.
pub fn plain_list<S: AsRef<str>>(items: &[S]) -> String {
    bracketed(items.iter().map(|item| item.as_ref().to_owned()))
}

fn bracketed(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(" "))
}

/// A duration as Go's `time.Duration` prints itself: `0s`, `1.5s`, `2m0s`, `100ms`, `1h0m0.5s`.
pub fn duration(value: Nanoseconds) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let span = Duration::from_nanos(value.unsigned_abs());
    let nanos = span.subsec_nanos();
    let seconds = span.as_secs();
    let text = match (seconds, nanos) {
        (0, 0) => "0s".to_owned(),
        (0, 0..1_000) => format!("{nanos}ns"),
        (0, 0..1_000_000) => with_fraction(u64::from(nanos / 1_000), nanos % 1_000, 3) + "µs",
        (0, _) => with_fraction(u64::from(nanos / 1_000_000), nanos % 1_000_000, 6) + "ms",
        _ => {
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            let rest = with_fraction(seconds % 60, nanos, 9);
            match (hours, minutes) {
                (0, 0) => format!("{rest}s"),
                (0, _) => format!("{minutes}m{rest}s"),
                _ => format!("{hours}h{minutes}m{rest}s"),
            }
        }
    };
    format!("{sign}{text}")
}

/// `whole` with `fraction` as its decimals, `digits` wide, without trailing zeros.
fn with_fraction(whole: u64, fraction: u32, digits: usize) -> String {
    let decimals = format!("{fraction:0digits$}");
    let decimals = decimals.trim_end_matches('0');
    if decimals.is_empty() { whole.to_string() } else { format!("{whole}.{decimals}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        let none: [&str; 0] = [];
        assert_eq!(quote_list(&none), "[]");
        assert_eq!(quote_list(&["sh", "-c", "echo \"x\""]), r#"["sh" "-c" "echo \"x\""]"#);
        assert_eq!(plain_list(&none), "[]");
        assert_eq!(plain_list(&["/bin/sh", "-c"]), "[/bin/sh -c]");
    }

    #[test]
    fn durations() {
        for (nanoseconds, want) in [
            (0, "0s"),
            (1, "1ns"),
            (999, "999ns"),
            (1_100, "1.1µs"),
            (2_000, "2µs"),
            (2_200_000, "2.2ms"),
            (100_000_000, "100ms"),
            (999_999_999, "999.999999ms"),
            (SECOND, "1s"),
            (3_300_000_000, "3.3s"),
            (30 * SECOND, "30s"),
            (60 * SECOND, "1m0s"),
            (90 * SECOND, "1m30s"),
            (5 * 60 * SECOND + 5_001_000_000, "5m5.001s"),
            (3600 * SECOND, "1h0m0s"),
            (5 * 3600 * SECOND + 6 * 60 * SECOND + 7_001_000_000, "5h6m7.001s"),
            (8 * 60 * SECOND + 1, "8m0.000000001s"),
            (-1, "-1ns"),
            (-90 * SECOND, "-1m30s"),
            (i64::MAX, "2562047h47m16.854775807s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(duration(nanoseconds), want);
        }
    }
}
