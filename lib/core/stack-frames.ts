/** The lines of an error's stack below its message, each after a line break; empty where there are none. */
export function framesOf({ stack = '' }: { readonly stack?: string | undefined }): string {
  return /\n +at .*/s.exec(stack)?.[0] ?? '';
}
