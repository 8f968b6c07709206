//! What builds and modes do instead (SPEC.md section 7).

use super::Departure;
use crate::protocol::Protocol;

departures! {
    READ_UNKNOWN_MODE "read_unknown_mode" from [RefuseUnknownMode]:
    "An old build takes the mode, and the list that comes with it, for fields it may ignore." {
        fn loads_unknown_mode(&self) -> bool { true }
    }

    DROP_CLAIMS "drop_claims" from [RetainClaims]:
    "With the mode off a claimed HTLC is dropped while an older manager still waits: the next load \
     takes it for failed." {
        fn may_drop_claim(&self, _listed: bool) -> bool { true }
    }

    SWITCH_BARE "switch_bare" from [PushOwed]:
    "A load switches the mode on, and leaves to events what the monitor dropped before." {
        fn pushes_owed(&self, switches: bool, compared: bool) -> bool { !switches && !compared }
    }

    PUSH_AFTER_COMPARING "push_after_comparing" from [PushOwed]:
    "A load empties the holding cell before it asks a monitor whose mode was off: a forward that \
     was offered, failed and dropped there looks as if it had never been offered." {
        fn pushes_owed(&self, _switches: bool, compared: bool) -> bool { compared }
    }

    SWITCHED_BARE "switched_bare" from [PushOwed]:
    "A load switches every monitor's mode on; what it would have made again with the mode off is \
     left to events." {
        fn pushes_owed(&self, switches: bool, compared: bool) -> bool { !switches && !compared }
    }

    SWITCH_OFF_LISTED "switch_off_listed" from [DrainBeforeOff]:
    "The mode is switched off with an event listed; release forgets it." {
        fn switches_off(&self, _listed: bool) -> bool { true }
    }

    SWITCH_UNWRITTEN "switch_unwritten" from [WriteSwitch]:
    "The node goes by a mode that is in memory only." {
        fn writes_switch(&self) -> bool { false }
    }

    MODE_FIXED "mode_fixed" from []:
    "A monitor's mode is decided when it is made; no load changes it." {
        fn switches_mode(&self) -> bool { false }
    }
}
