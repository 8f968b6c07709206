//! How a node is set. Nothing here changes while it runs, and nothing here is stored.

/// How a Monitor hands its events over (SPEC section 7; upstream: `persistent_events_enabled`). It
/// is written with the Monitor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Mode {
    /// What is released is not written any more; a load makes it again if the Manager needs it.
    Off,
    /// An event is kept until it is acked.
    #[default]
    On,
}

/// The settings of a node. They may differ from start to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Settings {
    /// Whether `PaymentForwarded` tells the user of the forwards that are made from now on
    /// (`MGR-12`).
    pub tell_forwards: bool,
    /// Whether the Manager gives a Monitor that has told it of a confirmed commitment an update of
    /// the close, as LDK does. The Monitor knows of that close; without, a write is saved.
    pub update_confirmed_closes: bool,
    /// Whether the Watch puts updates off until a write of the Manager that lists them has landed
    /// (`STO-11`; LDK: the `deferred` of `ChainMonitor::new`). Whoever switches it on calls
    /// [`Node::flush`] behind each such write.
    ///
    /// [`Node::flush`]: crate::Node::flush
    pub deferred_writing: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { tell_forwards: true, update_confirmed_closes: true, deferred_writing: false }
    }
}
