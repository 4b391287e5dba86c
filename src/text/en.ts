// English, the language of last resort: every text a user may see, by key, with {placeholders}. Other languages have the
// same keys and placeholders; the type checker and test/unit/text.test.ts see to it.
export const en = {
  // What an error stanza says; the network's own words follow behind.
  'error.not-registered': 'You have no account with this gateway yet. Register with it first.',
  'error.closing': 'Your account with this gateway is being removed.',
  'error.cancelled': 'This was not sent: you cancelled it.',
  'error.auth-lost': 'The network has logged you out. Log in again with the gateway.',
  'error.not-found': 'There is no such contact, chat or message.',
  'error.forbidden': 'The network does not allow you to do this.',
  'error.blocked': 'The other side has blocked you.',
  'error.too-large': 'This is larger than the network takes.',
  'error.invalid': 'The network cannot take this content or address.',
  'error.invalid-address': 'This is not a valid address.',
  'error.unsupported': 'This cannot be done on this network.',
  'error.encrypted':
    'This message was encrypted and has not been sent: the gateway cannot pass encryption on. ' +
    'Switch encryption (OMEMO, OpenPGP or OTR) off for this contact in your client and send the message again.',
  'error.expired': 'It is too late: the time to change or delete this is over.',
  'error.timeout': 'The network could not be reached in time. The message has not been sent.',
  'error.rate-limited': 'The network limits how much you may send.',
  'error.rate-limited-until': 'The network limits how much you may send, until {until}.',
  'error.uncertain': 'The connection broke while the message was being sent. It may have arrived, or not.',
  'error.quota': 'Too much is waiting to be sent. Try again later.',
  'error.offline': 'Your account is not connected to the network at the moment. Try again later.',
  'error.conflict': 'This name or account is already in use.',
  'error.internal': 'The gateway has made a mistake.',
  'error.internal-reference': 'The gateway has made a mistake. Its operator finds it in the log as {reference}.',

  // What is wrong with a request as such.
  'error.bad-request': 'This request is malformed.',
  'error.not-allowed': 'You may not do this here.',
  'error.service-unavailable': 'There is no such service here.',
  'error.unexpected-request': 'This request does not fit here; perhaps it came too late.',

  // Told once, by the gateway or in the chat.
  'notice.auth-lost':
    'The network has logged you out. Your messages wait until you log in again: write "login", or register once more.',
  'notice.conflict':
    'Another program uses the same account, so the network shuts this one out. Messages wait until the other one stops.',
  'notice.trouble': 'The network has reported a problem with your account.',
  'notice.waiting': 'The network limits how much you may send. Your messages wait and go out by themselves.',
  'notice.waiting-for':
    'The network limits how much you may send: your messages wait for about {time} and go out by themselves.',

  // Marks and lines in messages.
  'message.edited': '(edited) {text}',
  'message.own': '(you, on another device) {text}',
  'message.retracted': '(deleted a message)',
  'message.reaction': '(reacted with {emojis})',
  'message.reaction-removed': '(took a reaction back)',
  'message.failed': '(a message could not be delivered: {reason})',
  'message.nothing': '(a message that cannot be shown here)',
  'message.attention': '(asks for your attention)',
  'message.location': 'Location: {geo}',
  'message.file.image': 'Picture',
  'message.file.video': 'Video',
  'message.file.audio': 'Audio',
  'message.file.voice': 'Voice message',
  'message.file.sticker': 'Sticker',
  'message.file.file': 'File',

  // Registration.
  'register.title': 'Registration with {network}',
  'register.instructions': 'Fill in this form to connect your {network} account.',
  'register.choose': 'How do you want to log in?',
  'register.registered': 'You are registered as {account}.',
  'register.more-steps': 'This login takes more than one step: use the command "Log in", or chat with {gateway}.',
  'register.not-allowed': 'Your address may not register with this gateway. Ask its operator.',
  'register.refused': 'The login was refused.',
  'register.done': 'You are logged in. Your contacts will ask to be added.',
  'register.removed': 'Your account with this gateway has been removed.',

  // Commands, as ad-hoc commands and in the chat with the gateway.
  'command.login': 'Log in',
  'command.logout': 'Log out and remove my account here',
  'command.status': 'Status',
  'command.contacts': 'Contacts',
  'command.add': 'Add a contact',
  'command.search': 'Search for contacts',
  'command.retry': 'Send failed messages again',
  'command.cancel': 'Cancel waiting messages',
  'command.help': 'Help',
  'command.sure': 'Do you really want this? Messages that wait will not be sent.',
  'command.yes': 'Yes',
  'command.no': 'No',
  'status.online': 'Connected as {account}.',
  'status.connecting': 'Connecting.',
  'status.offline': 'Not connected. The gateway tries again by itself.',
  'status.parked': 'Logged out by the network. Log in again.',
  'status.waiting': 'Waiting to be sent: {waiting}. Failed: {failed}.',
  'contacts.none': 'There are no contacts yet.',
  'contacts.line': '{name}: {jid}',
  'add.prompt': 'Whom do you want to add?',
  'add.done': '{name} is {jid}.',
  'add.none': 'Nobody was found for "{query}".',
  'retry.done': 'Messages that are sent again: {count}.',
  'cancel.done': 'Messages that were cancelled: {count}.',

  // The chat with the gateway.
  'bot.help': 'This is the gateway to {network}. Write one of these words:',
  'bot.help-line': '{word}: {title}',
  'bot.unknown': 'I do not know "{word}". Write "help" to see what I understand.',
  'bot.ask': '{label}:',
  'bot.ask-options': '{label} ({options}):',
  'bot.optional': '{label} (write "-" to leave it empty):',
  'bot.keep': '{label} (write "-" to keep "{value}"):',
  'bot.go-on': 'Write "ok" to go on.',
  'bot.abandoned': 'Stopped.',
  'bot.stop': 'Write "stop" to give up.',
  'bot.expired': 'That took too long. Start again with "login".',
  'bot.secret-before':
    'What you write here stays in the history of this chat, on your devices and perhaps on your server. ' +
    'If your client offers a registration form or commands, these are the better place for a secret.',
  'bot.secret': 'Delete the message with your secret from this chat when you are done.',

  // Adding a contact by jabber:iq:gateway, and search.
  'prompt.description': 'Enter the address of the contact in {network}.',
  'prompt.label': 'Contact',
  'search.title': 'Search in {network}',
  'search.name': 'Name',
  'search.note': 'Note',
  'search.query': 'Name, phone number or handle',
} as const;
