//! The end of a run: nothing new happens, and everything that can goes on until nothing does.

use super::{Failure, Victim, done};

/// More rounds than anything needs.
const ROUNDS: usize = 400;

impl Victim {
    /// Goes on until nothing is left to do.
    pub fn settle(&mut self) -> Result<(), Failure> {
        for _ in 0..ROUNDS {
            if !self.round()? && !self.take_back()? {
                return Ok(());
            }
        }
        Err("the node does not settle".into())
    }

    /// Everybody does what there is to do.
    fn round(&mut self) -> Result<bool, Failure> {
        let before = self.fingerprint();
        self.works_off()?;
        self.outputs()?;
        let mut is_news = self.user_handles()?;
        is_news |= done(self.node.persist_manager())?;
        for channel in self.channels() {
            is_news |= self.peer_adds_again(channel)?;
            is_news |= self.peers_go_on(channel)?;
            self.outputs()?;
            is_news |= self.chain_goes_on(channel)?;
            self.outputs()?;
            is_news |= self.archives(channel)?;
        }
        is_news |= self.decides()?;
        self.outputs()?;
        Ok(is_news || before != self.fingerprint())
    }

    /// Only when nobody else does anything the payers' timeouts come: the times between are chosen
    /// so that they come last.
    fn take_back(&mut self) -> Result<bool, Failure> {
        for channel in self.channels() {
            if self.payer_takes_back(channel)? {
                self.outputs()?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What would be written now.
    fn fingerprint(&self) -> Vec<u8> {
        let monitors = self.node.chain_monitor().monitors().values();
        let monitors = monitors.flat_map(|watched| watched.monitor().write());
        self.node.manager().write().into_iter().chain(monitors).collect()
    }
}
