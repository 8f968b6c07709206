"""What is around the Monitors: Watch, Store, World, and the Manager with own payments."""

from copy import deepcopy

from forwards import Forwards
from monitor import Monitor, Refused


class Unsupported(Exception):
    """Something that this implementation does not know."""


class Core(Forwards):
    """Watch, Manager, Store and World around the Monitors."""

    def __init__(self, begin, wrong):
        self.setup, state = begin["setup"], deepcopy(begin["initial"])
        for h, htlc in self.setup["htlcs"].items():
            if htlc["kind"] == "payment received":
                raise Unsupported("payments received")
            if htlc["kind"] == "forward" and state["manager"]["htlcs"][h] != "waits":
                raise Unsupported("forwards in the holding cell")
        self.wrong = wrong
        # The Store, the World and the User's record: what a crash leaves.
        self.disk = {c: stored["durable"] for c, stored in state["stored_monitors"].items()}
        self.writes = {c: [] for c in self.disk}
        self.stored_manager, self.manager_write = state["stored_manager"], None
        self.chains, self.record = state["chains"], state["record"]
        self.ended = set()
        committed = [m["htlcs"].items() for m in state["monitors"].values()]
        self.offered = {h for htlcs in committed for h, stage in htlcs if stage == "committed"}
        # Memory.
        self.forget()
        self.watching = True
        self.resumed = dict.fromkeys(self.resumed, True)
        self.effects = []

    def forget(self):
        """Memory as a load finds it: Monitors and Manager from the disk, and nothing else."""
        self.monitors = {c: self.load(c, stored) for c, stored in self.disk.items()}
        self.manager = deepcopy(self.stored_manager)
        self.due, self.forward_acks, self.outcomes = [], {}, {}
        self.handling, self.watching = None, False
        self.resumed = dict.fromkeys(self.disk, False)

    def load(self, c, version):
        inbound = [h for h in self.setup["htlcs"] if self.inbound(h) == c]
        return Monitor(version, inbound, self.wrong)

    def channel(self, h):
        return self.setup["htlcs"][h].get("outbound")

    def parts(self, h):
        """The parts of a payment that the Manager knows."""
        payment = self.setup["htlcs"][h]["payment"]
        of = [p for p, htlc in self.setup["htlcs"].items() if htlc.get("payment") == payment]
        return [p for p in of if self.manager["htlcs"][p] != "unknown"]

    def state_of(self, h):
        return self.manager["htlcs"][h]

    # Updates and writes.

    def generate(self, c, update):
        """The Manager generates an update: it lists it in flight and hands it to the Watch."""
        channel = self.manager["channels"][c]
        channel["update_id"] += 1
        channel["in_flight"].append({"id": channel["update_id"], "update": update})
        if self.resumed[c]:
            self.submit(c, channel["update_id"], update)

    def submit(self, c, number, update):
        """ACT-1, STO-3."""
        self.monitors[c].apply(number, update)
        holds = self.monitors[c].version()
        if self.setup["channels"][c]["update_writes"] == "delta":
            # What a load makes of it (MON-11).
            loaded = self.load(c, self.newest(c))
            loaded.apply(number, update)
            holds = loaded.version()
        self.writes[c].append({"holds": holds, "reports_update": number})
        if self.setup["channels"][c]["writes"] == "synchronous":
            self.land(c)

    def newest(self, c):
        return self.writes[c][-1]["holds"] if self.writes[c] else self.disk[c]

    def land(self, c):
        """ACT-2, and ACT-13 if it comes with the report."""
        write = self.writes[c].pop(0)
        self.disk[c] = write["holds"]
        self.monitors[c].reported = write["reports_update"]
        if self.setup["channels"][c]["completed"] == "later":
            self.monitors[c].completed = write["reports_update"]
        else:
            self.take_in_completed(c, write["reports_update"])

    def take_in_completed(self, c, number):
        """MGR-9, and what follows: ENV-4, MGR-11, ack points."""
        channel = self.manager["channels"][c]
        done = [u["update"] for u in channel["in_flight"] if u["id"] <= number]
        channel["in_flight"] = [u for u in channel["in_flight"] if u["id"] > number]
        goes_on = channel["open"] and not self.monitors[c].data["lockdown"]
        if goes_on and not self.chains[c]:
            self.offered |= {u.split(" ")[1] for u in done if u.startswith("offer ")}
        if "close" in done:
            self.fail_holding_cell(c)
        self.look_at_ack_points()

    def closed(self, c):
        """ACT-23, the holding cell aside."""
        self.manager["channels"][c].update(open=False, blocked=[])
        self.give_up_fails(c)
        self.look_at_ack_points()

    def write_in_full(self, c):
        """STO-5: it lands at once, and contains what is in flight."""
        self.disk[c] = self.monitors[c].version()
        for write in self.writes[c]:
            write["holds"] = self.disk[c]

    def may_release(self, c):
        # ACT-6 from LOAD-3 on, of a forward once the background steps of its previous hops ran.
        if not self.watching or not self.monitors[c].may_release():
            return False
        h = self.monitors[c].pending[0]["htlc"]
        hops = self.previous_hops(h) if self.is_forward(h) else []
        return all(self.resumed[self.inbound(hop)] for hop in hops)

    def may_broadcast(self, c):
        # ACT-9, MON-10: the newest *sign* is reported.
        monitor = self.monitors[c]
        is_reported = monitor.newest_sign <= monitor.reported
        return self.watching and monitor.data["lockdown"] and is_reported and not self.chains[c]

    # Payments.

    def dispatch(self, c, event):
        """ACT-11, ACT-25."""
        h, source = event["htlc"], {"channel": c, "id": event["id"]}
        state = self.state_of(h)
        if self.is_forward(h):
            self.forward_ended(h, event["outcome"], source)
        elif state == "unknown":
            self.make_due(h, source)
        elif state in ("sent", "failed"):
            # MGR-6: the user event that this part led to, while it is queued.
            queued = [e for e in self.manager["user_events"] if e["part"] == h]
            if queued:
                queued[0]["acks"] = source
            else:
                self.make_due(h, source)
        else:
            self.settle(h, event["outcome"], source)

    def settle(self, h, outcome, source):
        """A part ends. MGR-16, MGR-17: whether the User is told; else an ack is due at once."""
        was_sent = any(self.state_of(p) == "sent" for p in self.parts(h))
        self.manager["htlcs"][h] = "sent" if outcome == "claim" else "failed"
        if outcome == "claim":
            told = None if was_sent else "PaymentSent"
        else:
            if not was_sent:
                self.retry(h)
            is_last = all(self.state_of(p) == "failed" for p in self.parts(h))
            told = "PaymentFailed" if is_last else None
        if told:
            self.queue(told, self.setup["htlcs"][h]["payment"], h, source)
        elif source:
            self.make_due(h, source)

    def queue(self, event, of, part, source):
        entry = {"event": event, "of": of, "part": part, "acks": source}
        self.manager["user_events"].append(entry)
        self.manager["user_events"].sort(key=lambda e: e["part"])

    def retry(self, h):
        """ACT-24, where the channel of the retry is open."""
        for other, htlc in self.setup["htlcs"].items():
            is_it = htlc.get("retry_of") == h and self.state_of(other) == "unknown"
            if is_it and self.manager["channels"][self.channel(other)]["open"]:
                self.manager["htlcs"][other] = "in the holding cell"

    def holding_cell(self, c):
        cell = [h for h, state in self.manager["htlcs"].items() if state == "in the holding cell"]
        return [h for h in cell if self.channel(h) == c]

    def fail_holding_cell(self, c):
        for h in self.holding_cell(c):
            self.settle(h, "fail", None)

    def make_due(self, h, source):
        ack = dict(source, htlc=h, covered=False)
        if self.wrong == "ack_when_due":
            self.call_acks([ack])
            return
        self.due.append(ack)
        self.due.sort(key=lambda ack: ack["htlc"])

    def call_acks(self, acks):
        for ack in acks:
            if self.monitors[ack["channel"]].ack(ack["id"]):
                self.effects.append(f"acked {ack['channel']} #{ack['id']}")

    def manager_lands(self, written):
        """The report of a Manager write: MGR-8, MGR-23."""
        self.stored_manager = written
        covered = [ack for ack in self.due if ack["covered"]]
        self.due = [ack for ack in self.due if not ack["covered"]]
        self.call_acks(covered)

    def record_event(self, entry):
        told = f"{entry['event']} {entry['of']}"
        self.effects.append(f"records {told}")
        if told not in self.record:
            self.record.append(told)
            order = {"PaymentSent": 0, "PaymentFailed": 1, "PaymentForwarded": 2}
            self.record.sort(key=lambda r: (r.split(" ")[1], order[r.split(" ")[0]]))

    def entry(self, part):
        queued = [e for e in self.manager["user_events"] if e["part"] == part]
        if not queued:
            raise Refused(f"no user event of {part} is queued")
        return queued[0]

    def new_block(self, c, fact):
        self.effects.append(f"block{len(self.chains[c])} of {c}: {fact}")
        self.chains[c].append(fact)

    def commitment(self, c, whose, stages):
        """A commitment with the offered HTLCs that stand so; ENV-6: what is revoked it lacks.

        An inbound HTLC is in both commitments until the payer revokes.
        """
        revoked = [u["update"] for u in self.manager["channels"][c]["in_flight"]]
        there = []
        for h, stage in self.monitors[c].data["htlcs"].items():
            is_inbound = self.inbound(h) == c
            has_it = not stage.startswith("removed") if is_inbound else stage in stages
            if has_it and (is_inbound or h in self.offered) and f"revocation {h}" not in revoked:
                there.append(h)
        return f"{whose} commitment with {' and '.join(there) or 'no HTLC'}"

    # Crash and load.

    def stop_and_load(self, kept):
        if kept["record"] == "yes":
            self.record_event(self.entry(self.handling))
        if kept["manager"] == "new":
            self.stored_manager = self.manager_write
        for c, writes in self.writes.items():
            if int(kept[c]):
                self.disk[c] = writes[int(kept[c]) - 1]["holds"]
            self.writes[c] = []
        self.manager_write = None
        self.forget()
        self.compare()

    def compare(self):
        """LOAD-1 without payments received."""
        closed = []
        for c, monitor in self.monitors.items():
            channel, seen = self.manager["channels"][c], monitor.data["commitment"]
            if monitor.data["update_id"] > channel["update_id"]:
                # RST-1: the channel is stale.
                channel.update(open=False, in_flight=[], blocked=[])
                channel["update_id"] = monitor.data["update_id"]
                self.adopt(c)
                if not monitor.data["lockdown"] and not seen:
                    self.generate(c, "close")
            elif seen:
                # RST-5: without a close update.
                channel["open"] = False
            if not channel["open"]:
                closed.append(c)
        for h, state in self.manager["htlcs"].items():
            # RST-13, RST-11.
            is_asked = self.channel(h) in closed and state in ("unknown", "in the holding cell")
            if is_asked and self.monitors[self.channel(h)].knows(h):
                self.manager["htlcs"][h] = "waits"
        for c in closed:
            # RST-9, ACT-23.
            self.fail_holding_cell(c)
            self.closed(c)

    def background_step(self, c):
        """LOAD-4: RST-2, RST-3."""
        self.resumed[c] = True
        self.take_in_completed(c, self.monitors[c].data["update_id"])
        for update in list(self.manager["channels"][c]["in_flight"]):
            self.submit(c, update["id"], update["update"])
