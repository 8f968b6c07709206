//! Test vectors: runs of SPEC.md's protocol with the state after every step, for people
//! (docs/vectors.md) and for programs in any language (docs/vectors/).
//!
//! Both are made from the scripts under `tests/vectors/`. A script begins with a comment that says
//! what it shows, and which rules it is about.

pub mod page;
pub mod shown;

use crate::history::of_model;
use crate::read;
use crate::spec_text::mentioned;
use model::machine::Machine;
use model::scenario::custom::Described;
use model::scenario::{Flag, Role, Scenario, Storing};
use model::state::{Channel, Htlc};
use model::trace::Script;
use serde::Serialize;
use shown::{ByChannel, ByHtlc, Shown, shown};

/// The vectors, in the order of the page.
pub const NAMES: [&str; 8] = [
    "own_payment_acked_late",
    "claim_seen_twice",
    "ack_joins_a_queued_event",
    "payment_retried",
    "forward_fail_forgotten",
    "updates_submitted_again",
    "holding_cell_known",
    "holding_cell_unknown",
];

/// A test vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Vector {
    /// The version of this form.
    pub schema: u8,
    /// Its name.
    pub name: String,
    /// What it shows.
    pub shows: String,
    /// The rules and guarantees that it is about.
    pub rules: Vec<String>,
    /// The situation as the header of a script: for tools of this tree.
    pub scenario: String,
    /// Which channels and HTLCs there are, and how they are stored.
    pub setup: Setup,
    /// The state before the first step.
    pub initial: Shown,
    /// The steps.
    pub steps: Vec<Step>,
}

/// What there is when a vector begins, and how it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setup {
    /// The channels.
    pub channels: ByChannel<ChannelSetup>,
    /// Whether a write of the Manager lands in the step that starts it (`synchronous`) or in
    /// another one (`asynchronous`).
    pub manager_writes: &'static str,
    /// The HTLCs.
    pub htlcs: ByHtlc<HtlcSetup>,
}

/// How a channel's Monitor is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelSetup {
    /// `synchronous` or `asynchronous`.
    pub writes: &'static str,
    /// What an update writes: `full` or `delta`.
    pub update_writes: &'static str,
}

/// What an HTLC is to the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HtlcSetup {
    /// Its kind.
    pub kind: &'static str,
    /// The channel that it came in on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inbound: Option<String>,
    /// The channel that it leaves by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outbound: Option<String>,
    /// Its payment, by the first part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
}

/// A step of a vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The action, as a line of a script.
    pub action: String,
    /// What the outside sees of it.
    pub effects: Vec<String>,
    /// The state behind it.
    pub state: Shown,
}

impl Vector {
    /// The vector of this name, from its script.
    ///
    /// # Errors
    /// Says what is wrong with the script.
    pub fn load(name: &str) -> Result<Vector, String> {
        Vector::of(name, &read(&format!("tests/vectors/{name}.scn")))
    }

    /// The vector that a script makes.
    ///
    /// # Errors
    /// Says what is wrong with the script.
    pub fn of(name: &str, text: &str) -> Result<Vector, String> {
        let script = Script::parse(text).map_err(|error| error.to_string())?;
        if !script.is_spec() {
            return Err("a vector is a run of SPEC.md's protocol".into());
        }
        let states = script.run().map_err(|error| error.to_string())?;
        let machine = Machine::spec(&script.scenario);
        let head = text.lines().map_while(|line| line.strip_prefix("# "));
        let shows = head.collect::<Vec<_>>().join(" ");
        let steps = script.steps.iter().zip(states.windows(2)).map(|((_, action), pair)| Step {
            action: action.to_string(),
            effects: of_model(&machine.topology, &pair[0], *action, &pair[1])
                .iter()
                .map(ToString::to_string)
                .collect(),
            state: shown(&machine, &pair[1]),
        });
        Ok(Vector {
            schema: 1,
            name: name.into(),
            rules: mentioned(&shows),
            shows,
            scenario: Described(&script.scenario).to_string(),
            setup: setup(&script.scenario),
            initial: shown(&machine, &states[0]),
            steps: steps.collect(),
        })
    }

    /// It as JSON: a line for what holds of the whole, and a line for each step.
    pub fn json(&self) -> String {
        let fields = [
            ("schema", json(&self.schema)),
            ("name", json(&self.name)),
            ("shows", json(&self.shows)),
            ("rules", json(&self.rules)),
            ("scenario", json(&self.scenario)),
            ("setup", json(&self.setup)),
            ("initial", json(&self.initial)),
        ];
        let lines: Vec<String> = fields.map(|(name, value)| format!("\"{name}\": {value}")).into();
        let steps: Vec<String> = self.steps.iter().map(json).collect();
        format!("{{\n{},\n\"steps\": [\n{}\n]\n}}\n", lines.join(",\n"), steps.join(",\n"))
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("it has string keys only")
}

fn setup(scenario: &Scenario) -> Setup {
    let topology = Machine::spec(scenario).topology;
    let writes = |takes_time| if takes_time { "asynchronous" } else { "synchronous" };
    let channel = |c: Channel| {
        let deltas = matches!(scenario.storing(c), Storing::SyncDeltas | Storing::AsyncDeltas);
        let update_writes = if deltas { "delta" } else { "full" };
        (c.to_string(), ChannelSetup { writes: writes(scenario.is_async(c)), update_writes })
    };
    let htlc = |(index, role): (usize, &Role)| {
        let of = |c: Option<Channel>| c.map(|c| c.to_string());
        let payment = topology.payment(Htlc::at(index)).to_string();
        let payment = (role.is_own() || role.is_received()).then_some(payment);
        let outbound = of(role.outbound());
        let setup = HtlcSetup { kind: kind(*role), inbound: of(role.inbound()), outbound, payment };
        (Htlc::at(index).to_string(), setup)
    };
    Setup {
        channels: scenario.channels().map(channel).collect(),
        manager_writes: writes(scenario.has(Flag::AsyncManager)),
        htlcs: scenario.htlcs.iter().enumerate().map(htlc).collect(),
    }
}

fn kind(role: Role) -> &'static str {
    match role {
        Role::Own => "own payment",
        Role::Unsent => "own payment, in the holding cell",
        Role::Part | Role::PartElsewhere => "further part of an own payment",
        Role::Unmade => "own payment that is not made yet",
        Role::Retry => "retry of a part, not made yet",
        Role::Forward => "forward",
        Role::UnsentForward => "forward, in the holding cell",
        Role::PreviousHop | Role::HopElsewhere => "further previous hop of a forward",
        Role::Received => "payment received",
        Role::ReceivedPart | Role::ReceivedElsewhere => "further part of a payment received",
    }
}
