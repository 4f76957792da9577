// What went wrong with a request, as the screens tell it.

/** A refusal by the server: its kind ("not-found"), status and sentence. */
export class Refused extends Error {
  constructor(
    readonly kind: string,
    readonly status: number,
    message: string,
    readonly retryAfter?: number,
    readonly requestId?: string,
  ) {
    super(message);
    this.name = "Refused";
  }
}

/** No answer at all: the server is not there, or the network is cut. */
export class NoAnswer extends Error {
  constructor() {
    super("No answer");
    this.name = "NoAnswer";
  }
}

const PREFIX = "urn:segmentry:problem:";

/** A refusal from the body of an answer that is not what was asked for. */
export function refusedBy(status: number, body: unknown): Refused {
  const told = (body ?? {}) as Record<string, unknown>;
  const type = typeof told.type === "string" ? told.type : "";
  return new Refused(
    type.startsWith(PREFIX) ? type.slice(PREFIX.length) : "http",
    status,
    typeof told.detail === "string" && told.detail ? told.detail : `HTTP ${status}`,
    typeof told.retry_after === "number" ? told.retry_after : undefined,
    typeof told.request_id === "string" ? told.request_id : undefined,
  );
}
