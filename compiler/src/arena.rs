//! Lists whose places have a type, so that the place of a stage is no place of a step.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// A place in an [`Arena`].
pub trait Id: Copy {
    /// The place with this number, from 0.
    fn from_index(index: usize) -> Self;

    /// Its number, from 0.
    fn index(self) -> usize;
}

/// A list that is looked into by places of the type `I`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arena<I, T> {
    items: Vec<T>,
    id: PhantomData<fn(I) -> I>,
}

impl<I, T> Default for Arena<I, T> {
    fn default() -> Self {
        Self { items: Vec::new(), id: PhantomData }
    }
}

impl<I: Id, T> Arena<I, T> {
    /// Adds an item, and gives its place.
    pub fn push(&mut self, item: T) -> I {
        self.items.push(item);
        I::from_index(self.items.len() - 1)
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The places in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = I> + use<I, T> {
        (0..self.items.len()).map(I::from_index)
    }

    /// The place with this number, where there is one.
    pub fn id(&self, index: usize) -> Option<I> {
        (index < self.items.len()).then(|| I::from_index(index))
    }

    /// The item at a place that may be another list's.
    pub fn get(&self, id: I) -> Option<&T> {
        self.items.get(id.index())
    }

    /// The items in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// The items in order, each with its place.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (I, &T)> + ExactSizeIterator {
        self.items.iter().enumerate().map(|(index, item)| (I::from_index(index), item))
    }

    /// The items as a slice.
    pub fn as_slice(&self) -> &[T] {
        &self.items
    }

    /// The items as a slice, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.items
    }

    /// A list of the same places, with what `make` makes for each.
    pub fn map<U>(&self, make: impl FnMut(&T) -> U) -> Arena<I, U> {
        Arena { items: self.items.iter().map(make).collect(), id: PhantomData }
    }
}

impl<I: Id, T> Index<I> for Arena<I, T> {
    type Output = T;

    fn index(&self, id: I) -> &T {
        &self.items[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for Arena<I, T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.items[id.index()]
    }
}

impl<'a, I: Id, T> IntoIterator for &'a Arena<I, T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Defines a type of places.
macro_rules! id {
    ($(#[$attribute:meta])* $vis:vis struct $name:ident;) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis struct $name(usize);

        impl $crate::arena::Id for $name {
            fn from_index(index: usize) -> Self {
                Self(index)
            }

            fn index(self) -> usize {
                self.0
            }
        }
    };
}

pub(crate) use id;

#[cfg(test)]
mod tests {
    use super::*;

    id! {
        /// A place.
        struct Place;
    }

    #[test]
    fn places_are_those_of_the_list_that_gave_them() {
        let mut letters: Arena<Place, char> = Arena::default();
        assert!(letters.is_empty());
        let (a, b) = (letters.push('a'), letters.push('b'));
        assert_eq!((letters[a], letters[b], letters.len()), ('a', 'b', 2));
        let upper = letters.map(char::to_ascii_uppercase);
        assert_eq!(upper[b], 'B');
        assert_eq!(upper.ids().collect::<Vec<_>>(), [a, b]);
        assert_eq!(upper.entries().next_back(), Some((b, &'B')));
        assert_eq!((letters.id(1), letters.id(2)), (Some(b), None));
        assert_eq!(letters.get(Place(2)), None);
    }
}
