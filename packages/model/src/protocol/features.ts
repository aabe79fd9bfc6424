/** What callers and nodes do in a configuration, beside acquire, extend and release. */
export interface Features {
  /** Whether waiters stand in line, and a release hands the lock over. */
  readonly line: boolean;
  /** Whether a holder makes its key again on a node that lost it. */
  readonly heal: boolean;
  /** Whether an answer may be heard at any later time, or never; otherwise it is heard at once. */
  readonly lateAnswers: boolean;
  /** Whether the answer to an acquire beside others may be lost: it may be sent, and run, again until one is heard. */
  readonly lostAnswers?: boolean;
  /** Whether who holds alone may share from some moment on. */
  readonly share?: boolean;
}
