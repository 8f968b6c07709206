"""A second implementation of SPEC.md, judged by the same test vectors as the reference.

It follows SPEC.md and docs/vectors.md: the event lists of a Monitor, release, acks, writes, crash
and load, and as much of the Manager as says which acks are due. Payments received it does not know,
and says so. It speaks the driver protocol (docs/vectors.md) on standard input and output. `--wrong
NAME` makes it wrong on purpose.
"""

import argparse
import json
import sys
from copy import deepcopy

# Nothing is left behind in the tree.
sys.dont_write_bytecode = True

from core import Core, Unsupported  # noqa: E402
from monitor import Refused  # noqa: E402

WRONG = {
    "ack_by_position": "an ack removes the oldest event, whatever its id (MON-9)",
    "ack_first_hop": "an ack is due with the first previous hop of a forward (MGR-15)",
    "ack_when_due": "an ack is called when it is due, not behind a Manager write (MGR-8)",
    "write_pending_only": "a write holds what is pending only (MON-6)",
    "release_unreported": "an event is released before its update is reported (WCH-1)",
}
EFFECTS = ("released", "acked", "delivers", "records", "inbound", "block")


class Node(Core):
    """The actions of docs/vectors.md, a method each, and the state that is shown of them."""

    def peer_fulfil(self, h):
        # ACT-16: as a claim's event, but without a source.
        if self.is_forward(h):
            self.forward_ended(h, "claim", None)
        elif self.state_of(h) not in ("sent", "failed"):
            self.settle(h, "claim", None)

    def peer_claim(self, h):
        self.generate(self.channel(h), f"sign claim {h}")

    def peer_fail(self, h):
        self.generate(self.channel(h), f"sign fail {h}")

    def peer_revoke(self, c, h):
        if self.inbound(h) == c:
            self.payer_revokes(h)
        else:
            self.generate(c, f"revocation {h}")

    def forward_fail(self, h):
        self.manager["htlcs"][h] = "fail signed"
        self.generate(self.inbound(h), f"fail {h}")

    def claim_inbound(self, h):
        self.inbound_ended(h, "claimed")

    def expire_inbound(self, h):
        self.inbound_ended(h, "failed")

    def pay(self, h):
        payment = self.setup["htlcs"][h]["payment"]
        for part, htlc in self.setup["htlcs"].items():
            if htlc.get("payment") == payment and "retry_of" not in htlc:
                self.manager["htlcs"][part] = "in the holding cell"

    def offer(self, h):
        self.manager["htlcs"][h] = "waits"
        self.generate(self.channel(h), f"offer {h}")

    def complete(self, c):
        self.land(c)

    def completion_notice(self, c):
        self.take_in_completed(c, self.monitors[c].completed)
        self.monitors[c].completed = None

    def full_write(self, c):
        self.write_in_full(c)

    def release(self, c="out"):
        if not self.may_release(c):
            raise Refused("no event may be released")
        event = self.monitors[c].release()
        self.effects.append(f"released {c} #{event['id']}: {event['htlc']} {event['outcome']}")
        self.dispatch(c, event)

    def begin(self, h):
        entry = self.entry(h)
        self.handling = h
        self.effects.append(f"delivers {entry['event']} {entry['of']}")

    def handle(self, h):
        entry = self.entry(h)
        self.record_event(entry)
        self.handling = None
        self.manager["user_events"].remove(entry)
        if entry["event"] == "PaymentForwarded":
            self.manager["told"] = sorted(self.manager["told"] + [f"PaymentForwarded {h}"])
        # MGR-18: also an ack that was attached meanwhile.
        if entry["acks"]:
            self.make_due(h, entry["acks"])

    def refuse(self, h):
        self.handling = None

    def write_manager(self):
        written = deepcopy(self.manager)
        for entry in written["user_events"]:
            # MGR-22.
            entry["acks"] = None
        for ack in self.due:
            ack["covered"] = True
        if self.setup["manager_writes"] == "synchronous":
            self.manager_lands(written)
        else:
            self.manager_write = written

    def land_manager(self):
        written, self.manager_write = self.manager_write, None
        self.manager_lands(written)

    def deadline(self, c):
        # ACT-8: in memory.
        self.monitors[c].data["lockdown"] = True
        self.monitors[c].close_notice = True

    def close_by_us(self, c):
        self.generate(c, "close")
        self.closed(c)

    def close_notice(self, c):
        # ACT-20, MGR-11, MGR-21.
        self.monitors[c].close_notice = False
        if self.manager["channels"][c]["open"]:
            self.close_by_us(c)
        if self.monitors[c].data["commitment"]:
            self.fail_holding_cell(c)

    def close_by_peer(self, c):
        stages = ("committed", "claim signed", "fail signed")
        self.new_block(c, self.commitment(c, "the peer's", stages))

    def broadcast(self, c):
        if not self.may_broadcast(c):
            raise Refused("nothing may be broadcast")
        self.new_block(c, self.commitment(c, "our", ("committed",)))

    def claim_on_chain(self, h):
        self.new_block(self.channel(h), f"{h} spent with the preimage")

    def timeout_on_chain(self, h):
        self.new_block(self.channel(h), f"{h} spent by timeout")

    def bury(self, c="out"):
        self.new_block(c, "the commitment is final")

    def block(self, c):
        self.replay(c)
        self.write_in_full(c)

    def rescan(self, block):
        fact = self.chains["out"][int(block.removeprefix("block"))]
        self.monitors["out"].look_at(fact)

    def crash(self, *kept):
        self.stop_and_load(dict(word.split("=") for word in kept))

    def replay(self, c):
        monitor = self.monitors[c]
        monitor.take_in(self.chains[c][monitor.data["blocks"]])

    def start_watch(self):
        self.watching = True

    def resume(self, c):
        self.background_step(c)

    def step(self, line):
        """Does what an action says; what the outside sees of it."""
        word, *arguments = line.split(" ")
        if word.startswith("_") or word not in vars(Node) or word in ("step", "shown"):
            raise Unsupported(f"the action '{word}'")
        self.effects = []
        getattr(self, word)(*arguments)
        return self.effects

    def shown(self):
        """The state, with the fields of docs/vectors.md."""
        return {
            "monitors": {c: self.shown_monitor(c, m) for c, m in self.monitors.items()},
            "stored_monitors": {
                c: {"durable": self.disk[c], "in_flight": self.writes[c]} for c in self.disk
            },
            "manager": self.manager,
            "forward_acks": self.forward_acks,
            "due_acks": self.due,
            "stored_manager": self.stored_manager,
            "manager_write": self.manager_write,
            "watching": self.watching,
            "background_step_done": self.resumed,
            "handling": self.handling,
            "record": self.record,
            "chains": self.chains,
        }

    def shown_monitor(self, c, monitor):
        def listed(events):
            return [{k: e[k] for k in ("id", "htlc", "outcome")} for e in events]

        return dict(
            monitor.data,
            provided=listed(monitor.provided),
            pending=listed(monitor.pending),
            may_release=self.may_release(c),
            may_broadcast=self.may_broadcast(c),
            close_notice=monitor.close_notice,
            completed=monitor.completed,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    wrong = "; ".join(f"{name}: {what}" for name, what in WRONG.items())
    parser.add_argument("--wrong", choices=WRONG, help=wrong)
    wrong = parser.parse_args().wrong
    node = None
    for number, line in enumerate(sys.stdin, 1):
        try:
            node, answer = answered(node, json.loads(line), wrong)
        except (ValueError, LookupError, TypeError) as error:
            sys.exit(f"line {number}: no request that can be answered: {error!r}")
        print(json.dumps(answer), flush=True)


def answered(node, request, wrong):
    """The node behind a request, and the answer."""
    answer = {}
    try:
        if "begin" in request:
            node = Node(request["begin"], wrong)
            answer["keeps"] = {"state": list(node.shown()), "effects": EFFECTS}
        elif node is None:
            raise Refused("nothing has begun")
        else:
            answer["effects"] = node.step(request["step"])
        answer["state"] = node.shown()
    except Unsupported as what:
        answer = {"unsupported": str(what)}
    except Refused as what:
        answer = {"refused": str(what)}
    return node, answer


if __name__ == "__main__":
    main()
