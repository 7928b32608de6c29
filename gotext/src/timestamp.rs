//! Points in time as image configs write them: RFC 3339 with up to nine decimals, in the zone they
//! came with.

use std::fmt;

use serde::ser::Error as _;
use serde::{Serialize, Serializer};

const SECONDS_PER_DAY: i64 = 86_400;

/// 0000-01-01T00:00:00Z. Years have four digits in RFC 3339, so nothing before can be written.
const EARLIEST: i64 = -62_167_219_200;

/// 9999-12-31T23:59:59Z.
const LATEST: i64 = 253_402_300_799;

/// A point in time that remembers its offset from UTC, since a config that is read and written again
/// keeps it. It is written only between the years 0 and 9999. The default is the beginning of 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timestamp {
    seconds: i64,
    nanos: u32,
    /// Seconds east of UTC.
    offset: i32,
}

/// Why there is no [`Timestamp`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// The year isn't one of four digits.
    #[error("year outside of range [0,9999]")]
    Year,
    /// The text isn't RFC 3339.
    #[error("parsing time {}: not an RFC 3339 time such as \"2006-01-02T15:04:05Z\"", crate::quote::quote(.0))]
    Syntax(String),
}

impl Timestamp {
    /// The second that is `seconds` after 1970-01-01T00:00:00Z, in UTC.
    pub fn from_unix(seconds: i64) -> Self {
        Self { seconds, nanos: 0, offset: 0 }
    }

    /// Whether it can be written.
    ///
    /// # Errors
    ///
    /// Its year isn't one of four digits.
    pub fn check(&self) -> Result<(), TimestampError> {
        let local = self.seconds.saturating_add(self.offset.into());
        if (EARLIEST..=LATEST).contains(&local) { Ok(()) } else { Err(TimestampError::Year) }
    }

    /// Whole seconds since 1970-01-01T00:00:00Z.
    pub fn unix(&self) -> i64 {
        self.seconds
    }

