import type { Logger } from '../core/logger.js';
import { existsRequest } from '../protocol/requests.js';
import type { Chroot } from './session/chroot.js';
import type { Session } from './session/session.js';

/** Warns once of a missing chroot: creations under it fail, and the server's answer does not say why. */
export class ChrootCheck {
  readonly #path: string;
  readonly #log: Logger;
  #isDone: boolean;

  constructor({ path }: Chroot, log: Logger) {
    this.#path = path;
    this.#log = log;
    this.#isDone = path === '';
  }

  /** Looks for the chroot, unless that was done. */
  run(session: Session): void {
    if (this.#isDone) return;
    this.#isDone = true;
    session.submit({ wire: existsRequest(this.#path, false), path: '/', isRead: true }).then(
      (stat) => {
        if (stat) return;
        const message = `the chroot ${this.#path} does not exist: ensurePath('/') creates it`;
        this.#log.warn({ chroot: this.#path }, message);
      },
      () => {
        this.#isDone = false;
      },
    );
  }
}
