// German.
import type { Texts } from './index.ts';

export const de: Texts = {
  'error.not-registered': 'Du hast bei diesem Gateway noch kein Konto. Registriere dich zuerst.',
  'error.closing': 'Dein Konto bei diesem Gateway wird gerade entfernt.',
  'error.cancelled': 'Das wurde nicht gesendet: Du hast es abgebrochen.',
  'error.auth-lost': 'Das Netz hat dich abgemeldet. Melde dich beim Gateway neu an.',
  'error.not-found': 'Diesen Kontakt, Chat oder diese Nachricht gibt es nicht.',
  'error.forbidden': 'Das Netz erlaubt dir das nicht.',
  'error.blocked': 'Die andere Seite hat dich blockiert.',
  'error.too-large': 'Das ist größer, als das Netz annimmt.',
  'error.invalid': 'Das Netz kann diesen Inhalt oder diese Adresse nicht annehmen.',
  'error.invalid-address': 'Das ist keine gültige Adresse.',
  'error.unsupported': 'Das geht in diesem Netz nicht.',
  'error.encrypted':
    'Diese Nachricht war verschlüsselt und wurde nicht gesendet: Das Gateway kann Verschlüsselung nicht weitergeben. ' +
    'Schalte in deinem Programm die Verschlüsselung (OMEMO, OpenPGP oder OTR) für diesen Kontakt aus und sende die ' +
    'Nachricht noch einmal.',
  'error.expired': 'Zu spät: Die Frist zum Ändern oder Löschen ist vorbei.',
  'error.timeout': 'Das Netz war nicht rechtzeitig erreichbar. Die Nachricht wurde nicht gesendet.',
  'error.rate-limited': 'Das Netz begrenzt, wie viel du senden darfst.',
  'error.rate-limited-until': 'Das Netz begrenzt bis {until}, wie viel du senden darfst.',
  'error.uncertain': 'Die Verbindung brach beim Senden ab. Die Nachricht kann angekommen sein oder nicht.',
  'error.quota': 'Es wartet schon zu viel darauf, gesendet zu werden. Versuche es später noch einmal.',
  'error.offline': 'Dein Konto ist gerade nicht mit dem Netz verbunden. Versuche es später noch einmal.',
  'error.conflict': 'Dieser Name oder dieses Konto wird schon benutzt.',
  'error.internal': 'Das Gateway hat einen Fehler gemacht.',
  'error.internal-reference':
    'Das Gateway hat einen Fehler gemacht. Der Betreiber findet ihn im Protokoll unter {reference}.',

  'error.bad-request': 'Diese Anfrage ist fehlerhaft.',
  'error.not-allowed': 'Das darfst du hier nicht.',
  'error.service-unavailable': 'Diesen Dienst gibt es hier nicht.',
  'error.unexpected-request': 'Diese Anfrage passt hier nicht; vielleicht kam sie zu spät.',

  'notice.auth-lost':
    'Das Netz hat dich abgemeldet. Deine Nachrichten warten, bis du dich neu anmeldest: ' +
    'Schreibe „login“ oder registriere dich noch einmal.',
  'notice.conflict':
    'Ein anderes Programm benutzt dasselbe Konto, darum sperrt das Netz dieses aus. ' +
    'Nachrichten warten, bis das andere aufhört.',
  'notice.trouble': 'Das Netz hat ein Problem mit deinem Konto gemeldet.',
  'notice.waiting':
    'Das Netz begrenzt, wie viel du senden darfst. Deine Nachrichten warten und gehen von selbst hinaus.',
  'notice.waiting-for':
    'Das Netz begrenzt, wie viel du senden darfst: Deine Nachrichten warten etwa {time} und gehen von selbst hinaus.',

  'message.edited': '(bearbeitet) {text}',
  'message.own': '(du, auf einem anderen Gerät) {text}',
  'message.retracted': '(hat eine Nachricht gelöscht)',
  'message.reaction': '(hat mit {emojis} reagiert)',
  'message.reaction-removed': '(hat eine Reaktion zurückgenommen)',
  'message.failed': '(eine Nachricht konnte nicht zugestellt werden: {reason})',
  'message.nothing': '(eine Nachricht, die hier nicht gezeigt werden kann)',
  'message.attention': '(bittet um deine Aufmerksamkeit)',
  'message.location': 'Ort: {geo}',
  'message.file.image': 'Bild',
  'message.file.video': 'Video',
  'message.file.audio': 'Ton',
  'message.file.voice': 'Sprachnachricht',
  'message.file.sticker': 'Sticker',
  'message.file.file': 'Datei',

  'register.title': 'Anmeldung bei {network}',
  'register.instructions': 'Fülle dieses Formular aus, um dein Konto bei {network} zu verbinden.',
  'register.choose': 'Wie willst du dich anmelden?',
  'register.registered': 'Du bist als {account} angemeldet.',
  'register.more-steps':
    'Diese Anmeldung hat mehrere Schritte: Benutze den Befehl „Anmelden“ oder schreibe mit {gateway}.',
  'register.not-allowed': 'Deine Adresse darf sich bei diesem Gateway nicht anmelden. Frage den Betreiber.',
  'register.refused': 'Die Anmeldung wurde abgelehnt.',
  'register.done': 'Du bist angemeldet. Deine Kontakte werden darum bitten, hinzugefügt zu werden.',
  'register.removed': 'Dein Konto bei diesem Gateway wurde entfernt.',

  'command.login': 'Anmelden',
  'command.logout': 'Abmelden und mein Konto hier entfernen',
  'command.status': 'Zustand',
  'command.contacts': 'Kontakte',
  'command.add': 'Kontakt hinzufügen',
  'command.search': 'Kontakte suchen',
  'command.retry': 'Fehlgeschlagene Nachrichten noch einmal senden',
  'command.cancel': 'Wartende Nachrichten verwerfen',
  'command.help': 'Hilfe',
  'command.sure': 'Willst du das wirklich? Wartende Nachrichten werden nicht gesendet.',
  'command.yes': 'Ja',
  'command.no': 'Nein',
  'status.online': 'Verbunden als {account}.',
  'status.connecting': 'Die Verbindung wird aufgebaut.',
  'status.offline': 'Nicht verbunden. Das Gateway versucht es von selbst wieder.',
  'status.parked': 'Vom Netz abgemeldet. Melde dich neu an.',
  'status.waiting': 'Warten auf das Senden: {waiting}. Fehlgeschlagen: {failed}.',
  'contacts.none': 'Es gibt noch keine Kontakte.',
  'contacts.line': '{name}: {jid}',
  'add.prompt': 'Wen willst du hinzufügen?',
  'add.done': '{name} ist {jid}.',
  'add.none': 'Zu „{query}“ wurde niemand gefunden.',
  'retry.done': 'Nachrichten, die noch einmal gesendet werden: {count}.',
  'cancel.done': 'Nachrichten, die verworfen wurden: {count}.',

  'bot.help': 'Das ist das Gateway zu {network}. Schreibe eines dieser Wörter:',
  'bot.help-line': '{word}: {title}',
  'bot.unknown': '„{word}“ kenne ich nicht. Schreibe „help“, um zu sehen, was ich verstehe.',
  'bot.ask': '{label}:',
  'bot.ask-options': '{label} ({options}):',
  'bot.optional': '{label} (schreibe „-“, um es leer zu lassen):',
  'bot.keep': '{label} (schreibe „-“, um „{value}“ zu behalten):',
  'bot.go-on': 'Schreibe „ok“, um fortzufahren.',
  'bot.abandoned': 'Abgebrochen.',
  'bot.stop': 'Schreibe „stop“, um abzubrechen.',
  'bot.expired': 'Das hat zu lange gedauert. Fange mit „login“ neu an.',
  'bot.secret-before':
    'Was du hier schreibst, bleibt im Verlauf dieses Chats, auf deinen Geräten und vielleicht auf deinem Server. ' +
    'Bietet dein Programm ein Formular zur Registrierung oder Befehle, so sind sie der bessere Ort für ein Geheimnis.',
  'bot.secret': 'Lösche die Nachricht mit deinem Geheimnis aus diesem Chat, wenn du fertig bist.',

  'prompt.description': 'Gib die Adresse des Kontakts bei {network} ein.',
  'prompt.label': 'Kontakt',
  'search.title': 'Suche in {network}',
  'search.name': 'Name',
  'search.note': 'Bemerkung',
  'search.query': 'Name, Telefonnummer oder Handle',
};
