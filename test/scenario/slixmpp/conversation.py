"""A conversation with the gateway by slixmpp, a client library that is none of ours: registers by form, takes the gateway
into the roster, writes with a request for a receipt, and reports what arrived as one line of JSON."""

import asyncio
import json
import sys

import slixmpp

WAIT = 15


class Conversation(slixmpp.ClientXMPP):
    def __init__(self, jid, password, gateway, contact):
        super().__init__(jid, password)
        self.gateway = gateway
        self.contact = contact
        self.report = {}
        self.answers = asyncio.Queue()
        self.receipts = asyncio.Queue()
        self.online = asyncio.Event()
        self.mutual = asyncio.Event()
        for plugin in ("xep_0004", "xep_0030", "xep_0066", "xep_0077", "xep_0115", "xep_0172", "xep_0184"):
            self.register_plugin(plugin)
        self["feature_mechanisms"].unencrypted_plain = True
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("message", self.message)
        self.add_event_handler("receipt_received", lambda stanza: self.receipts.put_nowait(stanza["receipt"]))
        self.add_event_handler("presence_available", self.presence)
        self.add_event_handler("roster_update", self.roster_changed)
        self.add_event_handler("failed_auth", lambda _: self.end("authentication failed"))

    def message(self, stanza):
        if stanza["body"] and stanza["from"].bare == self.contact:
            self.answers.put_nowait(stanza["body"])

    def presence(self, stanza):
        if stanza["from"].bare == self.gateway:
            self.online.set()

    def roster_changed(self, _):
        if self.client_roster[self.gateway]["subscription"] == "both":
            self.mutual.set()

    async def start(self, _):
        try:
            await asyncio.wait_for(self.converse(), 3 * WAIT)
        except Exception as error:  # reported, so that the test shows it
            self.report["error"] = repr(error)
        self.end()

    async def converse(self):
        self.auto_authorize = True
        self.auto_subscribe = True
        await self.get_roster()
        self.send_presence()
        found = await self["xep_0030"].get_info(jid=self.gateway)
        self.report["identities"] = sorted(identity[:2] for identity in found["disco_info"]["identities"])
        form = await self["xep_0077"].get_registration(jid=self.gateway)
        self.report["fields"] = [name for name in form["register"]["form"].get_fields()]
        request = self.Iq()
        request["type"] = "set"
        request["to"] = self.gateway
        request["register"]["form"]["type"] = "submit"
        await request.send()
        await asyncio.wait_for(self.online.wait(), WAIT)
        stanza = self.make_message(mto=self.contact, mbody="hello from slixmpp", mtype="chat")
        stanza["id"] = "slixmpp-1"
        stanza["request_receipt"] = True
        stanza.send()
        self.report["receipt"] = await asyncio.wait_for(self.receipts.get(), WAIT)
        self.report["answer"] = await asyncio.wait_for(self.answers.get(), WAIT)
        await asyncio.wait_for(self.mutual.wait(), WAIT)
        self.report["subscription"] = self.client_roster[self.gateway]["subscription"]

    def end(self, error=None):
        if error is not None:
            self.report["error"] = error
        print(json.dumps(self.report), flush=True)
        self.disconnect()


jid, password, port, gateway, contact = sys.argv[1:]
client = Conversation(jid, password, gateway, contact)
client.connect(("127.0.0.1", int(port)), disable_starttls=True, force_starttls=False)
client.process(forever=False)
