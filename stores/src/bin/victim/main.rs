//! A node that makes, forwards and receives payments on files until it is killed. Peers, chain and
//! user are in the same process; what they know outlives it in two files of lines.

mod faults;
mod parties;
mod settling;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use fastrand::Rng;
use faults::{Fault, Store};
use reference::{HtlcId, Mode, Node, Settings, StepError};
use stores::world::{Lines, UserLine, World, channel_number};
use stores::{KvPersist, read_node};

/// Makes, forwards and receives payments until it is killed.
///
/// Exit codes: 0 everything has settled (with --settle); 2 bad usage; 3 the node cannot go on, or
/// does not settle; no code if it is killed.
#[derive(Parser)]
#[command(name = "victim")]
struct Cli {
    /// Where the store, the world and the user's record are.
    folder: PathBuf,
    /// What decides what happens.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Do nothing new, and end once everything has settled.
    #[arg(long)]
    settle: bool,
    /// Write updates, and every so many a full Monitor; without, each write is a full one.
    #[arg(long)]
    deltas: Option<NonZeroU64>,
    /// What the store does wrong.
    #[arg(long)]
    fault: Option<Fault>,
}

/// Why the node cannot go on.
type Failure = Box<dyn Error>;

/// The node with its surroundings.
struct Victim {
    node: Node<KvPersist<Store>>,
    world: World,
    user: Lines<UserLine>,
    rng: Rng,
    next_payment: u64,
    /// Our commitments that wait to confirm, with the HTLCs that have an output in them.
    broadcast: BTreeMap<u64, BTreeSet<HtlcId>>,
    /// The outputs that we would claim.
    claims: BTreeSet<(u64, u64)>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(3)
        }
    }
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let mut victim = start(cli)?;
    if cli.settle {
        return victim.settle();
    }
    loop {
        victim.act()?;
    }
}

fn start(cli: &Cli) -> Result<Victim, Failure> {
    std::fs::create_dir_all(&cli.folder)?;
    let world = World::open(&cli.folder.join("world"))?;
    let (mut user, lines) = Lines::open(&cli.folder.join("user"))?;
    user.append(&UserLine::Started)?;
    let paid = lines.iter().filter_map(|line| match line {
        UserLine::Pays { payment } => Some(payment + 1),
        _ => None,
    });
    let next_payment = world.next_payment().max(paid.max().unwrap_or_default());
    let mut rng = Rng::with_seed(cli.seed);
    let store = Store::open(&cli.folder.join("store"), cli.fault, &mut rng)?;
    let node = load(store, &world, cli.deltas)?;
    let (broadcast, claims) = (BTreeMap::new(), BTreeSet::new());
    let mut victim = Victim { node, world, user, rng, next_payment, broadcast, claims };
    victim.outputs()?;
    Ok(victim)
}

fn load(
    store: Store,
    world: &World,
    deltas: Option<NonZeroU64>,
) -> Result<Node<KvPersist<Store>>, Failure> {
    let mut settings = Settings::default();
    settings.tell_forwards = true;
    let stored = read_node(&store)?;
    let persister = match deltas {
        Some(every) => KvPersist::with_deltas(store, every),
        None => KvPersist::full(store),
    };
    let Some(stored) = stored else { return Ok(Node::new(settings, persister)?) };
    let (mut node, _) = Node::load(&stored, settings, Mode::On, persister)?;
    for id in stored.monitors.keys() {
        let Some(channel) = world.channels().get(&channel_number(*id)) else { continue };
        let seen = node.monitor(*id).map_or(0, |monitor| monitor.best_block());
        for (index, fact) in channel.chain.iter().enumerate().skip(seen as usize) {
            node.replay_block(*id, height(index), std::slice::from_ref(fact))?;
        }
    }
    node.prune()?;
    node.start()?;
    Ok(node)
}

/// The height of a channel's block.
fn height(index: usize) -> u32 {
    u32::try_from(index + 1).expect("a channel has few blocks")
}

/// Whether a step was done; one that is not possible now is not.
fn done<T>(step: Result<T, StepError>) -> Result<bool, StepError> {
    match step {
        Ok(_) => Ok(true),
        Err(StepError::NotNow(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
