/** The right to change an account. */
export interface SwiftAccess {
  readonly storageUrl: string;
  readonly token: string;
}

/** Changes the objects of an account as a user does, with a token for each request. */
export class SwiftAccount {
  readonly #signIn: () => Promise<SwiftAccess>;

  constructor(signIn: () => Promise<SwiftAccess>) {
    this.#signIn = signIn;
  }

  async createContainer(container: string): Promise<void> {
    await this.#send('PUT', container);
  }

  async deleteContainer(container: string): Promise<void> {
    await this.#send('DELETE', container);
  }

  async put(container: string, name: string, content = name): Promise<void> {
    await this.#send('PUT', `${container}/${name}`, content);
  }

  async delete(container: string, name: string): Promise<void> {
    await this.#send('DELETE', `${container}/${name}`);
  }

  async #send(method: string, path: string, body?: string): Promise<void> {
    const { storageUrl, token } = await this.#signIn();
    // Without a slash `fetch` takes no part of a name for a step up.
    const answer = await fetch(`${storageUrl}/${encodeURIComponent(path)}`, {
      method,
      headers: { 'x-auth-token': token, 'content-type': 'text/plain' },
      ...(body !== undefined && { body }),
    });
    const text = await answer.text();
    const isThere = answer.ok || (method === 'DELETE' && answer.status === 404);
    if (!isThere) throw new Error(`Swift answered ${answer.status} to ${method} ${path}: ${text}`);
  }
}
