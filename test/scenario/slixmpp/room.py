"""Rooms by slixmpp's own MUC and MAM plugins: enters the gateway's room, sees who is there, writes, corrects, is answered, and
finds all of it in the archive."""

import asyncio
import sys

from guest import WAIT, Guest


class Talker(Guest):
    plugins = ("xep_0030", "xep_0045", "xep_0059", "xep_0077", "xep_0308", "xep_0313", "xep_0359", "xep_0421")

    def __init__(self, jid, password, port, gateway, room):
        super().__init__(jid, password, port)
        self.gateway = gateway
        self.room = room
        self.said = asyncio.Queue()
        self.add_event_handler("groupchat_message", self.heard)

    def heard(self, stanza):
        if stanza["body"]:
            self.said.put_nowait(stanza)

    async def lines(self):
        """What the user said, as the room reflects it, and Echo's answer."""
        return [await asyncio.wait_for(self.said.get(), WAIT) for _ in range(2)]

    async def visit(self):
        self.send_presence()
        await self.register(self.gateway)
        await self.enter()
        await self.talk()
        await self.read_back()

    async def enter(self):
        muc = self["xep_0045"]
        own, subject, people, _ = await muc.join_muc_wait(self.room, "luna", maxstanzas=0, timeout=WAIT)
        self.report["own"] = sorted(own["muc"]["status_codes"])
        self.report["people"] = sorted(presence["from"].resource for presence in people)
        self.report["subject"] = subject["subject"] != ""
        self.report["roster"] = sorted(muc.get_roster(self.room))

    async def talk(self):
        message = self.make_message(mto=self.room, mbody="helo from slixmpp", mtype="groupchat")
        message["id"] = "slixmpp-1"
        message.send()
        mine, answer = await self.lines()
        self.report["reflected"] = [mine["from"].resource, mine["body"], mine["id"]]
        self.report["answer"] = [answer["from"].resource, answer["body"]]
        self.report["named"] = mine["stanza_id"]["id"] != "" and answer["stanza_id"]["id"] != ""
        correction = self.make_message(mto=self.room, mbody="hello from slixmpp", mtype="groupchat")
        correction["id"] = "slixmpp-2"
        correction["replace"]["id"] = "slixmpp-1"
        correction.send()
        # What Echo does to its answer is told when it is done: before or after the correction that it follows.
        self.report["corrected"] = sorted([one["from"].resource, one["body"]] for one in await self.lines())

    async def read_back(self):
        """In pages of two, from the newest."""
        read = []
        async for message in self["xep_0313"].iterate(jid=self.room, rsm={"max": 2}, reverse=True):
            forwarded = message["mam_result"]["forwarded"]["stanza"]
            read.append([forwarded["from"].resource, forwarded["body"]])
        self.report["archive"] = sorted(read)


Talker(*sys.argv[1:]).run()
