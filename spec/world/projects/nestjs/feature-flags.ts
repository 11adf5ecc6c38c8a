import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataWatch, ZooKeeperClient } from 'zk-recipes';

/** The flags of a znode, as they are now. */
@Injectable()
export class FeatureFlags implements OnModuleInit, OnApplicationShutdown {
  readonly #client = new ZooKeeperClient(process.env.ZOOKEEPER ?? '127.0.0.1:2181');
  #flags = new Set<string>();

  /** The service starts once the flags are known. */
  async onModuleInit(): Promise<void> {
    await this.#client.connect();
    const watch = new DataWatch(this.#client, '/flags', (data) => {
      this.#flags = new Set(data?.toString().split(','));
    });
    await watch.ready;
  }

  isOn(flag: string): boolean {
    return this.#flags.has(flag);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#client.close();
  }
}
