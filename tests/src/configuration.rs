//! A scenario as a configuration of the reference.

use crate::driver::{channel, htlc};
use model::scenario::{Role, Scenario};
use model::state::{INBOUND, OUTBOUND};
use reference::config::{ChannelConfig, HtlcRole, Mode, NodeConfig, Persistence, UpdateWrites};

/// The node that a scenario describes, when it is new.
pub fn config(scenario: &Scenario) -> NodeConfig {
    let channel_config = |c| ChannelConfig {
        persistence: if scenario.is_async(c) {
            Persistence::Asynchronous
        } else {
            Persistence::Synchronous
        },
        updates: if scenario.stores_deltas(c) { UpdateWrites::Deltas } else { UpdateWrites::Full },
        max_in_flight: scenario.writes.into(),
    };
    let role = |role: &Role| match role {
        Role::Own => HtlcRole::Payment { outbound: channel(OUTBOUND), held: false },
        Role::Unsent => HtlcRole::Payment { outbound: channel(OUTBOUND), held: true },
        Role::Part => HtlcRole::Part { outbound: channel(OUTBOUND), payment: htlc(0) },
        Role::Unmade => HtlcRole::Unmade { outbound: channel(OUTBOUND) },
        Role::Retry => HtlcRole::Retry { outbound: channel(OUTBOUND), payment: htlc(0) },
        Role::Forward | Role::UnsentForward => HtlcRole::Forward {
            inbound: channel(INBOUND),
            outbound: channel(OUTBOUND),
            held: role.is_unsent(),
        },
        Role::PreviousHop => {
            HtlcRole::PreviousHop { inbound: channel(INBOUND), leaves_as: htlc(0) }
        }
        Role::Received => HtlcRole::Received { inbound: channel(INBOUND) },
        Role::ReceivedPart => {
            HtlcRole::ReceivedPart { inbound: channel(INBOUND), payment: htlc(0) }
        }
    };
    NodeConfig {
        channels: scenario.channels().map(|c| (channel(c), channel_config(c))).collect(),
        htlcs: scenario.htlcs.iter().enumerate().map(|(h, r)| (htlc(h), role(r))).collect(),
        tell_forwards: scenario.flags.tell_forwards,
        mode: if scenario.flags.builds { Mode::Off } else { Mode::On },
        late_completions: scenario.flags.notices,
        close_updates: scenario.flags.notices,
    }
}
