/** Answers a request: what the handlers of this package are, and what runtimes with the Fetch API take. */
export type FetchHandler = (request: Request) => Promise<Response>;
