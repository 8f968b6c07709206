"""Forwards: the previous hops of an HTLC that leaves, and the ack points of section 5.3."""


class Forwards:
    """What the Manager does with the outcome of a forward."""

    def is_forward(self, h):
        return self.setup["htlcs"][h]["kind"] == "forward"

    def inbound(self, h):
        return self.setup["htlcs"][h].get("inbound")

    def previous_hops(self, h):
        """The inbound HTLCs that leave as this one, itself among them."""
        htlcs = self.setup["htlcs"].items()
        return [p for p, htlc in htlcs if p == h or htlc.get("leaves_as") == h]

    def forward_ended(self, h, outcome, source):
        """ACT-11, ACT-16."""
        if source:
            self.forward_acks[h] = source
            self.outcomes[h] = outcome
        if outcome == "claim":
            self.tell_forwarded(h)
        for hop in [p for p in self.previous_hops(h) if self.state_of(p) == "waits"]:
            c = self.inbound(hop)
            if outcome == "claim":
                self.manager["htlcs"][hop] = "claim signed"
                self.generate(c, f"claim {hop}")
            else:
                is_open = self.manager["channels"][c]["open"]
                self.manager["htlcs"][hop] = "fail queued" if is_open else "gone, failed"
        self.look_at_ack_points()

    def tell_forwarded(self, h):
        """MGR-12."""
        is_queued = any(entry["part"] == h for entry in self.manager["user_events"])
        is_told = f"PaymentForwarded {h}" in self.manager["told"]
        if self.setup["tell_forwards"] and not is_queued and not is_told:
            self.queue("PaymentForwarded", h, h, None)

    def look_at_ack_points(self):
        """MGR-15: an ack is due once all previous hops have come to their ack points."""
        enough = any if self.wrong == "ack_first_hop" else all
        for h, source in list(self.forward_acks.items()):
            if enough(self.is_past(hop, self.outcomes[h]) for hop in self.previous_hops(h)):
                del self.forward_acks[h]
                self.make_due(h, source)

    def is_past(self, hop, outcome):
        """Whether a previous hop is past its ack point; the rows of the table."""
        channel = self.manager["channels"][self.inbound(hop)]
        listed = [update["update"] for update in channel["in_flight"]] + channel["blocked"]
        if channel["open"]:
            # MGR-2, MGR-3.
            return self.state_of(hop).startswith("gone") and f"revocation {hop}" not in listed
        # MGR-4, MGR-5.
        return outcome == "fail" or f"claim {hop}" not in listed

    def give_up_fails(self, c):
        """ACT-23: the payer takes back on chain what was to be failed."""
        for hop, state in self.manager["htlcs"].items():
            if self.inbound(hop) == c and state in ("fail queued", "fail signed"):
                self.manager["htlcs"][hop] = "gone, failed"

    def adopt(self, c):
        """RST-6: of a stale channel the Monitor knows where the inbound HTLCs stand."""
        states = {
            "claim signed": "claim signed",
            "fail signed": "gone, failed",
            "removed, claimed": "gone, claimed",
            "removed, failed": "gone, failed",
        }
        for hop, stage in self.monitors[c].data["htlcs"].items():
            if self.inbound(hop) == c and stage in states:
                self.manager["htlcs"][hop] = states[stage]

    def payer_revokes(self, hop):
        """ACT-17 on the inbound channel: the HTLC has ended."""
        outcome = "claimed" if self.state_of(hop) == "claim signed" else "failed"
        self.manager["htlcs"][hop] = f"gone, {outcome}"
        self.generate(self.inbound(hop), f"revocation {hop}")
        self.inbound_ended(hop, outcome)

    def inbound_ended(self, hop, outcome):
        # What the payer repeats is no news.
        if hop not in self.ended:
            self.ended.add(hop)
            self.effects.append(
                f"inbound {hop} is {'ours' if outcome == 'claimed' else 'given back'}"
            )
