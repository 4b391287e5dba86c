"""A conversation with the gateway by slixmpp: registers by form, takes the gateway into the roster, writes with a request for a
receipt."""

import asyncio
import sys

from guest import WAIT, Guest


class Conversation(Guest):
    plugins = ("xep_0004", "xep_0030", "xep_0066", "xep_0077", "xep_0115", "xep_0172", "xep_0184")

    def __init__(self, jid, password, port, gateway, contact):
        super().__init__(jid, password, port)
        self.gateway = gateway
        self.contact = contact
        self.answers = asyncio.Queue()
        self.receipts = asyncio.Queue()
        self.online = asyncio.Event()
        self.mutual = asyncio.Event()
        self.add_event_handler("message", self.message)
        self.add_event_handler("receipt_received", lambda stanza: self.receipts.put_nowait(stanza["receipt"]))
        self.add_event_handler("presence_available", self.presence)
        self.add_event_handler("roster_update", self.roster_changed)

    def message(self, stanza):
        if stanza["body"] and stanza["from"].bare == self.contact:
            self.answers.put_nowait(stanza["body"])

    def presence(self, stanza):
        if stanza["from"].bare == self.gateway:
            self.online.set()

    def roster_changed(self, _):
        if self.client_roster[self.gateway]["subscription"] == "both":
            self.mutual.set()

    async def visit(self):
        self.auto_authorize = True
        self.auto_subscribe = True
        await self.get_roster()
        self.send_presence()
        found = await self["xep_0030"].get_info(jid=self.gateway)
        self.report["identities"] = sorted(identity[:2] for identity in found["disco_info"]["identities"])
        form = await self["xep_0077"].get_registration(jid=self.gateway)
        self.report["fields"] = [name for name in form["register"]["form"].get_fields()]
        await self.register(self.gateway)
        await asyncio.wait_for(self.online.wait(), WAIT)
        stanza = self.make_message(mto=self.contact, mbody="hello from slixmpp", mtype="chat")
        stanza["id"] = "slixmpp-1"
        stanza["request_receipt"] = True
        stanza.send()
        self.report["receipt"] = await asyncio.wait_for(self.receipts.get(), WAIT)
        self.report["answer"] = await asyncio.wait_for(self.answers.get(), WAIT)
        await asyncio.wait_for(self.mutual.wait(), WAIT)
        self.report["subscription"] = self.client_roster[self.gateway]["subscription"]


Conversation(*sys.argv[1:]).run()
