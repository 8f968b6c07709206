//! A scenario as a configuration of the reference.

use crate::names::{channel, htlc};
use model::scenario::{Flag, Role, Scenario, Storing};
use model::state::{Channel, Htlc};
use reference::config::{ChannelConfig, HtlcRole, Mode, NodeConfig, Persistence, UpdateWrites};

/// The node that a scenario describes, when it is new.
pub fn config(scenario: &Scenario) -> NodeConfig {
    let channel_config = |c: Channel| {
        let (persistence, updates) = match scenario.storing(c) {
            Storing::Sync => (Persistence::Synchronous, UpdateWrites::Full),
            Storing::Async => (Persistence::Asynchronous, UpdateWrites::Full),
            Storing::SyncDeltas => (Persistence::Synchronous, UpdateWrites::Deltas),
            Storing::AsyncDeltas => (Persistence::Asynchronous, UpdateWrites::Deltas),
        };
        ChannelConfig { persistence, updates, max_in_flight: scenario.writes.into() }
    };
    let role = |role: &Role| match role {
        Role::Own => HtlcRole::Payment { outbound: channel(Channel::OUT), held: false },
        Role::Unsent => HtlcRole::Payment { outbound: channel(Channel::OUT), held: true },
        Role::Part => {
            HtlcRole::Part { outbound: channel(Channel::OUT), payment: htlc(Htlc::at(0)) }
        }
        Role::PartElsewhere => {
            HtlcRole::Part { outbound: channel(Channel::OUT2), payment: htlc(Htlc::at(0)) }
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
        Role::HopElsewhere => {
            HtlcRole::PreviousHop { inbound: channel(Channel::IN2), leaves_as: htlc(Htlc::at(0)) }
        }
        Role::ReceivedElsewhere => {
            HtlcRole::ReceivedPart { inbound: channel(Channel::IN2), payment: htlc(Htlc::at(0)) }
        }
        Role::Received => HtlcRole::Received { inbound: channel(Channel::IN) },
        Role::ReceivedPart => {
            HtlcRole::ReceivedPart { inbound: channel(Channel::IN), payment: htlc(Htlc::at(0)) }
        }
    };
    let channels = scenario.channels();
    NodeConfig {
        channels: channels.map(|c| (channel(c), channel_config(c))).collect(),
        htlcs: scenario
            .htlcs
            .iter()
            .enumerate()
            .map(|(h, r)| (htlc(Htlc::at(h)), role(r)))
            .collect(),
        tell_forwards: scenario.has(Flag::TellForwards),
        mode: if scenario.has(Flag::Builds) { Mode::Off } else { Mode::On },
        late_completions: scenario.has(Flag::Notices),
        close_updates: scenario.has(Flag::Notices),
    }
}
