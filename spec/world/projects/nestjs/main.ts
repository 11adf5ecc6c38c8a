import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ZooKeeperClient } from 'zk-recipes';
import { EmbeddedZooKeeper } from 'zk-recipes/embedded';
import { FeatureFlags } from './feature-flags.js';

@Injectable()
class Checkout {
  constructor(private readonly flags: FeatureFlags) {}

  page(): string {
    return this.flags.isOn('new-checkout') ? 'the new checkout' : 'the old checkout';
  }
}

@Module({ providers: [FeatureFlags, Checkout] })
class AppModule {}

async function main(): Promise<void> {
  const server = await EmbeddedZooKeeper.start();
  process.env.ZOOKEEPER = server.connectString;
  const operator = await new ZooKeeperClient(server.connectString).connect();
  await operator.create('/flags', 'dark-mode,new-checkout');
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  console.log(`NestJS shows ${app.get(Checkout).page()}`);
  await app.close();
  await operator.close();
  await server.close();
}

main();
