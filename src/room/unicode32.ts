// Which characters Unicode 3.2 has: stringprep (RFC 3454, A.1) knows no others, and ejabberd takes no resource that holds one.
// Made from Python's unicodedata.ucd_3_2_0.

/** What it has beyond the basic plane: Old Italic to Deseret, musical and mathematical signs, ideographs. */
const beyond: readonly (readonly [first: number, last: number])[] = [
  [0x10300, 0x1031e],
  [0x10320, 0x10323],
  [0x10330, 0x1034a],
  [0x10400, 0x10425],
  [0x10428, 0x1044d],
  [0x1d000, 0x1d0f5],
  [0x1d100, 0x1d126],
  [0x1d12a, 0x1d1dd],
  [0x1d400, 0x1d454],
  [0x1d456, 0x1d49c],
  [0x1d49e, 0x1d49f],
  [0x1d4a2, 0x1d4a2],
  [0x1d4a5, 0x1d4a6],
  [0x1d4a9, 0x1d4ac],
  [0x1d4ae, 0x1d4b9],
  [0x1d4bb, 0x1d4bb],
  [0x1d4bd, 0x1d4c0],
  [0x1d4c2, 0x1d4c3],
  [0x1d4c5, 0x1d505],
  [0x1d507, 0x1d50a],
  [0x1d50d, 0x1d514],
  [0x1d516, 0x1d51c],
  [0x1d51e, 0x1d539],
  [0x1d53b, 0x1d53e],
  [0x1d540, 0x1d544],
  [0x1d546, 0x1d546],
  [0x1d54a, 0x1d550],
  [0x1d552, 0x1d6a3],
  [0x1d6a8, 0x1d7c9],
  [0x1d7ce, 0x1d7ff],
  [0x20000, 0x2a6d6],
  [0x2f800, 0x2fa1d],
];

/** What it lacks in the basic plane: how far behind the range before, and how many follow the first, in base 36. */
const lacking =
  'f5 j+r 2n+1 1s+g 29+f h+3 3+3 2+2 2+4 8 2 l 19 14+8 3s 20 13+1 3+5 h+w 13+1 8 14 3+5 i o b+a s+4 6+m 2+d 2+2 2 ' +
  'r+4 n+9 3z+1 g f v+2 s+1g 1f+9a 4 1i+1 j+1 6+2 q+f 4 9+1 3+1 n 8 2+2 5+1 2 8+1 3+1 4+8 2+3 3 6+1 m+6 2+1 7+3 3+1 ' +
  'n 8 3 3 3+1 2 6+3 3+1 4+a 5 2+6 g+b 4 8 2 4 n 8 3 6+1 b 4 4+1 2+e 2+4 b+g 4 9+1 3+1 n 8 3+1 5+1 9+2 3+1 4+7 3+3 ' +
  '3 4+3 c+g 3 7+2 4 5+2 3 2 3+2 3+2 4+2 9 4+3 6+2 4 5+8 2+e d+d 4 9 4 o b 6+3 8 4 5+6 3+8 3+3 b+h 3 9 4 o b 6+3 8 ' +
  '4 5+6 3+6 2 3+3 b+h 3 9 4 o h+3 7+1 4 5+8 2+7 3+3 b+h 3 j+2 p a 2+1 8+2 2+3 7 2 9+h 4+b 1n+3 u+10 3 2+1 3 2+1 ' +
  '2+5 5 8 4 2 2+1 3 e 4+1 6 2 7+1 b+1 3+x 21 z+5 s+3 9 11 g+1 2+1b z 6 3 8+2 5+5 r+1x 13+9 16+1 2+3 2j+4 1x+4 2b+5 ' +
  '8 1s 2 5+1 8 2 5+1 14 2 5+1 w 2 5+1 8 2 5+1 8 8 o w 2 5+1 8 14 k+5 t+y 2e+b hj+8 u+2 2a+e e 8+a o+8 l+b e 4 3+b ' +
  '2m+2 b+l g b+5 2h+7 17+11x 4d+3 2j+5 n+1 7+1 13+1 7+1 9 2 2 2 w+1 1i g f+1 7 k+1 4 a 2c+3 2+6 6+5 9+1 s+g j+t ' +
  's+k 1o+1 g+6 1e+b g0+1c 14+o c+k 4g 7p+1 3 2u+1 b+3a 5 5+1 t 10 2 5+2 2 8+1 1h+2 p f+g t+3 lt+ov r 2i+b 5z+p d+3 ' +
  '1t 2f+1 2w+4 15+3 2n 15+1j 1a+2 11+c 18+2 26+3 1c 3c+3 2s+1 w 52v+21 g4n+2h we+2 1k+1fc 8md+2j 6r3+1 1o+44 8+b ' +
  '6+4 r 6 2 3 3 31+w a6+f 1t+1 1j+13 e+2 h+f 5+b o+1 b k 5+3 6 3s+1 2 5b+2 7+1 7+1 7+1 4+2 8 8+9 6+1';

const holes = ((): readonly (readonly [first: number, last: number])[] => {
  let at = 0;
  return lacking.split(' ').map((range) => {
    const [skip = '0', more = '0'] = range.split('+');
    const first = at + Number.parseInt(skip, 36);
    at = first + Number.parseInt(more, 36);
    return [first, at] as const;
  });
})();

/** Unicode 3.2 has the character. */
export function isOld(char: string): boolean {
  const point = char.codePointAt(0) ?? 0;
  if (point < 0x220) return true;
  if (point > 0xffff) return within(beyond, point);
  return !within(holes, point);
}

function within(ranges: readonly (readonly [first: number, last: number])[], point: number): boolean {
  let [low, high] = [0, ranges.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = ranges[middle] ?? [0, 0];
    if (point < first) high = middle - 1;
    else if (point > last) low = middle + 1;
    else return true;
  }
  return false;
}
