/** What is fetched beside the live socket: only with the word of a socket that stands, only from the page's own origin. */

export class NotNow extends Error {}

export type Fetch = (path: string, init: RequestInit) => Promise<Response>;

/** What describes the city, and nothing of the room: the browser keeps it, and asks each time whether it still holds. */
const KEPT = /^(?:config\.json$|city\/)/;

export class View {
  private token: string | null = null;

  constructor(private readonly fetch: Fetch) {}

  /** The word of the socket that now stands; null: there is none, and nothing can be asked. */
  use(token: string | null): void {
    this.token = token;
  }

  /** What goes with everything that is asked beside the socket. */
  get word(): Record<string, string> {
    return this.token === null ? {} : { "X-Live": this.token };
  }

  get isOpen(): boolean {
    return this.token !== null;
  }

  /** An answer of `/view/PATH`; raises `NotNow` where the connection is gone, or what was asked for is not for this viewer or not there. */
  async get(path: string, signal?: AbortSignal): Promise<Response> {
    if (this.token === null) throw new NotNow("no connection");
    const answer = await this.fetch(`/view/${path}`, {
      headers: this.word,
      credentials: "same-origin",
      cache: KEPT.test(path) ? "no-cache" : "no-store",
      redirect: "error",
      ...(signal === undefined ? {} : { signal }),
    });
    if (!answer.ok) throw new NotNow(`${path}: HTTP ${answer.status}`);
    return answer;
  }

  async json<T>(path: string, signal?: AbortSignal): Promise<T> {
    return (await (await this.get(path, signal)).json()) as T;
  }
}
