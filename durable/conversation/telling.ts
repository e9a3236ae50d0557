/** One member being told, or waiting for it. What is heard meanwhile is newer than the answer will be. */
export interface Telling {
  startedAt: number;
  came: boolean;
  acted: boolean;
  chose: boolean;
  /** What the member is to the conversation has changed without a number of the log. */
  changed: boolean;
}
