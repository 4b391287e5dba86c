// The rules of the XMPP side that hold today. A test whose name begins with a rule's number proves it, `R15 [prosody]: …`
// on that server; npm test fails while one of these has no passing test on both servers.

/** A rule by its number, and what it is about, in short. */
export interface Rule {
  readonly id: string;
  readonly about: string;
  /** Why a server's name is not asked for; absent: it must pass on each server. */
  readonly anywhere?: string;
}

export const servers = ['prosody', 'ejabberd'] as const;

export const rules: readonly Rule[] = [
  { id: 'R1', about: "the stream is opened to the component's domain" },
  { id: 'R2', about: 'the handshake' },
  { id: 'R3', about: 'each stream error ends in one clear message' },
  { id: 'R4', about: 'every stanza carries from and to' },
  { id: 'R5', about: 'from is always on our own domain' },
  { id: 'R5a', about: 'the fence settles a batch; what was not fenced goes again' },
  { id: 'R5b', about: 'a stanza is durable before anything else happens to it' },
  { id: 'R6', about: 'disco and caps say what is there' },
  { id: 'R7', about: 'registration by form, command and chat' },
  { id: 'R8', about: 'subscription after registration' },
  { id: 'R9', about: 'no network event before the login is complete' },
  { id: 'R10', about: 'registration asked for again' },
  { id: 'R11', about: 'removal takes everything along' },
  { id: 'R12', about: 'a session lasts from registration to removal' },
  { id: 'R13', about: 'the gateway is available while the session is up' },
  { id: 'R14', about: 'contacts have no resource' },
  { id: 'R15', about: 'adding a contact' },
  { id: 'R16', about: 'a contact added on the network' },
  { id: 'R17', about: 'no presence after removal' },
  { id: 'R18', about: 'a contact removed on the network' },
  { id: 'R19', about: 'errors with condition and words' },
  { id: 'R20', about: 'addresses are escaped and stable' },
  { id: 'R21', about: 'the prompt of jabber:iq:gateway' },
  { id: 'R22', about: 'contact lists reach the roster' },
  { id: 'R23', about: 'presence on start and on stop' },
  { id: 'R24', about: 'search' },
  { id: 'R25', about: 'receipts and errors on the message itself' },
  { id: 'R26', about: 'edits, retractions, reactions, replies, styling and what else a chat is made of' },
  { id: 'R27', about: 'ids are derived, a replay looks the same' },
  { id: 'R32', about: 'what a room says of itself, and its domain of its rooms' },
  { id: 'R33', about: 'joining: the order of what a device is told' },
  { id: 'R34', about: 'what keeps somebody out of a room' },
  { id: 'R35', about: 'several devices are one occupant' },
  { id: 'R36', about: 'joining again; what is no join' },
  { id: 'R37', about: 'how much history a join brings' },
  { id: 'R38', about: 'reflections, their ids, and what a client may not say of itself' },
  { id: 'R39', about: 'who may not speak is told; private messages' },
  { id: 'R40', about: 'role and affiliation in every presence' },
  { id: 'R41', about: 'roles and affiliations are asked for and changed, or refused' },
  { id: 'R42', about: 'kick, ban, destruction and removal' },
  { id: 'R43', about: 'a ping to oneself' },
  { id: 'R44', about: 'occupant-ids' },
  { id: 'R45', about: 'hats, moderation in both versions, invitations' },
  { id: 'R46', about: 'nicks are unique, by rule' },
  { id: 'R47', about: 'big rooms' },
  { id: 'R48', about: 'archive ids are stanza-ids, in the order of arrival' },
  { id: 'R49', about: 'pages of the archive and their counts' },
  { id: 'R50', about: 'filters of the archive, flipped pages, metadata' },
  { id: 'R51', about: 'who may read the archive, and what is in it' },
];
