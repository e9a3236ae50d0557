/** The wire's version: it is in every path (`/v1/…`) and rises only with a change that breaks old clients. */
export const PROTOCOL_VERSION = 1;
