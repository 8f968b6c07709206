//! What the Watch does instead (SPEC.md section 5.2).

use super::Departure;
use crate::protocol::Protocol;

departures! {
    RELEASE_EARLY "release_early" from [ReleaseReported]:
    "An event is released while the update that brought it is in flight." {
        fn may_release(&self, _reported: bool, _writing: bool) -> bool { true }
    }

    NO_HOLD_BACK "no_hold_back" from [ReleaseReported]:
    "An event is released as soon as it is pushed, whatever is in flight." {
        fn may_release(&self, _reported: bool, _writing: bool) -> bool { true }
    }

    HOLD_BACK_PER_CHANNEL "hold_back_per_channel" from [ReleaseReported]:
    "A channel's HTLC events are held back while a write is in flight that the node waits for, \
     also one that started after they were pushed." {
        fn may_release(&self, _reported: bool, writing: bool) -> bool { !writing }
    }

    ARCHIVE_PROVIDED "archive_provided" from [ArchiveDrained]:
    "Archival looks at `pending` only, and a released event goes with its monitor (H8)." {
        fn archives_with_events(&self, pending: bool, _provided: bool) -> bool { !pending }
    }

    ARCHIVES_PROVIDED "archives_provided" from [ArchiveDrained]:
    "A monitor is archived, and its clock started before that, although an event is released and \
     not acked: archival looks at `pending` only." {
        fn archives_with_events(&self, pending: bool, _provided: bool) -> bool { !pending }
    }

    ARCHIVE_UNDER_WRITE "archive_under_write" from [ArchiveWritten]:
    "A monitor is archived while a write of it is in flight, whose report never comes (H10)." {
        fn archives_while_writing(&self, deferred: bool, _writing: bool, completed: bool) -> bool {
            !deferred && !completed
        }
    }

    ARCHIVE_UNDER_NOTICE "archive_under_notice" from [ArchiveWritten]:
    "A monitor is archived with a `Completed` that the manager has not taken in (H10)." {
        fn archives_while_writing(&self, deferred: bool, writing: bool, _completed: bool) -> bool {
            !deferred && !writing
        }
    }

    ARCHIVE_OVER_DEFERRED "archive_over_deferred" from [ArchiveWritten]:
    "A monitor is archived while an update of it is deferred, which then has no monitor to go to." {
        fn archives_while_writing(&self, _deferred: bool, writing: bool, completed: bool) -> bool {
            !writing && !completed
        }
    }

    ARCHIVES_WHILE_WRITING "archives_while_writing" from [ArchiveWritten]:
    "A monitor is archived although an update of it is not reported; `Completed` goes with it." {
        fn archives_while_writing(&self, _deferred: bool, _writing: bool, completed: bool) -> bool {
            !completed
        }
    }

    ARCHIVES_UNUSED "archives_unused" from [ArchiveWritten]:
    "The monitor of a closed channel that was never used is archived at once, whatever waits \
     in it." {
        fn archives_unused(&self) -> bool { true }
    }

    LEAVE_ACKED "leave_acked" from [WriteAcked]:
    "Nothing is written because of an ack: the next start finds the event again." {
        fn writes_monitor(&self, acked: bool) -> bool { !acked }
    }

    WATCH_WRITES "watch_writes" from []:
    "The Watch writes every monitor that it takes over in a load (`watch_channel`), and waits for \
     the report as for that of an update." {
        fn writes_at_watch(&self) -> bool { true }
    }
}
