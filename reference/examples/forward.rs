//! A forward: the claim downstream reaches the payer, and the event that brings it is acked once
//! the payer has revoked. Every write lands at once.
//!
//! `cargo run -p reference --example forward`

use reference::{
    ChannelId, ChannelMonitor, HTLCPreviousHopData, HTLCResolution, Mode, Node, Outbox, Output,
    PaymentPreimage, Persistence, Settings, StepError, UpdateAddHTLC, UpdateWrites, Writing,
};

const NEXT: ChannelId = ChannelId([1; 32]);
const PREVIOUS: ChannelId = ChannelId([2; 32]);

fn carry_out(node: &mut Node<Outbox>) {
    while let Some(output) = node.poll() {
        let side = |channel| if channel == NEXT { "next" } else { "previous" };
        match output {
            Output::Persist(write) => println!("    write of {}", short(&write.object.to_string())),
            Output::Send { channel_id, message } => {
                let name = format!("{message:?}");
                let name = name.split(' ').next().unwrap_or_default();
                println!("    to the {} peer: {name}", side(channel_id));
            }
            Output::Deliver { .. } => println!("    to the user: the fee is earned"),
            _ => {}
        }
    }
}

fn events(node: &Node<Outbox>) -> usize {
    node.monitor(NEXT).map_or(0, |monitor: &ChannelMonitor| monitor.events().count())
}

fn main() -> Result<(), StepError> {
    let at_once = Persistence::Synchronous;
    let outbox =
        Outbox::new(at_once, Writing { persistence: at_once, updates: UpdateWrites::Full });
    let proof = PaymentPreimage([7; 32]);
    let payment_hash = proof.payment_hash();

    println!("An HTLC comes in and leaves.");
    let mut node = Node::new(Settings::default(), outbox)?;
    node.open_channel(NEXT, Mode::On)?;
    node.open_channel(PREVIOUS, Mode::On)?;
    let add = UpdateAddHTLC { htlc_id: 0, amount_msat: 1100, payment_hash };
    node.update_add_htlc(PREVIOUS, add)?;
    let came_in = HTLCPreviousHopData { channel_id: PREVIOUS, htlc_id: 0 };
    node.forward_htlcs(&[came_in], NEXT, 1000)?;
    node.free_holding_cells()?;
    carry_out(&mut node);

    println!("The next peer claims it: the preimage goes to the other Monitor.");
    node.peer_signs_removal(NEXT, 0, HTLCResolution::Claimed(proof))?;
    node.process_pending_monitor_events()?;
    node.process_pending_events(|_| Ok(()))?;
    node.persist_manager()?;
    carry_out(&mut node);
    println!("    events listed: {}", events(&node));

    println!("The payer revokes: only now the event is acked, behind a write of the Manager.");
    node.revoke_and_ack(PREVIOUS, came_in.htlc())?;
    node.persist_manager()?;
    carry_out(&mut node);
    println!("    events listed: {}", events(&node));
    assert_eq!(events(&node), 0);
    Ok(())
}

/// The first words and digits are enough.
fn short(text: &str) -> &str {
    text.get(..20).unwrap_or(text)
}
