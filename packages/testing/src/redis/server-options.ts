/** How one server of a fleet is set up. */

/** A user of the server's access control list, by whom the fleet's URLs log in. */
export interface ServerUser {
  readonly name: string;
  readonly password: string;
  /** In the words of `ACL SETUSER`, e.g. "~* &* +@all -info" for a user without INFO. */
  readonly rules: string;
}

/** What one server is started with, each time. */
export interface ServerOptions {
  /**
   * Lines of redis.conf, e.g. `{ appendonly: "yes", appendfsync: "always" }` or `{ maxmemory: "100mb" }`. By default
   * a server keeps nothing on disk (`save ""`, `appendonly no`).
   */
  readonly config?: Readonly<Record<string, string>>;
  /** Then `url` logs in as this user. The rig itself always uses the default user, who may do everything. */
  readonly user?: ServerUser;
  /**
   * Whether `clock` can move the server's wall clock. Needs Linux and a C compiler; where they are missing the server
   * runs on the true clock, and `clock` is `undefined`.
   * @default false, or true when `ageMs` is given
   */
  readonly clock?: boolean;
  /**
   * How long ago the server seems to have been started, and to have been locked on, when the fleet is ready, in
   * milliseconds: a lock's restart guard does not trust a young memory. A server that was restarted or flushed is young in
   * any case. Needs `clock`.
   * @default 0
   */
  readonly ageMs?: number;
}

/** redis.conf for a server in `folder`. */
export function writeConfig(port: number, host: string, dataFolder: string, options: ServerOptions): string {
  const lines = Object.entries({
    bind: host,
    port: String(port),
    dir: `"${dataFolder}"`,
    save: "",
    appendonly: "no",
    // A replica that is to be promoted in a test need not wait for others to sync with it.
    "repl-diskless-sync-delay": "0",
    ...options.config,
  }).map(([directive, value]) => `${directive} ${value === "" ? '""' : value}`);
  const { user } = options;
  if (user !== undefined) lines.push(`user ${user.name} on >${user.password} ${user.rules}`);
  return `${lines.join("\n")}\n`;
}
