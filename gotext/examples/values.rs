//! What Go makes of the words on the command line: a table of each word, quoted, and what it is read as.
//!
//! `cargo run -p aliasfront-gotext --example values -- 90s 1.5GiB true a/../b`

use aliasfront_gotext::boolean::parse_bool;
use aliasfront_gotext::duration::{format_duration, parse_duration};
use aliasfront_gotext::integer::parse_i64;
use aliasfront_gotext::path;
use aliasfront_gotext::quote::quote;
use aliasfront_gotext::size::ram_in_bytes;
use aliasfront_gotext::tabwriter;

fn main() {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    if words.is_empty() {
        words = ["90s", "1.5GiB", "true", "-7", "a/../b", "3 days"].map(String::from).into();
    }
    let mut table = String::from("WORD\tDURATION\tBYTES\tBOOL\tNUMBER\tPATH\t\n");
    for word in words {
        let duration = parse_duration(&word).map_or_else(|_| "-".into(), format_duration);
        let bytes = ram_in_bytes(&word).map_or_else(|| "-".into(), |bytes| bytes.to_string());
        let bool = parse_bool(&word).map_or_else(|| "-".into(), |value| value.to_string());
        let number = parse_i64(&word).map_or_else(|_| "-".into(), |number| number.to_string());
        let cells = [quote(&word), duration, bytes, bool, number, path::clean(&word)];
        table.push_str(&cells.join("\t"));
        table.push_str("\t\n");
    }
    print!("{}", tabwriter::align(&table, 2));
}
