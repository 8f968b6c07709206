//! `explore`: a scenario in stateright's Explorer, on this machine alone.

use super::Result;
use crate::cli::ExploreArgs;
use crate::explore::Explored;
use crate::mechanism;
use crate::suite::Status;
use crate::trace::known_scenario;
use stateright::Model;
use std::net::{Ipv4Addr, TcpListener};

/// Serves until somebody ends it.
pub(super) fn run(args: &ExploreArgs) -> Result {
    let scenario = known_scenario(&args.scenario)?;
    let set: Vec<_> = args.set.iter().map(|text| mechanism::parse(text)).collect::<Result<_>>()?;
    let profile = args.profile.0.with(&set)?;
    let address = (Ipv4Addr::LOCALHOST, args.port);
    // The server has no way to say that its port is taken.
    let free =
        TcpListener::bind(address).map_err(|error| format!("port {}: {error}", args.port))?;
    let address = free.local_addr().map_err(|error| error.to_string())?;
    drop(free);
    eprintln!("{} under {}: http://{address}/", scenario.name, profile.title());
    eprintln!("end it with Ctrl-C");
    Explored::new(scenario, profile).checker().serve(address);
    Ok(Status::Pass)
}
