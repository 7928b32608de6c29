//! The order in which Go's `sort.Slice` leaves what compares equal, and a sort that keeps it as it is.
//!
//! Findings on the same line compare equal, and clients sort them with `sort.Slice`, which is not
//! stable: it is a pattern-defeating quicksort (Orson Peters), whose choices depend on nothing but the
//! comparisons and the length. This one makes the same choices, so that texts are the same.

use std::cmp::Ordering;

/// Up to this length, insertion sort.
const MAX_INSERTION: usize = 12;
/// From this length on, the pivot is a median of medians.
const SHORTEST_NINTHER: usize = 50;
/// The swaps of a median of medians that finds everything in descending order.
const MAX_SWAPS: usize = 12;
/// How many pairs out of order an input may have that is taken for almost sorted.
const MAX_STEPS: usize = 5;
/// Below this length, nothing is moved in what is taken for almost sorted.
const SHORTEST_SHIFTING: usize = 50;

/// Sorts `items` by `is_before`, with the outcome of Go's `sort.Slice`.
pub fn sort_by<T>(items: &mut [T], is_before: impl Fn(&T, &T) -> bool) {
    let length = items.len();
    Sorter { items, is_before }.sort(0, length, bits(length));
}

/// Sorts `items` by `compare`, and leaves what compares equal in its order.
///
/// As the standard library's sort does, which is compiled anew for each type of items: some kilobytes of an executable
/// that has to be small. Here places are sorted, whatever the items are.
pub fn stable_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut places = sorted_places(items.len(), &|a, b| compare(&items[a], &items[b]));
    for start in 0..places.len() {
        // The items of a circle of places move on by one.
        let mut at = start;
        loop {
            let from = std::mem::replace(&mut places[at], at);
            if from == start {
                break;
            }
            items.swap(at, from);
            at = from;
        }
    }
}

/// The places of `length` items in the order of the items.
fn sorted_places(length: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..length).collect();
    places.sort_by(|a, b| compare(*a, *b));
    places
}

/// How many bits `length` needs.
fn bits(length: usize) -> u32 {
    usize::BITS - length.leading_zeros()
}

/// What a choice of pivot tells of the order of items.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hint {
    Unknown,
    Increasing,
    Decreasing,
}

struct Sorter<'a, T, F> {
    items: &'a mut [T],
    is_before: F,
}

