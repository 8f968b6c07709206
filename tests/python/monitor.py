"""The Monitor of SPEC.md section 5.1: HTLC stages, the two event lists, what a write holds."""

from copy import deepcopy

LISTED = ("committed", "claim signed", "fail signed")


class Refused(Exception):
    """Something that is not possible now."""


def outputs(commitment):
    """The HTLCs with an output in a commitment that is given in words."""
    return [h for h in commitment.split(" with ")[1].split(" and ") if h != "no HTLC"]


class Monitor:
    """A ChannelMonitor: what a full write copies is in `data` and the two lists."""

    def __init__(self, version, inbound, wrong):
        self.inbound = inbound
        self.data = deepcopy({k: v for k, v in version.items() if k != "events"})
        self.wrong = wrong
        self.provided = []
        # MON-7: all stored events, in the stored order; ids count from 0 (LOAD-1).
        self.pending = [dict(event, id=n, waits=0) for n, event in enumerate(version["events"])]
        self.next_id = len(self.pending)
        self.newest_sign = 0
        self.reported = self.data["update_id"]
        self.close_notice = False
        self.completed = None

    def events(self):
        return self.provided + self.pending

    def lists(self, h):
        return h not in self.inbound and self.data["htlcs"].get(h) in LISTED

    def names(self, h):
        return any(event["htlc"] == h for event in self.events())

    def knows(self, h):
        return self.lists(h) or self.names(h)

    def knows_preimage(self, h):
        claims = [e for e in self.events() if (e["htlc"], e["outcome"]) == (h, "claim")]
        signed = self.data["htlcs"].get(h) == "claim signed"
        return signed or bool(claims) or self.data["spent"].get(h) == "preimage"

    def push(self, h, outcome):
        # MON-2, MON-3.
        if self.names(h) or (outcome == "fail" and self.knows_preimage(h)):
            return
        waits = self.data["update_id"]
        event = {"id": self.next_id, "htlc": h, "outcome": outcome, "waits": waits}
        self.pending.append(event)
        self.next_id += 1

    def apply(self, number, update):
        """Applies an update; the push sites 1, 2 and 6."""
        if number != self.data["update_id"] + 1:
            raise Refused(f"update {number} is not the next one")
        self.data["update_id"] = number
        *what, h = update.split(" ")
        htlcs = self.data["htlcs"]
        if update == "close":
            self.data["lockdown"] = True
        elif what == ["offer"]:
            htlcs[h] = "committed"
            if self.data["final"] and h not in outputs(self.data["commitment"]):
                self.push(h, "fail")
        elif what == ["revocation"]:
            was_failed = htlcs[h] == "fail signed"
            htlcs[h] = "removed, failed" if was_failed else "removed, claimed"
            if was_failed and h not in self.inbound:
                # MON-4: not before.
                self.push(h, "fail")
        elif what in (["claim"], ["fail"]):
            # An inbound HTLC: no outcome of ours, and nothing of our commitment.
            htlcs[h] = f"{what[0]} signed"
        else:
            htlcs[h] = f"{what[1]} signed"
            self.newest_sign = number
            if what[1] == "claim":
                self.push(h, "claim")

    def take_in(self, block):
        """Takes in the next block."""
        self.data["blocks"] += 1
        if " commitment with " in block:
            self.data["commitment"] = block
            self.close_notice = True
        self.look_at(block)

    def look_at(self, block):
        """What a block shows, also again; the push sites 3 to 5."""
        h = block.split(" ")[0]
        if block.endswith("spent with the preimage"):
            self.push(h, "claim")
            # MON-12: on record, event or not.
            self.data["spent"][h] = "preimage"
        elif block.endswith("spent by timeout"):
            self.data["spent"][h] = "timeout"
            self.push(h, "fail")
        elif block == "the commitment is final":
            self.data["final"] = True
            with_output = outputs(self.data["commitment"])
            for h in [h for h in self.data["htlcs"] if self.lists(h) and h not in with_output]:
                self.push(h, "fail")

    def may_release(self):
        # WCH-1; first in, first out.
        if not self.pending:
            return False
        return self.pending[0]["waits"] <= self.reported or self.wrong == "release_unreported"

    def release(self):
        event = self.pending.pop(0)
        self.provided.append(event)
        return event

    def ack(self, number):
        """MON-9: removes the event of this id; says whether there was one."""
        if self.wrong == "ack_by_position" and self.events():
            number = self.events()[0]["id"]
        before = len(self.events())
        self.provided = [event for event in self.provided if event["id"] != number]
        self.pending = [event for event in self.pending if event["id"] != number]
        return len(self.events()) < before

    def version(self):
        """What a full write copies. MON-6: `provided`, then `pending`."""
        written = self.pending if self.wrong == "write_pending_only" else self.events()
        events = [{"htlc": event["htlc"], "outcome": event["outcome"]} for event in written]
        return dict(deepcopy(self.data), events=events)
