//! Test vectors: runs of SPEC.md's protocol with the state after every step, for people
//! (docs/vectors.md) and for programs in any language (vectors/).
//!
//! Both are made from the scripts under `tests/vectors/`. A script begins with a comment that says
//! what it shows, and which rules it is about. The states are the model's, the bytes of what is
//! stored the reference's.

pub mod of_reference;
pub mod page;
pub mod shown;
pub mod snapshots;
pub mod words;

use crate::driver::Driver;
use crate::history::of_model;
use crate::read;
use crate::spec_text::mentioned;
use model::machine::Machine;
use model::scenario::custom::Described;
use model::scenario::{Flag, Role, Scenario};
use model::state::{Channel, Htlc};
use model::trace::Script;
use serde::Serialize;
use shown::{ByChannel, ByHtlc, Shown, shown};
use snapshots::Snapshots;

/// The version of the form of a vector's file.
pub const SCHEMA: u8 = 3;

/// The vectors, in the order of the page.
pub const NAMES: [&str; 25] = [
    "own_payment_acked_late",
    "claim_seen_twice",
    "ack_joins_a_queued_event",
    "crash_while_handling",
    "parts_claimed",
    "parts_failed",
    "payment_retried",
    "events_in_order",
    "full_write_overtakes",
    "updates_submitted_again",
    "delta_applied_by_a_load",
    "forward_fail_carried",
    "forward_fail_forgotten",
    "forward_fail_closed",
    "forward_claim_closed",
    "forward_claim_stale",
    "two_previous_hops",
    "payment_received",
    "holding_cell_known",
    "holding_cell_unknown",
    "holding_cell_closing",
    "payment_unknown",
    "closed_while_down",
    "closed_by_deadline",
    "preimage_known",
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
    /// What is durable then, as the reference writes it.
    pub snapshots: Snapshots,
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
    /// Whether the User asks for `PaymentForwarded`.
    pub tell_forwards: bool,
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
    /// When the Manager takes in a `Completed`: `with the report` or `later`, in a step of its own.
    pub completed: &'static str,
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
    /// The HTLC that leaves for it, where it is a further previous hop of a forward.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaves_as: Option<String>,
    /// Its payment, by the first part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
    /// The part whose retry it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<String>,
}

/// A step of a vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The action, as a line of a script.
    pub action: String,
    /// What the outside sees of it, in the order of the alphabet.
    pub effects: Vec<String>,
    /// The state behind it.
    pub state: Shown,
    /// What has become durable by it, as the reference writes it.
    #[serde(skip_serializing_if = "Snapshots::is_empty")]
    pub snapshots: Snapshots,
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
        let initial = shown(&machine, &states[0]);
        let mut driver = Driver::new(&script.scenario);
        let begins = Snapshots::of(&machine, &driver);
        let mut durable = begins.clone();
        let mut steps: Vec<Step> = Vec::new();
        for ((_, action), pair) in script.steps.iter().zip(states.windows(2)) {
            let before = steps.last().map_or(&initial, |step| &step.state);
            let state = shown(&machine, &pair[1]);
            let effects = of_model(&machine.topology, &pair[0], *action, &pair[1]);
            let effects =
                effects.iter().filter_map(words::effect).chain(new_blocks(before, &state));
            let mut effects: Vec<String> = effects.collect();
            effects.sort();
            let action = *action;
            let refused = || format!("the reference refuses step {}, '{action}'", steps.len() + 1);
            driver.step(&pair[0], action, &pair[1]).ok_or_else(refused)?;
            let now = Snapshots::of(&machine, &driver);
            let snapshots = now.clone().since(&durable);
            durable = now;
            steps.push(Step { action: action.to_string(), effects, state, snapshots });
        }
        Ok(Vector {
            schema: SCHEMA,
            name: name.into(),
            rules: mentioned(&shows),
            shows,
            scenario: Described(&script.scenario).to_string(),
            setup: setup(&script.scenario),
            initial,
            snapshots: begins,
            steps,
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
            ("snapshots", json(&self.snapshots)),
        ];
        let lines: Vec<String> = fields.map(|(name, value)| format!("\"{name}\": {value}")).into();
        let steps: Vec<String> = self.steps.iter().map(json).collect();
        format!("{{\n{},\n\"steps\": [\n{}\n]\n}}\n", lines.join(",\n"), steps.join(",\n"))
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("it has string keys only")
}

/// What has come to a chain.
pub fn new_blocks(before: &Shown, after: &Shown) -> Vec<String> {
    let new = |(c, blocks): (&String, &Vec<String>)| {
        let known = before.chains[c].len();
        let new = blocks.iter().enumerate().skip(known);
        new.map(|(index, fact)| format!("block{index} of {c}: {fact}")).collect::<Vec<_>>()
    };
    after.chains.iter().flat_map(new).collect()
}

/// What there is in a scenario.
pub fn setup(scenario: &Scenario) -> Setup {
    let topology = Machine::spec(scenario).topology;
    let writes = |takes_time| if takes_time { "asynchronous" } else { "synchronous" };
    let channel = |c: Channel| {
        let update_writes = if scenario.stores_deltas(c) { "delta" } else { "full" };
        let later = scenario.has(Flag::Notices) && scenario.is_async(c);
        let completed = if later { "later" } else { "with the report" };
        let writes = writes(scenario.is_async(c));
        (c.to_string(), ChannelSetup { writes, update_writes, completed })
    };
    let htlc = |(index, role): (usize, &Role)| {
        let h = Htlc::at(index);
        let retried = topology.htlcs().find(|part| topology.shape(*part).retry == Some(h));
        let setup = HtlcSetup {
            kind: kind(*role),
            inbound: role.inbound().map(|c| c.to_string()),
            outbound: role.outbound().map(|c| c.to_string()),
            leaves_as: role.is_further_hop().then(|| topology.leaves_as(h).to_string()),
            payment: (kind(*role) != FORWARD).then(|| topology.payment(h).to_string()),
            retry_of: retried.map(|part| part.to_string()),
        };
        (h.to_string(), setup)
    };
    Setup {
        channels: scenario.channels().map(channel).collect(),
        manager_writes: writes(scenario.has(Flag::AsyncManager)),
        tell_forwards: scenario.has(Flag::TellForwards),
        htlcs: scenario.htlcs.iter().enumerate().map(htlc).collect(),
    }
}

const FORWARD: &str = "forward";

fn kind(role: Role) -> &'static str {
    match role {
        _ if role.is_own() => "own payment",
        _ if role.is_received() => "payment received",
        _ => FORWARD,
    }
}
