"""What is asked of a room, by slixmpp: discovers it, comes in, reads people by affiliation and the form of settings, pings, and
pages through the archive in both directions."""

import asyncio
import sys

from guest import WAIT, Guest


class Visitor(Guest):
    plugins = ("xep_0004", "xep_0030", "xep_0045", "xep_0059", "xep_0199", "xep_0297", "xep_0313")

    def __init__(self, jid, password, port, room, nick):
        super().__init__(jid, password, port)
        self.room = room
        self.nick = nick

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


Visitor(*sys.argv[1:]).run()
