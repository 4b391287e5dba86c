// What each kind of media looks like inside a message. Files have made-up ids and no content.
import { randomBytes } from 'node:crypto';
import type { MediaKind } from './control-api.ts';

type Fields = Record<string, unknown>;

function file(size: number): Fields {
  return {
    file_id: randomBytes(36).toString('base64url'),
    file_unique_id: randomBytes(9).toString('base64url'),
    file_size: size,
  };
}

function photoSizes(): Fields[] {
  const sides: [number, number, number][] = [
    [90, 67, 1_200],
    [320, 240, 14_000],
    [1280, 960, 120_000],
  ];
  return sides.map(([width, height, size]) => ({ ...file(size), width, height }));
}

const KINDS: Readonly<Record<MediaKind, () => unknown>> = {
  photo: photoSizes,
  document: () => ({ ...file(20_480), file_name: 'notes.pdf', mime_type: 'application/pdf' }),
  sticker: () => ({
    ...file(9_000),
    type: 'regular',
    width: 512,
    height: 512,
    is_animated: false,
    is_video: false,
    emoji: '🌙',
    set_name: 'MoonGarden',
  }),
  voice: () => ({ ...file(8_000), duration: 3, mime_type: 'audio/ogg' }),
  video: () => ({
    ...file(900_000),
    width: 640,
    height: 360,
    duration: 12,
    mime_type: 'video/mp4',
    file_name: 'gate.mp4',
  }),
  animation: () => ({
    ...file(70_000),
    width: 320,
    height: 180,
    duration: 2,
    mime_type: 'video/mp4',
    file_name: 'gate.gif.mp4',
  }),
  audio: () => ({
    ...file(3_000_000),
    duration: 180,
    performer: 'The Gardeners',
    title: 'Wall',
    mime_type: 'audio/mpeg',
  }),
  video_note: () => ({ ...file(200_000), length: 240, duration: 5 }),
  location: () => ({ latitude: 52.5163, longitude: 13.3777 }),
  venue: () => ({
    location: { latitude: 52.5163, longitude: 13.3777 },
    title: 'Brandenburg Gate',
    address: 'Pariser Platz',
  }),
  contact: () => ({ phone_number: '+4930123456', first_name: 'Grace', last_name: 'Hopper' }),
  poll: () => ({
    id: '5000000000000000001',
    question: 'Tea or coffee?',
    options: [
      { text: 'Tea', voter_count: 0 },
      { text: 'Coffee', voter_count: 0 },
    ],
    total_voter_count: 0,
    is_closed: false,
    is_anonymous: true,
    type: 'regular',
    allows_multiple_answers: false,
  }),
  dice: () => ({ emoji: '🎲', value: 4 }),
  game: () => ({ title: 'Moon Lander', description: 'Land softly.', photo: photoSizes() }),
};

/** The message fields of one piece of media; `fields` replaces or adds fields of the media object. */
export function mediaFields(kind: MediaKind, fields: Fields): Fields {
  if (!Object.hasOwn(KINDS, kind)) throw new Error(`no kind of media: ${kind}`);
  const made = KINDS[kind]();
  const media = Array.isArray(made)
    ? made.map((size: Fields) => ({ ...size, ...fields }))
    : { ...(made as Fields), ...fields };
  if (kind === 'animation') return { animation: media, document: media };
  if (kind === 'venue') return { venue: media, location: (media as Fields)['location'] };
  return { [kind]: media };
}
