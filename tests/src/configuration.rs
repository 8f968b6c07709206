//! A scenario as a configuration of the reference.

use crate::driver::{channel, htlc};
use model::scenario::{Role, Scenario};
use model::state::{Channel, Htlc};
use reference::config::{ChannelConfig, HtlcRole, Mode, NodeConfig, Persistence, UpdateWrites};

/// The node that a scenario describes, when it is new.
pub fn config(scenario: &Scenario) -> NodeConfig {
    let channel_config = |c: Channel| ChannelConfig {
        persistence: if scenario.is_async(c) {
            Persistence::Asynchronous
        } else {
            Persistence::Synchronous
        },
        updates: if scenario.stores_deltas(c) { UpdateWrites::Deltas } else { UpdateWrites::Full },
        max_in_flight: scenario.writes.into(),
    };
    let role = |role: &Role| match role {
        Role::Own => HtlcRole::Payment { outbound: channel(Channel::OUT), held: false },
        Role::Unsent => HtlcRole::Payment { outbound: channel(Channel::OUT), held: true },
        Role::Part => {
            HtlcRole::Part { outbound: channel(Channel::OUT), payment: htlc(Htlc::at(0)) }
        }
        Role::Unmade => HtlcRole::Unmade { outbound: channel(Channel::OUT) },
        Role::Retry => {
            HtlcRole::Retry { outbound: channel(Channel::OUT), payment: htlc(Htlc::at(0)) }
        }
        Role::Forward | Role::UnsentForward => HtlcRole::Forward {
            inbound: channel(Channel::IN),
            outbound: channel(Channel::OUT),
            held: role.is_unsent(),
        },
        Role::PreviousHop => {
            HtlcRole::PreviousHop { inbound: channel(Channel::IN), leaves_as: htlc(Htlc::at(0)) }
        }
        Role::Received => HtlcRole::Received { inbound: channel(Channel::IN) },
        Role::ReceivedPart => {
            HtlcRole::ReceivedPart { inbound: channel(Channel::IN), payment: htlc(Htlc::at(0)) }
        }
    };
    let channels = scenario.channels().map(Channel::at);
    NodeConfig {
        channels: channels.map(|c| (channel(c), channel_config(c))).collect(),
        htlcs: scenario
            .htlcs
            .iter()
            .enumerate()
            .map(|(h, r)| (htlc(Htlc::at(h)), role(r)))
            .collect(),
        tell_forwards: scenario.flags.tell_forwards,
        mode: if scenario.flags.builds { Mode::Off } else { Mode::On },
        late_completions: scenario.flags.notices,
        close_updates: scenario.flags.notices,
    }
}