    /// Reads RFC 3339, as leniently as Go does: an hour may have one digit, and a comma may stand
    /// before decimals. Decimals after the ninth are dropped.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        Reader { rest: text.as_bytes() }
            .timestamp()
            .ok_or_else(|| TimestampError::Syntax(text.to_owned()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.seconds.saturating_add(self.offset.into());
        let (year, month, day) = civil_from_days(local.div_euclid(SECONDS_PER_DAY));
        let second = local.rem_euclid(SECONDS_PER_DAY);
        write!(f, "{year:04}-{month:02}-{day:02}")?;
        write!(f, "T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)?;
        if self.nanos > 0 {
            let decimals = format!("{:09}", self.nanos);
            write!(f, ".{}", decimals.trim_end_matches('0'))?;
        }
        if self.offset == 0 {
            return f.write_str("Z");
        }
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs() / 60;
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.check().map_err(S::Error::custom)?;
        serializer.collect_str(self)
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn timestamp(&mut self) -> Option<Timestamp> {
        let year = self.number(4..=4)?;
        self.byte(b"-")?;
        let month = self.number(2..=2).filter(|month| (1..=12).contains(month))?;
        self.byte(b"-")?;
        let day = self.number(2..=2).filter(|day| (1..=days_in(month, year)).contains(day))?;
        self.byte(b"T")?;
        let hour = self.number(1..=2).filter(|hour| *hour < 24)?;
        self.byte(b":")?;
        let minute = self.number(2..=2).filter(|minute| *minute < 60)?;
        self.byte(b":")?;
        let second = self.number(2..=2).filter(|second| *second < 60)?;
        let nanos = self.decimals()?;
        let offset = self.offset()?;
        if !self.rest.is_empty() {
            return None;
        }
        let day_start = days_from_civil(year, month, day) * SECONDS_PER_DAY;
        let local = day_start + hour * 3600 + minute * 60 + second;
        Some(Timestamp { seconds: local - i64::from(offset), nanos, offset })
    }

    fn byte(&mut self, any_of: &[u8]) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        any_of.contains(first).then(|| {
            self.rest = rest;
            *first
        })
    }

    /// As many digits as there are within the range.
    fn number(&mut self, width: std::ops::RangeInclusive<usize>) -> Option<i64> {
        let digits =
            self.rest.iter().take(*width.end()).take_while(|byte| byte.is_ascii_digit()).count();
        if !width.contains(&digits) {
            return None;
        }
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        Some(number.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0')))
    }

    fn decimals(&mut self) -> Option<u32> {
        if self.byte(b".,").is_none() {
            return Some(0);
        }
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        let (decimals, rest) = self.rest.split_at(digits);
        self.rest = rest;
        let nine = decimals.iter().copied().chain(std::iter::repeat(b'0')).take(9);
        Some(nine.fold(0, |value, digit| value * 10 + u32::from(digit - b'0')))
    }

    fn offset(&mut self) -> Option<i32> {
        let sign = match self.byte(b"Z+-")? {
            b'Z' => return Some(0),
            b'-' => -1,
            _ => 1,
        };
        let hours = self.number(2..=2)?;
        self.byte(b":")?;
        let minutes = self.number(2..=2).filter(|minutes| *minutes <= 60)?;
        // An offset of a day or more is read by Go but cannot be written again.
        let seconds = i32::try_from(hours * 3600 + minutes * 60)
            .ok()
            .filter(|seconds| *seconds < 24 * 3600)?;
        Some(sign * seconds)
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(month: i64, year: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the proleptic Gregorian calendar from 1970-01-01. The year is taken to begin in March,
/// which puts the leap day at its end and makes the lengths of the months a linear formula.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`]: year, month and day.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn writes_unix_seconds() {
        for (seconds, want) in [
            (0, "1970-01-01T00:00:00Z"),
            (1, "1970-01-01T00:00:01Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_672_531_200, "2023-01-01T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (4_102_444_800, "2100-01-01T00:00:00Z"),
            (EARLIEST, "0000-01-01T00:00:00Z"),
            (LATEST, "9999-12-31T23:59:59Z"),
        ] {
            let time = Timestamp::from_unix(seconds);
            assert_eq!((time.to_string().as_str(), time.check()), (want, Ok(())));
        }
        for seconds in [EARLIEST - 1, LATEST + 1, i64::MIN, i64::MAX] {
            let time = Timestamp::from_unix(seconds);
            assert_eq!((time.unix(), time.check()), (seconds, Err(TimestampError::Year)));
            assert!(serde_json::to_string(&time).is_err(), "{time}");
        }
    }

    #[test]
    fn reads_and_writes_again() {
        for (text, want) in [
            ("2023-01-01T00:00:00Z", "2023-01-01T00:00:00Z"),
            ("2023-01-01T00:00:00.123456789Z", "2023-01-01T00:00:00.123456789Z"),
            ("2023-01-01T00:00:00.1200Z", "2023-01-01T00:00:00.12Z"),
            ("2023-01-01T00:00:00.000Z", "2023-01-01T00:00:00Z"),
            ("2023-01-01T00:00:00.1234567899Z", "2023-01-01T00:00:00.123456789Z"),
            ("2023-01-01T00:00:00,5Z", "2023-01-01T00:00:00.5Z"),
            ("2023-01-01T7:00:00Z", "2023-01-01T07:00:00Z"),
            ("2023-01-01T00:00:00+00:00", "2023-01-01T00:00:00Z"),
            ("2023-01-01T00:00:00-00:00", "2023-01-01T00:00:00Z"),
            ("2023-01-01T00:00:00+05:30", "2023-01-01T00:00:00+05:30"),
            ("2023-01-01T00:00:00.5-08:00", "2023-01-01T00:00:00.5-08:00"),
            ("2023-01-01T00:00:00+00:60", "2023-01-01T00:00:00+01:00"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("0000-01-01T00:00:00+23:00", "0000-01-01T00:00:00+23:00"),
            ("9999-12-31T23:59:59.999999999-23:59", "9999-12-31T23:59:59.999999999-23:59"),
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), want);
        }
        assert_eq!(Timestamp::parse("1970-01-01T01:00:00+01:00").unwrap().unix(), 0);
    }

    #[test]
    fn refuses() {
        for text in [
            "",
            "now",
            "2023-01-01",
            "2023-1-01T00:00:00Z",
            "2023-13-01T00:00:00Z",
            "2023-00-01T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2023-01-00T00:00:00Z",
            "2023-01-01 00:00:00Z",
            "2023-01-01t00:00:00Z",
            "2023-01-01T24:00:00Z",
            "2023-01-01T00:60:00Z",
            "2023-01-01T00:00:60Z",
            "2023-01-01T00:00:00",
            "2023-01-01T00:00:00.Z",
            "2023-01-01T00:00:00z",
            "2023-01-01T00:00:00+1:00",
            "2023-01-01T00:00:00+24:00",
            "2023-01-01T00:00:00+00:61",
            "2023-01-01T00:00:00Z ",
            "+023-01-01T00:00:00Z",
        ] {
            assert_eq!(Timestamp::parse(text), Err(TimestampError::Syntax(text.to_owned())));
        }
    }

    proptest! {
        #[test]
        fn text_and_seconds_agree(seconds in EARLIEST..=LATEST) {
            let time = Timestamp::from_unix(seconds);
            prop_assert_eq!(Timestamp::parse(&time.to_string()), Ok(time));
        }
    }
}
