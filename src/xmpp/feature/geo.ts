// RFC 5870: geo URIs, as clients send a place: nothing else in the body.

/** A point on Earth, in degrees (WGS 84). */
export interface Place {
  readonly lat: number;
  readonly lon: number;
}

const uri =
  /^geo:(-?\d{1,3}(?:\.\d{1,20})?),(-?\d{1,3}(?:\.\d{1,20})?)(?:,-?\d{1,9}(?:\.\d{1,20})?)?(?:;[^\s;]{1,200}){0,10}$/i;

/** The place that a body is; undefined where it says anything else. */
export function readGeo(body: string): Place | undefined {
  const [, lat, lon] = uri.exec(body.trim()) ?? [];
  if (lat === undefined || lon === undefined) return undefined;
  const place = { lat: Number(lat), lon: Number(lon) };
  return Math.abs(place.lat) <= 90 && Math.abs(place.lon) <= 180 ? place : undefined;
}

/** A place as a URI. */
export const writeGeo = ({ lat, lon }: Place): string => `geo:${decimal(lat)},${decimal(lon)}`;

/** Without an exponent, which the URI has no room for; centimetres are fine enough. */
const decimal = (degrees: number): string => String(Number(degrees.toFixed(7))).replace(/^.*e.*$/, '0');
