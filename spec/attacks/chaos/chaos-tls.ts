import type { TlsOptions, ZooKeeperClientOptions } from '../../../index.js';
import { type Certificate, CertificateAuthority } from '../../../testing/certificates.js';
import type { ServerTls } from '../../../testing/zookeeper-config.js';

/** The certificates of a run over TLS. Servers demand one of each client. */
export class ChaosTls implements AsyncDisposable {
  readonly server: ServerTls;
  /** For a single connection. */
  readonly connection: TlsOptions;
  readonly #authority: CertificateAuthority;
  readonly #clients: readonly Certificate[];
  #connections = 0;

  private constructor(authority: CertificateAuthority, certificate: Certificate, clients: readonly Certificate[]) {
    this.#authority = authority;
    this.#clients = clients;
    this.server = { certificate, ca: authority, clientAuth: 'need' };
    this.connection = this.#next();
  }

  static async create(): Promise<ChaosTls> {
    const authority = await CertificateAuthority.create();
    const subjects = ['/O=Example/CN=alice', '/O=Example/CN=bob'];
    const issuing = Promise.all(subjects.map((subject) => authority.issue({ subject })));
    const [certificate, clients] = await Promise.all([authority.issue(), issuing]);
    return new ChaosTls(authority, certificate, clients);
  }

  /** Each connection of a client has another certificate than the one before. */
  get client(): ZooKeeperClientOptions {
    return { tls: () => this.#next() };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#authority[Symbol.asyncDispose]();
  }

  #next(): TlsOptions {
    this.#connections += 1;
    const { cert, key } = this.#clients[this.#connections % this.#clients.length] as Certificate;
    return { ca: this.#authority.cert, cert, key };
  }
}
