// Starts Converse in the browser: logged in, over the whole page, with nothing from anywhere else.
import '/converse/converse.min.js';

const { jid, password, open, rooms } = await (await fetch('/login.json')).json();

await globalThis.converse.initialize({
  view_mode: 'fullscreen',
  theme: 'classic',
  assets_path: '/converse/',
  websocket_url: `ws://${location.host}/xmpp-websocket`,
  discover_connection_methods: false,
  jid,
  password,
  auto_login: true,
  allow_logout: false,
  i18n: 'en',
  loglevel: 'warn',
  // What this gateway cannot do yet, or does not need, is left out of the way.
  blacklisted_plugins: ['converse-bookmark-views', 'converse-omemo', 'converse-omemo-views', 'converse-register'],
  visible_toolbar_buttons: { call: false, emoji: true, location: false, spoiler: false, toggle_occupants: true },
  muc_domain: rooms,
  muc_nickname_from_jid: true,
  // Else it asks a directory elsewhere.
  muc_search_service: '',
  show_self_in_roster: false,
  auto_join_private_chats: [open],
  autocomplete_providers_url: '',
  play_sounds: false,
  show_desktop_notifications: false,
});
