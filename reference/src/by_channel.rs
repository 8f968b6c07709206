//! A map by channel whose clones share what they do not change: of a node's channels a step touches
//! one or two.

use std::collections::BTreeMap;
use std::iter::FromIterator;
use std::ops::Index;
use std::sync::Arc;

use crate::types::ChannelId;

/// What a node keeps for each of its channels. To clone it is cheap.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ByChannel<T>(BTreeMap<ChannelId, Arc<T>>);

impl<T> Default for ByChannel<T> {
    fn default() -> Self {
        ByChannel(BTreeMap::new())
    }
}

impl<T> ByChannel<T> {
    /// What is kept for a channel.
    pub fn get(&self, channel: ChannelId) -> Option<&T> {
        self.0.get(&channel).map(Arc::as_ref)
    }

    /// Whether something is kept for a channel.
    pub fn contains(&self, channel: ChannelId) -> bool {
        self.0.contains_key(&channel)
    }

    /// The channels, in order.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = ChannelId> + Clone + '_ {
        self.0.keys().copied()
    }

    /// What is kept, in the order of the channels.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &T> + Clone {
        self.0.values().map(Arc::as_ref)
    }

    /// Channels with what is kept for them, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (ChannelId, &T)> + Clone {
        self.0.iter().map(|(id, value)| (*id, Arc::as_ref(value)))
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn insert(&mut self, channel: ChannelId, value: T) {
        self.0.insert(channel, Arc::new(value));
    }

    pub(crate) fn remove(&mut self, channel: ChannelId) {
        self.0.remove(&channel);
    }
}

impl<T: Clone> ByChannel<T> {
    pub(crate) fn get_mut(&mut self, channel: ChannelId) -> Option<&mut T> {
        self.0.get_mut(&channel).map(Arc::make_mut)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (ChannelId, &mut T)> {
        self.0.iter_mut().map(|(id, value)| (*id, Arc::make_mut(value)))
    }
}

impl<T> Index<ChannelId> for ByChannel<T> {
    type Output = T;

    /// # Panics
    /// If nothing is kept for the channel.
    fn index(&self, channel: ChannelId) -> &T {
        &self.0[&channel]
    }
}

impl<T> FromIterator<(ChannelId, T)> for ByChannel<T> {
    fn from_iter<I: IntoIterator<Item = (ChannelId, T)>>(values: I) -> Self {
        let mut all = BTreeMap::new();
        for (id, value) in values {
            all.insert(id, Arc::new(value));
        }
        ByChannel(all)
    }
}

impl<T> From<BTreeMap<ChannelId, T>> for ByChannel<T> {
    fn from(values: BTreeMap<ChannelId, T>) -> Self {
        values.into_iter().collect()
    }
}
