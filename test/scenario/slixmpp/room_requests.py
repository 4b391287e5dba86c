"""A room by slixmpp, a client library that is none of ours: discovers it, comes in, reads people by affiliation and the
form of settings, pages through the archive in both directions, and reports what it found as one line of JSON."""

import asyncio
import json
import sys

import slixmpp

WAIT = 15


class Visitor(slixmpp.ClientXMPP):
    def __init__(self, jid, password, room, nick):
        super().__init__(jid, password)
        self.room = room
        self.nick = nick
        self.report = {}
        for plugin in ("xep_0004", "xep_0030", "xep_0045", "xep_0059", "xep_0199", "xep_0297", "xep_0313"):
            self.register_plugin(plugin)
        self["feature_mechanisms"].unencrypted_plain = True
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("failed_auth", lambda _: self.end("authentication failed"))

    async def start(self, _):
        try:
            await asyncio.wait_for(self.visit(), 3 * WAIT)
        except Exception as error:  # reported, so that the test shows it
            self.report["error"] = repr(error)
        self.end()

    async def visit(self):
        self.send_presence()
        found = await self["xep_0030"].get_info(jid=self.room)
        self.report["identities"] = sorted(identity[:2] for identity in found["disco_info"]["identities"])
        self.report["archive"] = "urn:xmpp:mam:2" in found["disco_info"]["features"]
        muc = self["xep_0045"]
        await asyncio.wait_for(self.come_in(muc), WAIT)
        self.report["roster"] = sorted(muc.get_roster(self.room))
        self.report["affiliation"] = muc.get_jid_property(self.room, self.nick, "affiliation")
        self.report["owners"] = len(await muc.get_affiliation_list(self.room, "owner"))
        form = await muc.get_room_config(self.room)
        self.report["name"] = form.get_values()["muc#roomconfig_roomname"]
        rtt = await self["xep_0199"].ping(jid=f"{self.room}/{self.nick}", timeout=WAIT)
        self.report["ping"] = rtt > 0
        self.report["forwards"] = await self.read(reverse=False)
        self.report["backwards"] = await self.read(reverse=True)

    async def come_in(self, muc):
        inside = asyncio.Event()
        self.add_event_handler("muc::%s::self-presence" % self.room, lambda _: inside.set())
        muc.join_muc(self.room, self.nick)
        await inside.wait()

    async def read(self, reverse):
        """All pages of two, in the order in which they come."""
        pages = []
        iterator = self["xep_0313"].retrieve(jid=self.room, iterator=True, reverse=reverse, rsm={"max": 2})
        async for page in iterator:
            results = page["mam"]["results"]
            pages.append([result["mam_result"]["forwarded"]["stanza"]["body"] for result in results])
        return pages

    def end(self, error=None):
        if error is not None:
            self.report["error"] = error
        print(json.dumps(self.report), flush=True)
        self.disconnect()


if __name__ == "__main__":
    jid, password, port, room, nick = sys.argv[1:6]
    visitor = Visitor(jid, password, room, nick)
    visitor.connect(("127.0.0.1", int(port)), use_ssl=False, force_starttls=False, disable_starttls=True)
    visitor.process(forever=False)
