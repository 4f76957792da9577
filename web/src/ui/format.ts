// Numbers, money, days and moments as people read them. The store's zone and currency are
// arguments: nothing here looks at the browser's clock or zone.

const LANGUAGE = "en-GB";
const MINUS = "\u2212";

const whole = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat(LANGUAGE, {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** 12,345 */
export function number(value: number): string {
  return whole.format(value).replace("-", MINUS);
}

/** +36, −48 or 0 */
export function signed(value: number): string {
  return value > 0 ? `+${number(value)}` : number(value);
}

/** 5.9%; a share of nothing is a dash. */
export function share(part: number, of: number): string {
  return of === 0 ? "–" : `${tenth.format((part / of) * 100)}%`;
}

/** An exact amount, as the server tells it ("1234.5000"), in pennies: £1,234.50 */
export function money(amount: string, currency: string): string {
  const style = { style: "currency", currency, currencyDisplay: "narrowSymbol" } as const;
  const format = new Intl.NumberFormat(LANGUAGE, style);
  return format.format(amount as Intl.StringNumericLiteral).replace("-", MINUS);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(LANGUAGE, { ...options, timeZone: zone, hourCycle: "h23" });
    formats.set(key, found);
  }
  return found;
}

const DAY = { day: "numeric", month: "short", year: "numeric" } as const;
const TIME = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;

/** The parts of a moment, whose months are short in every engine ("Sep", never "Sept"). */
function told(when: Date, zone: string, options: Intl.DateTimeFormatOptions): string {
  return format(zone, options).format(when).replace("Sept", "Sep");
}

/** 20 Nov 2026, of a moment in the store's zone. */
export function day(moment: string, zone: string): string {
  return told(new Date(moment), zone, DAY);
}

/** 20 Nov 2026, of a day without a zone ("2026-11-20"). */
export function plainDay(text: string): string {
  return told(new Date(`${text}T00:00:00Z`), "UTC", DAY);
}

/** 20 Nov, of a day without a zone. */
export function shortDay(text: string): string {
  return told(new Date(`${text}T00:00:00Z`), "UTC", { day: "numeric", month: "short" });
}

/** 14:02:11 */
export function time(moment: string, zone: string): string {
  return told(new Date(moment), zone, TIME);
}

/** 20 Nov 2026, 14:02:11 */
export function moment(moment: string, zone: string): string {
  return `${day(moment, zone)}, ${time(moment, zone)}`;
}

/** A moment with its zone and offset: 20 Nov 2026, 14:02:11, Europe/London (GMT) */
export function wholeMoment(text: string, zone: string): string {
  const parts = format(zone, { timeZoneName: "shortOffset" }).formatToParts(new Date(text));
  const offset = parts.find((part) => part.type === "timeZoneName")?.value ?? "";
  return `${moment(text, zone)}, ${zone.replace("_", " ")} (${offset})`;
}

/** The time alone where it is of the same day as `now`, else with its day. */
export function timeOrMoment(text: string, zone: string, now: Date): string {
  const today = day(now.toISOString(), zone) === day(text, zone);
  return today ? time(text, zone) : moment(text, zone);
}

/** The day so many days before one ("2026-11-20", 30). */
export function daysBefore(text: string, days: number): string {
  const date = new Date(`${text}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - days);
  return date.toISOString().slice(0, 10);
}

/** The store's day of a moment, as the server writes days: 2026-11-20 */
export function isoDay(moment: string, zone: string): string {
  const options = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  const parts = format(zone, options).formatToParts(new Date(moment));
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return `${of("year").padStart(4, "0")}-${of("month")}-${of("day")}`;
}

const countries = new Intl.DisplayNames(LANGUAGE, { type: "region", fallback: "code" });

/** The name of a country by its code; any other text as it is. */
export function country(code: string): string {
  return /^[A-Z]{2}$/.test(code) ? (countries.of(code) ?? code) : code;
}
