/** Code whose callbacks must not call user code synchronously. */
const LIBRARY = /\/(lib\/zookeeper|recipes\/observing|node_modules\/node-zookeeper-client)\//;
const MOST_FRAMES = 200;

/** The first function of the client or of the observers on the synchronous call stack; null when there is none. */
export function libraryFrame(): string | null {
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = MOST_FRAMES;
  Error.prepareStackTrace = (_, sites) => sites;
  const sites = new Error().stack as unknown as readonly NodeJS.CallSite[];
  Error.stackTraceLimit = stackTraceLimit;
  Error.prepareStackTrace = prepareStackTrace;
  const frame = sites.find((site) => !isAsync(site) && isOfLibrary(site.getFileName() ?? ''));
  return frame ? `${frame.getFunctionName() ?? 'a function'} of ${frame.getFileName()?.split('/').pop()}` : null;
}

/** V8 appends the functions that await the running one: they are not on the stack. */
function isAsync(site: NodeJS.CallSite): boolean {
  return (site as NodeJS.CallSite & { isAsync(): boolean }).isAsync();
}

function isOfLibrary(file: string): boolean {
  return LIBRARY.test(file) && !file.includes('/spec/');
}
