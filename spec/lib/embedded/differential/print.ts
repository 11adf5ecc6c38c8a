/** Prints a record in one short line. */
export function print(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Buffer.isBuffer(value)) return `<${value.toString('latin1')}>`;
  if (Array.isArray(value)) return `[${value.map(print).join(', ')}]`;
  if ('perms' in value && 'scheme' in value && 'id' in value) return `${value.scheme}:${value.id}:${value.perms}`;
  return `{${Object.entries(value)
    .map(([name, field]) => `${name} ${print(field)}`)
    .join(', ')}}`;
}