/// Pieces are from `start` up to and without `end`.
impl<T, F: Fn(&T, &T) -> bool> Sorter<'_, T, F> {
    fn less(&self, a: usize, b: usize) -> bool {
        (self.is_before)(&self.items[a], &self.items[b])
    }

    /// Sorts a piece. Recurses for the smaller part only, so as deep as the length has bits.
    fn sort(&mut self, mut start: usize, mut end: usize, mut limit: u32) {
        let mut balanced = true;
        let mut partitioned = true;
        loop {
            let length = end - start;
            if length <= MAX_INSERTION {
                return self.insertion(start, end);
            }
            if limit == 0 {
                return self.heap(start, end);
            }
            if !balanced {
                self.break_patterns(start, end);
                limit -= 1;
            }
            let (mut pivot, mut hint) = self.choose_pivot(start, end);
            if hint == Hint::Decreasing {
                self.items[start..end].reverse();
                pivot = (end - 1) - (pivot - start);
                hint = Hint::Increasing;
            }
            let promising = balanced && partitioned && hint == Hint::Increasing;
            if promising && self.partial_insertion(start, end) {
                return;
            }
            // The item before the piece is not after any of it. Is it equal to the pivot, then
            // all that are equal to the pivot are in their places once they are at the start.
            if start > 0 && !self.less(start - 1, pivot) {
                start = self.partition_equal(start, end, pivot);
                continue;
            }
            let (middle, was_partitioned) = self.partition(start, end, pivot);
            partitioned = was_partitioned;
            let (left, right) = (middle - start, end - middle);
            balanced = left.min(right) >= length / 8;
            if left < right {
                self.sort(start, middle, limit);
                start = middle + 1;
            } else {
                self.sort(middle + 1, end, limit);
                end = middle;
            }
        }
    }

    fn insertion(&mut self, start: usize, end: usize) {
        for index in start + 1..end {
            self.sink(start, index);
        }
    }

    /// Moves the item at `index` down, at most to `start`, past those that it is before.
    fn sink(&mut self, start: usize, index: usize) {
        let mut index = index;
        while index > start && self.less(index, index - 1) {
            self.items.swap(index, index - 1);
            index -= 1;
        }
    }

    fn heap(&mut self, start: usize, end: usize) {
        let length = end - start;
        for root in (0..=length.saturating_sub(1) / 2).rev() {
            self.sift_down(start, root, length);
        }
        for last in (0..length).rev() {
            self.items.swap(start, start + last);
            self.sift_down(start, 0, last);
        }
    }

    fn sift_down(&mut self, start: usize, mut root: usize, length: usize) {
        loop {
            let mut child = 2 * root + 1;
            if child >= length {
                return;
            }
            if child + 1 < length && self.less(start + child, start + child + 1) {
                child += 1;
            }
            if !self.less(start + root, start + child) {
                return;
            }
            self.items.swap(start + root, start + child);
            root = child;
        }
    }

    /// Moves three items to places that are random, but the same for each length.
    fn break_patterns(&mut self, start: usize, end: usize) {
        let length = end - start;
        let mut random = length as u64;
        let mask = (1_u64 << bits(length)) - 1;
        let first = start + length / 4 * 2 - 2;
        for index in first..first + 3 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let other = (random & mask) as usize;
            let other = if other >= length { other - length } else { other };
            self.items.swap(index, start + other);
        }
    }

    /// The place of an item that about half of the piece is before.
    fn choose_pivot(&self, start: usize, end: usize) -> (usize, Hint) {
        let length = end - start;
        let mut swaps = 0;
        let mut quarters = [1, 2, 3].map(|quarter| start + length / 4 * quarter);
        if length >= SHORTEST_NINTHER {
            for index in &mut quarters {
                *index = self.median([*index - 1, *index, *index + 1], &mut swaps);
            }
        }
        let pivot = self.median(quarters, &mut swaps);
        let hint = match swaps {
            0 => Hint::Increasing,
            MAX_SWAPS => Hint::Decreasing,
            _ => Hint::Unknown,
        };
        (pivot, hint)
    }

    fn median(&self, [a, b, c]: [usize; 3], swaps: &mut usize) -> usize {
        let mut order = |a, b| {
            if self.less(b, a) {
                *swaps += 1;
                (b, a)
            } else {
                (a, b)
            }
        };
        let (a, b) = order(a, b);
        let (b, _) = order(b, c);
        let (_, b) = order(a, b);
        b
    }

    /// Sorts a piece that is almost sorted; false where it is not.
    fn partial_insertion(&mut self, start: usize, end: usize) -> bool {
        let mut index = start + 1;
        for _ in 0..MAX_STEPS {
            while index < end && !self.less(index, index - 1) {
                index += 1;
            }
            if index == end {
                return true;
            }
            if end - start < SHORTEST_SHIFTING {
                return false;
            }
            self.items.swap(index, index - 1);
            if index - start >= 2 {
                self.sink(0, index - 1);
            }
            if end - index >= 2 {
                self.rise(index + 1, end);
            }
        }
        false
    }

    /// Moves the item before `index` up, past those that are before it.
    fn rise(&mut self, index: usize, end: usize) {
        for index in index..end {
            if !self.less(index, index - 1) {
                return;
            }
            self.items.swap(index, index - 1);
        }
    }

    /// Puts what is equal to the pivot to the start of the piece, which has nothing before the pivot,
    /// and gives the place behind it.
    fn partition_equal(&mut self, start: usize, end: usize, pivot: usize) -> usize {
        self.items.swap(start, pivot);
        let (mut low, mut high) = (start + 1, end - 1);
        loop {
            while low <= high && !self.less(start, low) {
                low += 1;
            }
            while low <= high && self.less(start, high) {
                high -= 1;
            }
            if low > high {
                return low;
            }
            self.items.swap(low, high);
            low += 1;
            high -= 1;
        }
    }

    /// Puts what is before the pivot before it, and gives its place, and whether there was nothing
    /// to do.
    fn partition(&mut self, start: usize, end: usize, pivot: usize) -> (usize, bool) {
        self.items.swap(start, pivot);
        let (mut low, mut high) = (start + 1, end - 1);
        let mut nothing_to_do = true;
        loop {
            while low <= high && self.less(low, start) {
                low += 1;
            }
            while low <= high && !self.less(high, start) {
                high -= 1;
            }
            if low > high {
                break;
            }
            nothing_to_do = false;
            self.items.swap(low, high);
            low += 1;
            high -= 1;
        }
        self.items.swap(high, start);
        (high, nothing_to_do)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn short_inputs_keep_the_order_of_equal_items() {
        let mut items: Vec<(u8, usize)> =
            [3, 1, 2, 1, 3, 2, 1, 1, 2, 3, 3, 1].into_iter().zip(0..).collect();
        let mut stable = items.clone();
        stable.sort_by_key(|(key, _)| *key);
        sort_by(&mut items, |a, b| a.0 < b.0);
        assert_eq!(items, stable);
    }

    /// Inputs that lead through the rarer ways: descending, equal, organ pipes, one out of order.
    #[test]
    fn patterns_are_sorted() {
        for length in [0, 1, 13, 49, 50, 51, 200, 1000] {
            let patterns: [Box<dyn Fn(usize) -> usize>; 5] = [
                Box::new(|index| index),
                Box::new(move |index| length - index),
                Box::new(|_| 0),
                Box::new(move |index| index.min(length - index)),
                Box::new(move |index| if index == length / 3 { 0 } else { index }),
            ];
            for pattern in patterns {
                let mut items: Vec<usize> = (0..length).map(pattern).collect();
                let mut expected = items.clone();
                expected.sort_unstable();
                sort_by(&mut items, |a, b| a < b);
                assert_eq!(items, expected);
            }
        }
    }

    #[test]
    fn without_steps_left_a_heap_sorts() {
        let mut items: Vec<u32> = (0..100).map(|index| index * 37 % 101).collect();
        Sorter { items: &mut items, is_before: |a: &u32, b: &u32| a < b }.sort(0, 100, 0);
        assert!(items.is_sorted());
    }

    proptest! {
        #[test]
        fn equal_items_stay_in_their_order(keys in proptest::collection::vec(0_u8..20, 0..300)) {
            let mut items: Vec<(u8, usize)> = keys.into_iter().zip(0..).collect();
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            stable_by(&mut items, |a, b| a.0.cmp(&b.0));
            prop_assert_eq!(items, expected);
        }

        #[test]
        fn everything_is_sorted(mut items in proptest::collection::vec(0_u8..20, 0..300)) {
            let mut expected = items.clone();
            expected.sort_unstable();
            sort_by(&mut items, |a, b| a < b);
            prop_assert_eq!(items, expected);
        }
    }
}
