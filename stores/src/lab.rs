//! A node with one channel whose peer claims whatever it is offered: for figures and tests.

use reference::{
    ChannelId, HTLCResolution, HtlcId, Message, Mode, NewPart, Node, NotNow, Output, PaymentId,
    PaymentPreimage, Persist, StepError,
};

/// The channel.
pub const CHANNEL: ChannelId = ChannelId([1; 32]);

/// The proof of the n-th payment.
pub fn preimage(n: u64) -> PaymentPreimage {
    let mut bytes = [0x50; 32];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    PaymentPreimage(bytes)
}

/// The n-th payment.
pub fn payment_id(n: u64) -> PaymentId {
    let mut bytes = [0x60; 32];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    PaymentId(bytes)
}

/// Opens the channel, and lets that land.
///
/// # Errors
/// As the node's, or `flush`'s.
pub fn open<P: Persist, E: From<StepError>>(
    node: &mut Node<P>,
    flush: &mut impl FnMut(&mut Node<P>) -> Result<(), E>,
) -> Result<(), E> {
    node.open_channel(CHANNEL, Mode::On)?;
    flush(node)?;
    node.process_pending_monitor_events()?;
    flush(node)
}

/// Makes the n-th payment, which the peer claims, up to the ack of its event. `flush` makes durable
/// what the node asks for.
///
/// # Errors
/// As the node's, or `flush`'s.
pub fn pay<P: Persist, E: From<StepError>>(
    node: &mut Node<P>,
    n: u64,
    flush: &mut impl FnMut(&mut Node<P>) -> Result<(), E>,
) -> Result<(), E> {
    let part = NewPart { channel_id: CHANNEL, amount_msat: 1000, retry_by: None };
    node.send_payment(payment_id(n), preimage(n).payment_hash(), &[part])?;
    node.free_holding_cells()?;
    settle(node, n, flush)
}

/// Lets everything happen that can, until the events of the channel are acked.
///
/// # Errors
/// As the node's, or `flush`'s.
pub fn settle<P: Persist, E: From<StepError>>(
    node: &mut Node<P>,
    n: u64,
    flush: &mut impl FnMut(&mut Node<P>) -> Result<(), E>,
) -> Result<(), E> {
    loop {
        flush(node)?;
        node.process_pending_monitor_events()?;
        node.process_pending_events(|_| Ok(()))?;
        let mut is_quiet = true;
        while let Some(output) = node.poll() {
            let Output::Send { channel_id, message } = output else { continue };
            is_quiet = false;
            match message {
                Message::UpdateAddHTLC { htlc_id, .. } => {
                    let claimed = HTLCResolution::Claimed(preimage(n));
                    node.peer_signs_removal(channel_id, htlc_id, claimed)?;
                }
                Message::RevokeAndACK { htlc_id } => {
                    node.revoke_and_ack(channel_id, HtlcId::outbound(htlc_id))?;
                }
                _ => {}
            }
        }
        if node.manager().needs_persistence() {
            is_quiet = false;
            match node.persist_manager() {
                Ok(()) | Err(StepError::NotNow(NotNow::WriteInFlight)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if is_quiet {
            return flush(node);
        }
    }
}
