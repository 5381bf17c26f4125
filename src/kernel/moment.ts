/** Moments as clients write them. */

const RFC_3339 =
  /^(\d{4}-\d\d-(\d\d))T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** Reads RFC 3339 section 5.6: a day that there is, a time and an offset. Undefined for anything else. */
export function parseMoment(text: string): Date | undefined {
  const [, day, dayOfMonth] = RFC_3339.exec(text) ?? [];
  // The platform takes the 30th of February for a day in March.
  if (day === undefined || new Date(`${day}T00:00:00Z`).getUTCDate() !== Number(dayOfMonth)) return undefined;
  const moment = new Date(text.toUpperCase());
  const year = moment.getUTCFullYear();
  // Not all of what PostgreSQL is reached by can write another. NaN is none of them.
  return year >= 1 && year <= 9999 ? moment : undefined;
}
