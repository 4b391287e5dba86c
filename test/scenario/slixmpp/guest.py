"""A user by slixmpp, a client library that is none of ours: logs in, does what its script says, and reports what it met as one
line of JSON."""

import asyncio
import json

import slixmpp

WAIT = 15


class Guest(slixmpp.ClientXMPP):
    """Its script is a subclass with a coroutine `visit`, which puts what it finds into `report`."""

    plugins = ()

    def __init__(self, jid, password, port):
        super().__init__(jid, password)
        self.port = int(port)
        self.report = {}
        for plugin in self.plugins:
            self.register_plugin(plugin)
        self["feature_mechanisms"].unencrypted_plain = True
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("failed_auth", lambda _: self.end("authentication failed"))

    def run(self):
        self.connect(("127.0.0.1", self.port), use_ssl=False, disable_starttls=True, force_starttls=False)
        self.process(forever=False)

    async def start(self, _):
        try:
            await asyncio.wait_for(self.visit(), 3 * WAIT)
        except Exception as error:  # reported, so that the test shows it
            self.report["error"] = repr(error)
        self.end()

    def end(self, error=None):
        if error is not None:
            self.report["error"] = error
        print(json.dumps(self.report), flush=True)
        self.disconnect()

    async def register(self, gateway):
        """Sends the form of a gateway that asks for nothing."""
        request = self.Iq()
        request["type"] = "set"
        request["to"] = gateway
        request["register"]["form"]["type"] = "submit"
        await request.send()
